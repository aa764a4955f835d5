//! One command as the policies see it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    AccessOperation, ActionId, GrantRef, HttpOperation, LlmOperation, McpOperation, Principal,
    RawOperation, SessionId, ShellOperation, SqlFacts, Target, Timestamp, ToolCallOperation,
};

/// A bound value of a prepared statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Parameter {
    /// SQL NULL.
    Null,
    /// The value in PostgreSQL's text form.
    Text(String),
    /// A binary value of a type the edge does not decode, as hex.
    Binary(String),
}

/// A SQL text with what was bound to it.
#[derive(Debug, Clone)]
pub struct SqlOperation {
    /// The text as the client sent it.
    pub text: Arc<str>,
    /// What the parser knows of it.
    pub facts: Arc<SqlFacts>,
    /// Bound values, in order; empty for the simple protocol.
    pub parameters: Arc<[Parameter]>,
}

/// What is to be done. Later protocols add theirs.
#[derive(Debug, Clone)]
pub enum Operation {
    /// SQL on a database.
    Sql(SqlOperation),
    /// An HTTP request.
    Http(HttpOperation),
    /// A tool call: MCP `tools/call`, or one inside an LLM's answer.
    ToolCall(ToolCallOperation),
    /// A command line.
    Shell(ShellOperation),
    /// A request for a grant.
    Access(AccessOperation),
    /// A request to a model.
    Llm(LlmOperation),
    /// A request to an MCP server that is no tool call.
    Mcp(McpOperation),
}

impl Operation {
    /// The kind's name in selectors, manifests and JSON.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sql(_) => "sql",
            Self::Http(_) => "http",
            Self::ToolCall(_) => "tool_call",
            Self::Shell(_) => "shell",
            Self::Access(_) => "access",
            Self::Llm(_) => "llm",
            Self::Mcp(_) => "mcp",
        }
    }

    /// The operation as it is recorded: without facts that can be computed again.
    #[must_use]
    pub fn to_raw(&self) -> RawOperation {
        match self {
            Self::Sql(sql) => RawOperation::Sql(sql.text.to_string()),
            Self::Http(request) => RawOperation::Http(request.clone()),
            Self::ToolCall(call) => RawOperation::ToolCall(call.clone()),
            Self::Shell(shell) => RawOperation::Shell(shell.text.to_string()),
            Self::Access(access) => RawOperation::Access(access.clone()),
            Self::Llm(request) => RawOperation::Llm(request.clone()),
            Self::Mcp(request) => RawOperation::Mcp(request.clone()),
        }
    }
}

/// One command, who sent it, and where to.
#[derive(Debug, Clone)]
pub struct Action {
    /// Names the action in every event, review and log line.
    pub id: ActionId,
    /// When the edge had read it; the only clock a policy sees.
    pub at: Timestamp,
    /// The session it came in.
    pub session: SessionId,
    /// Who acts.
    pub principal: Arc<Principal>,
    /// On what.
    pub target: Arc<Target>,
    /// Under which grant, where it is under one.
    pub grant: Option<Arc<GrantRef>>,
    /// What.
    pub operation: Operation,
}
