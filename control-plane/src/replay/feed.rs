//! Reads journals and hands each session's records to the thread that judges it.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use countersign_model::{
    Event, EventBody, Principal, PrincipalId, SessionId, Target, TargetId, TargetKind,
};
use countersign_store::{ReplayBatch, ReplayJournal, ReplaySpan, Store, StoreError};
use tokio::{runtime::Handle, sync::mpsc};

use super::{
    Progress,
    record::{Glance, Kind},
};

/// Principals and targets of which one copy serves all sessions.
const SHARED: usize = 16_384;

/// A part of a batch for one thread.
#[derive(Debug)]
pub struct Work {
    /// The batch's lines.
    pub text: Arc<str>,
    /// What to do, in order.
    pub items: Vec<Item>,
}

/// One thing to do.
#[derive(Debug)]
pub enum Item {
    /// From here on this is who acts in a session, and on what.
    Enter {
        /// The session.
        session: SessionId,
        /// Who.
        principal: Arc<Principal>,
        /// On what.
        target: Arc<Target>,
    },
    /// A line that may hold a decision.
    Line {
        /// The session.
        session: SessionId,
        /// Which kind.
        kind: Kind,
        /// Where it stands in the text.
        range: std::ops::Range<usize>,
    },
    /// A session has ended.
    Leave(SessionId),
}

/// A session that is open where the reading is.
struct Place {
    /// Who judges it; nobody where it is not asked for.
    worker: Option<usize>,
    target: Arc<Target>,
}

/// What is asked for.
pub struct Wanted {
    /// Only sessions of the principal with this name.
    pub principal: Option<String>,
    /// Only sessions on the target with this name.
    pub target: Option<String>,
    /// Whether it matters how actions ended: rows count where a candidate counts them.
    pub outcomes: bool,
}

/// Reads journals.
pub struct Feed {
    store: Store,
    handle: Handle,
    wanted: Wanted,
    workers: Vec<mpsc::Sender<Work>>,
    progress: Arc<Progress>,
    places: HashMap<SessionId, Place>,
    principals: HashMap<PrincipalId, Arc<Principal>>,
    targets: HashMap<TargetId, Arc<Target>>,
}

impl Feed {
    /// A feed of these threads.
    pub fn new(
        store: Store,
        handle: Handle,
        wanted: Wanted,
        workers: Vec<mpsc::Sender<Work>>,
        progress: Arc<Progress>,
    ) -> Self {
        Self {
            store,
            handle,
            wanted,
            workers,
            progress,
            places: HashMap::new(),
            principals: HashMap::new(),
            targets: HashMap::new(),
        }
    }

    /// Reads a span to its end, or until the replay is over.
    pub fn run(mut self, span: ReplaySpan) -> Result<(), StoreError> {
        let (journals, total) = self.handle.block_on(self.store.replay_journals(span))?;
        self.progress.total.store(total, Relaxed);
        for journal in journals {
            self.read(journal, span)?;
            self.places.clear();
        }
        Ok(())
    }

    fn read(&mut self, journal: ReplayJournal, span: ReplaySpan) -> Result<(), StoreError> {
        let mut after = 0;
        while !self.progress.is_over() {
            let reading = self.store.replay_batches(journal, span, after);
            let batches = self.handle.block_on(reading)?;
            let Some(last) = batches.last() else { break };
            after = last.last_seq;
            for batch in batches {
                let records = batch.last_seq + 1 - batch.first_seq;
                if !self.hand_out(batch, span)? {
                    return Ok(());
                }
                self.progress.records.fetch_add(records, Relaxed);
            }
        }
        Ok(())
    }

    /// Hands a batch's lines out; `false` when the replay is over.
    fn hand_out(&mut self, batch: ReplayBatch, span: ReplaySpan) -> Result<bool, StoreError> {
        let text: Arc<str> = batch.text.into();
        let mut parts: Vec<Vec<Item>> = self.workers.iter().map(|_| Vec::new()).collect();
        let mut start = 0;
        for line in text.split('\n') {
            let range = start..start + line.len();
            start = range.end + 1;
            // What is no event was refused when it arrived.
            let Ok(glance) = serde_json::from_str::<Glance<'_>>(line) else {
                continue;
            };
            self.route(&glance, line, range, span, &mut parts)?;
        }
        for (worker, items) in self.workers.iter().zip(parts) {
            if items.is_empty() {
                continue;
            }
            let work = Work {
                text: Arc::clone(&text),
                items,
            };
            if self.progress.is_over() || worker.blocking_send(work).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn route(
        &mut self,
        glance: &Glance<'_>,
        line: &str,
        range: std::ops::Range<usize>,
        span: ReplaySpan,
        parts: &mut [Vec<Item>],
    ) -> Result<(), StoreError> {
        let kind = match glance.kind {
            "action_intent" | "action_refused" => Kind::Action,
            "review" => Kind::Review,
            "action_outcome" if self.wanted.outcomes => Kind::Outcome,
            "session_opened" | "session_changed" => {
                if let Ok(event) = serde_json::from_str::<Event>(line) {
                    self.enter_by(&event.body, parts);
                }
                return Ok(());
            }
            "session_closed" => {
                let place = glance
                    .session_id
                    .and_then(|id| Some((id, self.places.remove(&id)?)));
                if let Some((
                    id,
                    Place {
                        worker: Some(worker),
                        ..
                    },
                )) = place
                {
                    push(parts, worker, Item::Leave(id));
                }
                return Ok(());
            }
            // A process that was killed closed none of its sessions.
            "edge_started" => {
                for (id, place) in self.places.drain() {
                    if let Some(worker) = place.worker {
                        push(parts, worker, Item::Leave(id));
                    }
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        if glance.at < span.since || glance.at > span.until {
            return Ok(());
        }
        let Some(session) = glance.session_id else {
            return Ok(());
        };
        if !self.places.contains_key(&session) {
            self.enter_earlier(session, glance.seq, parts)?;
        }
        let worker = self.places.get(&session).and_then(|place| place.worker);
        if let Some(worker) = worker {
            let line = Item::Line {
                session,
                kind,
                range,
            };
            push(parts, worker, line);
        }
        Ok(())
    }

    /// A session that began before the span.
    fn enter_earlier(
        &mut self,
        session: SessionId,
        seq: u64,
        parts: &mut [Vec<Item>],
    ) -> Result<(), StoreError> {
        let reading = self.store.session_snapshot(session, seq);
        match self.handle.block_on(reading) {
            Ok(snapshot) => {
                self.enter(session, snapshot.principal, snapshot.target, parts);
                Ok(())
            }
            Err(StoreError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn enter_by(&mut self, body: &EventBody, parts: &mut [Vec<Item>]) {
        match body {
            EventBody::SessionOpened(opened) => {
                // Others are of a protocol that this version does not know.
                let protocol = serde_json::Value::String(opened.protocol.clone());
                let Ok(kind) = serde_json::from_value::<TargetKind>(protocol) else {
                    return;
                };
                let target = Target {
                    id: opened.target_id,
                    name: opened.target.clone(),
                    kind,
                    labels: opened.labels.clone(),
                    default_verdict: opened.default_verdict,
                    access: countersign_model::TargetAccess::Standing,
                };
                self.enter(opened.session_id, opened.principal.clone(), target, parts);
            }
            EventBody::SessionChanged(changed) => {
                // One that is not known yet is looked up with its first action.
                let Some(place) = self.places.get(&changed.session_id) else {
                    return;
                };
                let target = Target {
                    id: place.target.id,
                    name: changed.target.clone(),
                    kind: place.target.kind,
                    labels: changed.labels.clone(),
                    default_verdict: changed.default_verdict,
                    access: countersign_model::TargetAccess::Standing,
                };
                self.enter(changed.session_id, changed.principal.clone(), target, parts);
            }
            _ => {}
        }
    }

    fn enter(
        &mut self,
        session: SessionId,
        principal: Principal,
        target: Target,
        parts: &mut [Vec<Item>],
    ) {
        let wanted = |name: &Option<String>, is: &str| name.as_deref().is_none_or(|n| n == is);
        let asked_for = wanted(&self.wanted.principal, &principal.name)
            && wanted(&self.wanted.target, &target.name);
        let principal = shared(&mut self.principals, principal.id, principal);
        let target = shared(&mut self.targets, target.id, target);
        let worker = asked_for.then(|| thread_of(principal.id, parts.len()));
        let place = Place {
            worker,
            target: Arc::clone(&target),
        };
        self.places.insert(session, place);
        if let Some(worker) = worker {
            let enter = Item::Enter {
                session,
                principal,
                target,
            };
            push(parts, worker, enter);
        }
    }
}

fn push(parts: &mut [Vec<Item>], worker: usize, item: Item) {
    if let Some(part) = parts.get_mut(worker) {
        part.push(item);
    }
}

/// All sessions of a principal go to one thread: what it counts is counted in order.
fn thread_of(principal: PrincipalId, threads: usize) -> usize {
    let low = principal.as_uuid().as_u128() & u128::from(u32::MAX);
    usize::try_from(low).unwrap_or(0) % threads.max(1)
}

/// The one copy of equal values.
fn shared<K: std::hash::Hash + Eq, V: PartialEq>(
    known: &mut HashMap<K, Arc<V>>,
    key: K,
    value: V,
) -> Arc<V> {
    match known.get(&key) {
        Some(same) if **same == value => return Arc::clone(same),
        _ => {}
    }
    let value = Arc::new(value);
    if known.len() < SHARED || known.contains_key(&key) {
        known.insert(key, Arc::clone(&value));
    }
    value
}
