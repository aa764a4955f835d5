//! A bundle swapped in with what is ready, and what of it is kept for the next start.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicU64},
};

use countersign_ledger::{handover::PinnedKeys, journal::Journal};
use countersign_model::{Bundle, EdgeId, SignedBundle};
use countersign_policy_engine::{Engine, PolicySet};

use crate::control_plane::IdentityKeeper;

use super::{
    ActivateError, BundleFiles, Bundles, Enforced,
    authors::Authors,
    bind::{Binder, Bound, Documents, Good, LastGood, Standing, visible},
    files::ItemKind,
    prepare,
    shelf::{Item, Product, Shelf, items},
};

/// What an activator works with.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) edge_id: EdgeId,
    pub(super) keeper: IdentityKeeper,
    pub(super) authors: Authors,
    pub(super) engine: Engine,
    pub(super) files: BundleFiles,
    pub(super) journal: Journal,
    pub(super) bundles: Arc<Bundles>,
    pub(super) shelf: Arc<Shelf>,
    /// The revision on disk, also when that bundle has expired: nothing older is taken for new.
    pub(super) floor: AtomicU64,
    pub(super) state: Mutex<State>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shelf.close();
    }
}

/// What is enforced, and by what.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) current: Option<Current>,
    pub(super) good: LastGood,
    /// The documents that policies see, by name.
    pub(super) documents: Documents,
    /// What was ready, or broken, when the current bundle was bound last.
    pub(super) seen: HashSet<String>,
}

/// The enforced bundle.
#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) signed: Arc<SignedBundle>,
    pub(super) bundle: Arc<Bundle>,
}

impl Inner {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Believes these keys of the control plane from now on, across restarts.
    pub(super) fn believe(&self, keys: PinnedKeys) -> Result<(), ActivateError> {
        if self.keeper.control_plane() != keys {
            self.keeper
                .change(|identity| identity.control_plane = keys)?;
            tracing::info!("the control plane signs with another key, and its former one agrees");
        }
        Ok(())
    }

    /// Loads the modules that are compiled already.
    pub(super) fn load_compiled(&self, bundle: &Bundle) {
        for item in items(bundle) {
            let fits = item.kind == ItemKind::Module && self.shelf.module(&item.digest).is_none();
            if fits && self.engine.is_cached(&item.digest) {
                self.load_item(&item);
            }
        }
    }

    fn load_item(&self, item: &Item) -> Option<()> {
        let bytes = self.files.item(ItemKind::Module, &item.digest)?;
        let module = prepare::load(&self.engine, &bytes);
        self.shelf.made(item, Some(Product::Module(module)));
        Some(())
    }

    /// Makes the versions ready that ran before the edge was stopped and that the bundle on disk
    /// was still to be rid of.
    pub(super) fn restore_last_good(&self, revision: u64) {
        let mut good = LastGood::new();
        let mut documents = HashMap::new();
        let believed = self.keeper.control_plane();
        for signed in self.files.load_earlier() {
            let Ok(bundle) = believed.verify_kept(&signed) else {
                continue;
            };
            if bundle.edge_id != self.edge_id || bundle.revision > revision {
                continue;
            }
            self.restore_from(&bundle, &Arc::new(signed), &mut good, &mut documents);
        }
        let mut state = self.state();
        state.good = good;
        state.documents = documents;
    }

    fn restore_from(
        &self,
        bundle: &Bundle,
        signed: &Arc<SignedBundle>,
        good: &mut LastGood,
        documents: &mut Documents,
    ) {
        let signatures = self.authors.signatures(bundle);
        for binding in &bundle.bindings {
            let digest = binding.module();
            if good.contains_key(&binding.id)
                || signatures.check(binding).is_err()
                || !self.engine.is_cached(digest)
            {
                continue;
            }
            let loaded = self.files.item(ItemKind::Module, digest);
            let loaded = loaded.and_then(|bytes| prepare::load(&self.engine, &bytes).ok());
            if let Some(policy) = loaded.filter(|policy| policy.accepts(binding).is_ok()) {
                let restored = Good {
                    binding: binding.clone(),
                    policy,
                    origin: Arc::clone(signed),
                    revision: bundle.revision,
                };
                good.insert(binding.id, restored);
            }
        }
        for document in &bundle.documents {
            if documents.contains_key(&document.name) {
                continue;
            }
            let bytes = self.files.item(ItemKind::Document, &document.digest);
            let parsed = bytes.map(|bytes| prepare::parse(&document.digest, &bytes));
            if let Some(parsed) = parsed.filter(Result::is_ok) {
                documents.insert(document.name.clone(), parsed);
            }
        }
    }

    /// Binds a bundle with what is ready, and swaps it in.
    pub(super) fn enforce(&self, state: &mut State, current: Current) {
        let Current { signed, bundle } = &current;
        state.seen = self.shelf.made_of(&items(bundle));
        let (here, stale) = self.documents(bundle, &state.documents);
        let binder = Binder {
            shelf: &self.shelf,
            authors: &self.authors,
            accepts: &|policy, binding| policy.accepts(binding),
            documents: &here,
        };
        let Bound {
            entries,
            standings,
            good,
        } = binder.bind(bundle, signed, &state.good);
        let running = entries.iter().map(|(binding, _)| binding.clone()).collect();
        let policies = PolicySet::with_documents(
            &self.engine,
            entries,
            visible(bundle, &here),
            bundle.revision,
        );
        report(&standings);
        let generation = self.bundles.next_generation();
        let preparing = standings.iter().filter(|s| s.is_preparing()).count();
        tracing::info!(
            bundle.revision = bundle.revision,
            preparing,
            "the bundle is enforced"
        );
        let enforced = Enforced::new(bundle, running, policies, standings, generation);
        self.bundles.swap(enforced, stale);
        self.shelf.put_to_use();
        state.good = good;
        state.documents = here;
        state.current = Some(current);
    }

    /// The bundle's documents that are here, or the last good ones of their names; and in words
    /// which are not the bundle's.
    fn documents(&self, bundle: &Bundle, last: &Documents) -> (Documents, Option<String>) {
        let mut here = HashMap::with_capacity(bundle.documents.len());
        let mut stale = String::new();
        for document in &bundle.documents {
            let name = &document.name;
            let made = self.shelf.document(&document.digest);
            if let Some(Err(error)) = &made {
                let version = document.version;
                let _ = write!(stale, "document {name:?} version {version}: {error}; ");
            }
            let last = last.get(name).filter(|last| last.is_ok());
            let used = match made {
                Some(Ok(document)) => Some(Ok(document)),
                Some(Err(error)) => Some(last.cloned().unwrap_or(Err(error))),
                None => last.cloned(),
            };
            if let Some(used) = used {
                here.insert(name.clone(), used);
            }
        }
        let stale = stale.trim_end_matches("; ");
        (here, (!stale.is_empty()).then(|| stale.to_owned()))
    }

    /// Keeps on disk what the next start needs, and nothing else.
    pub(super) fn keep(&self, state: &State) -> Result<(), ActivateError> {
        let Some(current) = &state.current else {
            return Ok(());
        };
        let revision = current.bundle.revision;
        let mut earlier: Vec<&Good> = state
            .good
            .values()
            .filter(|good| good.revision != revision)
            .filter(|good| !current.bundle.bindings.contains(&good.binding))
            .collect();
        earlier.sort_by_key(|good| std::cmp::Reverse(good.revision));
        earlier.dedup_by_key(|good| good.revision);
        self.files
            .store_earlier(earlier.iter().map(|good| &*good.origin))?;
        let named = items(&current.bundle);
        let mut needed: HashSet<&str> = named.iter().map(|item| item.digest.as_str()).collect();
        needed.extend(state.good.values().map(|good| good.binding.module()));
        let documents = state
            .documents
            .values()
            .filter_map(|made| made.as_ref().ok());
        needed.extend(documents.map(|document| document.digest()));
        self.files.prune(&needed);
        self.shelf.keep_only(&needed);
        Ok(())
    }
}

fn report(standings: &[Standing]) {
    for standing in standings {
        let binding = standing.binding();
        if let Some(error) = standing.failure() {
            tracing::error!(
                policy.name = binding.policy,
                policy.version = binding.version,
                error,
                "a policy version does not run"
            );
        }
    }
}
