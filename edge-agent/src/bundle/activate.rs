//! From signed bytes to an enforced bundle, in one step that either happens or does not.
//!
//! A bundle is enforced with what is ready. What is not is fetched and compiled beside it, and taken
//! up when it is there: see [`super::bind`] for what runs until then.

use std::{
    collections::HashSet,
    io,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use countersign_inspect::detect;
use countersign_ledger::{handover::PinnedKeys, journal::Journal, keys::VerifyingKey};
use countersign_model::{Bundle, EdgeId, EventBody, SignedBundle, Stage, Timestamp};
use countersign_policy_engine::{ArtefactCache, Engine, EngineError, EngineOptions};
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::control_plane::{IdentityError, IdentityKeeper};

use super::{
    BundleFiles, Bundles, FileError, Refused,
    authors::Authors,
    enforce::{Current, Inner, State},
    files::{ItemKind, has_digest},
    own_thread::on_own_thread,
    prepare,
    shelf::{Item, Lane, items},
    verify,
};

/// How long a bundle may wait for small things, where without them what it covers would be refused.
/// Nothing that it takes away lives longer than this.
const GRACE: Duration = Duration::from_millis(250);

/// The same where nothing is enforced yet, so that everything is refused anyway.
const FIRST_GRACE: Duration = Duration::from_secs(10);

/// A bundle could not be enforced. What was enforced before stays.
#[derive(Debug, thiserror::Error)]
pub enum ActivateError {
    /// It may not be.
    #[error("the bundle is refused")]
    Refused(#[from] Refused),
    /// It cannot be kept.
    #[error("the bundle cannot be kept")]
    File(#[from] FileError),
    /// That the control plane has another key now cannot be kept.
    #[error("the control plane's new key cannot be kept")]
    Identity(#[from] IdentityError),
    /// The thread that enforced it is gone.
    #[error("enforcing the bundle was interrupted")]
    Interrupted,
    /// The policy engine does not start.
    #[error("the policy engine does not start")]
    Engine(#[source] EngineError),
    /// The threads that prepare policies do not start.
    #[error("the threads that prepare policies do not start")]
    Threads(#[source] io::Error),
    /// The thread that would have enforced it does not start.
    #[error("the thread that enforces bundles does not start")]
    Thread(#[source] io::Error),
}

/// Whose word counts.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The edge that bundles are for.
    pub edge_id: EdgeId,
    /// Whose keys sign bundles; it is told when they were handed over.
    pub control_plane: IdentityKeeper,
    /// Of whom one must have signed a policy version; nobody where empty.
    pub authors: Vec<VerifyingKey>,
}

/// A verified bundle.
#[derive(Debug)]
pub struct Prepared {
    signed: SignedBundle,
    bundle: Bundle,
    /// Which keys of the control plane are believed once it is kept.
    keys: PinnedKeys,
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

impl Activator {
    /// An activator for the edge's data folder; nothing is enforced yet.
    ///
    /// # Errors
    /// When the folders cannot be made, or the policy engine or its threads do not start.
    pub fn new(
        data_dir: &Path,
        trust: Trust,
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
        let engine = Engine::with_detectors(options, Arc::new(detect::counts));
        let engine = engine.map_err(ActivateError::Engine)?;
        let files = BundleFiles::open(data_dir)?;
        let shelf = Arc::clone(bundles.shelf());
        prepare::start(&engine, &files, &shelf).map_err(ActivateError::Threads)?;
        let inner = Arc::new(Inner {
            edge_id: trust.edge_id,
            keeper: trust.control_plane,
            authors: Authors::new(trust.authors),
            engine,
            files,
            journal,
            bundles,
            shelf,
            floor: AtomicU64::new(0),
            state: Mutex::default(),
        });
        Ok(Self { inner })
    }

    /// Verifies a bundle.
    ///
    /// # Errors
    /// When it may not be enforced.
    pub fn prepare(&self, signed: SignedBundle) -> Result<Prepared, ActivateError> {
        let inner = &*self.inner;
        let floor = inner.floor.load(Ordering::Relaxed);
        let enforced = inner.bundles.revision().max(floor);
        let (bundle, keys) = verify(
            &inner.keeper.control_plane(),
            inner.edge_id,
            enforced,
            Timestamp::now(),
            &signed,
        )?;
        Ok(Prepared {
            signed,
            bundle,
            keys,
        })
    }

    /// Verifies a bundle and enforces it, off the async threads, with what is ready. The rest is
    /// prepared beside it, and taken up later.
    ///
    /// # Errors
    /// When it may not be enforced, recorded or kept.
    pub async fn take(&self, signed: SignedBundle) -> Result<(), ActivateError> {
        let this = self.clone();
        on_own_thread(async move {
            let prepared = this.prepare(signed)?;
            this.activate_with(prepared, true).await
        })
        .await?
    }

    /// Enforces a bundle that was verified.
    ///
    /// # Errors
    /// When it cannot be recorded or kept.
    pub async fn activate(&self, prepared: Prepared) -> Result<(), ActivateError> {
        let this = self.clone();
        on_own_thread(async move { this.activate_with(prepared, true).await }).await?
    }

    /// Enforces the bundle on disk, where there is one that may be. It is verified like any other.
    ///
    /// # Errors
    /// When there is one and it cannot be enforced.
    pub async fn activate_stored(&self) -> Result<bool, ActivateError> {
        let this = self.clone();
        on_own_thread(async move { this.activate_loaded().await }).await?
    }

    async fn activate_loaded(&self) -> Result<bool, ActivateError> {
        let inner = &*self.inner;
        let Some(signed) = inner.files.load() else {
            return Ok(false);
        };
        if let Ok(stored) = inner.keeper.control_plane().verify_kept(&signed)
            && stored.edge_id == inner.edge_id
        {
            inner.floor.store(stored.revision, Ordering::Relaxed);
        }
        let prepared = self.prepare(signed)?;
        inner.restore_last_good(prepared.revision());
        self.activate_with(prepared, false).await?;
        Ok(true)
    }

    /// Blocks the thread. `fetching`: whether somebody fetches what is not on disk.
    async fn activate_with(&self, prepared: Prepared, fetching: bool) -> Result<(), ActivateError> {
        let inner = &*self.inner;
        let is_there = |item: &Item| inner.files.item(item.kind, &item.digest).is_some();
        inner.shelf.want(&prepared.bundle, is_there);
        inner.load_compiled(&prepared.bundle);
        self.settle(&prepared.bundle, fetching).await;
        self.activate_blocking(prepared)
    }

    /// Waits, not long, for what is small and without which the bundle would refuse what it covers.
    async fn settle(&self, bundle: &Bundle, fetching: bool) {
        let shelf = &self.inner.shelf;
        let (urgent, grace) = self.urgent(bundle);
        let deadline = Instant::now() + grace;
        let mut news = shelf.news();
        while shelf.any_pending(&urgent, fetching) {
            match tokio::time::timeout_at(deadline, news.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return,
            }
        }
    }

    fn urgent(&self, bundle: &Bundle) -> (Vec<Item>, Duration) {
        let mut urgent = items(bundle);
        let state = self.inner.state();
        if state.current.is_none() {
            urgent.retain(|item| item.kind == ItemKind::Document || item.lane() == Lane::Quick);
            return (urgent, FIRST_GRACE);
        }
        let refusing: HashSet<&str> = bundle
            .bindings
            .iter()
            .filter(|binding| binding.stage == Stage::Enforced)
            .filter(|binding| !state.good.contains_key(&binding.id))
            .map(|binding| binding.module())
            .collect();
        let new: HashSet<&str> = bundle
            .documents
            .iter()
            .filter(|document| !state.documents.contains_key(&document.name))
            .map(|document| document.digest.as_str())
            .collect();
        urgent.retain(|item| {
            item.lane() == Lane::Quick
                && match item.kind {
                    ItemKind::Module => refusing.contains(item.digest.as_str()),
                    ItemKind::Document => new.contains(item.digest.as_str()),
                }
        });
        (urgent, GRACE)
    }

    fn activate_blocking(&self, prepared: Prepared) -> Result<(), ActivateError> {
        let Prepared {
            signed,
            bundle,
            keys,
        } = prepared;
        let inner = &*self.inner;
        let mut state = inner.state();
        // Another one may have been enforced since this was verified.
        let enforced = inner.bundles.revision();
        if bundle.revision < enforced {
            let offered = bundle.revision;
            return Err(Refused::LowerRevision { offered, enforced }.into());
        }
        if let Some(current) = state.current.as_mut().filter(|c| same(&c.bundle, &bundle)) {
            if let Some(enforced) = inner.bundles.load().as_ref() {
                enforced.prolong(bundle.issued_at, bundle.expires_at);
            }
            current.signed = Arc::new(signed);
            current.bundle = Arc::new(bundle);
            inner.files.store(&current.signed)?;
            return inner.believe(keys);
        }
        let record = EventBody::BundleActivated {
            revision: bundle.revision,
        };
        if let Err(error) = inner.journal.append(&record) {
            // A revocation must not wait for the disk; without the journal nothing runs anyway.
            tracing::error!(error = %error, "the bundle's activation could not be recorded");
        }
        inner.floor.fetch_max(bundle.revision, Ordering::Relaxed);
        let current = Current {
            signed: Arc::new(signed),
            bundle: Arc::new(bundle),
        };
        inner.enforce(&mut state, current.clone());
        inner.files.store(&current.signed)?;
        // A bundle on the disk carries the way to its key: that one is kept first.
        inner.believe(keys)?;
        inner.keep(&state)
    }

    /// Takes up what was prepared since the bundle was enforced, whenever there is something, until
    /// shutdown.
    pub async fn take_up_prepared(self, shutdown: CancellationToken) {
        let mut news = self.inner.shelf.news();
        loop {
            let this = self.clone();
            let taken = tokio::task::spawn_blocking(move || this.take_up()).await;
            if taken.is_err() {
                tracing::error!("what was prepared could not be taken up");
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                changed = news.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Binds the current bundle anew where something of it has become ready, or turned out broken.
    fn take_up(&self) {
        let inner = &*self.inner;
        let mut state = inner.state();
        let Some(current) = state.current.clone() else {
            return;
        };
        if inner.shelf.made_of(&items(&current.bundle)) == state.seen {
            return;
        }
        inner.enforce(&mut state, current);
        if let Err(error) = inner.keep(&state) {
            tracing::error!(error = %error, "what runs could not be kept for the next start");
        }
    }

    /// Takes the bundle away, here and from the disk: this edge was revoked. The control plane gives
    /// it one again when it accepts it again.
    pub fn revoke(&self) {
        let mut state = self.inner.state();
        *state = State::default();
        self.inner.shelf.give_up();
        self.inner.bundles.clear();
        if let Err(error) = self.inner.files.remove() {
            tracing::error!(error = %error, "the revoked bundle stays on the disk");
        }
    }

    /// Changes when there may be something to fetch.
    #[must_use]
    pub fn wanted(&self) -> watch::Receiver<u64> {
        self.inner.shelf.wanted()
    }

    /// The smallest thing of a lane that has to be fetched, and was not `tried`.
    #[must_use]
    pub fn next_missing(&self, lane: Lane, tried: &HashSet<String>) -> Option<Item> {
        self.inner.shelf.next_missing(lane, tried)
    }

    /// Whether something could not be fetched since the last bundle was offered.
    #[must_use]
    pub fn has_trouble(&self, digest: &str) -> bool {
        self.inner.shelf.trouble_with(digest).is_some()
    }

    /// Keeps what was fetched, off the async threads, when it is what its digest says; otherwise it
    /// is noted why not.
    ///
    /// # Errors
    /// When it cannot be written; `Ok(false)` when it is something else.
    pub async fn keep_item(&self, item: Item, bytes: Vec<u8>) -> Result<bool, ActivateError> {
        let this = self.clone();
        let keeping = tokio::task::spawn_blocking(move || {
            let Inner { files, shelf, .. } = &*this.inner;
            if !has_digest(&bytes, &item.digest) {
                shelf.trouble(&item, misfit(&item, bytes.len() as u64));
                return Ok(false);
            }
            files.store_item(item.kind, &item.digest, &bytes)?;
            shelf.arrived(&item);
            Ok(true)
        });
        keeping.await.map_err(|_| ActivateError::Interrupted)?
    }

    /// Notes that something could not be fetched for now, and why.
    pub fn trouble(&self, item: &Item, reason: String) {
        self.inner.shelf.trouble(item, reason);
    }
}

/// Whether two bundles differ in nothing but when they were signed and when they end.
fn same(a: &Bundle, b: &Bundle) -> bool {
    a.revision == b.revision
        && a.targets == b.targets
        && a.principals == b.principals
        && a.bindings == b.bindings
        && a.modules == b.modules
        && a.documents == b.documents
        && a.signatures == b.signatures
        && a.counter_split == b.counter_split
        && a.tokens == b.tokens
        && a.grants == b.grants
        && a.locks == b.locks
}

/// Why bytes are not what they were fetched for.
fn misfit(item: &Item, bytes: u64) -> String {
    let kind = item.kind.as_str();
    if bytes == item.size {
        format!("the control plane sent a {kind} that is not what its digest says")
    } else {
        let size = item.size;
        format!("the control plane sent {bytes} bytes of a {kind} that has {size}")
    }
}

/// An error and its causes in one line.
pub(crate) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
