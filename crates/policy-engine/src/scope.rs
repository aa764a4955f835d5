//! Which policies cover a session, and which of them it obeys.

use std::sync::Arc;

use countersign_model::{Binding, BindingId, Principal, SessionId, Stage, Target};
use sha2::{Digest, Sha256};

use crate::bound::BoundPolicy;

/// A principal on a target in some of the canaries, and which policies cover them.
pub(crate) struct Scope {
    pub(crate) id: u64,
    pub(crate) principal: Arc<Principal>,
    pub(crate) target: Arc<Target>,
    pub(crate) bound: Vec<ScopedPolicy>,
}

/// A policy as one scope sees it.
pub(crate) struct ScopedPolicy {
    pub(crate) policy: Arc<BoundPolicy>,
    /// What its outcome is recorded as, unless a canary takes its place.
    stage: Stage,
    /// The canaries of this scope that take its place.
    replaced_by: Vec<usize>,
    /// Of a canary that is obeyed here: the one whose place it takes.
    pub(crate) baseline: Option<usize>,
}

impl Scope {
    pub(crate) fn new(
        id: u64,
        principal: Arc<Principal>,
        target: Arc<Target>,
        policies: &[Arc<BoundPolicy>],
        canaries: &[BindingId],
    ) -> Self {
        let mut bound: Vec<ScopedPolicy> = policies
            .iter()
            .filter(|policy| covers(&policy.binding, &principal, &target))
            .map(|policy| ScopedPolicy {
                stage: stage(&policy.binding, canaries),
                policy: Arc::clone(policy),
                replaced_by: Vec::new(),
                baseline: None,
            })
            .collect();
        for canary in 0..bound.len() {
            let Some(replaced) = replaced(&bound, canary) else {
                continue;
            };
            if let Some(scoped) = bound.get_mut(replaced) {
                scoped.replaced_by.push(canary);
            }
            if let Some(scoped) = bound.get_mut(canary) {
                scoped.baseline = Some(replaced);
            }
        }
        Self {
            id,
            principal,
            target,
            bound,
        }
    }

    /// What a policy's outcome on an operation of this kind is recorded as. A canary takes
    /// another's place only for what it covers itself.
    pub(crate) fn stage(&self, scoped: &ScopedPolicy, kind: &str) -> Stage {
        let covers = |index: &usize| {
            let canary = self.bound.get(*index);
            canary.is_some_and(|canary| canary.policy.covers(kind))
        };
        if scoped.stage.is_obeyed() && scoped.replaced_by.iter().any(covers) {
            Stage::Shadow
        } else {
            scoped.stage
        }
    }
}

/// The place of the one that a canary, obeyed here, replaces.
fn replaced(bound: &[ScopedPolicy], canary: usize) -> Option<usize> {
    let canary = bound.get(canary)?;
    if canary.stage != Stage::Canary {
        return None;
    }
    let wanted = canary.policy.binding.replaces?;
    bound
        .iter()
        .position(|scoped| scoped.policy.binding.id == wanted && scoped.stage == Stage::Enforced)
}

fn stage(binding: &Binding, canaries: &[BindingId]) -> Stage {
    match binding.stage {
        Stage::Canary if !canaries.contains(&binding.id) => Stage::Shadow,
        stage => stage,
    }
}

/// Whether a binding is judged at all for a principal on a target. A draft never is.
pub(crate) fn covers(binding: &Binding, principal: &Principal, target: &Target) -> bool {
    binding.stage != Stage::Draft
        && binding.selector.principals.matches(principal)
        && binding.selector.targets.matches(target)
}

/// The canaries that obey in a session.
pub(crate) fn canaries(
    policies: &[Arc<BoundPolicy>],
    principal: &Principal,
    target: &Target,
    session: SessionId,
) -> Vec<BindingId> {
    let binding = |policy: &'_ Arc<BoundPolicy>| policy.binding.id;
    policies
        .iter()
        .filter(|policy| policy.binding.stage == Stage::Canary)
        .filter(|policy| covers(&policy.binding, principal, target))
        .filter(|policy| is_in(&policy.binding, session))
        .map(binding)
        .collect()
}

/// Whether a session is in a canary: always the same answer for the same two, and never out again
/// when the part grows.
fn is_in(binding: &Binding, session: SessionId) -> bool {
    let hash = Sha256::new()
        .chain_update(binding.id.as_uuid().as_bytes())
        .chain_update(session.as_uuid().as_bytes())
        .finalize();
    let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = hash.into();
    let place = u64::from_be_bytes([a, b, c, d, e, f, g, h]) % 100;
    place < u64::from(binding.canary_percent.unwrap_or(0))
}
