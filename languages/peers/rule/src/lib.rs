//! The rule of the comparison, as an author writes it: on production, destructive statements are for
//! the group `dba`, and writes without a predicate are held.

use countersign_policy_sdk::{Action, Review, StatementClass, Verdict, policy};
use schemars::JsonSchema;
use serde::Deserialize;

/// None.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {}

policy! { judge: judge, settings: Settings }

/// Judges one action.
#[must_use]
pub fn judge(action: &Action, _: &Settings) -> Verdict {
    // A write without a predicate is of this class or worse.
    match action.sql_class() {
        Some(StatementClass::Destructive | StatementClass::Exec | StatementClass::Unknown) => {}
        _ => return Verdict::Abstain,
    }
    if action.target_label("env").as_deref() != Some("production") {
        return Verdict::Abstain;
    }
    let statements = action.sql();
    if statements.iter().any(|s| s.unbounded_write) {
        return Review::because("a write without a predicate on production").into();
    }
    let destructive =
        |s: &countersign_policy_sdk::SqlStatement| s.class == StatementClass::Destructive;
    if statements.iter().any(destructive) && !action.principal_in_group("dba") {
        return Verdict::deny("destructive statements on production are for the group dba");
    }
    Verdict::Abstain
}

#[cfg(test)]
mod tests {
    use countersign_policy_sdk::testing::{sql, statement};

    use super::*;

    #[test]
    fn production_is_guarded() {
        let drop = || sql([statement(StatementClass::Destructive)]).label("env", "production");
        let judge = |action: Action| judge(&action, &Settings {});
        assert!(matches!(judge(drop().build()), Verdict::Deny(_)));
        assert_eq!(judge(drop().group("dba").build()), Verdict::Abstain);
        let update = sql([statement(StatementClass::Destructive).unbounded_write()]);
        assert_eq!(judge(update.clone().build()), Verdict::Abstain);
        let update = update.label("env", "production").build();
        assert!(matches!(judge(update), Verdict::Review(_)));
    }
}
