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
    Pending(Pending),
}

/// An action that people have not decided on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pending {
    pub(crate) action: ActionId,
    pub(crate) review: ReviewId,
    pub(crate) expires_at: Timestamp,
}

impl Pending {
    fn of(held: &Held) -> Self {
        Self {
            action: held.judged().action_id(),
            review: held.review_id(),
            expires_at: held.expires_at(),
        }
    }
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

impl Key {
    fn of(session: &Session, inspected: &Inspected) -> Self {
        Self {
            principal: session.principal().id,
            on_behalf_of: session.principal().on_behalf_of.clone(),
            digest: session.digest(inspected),
        }
    }
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
    Awaited(Pending),
}

/// A held action while somebody waits for it.
struct Waiting<'a> {
    held: Option<Held>,
    key: Key,
    pendings: &'a Pendings,
    /// Whether it outlives this client.
    durable: bool,
}

impl Waiting<'_> {
    #[expect(clippy::expect_used, reason = "it is taken out at the end alone")]
    fn held(&mut self) -> &mut Held {
        self.held.as_mut().expect("what waits has its action")
    }

    /// Nobody waits for it any more.
    #[expect(clippy::expect_used, reason = "it is taken out here alone")]
    fn into_held(mut self) -> Held {
        self.held.take().expect("what waits has its action")
    }
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

    fn is_full(&self) -> bool {
        self.entries().len() >= MAX_PENDING
    }

    fn put(&self, key: &Key, held: Held) {
        self.entries()
            .insert(key.clone(), Entry::Waiting(Box::new(held)));
    }

    /// Takes what waits, and leaves word that it is awaited.
    fn take(&self, key: &Key) -> Option<Result<Held, Pending>> {
        let mut entries = self.entries();
        let entry = entries.get_mut(key)?;
        let pending = match entry {
            Entry::Waiting(held) => Pending::of(held),
            Entry::Awaited(pending) => return Some(Err(*pending)),
        };
        match std::mem::replace(entry, Entry::Awaited(pending)) {
            Entry::Waiting(held) => Some(Ok(*held)),
            Entry::Awaited(pending) => Some(Err(pending)),
        }
    }

    /// Gives up what has expired; dropped, it is withdrawn.
    pub(super) fn sweep(&self) {
        let now = Timestamp::now();
        let expired = |_: &Key, entry: &mut Entry| match entry {
            Entry::Waiting(held) => held.expires_at() <= now,
            Entry::Awaited(_) => false,
        };
        let over: Vec<_> = self.entries().extract_if(expired).collect();
        drop(over);
    }
}

/// An operation that runs, or may once people have decided.
pub(crate) enum Admission {
    Admitted(Box<Judged>),
    Held(Box<Held>),
}

/// Judges an operation, and leaves it to the caller to wait for people. One of the same principal that
/// waits without a client is taken over.
pub(crate) async fn admit_or_hold(
    pendings: &Pendings,
    session: &mut Session,
    phase: Phase,
    inspected: &Arc<Inspected>,
) -> Result<Admission, Stopped> {
    let (admission, taken_over) = begin(pendings, session, phase, inspected).await?;
    if taken_over {
        pendings.entries().remove(&Key::of(session, inspected));
    }
    Ok(admission)
}

/// Judges an operation, and waits for people up to `wait` where they decide.
pub(crate) async fn admit(
    pendings: &Pendings,
    session: &mut Session,
    phase: Phase,
    inspected: &Arc<Inspected>,
    wait: Duration,
) -> Result<Judged, Stopped> {
    let (admission, taken_over) = begin(pendings, session, phase, inspected).await?;
    match admission {
        Admission::Admitted(judged) => Ok(*judged),
        Admission::Held(held) => {
            let key = Key::of(session, inspected);
            until_decided(pendings, session, key, *held, taken_over, wait).await
        }
    }
}

/// Takes over what waits, which is awaited from now on (`true`), or else judges.
async fn begin(
    pendings: &Pendings,
    session: &mut Session,
    phase: Phase,
    inspected: &Arc<Inspected>,
) -> Result<(Admission, bool), Stopped> {
    if !pendings.is_empty() {
        match pendings.take(&Key::of(session, inspected)) {
            Some(Ok(held)) => return Ok((Admission::Held(Box::new(held)), true)),
            Some(Err(pending)) => return Err(Stopped::Pending(pending)),
            None => {}
        }
    }
    let parameters = session.no_parameters();
    let judged = session.judge(phase, inspected, &parameters)?;
    let admission = match judged.effect() {
        Effect::Allow | Effect::Mask => Admission::Admitted(Box::new(judged)),
        Effect::Deny => return Err(session.deny(&judged).into()),
        Effect::Review => Admission::Held(Box::new(session.hold(judged).await?)),
    };
    Ok((admission, false))
}

async fn until_decided(
    pendings: &Pendings,
    session: &mut Session,
    key: Key,
    held: Held,
    durable: bool,
    wait: Duration,
) -> Result<Judged, Stopped> {
    let pending = Pending::of(&held);
    let end = session.end_signal();
    let mut waiting = Waiting {
        held: Some(held),
        key,
        pendings,
        durable,
    };
    let resolution = tokio::select! {
        resolution = waiting.held().wait() => resolution,
        reason = end.ended() => Resolution::Ended(reason),
        () = tokio::time::sleep(wait) => {
            if waiting.durable || !pendings.is_full() {
                // The client is told to come back: from now on it may go away.
                waiting.durable = true;
                return Err(Stopped::Pending(pending));
            }
            Resolution::Crowded
        }
    };
    let held = waiting.into_held();
    match resolution {
        Resolution::Approved { .. } => Ok(session.use_approval(held).await?),
        other => Err(session.not_approved(held, other).into()),
    }
}
