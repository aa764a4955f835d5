//! What two versions of a policy have otherwise.

use std::collections::BTreeSet;

use axum::extract::State;
use countersign_model::PolicyVersionId;
use countersign_store::VersionRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use similar::TextDiff;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::TAG;
use crate::{
    api_error::ApiError,
    auth::{Caller, access::Reader},
    extract::{Path, Query},
    state::AppState,
};

/// Values that are listed at most.
const MAX_VALUES: usize = 500;

/// Unchanged lines around each change.
const CONTEXT: usize = 3;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(diff_policy_versions))
}

/// Against which version.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    /// The version before.
    #[param(value_type = String)]
    pub against: PolicyVersionId,
}

/// What two versions have otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionDiff {
    /// Values of the manifest, the settings' schema left out.
    pub manifest: Vec<ValueDiff>,
    /// Values of the settings' schema.
    pub settings_schema: Vec<ValueDiff>,
    /// What they import from the host.
    pub imports: ImportDiff,
    /// Their bytes.
    pub size: SizeDiff,
    /// Of texts: a unified diff; null where they are no texts.
    pub text: Option<String>,
}

/// A value that is otherwise.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ValueDiff {
    /// JSON pointer to it.
    pub path: String,
    /// What it was; null where it was not there.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// What it is; null where it is gone.
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
}

/// Imports that came and went.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportDiff {
    /// New ones.
    pub added: Vec<String>,
    /// Gone ones.
    pub removed: Vec<String>,
}

/// Bytes before and after.
#[derive(Debug, Serialize, ToSchema)]
pub struct SizeDiff {
    /// Of the version before.
    pub before: u64,
    /// Of this version.
    pub after: u64,
}

/// What a version has otherwise than another one.
#[utoipa::path(
    get,
    path = "/policy_versions/{id}/diff",
    tag = TAG,
    params(("id" = PolicyVersionId, Path, description = "The version after"), DiffQuery),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "What is otherwise", body = VersionDiff)),
)]
pub async fn diff_policy_versions(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<PolicyVersionId>,
    Query(query): Query<DiffQuery>,
) -> Result<axum::Json<VersionDiff>, ApiError> {
    let after = state.store.policy_version(id).await?;
    let before = state.store.policy_version(query.against).await?;
    Ok(axum::Json(diff(&before, &after)?))
}

fn diff(before: &VersionRecord, after: &VersionRecord) -> Result<VersionDiff, ApiError> {
    let (mut then, mut now) = (manifest(before)?, manifest(after)?);
    let schema = |value: &mut Value| {
        let schema = value
            .as_object_mut()
            .and_then(|fields| fields.remove("settings_schema"));
        schema.unwrap_or_default()
    };
    let (schema_then, schema_now) = (schema(&mut then), schema(&mut now));
    let mut settings_schema = Vec::new();
    values(
        "",
        Some(&schema_then),
        Some(&schema_now),
        &mut settings_schema,
    );
    let mut manifest = Vec::new();
    values("", Some(&then), Some(&now), &mut manifest);
    let without = |a: &VersionRecord, b: &VersionRecord| -> Vec<String> {
        let fresh = a.imports.iter().filter(|name| !b.imports.contains(name));
        fresh.cloned().collect()
    };
    Ok(VersionDiff {
        manifest,
        settings_schema,
        imports: ImportDiff {
            added: without(after, before),
            removed: without(before, after),
        },
        size: SizeDiff {
            before: before.size,
            after: after.size,
        },
        text: text(before, after),
    })
}

fn manifest(version: &VersionRecord) -> Result<Value, ApiError> {
    serde_json::to_value(&version.manifest).map_err(ApiError::internal)
}

fn text(before: &VersionRecord, after: &VersionRecord) -> Option<String> {
    let (then, now) = (before.source.as_ref()?, after.source.as_ref()?);
    let names = |version: &VersionRecord| format!("version {}", version.version);
    let diff = TextDiff::from_lines(then.text.as_str(), now.text.as_str());
    Some(
        diff.unified_diff()
            .context_radius(CONTEXT)
            .header(&names(before), &names(after))
            .to_string(),
    )
}

/// Lists the values that differ; objects are entered, lists are compared whole.
fn values(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<ValueDiff>) {
    if before == after || found.len() >= MAX_VALUES {
        return;
    }
    if let (Some(Value::Object(then)), Some(Value::Object(now))) = (before, after) {
        let keys: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
        for key in keys {
            let step = key.replace('~', "~0").replace('/', "~1");
            values(
                &format!("{path}/{step}"),
                then.get(key),
                now.get(key),
                found,
            );
        }
        return;
    }
    found.push(ValueDiff {
        path: path.to_owned(),
        before: before.cloned(),
        after: after.cloned(),
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_told_by_their_place() {
        let before = json!({"a": {"b/c": 1, "d": [1]}, "e": 1});
        let after = json!({"a": {"b/c": 2, "d": [1]}, "f": null});
        let mut found = Vec::new();
        values("", Some(&before), Some(&after), &mut found);
        let places: Vec<_> = found.iter().map(|v| v.path.as_str()).collect();
        assert_eq!(places, ["/a/b~1c", "/e", "/f"]);
        assert_eq!(found[0].after, Some(json!(2)));
        assert_eq!((&found[1].after, &found[2].before), (&None, &None));
    }
}
