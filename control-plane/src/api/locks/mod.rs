//! What an admin has stopped: a principal, a human with all who act for them, a session, a target or
//! an edge. Edges learn of it as of everything they enforce, by the next bundle.

pub mod dto;

use axum::{extract::State, http::StatusCode};
use countersign_model::{LockId, LockSubject, Principal};
use countersign_store::{LockRecord, NewLock};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{CreateLock, LockQuery, LockView};
use super::{Page, PageQuery, edges, rules, service::dto::LiveMessage};
use crate::{
    api_error::ApiError,
    auth::{
        Caller,
        access::{Admin, Reader},
    },
    extract::{Json, Path, Query},
    state::AppState,
};

const TAG: &str = "locks";

/// Who set a lock that nobody set.
const SYSTEM: &str = "system";

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_locks, create_lock))
        .routes(routes!(delete_lock))
}

impl From<LockRecord> for LockView {
    fn from(record: LockRecord) -> Self {
        Self {
            id: record.id,
            subject: record.subject,
            name: record.name,
            reason: record.reason,
            created_at: record.created_at,
            created_by: record.created_by.unwrap_or_else(|| SYSTEM.to_owned()),
            expires_at: record.expires_at,
            lifted_at: record.lifted_at,
            lifted_by: record.lifted_by,
        }
    }
}

/// Locks, newest first: those in force, or all.
#[utoipa::path(
    get,
    path = "/locks",
    tag = TAG,
    params(LockQuery, PageQuery),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Locks", body = Page<LockView>)),
)]
pub async fn list_locks(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Query(query): Query<LockQuery>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<LockView>>, ApiError> {
    let after = page.key()?;
    let limit = page.limit_and_one();
    let records = state
        .store
        .locks(query.lifted, after, limit, state.now())
        .await?;
    let page = page.cut(records, |record| record.id);
    Ok(axum::Json(page.map(LockView::from)))
}

/// Locks something: what is connected by it ends within a second, and nothing new begins.
#[utoipa::path(
    post,
    path = "/locks",
    tag = TAG,
    request_body = CreateLock,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 201, description = "The lock", body = LockView)),
)]
pub async fn create_lock(
    State(state): State<AppState>,
    caller: Caller<Admin>,
    Json(body): Json<CreateLock>,
) -> Result<(StatusCode, axum::Json<LockView>), ApiError> {
    let now = state.now();
    rules::line("/reason", &body.reason)?;
    if body.expires_at.is_some_and(|at| at <= now) {
        return Err(ApiError::invalid_field("/expires_at", "has passed"));
    }
    let subject = fold(body.subject)?;
    if matches!(&subject, LockSubject::Human { name } if *name == caller.user.email) {
        return Err(ApiError::conflict(
            "own_lock",
            "You cannot lock yourself: nobody might be left to lift it.",
        ));
    }
    let new = NewLock {
        subject,
        reason: body.reason,
        by: Some(caller.user.email),
        expires_at: body.expires_at,
    };
    let record = state.store.create_lock(new, now).await?;
    tracing::info!(lock.id = %record.id, "lock set");
    announce(&state, &record);
    Ok((StatusCode::CREATED, axum::Json(record.into())))
}

/// Lifts a lock.
#[utoipa::path(
    delete,
    path = "/locks/{id}",
    tag = TAG,
    params(("id" = LockId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 204, description = "Lifted")),
)]
pub async fn delete_lock(
    State(state): State<AppState>,
    caller: Caller<Admin>,
    Path(id): Path<LockId>,
) -> Result<StatusCode, ApiError> {
    let record = state
        .store
        .lift_lock(id, &caller.user.email, state.now())
        .await?;
    tracing::info!(lock.id = %record.id, "lock lifted");
    announce(&state, &record);
    Ok(StatusCode::NO_CONTENT)
}

/// The refusal of who is locked.
pub fn refused(lock: &LockRecord) -> ApiError {
    ApiError::forbidden(
        "locked",
        format!("{} is locked: {}", lock.name, lock.reason),
    )
}

/// Refuses a principal that is locked, with the human for whom it acts by its credential.
pub async fn check(
    state: &AppState,
    principal: &Principal,
    human: Option<&Principal>,
) -> Result<(), ApiError> {
    let now = state.now();
    for who in std::iter::once(principal).chain(human) {
        if let Some(lock) = state.store.lock_on(who, now).await? {
            return Err(refused(&lock));
        }
    }
    Ok(())
}

/// Says that a lock was set, was lifted, or expired.
pub fn announce(state: &AppState, lock: &LockRecord) {
    state.live.announce(LiveMessage::Lock {
        id: lock.id.as_uuid(),
    });
    if let LockSubject::Edge { id } = lock.subject {
        edges::announce(state, id);
    }
}

/// A human is named by an e-mail address in lower case.
fn fold(subject: LockSubject) -> Result<LockSubject, ApiError> {
    Ok(match subject {
        LockSubject::Human { name } => LockSubject::Human {
            name: rules::email("/subject/name", &name)?,
        },
        other => other,
    })
}
