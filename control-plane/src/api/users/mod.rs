//! People who sign in to the control plane.

pub mod dto;
mod tokens;

use axum::{extract::State, http::StatusCode};
use countersign_model::UserId;
use countersign_store::{NewUser, UserChange, UserRecord, UserSource};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{CreateUser, Source, UpdateUser, User};
use super::{Page, PageQuery, grants, rules, service::dto::LiveMessage};
use crate::{
    api_error::ApiError,
    auth::{Caller, access::Admin},
    extract::{Json, Path, Query},
    state::AppState,
};

const TAG: &str = "users";

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_users, create_user))
        .routes(routes!(get_user, update_user))
        .merge(tokens::router())
}

impl From<UserRecord> for User {
    fn from(user: UserRecord) -> Self {
        Self {
            id: user.id,
            name: user.name,
            email: user.email,
            roles: user.roles,
            groups: user.groups,
            review_scope: user.review_scope,
            source: match user.source {
                UserSource::Local => Source::Local,
                UserSource::Oidc => Source::Oidc,
            },
            last_sign_in_at: user.last_sign_in_at,
            created_at: user.created_at,
            disabled_at: user.disabled_at,
        }
    }
}

/// People, by e-mail address.
#[utoipa::path(
    get,
    path = "/users",
    tag = TAG,
    params(PageQuery),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, description = "People", body = Page<User>)),
)]
pub async fn list_users(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<User>>, ApiError> {
    let after = page.cursor.as_deref();
    let users = state.store.users(after, page.limit_and_one()).await?;
    let page = page.cut(users, |user| user.email.clone());
    Ok(axum::Json(page.map(User::from)))
}

/// Adds a person.
#[utoipa::path(
    post,
    path = "/users",
    tag = TAG,
    request_body = CreateUser,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 201, description = "The person", body = User)),
)]
pub async fn create_user(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Json(body): Json<CreateUser>,
) -> Result<(StatusCode, axum::Json<User>), ApiError> {
    rules::line("/name", &body.name)?;
    rules::groups("/groups", &body.groups)?;
    let new = NewUser {
        email: rules::email("/email", &body.email)?,
        name: body.name,
        roles: body.roles,
        groups: body.groups,
        review_scope: body.review_scope,
    };
    let user = state.store.create_user(new, state.now()).await?;
    announce(&state, user.id);
    Ok((StatusCode::CREATED, axum::Json(user.into())))
}

/// One person.
#[utoipa::path(
    get,
    path = "/users/{id}",
    tag = TAG,
    params(("id" = UserId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, description = "The person", body = User)),
)]
pub async fn get_user(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Path(id): Path<UserId>,
) -> Result<axum::Json<User>, ApiError> {
    Ok(axum::Json(state.store.user(id).await?.into()))
}

/// Changes or disables a person. Disabling ends their sessions and tokens at once, and the credentials
/// and grants by which they, or agents on their behalf, act on targets.
#[utoipa::path(
    patch,
    path = "/users/{id}",
    tag = TAG,
    params(("id" = UserId, Path, description = "Which")),
    request_body = UpdateUser,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, description = "The person", body = User)),
)]
pub async fn update_user(
    State(state): State<AppState>,
    caller: Caller<Admin>,
    Path(id): Path<UserId>,
    Json(body): Json<UpdateUser>,
) -> Result<axum::Json<User>, ApiError> {
    if let Some(name) = &body.name {
        rules::line("/name", name)?;
    }
    if let Some(groups) = &body.groups {
        rules::groups("/groups", groups)?;
    }
    let change = UserChange {
        name: body.name,
        roles: body.roles,
        groups: body.groups,
        review_scope: body.review_scope,
        disabled: body.disabled,
        by: Some(caller.user.email),
    };
    let changed = state.store.update_user(id, change, state.now()).await?;
    announce(&state, id);
    for grant in &changed.ended {
        grants::announce(&state, grant);
    }
    Ok(axum::Json(changed.user.into()))
}

fn announce(state: &AppState, id: UserId) {
    state.live.announce(LiveMessage::User { id: id.as_uuid() });
}
