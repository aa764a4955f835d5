//! All tasks, by the ids that clients have.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use countersign_model::Limits;
use tokio::time::Instant;

use super::{LONGEST, Task, ids::fresh};
use crate::{http::masks::Masks, mcp::conversation::Owner};

/// Tasks of the edge's own, in all and of one principal with one target.
const MAX_OWN: usize = 1_024;
const MAX_OWN_OF_ONE: usize = 64;
/// Likewise those of servers, of which the edge keeps the ids.
const MAX_KEPT: usize = 10_000;
const MAX_KEPT_OF_ONE: usize = 512;
/// Bytes that a server's id for a task may have.
const MAX_ID: usize = 1_024;

/// A task that a server has.
#[derive(Debug, Clone)]
pub(in crate::mcp) struct ServerTask {
    pub(in crate::mcp) server: usize,
    /// The server's id.
    pub(in crate::mcp) id: String,
    /// What the call that made it was admitted with, and its result is bound by.
    pub(in crate::mcp) masks: Option<Arc<Masks>>,
    pub(in crate::mcp) limits: Limits,
}

/// A task, by who has it.
#[derive(Clone)]
pub(super) enum Kind {
    Own(Arc<Task>),
    Server(ServerTask),
}

struct Entry {
    owner: Owner,
    until: Instant,
    kind: Kind,
}

#[derive(Default)]
struct Entries {
    by_id: HashMap<String, Entry>,
    /// Ids of servers' tasks, as clients have them.
    outward: HashMap<(Owner, usize, String), String>,
}

/// The tasks of all clients.
#[derive(Default)]
pub(in crate::mcp) struct Tasks {
    entries: Mutex<Entries>,
}

impl Tasks {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a task of the edge's own; `None` where there are too many.
    pub(super) fn add(&self, owner: Owner, task: Task) -> Option<Arc<Task>> {
        let mut entries = self.entries();
        entries.sweep();
        let own = |entry: &&Entry| matches!(entry.kind, Kind::Own(_));
        if !entries.has_room(&owner, own, MAX_OWN, MAX_OWN_OF_ONE) {
            return None;
        }
        let task = Arc::new(task);
        let entry = Entry {
            owner,
            until: task.until(),
            kind: Kind::Own(Arc::clone(&task)),
        };
        entries.by_id.insert(task.id.clone(), entry);
        Some(task)
    }

    /// Keeps a server's task, in the place of one of the edge's own where that became it; `false` where
    /// there are too many.
    pub(in crate::mcp) fn keep(&self, owner: &Owner, own: Option<&str>, task: ServerTask) -> bool {
        let mut entries = self.entries();
        entries.sweep();
        let kept = |entry: &&Entry| matches!(entry.kind, Kind::Server(_));
        let room = entries.has_room(owner, kept, MAX_KEPT, MAX_KEPT_OF_ONE);
        if !room || task.id.len() > MAX_ID {
            return false;
        }
        let id = own.map_or_else(fresh, str::to_owned);
        let inner = (owner.clone(), task.server, task.id.clone());
        if let Some(before) = entries.outward.insert(inner, id.clone()) {
            entries.by_id.remove(&before);
        }
        let entry = Entry {
            owner: owner.clone(),
            until: Instant::now() + LONGEST,
            kind: Kind::Server(task),
        };
        entries.by_id.insert(id, entry);
        true
    }

    /// The task of that id, where it is its owner's who asks.
    pub(super) fn get(&self, owner: &Owner, id: &str) -> Option<Kind> {
        let entries = self.entries();
        let entry = entries.by_id.get(id)?;
        if entry.owner != *owner || entry.until <= Instant::now() {
            return None;
        }
        Some(entry.kind.clone())
    }

    /// The server's task of that id.
    pub(in crate::mcp) fn of_server(&self, owner: &Owner, id: &str) -> Option<ServerTask> {
        match self.get(owner, id)? {
            Kind::Server(task) => Some(task),
            Kind::Own(_) => None,
        }
    }

    /// What a client calls a server's task.
    pub(in crate::mcp) fn outward(&self, owner: &Owner, server: usize, id: &str) -> Option<String> {
        let key = (owner.clone(), server, id.to_owned());
        self.entries().outward.get(&key).cloned()
    }

    /// Those of the edge's own that somebody has.
    pub(super) fn own_of(&self, owner: &Owner) -> Vec<Arc<Task>> {
        let entries = self.entries();
        let mine = entries.by_id.values().filter(|entry| entry.owner == *owner);
        mine.filter_map(|entry| match &entry.kind {
            Kind::Own(task) => Some(Arc::clone(task)),
            Kind::Server(_) => None,
        })
        .collect()
    }

    /// Forgets one of the edge's own.
    pub(super) fn forget(&self, task: &Task) {
        let mut entries = self.entries();
        let found = entries.by_id.get(&task.id);
        if found.is_some_and(|entry| matches!(entry.kind, Kind::Own(_))) {
            entries.by_id.remove(&task.id);
        }
    }
}

impl Entries {
    fn has_room(
        &self,
        owner: &Owner,
        counts: impl Fn(&&Entry) -> bool,
        all: usize,
        of_one: usize,
    ) -> bool {
        let mut total = 0;
        let mut mine = 0;
        for entry in self.by_id.values().filter(counts) {
            total += 1;
            mine += usize::from(entry.owner == *owner);
        }
        total < all && mine < of_one
    }

    fn sweep(&mut self) {
        let now = Instant::now();
        self.by_id.retain(|_, entry| entry.until > now);
        let by_id = &self.by_id;
        self.outward.retain(|_, id| by_id.contains_key(id));
    }
}
