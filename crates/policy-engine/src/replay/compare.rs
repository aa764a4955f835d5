//! What came out differently.

use std::sync::Arc;

use countersign_model::{
    ActionId, BindingId, Decision, Failure, PolicyOutcome, PolicyVerdict, SessionId, Timestamp,
    Verdict,
};

use super::set::ReplaySet;

/// A recorded decision that was judged again.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// The session.
    pub session_id: SessionId,
    /// The action.
    pub action_id: ActionId,
    /// When it was judged then.
    pub at: Timestamp,
    /// The revision of the policy set that judged then.
    pub revision: u64,
    /// The text, the path or the tool, for people.
    pub text: Arc<str>,
    /// What was decided then.
    pub before: Arc<Decision>,
    /// What is decided now. Times and host calls of policies are not part of it.
    pub after: Arc<Decision>,
    /// Policies whose verdict differs.
    pub differences: Vec<PolicyDifference>,
    /// Whether effect, reasons, conditions or review differ.
    pub decision_differs: bool,
    /// Whether a verdict rests on an answer that the record does not have.
    pub simulated: bool,
}

impl Replayed {
    /// Whether anything came out differently.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.decision_differs || !self.differences.is_empty()
    }
}

/// A policy whose verdict differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDifference {
    /// The binding, as it is now.
    pub binding: BindingId,
    /// The policy's name.
    pub policy: String,
    /// What it said then; nothing where it was not asked.
    pub before: Option<PolicyVerdict>,
    /// What it says now; nothing where it is not asked.
    pub after: Option<PolicyVerdict>,
    /// Whether it rests on an answer that the record does not have.
    pub simulated: bool,
}

/// Whether two verdicts are the same, but for the words of a trap.
fn same(before: &PolicyVerdict, after: &PolicyVerdict) -> bool {
    match (before, after) {
        (
            PolicyVerdict::Failed { failure, detail },
            PolicyVerdict::Failed {
                failure: after,
                detail: words,
            },
        ) => failure == after && (*failure != Failure::Error || detail == words),
        (before, after) => before == after,
    }
}

/// The difference of one policy's outcomes, where there is one. A policy that is not asked and one
/// that abstains say the same.
pub(super) fn difference(
    before: Option<&PolicyOutcome>,
    after: &PolicyOutcome,
    simulated: bool,
) -> Option<PolicyDifference> {
    let equal = match before {
        Some(before) => same(&before.verdict, &after.verdict),
        None => after.verdict == PolicyVerdict::Said(Verdict::Abstain),
    };
    (!equal).then(|| PolicyDifference {
        binding: after.binding,
        policy: after.policy.clone(),
        before: before.map(|outcome| outcome.verdict.clone()),
        after: Some(after.verdict.clone()),
        simulated,
    })
}

/// The differences of a decision that is known from before.
pub(super) fn compare(
    set: &ReplaySet,
    before: &Decision,
    after: &Decision,
) -> Vec<PolicyDifference> {
    let instead_of = |outcome: &PolicyOutcome| {
        let mut candidates = set.candidates.iter();
        let candidate = candidates.find(|c| {
            let policy = set.policies.get(c.index);
            policy.is_some_and(|policy| policy.binding.id == outcome.binding)
        });
        match candidate {
            Some(candidate) => candidate.instead_of,
            None => Some(outcome.binding),
        }
    };
    let differences = after.policies.iter().filter_map(|outcome| {
        let instead_of = instead_of(outcome);
        let mut recorded = before.policies.iter();
        let before = recorded.find(|before| Some(before.binding) == instead_of);
        difference(before, outcome, false)
    });
    let kept: Vec<_> = after.policies.iter().filter_map(instead_of).collect();
    let gone = before.policies.iter();
    let gone = gone.filter(|outcome| !kept.contains(&outcome.binding));
    differences.chain(gone.filter_map(lost)).collect()
}

/// A policy that judged then, and does not cover this any more.
pub(super) fn lost(before: &PolicyOutcome) -> Option<PolicyDifference> {
    let silent = before.verdict == PolicyVerdict::Said(Verdict::Abstain);
    (!silent).then(|| PolicyDifference {
        binding: before.binding,
        policy: before.policy.clone(),
        before: Some(before.verdict.clone()),
        after: None,
        simulated: false,
    })
}

/// Whether what happens to the action differs.
pub(super) fn decisions_differ(before: &Decision, after: &Decision) -> bool {
    before.effect != after.effect
        || before.reasons != after.reasons
        || before.obligations != after.obligations
        || before.review != after.review
}

/// Whether an outcome depends on the machine that judged: whether the policy was there, and whether
/// it was in time.
pub(super) fn depends_on_the_machine(outcome: &PolicyOutcome) -> bool {
    matches!(
        outcome.verdict,
        PolicyVerdict::Failed {
            failure: Failure::NotLoaded | Failure::Deadline,
            ..
        }
    )
}

/// Whether two recorded decisions were made by the same policies in the same stages, and none of
/// them depends on the machine: of equal facts they come out the same.
pub(super) fn same_shape(a: &Decision, b: &Decision) -> bool {
    let alike = |(a, b): (&PolicyOutcome, &PolicyOutcome)| {
        a.binding == b.binding
            && a.stage == b.stage
            && a.digest == b.digest
            && !depends_on_the_machine(a)
            && !depends_on_the_machine(b)
    };
    a.bundle_revision == b.bundle_revision
        && a.policies.len() == b.policies.len()
        && a.policies.iter().zip(&b.policies).all(alike)
}
