//! Actions that were permitted and have not been reported yet.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use countersign_model::{ActionId, PrincipalId};

use crate::pipeline::{Running, Session};

/// How long an outcome may take to be reported; then nobody knows it.
const PATIENCE: Duration = Duration::from_secs(600);
/// Actions that wait for their outcome, in all.
const MAX_OPEN: usize = 4_096;

/// Actions that were permitted and have not been reported yet, in bounded memory.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    open: Mutex<HashMap<ActionId, Open>>,
}

/// Whose action it is. Only they say how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    pub principal: PrincipalId,
    pub on_behalf_of: Option<String>,
    pub target: String,
}

impl Owner {
    pub(super) fn of(session: &Session) -> Self {
        Self {
            principal: session.principal().id,
            on_behalf_of: session.principal().on_behalf_of.clone(),
            target: session.target().name.clone(),
        }
    }
}

#[derive(Debug)]
struct Open {
    owner: Owner,
    key: Option<String>,
    since: Instant,
    running: Option<Running>,
}

impl Drop for Open {
    fn drop(&mut self) {
        // It was never reported: its intent stays alone.
        if let Some(running) = self.running.take() {
            running.leave_unknown();
        }
    }
}

impl Asked {
    fn open(&self) -> MutexGuard<'_, HashMap<ActionId, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that an action may run now.
    pub(super) fn add(&self, session: &Session, running: Running, key: Option<String>) {
        let mut given_up = None;
        let mut open = self.open();
        if open.len() >= MAX_OPEN {
            let oldest = open.iter().min_by_key(|(_, o)| o.since).map(|(id, _)| *id);
            given_up = oldest.and_then(|id| open.remove(&id));
        }
        let entry = Open {
            owner: Owner::of(session),
            key,
            since: Instant::now(),
            running: Some(running),
        };
        open.insert(
            entry
                .running
                .as_ref()
                .map_or_else(ActionId::new, Running::action_id),
            entry,
        );
        drop(open);
        drop(given_up);
    }

    /// The target of an action that waits for its outcome.
    pub(super) fn target(&self, id: ActionId) -> Option<String> {
        self.open().get(&id).map(|open| open.owner.target.clone())
    }

    /// Takes an action of this owner, by its id or by the name its asker gave it.
    pub(super) fn take(
        &self,
        owner: &Owner,
        id: Option<ActionId>,
        key: Option<&str>,
    ) -> Option<Running> {
        let mut open = self.open();
        let id = match id {
            Some(id) => id,
            // The last one: an asker that gives a name twice means the later action.
            None => {
                *open
                    .iter()
                    .filter(|(_, o)| o.owner == *owner && key.is_some() && o.key.as_deref() == key)
                    .max_by_key(|(_, o)| o.since)?
                    .0
            }
        };
        if open.get(&id)?.owner != *owner {
            return None;
        }
        let mut taken = open.remove(&id)?;
        drop(open);
        taken.running.take()
    }

    /// Gives up what was not reported in time.
    pub(crate) fn sweep(&self) {
        let late = |_: &ActionId, open: &mut Open| open.since.elapsed() > PATIENCE;
        let over: Vec<_> = self.open().extract_if(late).collect();
        drop(over);
    }
}
