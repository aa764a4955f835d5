//! What a hook is about, whatever the copilot.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use countersign_model::{RawOperation, ToolCallOperation};
use serde_json::{Map, Value, json};

use super::{claude_code, codex, cursor};

/// Whose form the input and the answer have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    ClaudeCode,
    Cursor,
    Codex,
}

/// What a hook is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Something is about to happen.
    Before(Asked),
    /// Something has happened.
    After(Ended),
    /// Nothing to ask or to tell.
    Other,
}

/// What is about to happen.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// What it is.
    pub operation: RawOperation,
    /// Where it happens.
    pub cwd: Option<String>,
    /// Names it until its end is told; absent where nothing will tell it.
    pub key: Option<String>,
    /// Nothing comes back that conditions on a response could be about.
    pub returns_nothing: bool,
}

/// What has happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// What it was named before.
    pub key: String,
    /// How it ended.
    pub status: &'static str,
    /// What came back, as text.
    pub output: Option<String>,
}

/// What the copilot is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It may run.
    Allow,
    /// This hook has nothing against it.
    Proceed,
    /// The person at the copilot decides, for this reason.
    Ask(String),
    /// It does not run, for this reason.
    Deny(String),
}

impl Form {
    /// What an input is about.
    ///
    /// # Errors
    /// When it is not of this form.
    pub fn event(self, input: &Value) -> Result<Event> {
        match self {
            Self::ClaudeCode => claude_code::event(input),
            Self::Cursor => cursor::event(input),
            Self::Codex => codex::event(input),
        }
    }

    /// The answer in the copilot's form; nothing where silence says it.
    pub fn render(self, input: &Value, answer: &Answer) -> Option<Value> {
        match self {
            Self::ClaudeCode => claude_code::render(input, answer),
            Self::Cursor => Some(cursor::render(input, answer)),
            Self::Codex => codex::render(input, answer),
        }
    }

    /// What is written where nothing is answered.
    pub fn ended(self) -> Option<Value> {
        // Cursor takes an empty output of some hooks for a failure.
        (self == Self::Cursor).then(|| json!({}))
    }
}

/// A text member that has to be there.
pub fn text<'a>(input: &'a Value, name: &str) -> Result<&'a str> {
    let missing = || format!("the hook's input has no text `{name}`");
    input
        .get(name)
        .and_then(Value::as_str)
        .with_context(missing)
}

/// A text member where it is there.
pub fn some_text(input: &Value, name: &str) -> Option<String> {
    input.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// A call of a tool, as policies see it.
pub fn tool_call(server: &str, tool: &str, arguments: Value) -> RawOperation {
    RawOperation::ToolCall(ToolCallOperation {
        server: server.to_owned(),
        tool: tool.to_owned(),
        arguments: Arc::new(arguments),
        definition_changed: false,
    })
}

/// The arguments of a copilot's own tool, with the folder it works in and the files it names.
pub fn own_arguments(input: &Value, cwd: Option<&str>, paths: Vec<String>) -> Value {
    let mut arguments = match input {
        Value::Object(members) => members.clone(),
        Value::Null => Map::new(),
        other => Map::from_iter([("input".to_owned(), other.clone())]),
    };
    if let Some(cwd) = cwd {
        arguments.insert("cwd".to_owned(), json!(cwd));
    }
    arguments.insert("paths".to_owned(), json!(paths));
    Value::Object(arguments)
}

/// Files that a copilot's own tool names.
pub fn named_paths(input: &Value) -> Vec<String> {
    ["file_path", "path", "notebook_path", "target_file"]
        .iter()
        .filter_map(|name| some_text(input, name))
        .collect()
}

/// A tool of an MCP server, as Claude Code and Codex name it: `mcp__server__tool`.
pub fn mcp_tool(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("mcp__")?.split_once("__")
}

/// What came back, as text.
pub fn output(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
