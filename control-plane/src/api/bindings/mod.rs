//! Policy versions with their settings and what they cover.

pub mod dto;

use axum::{extract::State, http::StatusCode};
use countersign_model::{BindingId, Selector};
use countersign_policy_package::OPERATIONS;
use countersign_store::{BindingChange, BindingRecord, NewBinding};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{BindingView, CreateBinding, UpdateBinding};
use super::{Page, rules, service::dto::LiveMessage};
use crate::{
    api_error::ApiError,
    auth::{
        Caller,
        access::{Admin, Reader},
    },
    extract::{Json, Path},
    policy_check,
    state::AppState,
};

const TAG: &str = "bindings";

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_bindings, create_binding))
        .routes(routes!(get_binding, update_binding, delete_binding))
}

impl From<BindingRecord> for BindingView {
    fn from(record: BindingRecord) -> Self {
        Self {
            id: record.id,
            policy_id: record.policy_id,
            policy: record.policy,
            policy_version_id: record.policy_version_id,
            version: record.version,
            digest: record.digest,
            settings: record.settings,
            selector: record.selector,
            stage: record.stage,
            position: record.position,
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }
}

/// Bindings, in the order of evaluation; always all of them.
#[utoipa::path(
    get,
    path = "/bindings",
    tag = TAG,
    extensions(("x-roles" = json!(["admin", "reviewer", "auditor"]))),
    responses((status = 200, description = "Bindings", body = Page<BindingView>)),
)]
pub async fn list_bindings(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
) -> Result<axum::Json<Page<BindingView>>, ApiError> {
    let records = state.store.bindings().await?;
    Ok(axum::Json(Page::whole(records).map(BindingView::from)))
}

/// Binds a policy version. Its settings are checked against the manifest's schema, then by the
/// policy itself.
#[utoipa::path(
    post,
    path = "/bindings",
    tag = TAG,
    request_body = CreateBinding,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 201, description = "The binding", body = BindingView)),
)]
pub async fn create_binding(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Json(body): Json<CreateBinding>,
) -> Result<(StatusCode, axum::Json<BindingView>), ApiError> {
    check_selector(&body.selector)?;
    let version = state
        .store
        .policy_version(body.policy_version_id)
        .await
        .map_err(|error| unknown_version(error.into()))?;
    policy_check::check_settings(&state, &version, &body.settings).await?;
    let new = NewBinding {
        policy_version_id: body.policy_version_id,
        settings: body.settings,
        selector: body.selector,
        stage: body.stage,
        position: body.position,
    };
    let record = state.store.create_binding(new, state.now()).await?;
    announce(&state, &record);
    Ok((StatusCode::CREATED, axum::Json(record.into())))
}

/// One binding.
#[utoipa::path(
    get,
    path = "/bindings/{id}",
    tag = TAG,
    params(("id" = BindingId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "reviewer", "auditor"]))),
    responses((status = 200, description = "The binding", body = BindingView)),
)]
pub async fn get_binding(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<BindingId>,
) -> Result<axum::Json<BindingView>, ApiError> {
    Ok(axum::Json(state.store.binding(id).await?.into()))
}

/// Changes a binding: its settings, what it covers, its stage, its place, or the version of the same
/// policy.
#[utoipa::path(
    patch,
    path = "/bindings/{id}",
    tag = TAG,
    params(("id" = BindingId, Path, description = "Which")),
    request_body = UpdateBinding,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, description = "The binding", body = BindingView)),
)]
pub async fn update_binding(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Path(id): Path<BindingId>,
    Json(body): Json<UpdateBinding>,
) -> Result<axum::Json<BindingView>, ApiError> {
    let before = state.store.binding(id).await?;
    if let Some(selector) = &body.selector {
        check_selector(selector)?;
    }
    if body.policy_version_id.is_some() || body.settings.is_some() {
        let version_id = body.policy_version_id.unwrap_or(before.policy_version_id);
        let version = state
            .store
            .policy_version(version_id)
            .await
            .map_err(|error| unknown_version(error.into()))?;
        if version.policy_id != before.policy_id {
            return Err(ApiError::invalid_field(
                "/policy_version_id",
                "must be a version of the same policy",
            ));
        }
        let settings = body.settings.as_ref().unwrap_or(&before.settings);
        policy_check::check_settings(&state, &version, settings).await?;
    }
    let change = BindingChange {
        policy_version_id: body.policy_version_id,
        settings: body.settings,
        selector: body.selector,
        stage: body.stage,
        position: body.position,
    };
    let record = state.store.update_binding(id, change, state.now()).await?;
    announce(&state, &record);
    Ok(axum::Json(record.into()))
}

/// Removes a binding.
#[utoipa::path(
    delete,
    path = "/bindings/{id}",
    tag = TAG,
    params(("id" = BindingId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 204, description = "Removed")),
)]
pub async fn delete_binding(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Path(id): Path<BindingId>,
) -> Result<StatusCode, ApiError> {
    let record = state.store.binding(id).await?;
    state.store.remove_binding(id, state.now()).await?;
    announce(&state, &record);
    Ok(StatusCode::NO_CONTENT)
}

/// In a body, an unknown version is a mistake in the body.
fn unknown_version(error: ApiError) -> ApiError {
    if error.status() == StatusCode::NOT_FOUND {
        ApiError::invalid_field("/policy_version_id", "there is no such policy version")
    } else {
        error
    }
}

fn check_selector(selector: &Selector) -> Result<(), ApiError> {
    rules::labels("/selector/targets/labels", &selector.targets.labels)?;
    for (index, operation) in selector.operations.iter().enumerate() {
        if !OPERATIONS.contains(&operation.as_str()) {
            return Err(ApiError::invalid_field(
                &format!("/selector/operations/{index}"),
                format!("must be one of {}", OPERATIONS.join(", ")),
            ));
        }
    }
    Ok(())
}

fn announce(state: &AppState, record: &BindingRecord) {
    state.live.announce(LiveMessage::Binding {
        id: record.id.as_uuid(),
    });
    state.live.announce(LiveMessage::Policy {
        id: record.policy_id.as_uuid(),
    });
}
