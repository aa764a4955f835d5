//! Tools of MCP servers, as JSON.

use countersign_model::{TargetId, Timestamp, ToolDefinition, ToolDefinitionId};
use countersign_store::ToolDefinitionRecord;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which tools.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ToolFilter {
    /// Only those whose server gives something else than what is pinned, or only the others.
    pub changed: Option<bool>,
}

/// A tool of an MCP server: what is pinned of it, and what its server gives now.
#[derive(Debug, Serialize, ToSchema)]
pub struct PinnedTool {
    /// Which.
    pub id: ToolDefinitionId,
    /// The target.
    pub target_id: TargetId,
    /// The target's name when the tool was seen last.
    pub target: String,
    /// The server, by the operator's name for it.
    pub server: String,
    /// The tool, by the server's name for it.
    pub tool: String,
    /// What is pinned.
    pub pinned: ToolDefinition,
    /// Since when.
    pub pinned_at: Timestamp,
    /// Who accepted it; null where it is what was seen first.
    pub accepted_by: Option<String>,
    /// What the server gives now, where that is something else: until somebody accepts it, the tool
    /// is left out of lists and its calls are denied.
    pub seen: Option<ToolDefinition>,
    /// When that was seen first.
    pub seen_at: Option<Timestamp>,
}

impl From<ToolDefinitionRecord> for PinnedTool {
    fn from(record: ToolDefinitionRecord) -> Self {
        Self {
            id: record.id,
            target_id: record.target_id,
            target: record.target,
            server: record.server,
            tool: record.tool,
            pinned: record.pinned,
            pinned_at: record.pinned_at,
            accepted_by: record.accepted_by,
            seen: record.seen,
            seen_at: record.seen_at,
        }
    }
}

/// What to accept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptTool {
    /// The digest of the definition that was shown.
    pub digest: String,
}
