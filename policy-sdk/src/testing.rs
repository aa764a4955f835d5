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

use std::{cell::RefCell, collections::BTreeMap, marker::PhantomData, rc::Rc};

use crate::{
    Action, Column, Level, Parameter, Principal, PrincipalKind, SqlStatement, StatementClass,
    Target,
};

/// One statement of a class, with no other facts yet.
#[must_use]
pub fn statement(class: StatementClass) -> StatementBuilder {
    StatementBuilder(SqlStatement {
        class,
        operations: Vec::new(),
        tables_read: Vec::new(),
        tables_written: Vec::new(),
        columns_read: Vec::new(),
        columns_filtered: Vec::new(),
        functions: Vec::new(),
        settings_changed: Vec::new(),
        unbounded_write: false,
        unbounded_read: false,
    })
}

/// A SQL action with these statements, by the agent `agent` on the target `shop`.
#[must_use]
pub fn sql(statements: impl IntoIterator<Item = StatementBuilder>) -> ActionBuilder {
    ActionBuilder {
        host: Host {
            principal: Principal {
                id: "00000000-0000-7000-8000-000000000001".to_owned(),
                name: "agent".to_owned(),
                kind: PrincipalKind::Agent,
                groups: Vec::new(),
                claims: Vec::new(),
                on_behalf_of: None,
            },
            target: Target {
                id: "00000000-0000-7000-8000-000000000002".to_owned(),
                name: "shop".to_owned(),
                kind: "postgres".to_owned(),
                labels: Vec::new(),
            },
            statements: statements.into_iter().map(|s| s.0).collect(),
            text: None,
            parameters: Vec::new(),
            at: 0,
            shared: Shared::default(),
            lifetime: PhantomData,
        },
    }
}

/// The facts of a statement, one by one.
#[derive(Debug, Clone)]
pub struct StatementBuilder(SqlStatement);

impl StatementBuilder {
    /// It does this, such as `delete`.
    #[must_use]
    pub fn operation(mut self, name: &str) -> Self {
        self.0.operations.push(name.to_owned());
        self
    }

    /// It reads this table.
    #[must_use]
    pub fn reads(mut self, table: &str) -> Self {
        self.0.tables_read.push(table.to_owned());
        self
    }

    /// It writes this table.
    #[must_use]
    pub fn writes(mut self, table: &str) -> Self {
        self.0.tables_written.push(table.to_owned());
        self
    }

    /// It reads this column.
    #[must_use]
    pub fn column(mut self, table: &str, name: &str) -> Self {
        self.0.columns_read.push(column(table, name));
        self
    }

    /// This column decides which rows come.
    #[must_use]
    pub fn filters(mut self, table: &str, name: &str) -> Self {
        self.0.columns_filtered.push(column(table, name));
        self.column(table, name)
    }

    /// It calls this function.
    #[must_use]
    pub fn calls(mut self, function: &str) -> Self {
        self.0.functions.push(function.to_owned());
        self
    }

    /// It returns rows of a table without bound.
    #[must_use]
    pub fn unbounded_read(mut self) -> Self {
        self.0.unbounded_read = true;
        self
    }

    /// It changes rows of a table without bound.
    #[must_use]
    pub fn unbounded_write(mut self) -> Self {
        self.0.unbounded_write = true;
        self
    }
}

fn column(table: &str, name: &str) -> Column {
    Column {
        table: table.to_owned(),
        name: name.to_owned(),
    }
}

/// An action, fact by fact.
#[derive(Debug, Clone)]
pub struct ActionBuilder {
    host: Host<'static>,
}

impl ActionBuilder {
    /// The target has this label.
    #[must_use]
    pub fn label(mut self, key: &str, value: &str) -> Self {
        let pair = (key.to_owned(), value.to_owned());
        self.host.target.labels.push(pair);
        self
    }

    /// The principal has this claim.
    #[must_use]
    pub fn claim(mut self, key: &str, value: &str) -> Self {
        let pair = (key.to_owned(), value.to_owned());
        self.host.principal.claims.push(pair);
        self
    }

    /// The principal belongs to this group.
    #[must_use]
    pub fn group(mut self, name: &str) -> Self {
        self.host.principal.groups.push(name.to_owned());
        self
    }

    /// Who acts.
    #[must_use]
    pub fn principal(mut self, principal: Principal) -> Self {
        self.host.principal = principal;
        self
    }

    /// On what.
    #[must_use]
    pub fn target(mut self, target: Target) -> Self {
        self.host.target = target;
        self
    }

    /// The statement's text.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.host.text = Some(text.to_owned());
        self
    }

    /// The next bound value.
    #[must_use]
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.host.parameters.push(parameter);
        self
    }

    /// When it was read, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn at(mut self, millis: u64) -> Self {
        self.host.at = millis;
        self
    }

    /// A counter stands at this sum.
    #[must_use]
    pub fn counted(self, key: &str, sum: u64) -> Self {
        self.host
            .shared
            .counters
            .borrow_mut()
            .insert(key.to_owned(), sum);
        self
    }

    /// What the policy counts and logs, to look at after it has judged.
    #[must_use]
    pub fn record(&self) -> Record {
        Record(self.host.shared.clone())
    }

    /// The action.
    #[must_use]
    pub fn build(self) -> Action<'static> {
        Action::new(self.host)
    }
}

#[derive(Debug, Clone, Default)]
struct Shared {
    counters: Rc<RefCell<BTreeMap<String, u64>>>,
    counted: Rc<RefCell<Vec<String>>>,
    lines: Rc<RefCell<Vec<(Level, String)>>>,
}

/// What a policy asked of the host.
#[derive(Debug, Clone)]
pub struct Record(Shared);

impl Record {
    /// The keys of the counters it used, in order.
    #[must_use]
    pub fn counted(&self) -> Vec<String> {
        self.0.counted.borrow().clone()
    }

    /// The lines it logged.
    #[must_use]
    pub fn lines(&self) -> Vec<(Level, String)> {
        self.0.lines.borrow().clone()
    }
}

/// The host of a native test.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct Host<'a> {
    principal: Principal,
    target: Target,
    statements: Vec<SqlStatement>,
    text: Option<String>,
    parameters: Vec<Parameter>,
    at: u64,
    shared: Shared,
    lifetime: PhantomData<&'a ()>,
}

impl Host<'_> {
    pub(crate) fn kind(&self) -> String {
        "sql".to_owned()
    }

    pub(crate) fn id(&self) -> String {
        "00000000-0000-7000-8000-000000000003".to_owned()
    }

    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    pub(crate) fn session(&self) -> String {
        "00000000-0000-7000-8000-000000000004".to_owned()
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

    pub(crate) fn target(&self) -> Target {
        self.target.clone()
    }

    pub(crate) fn target_label(&self, name: &str) -> Option<String> {
        value(&self.target.labels, name)
    }

    pub(crate) fn sql_class(&self) -> Option<StatementClass> {
        let worst = |s: &SqlStatement| s.class as u8;
        Some(
            self.statements
                .iter()
                .max_by_key(|s| worst(s))
                .map_or(StatementClass::Read, |s| s.class),
        )
    }

    pub(crate) fn sql_unbounded_read(&self) -> bool {
        self.statements.iter().any(|s| s.unbounded_read)
    }

    pub(crate) fn sql(&self) -> Option<Vec<SqlStatement>> {
        Some(self.statements.clone())
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
