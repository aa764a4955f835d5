//! A question: who, what, on what, under which circumstances.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use countersign_model::{
    Operation, RawOperation, ShellOperation, StatementClass, ToolCallOperation,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::bad_request;
use crate::{
    http::{fault::Fault, leases::Lease},
    pipeline::{Inspected, Phase},
};

/// Seconds that anybody may wait for people in one request.
const MAX_WAIT: u64 = 600;
/// Bytes of a name that the asker gives to its action.
const MAX_KEY: usize = 256;
/// A line for people is cut here.
const MAX_LINE: usize = 512;

/// What is asked; what stands beside `evaluations` holds where one of them does not say.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Question {
    #[serde(default)]
    pub subject: Option<Subject>,
    #[serde(default)]
    pub action: Option<AskedAction>,
    #[serde(default)]
    pub resource: Option<Resource>,
    #[serde(default)]
    pub context: Option<Circumstances>,
}

/// Who acts. The credential says who that is; what is said here has to agree.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Subject {
    pub id: String,
}

/// What is done.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct AskedAction {
    /// The operation's kind, such as `shell`.
    pub name: String,
    /// The operation, under its kind.
    #[serde(default)]
    pub properties: Value,
}

/// On what: a target.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Resource {
    /// The target's kind, or `target`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// The target's name.
    pub id: String,
}

/// Under which circumstances.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Circumstances {
    /// Seconds to wait for people.
    pub wait_seconds: u64,
    /// The folder that a command line runs in.
    pub cwd: Option<String>,
    /// Conditions that the asker can keep by itself: `masks`, `limits`.
    pub enforces: Vec<String>,
    /// What the asker calls this action when it says how it ended.
    pub key: Option<String>,
}

impl Question {
    /// With what is missing taken from `other`.
    pub(super) fn or(self, other: &Self) -> Self {
        Self {
            subject: self.subject.or_else(|| other.subject.clone()),
            action: self.action.or_else(|| other.action.clone()),
            resource: self.resource.or_else(|| other.resource.clone()),
            context: self.context.or_else(|| other.context.clone()),
        }
    }

    pub(super) fn target(&self) -> Result<&Resource, Fault> {
        let missing = || bad_request("the question names no `resource`");
        self.resource.as_ref().ok_or_else(missing)
    }

    pub(super) fn circumstances(&self) -> Result<Circumstances, Fault> {
        let mut given = self.context.clone().unwrap_or_default();
        given.wait_seconds = given.wait_seconds.min(MAX_WAIT);
        if given.key.as_ref().is_some_and(|key| key.len() > MAX_KEY) {
            return Err(bad_request("`context.key` may have 256 bytes"));
        }
        Ok(given)
    }

    /// The operation with its facts, bound to exactly what is asked about.
    pub(super) fn inspect(
        &self,
        session: &mut Lease,
        circumstances: &Circumstances,
    ) -> Result<Arc<Inspected>, Fault> {
        let missing = || bad_request("the question names no `action`");
        let action = self.action.as_ref().ok_or_else(missing)?;
        let raw = raw(action)?;
        if let RawOperation::Sql(text) = &raw {
            return session
                .inspect(Phase::Ask, text)
                .map_err(|refusal| Fault::from(&refusal));
        }
        let began = Instant::now();
        let mut operation = countersign_inspect::operation(&raw).map_err(|problem| {
            let refusal = session.unreadable(Phase::Ask, &line(&raw), problem);
            Fault::from(&refusal)
        })?;
        if let Operation::Shell(shell) = &mut operation {
            shell.cwd.clone_from(&circumstances.cwd);
        }
        let content = vec![
            Bytes::from(json!(operation.to_raw()).to_string()),
            Bytes::from(circumstances.cwd.clone().unwrap_or_default()),
        ];
        let class = class(&operation);
        let line = line(&operation.to_raw());
        let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(Inspected::request(&line, operation, class, content, took))
    }
}

fn raw(action: &AskedAction) -> Result<RawOperation, Fault> {
    let wrong = |error: serde_json::Error| {
        let form = "`action.properties` holds the operation under its kind, such as \
                    {\"shell\": \"ls\"}";
        bad_request(format!("{form}: {error}"))
    };
    let mut raw: RawOperation = serde_json::from_value(action.properties.clone()).map_err(wrong)?;
    if raw.kind() != action.name {
        let message = "`action.name` is not the kind of the operation in `action.properties`";
        return Err(bad_request(message));
    }
    match &mut raw {
        RawOperation::Access(_) => Err(bad_request(
            "access is requested at the control plane, not asked about here",
        )),
        // A call without arguments has none; `null` is what lists are filtered with.
        RawOperation::ToolCall(call) if call.arguments.is_null() => {
            call.arguments = Arc::new(json!({}));
            Ok(raw)
        }
        _ => Ok(raw),
    }
}

/// The worst effect, as far as it is known.
fn class(operation: &Operation) -> StatementClass {
    match operation {
        Operation::Shell(ShellOperation { facts, .. }) => facts.class(),
        Operation::Http(request) => match request.method.as_str() {
            "GET" | "HEAD" | "OPTIONS" => StatementClass::Read,
            _ => StatementClass::Write,
        },
        Operation::ToolCall(call) => tool_class(call),
        Operation::Llm(_) | Operation::Mcp(_) => StatementClass::Read,
        Operation::Sql(_) | Operation::Access(_) => StatementClass::Unknown,
    }
}

/// Of a copilot's own tools it is known; of all others it cannot be told.
fn tool_class(call: &ToolCallOperation) -> StatementClass {
    if !matches!(call.server.as_str(), "claude-code" | "cursor" | "codex") {
        return StatementClass::Exec;
    }
    match call.tool.as_str() {
        "Read" | "Glob" | "Grep" | "LS" | "NotebookRead" => StatementClass::Read,
        "Edit" | "MultiEdit" | "Write" | "NotebookEdit" | "apply_patch" => StatementClass::Write,
        _ => StatementClass::Exec,
    }
}

/// A line that tells people what it is.
fn line(raw: &RawOperation) -> String {
    let line = match raw {
        RawOperation::Sql(text) | RawOperation::Shell(text) => text.clone(),
        RawOperation::Http(request) => format!("{} {}", request.method, request.path),
        RawOperation::ToolCall(call) => format!("{} {}", call.tool, call.arguments),
        RawOperation::Llm(request) => format!(
            "{}: {} messages, {} tools",
            request.model.as_deref().unwrap_or(&request.api),
            request.messages.len(),
            request.tools.len()
        ),
        RawOperation::Mcp(request) => match &request.name {
            Some(name) => format!("{} {name}", request.method),
            None => request.method.clone(),
        },
        RawOperation::Access(access) => access.task.clone(),
    };
    match raw {
        // A command line is read to its end: what stands there may be the worst of it.
        RawOperation::Sql(_) | RawOperation::Shell(_) => line,
        _ => line
            .get(..line.floor_char_boundary(MAX_LINE))
            .unwrap_or_default()
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(name: &str, properties: Value) -> AskedAction {
        AskedAction {
            name: name.to_owned(),
            properties,
        }
    }

    #[test]
    fn an_operation_stands_under_its_kind() {
        let cases = [
            ("shell", json!({"shell": "ls"}), true),
            ("shell", json!({"sql": "SELECT 1"}), false),
            ("shell", json!({"text": "ls"}), false),
            ("shell", json!(null), false),
            ("tool_call", json!({"tool_call": {"tool": "x"}}), true),
            (
                "access",
                json!({"access": {"operations": [], "task": "t", "duration_seconds": 1}}),
                false,
            ),
        ];
        for (name, properties, expected) in cases {
            let shown = format!("{name} {properties}");
            let raw = raw(&action(name, properties));
            assert_eq!(raw.is_ok(), expected, "{shown}");
            if let Ok(RawOperation::ToolCall(call)) = raw {
                assert_eq!(*call.arguments, json!({}));
            }
        }
    }

    #[test]
    fn what_is_not_said_is_taken_from_beside() {
        let whole: Question = serde_json::from_value(json!({
            "subject": {"type": "agent", "id": "a"},
            "resource": {"type": "shell", "id": "laptop"},
        }))
        .expect("a question");
        let part: Question =
            serde_json::from_value(json!({"resource": {"id": "other"}})).expect("a question");
        let asked = part.or(&whole);
        assert_eq!(asked.subject.map(|s| s.id).as_deref(), Some("a"));
        assert_eq!(asked.resource.map(|r| r.id).as_deref(), Some("other"));
    }

    #[test]
    fn effects_are_those_of_the_operation() {
        use StatementClass::{Destructive, Exec, Read, Write};
        let cases = [
            (json!({"shell": "rm -rf x"}), Destructive),
            (json!({"http": {"method": "GET", "path": "/"}}), Read),
            (json!({"http": {"method": "POST", "path": "/"}}), Write),
            (
                json!({"tool_call": {"server": "shop", "tool": "Read"}}),
                Exec,
            ),
            (
                json!({"tool_call": {"server": "codex", "tool": "Read"}}),
                Read,
            ),
            (
                json!({"tool_call": {"server": "cursor", "tool": "Write"}}),
                Write,
            ),
        ];
        for (raw, expected) in cases {
            let shown = raw.to_string();
            let raw: RawOperation = serde_json::from_value(raw).expect("an operation");
            let operation = countersign_inspect::operation(&raw).expect("facts");
            assert_eq!(class(&operation), expected, "{shown}");
        }
    }
}
