//! The bundle as sessions use it.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use arc_swap::{ArcSwapOption, Guard};
use countersign_model::{Binding, Bundle, CredentialId, Principal, Target, TargetId, Timestamp};
use countersign_policy_engine::PolicySet;
use tokio::sync::watch;

/// Who may sign in, and with what.
#[derive(Debug)]
pub struct SignInPrincipal {
    /// Who.
    pub principal: Arc<Principal>,
    credentials: Vec<Credential>,
}

#[derive(Debug)]
struct Credential {
    id: CredentialId,
    sha256: [u8; 32],
    expires_at: Timestamp,
}

impl SignInPrincipal {
    /// The credential whose secret has this SHA-256, expired or not. Every credential is compared
    /// in full, so that the time it takes tells nothing.
    #[must_use]
    pub fn credential(&self, sha256: &[u8; 32]) -> Option<(CredentialId, Timestamp)> {
        let mut found = None;
        for credential in &self.credentials {
            let differing = credential
                .sha256
                .iter()
                .zip(sha256)
                .fold(0, |bits, (a, b)| std::hint::black_box(bits | (a ^ b)));
            if differing == 0 {
                found = Some((credential.id, credential.expires_at));
            }
        }
        found
    }

    /// When this credential stops working; `None` when it is gone.
    #[must_use]
    pub fn expiry_of(&self, id: CredentialId) -> Option<Timestamp> {
        let found = self.credentials.iter().find(|c| c.id == id)?;
        Some(found.expires_at)
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
    /// By name.
    principals: HashMap<String, SignInPrincipal>,
    /// By name.
    targets: HashMap<String, Arc<Target>>,
    /// In the order of evaluation.
    bindings: Vec<Binding>,
    /// The bound policies.
    pub policies: PolicySet,
}

impl Enforced {
    pub(super) fn new(bundle: Bundle, policies: PolicySet, generation: u64) -> Self {
        let principals = bundle.principals.into_iter().map(|entry| {
            let credentials = entry.credentials.into_iter().filter_map(|credential| {
                let mut sha256 = [0; 32];
                hex::decode_to_slice(&credential.secret_sha256, &mut sha256).ok()?;
                Some(Credential {
                    id: credential.id,
                    sha256,
                    expires_at: credential.expires_at,
                })
            });
            let principal = SignInPrincipal {
                credentials: credentials.collect(),
                principal: Arc::new(entry.principal),
            };
            (principal.principal.name.clone(), principal)
        });
        let targets = bundle.targets.into_iter();
        Self {
            revision: bundle.revision,
            generation,
            issued_at: AtomicI64::new(bundle.issued_at.as_millis()),
            expires_at: AtomicI64::new(bundle.expires_at.as_millis()),
            principals: principals.collect(),
            targets: targets
                .map(|target| (target.name.clone(), Arc::new(target)))
                .collect(),
            bindings: bundle.bindings,
            policies,
        }
    }

    /// Who signs in with this name.
    #[must_use]
    pub fn principal(&self, name: &str) -> Option<&SignInPrincipal> {
        self.principals.get(name)
    }

    /// The principal with this id, whatever its name is now.
    #[must_use]
    pub fn principal_by_id(&self, id: countersign_model::PrincipalId) -> Option<&SignInPrincipal> {
        self.principals
            .values()
            .find(|entry| entry.principal.id == id)
    }

    /// The target clients name so.
    #[must_use]
    pub fn target(&self, name: &str) -> Option<&Arc<Target>> {
        self.targets.get(name)
    }

    /// The target with this id, whatever its name is now.
    #[must_use]
    pub fn target_by_id(&self, id: TargetId) -> Option<&Arc<Target>> {
        self.targets.values().find(|target| target.id == id)
    }

    /// What is bound.
    #[must_use]
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
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

    fn issued_at(&self) -> Timestamp {
        Timestamp::from_millis(self.issued_at.load(Ordering::Relaxed))
    }

    pub(super) fn prolong(&self, issued_at: Timestamp, expires_at: Timestamp) {
        self.issued_at
            .fetch_max(issued_at.as_millis(), Ordering::Relaxed);
        self.expires_at
            .fetch_max(expires_at.as_millis(), Ordering::Relaxed);
    }
}

/// Where the enforced bundle is, for all sessions.
#[derive(Debug)]
pub struct Bundles {
    enforced: ArcSwapOption<Enforced>,
    generation: watch::Sender<u64>,
}

impl Default for Bundles {
    fn default() -> Self {
        Self {
            enforced: ArcSwapOption::empty(),
            generation: watch::Sender::new(0),
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

    /// Changes when another bundle is enforced.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    /// Enforces nothing: everything is denied.
    pub(super) fn clear(&self) {
        self.enforced.store(None);
        self.generation.send_modify(|generation| *generation += 1);
    }

    pub(super) fn next_generation(&self) -> u64 {
        *self.generation.borrow() + 1
    }

    pub(super) fn swap(&self, enforced: Enforced) {
        let generation = enforced.generation;
        self.enforced.store(Some(Arc::new(enforced)));
        self.generation.send_replace(generation);
    }
}
