//! SQL facts: what a text would do on a PostgreSQL server, told from the text alone by the
//! server's own grammar (`libpg_query`).
//!
//! # The class of a statement
//!
//! The rule is what the server would do, never milder. A text has the worst class of its
//! statements, a statement the worst of its parts: a DELETE in a CTE, a function in ORDER BY, a
//! row lock in a subquery. Every kind of node that the grammar can make is handled by name; any
//! other makes the statement `unknown`, which is worse than all. So does work beyond a budget.
//!
//! - Functions and operators: those of `pg_catalog` by their effect (see `data/README.md`), any
//!   other is `exec`. `functions` has `pg_catalog` cut off, and operators that are not built in as
//!   `operator(<=>)`.
//! - What runs later (views, rules, policies, defaults, SQL bodies of functions) gives its tables
//!   and unknown functions, but not its effects: creating it is `admin`.
//! - EXPLAIN without ANALYZE is a read of every table it names, but for unknown functions: the
//!   planner calls those that claim to be immutable.
//! - A predicate bounds an UPDATE, DELETE or MERGE only if it picks rows of its target: not if it is
//!   constant, compares a column with itself, or looks at other tables alone. `WHERE false` bounds.
//!
//! # What the text does not tell
//!
//! Views, triggers, rules, foreign tables and the search path need the catalog. So do casts to types
//! of one's own, whose functions run, and column references that are none: `t.f` calls `f(t)` when
//! `t` has no column `f`. Compare `columns_read` with the catalog to rule that out. Built-in names
//! are taken as built in: a function `public.lower(int)` would be found for `lower(1)`.
//!
//! # Columns and results
//!
//! `outputs` holds, for each result column, every column whose value may flow into it, through
//! expressions, subqueries, CTEs, set operations, functions in FROM, and what a statement assigned
//! before RETURNING. A column of a table `""` may be that of any table of the statement, the column `*` is a
//! whole row, and `*` of `""` is anything at all. A recursive CTE mixes all its columns.
//!
//! `outputs` is empty when a `*` over a table leaves the number of columns to the catalog. Then take
//! columns from their origins in the row description, and take a column without an origin as
//! holding any of `columns_read`. After RETURNING with a `*`, take every column so: the origin is
//! the column of the target, the value may be one that the statement put there.
//!
//! `columns_filtered` are those that decide which rows come and in which order, DISTINCT and set
//! operations included: by them a value can be guessed without being returned.
//!
//! `unbounded_read`: rows of some table come with neither a predicate on it (or on one joined to
//! it), nor a literal LIMIT, nor an aggregate over all. Aggregates that collect their input
//! (`string_agg`, `json_agg`, an ARRAY subquery) do not bound, and no LIMIT helps against them.

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
