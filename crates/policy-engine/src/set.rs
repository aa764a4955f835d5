//! What a bundle binds: policies with their settings, and whom and what they cover.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use countersign_model::{
    Binding, BindingId, BoundPolicyStatus, Decision, PolicyOutcome, Principal, PrincipalId,
    SessionId, Target, TargetId,
};

use crate::{
    Counters, Detectors, Documents, Judged, LoadedPolicy, SessionJudge,
    bound::BoundPolicy,
    cache::{Generations, ScopedKey},
    engine::Engine,
    host::Surroundings,
    scope::{Scope, canaries},
    tally::Mark,
};

/// Principals on targets whose verdicts are shared between their sessions; others' sessions
/// remember alone.
const MAX_SCOPES: usize = 1024;

/// A decision that no policy's verdict can change, and how it is counted.
pub(crate) struct Remembered {
    pub(crate) decision: Arc<Decision>,
    pub(crate) marks: Box<[Mark]>,
    pub(crate) filters: Vec<BindingId>,
}

impl Remembered {
    pub(crate) fn judged(&self, reused: bool) -> Judged {
        Judged {
            decision: Arc::clone(&self.decision),
            reused,
            filters: self.filters.clone(),
        }
    }
}

/// What is known of equal facts in a scope.
#[derive(Clone)]
pub(crate) enum Known {
    /// No policy's verdict can differ: this is the decision.
    Decision(Arc<Remembered>),
    /// Some can. One entry a bound policy: its outcome, or nothing where it must be asked.
    Parts(Arc<[Option<PolicyOutcome>]>),
    /// Nothing, but that it was asked about before.
    Asked,
}

type Place = (PrincipalId, TargetId, Vec<BindingId>);

pub(crate) struct SetState {
    pub(crate) revision: u64,
    policies: Vec<Arc<BoundPolicy>>,
    documents: Documents,
    detectors: Option<Arc<dyn Detectors>>,
    scopes: Mutex<HashMap<Place, Arc<Scope>>>,
    next_scope: AtomicU64,
    known: Mutex<Generations<Known>>,
}

impl SetState {
    pub(crate) fn known(&self, key: &ScopedKey) -> Option<Known> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
    }

    pub(crate) fn remember(&self, key: ScopedKey, known: Known) {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, known);
    }

    /// What policies of the set are judged with.
    pub(crate) fn around(&self, counters: &Arc<dyn Counters>) -> Surroundings {
        Surroundings {
            counters: Arc::clone(counters),
            documents: self.documents.clone(),
            detectors: self.detectors.clone(),
        }
    }

    pub(crate) fn scope(
        &self,
        principal: Arc<Principal>,
        target: Arc<Target>,
        session: SessionId,
    ) -> Arc<Scope> {
        let canaries = canaries(&self.policies, &principal, &target, session);
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (principal.id, target.id, canaries);
        if let Some(scope) = scopes.get(&place)
            && scope.principal == principal
            && scope.target == target
        {
            return Arc::clone(scope);
        }
        let id = self.next_scope.fetch_add(1, Relaxed);
        let scope = Scope::new(id, principal, target, &self.policies, &place.2);
        let scope = Arc::new(scope);
        if scopes.len() >= MAX_SCOPES {
            scopes.retain(|_, scope| Arc::strong_count(scope) > 1);
        }
        if scopes.len() < MAX_SCOPES {
            scopes.insert(place, Arc::clone(&scope));
        }
        scope
    }
}

/// The policies of a bundle. Clones are the same set.
#[derive(Clone)]
pub struct PolicySet {
    pub(crate) state: Arc<SetState>,
    remembered: usize,
}

impl fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicySet")
            .field("revision", &self.state.revision)
            .field("policies", &self.state.policies.len())
            .finish_non_exhaustive()
    }
}

impl PolicySet {
    /// Binds policies, in the order in which they are asked, without data documents. A binding
    /// whose policy could not be loaded, or refuses its settings, refuses all it covers.
    #[must_use]
    pub fn new(
        engine: &Engine,
        entries: Vec<(Binding, Result<Arc<LoadedPolicy>, String>)>,
        revision: u64,
    ) -> Self {
        Self::with_documents(engine, entries, Documents::default(), revision)
    }

    /// Binds policies that may look things up in these documents.
    #[must_use]
    pub fn with_documents(
        engine: &Engine,
        entries: Vec<(Binding, Result<Arc<LoadedPolicy>, String>)>,
        documents: Documents,
        revision: u64,
    ) -> Self {
        let policies = entries
            .into_iter()
            .map(|(binding, policy)| {
                let tally = engine.tally(binding.id);
                Arc::new(BoundPolicy::new(engine, binding, policy, tally, 1))
            })
            .collect();
        engine.prune_tallies();
        let remembered = engine.shared.options.remembered_decisions;
        Self {
            state: Arc::new(SetState {
                revision,
                policies,
                documents,
                detectors: engine.shared.detectors.clone(),
                scopes: Mutex::default(),
                next_scope: AtomicU64::new(0),
                // Two generations.
                known: Mutex::new(Generations::new(remembered.div_ceil(2))),
            }),
            remembered,
        }
    }

    /// The bundle's revision.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.state.revision
    }

    /// Begins to judge a session: which policies cover it, and which canaries it is in, is resolved
    /// here, once.
    #[must_use]
    pub fn session(
        &self,
        principal: Arc<Principal>,
        target: Arc<Target>,
        session: SessionId,
    ) -> SessionJudge {
        let scope = self.state.scope(principal, target, session);
        SessionJudge::new(Arc::clone(&self.state), scope, self.remembered)
    }

    /// Each binding, with what it did since the engine started.
    #[must_use]
    pub fn statuses(&self) -> Vec<BoundPolicyStatus> {
        self.state.policies.iter().map(|p| p.status()).collect()
    }
}
