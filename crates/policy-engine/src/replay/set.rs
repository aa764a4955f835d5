//! A policy set of the past, ready to judge again.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use countersign_model::{
    Binding, BindingId, Decision, PolicyOutcome, Principal, PrincipalId, Stage, Target, TargetId,
};

use super::Snapshot;
use crate::{
    Documents, Engine, FactsKey, LoadedPolicy,
    bound::BoundPolicy,
    cache::{Generations, ScopedKey},
    scope,
    tally::Tally,
};

/// Facts that one set remembers, twice over.
const MAX_KNOWN: usize = 32_768;
/// Principals on targets that one set tells apart.
const MAX_PLACES: usize = 16_384;
/// Times the processor time that a policy has when it is live: what ran in time once must not fail
/// because this machine is slower or busier.
const PATIENCE: u32 = 10;

/// What a policy said of equal facts.
#[derive(Debug, Clone, Default)]
pub(super) enum Part {
    /// It was not asked.
    #[default]
    Unknown,
    /// It has to be asked each time.
    Differs,
    /// It says this again.
    Lasts(Box<PolicyOutcome>),
}

/// What is known of equal facts from one place.
pub(super) struct Entry {
    /// One for each policy of the set.
    pub(super) parts: Vec<Part>,
    /// Where nothing but facts decided.
    pub(super) settled: Option<Settled>,
}

/// A decision that only facts decided.
pub(super) struct Settled {
    /// The recorded decision: another one of the same shape comes out the same.
    pub(super) before: Arc<Decision>,
    /// What it comes out as.
    pub(super) after: Arc<Decision>,
}

/// A principal on a target, as they were then.
pub(super) struct Place {
    pub(super) id: u64,
    pub(super) principal: Arc<Principal>,
    pub(super) target: Arc<Target>,
    /// Of each candidate, whether it covers them.
    pub(super) has_candidates: Vec<bool>,
}

/// Principals on targets, each as often as what is known of them changed.
type Places = HashMap<(PrincipalId, TargetId), Vec<Arc<Place>>>;

/// A policy set of the past.
pub(crate) struct ReplaySet {
    pub(super) revision: u64,
    pub(super) documents: Documents,
    pub(super) policies: Vec<Arc<BoundPolicy>>,
    pub(super) candidates: Vec<CandidateAt>,
    places: Mutex<Places>,
    next_place: AtomicU64,
    known: Mutex<Generations<Arc<Entry>>>,
}

/// Where a candidate is among the policies of a set.
pub(super) struct CandidateAt {
    pub(super) index: usize,
    /// The recorded binding whose place it takes.
    pub(super) instead_of: Option<BindingId>,
    /// Whether it is as far as the one whose place it takes: then it is obeyed where that one was.
    pub(super) keeps_stage: bool,
}

impl ReplaySet {
    pub(super) fn new(
        engine: &Engine,
        snapshot: &Snapshot,
        candidates: Vec<Binding>,
        load: &dyn Fn(&str) -> Result<Arc<LoadedPolicy>, String>,
    ) -> Self {
        let mut bindings = snapshot.bindings.clone();
        let candidates: Vec<CandidateAt> = candidates
            .into_iter()
            .map(|candidate| place_candidate(&mut bindings, candidate))
            .collect();
        let bind = |(index, binding): (usize, Binding)| {
            let is_candidate = candidates.iter().any(|c| c.index == index);
            let patience = if is_candidate { 1 } else { PATIENCE };
            let policy = load(binding.module());
            let tally = Arc::new(Tally::default());
            Arc::new(BoundPolicy::new(engine, binding, policy, tally, patience))
        };
        Self {
            revision: snapshot.revision,
            documents: snapshot.documents.clone(),
            policies: bindings.into_iter().enumerate().map(bind).collect(),
            candidates,
            places: Mutex::default(),
            next_place: AtomicU64::new(0),
            known: Mutex::new(Generations::new(MAX_KNOWN)),
        }
    }

    /// The policy with its index.
    pub(super) fn policy(&self, binding: BindingId) -> Option<(usize, &Arc<BoundPolicy>)> {
        let mut policies = self.policies.iter().enumerate();
        policies.find(|(_, policy)| policy.binding.id == binding)
    }

    pub(super) fn place(&self, principal: &Arc<Principal>, target: &Arc<Target>) -> Arc<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (principal.id, target.id);
        let same = |place: &&Arc<Place>| place.principal == *principal && place.target == *target;
        if let Some(place) = places.get(&key).and_then(|places| places.iter().find(same)) {
            return Arc::clone(place);
        }
        let covers = |candidate: &CandidateAt| {
            let policy = self.policies.get(candidate.index);
            policy.is_some_and(|policy| scope::covers(&policy.binding, principal, target))
        };
        let place = Arc::new(Place {
            id: self.next_place.fetch_add(1, Relaxed),
            principal: Arc::clone(principal),
            target: Arc::clone(target),
            has_candidates: self.candidates.iter().map(covers).collect(),
        });
        if places.len() >= MAX_PLACES {
            places.clear();
        }
        places.entry(key).or_default().push(Arc::clone(&place));
        place
    }

    pub(super) fn known(&self, place: &Place, facts: FactsKey) -> Option<Arc<Entry>> {
        let scope = place.id;
        self.cache().get(&ScopedKey { scope, facts })
    }

    pub(super) fn remember(&self, place: &Place, facts: FactsKey, entry: Entry) {
        let scope = place.id;
        self.cache()
            .insert(ScopedKey { scope, facts }, Arc::new(entry));
    }

    fn cache(&self) -> MutexGuard<'_, Generations<Arc<Entry>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts a candidate in its place: that of the one with its id, or that of the one it replaces, or
/// the last. As a canary it is asked in every session.
fn place_candidate(bindings: &mut Vec<Binding>, candidate: Binding) -> CandidateAt {
    let mut own = candidate.clone();
    if own.stage == Stage::Canary {
        own.stage = Stage::Enforced;
    }
    let place = bindings
        .iter()
        .position(|binding| binding.id == candidate.id || candidate.replaces == Some(binding.id));
    if let Some(index) = place
        && let Some(binding) = bindings.get_mut(index)
    {
        let taken = std::mem::replace(binding, own);
        return CandidateAt {
            index,
            instead_of: Some(taken.id),
            keeps_stage: taken.stage == candidate.stage,
        };
    }
    bindings.push(own);
    CandidateAt {
        index: bindings.len() - 1,
        // It may have judged in the record all the same, such as after it was bound.
        instead_of: candidate.replaces.or(Some(candidate.id)),
        keeps_stage: false,
    }
}
