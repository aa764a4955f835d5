//! From an operation as a person writes it down to one with its facts.

use std::sync::Arc;

use countersign_model::{Operation, RawOperation, SqlOperation};

use crate::sql;

/// Computes the facts of an operation.
///
/// # Errors
/// In words, when it cannot be parsed.
pub fn operation(raw: &RawOperation) -> Result<Operation, String> {
    match raw {
        RawOperation::Sql(text) => {
            let facts = sql::inspect(text).map_err(|error| error.to_string())?;
            Ok(Operation::Sql(SqlOperation {
                text: text.as_str().into(),
                facts: Arc::new(facts),
                parameters: Arc::new([]),
            }))
        }
        RawOperation::Http(request) => Ok(Operation::Http(request.clone())),
        RawOperation::ToolCall(call) => Ok(Operation::ToolCall(call.clone())),
        RawOperation::Shell(_) => Err("command lines cannot be parsed yet".to_owned()),
    }
}
