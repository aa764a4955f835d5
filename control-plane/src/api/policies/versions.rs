//! Immutable versions of policies.

use axum::{
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    response::IntoResponse,
};
use countersign_model::PolicyVersionId;
use countersign_policy_package::MAX_SIZE;
use countersign_store::{NewVersion, VersionRecord};
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};

use super::{
    TAG,
    dto::{PolicyVersion, PolicyVersionSummary, PushQuery, SignatureView, WasmModule},
};
use crate::{
    api::{rules, service::dto::LiveMessage},
    api_error::ApiError,
    auth::{
        Caller,
        access::{Author, Reader},
    },
    extract::{Path, Query, Wasm},
    policy_check,
    state::AppState,
};

const MAX_CHANGELOG: usize = 2000;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_policy_version).layer(DefaultBodyLimit::max(MAX_SIZE)))
        .routes(routes!(get_policy_version))
        .routes(routes!(get_policy_version_module))
}

impl From<VersionRecord> for PolicyVersionSummary {
    fn from(record: VersionRecord) -> Self {
        Self {
            id: record.id,
            policy_id: record.policy_id,
            policy: record.manifest.name,
            version: record.version,
            author_version: record.manifest.version,
            language: record.language,
            digest: record.digest,
            size: record.size,
            source_url: record.source_url,
            signatures: record
                .signatures
                .into_iter()
                .map(|record| SignatureView {
                    key: record.signature.key,
                    signature: record.signature.signature,
                    created_at: record.created_at,
                })
                .collect(),
            changelog: record.changelog,
            created_by: record.created_by,
            created_by_name: record.created_by_name,
            created_at: record.created_at,
        }
    }
}

impl From<VersionRecord> for PolicyVersion {
    fn from(record: VersionRecord) -> Self {
        Self {
            manifest: record.manifest.clone(),
            imports: record.imports.clone(),
            text: record.source.as_ref().map(|source| source.text.clone()),
            summary: record.into(),
        }
    }
}

/// Pushes a policy: a component that carries its manifest. It is read, compiled and tried with its
/// own cases before it is kept. The same bytes again answer 200 with the version they are.
#[utoipa::path(
    post,
    path = "/policy_versions",
    tag = TAG,
    params(PushQuery),
    request_body(content = WasmModule, content_type = "application/wasm"),
    extensions(("x-roles" = json!(["admin", "policy_author"]))),
    responses(
        (status = 201, description = "The new version", body = PolicyVersion),
        (status = 200, description = "The version that these bytes are", body = PolicyVersion),
    ),
)]
pub async fn create_policy_version(
    State(state): State<AppState>,
    caller: Caller<Author>,
    Query(query): Query<PushQuery>,
    Wasm(component): Wasm,
) -> Result<(StatusCode, axum::Json<PolicyVersion>), ApiError> {
    let changelog = query.changelog.unwrap_or_default();
    check_notes(&changelog, query.source_url.as_deref())?;
    state.uploads.check(&caller.user.id, state.now())?;
    let package = policy_check::check_upload(&state, component.clone()).await?;
    // What a component says of itself becomes a link only where it is one.
    let named = package.manifest.source_url.clone();
    let named = named.filter(|url| rules::web_address("/source_url", url).is_ok());
    let new = NewVersion {
        digest: package.digest,
        bytes: component.to_vec(),
        source_url: query.source_url.or(named),
        manifest: package.manifest,
        imports: package.imports,
        changelog,
        created_by: caller.user.id,
    };
    push(&state, new).await
}

/// Checks what goes with a version.
pub fn check_notes(changelog: &str, source_url: Option<&str>) -> Result<(), ApiError> {
    rules::prose("/changelog", changelog, MAX_CHANGELOG)?;
    if let Some(url) = source_url {
        rules::web_address("/source_url", url)?;
    }
    Ok(())
}

/// Keeps a version that was checked.
pub async fn push(
    state: &AppState,
    new: NewVersion,
) -> Result<(StatusCode, axum::Json<PolicyVersion>), ApiError> {
    let pushed = state.store.push_version(new, state.now()).await?;
    let status = if pushed.created {
        state.live.announce(LiveMessage::Policy {
            id: pushed.version.policy_id.as_uuid(),
        });
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, axum::Json(pushed.version.into())))
}

/// One version.
#[utoipa::path(
    get,
    path = "/policy_versions/{id}",
    tag = TAG,
    params(("id" = PolicyVersionId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The version", body = PolicyVersion)),
)]
pub async fn get_policy_version(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<PolicyVersionId>,
) -> Result<axum::Json<PolicyVersion>, ApiError> {
    Ok(axum::Json(state.store.policy_version(id).await?.into()))
}

/// The version's component; of a text, the component that runs it.
#[utoipa::path(
    get,
    path = "/policy_versions/{id}/module",
    tag = TAG,
    params(("id" = PolicyVersionId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((
        status = 200,
        description = "The component",
        body = WasmModule,
        content_type = "application/wasm",
    )),
)]
pub async fn get_policy_version_module(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<PolicyVersionId>,
) -> Result<impl IntoResponse, ApiError> {
    let version = state.store.policy_version(id).await?;
    let digest = match &version.source {
        Some(source) => &source.runtime,
        None => &version.digest,
    };
    let bytes = state.store.module(digest).await?;
    Ok((module_headers(digest), bytes))
}

/// Bytes that are named by their hash never change.
pub fn module_headers(digest: &str) -> [(header::HeaderName, String); 3] {
    [
        (header::CONTENT_TYPE, "application/wasm".to_owned()),
        (header::ETAG, format!("\"{digest}\"")),
        (
            header::CACHE_CONTROL,
            "private, max-age=31536000, immutable".to_owned(),
        ),
    ]
}
