//! A policy's own cases, judged before a version goes live.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use countersign_model::{
    Action, ActionId, DefaultVerdict, GrantId, GrantRef, HostCall, ManifestCase, Operation,
    PolicySource, Principal, PrincipalId, PrincipalKind, RawOperation, SessionId, Target,
    TargetAccess, TargetId, TargetKind, Timestamp, Verdict,
};
use serde_json::{Value, json};

use crate::{Counters, Document, Documents, LoadedPolicy};

/// A case of a policy's own that did not come out as its author says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("case {case:?}: expected {expected}, got {got}{}", because(.reason.as_deref()))]
pub struct CaseFailure {
    /// The case's name.
    pub case: String,
    /// The verdict its author expects, and the words its reason has to hold.
    pub expected: String,
    /// What came instead.
    pub got: String,
    /// The reason that was given, where one was.
    pub reason: Option<String>,
}

fn because(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!(" because {reason:?}"))
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseOutcome {
    /// `abstain`, `oblige`, `allow`, `mask`, `review` or `deny`, or in words why there is none.
    pub verdict: String,
    /// The verdict's reason, where it has one.
    pub reason: Option<String>,
    /// What the policy asked the host, its log lines included.
    pub host_calls: Vec<HostCall>,
    /// How long it took to be judged.
    pub took: Duration,
}

impl CaseOutcome {
    fn unheard(words: String) -> Self {
        Self {
            verdict: words,
            reason: None,
            host_calls: Vec::new(),
            took: Duration::ZERO,
        }
    }

    /// Whether it is what the case's author says.
    ///
    /// # Errors
    ///
    /// What is expected, and what came instead.
    pub fn check(&self, case: &ManifestCase) -> Result<(), CaseFailure> {
        let holds = |words: &String| {
            let reason = self.reason.as_deref().unwrap_or_default();
            reason.to_lowercase().contains(&words.to_lowercase())
        };
        if self.verdict == case.verdict && case.reason.as_ref().is_none_or(holds) {
            return Ok(());
        }
        let expected = match &case.reason {
            Some(words) => format!("{} because of {words:?}", case.verdict),
            None => case.verdict.clone(),
        };
        Err(CaseFailure {
            case: case.name.clone(),
            expected,
            got: self.verdict.clone(),
            reason: self.reason.clone(),
        })
    }
}

/// Counters that begin at nothing with each case.
#[derive(Default)]
struct Sums(Mutex<BTreeMap<(String, u32), u64>>);

impl Counters for Sums {
    fn count(&self, key: &str, amount: u64, window_seconds: u32) -> u64 {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = sums.entry((key.to_owned(), window_seconds)).or_default();
        *sum = sum.saturating_add(amount);
        *sum
    }
}

/// Computes the facts of what a case tries.
pub type Parse<'a> = &'a dyn Fn(&RawOperation) -> Result<Operation, String>;

impl LoadedPolicy {
    /// Judges the policy's own cases. `parse` computes the facts of what is tried.
    ///
    /// # Errors
    ///
    /// The first case that does not come out as its author says.
    pub fn check_cases(&self, parse: Parse<'_>) -> Result<(), CaseFailure> {
        let cases = &self.manifest().cases;
        self.check_all(None, cases, parse)
    }

    /// Judges the cases of a text that this runtime interprets.
    ///
    /// # Errors
    ///
    /// The first case that does not come out as its author says.
    pub fn check_source_cases(
        &self,
        source: &PolicySource,
        cases: &[ManifestCase],
        parse: Parse<'_>,
    ) -> Result<(), CaseFailure> {
        self.check_all(Some(source), cases, parse)
    }

    fn check_all(
        &self,
        source: Option<&PolicySource>,
        cases: &[ManifestCase],
        parse: Parse<'_>,
    ) -> Result<(), CaseFailure> {
        cases
            .iter()
            .try_for_each(|case| self.run_case(source, case, parse).check(case))
    }

    /// Judges one case, of the policy itself or of a text that it interprets.
    pub fn run_case(
        &self,
        source: Option<&PolicySource>,
        case: &ManifestCase,
        parse: Parse<'_>,
    ) -> CaseOutcome {
        let operation = match parse(&case.operation) {
            Ok(operation) => operation,
            Err(error) => {
                return CaseOutcome::unheard(format!("a text that cannot be parsed: {error}"));
            }
        };
        let trial = match source {
            Some(source) => self.trial_source(source, &case.settings),
            None => self.trial(&case.settings),
        };
        let trial = trial.map_err(|error| error.to_string());
        let ready = trial.and_then(|trial| Ok(trial.with_documents(documents(case)?)));
        let mut trial = match ready {
            Ok(trial) => trial,
            Err(error) => return CaseOutcome::unheard(format!("a failure: {error}")),
        };
        let counters: Arc<dyn Counters> = Arc::new(Sums::default());
        let began = Instant::now();
        let run = trial.run(case_action(case, operation), &counters);
        let took = began.elapsed();
        let (verdict, reason) = match run.result {
            Ok(verdict) => (name(&verdict).to_owned(), reason(verdict)),
            Err(fault) => {
                let words = format!("a failure: {}: {}", fault.failure, fault.detail);
                (words, None)
            }
        };
        CaseOutcome {
            verdict,
            reason,
            host_calls: run.calls,
            took,
        }
    }
}

fn documents(case: &ManifestCase) -> Result<Documents, String> {
    let documents = case.documents.iter().map(|(name, value)| {
        let text = crate::json::sorted(value);
        let digest = countersign_policy_package::digest(text.as_bytes());
        let document = Document::parse(digest, text.as_bytes());
        let document = document.map_err(|error| format!("document {name}: {error}"))?;
        Ok((name.clone(), document))
    });
    let documents: Result<Vec<_>, String> = documents.collect();
    Ok(Documents::new(documents?))
}

/// Settings as a policy takes them: none are `{}`.
pub(crate) fn settings_text(settings: &Value) -> String {
    if settings.is_null() {
        "{}".to_owned()
    } else {
        settings.to_string()
    }
}

/// Settings as a runtime takes them: its text, and the author's settings for it.
pub(crate) fn wrapped_settings(source: &PolicySource, settings: &Value) -> String {
    let none = json!({});
    let settings = if settings.is_null() { &none } else { settings };
    json!({"source": source.text, "settings": settings}).to_string()
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

fn reason(verdict: Verdict) -> Option<String> {
    match verdict {
        Verdict::Deny(reason) => Some(reason),
        Verdict::Review(review) => Some(review.reason),
        Verdict::Abstain | Verdict::Oblige(_) | Verdict::Allow(_) => None,
    }
}

/// The action of a case: what is tried, with its facts, by whom the case says and on what.
#[must_use]
pub fn case_action(case: &ManifestCase, operation: Operation) -> Action {
    Action {
        id: ActionId::new(),
        at: case.at.unwrap_or(Timestamp::from_millis(0)),
        session: SessionId::new(),
        principal: Arc::new(Principal {
            id: PrincipalId::new(),
            name: case.principal.clone().unwrap_or_else(|| "agent".to_owned()),
            kind: case.kind.unwrap_or(PrincipalKind::Agent),
            groups: case.groups.clone(),
            claims: case.claims.clone(),
            on_behalf_of: case.on_behalf_of.clone(),
            owner: case.owner.clone(),
        }),
        target: Arc::new(Target {
            id: TargetId::new(),
            name: "target".to_owned(),
            kind: TargetKind::Postgres,
            labels: case.labels.clone(),
            default_verdict: DefaultVerdict::Deny,
            access: TargetAccess::Standing,
        }),
        grant: case.grant.as_deref().map(grant),
        operation,
    }
}

fn grant(task: &str) -> Arc<GrantRef> {
    Arc::new(GrantRef {
        id: GrantId::new(),
        task: task.into(),
        break_glass: false,
    })
}
