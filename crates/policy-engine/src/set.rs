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
    Binding, BoundPolicyStatus, Decision, Failure, PolicyOutcome, PolicyReadiness, PolicyVerdict,
    Principal, PrincipalId, Target, TargetId, VerdictCounts,
};
use countersign_policy_package::validate_settings;

use crate::{
    LoadedPolicy, SessionJudge,
    cache::{Generations, ScopedKey},
    case::settings_text,
    engine::{Engine, Tally},
    error::Fault,
    instance::{Instance, Run},
};

/// Principals on targets whose verdicts are shared between their sessions; others' sessions
/// remember alone.
const MAX_SCOPES: usize = 1024;

/// A binding with its policy, or why it has none.
pub(crate) struct BoundPolicy {
    pub(crate) binding: Binding,
    pub(crate) tally: Arc<Tally>,
    ready: Result<Ready, String>,
}

struct Ready {
    policy: Arc<LoadedPolicy>,
    settings: String,
}

impl BoundPolicy {
    fn new(engine: &Engine, binding: Binding, policy: Result<Arc<LoadedPolicy>, String>) -> Self {
        let ready = policy.and_then(|policy| Ready::new(policy, &binding.settings));
        if let Err(reason) = &ready {
            tracing::warn!(
                policy.name = binding.policy,
                policy.version = binding.version,
                reason,
                "a bound policy is not loaded: what it covers is refused"
            );
        }
        Self {
            tally: engine.tally(binding.id),
            binding,
            ready,
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready.is_ok()
    }

    /// A fresh instance, configured.
    pub(crate) fn instance(&self) -> Result<Instance, Fault> {
        match &self.ready {
            Ok(ready) => ready.policy.configured(&ready.settings),
            Err(reason) => Err(Fault::new(Failure::NotLoaded, reason.as_str())),
        }
    }

    pub(crate) fn outcome(&self, run: Run, micros: u32) -> PolicyOutcome {
        PolicyOutcome {
            binding: self.binding.id,
            policy: self.binding.policy.clone(),
            version: self.binding.version,
            digest: self.binding.digest.clone(),
            stage: self.binding.stage,
            verdict: match run.result {
                Ok(verdict) => PolicyVerdict::Said(verdict),
                Err(Fault { failure, detail }) => PolicyVerdict::Failed { failure, detail },
            },
            micros,
            host_calls: run.calls,
        }
    }

    fn status(&self) -> BoundPolicyStatus {
        BoundPolicyStatus {
            binding_id: self.binding.id,
            policy: self.binding.policy.clone(),
            version: self.binding.version,
            digest: self.binding.digest.clone(),
            stage: self.binding.stage,
            readiness: if self.is_ready() {
                PolicyReadiness::Ready
            } else {
                PolicyReadiness::Failed
            },
            wanted_version: None,
            decisions: self.tally.decisions.load(Relaxed),
            failures: self.tally.failures.load(Relaxed),
            last_failure: None,
            verdicts: VerdictCounts::default(),
            canary: None,
            p50_us: 0,
            p99_us: 0,
            error: self.ready.as_ref().err().cloned(),
        }
    }
}

impl Ready {
    /// Checks the settings against the schema and by the policy itself.
    fn new(policy: Arc<LoadedPolicy>, settings: &serde_json::Value) -> Result<Self, String> {
        validate_settings(&policy.manifest().settings_schema, settings)
            .map_err(|error| format!("settings are refused: {error}"))?;
        let settings = settings_text(settings);
        policy
            .configured(&settings)
            .map_err(|fault| format!("{}: {}", fault.failure, fault.detail))?;
        Ok(Self { policy, settings })
    }
}

/// What is known of equal facts in a scope.
#[derive(Clone)]
pub(crate) enum Known {
    /// No policy's verdict can differ: this is the decision.
    Decision(Arc<Decision>),
    /// Some can. One entry a bound policy: its outcome, or nothing where it must be asked.
    Parts(Arc<[Option<PolicyOutcome>]>),
}

/// A principal on a target, and which policies cover them.
pub(crate) struct Scope {
    pub(crate) id: u64,
    pub(crate) principal: Arc<Principal>,
    pub(crate) target: Arc<Target>,
    pub(crate) bound: Vec<Arc<BoundPolicy>>,
}

pub(crate) struct SetState {
    pub(crate) revision: u64,
    policies: Vec<Arc<BoundPolicy>>,
    scopes: Mutex<HashMap<(PrincipalId, TargetId), Arc<Scope>>>,
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

    fn scope(&self, principal: Arc<Principal>, target: Arc<Target>) -> Arc<Scope> {
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (principal.id, target.id);
        if let Some(scope) = scopes.get(&key)
            && scope.principal == principal
            && scope.target == target
        {
            return Arc::clone(scope);
        }
        let covers = |policy: &&Arc<BoundPolicy>| {
            let selector = &policy.binding.selector;
            selector.principals.matches(&principal) && selector.targets.matches(&target)
        };
        let scope = Arc::new(Scope {
            id: self.next_scope.fetch_add(1, Relaxed),
            bound: self.policies.iter().filter(covers).cloned().collect(),
            principal,
            target,
        });
        if scopes.len() >= MAX_SCOPES {
            scopes.retain(|_, scope| Arc::strong_count(scope) > 1);
        }
        if scopes.len() < MAX_SCOPES {
            scopes.insert(key, Arc::clone(&scope));
        }
        scope
    }
}

/// The policies of a bundle. Clones are the same set.
#[derive(Clone)]
pub struct PolicySet {
    state: Arc<SetState>,
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
    /// Binds policies, in the order in which they are asked. A binding whose policy could not be
    /// loaded, or refuses its settings, refuses all it covers.
    #[must_use]
    pub fn new(
        engine: &Engine,
        entries: Vec<(Binding, Result<Arc<LoadedPolicy>, String>)>,
        revision: u64,
    ) -> Self {
        let policies = entries
            .into_iter()
            .map(|(binding, policy)| Arc::new(BoundPolicy::new(engine, binding, policy)))
            .collect();
        engine.prune_tallies();
        let remembered = engine.shared.options.remembered_decisions;
        Self {
            state: Arc::new(SetState {
                revision,
                policies,
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

    /// Begins to judge a session: which policies cover it is resolved here, once.
    #[must_use]
    pub fn session(&self, principal: Arc<Principal>, target: Arc<Target>) -> SessionJudge {
        let scope = self.state.scope(principal, target);
        SessionJudge::new(Arc::clone(&self.state), scope, self.remembered)
    }

    /// Each binding, with what it did since the engine started.
    #[must_use]
    pub fn statuses(&self) -> Vec<BoundPolicyStatus> {
        self.state.policies.iter().map(|p| p.status()).collect()
    }
}
