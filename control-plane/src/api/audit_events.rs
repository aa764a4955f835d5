//! What happened at the control plane itself: sign-ins, grants, locks, keys.

use axum::extract::State;
use countersign_model::{AuditEventId, Timestamp};
use countersign_store::{AuditEventRecord, AuditQuery};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Page, PageQuery};
use crate::{
    api_error::ApiError,
    auth::{Caller, access::Reader},
    extract::Query,
    state::AppState,
};

const TAG: &str = "audit events";

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_audit_events))
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEvent {
    /// Which; later ones are greater.
    pub id: AuditEventId,
    /// What happened, such as `sign_in.refused` or `lock.set`.
    pub kind: String,
    /// Who did it: a person's e-mail address or a principal's name; null where nobody is known.
    pub actor: Option<String>,
    /// What it was done to.
    pub subject: Option<String>,
    /// More of it.
    #[schema(value_type = Object)]
    pub detail: Value,
    /// When.
    pub at: Timestamp,
}

impl From<AuditEventRecord> for AuditEvent {
    fn from(event: AuditEventRecord) -> Self {
        Self {
            id: event.id,
            kind: event.kind,
            actor: event.actor,
            subject: event.subject,
            detail: event.detail,
            at: event.at,
        }
    }
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Of this kind; with a dot at its end, of this family of kinds (`sign_in.`).
    kind: Option<String>,
    /// Later than this.
    after: Option<Timestamp>,
}

/// What happened, newest first.
#[utoipa::path(
    get,
    path = "/audit-events",
    tag = TAG,
    params(PageQuery, AuditFilter),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "What happened", body = Page<AuditEvent>)),
)]
pub async fn list_audit_events(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Query(page): Query<PageQuery>,
    Query(filter): Query<AuditFilter>,
) -> Result<axum::Json<Page<AuditEvent>>, ApiError> {
    let query = AuditQuery {
        kind: filter.kind,
        after: filter.after,
        before_id: page.key()?,
        limit: page.limit_and_one(),
    };
    let events = state.store.audit_events(&query).await?;
    let page = page.cut(events, |event| event.id);
    Ok(axum::Json(page.map(AuditEvent::from)))
}
