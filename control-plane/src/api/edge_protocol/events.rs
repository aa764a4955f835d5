//! Journal records, taken in once and for all.

use axum::{
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
};
use countersign_model::{EventAck, EventBatch};
use countersign_store::IngestError;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};

use super::TAG;
use crate::{
    api::service::dto::LiveMessage, api_error::ApiError, auth::EdgeCaller, extract::Json,
    state::AppState,
};

/// Bytes that a batch may have as JSON.
const MAX_BATCH: usize = 16 * 1024 * 1024;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create_edge_events).layer(DefaultBodyLimit::max(MAX_BATCH)))
}

/// Takes consecutive journal records; answers after the commit. Records that are committed already
/// are skipped. A batch that leaves a gap is refused with 409 `journal_gap`, one that continues
/// another chain with 409 `journal_forked`; both say in `acked_seq` what is committed.
#[utoipa::path(
    post,
    path = "/edge/events",
    tag = TAG,
    request_body = EventBatch,
    extensions(("x-roles" = json!(["edge"]))),
    responses((status = 200, description = "Committed", body = EventAck)),
)]
pub async fn create_edge_events(
    State(state): State<AppState>,
    edge: EdgeCaller,
    Json(batch): Json<EventBatch>,
) -> Result<axum::Json<EventAck>, ApiError> {
    let epoch = batch.epoch;
    let ingested = state
        .store
        .ingest(edge.id, batch, state.now())
        .await
        .map_err(|error| refused(error, epoch))?;
    for session in ingested.sessions {
        state.live.announce(LiveMessage::Session {
            id: session.as_uuid(),
        });
    }
    Ok(axum::Json(ingested.ack))
}

fn refused(error: IngestError, epoch: u64) -> ApiError {
    let detail = format!("{error}.");
    let conflict = |code, acked_seq| {
        ApiError::conflict(code, detail.clone()).with_ack(EventAck { epoch, acked_seq })
    };
    match error {
        IngestError::Gap { acked_seq } => conflict("journal_gap", acked_seq),
        IngestError::Forked { acked_seq } => conflict("journal_forked", acked_seq),
        IngestError::BadRecord { .. } => ApiError::invalid("invalid_record", detail),
        IngestError::Malformed(_) => ApiError::invalid("invalid_batch", detail),
        IngestError::Busy { .. } => {
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "journal_busy", detail)
        }
        IngestError::Store(error) => error.into(),
    }
}
