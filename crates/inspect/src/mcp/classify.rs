//! What a message asks for, as the policies see it.

use std::sync::Arc;

use countersign_model::{McpOperation, StatementClass, ToolCallOperation};
use serde_json::Value;

use super::{Kind, Message, RpcError, code};
use crate::json::Json;

/// A message as the policies see it.
#[derive(Debug, Clone)]
pub enum McpMessage {
    /// `tools/call`.
    ToolCall(ToolCallOperation),
    /// Any other request.
    Request(McpOperation),
    /// Wants no answer.
    Notification,
    /// An answer.
    Response,
}

/// Keys of `_meta` that say how the message travels, not what it does.
const TRAVEL: [&str; 8] = [
    "progressToken",
    "io.modelcontextprotocol/protocolVersion",
    "io.modelcontextprotocol/clientInfo",
    "io.modelcontextprotocol/clientCapabilities",
    "io.modelcontextprotocol/logLevel",
    "traceparent",
    "tracestate",
    "baggage",
];

/// What a message asks of `server`.
///
/// # Errors
/// When a tool call names no tool, or its arguments are no object.
pub fn classify(server: &str, message: &Message) -> Result<McpMessage, RpcError> {
    match message.kind() {
        Kind::Notification => return Ok(McpMessage::Notification),
        Kind::Response => return Ok(McpMessage::Response),
        Kind::Request => {}
    }
    let method = message.method().unwrap_or_default();
    if method == "tools/call" {
        return tool_call(server, message).map(McpMessage::ToolCall);
    }
    Ok(McpMessage::Request(McpOperation {
        server: server.to_owned(),
        method: method.to_owned(),
        name: subject(message).map(str::to_owned),
        params: Arc::new(params(message)),
    }))
}

fn tool_call(server: &str, message: &Message) -> Result<ToolCallOperation, RpcError> {
    let invalid = |words: &str| RpcError::new(code::INVALID_PARAMS, words);
    let name = message.param("name").and_then(Json::as_str);
    let arguments = match message.param("arguments") {
        None => Value::Object(serde_json::Map::new()),
        Some(arguments @ Json::Object(_)) => arguments.to_value(),
        Some(_) => return Err(invalid("`arguments` of a tool call must be an object")),
    };
    Ok(ToolCallOperation {
        server: server.to_owned(),
        tool: name
            .ok_or_else(|| invalid("a tool call names its tool"))?
            .to_owned(),
        arguments: Arc::new(arguments),
        definition_changed: false,
    })
}

/// What a request is about: a resource's URI, a prompt's name.
fn subject(message: &Message) -> Option<&str> {
    let reference = message.param("ref");
    let of = |name| {
        let own = message.param(name).and_then(Json::as_str);
        own.or_else(|| reference?.get(name)?.as_str())
    };
    of("uri").or_else(|| of("name")).or_else(|| of("taskId"))
}

/// The parameters without what says how they travel.
fn params(message: &Message) -> Value {
    let Some(params) = message.params() else {
        return Value::Object(serde_json::Map::new());
    };
    let mut params = params.to_value();
    let fields = params.as_object_mut();
    if let Some(fields) = fields
        && let Some(Value::Object(meta)) = fields.get_mut("_meta")
    {
        meta.retain(|key, _| !TRAVEL.contains(&key.as_str()));
        if meta.is_empty() {
            fields.remove("_meta");
        }
    }
    params
}

/// The worst effect that a method may have by itself. Of a tool call its definition tells.
#[must_use]
pub fn effect_of_method(method: &str) -> StatementClass {
    match method {
        "initialize" | "logging/setLevel" => StatementClass::Session,
        "ping"
        | "server/discover"
        | "subscriptions/listen"
        | "completion/complete"
        | "resources/read"
        | "resources/list"
        | "resources/templates/list"
        | "resources/subscribe"
        | "resources/unsubscribe"
        | "prompts/get"
        | "prompts/list"
        | "tools/list"
        | "roots/list"
        | "tasks/get"
        | "tasks/list"
        | "tasks/result" => StatementClass::Read,
        "tasks/cancel" | "tasks/update" | "elicitation/create" => StatementClass::Write,
        // The client's model works for the server, on the server's words; or a tool of any kind.
        "sampling/createMessage" | "tools/call" => StatementClass::Exec,
        _ => StatementClass::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Message {
        Message::parse(text.as_bytes()).expect(text)
    }

    #[test]
    fn a_tool_call_has_its_arguments() {
        let call = parse(
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"refund","arguments":{"order":1042}}}"#,
        );
        let Ok(McpMessage::ToolCall(call)) = classify("shop", &call) else {
            panic!("no tool call");
        };
        assert_eq!(
            (call.server.as_str(), call.tool.as_str()),
            ("shop", "refund")
        );
        assert_eq!(*call.arguments, serde_json::json!({"order": 1042}));
        let bare = parse(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}"#);
        let Ok(McpMessage::ToolCall(bare)) = classify("shop", &bare) else {
            panic!("no tool call");
        };
        assert_eq!(*bare.arguments, serde_json::json!({}));
    }

    #[test]
    fn a_tool_call_that_makes_no_sense_is_refused() {
        for params in [
            r#"{}"#,
            r#"{"name":7}"#,
            r#"{"name":"a","arguments":[]}"#,
            r#"{"name":"a","arguments":"{}"}"#,
            r#"{"name":"a","arguments":null}"#,
        ] {
            let text =
                format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#);
            let error = classify("shop", &parse(&text)).expect_err(params);
            assert_eq!(error.code, code::INVALID_PARAMS, "{params}");
        }
    }

    #[test]
    fn other_requests_say_what_they_are_about() {
        let cases = [
            (
                "resources/read",
                r#"{"uri":"file:///a"}"#,
                Some("file:///a"),
            ),
            ("prompts/get", r#"{"name":"greet"}"#, Some("greet")),
            (
                "completion/complete",
                r#"{"ref":{"type":"ref/prompt","name":"greet"},"argument":{"name":"x","value":"y"}}"#,
                Some("greet"),
            ),
            ("tasks/get", r#"{"taskId":"7"}"#, Some("7")),
            ("logging/setLevel", r#"{"level":"debug"}"#, None),
        ];
        for (method, params, name) in cases {
            let text =
                format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
            let Ok(McpMessage::Request(request)) = classify("s", &parse(&text)) else {
                panic!("{method}");
            };
            assert_eq!(request.name.as_deref(), name, "{method}");
        }
    }

    #[test]
    fn how_a_message_travels_is_not_what_it_does() {
        let text = r#"{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"a","_meta":{"progressToken":7,"own":1}}}"#;
        let Ok(McpMessage::Request(request)) = classify("s", &parse(text)) else {
            panic!("no request");
        };
        assert_eq!(
            *request.params,
            serde_json::json!({"name": "a", "_meta": {"own": 1}})
        );
    }
}
