//! Actions for native tests, without an engine or a database.
//!
//! ```
//! use countersign_policy_sdk::{StatementClass, testing::{sql, statement}};
//!
//! let action = sql([statement(StatementClass::Destructive)
//!         .operation("drop_table")
//!         .writes("orders")])
//!     .label("env", "production")
//!     .build();
//! assert_eq!(action.target_label("env").as_deref(), Some("production"));
//! ```

mod builder;
mod host;
mod statement;

use serde_json::Value;

use self::host::Tried;
use crate::{
    AccessRequest, Action, Filter, GrantOperation, HttpRequest, LlmMessage, LlmRequest, McpRequest,
    bindings::countersign::policy::types::ToolCall as RawToolCall,
};

pub use builder::{ActionBuilder, Record};
#[doc(hidden)]
pub use host::Host;
pub use statement::{CommandBuilder, StatementBuilder, command, statement};

/// A SQL action with these statements, by the agent `agent` on the target `shop`.
#[must_use]
pub fn sql(statements: impl IntoIterator<Item = StatementBuilder>) -> ActionBuilder {
    let statements = statements.into_iter().map(|s| s.0).collect();
    ActionBuilder {
        host: Host::new(Tried::Sql(statements)),
    }
}

/// An HTTP request, by the agent `agent` on the target `shop`. The path may have a query, which is
/// taken as it stands, without decoding.
///
/// ```
/// use countersign_policy_sdk::testing::http;
/// use serde_json::json;
///
/// let action = http("post", "/orders?dry=1").body(r#"{"item": {"id": 7}}"#).build();
/// let request = action.http().unwrap();
/// assert_eq!(request.method, "POST");
/// assert_eq!(request.query_value("dry"), Some("1"));
/// assert_eq!(action.json_pointer("/item/id"), Some(json!(7)));
/// ```
#[must_use]
pub fn http(method: &str, path: &str) -> ActionBuilder {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let request = HttpRequest {
        method: method.to_ascii_uppercase(),
        host: "shop.example".to_owned(),
        path: path.to_owned(),
        route: None,
        query: pairs
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        headers: Vec::new(),
    };
    ActionBuilder {
        host: Host::new(Tried::Http(request)),
    }
}

/// A call of a tool of an MCP server, by the agent `agent`.
#[must_use]
pub fn tool_call(server: &str, tool: &str, arguments: Value) -> ActionBuilder {
    let call = RawToolCall {
        server: server.to_owned(),
        tool: tool.to_owned(),
        arguments: arguments.to_string(),
        definition_changed: false,
    };
    ActionBuilder {
        host: Host::new(Tried::ToolCall(call)),
    }
}

/// A request to a model, by the agent `agent`: the provider, the model, and role and text of each
/// message.
///
/// ```
/// use countersign_policy_sdk::testing::llm;
///
/// let action = llm("openai", "gpt-5-mini", [("user", "hello")]).tool("refund").build();
/// let request = action.llm().unwrap();
/// assert_eq!(request.model.as_deref(), Some("gpt-5-mini"));
/// assert_eq!(request.tools, ["refund"]);
/// assert_eq!(action.llm_messages()[0].text, "hello");
/// ```
#[must_use]
pub fn llm<'a>(
    provider: &str,
    model: &str,
    messages: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> ActionBuilder {
    let message = |(role, text): (&str, &str)| LlmMessage {
        role: role.to_owned(),
        text: text.to_owned(),
    };
    let api = if provider == "anthropic" {
        "messages"
    } else {
        "chat"
    };
    let request = LlmRequest {
        provider: provider.to_owned(),
        api: api.to_owned(),
        model: Some(model.to_owned()),
        streamed: false,
        tools: Vec::new(),
        max_output_tokens: None,
    };
    ActionBuilder {
        host: Host::new(Tried::Llm(
            request,
            messages.into_iter().map(message).collect(),
        )),
    }
}

/// A request to an MCP server that is no tool call, by the agent `agent`; its parameters are the
/// body.
#[must_use]
pub fn mcp(server: &str, method: &str, name: Option<&str>, params: &Value) -> ActionBuilder {
    let request = McpRequest {
        server: server.to_owned(),
        method: method.to_owned(),
        name: name.map(str::to_owned),
    };
    let mut host = Host::new(Tried::Mcp(request));
    host.body = Some(params.to_string());
    ActionBuilder { host }
}

/// A command line with these commands, by the agent `agent`.
#[must_use]
pub fn shell(line: &str, commands: impl IntoIterator<Item = CommandBuilder>) -> ActionBuilder {
    let commands = commands.into_iter().map(|c| c.0).collect();
    let builder = ActionBuilder {
        host: Host::new(Tried::Shell(commands)),
    };
    builder.text(line)
}

/// A request for a grant on the target `shop`, for the agent `agent`.
#[must_use]
pub fn access(
    operations: impl IntoIterator<Item = GrantOperation>,
    task: &str,
    duration_seconds: u64,
) -> ActionBuilder {
    let mut operations: Vec<GrantOperation> = operations.into_iter().collect();
    operations.sort_unstable();
    operations.dedup();
    let request = AccessRequest {
        operations,
        task: task.to_owned(),
        duration_seconds,
        extends: None,
    };
    ActionBuilder {
        host: Host::new(Tried::Access(request)),
    }
}

/// What a filter sends on of each of these chunks, and last of all what it had held back.
///
/// # Errors
///
/// The filter's own error.
pub fn filter<F: Filter<S>, S>(
    action: &Action<'_>,
    settings: &S,
    chunks: impl IntoIterator<Item = impl Into<String>>,
) -> Result<Vec<String>, String> {
    let mut filter = F::begin(action, settings)?;
    let mut sent = Vec::new();
    for chunk in chunks {
        sent.push(filter.push(chunk.into())?);
    }
    sent.push(filter.finish()?);
    Ok(sent)
}
