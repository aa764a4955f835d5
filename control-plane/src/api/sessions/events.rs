//! Events, as they were recorded.

use axum::extract::State;
use countersign_model::{ChainedEvent, EdgeId, SessionId};
use countersign_store::EventPage;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{TAG, dto::EventFilter};
use crate::{
    api::{Page, PageQuery, page::JournalPlace},
    api_error::ApiError,
    auth::{Caller, access::Reader},
    extract::{Path, Query},
    state::AppState,
};

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_session_events))
        .routes(routes!(list_events))
}

/// What happened in a session, in order.
#[utoipa::path(
    get,
    path = "/sessions/{id}/events",
    tag = TAG,
    params(("id" = SessionId, Path, description = "Which"), PageQuery),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Events", body = Page<ChainedEvent>)),
)]
pub async fn list_session_events(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<SessionId>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<ChainedEvent>>, ApiError> {
    let after = page.key::<JournalPlace>()?;
    let after = after.map(|place| (place.epoch, place.seq));
    let events = state.store.session_events(id, after, limit(&page)).await?;
    Ok(axum::Json(view(events)))
}

/// What an edge recorded, in order.
#[utoipa::path(
    get,
    path = "/events",
    tag = TAG,
    params(PageQuery, EventFilter),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Events", body = Page<ChainedEvent>)),
)]
pub async fn list_events(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Query(page): Query<PageQuery>,
    Query(filter): Query<EventFilter>,
) -> Result<axum::Json<Page<ChainedEvent>>, ApiError> {
    let edge = match filter.edge_id {
        Some(edge) => edge,
        None => only_edge(&state).await?,
    };
    let (epoch, after) = match page.key::<JournalPlace>()? {
        Some(place) => (Some(place.epoch), place.seq),
        None => (filter.epoch, filter.after.unwrap_or(0)),
    };
    let events = state
        .store
        .edge_events(edge, epoch, after, limit(&page))
        .await?;
    Ok(axum::Json(view(events)))
}

/// Journals of different edges have no order among one another.
async fn only_edge(state: &AppState) -> Result<EdgeId, ApiError> {
    let edges = state.store.edges(None, 2).await?;
    match edges.as_slice() {
        [edge] => Ok(edge.id),
        _ => Err(ApiError::bad_request(
            "edge_id_required",
            "Name the edge with `edge_id`: there is not exactly one.",
        )),
    }
}

fn limit(page: &PageQuery) -> usize {
    usize::try_from(page.limit()).unwrap_or(usize::MAX)
}

fn view(page: EventPage) -> Page<ChainedEvent> {
    Page {
        items: page.events,
        next_cursor: page
            .next
            .map(|(epoch, seq)| JournalPlace { epoch, seq }.to_string()),
    }
}
