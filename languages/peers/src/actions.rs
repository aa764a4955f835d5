//! The actions that every peer judges.

use std::sync::Arc;

use countersign_model::{Action, Principal, StatementClass, Target};

use crate::support;

pub const COUNT: usize = 1_000;
/// Sessions: each has a principal and a target of its own.
pub const SESSIONS: usize = 8;

/// What a peer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Abstain,
    Review,
    Deny,
}

/// One session's principal and target: half of them on production, a quarter of the group `dba`.
pub fn session(number: usize) -> (Arc<Principal>, Arc<Target>) {
    let groups: &[&str] = if number % 4 == 3 {
        &["ai", "dba"]
    } else {
        &["ai"]
    };
    let env = if number % 2 == 1 {
        "production"
    } else {
        "staging"
    };
    (support::principal(groups), support::target(env))
}

/// The actions, the n-th of session n mod 8: reads mostly, as agents send them, and enough of what the
/// rule is about. No two have equal facts.
pub fn actions() -> Vec<Action> {
    let sessions: Vec<_> = (0..SESSIONS).map(session).collect();
    (0..COUNT)
        .map(|number| {
            let (who, what) = &sessions[number % SESSIONS];
            let kind = number / SESSIONS % 10;
            let (class, operation) = match kind {
                0..=5 => (StatementClass::Read, "select"),
                6 => (StatementClass::Write, "insert"),
                7 => (StatementClass::Destructive, "update"),
                8 => (StatementClass::Destructive, "drop_table"),
                _ => (StatementClass::Tx, "begin"),
            };
            let mut statement = support::statement(class, operation, format!("orders_{number}"));
            statement.unbounded_write = kind == 7;
            support::action(who, what, statement)
        })
        .collect()
}
