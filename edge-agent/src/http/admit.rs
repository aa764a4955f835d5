//! From an operation to permission: judged, held where people decide, and picked up again by whoever
//! repeats it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use countersign_model::{ActionId, Effect, PrincipalId, ReviewId, Timestamp};

use crate::pipeline::{Held, Inspected, Judged, Phase, Refusal, Resolution, Session};

/// Actions that wait without a client, in all.
const MAX_PENDING: usize = 1_024;

/// Why an operation does not run, now or at all.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// It is refused.
    Refused(Refusal),
    /// People have not decided yet. The identical operation of the same principal picks it up.
    Pending {
        action: ActionId,
        review: ReviewId,
        expires_at: Timestamp,
    },
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Which operation of whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    principal: PrincipalId,
    on_behalf_of: Option<String>,
    /// Of exactly what will run, and on what.
    digest: String,
}

/// Held actions whose client was told to come back.
#[derive(Debug, Default)]
pub(crate) struct Pendings {
    entries: Mutex<HashMap<Key, Entry>>,
}

#[derive(Debug)]
enum Entry {
    Waiting(Box<Held>),
    /// Somebody waits for it right now.
    Awaited {
        action: ActionId,
        review: ReviewId,
        expires_at: Timestamp,
    },
}

/// A held action while somebody waits for it.
struct Waiting<'a> {
    held: Option<Held>,
    key: Key,
    pendings: &'a Pendings,
    /// Whether it outlives this client.
    durable: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // A client that was told to come back may go away; any other takes its action with it.
        match self.held.take() {
            Some(held) if self.durable => self.pendings.put(&self.key, held),
            _ if self.durable => drop(self.pendings.entries().remove(&self.key)),
            _ => {}
        }
    }
}

impl Pendings {
    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    fn put(&self, key: &Key, held: Held) {
        self.entries()
            .insert(key.clone(), Entry::Waiting(Box::new(held)));
    }

    /// Takes what waits, and leaves word that it is awaited.
    fn take(&self, key: &Key) -> Option<Result<Held, Stopped>> {
        let mut entries = self.entries();
        match entries.remove(key)? {
            Entry::Waiting(held) => {
                let (action, review) = (held.judged().action_id(), held.review_id());
                let awaited = Entry::Awaited {
                    action,
                    review,
                    expires_at: held.expires_at(),
                };
                entries.insert(key.clone(), awaited);
                Some(Ok(*held))
            }
            Entry::Awaited {
                action,
                review,
                expires_at,
            } => {
                let awaited = Entry::Awaited {
                    action,
                    review,
                    expires_at,
                };
                entries.insert(key.clone(), awaited);
                Some(Err(Stopped::Pending {
                    action,
                    review,
                    expires_at,
                }))
            }
        }
    }

    /// Gives up what has expired; dropped, it is withdrawn.
    pub(super) fn sweep(&self) {
        let now = Timestamp::now();
        let expired = |_: &Key, entry: &mut Entry| match entry {
            Entry::Waiting(held) => held.expires_at() <= now,
            Entry::Awaited { .. } => false,
        };
        let over: Vec<_> = self.entries().extract_if(expired).collect();
        drop(over);
    }
}

/// Judges an operation, and waits for people up to `wait` where they decide.
pub(crate) async fn admit(
    pendings: &Pendings,
    session: &mut Session,
    phase: Phase,
    inspected: &Arc<Inspected>,
    wait: Duration,
) -> Result<Judged, Stopped> {
    let key = |session: &Session| Key {
        principal: session.principal().id,
        on_behalf_of: session.principal().on_behalf_of.clone(),
        digest: session.digest(inspected),
    };
    if !pendings.is_empty() {
        let key = key(session);
        match pendings.take(&key) {
            Some(Ok(held)) => return until_decided(pendings, session, key, held, true, wait).await,
            Some(Err(pending)) => return Err(pending),
            None => {}
        }
    }
    let parameters = session.no_parameters();
    let judged = session.judge(phase, inspected, &parameters)?;
    match judged.effect() {
        Effect::Allow | Effect::Mask => Ok(judged),
        Effect::Deny => Err(session.deny(&judged).into()),
        Effect::Review => {
            let held = session.hold(judged).await?;
            let key = key(session);
            until_decided(pendings, session, key, held, false, wait).await
        }
    }
}

async fn until_decided(
    pendings: &Pendings,
    session: &mut Session,
    key: Key,
    held: Held,
    durable: bool,
    wait: Duration,
) -> Result<Judged, Stopped> {
    let mut waiting = Waiting {
        held: Some(held),
        key,
        pendings,
        durable,
    };
    let end = session.end_signal();
    let resolution = match &mut waiting.held {
        Some(held) => tokio::select! {
            resolution = held.wait() => Some(resolution),
            reason = end.ended() => Some(Resolution::Ended(reason)),
            () = tokio::time::sleep(wait) => None,
        },
        None => None,
    };
    let Some(resolution) = resolution else {
        return Err(waiting.leave());
    };
    let Some(held) = waiting.held.take() else {
        return Err(waiting.leave());
    };
    drop(waiting);
    match resolution {
        Resolution::Approved { .. } => Ok(session.use_approval(held).await?),
        other => Err(session.not_approved(held, other).into()),
    }
}

impl Waiting<'_> {
    /// The client is told to come back: from now on it may go away.
    fn leave(&mut self) -> Stopped {
        let Some(held) = &self.held else {
            return Stopped::Pending {
                action: ActionId::new(),
                review: ReviewId::new(),
                expires_at: Timestamp::now(),
            };
        };
        self.durable |= self.pendings.entries().len() < MAX_PENDING;
        Stopped::Pending {
            action: held.judged().action_id(),
            review: held.review_id(),
            expires_at: held.expires_at(),
        }
    }
}
