//! What runs for each binding: the version the bundle names, or the last good one of the same
//! binding while that one is not ready, or nothing.
//!
//! Whatever runs, selector, stage and canary are the bundle's. A binding that is obeyed by all and
//! has nothing to run refuses what it covers. One that is not (a shadow, a canary) is left out:
//! nobody may come to depend on what never ran.

use std::{collections::HashMap, sync::Arc};

use countersign_model::{
    Binding, BindingId, BoundPolicyStatus, Bundle, PolicyReadiness, SignedBundle, Stage,
    VerdictCounts,
};
use countersign_policy_engine::{Document, LoadedPolicy};

use super::{
    authors::Authors,
    shelf::{Made, Shelf},
};

/// A version that ran well, and the signed bundle that bound it.
#[derive(Debug, Clone)]
pub(super) struct Good {
    pub(super) binding: Binding,
    pub(super) policy: Arc<LoadedPolicy>,
    pub(super) origin: Arc<SignedBundle>,
    pub(super) revision: u64,
}

/// The last good version of each binding.
pub(super) type LastGood = HashMap<BindingId, Good>;

/// Documents by name: those that are here, and why one never will be.
pub(super) type Documents = HashMap<String, Made<Document>>;

/// How a binding of the bundle stands.
#[derive(Debug)]
pub(super) struct Standing {
    binding: Binding,
    readiness: PolicyReadiness,
    error: Option<String>,
}

/// A bundle's bindings, ready to be judged by.
pub(super) struct Bound {
    pub(super) entries: Vec<(Binding, Result<Arc<LoadedPolicy>, String>)>,
    pub(super) standings: Vec<Standing>,
    pub(super) good: LastGood,
}

/// Why a version does not run.
struct NotReady {
    readiness: PolicyReadiness,
    reason: String,
}

impl NotReady {
    fn preparing(reason: impl Into<String>) -> Self {
        Self {
            readiness: PolicyReadiness::Preparing,
            reason: reason.into(),
        }
    }

    fn failed(reason: impl Into<String>) -> Self {
        Self {
            readiness: PolicyReadiness::Failed,
            reason: reason.into(),
        }
    }
}

/// Whether a policy takes a binding's settings; otherwise why not.
pub(super) type Accepts<'a> = &'a dyn Fn(&Arc<LoadedPolicy>, &Binding) -> Result<(), String>;

/// What binding takes.
pub(super) struct Binder<'a> {
    pub(super) shelf: &'a Shelf,
    pub(super) authors: &'a Authors,
    pub(super) accepts: Accepts<'a>,
    /// The documents that are here, by name.
    pub(super) documents: &'a Documents,
}

impl Binder<'_> {
    /// Binds what is ready, and what ran before for the rest.
    pub(super) fn bind(
        &self,
        bundle: &Bundle,
        origin: &Arc<SignedBundle>,
        last: &LastGood,
    ) -> Bound {
        let signatures = self.authors.signatures(bundle);
        let mut bound = Bound {
            entries: Vec::with_capacity(bundle.bindings.len()),
            standings: Vec::with_capacity(bundle.bindings.len()),
            good: LastGood::new(),
        };
        for binding in &bundle.bindings {
            let last = last.get(&binding.id);
            let version = signatures
                .check(binding)
                .map_err(NotReady::failed)
                .and_then(|()| self.version(bundle, binding, last));
            match version {
                Ok(policy) => bound.add_ready(binding, policy, origin, bundle.revision),
                Err(not_ready) => bound.add_unready(binding, not_ready, last),
            }
        }
        bound
    }

    /// The policy of a binding's version, where it is ready and takes the settings.
    fn version(
        &self,
        bundle: &Bundle,
        binding: &Binding,
        last: Option<&Good>,
    ) -> Result<Arc<LoadedPolicy>, NotReady> {
        let named = bundle.modules.iter().any(|m| m.digest == binding.module());
        if !named {
            return Err(NotReady::failed("its module is not part of the bundle"));
        }
        let policy = match self.shelf.module(binding.module()) {
            Some(module) => module.map_err(NotReady::failed)?,
            None => return Err(NotReady::preparing("it is being prepared")),
        };
        self.check_documents(bundle, binding, &policy)?;
        let accepted = last.is_some_and(|good| {
            good.binding.digest == binding.digest && good.binding.settings == binding.settings
        });
        if !accepted {
            (self.accepts)(&policy, binding).map_err(NotReady::failed)?;
        }
        Ok(policy)
    }

    /// Whether the documents that a policy looks into are here: what is not here must not look as
    /// if it were empty. A text says nothing of its documents; it needs all.
    fn check_documents(
        &self,
        bundle: &Bundle,
        binding: &Binding,
        policy: &LoadedPolicy,
    ) -> Result<(), NotReady> {
        let uses = &policy.manifest().documents;
        let needed = bundle.documents.iter().filter(|document| {
            binding.source.is_some() || uses.iter().any(|used| used.name == document.name)
        });
        for document in needed {
            let name = &document.name;
            match self.documents.get(name) {
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    return Err(NotReady::failed(format!("its document {name:?}: {error}")));
                }
                None => {
                    let reason = format!("its document {name:?} is not here yet");
                    return Err(NotReady::preparing(reason));
                }
            }
        }
        Ok(())
    }
}

impl Bound {
    fn add_ready(
        &mut self,
        binding: &Binding,
        policy: Arc<LoadedPolicy>,
        origin: &Arc<SignedBundle>,
        revision: u64,
    ) {
        let good = Good {
            binding: binding.clone(),
            policy: Arc::clone(&policy),
            origin: Arc::clone(origin),
            revision,
        };
        self.good.insert(binding.id, good);
        self.entries.push((binding.clone(), Ok(policy)));
        self.standings.push(Standing {
            binding: binding.clone(),
            readiness: PolicyReadiness::Ready,
            error: None,
        });
    }

    fn add_unready(&mut self, binding: &Binding, not_ready: NotReady, last: Option<&Good>) {
        let NotReady { readiness, reason } = not_ready;
        match last {
            Some(good) => {
                let running = Binding {
                    version: good.binding.version,
                    digest: good.binding.digest.clone(),
                    settings: good.binding.settings.clone(),
                    source: good.binding.source.clone(),
                    ..binding.clone()
                };
                self.entries.push((running, Ok(Arc::clone(&good.policy))));
                self.good.insert(binding.id, good.clone());
            }
            None if binding.stage == Stage::Enforced => {
                self.entries.push((binding.clone(), Err(reason.clone())));
            }
            None => {}
        }
        self.standings.push(Standing {
            binding: binding.clone(),
            readiness,
            error: (readiness == PolicyReadiness::Failed).then_some(reason),
        });
    }
}

impl Standing {
    /// Whether its version is still on its way.
    pub(super) fn is_preparing(&self) -> bool {
        self.readiness == PolicyReadiness::Preparing
    }

    /// Why its version does not run, where it never will.
    pub(super) fn failure(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// What it is about.
    pub(super) const fn binding(&self) -> &Binding {
        &self.binding
    }

    /// What the engine says of the binding, and what the engine does not know of it. `trouble`:
    /// why its module could not be fetched, while that is so.
    pub(super) fn status(
        &self,
        running: Option<BoundPolicyStatus>,
        trouble: Option<String>,
    ) -> BoundPolicyStatus {
        let binding = &self.binding;
        let mut status = running.unwrap_or_else(|| idle(binding));
        status.stage = binding.stage;
        if status.version != binding.version {
            status.wanted_version = Some(binding.version);
        }
        status.readiness = self.readiness;
        status.error.clone_from(&self.error);
        if let Some(trouble) = trouble.filter(|_| self.is_preparing()) {
            status.readiness = PolicyReadiness::Failed;
            status.error = Some(trouble);
        }
        status
    }
}

/// The status of a binding that was never asked.
fn idle(binding: &Binding) -> BoundPolicyStatus {
    BoundPolicyStatus {
        binding_id: binding.id,
        policy: binding.policy.clone(),
        version: binding.version,
        digest: binding.digest.clone(),
        stage: binding.stage,
        readiness: PolicyReadiness::Preparing,
        wanted_version: None,
        decisions: 0,
        failures: 0,
        last_failure: None,
        verdicts: VerdictCounts::default(),
        canary: None,
        p50_us: 0,
        p99_us: 0,
        error: None,
    }
}

/// The bundle's documents as policies see them: to look into one that is not here fails.
pub(super) fn visible(bundle: &Bundle, here: &Documents) -> countersign_policy_engine::Documents {
    let named = bundle.documents.iter().map(|document| {
        let made = here.get(&document.name).and_then(|made| made.as_ref().ok());
        (document.name.clone(), made.map(Arc::clone))
    });
    countersign_policy_engine::Documents::partial(named)
}
