//! Keeps a principal that is meant for one environment out of the others.
//!
//! An agent that works on staging carries the claim `env=staging`; a database carries the label
//! `env=production`. Where both are known and differ the action is refused, whatever it is: the
//! deletion meant for staging never reaches production. A principal without the claim is not bound to
//! an environment, and the other policies decide.

use countersign_policy_sdk::{Action, Verdict, policy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which claim must agree with which label.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The principal's claim that names its environment, or several with commas between them.
    pub claim: String,
    /// The target's label that names its environment.
    pub label: String,
    /// What to say where the principal is bound to an environment and the target's is not known.
    pub unlabelled: Unlabelled,
}

/// What to say of a target without the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unlabelled {
    /// Refused: it may be any environment.
    Deny,
    /// Left to the other policies.
    Abstain,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            claim: "env".to_owned(),
            label: "env".to_owned(),
            unlabelled: Unlabelled::Deny,
        }
    }
}

policy! {
    judge: judge,
    settings: Settings,
    operations: ["sql", "http", "tool_call", "shell", "llm", "mcp"],
    cases: include_str!("../cases.json"),
}

/// Judges one action.
#[must_use]
pub fn judge(action: &Action, settings: &Settings) -> Verdict {
    let Some(claim) = action.principal_claim(&settings.claim) else {
        return Verdict::Abstain;
    };
    match action.target_label(&settings.label) {
        Some(label) if claim.split(',').any(|env| env.trim() == label) => Verdict::Abstain,
        Some(label) => {
            Verdict::Deny(["this principal is for ", &claim, ", the target is ", &label].concat())
        }
        None if settings.unlabelled == Unlabelled::Deny => Verdict::Deny(
            [
                "this principal is for ",
                &claim,
                ", the target does not say what it is",
            ]
            .concat(),
        ),
        None => Verdict::Abstain,
    }
}

#[cfg(test)]
mod tests {
    use countersign_policy_sdk::{
        StatementClass,
        testing::{http, llm, mcp, shell, sql, statement, tool_call},
    };

    use serde_json::Value;

    use super::*;

    #[test]
    fn environments_must_agree() {
        let lax = || Settings {
            unlabelled: Unlabelled::Abstain,
            ..Settings::default()
        };
        let cases = [
            (Settings::default(), None, Some("production"), None),
            (Settings::default(), Some("staging"), Some("staging"), None),
            (
                Settings::default(),
                Some("staging"),
                Some("production"),
                Some("this principal is for staging, the target is production"),
            ),
            (
                Settings::default(),
                Some("staging, test"),
                Some("test"),
                None,
            ),
            (
                Settings::default(),
                Some("staging,test"),
                Some("stag"),
                Some("this principal is for staging,test, the target is stag"),
            ),
            (
                Settings::default(),
                Some("staging"),
                None,
                Some("this principal is for staging, the target does not say what it is"),
            ),
            (lax(), Some("staging"), None, None),
        ];
        for (settings, claim, label, refused) in cases {
            let mut action = sql([statement(StatementClass::Read)]);
            if let Some(claim) = claim {
                action = action.claim("env", claim);
            }
            if let Some(label) = label {
                action = action.label("env", label);
            }
            let expected = refused.map_or(Verdict::Abstain, Verdict::deny);
            let verdict = judge(&action.build(), &settings);
            assert_eq!(verdict, expected, "{claim:?} on {label:?}");
        }
    }

    #[test]
    fn whatever_is_done_is_bound_to_its_environment() {
        let nothing = || Value::Object(serde_json::Map::new());
        for action in [
            http("GET", "/orders"),
            tool_call("shop", "list_orders", nothing()),
            shell("ls", []),
            llm("openai", "m", [("user", "hello")]),
            mcp("shop", "tools/list", None, &nothing()),
        ] {
            let here = action
                .clone()
                .claim("env", "staging")
                .label("env", "staging");
            let there = action.claim("env", "staging").label("env", "production");
            assert_eq!(judge(&here.build(), &Settings::default()), Verdict::Abstain);
            let verdict = judge(&there.build(), &Settings::default());
            assert!(matches!(verdict, Verdict::Deny(_)), "{verdict:?}");
        }
    }

    #[test]
    fn claim_and_label_have_the_names_of_the_settings() {
        let settings = Settings {
            claim: "tier".to_owned(),
            label: "stage".to_owned(),
            ..Settings::default()
        };
        let action = sql([statement(StatementClass::Read)])
            .claim("tier", "test")
            .label("stage", "live")
            .label("env", "test")
            .build();
        assert!(matches!(judge(&action, &settings), Verdict::Deny(_)));
    }
}
