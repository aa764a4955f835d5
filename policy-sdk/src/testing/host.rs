//! The host of native tests.

use std::{cell::RefCell, collections::BTreeMap, marker::PhantomData, rc::Rc};

use serde_json::Value;

use crate::{
    AccessRequest, Finding, Grant, HttpRequest, Level, LlmMessage, LlmRequest, McpRequest,
    Parameter, Principal, PrincipalKind, ShellCommand, SqlStatement, StatementClass, Target,
    bindings::countersign::policy::types::ToolCall,
};

/// What is tried.
#[derive(Debug, Clone)]
pub(super) enum Tried {
    Sql(Vec<SqlStatement>),
    Http(HttpRequest),
    ToolCall(ToolCall),
    Shell(Vec<ShellCommand>),
    Access(AccessRequest),
    Llm(LlmRequest, Vec<LlmMessage>),
    Mcp(McpRequest),
}

/// What a policy does to the host.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared {
    pub(super) counters: Rc<RefCell<BTreeMap<String, u64>>>,
    pub(super) counted: Rc<RefCell<Vec<String>>>,
    pub(super) lines: Rc<RefCell<Vec<(Level, String)>>>,
}

/// The host of a native test.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct Host<'a> {
    pub(super) principal: Principal,
    pub(super) owner: Option<String>,
    pub(super) grant: Option<Grant>,
    pub(super) target: Target,
    pub(super) tried: Tried,
    pub(super) text: Option<String>,
    pub(super) body: Option<String>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) findings: Vec<Finding>,
    pub(super) documents: BTreeMap<String, Value>,
    pub(super) session: String,
    pub(super) at: u64,
    pub(super) shared: Shared,
    lifetime: PhantomData<&'a ()>,
}

impl Host<'static> {
    /// By the agent `agent`, on the target `shop`.
    pub(super) fn new(tried: Tried) -> Self {
        let kind = match tried {
            Tried::Sql(_) | Tried::Access(_) => "postgres",
            Tried::Http(_) => "http",
            Tried::ToolCall(_) | Tried::Mcp(_) => "mcp",
            Tried::Shell(_) => "shell",
            Tried::Llm(..) => "openai",
        };
        Self {
            principal: Principal {
                id: "00000000-0000-7000-8000-000000000001".to_owned(),
                name: "agent".to_owned(),
                kind: PrincipalKind::Agent,
                groups: Vec::new(),
                claims: Vec::new(),
                on_behalf_of: None,
            },
            owner: None,
            grant: None,
            target: Target {
                id: "00000000-0000-7000-8000-000000000002".to_owned(),
                name: "shop".to_owned(),
                kind: kind.to_owned(),
                labels: Vec::new(),
            },
            tried,
            text: None,
            body: None,
            parameters: Vec::new(),
            findings: Vec::new(),
            documents: BTreeMap::new(),
            session: "00000000-0000-7000-8000-000000000004".to_owned(),
            at: 0,
            shared: Shared::default(),
            lifetime: PhantomData,
        }
    }
}

impl Host<'_> {
    pub(crate) fn kind(&self) -> String {
        match self.tried {
            Tried::Sql(_) => "sql",
            Tried::Http(_) => "http",
            Tried::ToolCall(_) => "tool_call",
            Tried::Shell(_) => "shell",
            Tried::Access(_) => "access",
            Tried::Llm(..) => "llm",
            Tried::Mcp(_) => "mcp",
        }
        .to_owned()
    }

    pub(crate) fn id(&self) -> String {
        "00000000-0000-7000-8000-000000000003".to_owned()
    }

    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    pub(crate) fn session(&self) -> String {
        self.session.clone()
    }

    pub(crate) fn principal(&self) -> Principal {
        self.principal.clone()
    }

    pub(crate) fn principal_claim(&self, name: &str) -> Option<String> {
        value(&self.principal.claims, name)
    }

    pub(crate) fn principal_in_group(&self, name: &str) -> bool {
        self.principal.groups.iter().any(|group| group == name)
    }

    pub(crate) fn principal_owner(&self) -> Option<String> {
        self.owner.clone()
    }

    pub(crate) fn grant(&self) -> Option<Grant> {
        self.grant.clone()
    }

    pub(crate) fn target(&self) -> Target {
        self.target.clone()
    }

    pub(crate) fn target_label(&self, name: &str) -> Option<String> {
        value(&self.target.labels, name)
    }

    fn statements(&self) -> Option<&Vec<SqlStatement>> {
        match &self.tried {
            Tried::Sql(statements) => Some(statements),
            _ => None,
        }
    }

    pub(crate) fn sql_class(&self) -> Option<StatementClass> {
        let classes = self.statements()?.iter().map(|s| s.class);
        Some(classes.max().unwrap_or(StatementClass::Read))
    }

    pub(crate) fn sql_unbounded_read(&self) -> bool {
        let statements = self.statements().into_iter().flatten();
        statements.into_iter().any(|s| s.unbounded_read)
    }

    pub(crate) fn sql(&self) -> Option<Vec<SqlStatement>> {
        self.statements().cloned()
    }

    pub(crate) fn http(&self) -> Option<HttpRequest> {
        match &self.tried {
            Tried::Http(request) => Some(request.clone()),
            _ => None,
        }
    }

    pub(crate) fn tool_call(&self) -> Option<ToolCall> {
        match &self.tried {
            Tried::ToolCall(call) => Some(call.clone()),
            _ => None,
        }
    }

    pub(crate) fn shell(&self) -> Option<Vec<ShellCommand>> {
        match &self.tried {
            Tried::Shell(commands) => Some(commands.clone()),
            _ => None,
        }
    }

    pub(crate) fn access(&self) -> Option<AccessRequest> {
        match &self.tried {
            Tried::Access(request) => Some(request.clone()),
            _ => None,
        }
    }

    pub(crate) fn llm(&self) -> Option<LlmRequest> {
        match &self.tried {
            Tried::Llm(request, _) => Some(request.clone()),
            _ => None,
        }
    }

    pub(crate) fn llm_messages(&self) -> Vec<LlmMessage> {
        match &self.tried {
            Tried::Llm(_, messages) => messages.clone(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn mcp(&self) -> Option<McpRequest> {
        match &self.tried {
            Tried::Mcp(request) => Some(request.clone()),
            _ => None,
        }
    }

    pub(crate) fn body(&self) -> Option<String> {
        self.body.clone()
    }

    pub(crate) fn json_pointer(&self, pointer: &str) -> Option<String> {
        let text = match &self.tried {
            Tried::ToolCall(call) => &call.arguments,
            _ => self.body.as_ref()?,
        };
        let json: Value = serde_json::from_str(text).ok()?;
        json.pointer(pointer).map(Value::to_string)
    }

    pub(crate) fn findings(&self, entities: &[String]) -> Vec<Finding> {
        let wanted = |f: &&Finding| entities.is_empty() || entities.contains(&f.entity);
        self.findings.iter().filter(wanted).cloned().collect()
    }

    pub(crate) fn lookup(&self, document: &str, key: &str) -> Option<String> {
        let value = self.documents.get(document)?.get(key)?;
        Some(value.to_string())
    }

    pub(crate) fn text(&self) -> Option<String> {
        self.text.clone()
    }

    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        self.parameters.clone()
    }

    pub(crate) fn count(&self, key: &str, amount: u64, _window_seconds: u32) -> u64 {
        self.shared.counted.borrow_mut().push(key.to_owned());
        let mut counters = self.shared.counters.borrow_mut();
        let sum = counters.entry(key.to_owned()).or_default();
        *sum += amount;
        *sum
    }

    pub(crate) fn log(&self, level: Level, message: &str) {
        let line = (level, message.to_owned());
        self.shared.lines.borrow_mut().push(line);
    }
}

fn value(pairs: &[(String, String)], name: &str) -> Option<String> {
    pairs
        .iter()
        .find_map(|(key, value)| (key == name).then(|| value.clone()))
}
