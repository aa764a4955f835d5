//! Actions for native tests.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use countersign_policy_sdk::Level;

use crate::{Facts, Host, wit};

/// An action, fact by fact.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are named as the getters of `Facts`")]
pub struct Fake {
    pub kind: String,
    pub at: u64,
    pub principal: wit::Principal,
    pub target: wit::Target,
    pub sql: Option<Vec<wit::SqlStatement>>,
    pub text: Option<String>,
    pub parameters: Vec<wit::Parameter>,
    pub http: Option<wit::HttpRequest>,
    pub tool_call: Option<wit::ToolCall>,
    pub shell: Option<Vec<wit::ShellCommand>>,
    pub body: Option<String>,
    pub findings: Vec<wit::Finding>,
}

impl Fake {
    /// An action of this kind by the agent `agent` on the target `shop`, with no other facts yet.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            at: 0,
            principal: wit::Principal {
                id: "00000000-0000-7000-8000-000000000001".to_owned(),
                name: "agent".to_owned(),
                kind: wit::PrincipalKind::Agent,
                groups: Vec::new(),
                claims: Vec::new(),
                on_behalf_of: None,
            },
            target: wit::Target {
                id: "00000000-0000-7000-8000-000000000002".to_owned(),
                name: "shop".to_owned(),
                kind: "postgres".to_owned(),
                labels: Vec::new(),
            },
            sql: None,
            text: None,
            parameters: Vec::new(),
            http: None,
            tool_call: None,
            shell: None,
            body: None,
            findings: Vec::new(),
        }
    }

    /// A SQL action with one statement that does this to the table `orders`.
    #[must_use]
    pub fn sql(class: wit::StatementClass, operation: &str) -> Self {
        Self {
            sql: Some(vec![wit::SqlStatement {
                class,
                operations: vec![operation.to_owned()],
                tables_read: Vec::new(),
                tables_written: vec!["orders".to_owned()],
                columns_read: Vec::new(),
                columns_filtered: Vec::new(),
                functions: Vec::new(),
                settings_changed: Vec::new(),
                unbounded_write: false,
                unbounded_read: false,
            }]),
            ..Self::new("sql")
        }
    }

    /// The target has this label.
    #[must_use]
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.target.labels.push((key.to_owned(), value.to_owned()));
        self
    }

    /// The principal belongs to this group.
    #[must_use]
    pub fn group(mut self, name: &str) -> Self {
        self.principal.groups.push(name.to_owned());
        self
    }
}

impl Facts for Fake {
    fn kind(&self) -> String {
        self.kind.clone()
    }

    fn id(&self) -> String {
        "00000000-0000-7000-8000-000000000003".to_owned()
    }

    fn at(&self) -> u64 {
        self.at
    }

    fn session(&self) -> String {
        "00000000-0000-7000-8000-000000000004".to_owned()
    }

    fn principal(&self) -> wit::Principal {
        self.principal.clone()
    }

    fn target(&self) -> wit::Target {
        self.target.clone()
    }

    fn sql_class(&self) -> Option<wit::StatementClass> {
        let statements = self.sql.as_ref()?;
        statements.iter().map(|s| s.class).max_by_key(|c| *c as u8)
    }

    fn sql(&self) -> Option<Vec<wit::SqlStatement>> {
        self.sql.clone()
    }

    fn text(&self) -> Option<String> {
        self.text.clone()
    }

    fn parameters(&self) -> Vec<wit::Parameter> {
        self.parameters.clone()
    }

    fn http(&self) -> Option<wit::HttpRequest> {
        self.http.clone()
    }

    fn tool_call(&self) -> Option<wit::ToolCall> {
        self.tool_call.clone()
    }

    fn shell(&self) -> Option<Vec<wit::ShellCommand>> {
        self.shell.clone()
    }

    fn body(&self) -> Option<String> {
        self.body.clone()
    }

    fn findings(&self) -> Vec<wit::Finding> {
        self.findings.clone()
    }
}

/// A host with documents and counters of its own.
#[derive(Debug, Default)]
pub struct FakeHost {
    /// Documents by name and key, as JSON text.
    pub documents: BTreeMap<(String, String), String>,
    /// Sums by key.
    pub sums: Mutex<BTreeMap<String, u64>>,
    /// Lines that were logged.
    pub lines: Mutex<Vec<String>>,
}

impl FakeHost {
    /// A document has this value, JSON, under this key.
    #[must_use]
    pub fn document(mut self, name: &str, key: &str, value: &str) -> Self {
        let entry = (name.to_owned(), key.to_owned());
        self.documents.insert(entry, value.to_owned());
        self
    }
}

impl Host for FakeHost {
    fn lookup(&self, document: &str, key: &str) -> Option<String> {
        let entry = (document.to_owned(), key.to_owned());
        self.documents.get(&entry).cloned()
    }

    fn count(&self, key: &str, amount: u64, _window_seconds: u32) -> u64 {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = sums.entry(key.to_owned()).or_default();
        *sum += amount;
        *sum
    }

    fn log(&self, _level: Level, message: &str) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(message.to_owned());
    }
}
