//! Tools of MCP servers: what is pinned of each, and accepting what has changed.

pub mod dto;

use axum::extract::State;
use countersign_model::ToolDefinitionId;
use countersign_store::{AcceptError, NewAuditEvent};
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{AcceptTool, PinnedTool, ToolFilter};
use super::{Page, service::dto::LiveMessage};
use crate::{
    api_error::ApiError,
    auth::{
        Caller,
        access::{Admin, Reader},
    },
    extract::{Json, Path, Query},
    state::AppState,
};

const TAG: &str = "targets";

/// Tools that the list shows.
const MOST_TOOLS: u64 = 2_000;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_tool_definitions))
        .routes(routes!(accept_tool_definition))
}

impl From<AcceptError> for ApiError {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Stale => Self::conflict(
                "definition_changed",
                "The server does not give this definition any more: look at it again.",
            ),
            AcceptError::Store(error) => error.into(),
        }
    }
}

/// Tools of the MCP servers that edges have seen, those that changed first.
#[utoipa::path(
    get,
    path = "/tool-definitions",
    tag = TAG,
    params(ToolFilter),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Tools", body = Page<PinnedTool>)),
)]
pub async fn list_tool_definitions(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Query(filter): Query<ToolFilter>,
) -> Result<axum::Json<Page<PinnedTool>>, ApiError> {
    let store = &state.store;
    let tools = store.tool_definitions(filter.changed, MOST_TOOLS).await?;
    let tools = tools.into_iter().map(Into::into).collect();
    Ok(axum::Json(Page::whole(tools)))
}

/// Pins what the server gives now in place of what was pinned. The digest says what was shown.
#[utoipa::path(
    post,
    path = "/tool-definitions/{id}/accept",
    tag = TAG,
    params(("id" = ToolDefinitionId, Path, description = "Which")),
    request_body = AcceptTool,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, description = "The tool", body = PinnedTool)),
)]
pub async fn accept_tool_definition(
    State(state): State<AppState>,
    caller: Caller<Admin>,
    Path(id): Path<ToolDefinitionId>,
    Json(body): Json<AcceptTool>,
) -> Result<axum::Json<PinnedTool>, ApiError> {
    let by = &caller.user.email;
    let now = state.now();
    let store = &state.store;
    let tool = store
        .accept_tool_definition(id, &body.digest, by, now)
        .await?;
    let event = NewAuditEvent {
        kind: "tool.accepted".to_owned(),
        actor: Some(by.clone()),
        subject: Some(format!("{} {}", tool.target, tool.tool)),
        detail: json!({"server": tool.server, "digest": tool.pinned.digest}),
    };
    store.record_audit(event, now).await?;
    let id = tool.target_id.as_uuid();
    state.live.announce(LiveMessage::Target { id });
    Ok(axum::Json(tool.into()))
}
