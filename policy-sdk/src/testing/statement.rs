//! SQL statements and shell commands, fact by fact.

use crate::{Column, ShellCommand, SqlStatement, StatementClass};

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

/// The facts of a statement, one by one.
#[derive(Debug, Clone)]
pub struct StatementBuilder(pub(super) SqlStatement);

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

/// One command of a class, with no other facts yet.
#[must_use]
pub fn command(
    class: StatementClass,
    argv: impl IntoIterator<Item = impl Into<String>>,
) -> CommandBuilder {
    CommandBuilder(ShellCommand {
        argv: argv.into_iter().map(Into::into).collect(),
        class,
        paths_read: Vec::new(),
        paths_written: Vec::new(),
        hosts: Vec::new(),
    })
}

/// The facts of a command, one by one.
#[derive(Debug, Clone)]
pub struct CommandBuilder(pub(super) ShellCommand);

impl CommandBuilder {
    /// It names this path to read.
    #[must_use]
    pub fn reads(mut self, path: &str) -> Self {
        self.0.paths_read.push(path.to_owned());
        self
    }

    /// It names this path to change.
    #[must_use]
    pub fn writes(mut self, path: &str) -> Self {
        self.0.paths_written.push(path.to_owned());
        self
    }

    /// It names this host.
    #[must_use]
    pub fn host(mut self, name: &str) -> Self {
        self.0.hosts.push(name.to_owned());
        self
    }
}
