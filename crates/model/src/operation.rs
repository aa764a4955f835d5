//! Operations other than SQL, and an operation as a person writes it down.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AccessOperation, StatementClass};

/// An HTTP request as the policies see it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpOperation {
    /// The method, in upper case.
    pub method: String,
    /// The host as the client names it, without the port.
    #[serde(default)]
    pub host: String,
    /// The path, percent-decoded once and without dot segments.
    pub path: String,
    /// The route template that matched, where the target has an OpenAPI document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Query parameters, decoded, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// Headers, names in lower case, in order; credentials are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The body, where it is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Arc<str>>,
}

/// A tool call as the policies see it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolCallOperation {
    /// The MCP server, by the operator's name for it.
    #[serde(default)]
    pub server: String,
    /// The tool.
    pub tool: String,
    /// The arguments.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub arguments: Arc<serde_json::Value>,
    /// Whether the tool's definition differs from the pinned one.
    #[serde(default)]
    pub definition_changed: bool,
}

/// A message of a conversation with a model, as the policies see it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LlmMessage {
    /// `system`, `developer`, `user`, `assistant`, `tool`.
    pub role: String,
    /// Its text; parts are joined by line breaks, and what is not text is left out.
    #[serde(default)]
    pub text: String,
}

/// A request to a model as the policies see it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LlmOperation {
    /// The wire format: `openai` or `anthropic`.
    pub provider: String,
    /// `chat`, `responses`, `embeddings`, `models`, `messages`, `count_tokens`, or `other`.
    pub api: String,
    /// The model that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether the answer is to come as a stream.
    #[serde(default)]
    pub stream: bool,
    /// What is sent to the model, in order.
    #[serde(default)]
    #[schema(value_type = Vec<LlmMessage>)]
    pub messages: Arc<[LlmMessage]>,
    /// Names of the tools that the model may call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// How many tokens the answer may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// The whole body, as it is sent on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Arc<str>>,
}

/// A request to an MCP server other than a tool call, as the policies see it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct McpOperation {
    /// The server, by the operator's name for it.
    #[serde(default)]
    pub server: String,
    /// The method, such as `resources/read`.
    pub method: String,
    /// What it is about: the resource's URI, the prompt's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its parameters.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub params: Arc<serde_json::Value>,
}

/// One simple command of a command line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShellCommand {
    /// The program and its arguments, as far as the text tells them.
    pub argv: Vec<String>,
    /// Its worst effect.
    pub class: StatementClass,
    /// Files and folders it names to read.
    #[serde(default)]
    pub paths_read: Vec<String>,
    /// Files and folders it names to change.
    #[serde(default)]
    pub paths_written: Vec<String>,
    /// Hosts it names.
    #[serde(default)]
    pub hosts: Vec<String>,
}

/// What the parser knows of a command line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShellFacts {
    /// Every simple command in it, in order, those in pipes, substitutions and `sh -c` included.
    pub commands: Vec<ShellCommand>,
}

impl ShellFacts {
    /// The worst class of its commands; `Unknown` where there is none.
    #[must_use]
    pub fn class(&self) -> StatementClass {
        let classes = self.commands.iter().map(|command| command.class);
        classes.max().unwrap_or(StatementClass::Unknown)
    }
}

/// A command line with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellOperation {
    /// The text.
    pub text: Arc<str>,
    /// The working directory, where it is known.
    pub cwd: Option<String>,
    /// What the parser knows of it.
    pub facts: Arc<ShellFacts>,
}

/// An operation as a person writes it down, in a policy's cases and in the playground: raw, with
/// its facts still to be computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawOperation {
    /// A SQL text.
    Sql(String),
    /// An HTTP request.
    Http(HttpOperation),
    /// A tool call.
    ToolCall(ToolCallOperation),
    /// A command line.
    Shell(String),
    /// A request for a grant.
    Access(AccessOperation),
    /// A request to a model.
    Llm(LlmOperation),
    /// A request to an MCP server that is no tool call.
    Mcp(McpOperation),
}

impl RawOperation {
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
}
