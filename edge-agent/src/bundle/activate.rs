//! From signed bytes to an enforced bundle, in one step that either happens or does not.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use countersign_ledger::{
    journal::Journal,
    keys::{self, VerifyingKey},
};
use countersign_model::{Bundle, EdgeId, EventBody, SignedBundle, Timestamp};
use countersign_policy_engine::{
    ArtefactCache, Engine, EngineError, EngineOptions, LoadedPolicy, PolicySet,
};

use super::{BundleFiles, Bundles, Enforced, FileError, Refused, files::has_digest, verify};

/// A bundle could not be enforced. What was enforced before stays.
#[derive(Debug, thiserror::Error)]
pub enum ActivateError {
    /// It may not be.
    #[error("the bundle is refused")]
    Refused(#[from] Refused),
    /// It cannot be kept.
    #[error("the bundle cannot be kept")]
    File(#[from] FileError),
    /// The thread that compiled its policies is gone.
    #[error("compiling the bundle's policies was interrupted")]
    Interrupted,
    /// The policy engine does not start.
    #[error("the policy engine does not start")]
    Engine(#[source] EngineError),
}

/// A verified bundle, and the modules that are missing for it.
#[derive(Debug)]
pub struct Prepared {
    signed: SignedBundle,
    bundle: Bundle,
    /// Digests to fetch before [`Activator::activate`]; each with its size in bytes.
    pub missing: Vec<(String, u64)>,
}

impl Prepared {
    /// The bundle's revision.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.bundle.revision
    }
}

/// Turns signed bundles into enforced ones.
#[derive(Debug, Clone)]
pub struct Activator {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    edge_id: EdgeId,
    key: VerifyingKey,
    engine: Engine,
    files: BundleFiles,
    journal: Journal,
    bundles: Arc<Bundles>,
    /// The revision on disk, also when that bundle has expired: nothing older is taken for new.
    floor: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Compiled modules by digest, those of the enforced bundle.
    loaded: HashMap<String, Arc<LoadedPolicy>>,
    /// The enforced bundle, to tell a new one from one signed again.
    enforced: Option<Bundle>,
}

impl Activator {
    /// An activator for the edge's data folder; nothing is enforced yet.
    ///
    /// # Errors
    /// When the folder for modules cannot be made or the policy engine does not start.
    pub fn new(
        data_dir: &Path,
        edge_id: EdgeId,
        key: VerifyingKey,
        journal: Journal,
        bundles: Arc<Bundles>,
    ) -> Result<Self, ActivateError> {
        let options = EngineOptions {
            artefact_cache: Some(ArtefactCache {
                dir: data_dir.join("compiled"),
                key_file: data_dir.join("compiled.key"),
            }),
            ..EngineOptions::default()
        };
        Ok(Self {
            inner: Arc::new(Inner {
                edge_id,
                key,
                engine: Engine::new(options).map_err(ActivateError::Engine)?,
                files: BundleFiles::open(data_dir)?,
                journal,
                bundles,
                floor: AtomicU64::new(0),
                state: Mutex::default(),
            }),
        })
    }

    /// Verifies a bundle and tells which modules are missing for it.
    ///
    /// # Errors
    /// When it may not be enforced.
    pub fn prepare(&self, signed: SignedBundle) -> Result<Prepared, ActivateError> {
        let Inner {
            edge_id,
            key,
            files,
            floor,
            bundles,
            ..
        } = &*self.inner;
        let enforced = bundles.revision().max(floor.load(Ordering::Relaxed));
        let bundle = verify(key, *edge_id, enforced, Timestamp::now(), &signed)?;
        let missing = bundle
            .modules
            .iter()
            .filter(|module| !self.is_loaded(&module.digest))
            .filter(|module| files.module(&module.digest).is_none())
            .map(|module| (module.digest.clone(), module.size))
            .collect();
        Ok(Prepared {
            signed,
            bundle,
            missing,
        })
    }

    /// Keeps a module that was fetched, when it is what its digest says.
    ///
    /// # Errors
    /// When it cannot be written; `Ok(false)` when it is something else.
    pub fn keep_module(&self, digest: &str, module: &[u8]) -> Result<bool, FileError> {
        if !has_digest(module, digest) {
            return Ok(false);
        }
        self.inner.files.store_module(digest, module)?;
        Ok(true)
    }

    /// Compiles what is new, off the async threads, and enforces the bundle. A binding whose module
    /// is missing or broken denies everything it covers.
    ///
    /// # Errors
    /// When it cannot be recorded or kept.
    pub async fn activate(&self, prepared: Prepared) -> Result<(), ActivateError> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || this.activate_blocking(prepared))
            .await
            .map_err(|_| ActivateError::Interrupted)?
    }

    /// Enforces the bundle on disk, where there is one that may be. It is verified like any other.
    ///
    /// # Errors
    /// When there is one and it cannot be enforced.
    pub async fn activate_stored(&self) -> Result<bool, ActivateError> {
        let Some(signed) = self.inner.files.load() else {
            return Ok(false);
        };
        if let Ok(stored) = keys::verify_bundle(&self.inner.key, &signed)
            && stored.edge_id == self.inner.edge_id
        {
            self.inner.floor.store(stored.revision, Ordering::Relaxed);
        }
        let prepared = self.prepare(signed)?;
        self.activate(prepared).await?;
        Ok(true)
    }

    fn activate_blocking(&self, prepared: Prepared) -> Result<(), ActivateError> {
        let Prepared { signed, bundle, .. } = prepared;
        let inner = &*self.inner;
        let mut state = inner.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Another one may have been enforced since this was verified.
        let enforced = inner.bundles.revision();
        if bundle.revision < enforced {
            let offered = bundle.revision;
            return Err(Refused::LowerRevision { offered, enforced }.into());
        }
        if let Some(current) = state.enforced.as_ref().filter(|b| same(b, &bundle))
            && state.loads_all(current)
        {
            if let Some(enforced) = inner.bundles.load().as_ref() {
                enforced.prolong(bundle.issued_at, bundle.expires_at);
            }
            inner.files.store(&signed)?;
            return Ok(());
        }
        let loaded = self.load_modules(&bundle, &state.loaded);
        let entries = bundle.bindings.iter().map(|binding| {
            let policy = match loaded.get(&binding.digest) {
                Some(loaded) => loaded.clone(),
                None => Err("its module is not part of the bundle".to_owned()),
            };
            (binding.clone(), policy)
        });
        let policies = PolicySet::new(&inner.engine, entries.collect(), bundle.revision);
        report_failures(&policies);
        let record = EventBody::BundleActivated {
            revision: bundle.revision,
        };
        if let Err(error) = inner.journal.append(&record) {
            // A revocation must not wait for the disk; without the journal nothing runs anyway.
            tracing::error!(error = %error, "the bundle's activation could not be recorded");
        }
        inner.floor.fetch_max(bundle.revision, Ordering::Relaxed);
        state.enforced = Some(bundle.clone());
        state.loaded = loaded
            .into_iter()
            .filter_map(|(digest, policy)| Some((digest, policy.ok()?)))
            .collect();
        let generation = inner.bundles.next_generation();
        let needed: HashSet<String> = bundle.modules.iter().map(|m| m.digest.clone()).collect();
        let revision = bundle.revision;
        inner
            .bundles
            .swap(Enforced::new(bundle, policies, generation));
        tracing::info!(bundle.revision = revision, "the bundle is enforced");
        inner.files.store(&signed)?;
        inner
            .files
            .prune(&needed.iter().map(String::as_str).collect());
        Ok(())
    }

    fn load_modules(
        &self,
        bundle: &Bundle,
        loaded: &HashMap<String, Arc<LoadedPolicy>>,
    ) -> HashMap<String, Result<Arc<LoadedPolicy>, String>> {
        let load = |digest: &str| {
            if let Some(policy) = loaded.get(digest) {
                return Ok(Arc::clone(policy));
            }
            let module = self.inner.files.module(digest);
            let module = module.ok_or_else(|| "its module could not be fetched".to_owned())?;
            self.inner
                .engine
                .load(&module)
                .map_err(|error| describe(&error))
        };
        let modules = bundle.modules.iter();
        modules
            .map(|module| (module.digest.clone(), load(&module.digest)))
            .collect()
    }

    /// Takes the bundle away, here and from the disk: this edge was revoked. The control plane gives
    /// it one again when it accepts it again.
    pub fn revoke(&self) {
        let mut state = self
            .inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.enforced = None;
        self.inner.bundles.clear();
        if let Err(error) = self.inner.files.remove() {
            tracing::error!(error = %error, "the revoked bundle stays on the disk");
        }
    }

    /// Whether a module of the enforced bundle was not there to be fetched; it may be now.
    #[must_use]
    pub fn misses_modules(&self) -> bool {
        let state = self.inner.state.lock();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let mut modules = state.enforced.iter().flat_map(|bundle| &bundle.modules);
        modules.any(|module| {
            !state.loaded.contains_key(&module.digest)
                && self.inner.files.module(&module.digest).is_none()
        })
    }

    fn is_loaded(&self, digest: &str) -> bool {
        let state = self.inner.state.lock();
        state
            .unwrap_or_else(PoisonError::into_inner)
            .loaded
            .contains_key(digest)
    }
}

impl State {
    fn loads_all(&self, bundle: &Bundle) -> bool {
        let mut modules = bundle.modules.iter();
        modules.all(|module| self.loaded.contains_key(&module.digest))
    }
}

/// Whether two bundles differ in nothing but when they were signed and when they end.
fn same(a: &Bundle, b: &Bundle) -> bool {
    a.revision == b.revision
        && a.targets == b.targets
        && a.principals == b.principals
        && a.bindings == b.bindings
        && a.modules == b.modules
}

fn report_failures(policies: &PolicySet) {
    for status in policies.statuses() {
        if let Some(error) = status.error {
            tracing::error!(
                policy.name = status.policy,
                policy.version = status.version,
                error,
                "a policy is not loaded; what it covers is denied"
            );
        }
    }
}

/// An error and its causes in one line.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
