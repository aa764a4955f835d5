//! The bundle as sessions use it.

use std::{
    borrow::Borrow,
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use arc_swap::{ArcSwapOption, Guard};
use countersign_ledger::credential::CredentialTrust;
use countersign_model::{
    Binding, BindingId, BoundPolicyStatus, Bundle, CredentialId, GrantId, Principal, PrincipalId,
    Target, TargetId, Timestamp, ToolPin,
};
use countersign_policy_engine::PolicySet;
use tokio::sync::watch;

use super::{bind::Standing, grants::Grants, locks::Locks, shelf::Shelf};

/// A secret that signs a principal in, by its hash.
#[derive(Debug)]
pub struct OpaqueCredential {
    /// Which.
    pub id: CredentialId,
    /// Whose.
    pub principal: PrincipalId,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// The grant it is bound to.
    pub grant: Option<GrantId>,
    sha256: [u8; 32],
}

/// Things by what they are looked up by, each once: the maps hold places in the list.
#[derive(Debug)]
struct Indexed<T, K, L> {
    all: Vec<T>,
    by_id: HashMap<K, u32>,
    by_other: HashMap<L, u32>,
}

impl<T, K: Eq + Hash, L: Eq + Hash> Indexed<T, K, L> {
    fn new(all: Vec<T>, id: impl Fn(&T) -> K, other: impl Fn(&T) -> L) -> Self {
        let places = || all.iter().zip(0..);
        Self {
            by_id: places().map(|(one, place)| (id(one), place)).collect(),
            by_other: places().map(|(one, place)| (other(one), place)).collect(),
            all,
        }
    }

    fn by_id(&self, id: &K) -> Option<&T> {
        self.at(self.by_id.get(id))
    }

    fn by_other<Q: Eq + Hash + ?Sized>(&self, other: &Q) -> Option<&T>
    where
        L: Borrow<Q>,
    {
        self.at(self.by_other.get(other))
    }

    fn at(&self, place: Option<&u32>) -> Option<&T> {
        self.all.get(usize::try_from(*place?).ok()?)
    }
}

/// A bundle with its policies ready to judge.
#[derive(Debug)]
pub struct Enforced {
    /// The bundle's revision.
    pub revision: u64,
    /// Differs for every bundle that was swapped in, also when the revision is the same.
    pub generation: u64,
    /// Milliseconds; moves on when the same bundle is signed again, as does `expires_at`.
    issued_at: AtomicI64,
    expires_at: AtomicI64,
    /// By id and name.
    principals: Indexed<Arc<Principal>, PrincipalId, Box<str>>,
    /// By id and by the hash of their secrets.
    credentials: Indexed<OpaqueCredential, CredentialId, [u8; 32]>,
    /// By id and name.
    targets: Indexed<Arc<Target>, TargetId, Box<str>>,
    /// Whose signed credentials are accepted; nobody's where absent.
    pub tokens: Option<CredentialTrust>,
    /// What is granted.
    pub(crate) grants: Grants,
    /// What is locked.
    pub(crate) locks: Locks,
    /// Definitions of tools that people have accepted.
    pub(crate) tool_pins: HashSet<ToolPin>,
    /// Each with the version and settings that run, in the order of evaluation.
    running: Vec<Binding>,
    /// The bound policies.
    pub policies: PolicySet,
    /// The bundle's bindings, in its order.
    standings: Vec<Standing>,
    /// Edges among which sliding windows are split; at least 1.
    pub counter_split: u64,
}

impl Enforced {
    pub(super) fn new(
        bundle: &Bundle,
        running: Vec<Binding>,
        policies: PolicySet,
        standings: Vec<Standing>,
        generation: u64,
    ) -> Self {
        let principals = bundle.principals.iter();
        let principals = principals.map(|entry| Arc::new(entry.principal.clone()));
        let targets = bundle.targets.iter().map(|target| Arc::new(target.clone()));
        Self {
            revision: bundle.revision,
            generation,
            issued_at: AtomicI64::new(bundle.issued_at.as_millis()),
            expires_at: AtomicI64::new(bundle.expires_at.as_millis()),
            principals: Indexed::new(
                principals.collect(),
                |principal| principal.id,
                |principal| principal.name.as_str().into(),
            ),
            credentials: Indexed::new(
                opaque_credentials(bundle),
                |credential| credential.id,
                |credential| credential.sha256,
            ),
            targets: Indexed::new(
                targets.collect(),
                |target| target.id,
                |target| target.name.as_str().into(),
            ),
            tokens: bundle.tokens.as_ref().map(CredentialTrust::from),
            grants: Grants::new(&bundle.grants),
            locks: Locks::new(&bundle.locks, bundle.edge_id),
            tool_pins: bundle.tool_pins.iter().cloned().collect(),
            running,
            policies,
            standings,
            counter_split: u64::from(bundle.counter_split.max(1)),
        }
    }

    /// Who signs in with this name.
    #[must_use]
    pub fn principal(&self, name: &str) -> Option<&Arc<Principal>> {
        self.principals.by_other(name)
    }

    /// The principal with this id, whatever its name is now.
    #[must_use]
    pub fn principal_by_id(&self, id: PrincipalId) -> Option<&Arc<Principal>> {
        self.principals.by_id(&id)
    }

    /// The credential whose secret has this SHA-256, expired or not. The time it takes tells
    /// nothing of use: who tries cannot choose what the hash of a guess begins with.
    #[must_use]
    pub fn opaque(&self, sha256: &[u8; 32]) -> Option<&OpaqueCredential> {
        self.credentials.by_other(sha256)
    }

    /// The credential with this id; `None` when it is gone.
    #[must_use]
    pub fn opaque_by_id(&self, id: CredentialId) -> Option<&OpaqueCredential> {
        self.credentials.by_id(&id)
    }

    /// The target clients name so.
    #[must_use]
    pub fn target(&self, name: &str) -> Option<&Arc<Target>> {
        self.targets.by_other(name)
    }

    /// The target with this id, whatever its name is now.
    #[must_use]
    pub fn target_by_id(&self, id: TargetId) -> Option<&Arc<Target>> {
        self.targets.by_id(&id)
    }

    /// What is bound, each binding with the version and the settings that run: the bundle's, or
    /// the last good ones while those are not ready.
    #[must_use]
    pub fn bindings(&self) -> &[Binding] {
        &self.running
    }

    /// Past this everything is denied.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_millis(self.expires_at.load(Ordering::Relaxed))
    }

    /// When half of its life is over, and it is time to ask for it again.
    #[must_use]
    pub fn renew_at(&self) -> Timestamp {
        let issued_at = self.issued_at();
        issued_at.after(issued_at.until(self.expires_at()) / 2)
    }

    /// Whether it still holds. The clock counts from the later of the local and the signed time, so
    /// that a clock set back keeps nothing alive that was over when the bundle was signed.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        now.max(self.issued_at()) < self.expires_at()
    }

    /// When the control plane signed it last.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        Timestamp::from_millis(self.issued_at.load(Ordering::Relaxed))
    }

    pub(super) fn prolong(&self, issued_at: Timestamp, expires_at: Timestamp) {
        self.issued_at
            .fetch_max(issued_at.as_millis(), Ordering::Relaxed);
        self.expires_at
            .fetch_max(expires_at.as_millis(), Ordering::Relaxed);
    }
}

/// Those whose hash can be read; no other secret could have one.
fn opaque_credentials(bundle: &Bundle) -> Vec<OpaqueCredential> {
    let entries = bundle.principals.iter();
    let all = entries.flat_map(|entry| {
        let principal = entry.principal.id;
        entry.credentials.iter().map(move |one| (principal, one))
    });
    all.filter_map(|(principal, credential)| {
        let mut sha256 = [0; 32];
        hex::decode_to_slice(&credential.secret_sha256, &mut sha256).ok()?;
        Some(OpaqueCredential {
            id: credential.id,
            principal,
            expires_at: credential.expires_at,
            grant: credential.grant_id,
            sha256,
        })
    })
    .collect()
}

/// Where the enforced bundle is, for all sessions.
#[derive(Debug)]
pub struct Bundles {
    enforced: ArcSwapOption<Enforced>,
    generation: watch::Sender<u64>,
    shelf: Arc<Shelf>,
    errors: Mutex<Errors>,
}

/// Why what is enforced is not what was offered.
#[derive(Debug, Default)]
struct Errors {
    /// The newest bundle is not enforced.
    offered: Option<String>,
    /// A part of the enforced one is not used.
    part: Option<String>,
}

impl Default for Bundles {
    fn default() -> Self {
        Self {
            enforced: ArcSwapOption::empty(),
            generation: watch::Sender::new(0),
            shelf: Arc::default(),
            errors: Mutex::default(),
        }
    }
}

impl Bundles {
    /// The enforced bundle, without a lock; `None` until there is one.
    pub fn load(&self) -> Guard<Option<Arc<Enforced>>> {
        self.enforced.load()
    }

    /// The enforced bundle, to be kept.
    #[must_use]
    pub fn load_full(&self) -> Option<Arc<Enforced>> {
        self.enforced.load_full()
    }

    /// The enforced bundle's revision; 0 for none.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.load().as_ref().map_or(0, |enforced| enforced.revision)
    }

    /// Changes when another bundle is enforced, or a binding of the same one runs another version.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    /// Changes when something that was missing is ready, broken, or could not be fetched.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<u64> {
        self.shelf.news()
    }

    /// The bindings of the enforced bundle: what runs for each, and how far the bundle's version is.
    #[must_use]
    pub fn statuses(&self) -> Vec<BoundPolicyStatus> {
        let Some(enforced) = self.load_full() else {
            return Vec::new();
        };
        let running = enforced.policies.statuses().into_iter();
        let mut running: HashMap<BindingId, BoundPolicyStatus> =
            running.map(|status| (status.binding_id, status)).collect();
        let standings = enforced.standings.iter();
        standings
            .map(|standing| {
                let binding = standing.binding();
                let trouble = self.shelf.trouble_with(binding.module());
                standing.status(running.remove(&binding.id), trouble)
            })
            .collect()
    }

    fn errors(&self) -> MutexGuard<'_, Errors> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the newest bundle that was offered is not, or not wholly, the one that is enforced.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        let errors = self.errors();
        errors.offered.clone().or_else(|| errors.part.clone())
    }

    /// Says that the newest bundle is not enforced and why, or that it is.
    pub fn offered(&self, error: Option<String>) {
        self.errors().offered = error;
    }

    pub(super) const fn shelf(&self) -> &Arc<Shelf> {
        &self.shelf
    }

    /// Enforces nothing: everything is denied.
    pub(super) fn clear(&self) {
        self.enforced.store(None);
        self.generation.send_modify(|generation| *generation += 1);
    }

    pub(super) fn next_generation(&self) -> u64 {
        *self.generation.borrow() + 1
    }

    pub(super) fn swap(&self, enforced: Enforced, part: Option<String>) {
        let generation = enforced.generation;
        self.errors().part = part;
        self.enforced.store(Some(Arc::new(enforced)));
        self.generation.send_replace(generation);
    }
}
