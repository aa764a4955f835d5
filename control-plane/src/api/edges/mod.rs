//! Enrolled edges.

pub mod dto;
mod join_tokens;

use std::time::Duration;

use axum::{extract::State, http::StatusCode};
use countersign_model::{EdgeId, Timestamp};
use countersign_store::EdgeRecord;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::Edge;
use super::{Page, PageQuery, service::dto::LiveMessage};
use crate::{
    api_error::ApiError,
    auth::{
        Caller,
        access::{Admin, Reader},
    },
    extract::{Path, Query},
    state::AppState,
};

const TAG: &str = "edges";

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_edges))
        .routes(routes!(get_edge, delete_edge))
        .merge(join_tokens::router())
}

/// Edges, in the order of their enrollment, revoked ones included.
#[utoipa::path(
    get,
    path = "/edges",
    tag = TAG,
    params(PageQuery),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Edges", body = Page<Edge>)),
)]
pub async fn list_edges(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<Edge>>, ApiError> {
    let records = state.store.edges(page.key()?, page.limit_and_one()).await?;
    let newest_revision = state.store.revision().await?;
    let page = page.cut(records, |record| record.id);
    Ok(axum::Json(
        page.map(|record| view(&state, record, newest_revision)),
    ))
}

/// One edge.
#[utoipa::path(
    get,
    path = "/edges/{id}",
    tag = TAG,
    params(("id" = EdgeId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The edge", body = Edge)),
)]
pub async fn get_edge(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<EdgeId>,
) -> Result<axum::Json<Edge>, ApiError> {
    let record = state.store.edge(id).await?;
    let newest_revision = state.store.revision().await?;
    Ok(axum::Json(view(&state, record, newest_revision)))
}

/// Revokes an edge: it is refused from now on.
#[utoipa::path(
    delete,
    path = "/edges/{id}",
    tag = TAG,
    params(("id" = EdgeId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 204, description = "Revoked")),
)]
pub async fn delete_edge(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Path(id): Path<EdgeId>,
) -> Result<StatusCode, ApiError> {
    state.store.revoke_edge(id, state.now()).await?;
    state.edges.revoke(id);
    announce(&state, id);
    Ok(StatusCode::NO_CONTENT)
}

/// Says that an edge changed.
pub fn announce(state: &AppState, id: EdgeId) {
    state.live.announce(LiveMessage::Edge { id: id.as_uuid() });
}

/// How long after its last report an edge is taken to follow another control plane; it reports every
/// three seconds.
const SILENCE: Duration = Duration::from_secs(10);

/// Whether an edge that does not follow this control plane follows another one.
fn reported_elsewhere(state: &AppState, last_seen_at: Option<Timestamp>) -> bool {
    let is_recent = |at: Timestamp| state.now() < at.after(SILENCE);
    state.store.has_peers() && last_seen_at.is_some_and(is_recent)
}

fn view(state: &AppState, record: EdgeRecord, newest_revision: u64) -> Edge {
    let (status, arrived_at) = record.status.unzip();
    let clock_skew_ms = status
        .as_ref()
        .zip(arrived_at)
        .map(|(status, arrived_at)| status.at.as_millis() - arrived_at.as_millis());
    Edge {
        id: record.id,
        name: record.name,
        public_key: record.public_key,
        enrolled_at: record.enrolled_at,
        revoked_at: record.revoked_at,
        online: state.edges.is_online(record.id) || reported_elsewhere(state, record.last_seen_at),
        last_seen_at: record.last_seen_at,
        status,
        clock_skew_ms,
        newest_revision,
        acked_seq: record.acked_seq,
    }
}
