//! Changes of what is enforced: what was asked for, by whom, and what became of it.

pub mod dto;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use countersign_model::{ChangeId, UserId};
use countersign_store::{ChangeQuery, ChangeRecord, ChangeState, Edit, Proposal, Proposed};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{ChangeDecision, ChangeFilter, DecideChange, PendingChange, PolicyChange};
use super::{Page, PageQuery, rules, service::dto::LiveMessage};
use crate::{
    api_error::ApiError,
    auth::{
        Caller,
        access::{Author, Reader},
    },
    extract::{Json, Path, Query},
    state::AppState,
};

const TAG: &str = "policy changes";

/// Characters that a comment may have.
pub const MAX_COMMENT: usize = 2000;

/// Open alerts that are listed.
const ALERTS: u64 = 100;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_policy_changes))
        .routes(routes!(get_policy_change))
        .routes(routes!(decide_policy_change))
        .routes(routes!(acknowledge_policy_change))
        .routes(routes!(list_alerts))
}

/// Changes of what is enforced, newest first.
#[utoipa::path(
    get,
    path = "/policy_changes",
    tag = TAG,
    params(ChangeFilter),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Changes", body = Page<PolicyChange>)),
)]
pub async fn list_policy_changes(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Query(filter): Query<ChangeFilter>,
) -> Result<axum::Json<Page<PolicyChange>>, ApiError> {
    let page = PageQuery {
        limit: filter.limit,
        cursor: filter.cursor,
    };
    let query = ChangeQuery {
        state: filter.state,
        policy: filter.policy_id,
        open_alerts: false,
        before: page.key()?,
    };
    let records = state
        .store
        .policy_changes(query, page.limit_and_one())
        .await?;
    let page = page.cut(records, |record| record.id);
    Ok(axum::Json(page.map(PolicyChange::from)))
}

/// One change.
#[utoipa::path(
    get,
    path = "/policy_changes/{id}",
    tag = TAG,
    params(("id" = ChangeId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The change", body = PolicyChange)),
)]
pub async fn get_policy_change(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<ChangeId>,
) -> Result<axum::Json<PolicyChange>, ApiError> {
    Ok(axum::Json(state.store.policy_change(id).await?.into()))
}

/// Approves or rejects a change that waits. Whoever asked for it cannot: 403 `own_change`. Where what
/// it touches has changed since, approving answers 409 `stale_change`.
#[utoipa::path(
    post,
    path = "/policy_changes/{id}/decisions",
    tag = TAG,
    params(("id" = ChangeId, Path, description = "Which")),
    request_body = DecideChange,
    extensions(("x-roles" = json!(["admin", "policy_author"]))),
    responses((status = 200, description = "The change", body = PolicyChange)),
)]
pub async fn decide_policy_change(
    State(state): State<AppState>,
    caller: Caller<Author>,
    Path(id): Path<ChangeId>,
    Json(body): Json<DecideChange>,
) -> Result<axum::Json<PolicyChange>, ApiError> {
    rules::prose("/comment", &body.comment, MAX_COMMENT)?;
    let approve = body.decision == ChangeDecision::Approve;
    let record = state
        .store
        .decide_change(id, caller.user.id, approve, &body.comment, state.now())
        .await?;
    announce(&state, &record);
    Ok(axum::Json(record.into()))
}

/// Alerts that nobody has noted: canaries that were taken back.
#[utoipa::path(
    get,
    path = "/alerts",
    tag = TAG,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Open alerts", body = Page<PolicyChange>)),
)]
pub async fn list_alerts(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
) -> Result<axum::Json<Page<PolicyChange>>, ApiError> {
    let query = ChangeQuery {
        open_alerts: true,
        ..ChangeQuery::default()
    };
    let records = state.store.policy_changes(query, ALERTS).await?;
    Ok(axum::Json(Page::whole(records).map(PolicyChange::from)))
}

/// Notes an alert: it is no longer open.
#[utoipa::path(
    post,
    path = "/policy_changes/{id}/acknowledge",
    tag = TAG,
    params(("id" = ChangeId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author"]))),
    responses((status = 200, description = "The change", body = PolicyChange)),
)]
pub async fn acknowledge_policy_change(
    State(state): State<AppState>,
    caller: Caller<Author>,
    Path(id): Path<ChangeId>,
) -> Result<axum::Json<PolicyChange>, ApiError> {
    let record = state
        .store
        .acknowledge_change(id, caller.user.id, state.now())
        .await?;
    announce(&state, &record);
    Ok(axum::Json(record.into()))
}

/// Makes a change for a person, or keeps it for another admin.
pub async fn propose(
    state: &AppState,
    by: UserId,
    edit: Edit,
    comment: String,
) -> Result<Proposed, ApiError> {
    rules::prose("/comment", &comment, MAX_COMMENT)?;
    let proposal = Proposal {
        edit,
        comment,
        requested_by: Some(by),
    };
    let proposed = state.store.propose(proposal, state.now()).await?;
    if let Proposed::Applied(record) | Proposed::Pending(record) = &proposed {
        announce(state, record);
    }
    Ok(proposed)
}

/// The answer where a change itself was asked for: 200 with it, 202 where it waits.
pub fn answer(proposed: Proposed) -> Result<Response, ApiError> {
    match proposed {
        Proposed::Applied(record) => {
            Ok((StatusCode::OK, axum::Json(PolicyChange::from(record))).into_response())
        }
        Proposed::Pending(record) => Ok(pending(record)),
        Proposed::Unchanged => Err(ApiError::conflict("nothing_to_change", "It is so already.")),
    }
}

/// 202: the change waits for another admin.
pub fn pending(record: ChangeRecord) -> Response {
    let body = PendingChange {
        change: record.into(),
    };
    (StatusCode::ACCEPTED, axum::Json(body)).into_response()
}

/// Tells dashboards of a change and of all that it touches.
pub fn announce(state: &AppState, record: &ChangeRecord) {
    let live = &state.live;
    live.announce(LiveMessage::PolicyChange {
        id: record.id.as_uuid(),
    });
    if record.alert {
        live.announce(LiveMessage::Alert {
            id: record.id.as_uuid(),
        });
    }
    if record.state != ChangeState::Applied {
        return;
    }
    for binding in record.before.bindings.iter().chain(&record.after.bindings) {
        live.announce(LiveMessage::Binding {
            id: binding.id.as_uuid(),
        });
    }
    for policy in &record.policies {
        live.announce(LiveMessage::Policy {
            id: policy.as_uuid(),
        });
    }
    for document in record
        .before
        .documents
        .iter()
        .chain(&record.after.documents)
    {
        live.announce(LiveMessage::Document {
            id: document.id.as_uuid(),
        });
    }
}
