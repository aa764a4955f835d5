//! Why a SQL text was refused.

use thiserror::Error;

/// The longest message, in bytes.
const MAX_MESSAGE: usize = 200;

/// A text that has no facts: the grammar refuses it, or it goes past a limit of this module. The
/// only safe answer is to refuse the action.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct SqlError {
    /// What is wrong, in the grammar's own words where it was the grammar; may quote the text.
    pub message: String,
    /// Byte offset into the text, counted from 0, where it is known.
    pub position: Option<usize>,
}

impl SqlError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            position: None,
        }
    }

    pub(crate) fn at(message: impl Into<String>, position: usize) -> Self {
        Self {
            message: message.into(),
            position: Some(position),
        }
    }
}

impl From<pg_query::Error> for SqlError {
    fn from(error: pg_query::Error) -> Self {
        match error {
            pg_query::Error::Parse(mut message) => {
                // It may quote a token as long as the text.
                message.truncate(message.floor_char_boundary(MAX_MESSAGE));
                Self::new(message)
            }
            pg_query::Error::Decode(_) => Self::new("the statement is nested too deeply"),
            other => Self::new(other.to_string()),
        }
    }
}
