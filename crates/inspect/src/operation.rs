//! From an operation as a person writes it down to one with its facts.

use std::sync::Arc;

use countersign_model::{AccessOperation, Operation, RawOperation, ShellOperation, SqlOperation};

use crate::{http, shell, sql};

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
        RawOperation::Http(request) => http::normal(request)
            .map(Operation::Http)
            .map_err(|error| error.to_string()),
        RawOperation::ToolCall(call) => Ok(Operation::ToolCall(call.clone())),
        RawOperation::Shell(text) => Ok(Operation::Shell(ShellOperation {
            text: text.as_str().into(),
            cwd: None,
            facts: Arc::new(shell::inspect(text)),
        })),
        RawOperation::Access(access) => Ok(Operation::Access(normal(access))),
        RawOperation::Llm(request) => Ok(Operation::Llm(request.clone())),
        RawOperation::Mcp(request) => Ok(Operation::Mcp(request.clone())),
    }
}

/// An operation as it was recorded when it was judged: what was normalised then is not normalised
/// again, for a path that was decoded must not be decoded twice.
///
/// # Errors
/// In words, when it cannot be parsed.
pub fn recorded(raw: &RawOperation) -> Result<Operation, String> {
    match raw {
        RawOperation::Http(request) => Ok(Operation::Http(request.clone())),
        raw => operation(raw),
    }
}

/// A request with its operations in order, each once, as the control plane judges it.
fn normal(access: &AccessOperation) -> AccessOperation {
    let mut access = access.clone();
    access.operations.sort_unstable();
    access.operations.dedup();
    access
}
