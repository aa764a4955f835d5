//! Holds or refuses statements that destroy or rewrite data, on the targets that are worth it.
//!
//! It looks at what a statement does (its class, its operations, whether its writes are bounded) and
//! at one label of the target. The strictest rule that applies wins: refused before held before let
//! be. What no rule names is left to the other policies.

use countersign_policy_sdk::{Action, Review, SqlStatement, StatementClass, Verdict, policy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where to guard, and against what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The target's label that tells its environment.
    pub label: String,
    /// Environments that are guarded; `*` for every target, labelled or not.
    pub environments: Vec<String>,
    /// What to say of statements on other targets.
    pub elsewhere: Elsewhere,
    /// Classes of statement that are refused.
    pub deny_classes: Vec<StatementClass>,
    /// Operations that are refused, such as `drop_table`; `drop_*` for all that begin so.
    pub deny_operations: Vec<String>,
    /// Classes of statement that are held for review.
    pub review_classes: Vec<StatementClass>,
    /// Operations that are held for review, such as `delete`.
    pub review_operations: Vec<String>,
    /// Whether an UPDATE, DELETE or MERGE without an effective predicate is held for review.
    pub review_unbounded: bool,
    /// Groups whose members may decide; empty for every reviewer.
    pub reviewers: Vec<String>,
    /// Distinct people who must approve.
    #[schemars(range(min = 1))]
    pub quorum: u8,
    /// Seconds until a held statement expires undecided.
    #[schemars(range(min = 1, max = 86_400))]
    pub expires_in_seconds: u32,
}

/// What to say of statements on targets that are not guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Elsewhere {
    /// Nothing: the other policies and the target's default decide.
    Abstain,
    /// They may run.
    Allow,
}

impl Default for Settings {
    fn default() -> Self {
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect();
        Self {
            label: "env".to_owned(),
            environments: words(&["production"]),
            elsewhere: Elsewhere::Abstain,
            deny_classes: vec![StatementClass::Exec, StatementClass::Unknown],
            deny_operations: words(&["drop_*", "truncate"]),
            review_classes: vec![StatementClass::Destructive, StatementClass::Admin],
            review_operations: words(&["delete"]),
            review_unbounded: true,
            reviewers: Vec::new(),
            quorum: 1,
            expires_in_seconds: 900,
        }
    }
}

policy! {
    judge: judge,
    settings: Settings,
    cases: include_str!("../cases.json"),
}

/// Judges one action.
#[must_use]
pub fn judge(action: &Action, settings: &Settings) -> Verdict {
    let Some(class) = action.sql_class() else {
        return Verdict::Abstain;
    };
    if !settings.guards(action) {
        return match settings.elsewhere {
            Elsewhere::Abstain => Verdict::Abstain,
            Elsewhere::Allow => Verdict::Allow,
        };
    }
    // A read may be refused or held by its class alone: its operations change nothing.
    if class == StatementClass::Read && !settings.names_class(class) {
        return Verdict::Abstain;
    }
    let statements = action.sql();
    if let Some(what) = statements.iter().find_map(|s| settings.denied(s)) {
        return Verdict::Deny(join(&[&what, " is not allowed on this target"]));
    }
    match statements.iter().find_map(|s| settings.held(s)) {
        Some(what) => Review::because(join(&[&what, " on this target needs approval"]))
            .by(settings.reviewers.iter().cloned())
            .quorum(settings.quorum)
            .expires_in(settings.expires_in_seconds)
            .into(),
        None => Verdict::Abstain,
    }
}

impl Settings {
    fn guards(&self, action: &Action) -> bool {
        if self.environments.iter().any(|e| e == "*") {
            return true;
        }
        action
            .target_label(&self.label)
            .is_some_and(|env| self.environments.contains(&env))
    }

    fn names_class(&self, class: StatementClass) -> bool {
        self.deny_classes.contains(&class) || self.review_classes.contains(&class)
    }

    /// What of a statement is refused, for the reason.
    fn denied(&self, statement: &SqlStatement) -> Option<String> {
        named(&self.deny_operations, statement)
            .or_else(|| classed(&self.deny_classes, statement.class))
    }

    /// What of a statement is held, for the reason.
    fn held(&self, statement: &SqlStatement) -> Option<String> {
        if self.review_unbounded && statement.unbounded_write {
            return Some("a write without a predicate".to_owned());
        }
        named(&self.review_operations, statement)
            .or_else(|| classed(&self.review_classes, statement.class))
    }
}

/// The first operation that one of the patterns names, with the tables it concerns.
fn named(patterns: &[String], statement: &SqlStatement) -> Option<String> {
    let matches = |operation: &String| {
        patterns.iter().any(|p| match p.strip_suffix('*') {
            Some(prefix) => operation.starts_with(prefix),
            None => p == operation,
        })
    };
    let operation = statement.operations.iter().find(|o| matches(o))?;
    Some(match statement.tables_written.as_slice() {
        [] => operation.clone(),
        tables => join(&[operation, " of ", &tables.join(", ")]),
    })
}

fn classed(classes: &[StatementClass], class: StatementClass) -> Option<String> {
    classes
        .contains(&class)
        .then(|| join(&["a statement of class ", class.as_str()]))
}

/// `format!` without its machinery, which would be a tenth of the component.
fn join(parts: &[&str]) -> String {
    parts.concat()
}

#[cfg(test)]
mod tests;
