//! Judging again what was recorded: with the same versions, to see that nothing but the facts and the
//! recorded answers decides, or with a candidate, to see what it would change.
//!
//! What a policy asked the host when the decision was recorded is answered from the record. What it
//! asks now and did not ask then is simulated: counters by a sliding window over what was counted in
//! the replay, for each principal alone; documents by those of the policy set; the time by that of
//! the event. A verdict that rests on such an answer says so.
//!
//! It reads no clock and draws no random number: the same record comes out the same in any process.
//! Sessions are independent but for simulated counters; keep the sessions of one principal in their
//! order on one thread where those matter.

mod archive;
mod compare;
mod lru;
mod session;
mod set;
mod windows;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_model::{
    ActionId, Binding, Decision, GrantRef, Operation, PrincipalId, SessionId, Timestamp,
};

pub use archive::{Archive, Snapshot};
pub use compare::{PolicyDifference, Replayed};
pub use session::SessionReplay;

use crate::{
    Engine, FactsKey, LoadedPolicy,
    engine::describe_error,
    replay::{lru::Lru, set::ReplaySet, windows::Windows},
};

/// Principals whose simulated counters are kept; more than these begin anew.
const MAX_PRINCIPALS: usize = 10_000;

/// What might be bound instead, in each policy set of the past. A binding takes the place of the one
/// with its id, or of the one that it `replaces`, wherever one of those judged; otherwise it is
/// added. It is obeyed as its stage says, as a canary in every session.
#[derive(Clone)]
pub struct Candidates(Arc<Choose>);

type Choose = dyn Fn(&Snapshot) -> Vec<Binding> + Send + Sync;

impl Candidates {
    /// The bindings that `choose` names for a set.
    pub fn new(choose: impl Fn(&Snapshot) -> Vec<Binding> + Send + Sync + 'static) -> Self {
        Self(Arc::new(choose))
    }

    /// The same binding in every set.
    #[must_use]
    pub fn one(binding: Binding) -> Self {
        Self::new(move |_| vec![binding.clone()])
    }
}

impl fmt::Debug for Candidates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Candidates")
    }
}

/// A recorded decision.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The action.
    pub action_id: ActionId,
    /// When it was judged, as far as the record tells. A time that a policy asked for goes before.
    pub at: Timestamp,
    /// Under which grant, where it was under one.
    pub grant: Option<Arc<GrantRef>>,
    /// What was tried.
    pub operation: Operation,
    /// The key of the operation's facts.
    pub facts: FactsKey,
    /// What was decided.
    pub decision: Arc<Decision>,
    /// Whether counters were read and not moved: it was parsed and did not run.
    pub foreseen: bool,
}

/// What came of a recorded decision.
#[derive(Debug, Clone)]
pub enum Step {
    /// It was judged again.
    Judged(Box<Replayed>),
    /// It could not be.
    Skipped {
        /// The session.
        session_id: SessionId,
        /// The action.
        action_id: ActionId,
        /// Why.
        reason: SkipReason,
    },
}

/// Why a recorded decision could not be judged again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// Who acted, or on what, is not known: the session's beginning is not in the record.
    UnknownSession,
    /// The policy set that judged is not in the archive.
    UnknownSet,
    /// The archive could not be read.
    Archive,
}

impl SkipReason {
    /// The reason's name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownSession => "unknown_session",
            Self::UnknownSet => "unknown_set",
            Self::Archive => "archive",
        }
    }
}

pub(crate) struct Inner {
    engine: Engine,
    archive: Arc<dyn Archive>,
    candidates: Option<Candidates>,
    /// What the archive said, by the bundle's revision.
    sets: Mutex<HashMap<u64, Found>>,
    /// Sets by their own revision: many bundles have the same.
    distinct: Mutex<HashMap<u64, Arc<ReplaySet>>>,
    modules: Mutex<HashMap<String, Result<Arc<LoadedPolicy>, String>>>,
    windows: Mutex<HashMap<PrincipalId, Arc<Mutex<Windows>>>>,
    live: Mutex<Lru>,
}

type Found = Result<Arc<ReplaySet>, SkipReason>;

/// Judges recorded decisions again. Clones share what they have loaded.
#[derive(Clone)]
pub struct Replayer {
    inner: Arc<Inner>,
}

impl fmt::Debug for Replayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replayer")
            .field("candidates", &self.inner.candidates)
            .finish_non_exhaustive()
    }
}

impl Replayer {
    /// A replay over this archive, with candidates or with what was bound.
    #[must_use]
    pub fn new(engine: Engine, archive: Arc<dyn Archive>, candidates: Option<Candidates>) -> Self {
        Self {
            inner: Arc::new(Inner {
                engine,
                archive,
                candidates,
                sets: Mutex::default(),
                distinct: Mutex::default(),
                modules: Mutex::default(),
                windows: Mutex::default(),
                live: Mutex::default(),
            }),
        }
    }

    /// Begins a session. Nothing of it can be judged before [`SessionReplay::enter`].
    #[must_use]
    pub fn begin(&self, session: SessionId) -> SessionReplay {
        SessionReplay::new(Arc::clone(&self.inner), session)
    }

    /// Loads a candidate, so that one that does not run is known before anything is judged.
    ///
    /// # Errors
    ///
    /// Why the candidate does not run, in words.
    pub fn check(&self, candidate: &Binding) -> Result<(), String> {
        let policy = self.inner.module(candidate.module())?;
        policy.accepts(candidate)
    }
}

impl Inner {
    /// The set that judged under a bundle's revision.
    fn set(&self, revision: u64) -> Found {
        // Held while a set is made: two threads that need the same one make it once.
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = sets.get(&revision) {
            return found.clone();
        }
        let found = match self.archive.set(revision) {
            Ok(Some(snapshot)) => Ok(self.distinct_set(&snapshot)),
            Ok(None) => Err(SkipReason::UnknownSet),
            Err(reason) => {
                tracing::warn!(reason, "the policy sets cannot be read");
                Err(SkipReason::Archive)
            }
        };
        sets.insert(revision, found.clone());
        found
    }

    fn distinct_set(&self, snapshot: &Snapshot) -> Arc<ReplaySet> {
        let mut distinct = self.distinct.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = distinct.get(&snapshot.revision) {
            return Arc::clone(set);
        }
        let candidates = self.candidates.as_ref();
        let candidates = candidates.map_or_else(Vec::new, |choose| choose.0(snapshot));
        let load = |digest: &str| self.module(digest);
        let set = Arc::new(ReplaySet::new(&self.engine, snapshot, candidates, &load));
        distinct.insert(snapshot.revision, Arc::clone(&set));
        set
    }

    fn module(&self, digest: &str) -> Result<Arc<LoadedPolicy>, String> {
        let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = modules.get(digest) {
            return module.clone();
        }
        let module = self.archive.module(digest).and_then(|bytes| {
            let loaded = self.engine.load(&bytes);
            loaded.map_err(|error| describe_error(&error))
        });
        modules.insert(digest.to_owned(), module.clone());
        module
    }

    fn windows(&self, principal: PrincipalId) -> Arc<Mutex<Windows>> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MAX_PRINCIPALS && !windows.contains_key(&principal) {
            windows.clear();
        }
        Arc::clone(windows.entry(principal).or_default())
    }

    fn live(&self) -> std::sync::MutexGuard<'_, Lru> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
