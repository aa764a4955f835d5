//! What the parser knows of a SQL text: natively computed, once, for all policies.

use serde::{Deserialize, Serialize};

/// The worst effect of a statement, from harmless to worst. `Unknown` is worst of all: what cannot
/// be told must not be taken for something milder.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum StatementClass {
    /// Changes nothing.
    Read,
    /// Transaction control.
    Tx,
    /// Changes the session alone.
    Session,
    /// Row changes bounded by a predicate, row locks, sequences, notifications, large objects.
    Write,
    /// Schema, privileges, roles, cluster, maintenance.
    Admin,
    /// Truncates, drops, or changes rows without an effective predicate.
    Destructive,
    /// The effect is not in the text, or is outside the database.
    Exec,
    /// Could not be told.
    Unknown,
}

impl StatementClass {
    /// The class's name in JSON and in settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Tx => "tx",
            Self::Session => "session",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::Destructive => "destructive",
            Self::Exec => "exec",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the statement may change anything beyond its own session and transaction.
    #[must_use]
    pub const fn has_side_effects(self) -> bool {
        !matches!(self, Self::Read | Self::Tx | Self::Session)
    }
}

/// A column named in a statement.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
pub struct Column {
    /// The table as the text names it, schema included where it does; empty where the text alone
    /// cannot tell which of several tables is meant.
    pub table: String,
    /// The column; `*` for a whole row.
    pub name: String,
}

/// Where the values of one result column come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OutputColumn {
    /// The label the server will give it, where the text tells; empty otherwise.
    pub name: String,
    /// Every column whose value may flow into it, through expressions, subqueries and CTEs.
    pub sources: Vec<Column>,
}

/// The facts of one statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SqlStatement {
    /// Its worst effect.
    pub class: StatementClass,
    /// What it does, such as `select`, `delete`, `drop_table`, `copy_program`; sorted, no duplicates.
    pub operations: Vec<String>,
    /// Tables read, as named and folded by PostgreSQL; CTE names excluded; sorted, no duplicates.
    pub tables_read: Vec<String>,
    /// Tables written, likewise.
    pub tables_written: Vec<String>,
    /// Columns read anywhere in the statement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns_read: Vec<Column>,
    /// The part of `columns_read` that decides which rows come or in which order: predicates, joins,
    /// grouping, ordering. They can tell a value without returning it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns_filtered: Vec<Column>,
    /// Functions called, as named and folded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<String>,
    /// Session settings changed by SET, RESET or set_config, lower case; `all` for RESET/DISCARD ALL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings_changed: Vec<String>,
    /// UPDATE, DELETE or MERGE without an effective predicate, anywhere in it.
    pub unbounded_write: bool,
    /// Returns rows of at least one table with neither an effective predicate nor a LIMIT nor an
    /// aggregate over all of them.
    pub unbounded_read: bool,
    /// Result columns with their sources, in order; empty when it returns none or when a `*` makes
    /// their number unknown to the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<OutputColumn>,
}

/// The facts of a SQL text, statement by statement, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SqlFacts {
    /// One entry a statement; empty for an empty query.
    pub statements: Vec<SqlStatement>,
}

impl SqlFacts {
    /// The worst class of the statements; `Read` for an empty text.
    #[must_use]
    pub fn class(&self) -> StatementClass {
        self.statements
            .iter()
            .map(|s| s.class)
            .max()
            .unwrap_or(StatementClass::Read)
    }
}
