//! The engine: compiles policies, and is the only place where their limits are set.

use std::{
    collections::HashMap,
    fmt,
    hash::{Hash, Hasher},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, AtomicUsize},
    },
    time::Duration,
};

use countersign_model::{BindingId, PolicyLanguage};
use countersign_policy_package::{self as package, Package};
use sha2::{Digest, Sha256};
use wasmtime::component::{Component, Linker};

use crate::{
    LoadedPolicy,
    artefact::Artefacts,
    config,
    error::{BuildError, EngineError, LoadError},
    host,
    host::HostState,
    ticker::Ticker,
    trusted,
};

/// Where compiled policies are kept between restarts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtefactCache {
    /// The directory; made where there is none.
    pub dir: PathBuf,
    /// The key that authenticates them: 64 random bytes, made where there are none. Whoever can
    /// write it can run code as the edge.
    pub key_file: PathBuf,
}

/// Limits of the engine. Each has a finite default and a finite maximum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineOptions {
    /// Processor time that a policy may take to judge one action: 5 ms.
    pub deadline: Duration,
    /// Processor time that it may take to be set up with its settings: 100 ms.
    pub setup_deadline: Duration,
    /// Memory that an instance may have: 32 MiB.
    pub memory_bytes: usize,
    /// Bytes that a policy may pass to the host in one call: 1 MiB.
    pub transfer_bytes: usize,
    /// Bytes that a verdict may have: 64 KiB.
    pub verdict_bytes: usize,
    /// Instances that may live at once: 1000.
    pub instances: u32,
    /// Calls after which an instance is replaced: 10,000.
    pub calls_per_instance: u32,
    /// Decisions that are remembered, over all sessions: 4096.
    pub remembered_decisions: usize,
    /// Where compiled policies are kept; nowhere if absent.
    pub artefact_cache: Option<ArtefactCache>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_millis(5),
            setup_deadline: Duration::from_millis(100),
            memory_bytes: 32 * 1024 * 1024,
            transfer_bytes: 1024 * 1024,
            verdict_bytes: 64 * 1024,
            instances: 1000,
            calls_per_instance: 10_000,
            remembered_decisions: 4096,
            artefact_cache: None,
        }
    }
}

impl EngineOptions {
    fn check(&self) -> Result<(), EngineError> {
        let millis = |d: Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX);
        let ranges = [
            ("deadline (ms)", millis(self.deadline), 1, 1_000),
            (
                "setup_deadline (ms)",
                millis(self.setup_deadline),
                1,
                10_000,
            ),
            ("memory_bytes", self.memory_bytes as u64, 1 << 16, 1 << 30),
            (
                "transfer_bytes",
                self.transfer_bytes as u64,
                1 << 10,
                1 << 26,
            ),
            ("verdict_bytes", self.verdict_bytes as u64, 1 << 8, 1 << 22),
            ("instances", u64::from(self.instances), 8, 100_000),
            (
                "calls_per_instance",
                u64::from(self.calls_per_instance),
                1,
                1_000_000,
            ),
            (
                "remembered_decisions",
                self.remembered_decisions as u64,
                1,
                1_000_000,
            ),
        ];
        for (option, value, least, most) in ranges {
            if value < least || value > most {
                return Err(EngineError::Limit {
                    option,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }
}

/// How often a binding was asked, and how often it failed, since the engine started.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) decisions: AtomicU64,
    pub(crate) failures: AtomicU64,
}

pub(crate) struct Shared {
    pub(crate) options: EngineOptions,
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) ticker: Ticker,
    /// Instances that live now.
    pub(crate) live: AtomicUsize,
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
                linker,
                artefacts,
                loaded: Mutex::default(),
                tallies: Mutex::default(),
            }),
        })
    }

    /// Loads a policy: reads it, compiles it or finds it compiled, and sees that it runs and is what
    /// its manifest says. A policy that is loaded already is the same one. Compiling takes a tenth
    /// of a second and more: not for a thread that serves sessions.
    ///
    /// # Errors
    ///
    /// When it is no policy, imports what is not offered, or does not run.
    pub fn load(&self, component: &[u8]) -> Result<Arc<LoadedPolicy>, LoadError> {
        let package = Package::read(component)?;
        if let Some(policy) = self.loaded().get(&package.digest).and_then(Weak::upgrade) {
            return Ok(policy);
        }
        let compiled = self.compiled(&package.digest, component)?;
        let policy = self.link(package.digest, package.manifest, &compiled)?;
        let described = policy.describe()?;
        if serde_json::from_str(&described).ok().as_ref() != Some(policy.manifest()) {
            return Err(LoadError::ForeignManifest);
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
        manifest: countersign_model::PolicyManifest,
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

    fn compiled(&self, digest: &str, component: &[u8]) -> Result<Component, LoadError> {
        let artefacts = self.shared.artefacts.as_ref();
        if let Some(artefact) = artefacts.and_then(|a| a.get(digest)) {
            match trusted::load(&self.shared.wasmtime, &artefact) {
                Ok(component) => return Ok(component),
                Err(error) => {
                    tracing::warn!(policy.digest = digest, %error, "compiled policy does not fit");
                }
            }
        }
        let fail = |error: wasmtime::Error| LoadError::Compile {
            reason: format!("{error:#}"),
        };
        let compiled = Component::new(&self.shared.wasmtime, component).map_err(fail)?;
        if let Some(artefacts) = artefacts {
            artefacts.put(digest, &compiled.serialize().map_err(fail)?);
        }
        Ok(compiled)
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

/// Makes a policy of a core module that was built for `wasm32-unknown-unknown` with the SDK: a
/// component that carries the manifest which the policy describes.
///
/// # Errors
///
/// When the module is no policy, does not run, or its manifest is invalid.
pub fn build_policy(core_module: &[u8]) -> Result<Vec<u8>, BuildError> {
    let component = package::componentize(core_module)?;
    let engine = Engine::new(EngineOptions::default())?;
    let compiled = engine.compiled(&package::digest(&component), &component)?;
    // What it says of itself is not known yet.
    let nameless = countersign_model::PolicyManifest {
        name: String::new(),
        version: String::new(),
        description: String::new(),
        language: PolicyLanguage::Rust,
        operations: Vec::new(),
        settings_schema: serde_json::Value::Null,
        counters: Vec::new(),
        documents: Vec::new(),
        filters: false,
        source_url: None,
        cases: Vec::new(),
    };
    let described = engine
        .link(String::new(), nameless, &compiled)?
        .describe()?;
    let manifest = serde_json::from_str(&described).map_err(BuildError::Manifest)?;
    let policy = package::with_manifest(&component, &manifest)?;
    Package::read(&policy)?;
    Ok(policy)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_is_infinite() {
        let default = EngineOptions::default;
        let cases = [
            EngineOptions {
                deadline: Duration::MAX,
                ..default()
            },
            EngineOptions {
                deadline: Duration::ZERO,
                ..default()
            },
            EngineOptions {
                memory_bytes: usize::MAX,
                ..default()
            },
            EngineOptions {
                transfer_bytes: usize::MAX,
                ..default()
            },
            EngineOptions {
                verdict_bytes: 0,
                ..default()
            },
            EngineOptions {
                calls_per_instance: u32::MAX,
                ..default()
            },
        ];
        for options in cases {
            let shown = format!("{options:?}");
            assert!(
                matches!(Engine::new(options), Err(EngineError::Limit { .. })),
                "{shown}"
            );
        }
    }
}
