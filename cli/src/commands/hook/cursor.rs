//! Hooks of Cursor: `beforeShellExecution`, `beforeMCPExecution`, `beforeReadFile`, `preToolUse`,
//! `beforeSubmitPrompt`, and what comes after.

use anyhow::{Context as _, Result};
use countersign_model::{LlmMessage, LlmOperation, RawOperation};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::event::{
    Answer, Asked, Ended, Event, named_paths, output, own_arguments, some_text, text, tool_call,
};

/// The server of its own tools, as policies see it.
const SERVER: &str = "cursor";

pub fn event(input: &Value) -> Result<Event> {
    let name = text(input, "hook_event_name")?;
    let asked = |operation, returns_nothing, key| {
        Event::Before(Asked {
            operation,
            cwd: folder(input),
            key,
            returns_nothing,
        })
    };
    let before = |operation, returns_nothing| asked(operation, returns_nothing, Some(key(input)));
    // Nothing tells the end of these.
    let at_once = |operation, returns_nothing| asked(operation, returns_nothing, None);
    Ok(match name {
        "beforeShellExecution" => {
            let command = text(input, "command")?.to_owned();
            before(RawOperation::Shell(command), false)
        }
        "beforeMCPExecution" => before(mcp(input)?, false),
        "beforeReadFile" => at_once(own("Read", input, input)?, false),
        "preToolUse" => match text(input, "tool_name")? {
            // These have hooks of their own, which say more.
            "Shell" | "Read" => Event::Other,
            tool if tool.starts_with("MCP:") => Event::Other,
            tool => {
                let arguments = input.get("tool_input").unwrap_or(&Value::Null);
                before(own(tool, arguments, input)?, is_edit(tool))
            }
        },
        "beforeSubmitPrompt" => at_once(prompt(input)?, false),
        // It has happened; it is told, so that it is in the record.
        "afterFileEdit" => at_once(own("Edit", input, input)?, true),
        "afterShellExecution" => ended(input, input.get("output")),
        "afterMCPExecution" => ended(input, input.get("result_json")),
        "postToolUse" => ended(input, input.get("tool_output")),
        _ => Event::Other,
    })
}

fn own(tool: &str, arguments: &Value, input: &Value) -> Result<RawOperation> {
    let paths = named_paths(arguments);
    // What is read or was written is not repeated, and the rest is of the conversation.
    let arguments = match tool {
        "Read" => json!({"file_path": text(arguments, "file_path")?}),
        "Edit" if arguments.get("edits").is_some() => {
            json!({"file_path": text(arguments, "file_path")?, "edits": arguments["edits"]})
        }
        _ => arguments.clone(),
    };
    let cwd = folder(input);
    Ok(tool_call(
        SERVER,
        tool,
        own_arguments(&arguments, cwd.as_deref(), paths),
    ))
}

/// The server has no name here: it is the one at this URL, or that this command starts.
fn mcp(input: &Value) -> Result<RawOperation> {
    let server = some_text(input, "url").or_else(|| some_text(input, "command"));
    let arguments = match input.get("tool_input") {
        Some(Value::String(json)) => {
            serde_json::from_str(json).context("the tool's arguments are no JSON")?
        }
        Some(arguments) => arguments.clone(),
        None => json!({}),
    };
    let tool = text(input, "tool_name")?;
    Ok(tool_call(&server.unwrap_or_default(), tool, arguments))
}

fn prompt(input: &Value) -> Result<RawOperation> {
    let message = LlmMessage {
        role: "user".to_owned(),
        text: text(input, "prompt")?.to_owned(),
    };
    Ok(RawOperation::Llm(LlmOperation {
        provider: SERVER.to_owned(),
        api: "other".to_owned(),
        model: some_text(input, "model"),
        messages: [message].into(),
        ..LlmOperation::default()
    }))
}

pub fn render(input: &Value, answer: &Answer) -> Value {
    let (permission, reason) = match answer {
        Answer::Allow | Answer::Proceed => ("allow", None),
        Answer::Ask(reason) => ("ask", Some(reason)),
        Answer::Deny(reason) => ("deny", Some(reason)),
    };
    match input["hook_event_name"].as_str() {
        Some("beforeSubmitPrompt") => {
            let mut said = json!({"continue": permission == "allow"});
            if let Some(reason) = reason {
                said["user_message"] = json!(reason);
            }
            said
        }
        Some("afterFileEdit") => json!({}),
        // These two know no third answer.
        Some("beforeReadFile" | "preToolUse") if permission == "ask" => with_words("deny", reason),
        _ => with_words(permission, reason),
    }
}

/// In the names of all versions.
fn with_words(permission: &str, reason: Option<&String>) -> Value {
    let mut said = json!({"permission": permission});
    if let Some(reason) = reason {
        for name in [
            "user_message",
            "agent_message",
            "userMessage",
            "agentMessage",
        ] {
            said[name] = json!(reason);
        }
    }
    said
}

/// Its commands have no name that comes back afterwards: they are known by what they are.
fn key(input: &Value) -> String {
    if let Some(id) = some_text(input, "tool_use_id") {
        return id;
    }
    let mut hash = Sha256::new();
    let of = [
        "conversation_id",
        "generation_id",
        "command",
        "tool_name",
        "file_path",
    ];
    for name in of {
        hash.update(some_text(input, name).unwrap_or_default());
        hash.update([0]);
    }
    let arguments = match input.get("tool_input") {
        Some(Value::String(json)) => serde_json::from_str(json).unwrap_or(Value::Null),
        Some(arguments) => arguments.clone(),
        None => Value::Null,
    };
    hash.update(arguments.to_string());
    hex::encode(hash.finalize())
}

fn ended(input: &Value, came_back: Option<&Value>) -> Event {
    Event::After(Ended {
        key: key(input),
        status: "completed",
        output: output(came_back),
    })
}

fn folder(input: &Value) -> Option<String> {
    let first = input.get("workspace_roots").and_then(|roots| roots.get(0));
    let named = some_text(input, "cwd").filter(|cwd| !cwd.is_empty());
    named.or_else(|| first.and_then(Value::as_str).map(str::to_owned))
}

fn is_edit(tool: &str) -> bool {
    matches!(
        tool,
        "Write" | "Edit" | "MultiEdit" | "Delete" | "NotebookEdit"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str) -> Value {
        let text = match name {
            "shell" => include_str!("../../../tests/fixtures/hooks/cursor/shell.json"),
            "after_shell" => include_str!("../../../tests/fixtures/hooks/cursor/after_shell.json"),
            "mcp" => include_str!("../../../tests/fixtures/hooks/cursor/mcp.json"),
            "read" => include_str!("../../../tests/fixtures/hooks/cursor/read.json"),
            "edit" => include_str!("../../../tests/fixtures/hooks/cursor/edit.json"),
            "write" => include_str!("../../../tests/fixtures/hooks/cursor/write.json"),
            "prompt" => include_str!("../../../tests/fixtures/hooks/cursor/prompt.json"),
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

    fn called(name: &str) -> countersign_model::ToolCallOperation {
        match asked(name).operation {
            RawOperation::ToolCall(call) => call,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn inputs_become_operations() {
        let shell = asked("shell");
        assert_eq!(
            shell.operation,
            RawOperation::Shell("git push --force".to_owned())
        );
        assert_eq!(shell.cwd.as_deref(), Some("/home/ada/shop"));
        let mcp = called("mcp");
        assert_eq!((&*mcp.server, &*mcp.tool), ("npx shop-mcp", "refund_order"));
        assert_eq!(*mcp.arguments, json!({"order": 1042}));
        let read = called("read");
        assert_eq!((&*read.server, &*read.tool), ("cursor", "Read"));
        assert_eq!(read.arguments["paths"], json!(["/home/ada/shop/.env"]));
        assert_eq!(
            read.arguments.get("content"),
            None,
            "what is read is not repeated"
        );
        assert_eq!(called("edit").arguments["edits"][0]["new_string"], "b");
        let write = called("write");
        assert_eq!(
            (&*write.tool, &write.arguments["content"]),
            ("Write", &json!("x"))
        );
        assert_eq!(write.arguments["cwd"], "/home/ada/shop");
        let RawOperation::Llm(request) = asked("prompt").operation else {
            panic!("a prompt");
        };
        assert_eq!(request.messages[0].text, "refund order 1042");
    }

    #[test]
    fn an_end_has_the_name_of_its_beginning() {
        let Event::After(ended) = event(&fixture("after_shell")).expect("an event") else {
            panic!("an end");
        };
        assert_eq!(Some(ended.key), asked("shell").key);
        assert_eq!(ended.output.as_deref(), Some("Everything up-to-date"));
    }

    #[test]
    fn answers_are_of_the_documented_form() {
        let deny = || Answer::Deny("no".to_owned());
        let cases = [
            ("shell", Answer::Allow, json!({"permission": "allow"})),
            ("prompt", Answer::Allow, json!({"continue": true})),
            (
                "prompt",
                deny(),
                json!({"continue": false, "user_message": "no"}),
            ),
            ("edit", deny(), json!({})),
        ];
        for (name, answer, expected) in cases {
            assert_eq!(render(&fixture(name), &answer), expected, "{name}");
        }
        let said = render(&fixture("shell"), &deny());
        assert_eq!(said["permission"], "deny");
        assert_eq!(
            (&said["userMessage"], &said["agent_message"]),
            (&json!("no"), &json!("no"))
        );
        let ask = Answer::Ask("why".to_owned());
        assert_eq!(render(&fixture("shell"), &ask)["permission"], "ask");
        assert_eq!(render(&fixture("read"), &ask)["permission"], "deny");
    }
}
