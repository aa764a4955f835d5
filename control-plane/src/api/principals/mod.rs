//! Who acts on targets.

mod credentials;
pub mod dto;
mod keys;

use axum::{extract::State, http::StatusCode};
use countersign_model::PrincipalId;
use countersign_store::{NewPrincipal, PrincipalChange, PrincipalRecord};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{CreatePrincipal, PrincipalView, UpdatePrincipal};
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

const TAG: &str = "principals";

/// Characters of a purpose.
const MAX_PURPOSE: usize = 500;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_principals, create_principal))
        .routes(routes!(get_principal, update_principal, delete_principal))
        .merge(credentials::router())
        .merge(keys::router())
}

impl From<PrincipalRecord> for PrincipalView {
    fn from(record: PrincipalRecord) -> Self {
        Self {
            principal: record.principal,
            purpose: record.purpose,
            active_credentials: record.active_credentials,
            last_used_at: record.last_used_at,
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }
}

/// Principals, by name.
#[utoipa::path(
    get,
    path = "/principals",
    tag = TAG,
    params(PageQuery),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Principals", body = Page<PrincipalView>)),
)]
pub async fn list_principals(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<PrincipalView>>, ApiError> {
    let after = page.cursor.as_deref();
    let limit = page.limit_and_one();
    let records = state.store.principals(after, limit, state.now()).await?;
    let page = page.cut(records, |record| record.principal.name.clone());
    Ok(axum::Json(page.map(PrincipalView::from)))
}

/// Adds a principal.
#[utoipa::path(
    post,
    path = "/principals",
    tag = TAG,
    request_body = CreatePrincipal,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 201, description = "The principal", body = PrincipalView)),
)]
pub async fn create_principal(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Json(body): Json<CreatePrincipal>,
) -> Result<(StatusCode, axum::Json<PrincipalView>), ApiError> {
    rules::name("/name", &body.name)?;
    rules::groups("/groups", &body.groups)?;
    rules::pairs("/claims", &body.claims)?;
    check_on_behalf_of(body.on_behalf_of.as_deref())?;
    rules::prose("/purpose", &body.purpose, MAX_PURPOSE)?;
    let new = NewPrincipal {
        name: body.name,
        kind: body.kind,
        groups: body.groups,
        claims: body.claims,
        on_behalf_of: body.on_behalf_of,
        owner: owner(body.owner)?,
        purpose: body.purpose,
    };
    let record = state.store.create_principal(new, state.now()).await?;
    announce(&state, record.principal.id);
    Ok((StatusCode::CREATED, axum::Json(record.into())))
}

/// One principal.
#[utoipa::path(
    get,
    path = "/principals/{id}",
    tag = TAG,
    params(("id" = PrincipalId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The principal", body = PrincipalView)),
)]
pub async fn get_principal(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<PrincipalId>,
) -> Result<axum::Json<PrincipalView>, ApiError> {
    let record = state.store.principal(id, state.now()).await?;
    Ok(axum::Json(record.into()))
}

/// Changes a principal.
#[utoipa::path(
    patch,
    path = "/principals/{id}",
    tag = TAG,
    params(("id" = PrincipalId, Path, description = "Which")),
    request_body = UpdatePrincipal,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, description = "The principal", body = PrincipalView)),
)]
pub async fn update_principal(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Path(id): Path<PrincipalId>,
    Json(body): Json<UpdatePrincipal>,
) -> Result<axum::Json<PrincipalView>, ApiError> {
    if let Some(name) = &body.name {
        rules::name("/name", name)?;
    }
    if let Some(groups) = &body.groups {
        rules::groups("/groups", groups)?;
    }
    if let Some(claims) = &body.claims {
        rules::pairs("/claims", claims)?;
    }
    if let Some(on_behalf_of) = &body.on_behalf_of {
        check_on_behalf_of(on_behalf_of.as_deref())?;
    }
    if let Some(purpose) = &body.purpose {
        rules::prose("/purpose", purpose, MAX_PURPOSE)?;
    }
    let change = PrincipalChange {
        name: body.name,
        kind: body.kind,
        groups: body.groups,
        claims: body.claims,
        on_behalf_of: body.on_behalf_of,
        owner: body.owner.map(owner).transpose()?,
        purpose: body.purpose,
    };
    let record = state
        .store
        .update_principal(id, change, state.now())
        .await?;
    announce(&state, id);
    Ok(axum::Json(record.into()))
}

/// Removes a principal; its credentials, its grants and open sessions end.
#[utoipa::path(
    delete,
    path = "/principals/{id}",
    tag = TAG,
    params(("id" = PrincipalId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 204, description = "Removed")),
)]
pub async fn delete_principal(
    State(state): State<AppState>,
    caller: Caller<Admin>,
    Path(id): Path<PrincipalId>,
) -> Result<StatusCode, ApiError> {
    let by = &caller.user.email;
    let ended = state.store.remove_principal(id, by, state.now()).await?;
    announce(&state, id);
    for grant in &ended {
        grants::announce(&state, grant);
    }
    Ok(StatusCode::NO_CONTENT)
}

fn check_on_behalf_of(human: Option<&str>) -> Result<(), ApiError> {
    human.map_or(Ok(()), |human| rules::line("/on_behalf_of", human))
}

/// An owner as it is kept: a human's e-mail address in lower case, as people and locks are named, or
/// `group:NAME`.
fn owner(owner: Option<String>) -> Result<Option<String>, ApiError> {
    let Some(owner) = owner else {
        return Ok(None);
    };
    match owner.strip_prefix("group:") {
        Some(group) => rules::line("/owner", group).map(|()| Some(owner)),
        None => rules::email("/owner", &owner).map(Some),
    }
}

fn announce(state: &AppState, id: PrincipalId) {
    state
        .live
        .announce(LiveMessage::Principal { id: id.as_uuid() });
}
