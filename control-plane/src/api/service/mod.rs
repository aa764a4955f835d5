//! What is about the service itself.

pub mod dto;

use std::convert::Infallible;

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{
        IntoResponse,
        sse::{Event, Sse},
    },
};
use futures::Stream;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::LiveMessage;
use crate::{
    auth::{
        Caller,
        access::{Access as _, Reader, SignedIn},
    },
    live,
    state::AppState,
};

const TAG: &str = "service";

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_live))
        .routes(routes!(get_openapi))
}

/// What changed, as server-sent events, for screens that stay up to date. A message says which thing
/// is out of date; `reset` says that everything may be. Members are told of grants alone.
#[utoipa::path(
    get,
    path = "/live",
    tag = TAG,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member"]))),
    responses((
        status = 200,
        description = "One message an event",
        body = LiveMessage,
        content_type = "text/event-stream",
    )),
)]
pub async fn get_live(
    State(state): State<AppState>,
    caller: Caller<SignedIn>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let came_back = headers.contains_key("last-event-id");
    let reads_all = Reader::includes(&caller.user);
    live::stream(state, caller.credentials, reads_all, came_back)
}

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = TAG,
    extensions(("x-roles" = json!(["anyone"]))),
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")),
)]
pub async fn get_openapi(State(state): State<AppState>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "application/json")],
        state.openapi.clone(),
    )
}
