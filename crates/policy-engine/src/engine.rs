//! The engine: compiles policies, and is the only place where their limits are set.

use std::{
    collections::HashMap,
    fmt,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, PoisonError, Weak, atomic::AtomicUsize},
};

use countersign_model::{BindingId, PolicyManifest};
use countersign_policy_package::{self as package, Package};
use sha2::{Digest, Sha256};
use wasmtime::component::{Component, Linker};

use crate::{
    Detectors, EngineOptions, LoadedPolicy,
    artefact::Artefacts,
    config,
    error::{EngineError, LoadError},
    host,
    host::HostState,
    tally::Tally,
    ticker::Ticker,
    trusted,
};

pub(crate) struct Shared {
    pub(crate) options: EngineOptions,
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) ticker: Ticker,
    /// Instances that live now.
    pub(crate) live: AtomicUsize,
    pub(crate) detectors: Option<Arc<dyn Detectors>>,
    linker: Linker<HostState>,
    artefacts: Option<Artefacts>,
    loaded: Mutex<HashMap<String, Weak<LoadedPolicy>>>,
    tallies: Mutex<HashMap<BindingId, Arc<Tally>>>,
}

/// Compiles and runs policies. Clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Makes an engine.
    ///
    /// # Errors
    ///
    /// When a limit is out of its range, or the machine cannot run it.
    pub fn new(options: EngineOptions) -> Result<Self, EngineError> {
        Self::make(options, None)
    }

    /// Makes an engine whose policies may ask what these detectors see.
    ///
    /// # Errors
    ///
    /// Like [`Engine::new`].
    pub fn with_detectors(
        options: EngineOptions,
        detectors: Arc<dyn Detectors>,
    ) -> Result<Self, EngineError> {
        Self::make(options, Some(detectors))
    }

    fn make(
        options: EngineOptions,
        detectors: Option<Arc<dyn Detectors>>,
    ) -> Result<Self, EngineError> {
        options.check()?;
        let wasmtime = config::engine(&options)?;
        let ticker = Ticker::start(&wasmtime).map_err(EngineError::Ticker)?;
        let mut linker = Linker::new(&wasmtime);
        host::offer(&mut linker).map_err(|error| EngineError::Wasmtime {
            reason: format!("{error:#}"),
        })?;
        let artefacts = match &options.artefact_cache {
            Some(cache) => Some(
                Artefacts::open(&cache.dir, &cache.key_file, compatibility(&wasmtime)).map_err(
                    |source| EngineError::ArtefactCache {
                        dir: cache.dir.clone(),
                        source,
                    },
                )?,
            ),
            None => None,
        };
        Ok(Self {
            shared: Arc::new(Shared {
                options,
                wasmtime,
                ticker,
                live: AtomicUsize::new(0),
                detectors,
                linker,
                artefacts,
                loaded: Mutex::default(),
                tallies: Mutex::default(),
            }),
        })
    }

    /// Loads a policy: reads it, compiles it or finds it compiled, and sees that it runs and is what
    /// its manifest says. A policy that is loaded already is the same one. Compiling takes a tenth
    /// of a second, and of an interpreter many seconds, on the calling thread alone: not for one
    /// that serves sessions.
    ///
    /// # Errors
    ///
    /// When it is no policy, imports what is not offered, or does not run.
    pub fn load(&self, component: &[u8]) -> Result<Arc<LoadedPolicy>, LoadError> {
        let digest = package::digest(component);
        if let Some(policy) = self.find_loaded(&digest) {
            return Ok(policy);
        }
        let package = Package::read(component)?;
        let compiled = match self.artefact(&digest) {
            Some(compiled) => compiled,
            None => self.compile(&digest, component)?,
        };
        self.adopt(package, &compiled)
    }

    /// Loads a policy if that needs no compiling: it is loaded already, or it was compiled before.
    ///
    /// # Errors
    ///
    /// Like [`Engine::load`].
    pub fn load_compiled(&self, component: &[u8]) -> Result<Option<Arc<LoadedPolicy>>, LoadError> {
        let digest = package::digest(component);
        if let Some(policy) = self.find_loaded(&digest) {
            return Ok(Some(policy));
        }
        match self.artefact(&digest) {
            Some(compiled) => Ok(Some(self.adopt(Package::read(component)?, &compiled)?)),
            None => Ok(None),
        }
    }

    /// Whether the policy of this digest is loaded, or was compiled before and is on the disk.
    #[must_use]
    pub fn is_cached(&self, digest: &str) -> bool {
        self.find_loaded(digest).is_some()
            || self
                .shared
                .artefacts
                .as_ref()
                .is_some_and(|artefacts| artefacts.has(digest))
    }

    fn find_loaded(&self, digest: &str) -> Option<Arc<LoadedPolicy>> {
        self.loaded().get(digest).and_then(Weak::upgrade)
    }

    /// Links a compiled policy and sees that its code describes the manifest beside it.
    fn adopt(
        &self,
        package: Package,
        compiled: &Component,
    ) -> Result<Arc<LoadedPolicy>, LoadError> {
        let policy = self.link(package.digest, package.manifest, compiled)?;
        let described = policy.describe()?;
        if serde_json::from_str(&described).ok().as_ref() != Some(policy.manifest()) {
            return Err(LoadError::ForeignManifest);
        }
        if policy.manifest().filters != policy.filter().is_some() {
            return Err(LoadError::Filters);
        }
        let policy = Arc::new(policy);
        let mut loaded = self.loaded();
        loaded.retain(|_, policy| policy.strong_count() > 0);
        loaded.insert(policy.digest().to_owned(), Arc::downgrade(&policy));
        Ok(policy)
    }

    fn loaded(&self) -> std::sync::MutexGuard<'_, HashMap<String, Weak<LoadedPolicy>>> {
        self.shared
            .loaded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn link(
        &self,
        digest: String,
        manifest: PolicyManifest,
        component: &Component,
    ) -> Result<LoadedPolicy, LoadError> {
        let pre = self
            .shared
            .linker
            .instantiate_pre(component)
            .map_err(|error| LoadError::Interface {
                reason: format!("{error:#}"),
            })?;
        LoadedPolicy::new(self.clone(), digest, manifest, pre)
    }

    /// The compiled form of a component, where there is one on the disk.
    fn artefact(&self, digest: &str) -> Option<Component> {
        let artefact = self.shared.artefacts.as_ref()?.get(digest)?;
        match trusted::load(&self.shared.wasmtime, &artefact) {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!(policy.digest = digest, %error, "compiled policy does not fit");
                None
            }
        }
    }

    fn compile(&self, digest: &str, component: &[u8]) -> Result<Component, LoadError> {
        let fail = |error: wasmtime::Error| LoadError::Compile {
            reason: format!("{error:#}"),
        };
        let compiled = Component::new(&self.shared.wasmtime, component).map_err(fail)?;
        if let Some(artefacts) = &self.shared.artefacts {
            artefacts.put(digest, &compiled.serialize().map_err(fail)?);
        }
        Ok(compiled)
    }

    /// What a component that has no manifest yet says of itself.
    pub(crate) fn describe(
        &self,
        component: &[u8],
        manifest: PolicyManifest,
    ) -> Result<String, LoadError> {
        let compiled = self.compile(&package::digest(component), component)?;
        self.link(String::new(), manifest, &compiled)?.describe()
    }

    /// The tally of a binding, which outlives the sets that hold the binding.
    pub(crate) fn tally(&self, binding: BindingId) -> Arc<Tally> {
        let mut tallies = self
            .shared
            .tallies
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tallies.entry(binding).or_default())
    }

    /// Forgets the tallies of bindings that no set holds.
    pub(crate) fn prune_tallies(&self) {
        self.shared
            .tallies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, tally| Arc::strong_count(tally) > 1);
    }
}

/// A name for everything that compiled code depends on but the component.
fn compatibility(engine: &wasmtime::Engine) -> String {
    struct Sha(Sha256);

    impl Hasher for Sha {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }

        fn finish(&self) -> u64 {
            let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = self.0.clone().finalize().into();
            u64::from_le_bytes([a, b, c, d, e, f, g, h])
        }
    }

    let mut sha = Sha(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut sha);
    format!("{:016x}", sha.finish())
}

/// An error and its causes in one line.
pub(crate) fn describe_error(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
