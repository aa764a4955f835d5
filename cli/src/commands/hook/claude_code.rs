//! Hooks of Claude Code: `PreToolUse`, `PostToolUse`, `PostToolUseFailure`, `UserPromptSubmit`.

use anyhow::Result;
use countersign_model::{LlmMessage, LlmOperation, RawOperation};
use serde_json::{Value, json};

use super::event::{
    Answer, Asked, Ended, Event, mcp_tool, named_paths, output, own_arguments, some_text, text,
    tool_call,
};

/// The server of its own tools, as policies see it.
const SERVER: &str = "claude-code";

pub fn event(input: &Value) -> Result<Event> {
    Ok(match text(input, "hook_event_name")? {
        "PreToolUse" => Event::Before(Asked {
            operation: operation(input)?,
            cwd: some_text(input, "cwd"),
            key: key(input),
            returns_nothing: is_edit(text(input, "tool_name")?),
        }),
        "PostToolUse" => ended(input, status(input)),
        "PostToolUseFailure" => ended(input, "failed"),
        "UserPromptSubmit" => Event::Before(prompt(input)?),
        _ => Event::Other,
    })
}

fn operation(input: &Value) -> Result<RawOperation> {
    let tool = text(input, "tool_name")?;
    let arguments = input.get("tool_input").unwrap_or(&Value::Null);
    if tool == "Bash" {
        return Ok(RawOperation::Shell(text(arguments, "command")?.to_owned()));
    }
    if let Some((server, tool)) = mcp_tool(tool) {
        return Ok(tool_call(server, tool, arguments.clone()));
    }
    let cwd = input.get("cwd").and_then(Value::as_str);
    let arguments = own_arguments(arguments, cwd, named_paths(arguments));
    Ok(tool_call(SERVER, tool, arguments))
}

/// What a person writes goes to the model.
fn prompt(input: &Value) -> Result<Asked> {
    let message = LlmMessage {
        role: "user".to_owned(),
        text: text(input, "prompt")?.to_owned(),
    };
    Ok(Asked {
        operation: RawOperation::Llm(LlmOperation {
            provider: "anthropic".to_owned(),
            api: "other".to_owned(),
            messages: [message].into(),
            ..LlmOperation::default()
        }),
        cwd: some_text(input, "cwd"),
        key: None,
        returns_nothing: false,
    })
}

pub fn render(input: &Value, answer: &Answer) -> Option<Value> {
    if input["hook_event_name"] == "UserPromptSubmit" {
        return match answer {
            Answer::Allow | Answer::Proceed => None,
            // There is nobody else to ask than who wrote it.
            Answer::Ask(reason) | Answer::Deny(reason) => {
                Some(json!({"decision": "block", "reason": reason}))
            }
        };
    }
    let (decision, reason) = match answer {
        Answer::Proceed => return None,
        Answer::Allow => ("allow", "Countersign: a policy or a reviewer allows it"),
        Answer::Ask(reason) => ("ask", reason.as_str()),
        Answer::Deny(reason) => ("deny", reason.as_str()),
    };
    Some(json!({"hookSpecificOutput": {
        "hookEventName": "PreToolUse",
        "permissionDecision": decision,
        "permissionDecisionReason": reason,
    }}))
}

fn key(input: &Value) -> Option<String> {
    some_text(input, "tool_use_id")
}

fn ended(input: &Value, status: &'static str) -> Event {
    match key(input) {
        Some(key) => Event::After(Ended {
            key,
            status,
            output: output(input.get("tool_response").or_else(|| input.get("error"))),
        }),
        None => Event::Other,
    }
}

fn status(input: &Value) -> &'static str {
    if input["tool_response"]["interrupted"] == true {
        "interrupted"
    } else {
        "completed"
    }
}

fn is_edit(tool: &str) -> bool {
    matches!(tool, "Edit" | "MultiEdit" | "Write" | "NotebookEdit")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str) -> Value {
        let text = match name {
            "bash" => include_str!("../../../tests/fixtures/hooks/claude-code/bash.json"),
            "write" => include_str!("../../../tests/fixtures/hooks/claude-code/write.json"),
            "mcp" => include_str!("../../../tests/fixtures/hooks/claude-code/mcp.json"),
            "post" => include_str!("../../../tests/fixtures/hooks/claude-code/post.json"),
            "failure" => include_str!("../../../tests/fixtures/hooks/claude-code/failure.json"),
            "prompt" => include_str!("../../../tests/fixtures/hooks/claude-code/prompt.json"),
            other => panic!("{other}"),
        };
        serde_json::from_str(text).expect("JSON")
    }

    fn asked(name: &str) -> Asked {
        match event(&fixture(name)).expect("an event") {
            Event::Before(asked) => asked,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn inputs_become_operations() {
        let bash = asked("bash");
        assert_eq!(
            bash.operation,
            RawOperation::Shell("rm -rf build".to_owned())
        );
        assert_eq!(bash.cwd.as_deref(), Some("/home/ada/shop"));
        assert_eq!(bash.key.as_deref(), Some("toolu_01A"));
        let write = asked("write");
        assert!(write.returns_nothing && !bash.returns_nothing);
        let RawOperation::ToolCall(call) = write.operation else {
            panic!("a tool call");
        };
        assert_eq!((&*call.server, &*call.tool), ("claude-code", "Write"));
        assert_eq!(call.arguments["paths"], json!(["/home/ada/shop/.env"]));
        assert_eq!(call.arguments["cwd"], json!("/home/ada/shop"));
        assert_eq!(call.arguments["content"], json!("TOKEN=1\n"));
        let RawOperation::ToolCall(call) = asked("mcp").operation else {
            panic!("a tool call");
        };
        assert_eq!((&*call.server, &*call.tool), ("shop", "refund_order"));
        assert_eq!(*call.arguments, json!({"order": 1042, "amount": 20}));
        let RawOperation::Llm(request) = asked("prompt").operation else {
            panic!("a prompt");
        };
        assert_eq!(request.messages[0].text, "refund order 1042");
    }

    #[test]
    fn ends_are_told_under_the_same_name() {
        for (name, status, output) in [
            (
                "post",
                "completed",
                r#"{"interrupted":false,"stderr":"","stdout":"ok"}"#,
            ),
            ("failure", "failed", "Command exited with status 1"),
        ] {
            let Event::After(ended) = event(&fixture(name)).expect("an event") else {
                panic!("{name}");
            };
            assert_eq!((ended.key.as_str(), ended.status), ("toolu_01A", status));
            assert_eq!(ended.output.as_deref(), Some(output));
        }
    }

    #[test]
    fn answers_are_of_the_documented_form() {
        let because = || "rm needs approval".to_owned();
        for (answer, decision) in [
            (Answer::Allow, Some("allow")),
            (Answer::Ask(because()), Some("ask")),
            (Answer::Deny(because()), Some("deny")),
            (Answer::Proceed, None),
        ] {
            let rendered = render(&fixture("bash"), &answer);
            let said = rendered.as_ref().map(|value| {
                assert_eq!(value["hookSpecificOutput"]["hookEventName"], "PreToolUse");
                value["hookSpecificOutput"]["permissionDecision"].clone()
            });
            assert_eq!(said, decision.map(Value::from), "{answer:?}");
        }
        let blocked = render(&fixture("prompt"), &Answer::Deny(because()));
        assert_eq!(
            blocked,
            Some(json!({"decision": "block", "reason": because()}))
        );
        assert_eq!(render(&fixture("prompt"), &Answer::Allow), None);
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        for input in [
            json!({}),
            json!({"hook_event_name": "PreToolUse"}),
            json!({"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {}}),
            json!({"hook_event_name": "UserPromptSubmit"}),
        ] {
            assert!(event(&input).is_err(), "{input}");
        }
        let other = json!({"hook_event_name": "SessionStart"});
        assert_eq!(event(&other).expect("an event"), Event::Other);
    }
}
