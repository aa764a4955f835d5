//! SQL facts: what a text would do on a PostgreSQL server, told from the text alone by the
//! server's own grammar (`libpg_query`).

mod bounds;
mod builtin;
mod comparison;
mod complement;
mod constant;
mod ddl;
mod dml;
mod error;
mod expression;
mod facts;
mod from;
mod label;
mod locking;
mod predicate;
mod scope;
mod select;
mod shape;
mod statement;
mod table_definition;
mod targets;
mod walker;

use countersign_model::SqlFacts;

pub use builtin::function_class;
pub use error::SqlError;
pub use shape::{Shape, shape};

use walker::Walker;

/// The longest text that is parsed, in bytes.
pub const MAX_TEXT: usize = 1 << 20;

/// The stack, in bytes, that a thread should have to call [`inspect`] often: with less, each call
/// allocates a stack of its own, which costs more than the parse.
///
/// The decoder of the parse tree takes some 40 KiB a level, for up to 100 levels.
pub const STACK: usize = 16 << 20;

/// How much of it has to be left for a call.
const STACK_LEFT: usize = 5 << 20;

/// The facts of a SQL text.
///
/// # Errors
///
/// When the grammar refuses the text, when it holds a NUL byte, is longer than [`MAX_TEXT`], or is
/// nested too deeply.
pub fn inspect(text: &str) -> Result<SqlFacts, SqlError> {
    inspect_tracking(text).map(|(facts, _)| facts)
}

/// The facts of a SQL text, and whether they are the same for every text of the same [`Shape`]:
/// true when no literal's value was looked at.
///
/// # Errors
///
/// As [`inspect`].
pub fn inspect_tracking(text: &str) -> Result<(SqlFacts, bool), SqlError> {
    if text.len() > MAX_TEXT {
        return Err(SqlError::new("the text is longer than 1 MiB"));
    }
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        return Err(SqlError::at("the text holds a NUL byte", at));
    }
    stacker::maybe_grow(STACK_LEFT, STACK, || walk(text))
}

fn walk(text: &str) -> Result<(SqlFacts, bool), SqlError> {
    let tree = pg_query::parse(text, 0)?;
    let mut literals_mattered = false;
    let mut statements = Vec::with_capacity(tree.protobuf.stmts.len());
    for raw in &tree.protobuf.stmts {
        let mut walker = Walker::new();
        match raw.stmt.as_deref() {
            Some(statement) => walker.statement(statement),
            None => walker.unknown(),
        }
        literals_mattered |= walker.literals_mattered;
        statements.push(walker.facts.finish());
    }
    Ok((SqlFacts { statements }, !literals_mattered))
}
