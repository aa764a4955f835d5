//! What the wanted bundle needs, and how far each thing is: missing, on disk, being made ready,
//! ready, broken. Fetching and compiling take the smallest first, in two lanes, so that a large one
//! holds up no small one.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use countersign_model::Bundle;
use countersign_policy_engine::{Document, LoadedPolicy};
use tokio::sync::watch;

use super::files::ItemKind;

/// Bytes beyond which a thing takes the slow lane: what is built from Rust is smaller, what carries
/// an interpreter is larger and compiles for seconds.
const QUICK_BYTES: u64 = 1 << 20;

/// Who takes care of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// What is small.
    Quick,
    /// The rest.
    Slow,
}

impl Lane {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Quick, Self::Slow];
}

/// Something a bundle needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Its SHA-256.
    pub digest: String,
    /// Bytes, as the bundle says.
    pub size: u64,
}

impl Item {
    /// Its lane.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        if self.size <= QUICK_BYTES {
            Lane::Quick
        } else {
            Lane::Slow
        }
    }
}

/// A thing that is ready, or why it never will be.
pub(super) type Made<T> = Result<Arc<T>, String>;

/// A module or a document, made ready.
#[derive(Debug)]
pub(super) enum Product {
    Module(Made<LoadedPolicy>),
    Document(Made<Document>),
}

#[derive(Debug, Default)]
struct State {
    /// Smallest first.
    wanted: Vec<Item>,
    modules: HashMap<String, Made<LoadedPolicy>>,
    documents: HashMap<String, Made<Document>>,
    on_disk: HashSet<String>,
    /// Being made ready by one of the lanes.
    busy: HashSet<String>,
    /// Why something could not be fetched so far.
    troubles: HashMap<String, String>,
    /// Whether a bundle was ever enforced.
    in_use: bool,
    closed: bool,
}

impl State {
    fn is_made(&self, item: &Item) -> bool {
        match item.kind {
            ItemKind::Module => self.modules.contains_key(&item.digest),
            ItemKind::Document => self.documents.contains_key(&item.digest),
        }
    }

    /// The smallest thing of a lane that is on disk, not ready and not being made.
    fn to_make(&self, lane: Lane) -> Option<&Item> {
        self.wanted.iter().find(|item| {
            item.lane() == lane
                && self.on_disk.contains(&item.digest)
                && !self.is_made(item)
                && !self.busy.contains(&item.digest)
        })
    }

    /// Whether somebody may still make it ready without being asked again.
    fn is_pending(&self, item: &Item, fetching: bool) -> bool {
        !self.is_made(item)
            && (self.on_disk.contains(&item.digest)
                || (fetching && !self.troubles.contains_key(&item.digest)))
    }
}

/// All of it.
#[derive(Debug)]
pub(super) struct Shelf {
    state: Mutex<State>,
    work: Condvar,
    /// Changes with what is wanted.
    wants: watch::Sender<u64>,
    /// Changes with what is ready, broken, or could not be fetched.
    news: watch::Sender<u64>,
}

impl Default for Shelf {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            work: Condvar::new(),
            wants: watch::Sender::new(0),
            news: watch::Sender::new(0),
        }
    }
}

impl Shelf {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wants what a bundle names; what was wanted before and is not ready is given up. `is_there`
    /// tells what is on disk. What could not be fetched is tried again.
    pub(super) fn want(&self, bundle: &Bundle, is_there: impl Fn(&Item) -> bool) {
        let wanted = items(bundle);
        let unknown: Vec<Item> = {
            let state = self.state();
            let unmade = wanted.iter().filter(|item| !state.is_made(item));
            unmade.cloned().collect()
        };
        // Reads files: not under the lock.
        let there = unknown.into_iter().filter(|item| is_there(item));
        let there: HashSet<String> = there.map(|item| item.digest).collect();
        let mut state = self.state();
        state.on_disk = there;
        state.troubles.clear();
        state.wanted = wanted;
        drop(state);
        self.work.notify_all();
        self.wants.send_modify(|count| *count += 1);
    }

    /// The smallest thing of a lane that has to be fetched, and was not `tried`.
    pub(super) fn next_missing(&self, lane: Lane, tried: &HashSet<String>) -> Option<Item> {
        let state = self.state();
        let mut wanted = state.wanted.iter();
        let missing = wanted.find(|item| {
            item.lane() == lane
                && !state.is_made(item)
                && !state.on_disk.contains(&item.digest)
                && !tried.contains(&item.digest)
        });
        missing.cloned()
    }

    /// Waits for the smallest thing of a lane that is on disk and not ready; `None` at the end. The
    /// slow lane helps the quick one while it has nothing of its own: what is small may compile for
    /// long as well, and must not be in the way of the rest.
    pub(super) fn next_to_make(&self, lane: Lane) -> Option<Item> {
        let mut state = self.state();
        loop {
            if state.closed {
                return None;
            }
            let next = match lane {
                Lane::Quick => state.to_make(Lane::Quick),
                Lane::Slow => state.to_make(Lane::Slow).or(state.to_make(Lane::Quick)),
            };
            if let Some(item) = next.cloned() {
                state.busy.insert(item.digest.clone());
                return Some(item);
            }
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// It was fetched.
    pub(super) fn arrived(&self, item: &Item) {
        let mut state = self.state();
        state.troubles.remove(&item.digest);
        state.on_disk.insert(item.digest.clone());
        drop(state);
        self.work.notify_all();
    }

    /// It could not be fetched, for now.
    pub(super) fn trouble(&self, item: &Item, reason: String) {
        self.state().troubles.insert(item.digest.clone(), reason);
        self.news.send_modify(|count| *count += 1);
    }

    /// It is ready, or broken. What turned out not to be on disk is missing again.
    pub(super) fn made(&self, item: &Item, product: Option<Product>) {
        let mut state = self.state();
        state.busy.remove(&item.digest);
        let digest = item.digest.clone();
        match product {
            Some(Product::Module(module)) => drop(state.modules.insert(digest, module)),
            Some(Product::Document(document)) => drop(state.documents.insert(digest, document)),
            None => drop(state.on_disk.remove(&digest)),
        }
        drop(state);
        self.news.send_modify(|count| *count += 1);
        self.wants.send_modify(|count| *count += 1);
    }

    pub(super) fn module(&self, digest: &str) -> Option<Made<LoadedPolicy>> {
        self.state().modules.get(digest).cloned()
    }

    pub(super) fn document(&self, digest: &str) -> Option<Made<Document>> {
        self.state().documents.get(digest).cloned()
    }

    /// Why something could not be fetched, while it could not.
    pub(super) fn trouble_with(&self, digest: &str) -> Option<String> {
        self.state().troubles.get(digest).cloned()
    }

    /// Whether any of these may still become ready by itself; `fetching`: also by being fetched.
    pub(super) fn any_pending(&self, items: &[Item], fetching: bool) -> bool {
        let state = self.state();
        items.iter().any(|item| state.is_pending(item, fetching))
    }

    /// Which of these are ready or broken.
    pub(super) fn made_of(&self, items: &[Item]) -> HashSet<String> {
        let state = self.state();
        let made = items.iter().filter(|item| state.is_made(item));
        made.map(|item| item.digest.clone()).collect()
    }

    /// A bundle is enforced.
    pub(super) fn put_to_use(&self) {
        self.state().in_use = true;
    }

    /// Whether a bundle was ever enforced.
    pub(super) fn is_in_use(&self) -> bool {
        self.state().in_use
    }

    /// Wants nothing any more.
    pub(super) fn give_up(&self) {
        let mut state = self.state();
        state.wanted.clear();
        state.troubles.clear();
    }

    /// Forgets what is ready and neither needed nor wanted.
    pub(super) fn keep_only(&self, needed: &HashSet<&str>) {
        let mut state = self.state();
        let State {
            wanted,
            modules,
            documents,
            ..
        } = &mut *state;
        let keep = |digest: &String| {
            needed.contains(digest.as_str()) || wanted.iter().any(|item| item.digest == *digest)
        };
        modules.retain(|digest, _| keep(digest));
        documents.retain(|digest, _| keep(digest));
    }

    /// Changes with what is wanted.
    pub(super) fn wanted(&self) -> watch::Receiver<u64> {
        self.wants.subscribe()
    }

    /// Changes with what is ready, broken, or could not be fetched.
    pub(super) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Lets the lanes end.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.work.notify_all();
    }
}

/// What a bundle needs, smallest first.
pub(super) fn items(bundle: &Bundle) -> Vec<Item> {
    let documents = bundle.documents.iter().map(|document| Item {
        kind: ItemKind::Document,
        digest: document.digest.clone(),
        size: document.size,
    });
    let modules = bundle.modules.iter().map(|module| Item {
        kind: ItemKind::Module,
        digest: module.digest.clone(),
        size: module.size,
    });
    let mut items: Vec<Item> = documents.chain(modules).collect();
    items.sort_by(|a, b| (a.size, a.kind, &a.digest).cmp(&(b.size, b.kind, &b.digest)));
    items.dedup();
    items
}
