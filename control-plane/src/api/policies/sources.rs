//! Policies that are texts: the text and its manifest come in one request, and are tried by the
//! runtime of their language before they are kept.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use countersign_model::{PolicyManifest, PolicySource};
use countersign_policy_package::source_digest;
use countersign_store::NewVersion;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    TAG,
    dto::{CreatePolicySource, PolicyVersion},
    versions::{check_notes, push},
};
use crate::{
    api_error::ApiError,
    auth::{Caller, access::Author},
    extract::Json,
    policy_check, runtimes,
    state::AppState,
};

/// Bytes that a text may have.
const MAX_TEXT: usize = 256 * 1024;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create_policy_source))
}

/// Pushes a policy that is a text, in Rego or Cedar. A text that cannot be read is refused with
/// `invalid_policy_source`, with the line and the column. The same text for the same runtime again
/// answers 200 with the version it is.
#[utoipa::path(
    post,
    path = "/policy_sources",
    tag = TAG,
    request_body = CreatePolicySource,
    extensions(("x-roles" = json!(["admin", "policy_author"]))),
    responses(
        (status = 201, description = "The new version", body = PolicyVersion),
        (status = 200, description = "The version that this text is", body = PolicyVersion),
    ),
)]
pub async fn create_policy_source(
    State(state): State<AppState>,
    caller: Caller<Author>,
    Json(body): Json<CreatePolicySource>,
) -> Result<(StatusCode, axum::Json<PolicyVersion>), ApiError> {
    check_notes(&body.changelog, body.source_url.as_deref())?;
    if !body.language.is_text() {
        return Err(ApiError::invalid_field(
            "/language",
            "must be rego or cedar; other languages are uploaded as components",
        ));
    }
    if body.text.trim().is_empty() || body.text.len() > MAX_TEXT {
        return Err(ApiError::invalid_field(
            "/text",
            format!("must have 1 to {MAX_TEXT} bytes"),
        ));
    }
    state.uploads.check(&caller.user.id, state.now())?;
    let component = Arc::new(runtimes::component(body.language)?);
    let source = PolicySource {
        language: body.language,
        runtime: countersign_policy_package::digest(&component),
        text: body.text,
    };
    let manifest = PolicyManifest {
        name: body.name,
        version: body.version,
        description: body.description,
        language: body.language,
        operations: body.operations,
        settings_schema: body.settings_schema,
        counters: Vec::new(),
        documents: body.documents,
        filters: false,
        stateless: true,
        source_url: body.source_url.clone(),
        cases: body.cases,
    };
    let digest = source_digest(&source);
    if let Some(same) = state.store.version_by_digest(&digest).await?
        && same.manifest != manifest
    {
        // The digest names the text alone, and a version never changes.
        return Err(ApiError::conflict(
            "same_text",
            format!(
                "This text is version {} of {} already, with another manifest. Change the text: a \
                 comment will do.",
                same.version, same.manifest.name
            ),
        ));
    }
    let runtime = Arc::clone(&component);
    let imports = policy_check::check_source(&state, &manifest, &source, runtime).await?;
    let now = state.now();
    state
        .store
        .keep_module(&source.runtime, &component, now)
        .await?;
    let new = NewVersion {
        digest,
        bytes: serde_json::to_vec(&source).map_err(ApiError::internal)?,
        manifest,
        imports,
        changelog: body.changelog,
        source_url: body.source_url,
        created_by: caller.user.id,
    };
    push(&state, new).await
}
