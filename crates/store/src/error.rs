//! Why the store could not do what it was asked.

use sea_orm::{DbErr, SqlErr};

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing, or it was removed.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Another one has that name.
    #[error("another {0} has that name")]
    NameTaken(&'static str),
    /// There is one for the same already.
    #[error("there is a {0} for the same already")]
    Exists(&'static str),
    /// It cannot be removed while something uses it.
    #[error("it is still used by a {0}")]
    InUse(&'static str),
    /// It is longer than the database takes.
    #[error("the {0} are too long")]
    TooLong(&'static str),
    /// The database did not do it.
    #[error("the database failed")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row does not say what this version can read.
    #[error("{table}.{column} holds what this version cannot read")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Why, where a parser said so.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The address is for neither SQLite nor PostgreSQL.
    #[error("the database address must begin with sqlite: or postgres:")]
    UnknownDatabase,
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        Self::Database(Box::new(error))
    }
}

/// Names the thing whose unique name was taken; any other failure stays what it is.
pub(crate) fn taken(what: &'static str) -> impl Fn(DbErr) -> StoreError {
    move |error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => StoreError::NameTaken(what),
        _ => error.into(),
    }
}
