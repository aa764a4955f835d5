//! The action a policy judges.

use crate::{Level, Parameter, Principal, SqlStatement, StatementClass, Target, host::Host};

/// One command, who sent it and where to.
///
/// Each getter asks the host, and costs what it returns. In a native test the host is what a
/// [`testing::ActionBuilder`](crate::testing::ActionBuilder) made.
pub struct Action<'a> {
    host: Host<'a>,
}

impl<'a> Action<'a> {
    #[doc(hidden)]
    #[must_use]
    pub fn new(host: Host<'a>) -> Self {
        Self { host }
    }

    /// What kind of operation it is, such as `sql`.
    #[must_use]
    pub fn kind(&self) -> String {
        self.host.kind()
    }

    /// Names the action in every record of it. A verdict that used it is not reused.
    #[must_use]
    pub fn id(&self) -> String {
        self.host.id()
    }

    /// When the edge had read it, in milliseconds since the Unix epoch: the only clock. A verdict
    /// that used it is not reused.
    #[must_use]
    pub fn at(&self) -> u64 {
        self.host.at()
    }

    /// The session it came in. A verdict that used it is not reused.
    #[must_use]
    pub fn session(&self) -> String {
        self.host.session()
    }

    /// Who acts.
    #[must_use]
    pub fn principal(&self) -> Principal {
        self.host.principal()
    }

    /// One claim of the principal, such as `env`.
    #[must_use]
    pub fn principal_claim(&self, name: &str) -> Option<String> {
        self.host.principal_claim(name)
    }

    /// Whether the principal belongs to a group.
    #[must_use]
    pub fn principal_in_group(&self, name: &str) -> bool {
        self.host.principal_in_group(name)
    }

    /// On what.
    #[must_use]
    pub fn target(&self) -> Target {
        self.host.target()
    }

    /// One label of the target, such as `env`.
    #[must_use]
    pub fn target_label(&self, name: &str) -> Option<String> {
        self.host.target_label(name)
    }

    /// The worst class of its statements, in the order of [`StatementClass`]; `None` where the action
    /// is not SQL. Of `BEGIN; SELECT 1` it is `Tx`: what holds for a milder class must be seen from
    /// [`Action::sql`].
    #[must_use]
    pub fn sql_class(&self) -> Option<StatementClass> {
        self.host.sql_class()
    }

    /// Whether one of its statements reads rows of a table without a predicate, a LIMIT or an
    /// aggregate over all of them.
    #[must_use]
    pub fn sql_unbounded_read(&self) -> bool {
        self.host.sql_unbounded_read()
    }

    /// What the parser knows of each statement, in order; empty where the action is not SQL.
    #[must_use]
    pub fn sql(&self) -> Vec<SqlStatement> {
        self.host.sql().unwrap_or_default()
    }

    /// The text as the client sent it. A verdict that used it is not reused.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.host.text()
    }

    /// Bound values, in order. A verdict that used them is not reused.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        self.host.parameters()
    }

    /// Adds to a sliding-window counter that the whole edge shares, and returns the sum after it;
    /// with an `amount` of 0 it only reads. A verdict that used it is not reused.
    #[must_use]
    pub fn count(&self, key: &str, amount: u64, window_seconds: u32) -> u64 {
        self.host.count(key, amount, window_seconds)
    }

    /// Adds a line to the record of the decision.
    pub fn log(&self, level: Level, message: &str) {
        self.host.log(level, message);
    }
}
