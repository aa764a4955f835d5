//! Who is connected, and who has to go.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use countersign_model::{SessionId, Timestamp};
use tokio::sync::Notify;

use super::{EndReason, EndSignal, standing::Standing};
use crate::bundle::Enforced;

/// All open sessions.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    open: Mutex<Open>,
    /// Somebody came whose time is over sooner than anybody's before.
    sooner: Notify,
}

#[derive(Debug, Default)]
struct Open {
    sessions: HashMap<SessionId, Entry>,
    /// When the next one's time is over, as far as is known.
    next: Option<Timestamp>,
}

#[derive(Debug)]
struct Entry {
    standing: Standing,
    until: Timestamp,
    signal: EndSignal,
}

impl Sessions {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a session whose time is over at `until`.
    pub(super) fn add(&self, id: SessionId, standing: Standing, until: Timestamp) -> EndSignal {
        let signal = EndSignal::default();
        let entry = Entry {
            standing,
            until,
            signal: signal.clone(),
        };
        let mut open = self.open();
        open.sessions.insert(id, entry);
        if open.next.is_none_or(|next| until < next) {
            open.next = Some(until);
            drop(open);
            self.sooner.notify_one();
        }
        signal
    }

    pub(super) fn remove(&self, id: SessionId) {
        self.open().sessions.remove(&id);
    }

    pub(super) fn count(&self) -> u64 {
        self.open().sessions.len() as u64
    }

    /// When the next session's time is over.
    pub(super) fn next_expiry(&self) -> Option<Timestamp> {
        self.open().next
    }

    /// Waits until a session is added whose time is over sooner than any other's.
    pub(super) async fn sooner(&self) {
        self.sooner.notified().await;
    }

    /// Ends every session that no longer stands.
    pub(super) fn enforce(&self, enforced: &Enforced, now: Timestamp) {
        let mut open = self.open();
        let Open { sessions, next } = &mut *open;
        *next = None;
        for (id, entry) in sessions {
            if entry.signal.has_ended() {
                continue;
            }
            match entry.standing.footing(enforced, Some(*id), now) {
                Ok(footing) => {
                    entry.standing.take(footing.grant.as_ref());
                    entry.until = footing.until;
                    *next = Some(next.map_or(entry.until, |next| next.min(entry.until)));
                }
                Err(reason) => entry.signal.end(reason),
            }
        }
    }

    pub(super) fn end_all(&self, reason: &EndReason) {
        for entry in self.open().sessions.values() {
            entry.signal.end(reason.clone());
        }
    }
}
