//! Asking a policy outside a set: by hand, and with its own cases before a version goes live.

use std::sync::Arc;

use countersign_model::{
    Action, ActionId, DefaultVerdict, ManifestCase, Operation, PolicyVerdict, Principal,
    PrincipalId, PrincipalKind, RawOperation, SessionId, Target, TargetId, TargetKind, Timestamp,
    Verdict,
};

use crate::{Counters, LoadError, LoadedPolicy, error::Fault, host::Judging, instance::Instance};

/// A case of a policy's own that did not come out as its author says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("case {case:?}: expected {expected}, got {got}")]
pub struct CaseFailure {
    /// The case's name.
    pub case: String,
    /// The verdict its author expects.
    pub expected: String,
    /// What came instead.
    pub got: String,
}

/// Counters that start at nothing and keep nothing.
struct Uncounted;

impl Counters for Uncounted {
    fn count(&self, _key: &str, amount: u64, _window_seconds: u32) -> u64 {
        amount
    }
}

/// A policy with settings that is asked directly, outside a set: to try it, and to measure it. Each
/// question goes to the same instance, and none is remembered.
pub struct Trial(Instance);

impl Trial {
    /// Asks the policy.
    pub fn judge(&mut self, action: &Action, counters: &Arc<dyn Counters>) -> PolicyVerdict {
        let judging = Arc::new(Judging::new(action.clone(), Arc::clone(counters)));
        match self.0.judge(&judging).result {
            Ok(verdict) => PolicyVerdict::Said(verdict),
            Err(Fault { failure, detail }) => PolicyVerdict::Failed { failure, detail },
        }
    }
}

impl LoadedPolicy {
    /// Makes an instance with these settings, to be asked directly.
    ///
    /// # Errors
    ///
    /// When the policy refuses the settings.
    pub fn trial(&self, settings: &serde_json::Value) -> Result<Trial, LoadError> {
        Ok(Trial(self.configured(&settings_text(settings))?))
    }

    /// Judges the policy's own cases. `parse` computes the facts of what is tried.
    ///
    /// # Errors
    ///
    /// The first case that does not come out as its author says.
    pub fn check_cases(
        &self,
        parse: &dyn Fn(&RawOperation) -> Result<Operation, String>,
    ) -> Result<(), CaseFailure> {
        for case in &self.manifest().cases {
            let got = match parse(&case.operation) {
                Ok(operation) => self.judge_case(case, operation),
                Err(error) => format!("a text that cannot be parsed: {error}"),
            };
            if got != case.verdict {
                return Err(CaseFailure {
                    case: case.name.clone(),
                    expected: case.verdict.clone(),
                    got,
                });
            }
        }
        Ok(())
    }

    fn judge_case(&self, case: &ManifestCase, operation: Operation) -> String {
        let judging = Arc::new(Judging::new(action(case, operation), Arc::new(Uncounted)));
        let said = self
            .configured(&settings_text(&case.settings))
            .and_then(|mut instance| instance.judge(&judging).result);
        match said {
            Ok(verdict) => name(&verdict).to_owned(),
            Err(fault) => format!("a failure: {}: {}", fault.failure, fault.detail),
        }
    }
}

/// Settings as a policy takes them: none are `{}`.
pub(crate) fn settings_text(settings: &serde_json::Value) -> String {
    if settings.is_null() {
        "{}".to_owned()
    } else {
        settings.to_string()
    }
}

fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Abstain => "abstain",
        Verdict::Oblige(_) => "oblige",
        Verdict::Allow(with) if with.masks.is_empty() => "allow",
        Verdict::Allow(_) => "mask",
        Verdict::Review(_) => "review",
        Verdict::Deny(_) => "deny",
    }
}

fn action(case: &ManifestCase, operation: Operation) -> Action {
    Action {
        id: ActionId::new(),
        at: case.at.unwrap_or(Timestamp::from_millis(0)),
        session: SessionId::new(),
        principal: Arc::new(Principal {
            id: PrincipalId::new(),
            name: case.principal.clone().unwrap_or_else(|| "agent".to_owned()),
            kind: PrincipalKind::Agent,
            groups: case.groups.clone(),
            claims: case.claims.clone(),
            on_behalf_of: case.on_behalf_of.clone(),
        }),
        target: Arc::new(Target {
            id: TargetId::new(),
            name: "target".to_owned(),
            kind: TargetKind::Postgres,
            labels: case.labels.clone(),
            default_verdict: DefaultVerdict::Deny,
        }),
        operation,
    }
}
