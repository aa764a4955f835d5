//! Recorded sessions and their events.

pub mod dto;
mod events;

use axum::extract::State;
use countersign_model::SessionId;
use countersign_store::{ReviewQuery, SessionQuery, SessionRecord};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{Session, SessionCounts, SessionFilter, SessionSummary};
use super::{Page, PageQuery, usage::prices::Prices};
use crate::{
    api_error::ApiError,
    auth::{Caller, access::Reader},
    extract::{Path, Query},
    state::AppState,
};

const TAG: &str = "sessions";

/// Reviews that a session's page names.
const REVIEWS: u64 = 1000;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_sessions))
        .routes(routes!(get_recorded_session))
        .merge(events::router())
}

/// Sessions, newest first.
#[utoipa::path(
    get,
    path = "/sessions",
    tag = TAG,
    params(PageQuery, SessionFilter),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Sessions", body = Page<SessionSummary>)),
)]
pub async fn list_sessions(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Query(page): Query<PageQuery>,
    Query(filter): Query<SessionFilter>,
) -> Result<axum::Json<Page<SessionSummary>>, ApiError> {
    let query = SessionQuery {
        principal: filter.principal,
        target: filter.target,
        kind: filter.kind.map(|kind| kind.as_str().to_owned()),
        effect: filter.effect,
        open: filter.open,
        since: filter.since,
        contains: filter.q.filter(|q| !q.is_empty()),
        grant: filter.grant,
        before: page.key()?,
    };
    let records = state.store.sessions(&query, page.limit_and_one()).await?;
    let page = page.cut(records, |record| record.id);
    Ok(axum::Json(page.map(summary)))
}

/// One session.
#[utoipa::path(
    get,
    path = "/sessions/{id}",
    tag = TAG,
    params(("id" = SessionId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The session", body = Session)),
)]
pub async fn get_recorded_session(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<SessionId>,
) -> Result<axum::Json<Session>, ApiError> {
    let record = state.store.session(id).await?;
    let query = ReviewQuery {
        session_id: Some(id),
        ..ReviewQuery::default()
    };
    let reviews = state.store.reviews(query, REVIEWS).await?;
    let usage = state.store.session_usage(id).await?;
    let prices = Prices::bound(&state).await?;
    Ok(axum::Json(Session {
        credential_id: record.credential_id,
        summary: summary(record),
        reviews: reviews.into_iter().rev().map(|review| review.id).collect(),
        usage: usage.into_iter().map(|of| prices.total(of)).collect(),
    }))
}

fn summary(record: SessionRecord) -> SessionSummary {
    let counts = record.counts;
    SessionSummary {
        id: record.id,
        edge_id: record.edge_id,
        edge: record.edge,
        principal: record.principal,
        target_id: record.target_id,
        target: record.target,
        labels: record.labels,
        protocol: record.protocol,
        client: record.client,
        application: record.application,
        tls: record.tls,
        opened_at: record.opened_at,
        closed_at: record.closed_at,
        close_reason: record.close_reason,
        last_event_at: record.last_event_at,
        grant: record.grant,
        counts: SessionCounts {
            actions: counts.actions,
            allowed: counts.allowed,
            masked: counts.masked,
            held: counts.held,
            denied: counts.denied,
            failed: counts.failed,
            rows: counts.rows,
            masked_values: counts.masked_values,
        },
    }
}
