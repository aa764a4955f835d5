//! Policy versions with their settings and what they cover.

pub mod dto;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use countersign_model::{BindingId, PolicyVersionId, Selector};
use countersign_policy_package::OPERATIONS;
use countersign_store::{
    BindingChange, BindingRecord, BoundVersion, Edit, NewBinding, Proposed, VersionRecord,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{BindingView, CreateBinding, UpdateBinding};
use super::{
    Page,
    policy_changes::{self, dto::PendingChange},
    rules,
};
use crate::{
    api_error::ApiError,
    auth::{
        Caller,
        access::{Author, Reader},
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

/// Bindings with how the canaries among them do.
pub async fn views(
    state: &AppState,
    records: Vec<BindingRecord>,
) -> Result<Vec<BindingView>, ApiError> {
    let rollouts = state.store.rollouts(&records).await?;
    let view = |record: BindingRecord| {
        let rollout = rollouts.get(&record.id).copied();
        BindingView::new(record, rollout)
    };
    Ok(records.into_iter().map(view).collect())
}

async fn view(state: &AppState, id: BindingId) -> Result<axum::Json<BindingView>, ApiError> {
    let record = state.store.binding(id).await?;
    let view = views(state, vec![record]).await?.pop();
    view.map(axum::Json)
        .ok_or_else(|| ApiError::not_found("binding"))
}

/// Bindings, in the order of evaluation; always all of them.
#[utoipa::path(
    get,
    path = "/bindings",
    tag = TAG,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Bindings", body = Page<BindingView>)),
)]
pub async fn list_bindings(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
) -> Result<axum::Json<Page<BindingView>>, ApiError> {
    let records = state.store.bindings().await?;
    Ok(axum::Json(Page::whole(views(&state, records).await?)))
}

/// Binds a policy version. Its settings are checked against the manifest's schema, then by the
/// policy itself. Where approvals are required, this answers 202 with the change that waits.
#[utoipa::path(
    post,
    path = "/bindings",
    tag = TAG,
    request_body = CreateBinding,
    extensions(("x-roles" = json!(["admin", "policy_author"]))),
    responses(
        (status = 201, description = "The binding", body = BindingView),
        (status = 202, description = "The change waits for another admin", body = PendingChange),
    ),
)]
pub async fn create_binding(
    State(state): State<AppState>,
    caller: Caller<Author>,
    Json(body): Json<CreateBinding>,
) -> Result<Response, ApiError> {
    check_selector(&body.selector)?;
    let version = version(&state, body.policy_version_id).await?;
    policy_check::check_settings(&state, &version, &body.settings).await?;
    let edit = Edit::CreateBinding(NewBinding {
        version: BoundVersion::from(&version),
        settings: body.settings,
        selector: body.selector,
        stage: body.stage,
        position: body.position,
        canary_percent: body.canary_percent,
        replaces: body.replaces,
        guard: body.guard,
    });
    match policy_changes::propose(&state, caller.user.id, edit, body.comment).await? {
        Proposed::Applied(record) => {
            let id = record
                .binding_id
                .ok_or_else(|| ApiError::not_found("binding"))?;
            Ok((StatusCode::CREATED, view(&state, id).await?).into_response())
        }
        other => policy_changes::answer(other),
    }
}

/// One binding.
#[utoipa::path(
    get,
    path = "/bindings/{id}",
    tag = TAG,
    params(("id" = BindingId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The binding", body = BindingView)),
)]
pub async fn get_binding(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<BindingId>,
) -> Result<axum::Json<BindingView>, ApiError> {
    view(&state, id).await
}

/// Changes a binding: its settings, what it covers, its stage, its place, or the version of the same
/// policy. Where approvals are required, this answers 202 with the change that waits.
#[utoipa::path(
    patch,
    path = "/bindings/{id}",
    tag = TAG,
    params(("id" = BindingId, Path, description = "Which")),
    request_body = UpdateBinding,
    extensions(("x-roles" = json!(["admin", "policy_author"]))),
    responses(
        (status = 200, description = "The binding", body = BindingView),
        (status = 202, description = "The change waits for another admin", body = PendingChange),
    ),
)]
pub async fn update_binding(
    State(state): State<AppState>,
    caller: Caller<Author>,
    Path(id): Path<BindingId>,
    Json(body): Json<UpdateBinding>,
) -> Result<Response, ApiError> {
    let before = state.store.binding(id).await?;
    if let Some(selector) = &body.selector {
        check_selector(selector)?;
    }
    let mut bound = None;
    if body.policy_version_id.is_some() || body.settings.is_some() {
        let version_id = body.policy_version_id.unwrap_or(before.policy_version_id);
        let version = version(&state, version_id).await?;
        if version.policy_id != before.policy_id {
            return Err(ApiError::invalid_field(
                "/policy_version_id",
                "must be a version of the same policy",
            ));
        }
        let settings = body.settings.as_ref().unwrap_or(&before.settings);
        policy_check::check_settings(&state, &version, settings).await?;
        bound = body.policy_version_id.map(|_| BoundVersion::from(&version));
    }
    let change = BindingChange {
        version: bound,
        settings: body.settings,
        selector: body.selector,
        stage: body.stage,
        position: body.position,
        canary_percent: body.canary_percent,
        replaces: body.replaces,
        guard: body.guard,
    };
    let edit = Edit::UpdateBinding(id, change);
    match policy_changes::propose(&state, caller.user.id, edit, body.comment).await? {
        Proposed::Pending(record) => Ok(policy_changes::pending(record)),
        Proposed::Applied(_) | Proposed::Unchanged => Ok(view(&state, id).await?.into_response()),
    }
}

/// Removes a binding. Where approvals are required, this answers 202 with the change that waits.
#[utoipa::path(
    delete,
    path = "/bindings/{id}",
    tag = TAG,
    params(("id" = BindingId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author"]))),
    responses(
        (status = 204, description = "Removed"),
        (status = 202, description = "The change waits for another admin", body = PendingChange),
    ),
)]
pub async fn delete_binding(
    State(state): State<AppState>,
    caller: Caller<Author>,
    Path(id): Path<BindingId>,
) -> Result<Response, ApiError> {
    let edit = Edit::DeleteBinding(id);
    match policy_changes::propose(&state, caller.user.id, edit, String::new()).await? {
        Proposed::Pending(record) => Ok(policy_changes::pending(record)),
        Proposed::Applied(_) | Proposed::Unchanged => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

/// In a body, an unknown version is a mistake in the body.
async fn version(state: &AppState, id: PolicyVersionId) -> Result<VersionRecord, ApiError> {
    let found = state.store.policy_version(id).await;
    found.map_err(ApiError::from).map_err(|error| {
        if error.status() == StatusCode::NOT_FOUND {
            ApiError::invalid_field("/policy_version_id", "there is no such policy version")
        } else {
            error
        }
    })
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
