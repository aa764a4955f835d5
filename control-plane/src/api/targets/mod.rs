//! Protected things.

pub mod dto;

use axum::{extract::State, http::StatusCode};
use countersign_model::TargetId;
use countersign_store::{NewTarget, TargetChange, TargetRecord};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{CreateTarget, TargetView, UpdateTarget};
use super::{Page, PageQuery, grants, rules, service::dto::LiveMessage};
use crate::{
    api_error::ApiError,
    auth::{
        Caller,
        access::{Admin, Reader},
    },
    extract::{Json, Path, Query},
    state::AppState,
};

const TAG: &str = "targets";

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_targets, create_target))
        .routes(routes!(get_target, update_target, delete_target))
}

impl From<TargetRecord> for TargetView {
    fn from(record: TargetRecord) -> Self {
        Self {
            target: record.target,
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }
}

/// Targets, by name.
#[utoipa::path(
    get,
    path = "/targets",
    tag = TAG,
    params(PageQuery),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Targets", body = Page<TargetView>)),
)]
pub async fn list_targets(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<TargetView>>, ApiError> {
    let after = page.cursor.as_deref();
    let records = state.store.targets(after, page.limit_and_one()).await?;
    let page = page.cut(records, |record| record.target.name.clone());
    Ok(axum::Json(page.map(TargetView::from)))
}

/// Adds a target.
#[utoipa::path(
    post,
    path = "/targets",
    tag = TAG,
    request_body = CreateTarget,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 201, description = "The target", body = TargetView)),
)]
pub async fn create_target(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Json(body): Json<CreateTarget>,
) -> Result<(StatusCode, axum::Json<TargetView>), ApiError> {
    rules::name("/name", &body.name)?;
    rules::labels("/labels", &body.labels)?;
    let new = NewTarget {
        name: body.name,
        kind: body.kind,
        labels: body.labels,
        default_verdict: body.default_verdict,
        access: body.access,
    };
    let record = state.store.create_target(new, state.now()).await?;
    announce(&state, record.target.id);
    Ok((StatusCode::CREATED, axum::Json(record.into())))
}

/// One target.
#[utoipa::path(
    get,
    path = "/targets/{id}",
    tag = TAG,
    params(("id" = TargetId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The target", body = TargetView)),
)]
pub async fn get_target(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<TargetId>,
) -> Result<axum::Json<TargetView>, ApiError> {
    Ok(axum::Json(state.store.target(id).await?.into()))
}

/// Changes a target.
#[utoipa::path(
    patch,
    path = "/targets/{id}",
    tag = TAG,
    params(("id" = TargetId, Path, description = "Which")),
    request_body = UpdateTarget,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, description = "The target", body = TargetView)),
)]
pub async fn update_target(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Path(id): Path<TargetId>,
    Json(body): Json<UpdateTarget>,
) -> Result<axum::Json<TargetView>, ApiError> {
    if let Some(name) = &body.name {
        rules::name("/name", name)?;
    }
    if let Some(labels) = &body.labels {
        rules::labels("/labels", labels)?;
    }
    let change = TargetChange {
        name: body.name,
        labels: body.labels,
        default_verdict: body.default_verdict,
        access: body.access,
    };
    let record = state.store.update_target(id, change, state.now()).await?;
    announce(&state, id);
    Ok(axum::Json(record.into()))
}

/// Removes a target; edges stop serving it. Grants and requests end that are for no other.
#[utoipa::path(
    delete,
    path = "/targets/{id}",
    tag = TAG,
    params(("id" = TargetId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 204, description = "Removed")),
)]
pub async fn delete_target(
    State(state): State<AppState>,
    caller: Caller<Admin>,
    Path(id): Path<TargetId>,
) -> Result<StatusCode, ApiError> {
    let by = &caller.user.email;
    let ended = state.store.remove_target(id, by, state.now()).await?;
    announce(&state, id);
    for grant in &ended {
        grants::announce(&state, grant);
    }
    Ok(StatusCode::NO_CONTENT)
}

fn announce(state: &AppState, id: TargetId) {
    state
        .live
        .announce(LiveMessage::Target { id: id.as_uuid() });
}
