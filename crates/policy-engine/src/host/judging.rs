//! An action while it is judged, with what is made of it once for all policies.

use std::sync::{Arc, OnceLock};

use countersign_model::{Action, Operation, Parameter, ShellFacts, SqlFacts, SqlOperation};
use serde_json::Value;

use crate::{Counters, Detectors, Documents, FactsKey, json, wit};

/// What an action may be judged with, besides its facts.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) counters: Arc<dyn Counters>,
    pub(crate) documents: Documents,
    pub(crate) detectors: Option<Arc<dyn Detectors>>,
}

/// An action while it is judged, shared by the policies that judge it.
pub(crate) struct Judging {
    pub(crate) action: Action,
    pub(crate) around: Surroundings,
    statements: OnceLock<Arc<[wit::SqlStatement]>>,
    commands: OnceLock<Arc<[wit::ShellCommand]>>,
    arguments: OnceLock<Arc<str>>,
    /// The body, where it is JSON.
    body: OnceLock<Option<Value>>,
    findings: OnceLock<Vec<(String, u32)>>,
}

impl Judging {
    pub(crate) fn new(action: Action, around: Surroundings) -> Self {
        Self {
            action,
            around,
            statements: OnceLock::new(),
            commands: OnceLock::new(),
            arguments: OnceLock::new(),
            body: OnceLock::new(),
            findings: OnceLock::new(),
        }
    }

    pub(super) fn sql(&self) -> Option<&SqlOperation> {
        match &self.action.operation {
            Operation::Sql(sql) => Some(sql),
            _ => None,
        }
    }

    pub(super) fn facts(&self) -> Option<&SqlFacts> {
        self.sql().map(|sql| &*sql.facts)
    }

    pub(super) fn statements(&self) -> Option<Arc<[wit::SqlStatement]>> {
        let facts = self.facts()?;
        let convert = || facts.statements.iter().map(Into::into).collect();
        Some(Arc::clone(self.statements.get_or_init(convert)))
    }

    fn shell(&self) -> Option<&ShellFacts> {
        match &self.action.operation {
            Operation::Shell(shell) => Some(&shell.facts),
            _ => None,
        }
    }

    pub(super) fn commands(&self) -> Option<Arc<[wit::ShellCommand]>> {
        let facts = self.shell()?;
        let convert = || facts.commands.iter().map(Into::into).collect();
        Some(Arc::clone(self.commands.get_or_init(convert)))
    }

    pub(super) fn http(&self) -> Option<wit::HttpRequest> {
        match &self.action.operation {
            Operation::Http(request) => Some(request.into()),
            _ => None,
        }
    }

    pub(super) fn tool_call(&self) -> Option<wit::ToolCall> {
        match &self.action.operation {
            Operation::ToolCall(call) => Some(wit::ToolCall::new(call, self.arguments()?)),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<Arc<str>> {
        match &self.action.operation {
            Operation::Sql(sql) => Some(Arc::clone(&sql.text)),
            Operation::Shell(shell) => Some(Arc::clone(&shell.text)),
            Operation::Http(_)
            | Operation::ToolCall(_)
            | Operation::Access(_)
            | Operation::Llm(_)
            | Operation::Mcp(_) => None,
        }
    }

    pub(super) fn llm(&self) -> Option<wit::LlmRequest> {
        match &self.action.operation {
            Operation::Llm(request) => Some(request.into()),
            _ => None,
        }
    }

    pub(super) fn llm_messages(&self) -> Vec<wit::LlmMessage> {
        match &self.action.operation {
            Operation::Llm(request) => request.messages.iter().map(Into::into).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether actions that are known by one outline may have different words.
    pub(super) const fn has_words(&self) -> bool {
        matches!(self.action.operation, Operation::Llm(_))
    }

    /// The key of what many requests to a model share; other operations have none.
    pub(crate) fn outline(&self) -> Option<FactsKey> {
        match &self.action.operation {
            Operation::Llm(request) => Some(FactsKey::of_outline(request, self.found())),
            _ => None,
        }
    }

    pub(super) fn mcp(&self) -> Option<wit::McpRequest> {
        match &self.action.operation {
            Operation::Mcp(request) => Some(request.into()),
            _ => None,
        }
    }

    /// Whether actions with equal facts may have different texts.
    pub(super) const fn has_text(&self) -> bool {
        matches!(
            self.action.operation,
            Operation::Sql(_) | Operation::Shell(_)
        )
    }

    pub(super) fn body(&self) -> Option<Arc<str>> {
        match &self.action.operation {
            Operation::Http(request) => request.body.clone(),
            Operation::Llm(request) => request.body.clone(),
            Operation::Sql(_)
            | Operation::ToolCall(_)
            | Operation::Shell(_)
            | Operation::Access(_)
            | Operation::Mcp(_) => None,
        }
    }

    /// The arguments of a tool call, the parameters of a request to an MCP server.
    fn arguments(&self) -> Option<Arc<str>> {
        let arguments = match &self.action.operation {
            Operation::ToolCall(call) => &call.arguments,
            Operation::Mcp(request) => &request.params,
            _ => return None,
        };
        let convert = || json::sorted(arguments).into();
        Some(Arc::clone(self.arguments.get_or_init(convert)))
    }

    /// A value inside the body or the arguments, as JSON text.
    pub(super) fn pointed(&self, pointer: &str) -> Option<String> {
        let value = match &self.action.operation {
            Operation::ToolCall(call) => &*call.arguments,
            Operation::Mcp(request) => &*request.params,
            Operation::Http(_) | Operation::Llm(_) => {
                let text = self.body()?;
                let parse = || serde_json::from_str(&text).ok();
                self.body.get_or_init(parse).as_ref()?
            }
            Operation::Sql(_) | Operation::Shell(_) | Operation::Access(_) => return None,
        };
        value.pointer(pointer).map(json::sorted)
    }

    /// What the detectors see in what the client sent, scanned once for all policies.
    pub(super) fn findings(&self, entities: &[String]) -> Vec<wit::Finding> {
        let found = self.found();
        let wanted = |entity: &String| entities.is_empty() || entities.contains(entity);
        let wanted = found.iter().filter(|(entity, _)| wanted(entity));
        let finding = |(entity, count): &(String, u32)| wit::Finding {
            entity: entity.clone(),
            count: *count,
        };
        wanted.map(finding).collect()
    }

    fn found(&self) -> &[(String, u32)] {
        self.findings.get_or_init(|| self.scan())
    }

    fn scan(&self) -> Vec<(String, u32)> {
        let Some(detectors) = &self.around.detectors else {
            return Vec::new();
        };
        let mut sums = std::collections::BTreeMap::<String, u32>::new();
        let mut scan = |text: &str| {
            for (entity, count) in detectors.scan(text, &[]) {
                let sum = sums.entry(entity).or_default();
                *sum = sum.saturating_add(count);
            }
        };
        if let Operation::Llm(request) = &self.action.operation {
            request.messages.iter().for_each(|m| scan(&m.text));
        } else if let Some(text) = self
            .text()
            .or_else(|| self.body())
            .or_else(|| self.arguments())
        {
            scan(&text);
        }
        if let Operation::Http(request) = &self.action.operation {
            scan(&request.path);
            request.query.iter().for_each(|(_, value)| scan(value));
        }
        for parameter in self.sql().iter().flat_map(|sql| &*sql.parameters) {
            if let Parameter::Text(text) = parameter {
                scan(text);
            }
        }
        sums.into_iter().collect()
    }
}
