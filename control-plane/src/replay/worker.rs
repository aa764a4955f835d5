//! One thread that judges again.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, atomic::Ordering::Relaxed},
};

use countersign_model::{
    ActionId, Decision, DecisionRecord, EventBody, GrantRef, Operation, Principal,
    RecordedOperation, ReviewState, SessionId, SqlFacts, SqlOperation, Target,
};
use countersign_policy_engine::{
    FactsKey,
    replay::{Recorded, Replayer, SessionReplay, Step},
};
use countersign_store::{ReplaySpan, Store, StoreError, made_at};
use tokio::{runtime::Handle, sync::mpsc};

use super::{
    Progress,
    feed::{Item, Work},
    groups::Groups,
    record::{ActionLine, Kind, OutcomeLine, ReviewLine},
};

/// Decisions that later actions may refer to. An edge refers to the latest of a session; one that
/// was let go here is read from the store again.
const EARLIER: usize = 8_192;

/// Sessions whose judges are kept. Another one's is made anew when its turn comes again.
const JUDGES: usize = 1_024;

/// The phase in which counters are read and not moved: what is parsed does not run yet.
const PARSED: &str = "parse";

/// A decision as it was recorded in full, with the facts it was about.
#[derive(Clone)]
struct Earlier {
    facts: Facts,
    decision: Arc<Decision>,
}

/// What a decision was about.
#[derive(Clone)]
enum Facts {
    /// A SQL text; what was known of it stands with the decision.
    Sql(Arc<SqlFacts>, FactsKey),
    /// Anything else: each record has the whole operation.
    Recorded,
}

impl Facts {
    /// Those of an operation that was recorded with its decision; nothing where they are missing.
    fn of(operation: &RecordedOperation) -> Option<Self> {
        if operation.request.is_some() {
            return Some(Self::Recorded);
        }
        let facts = operation.facts.as_ref()?;
        Some(Self::Sql(Arc::clone(facts), FactsKey::of(facts)))
    }

    /// The operation as the policies saw it, with the key of its facts; why not, where it cannot be
    /// made again.
    fn operation(
        self,
        recorded: &RecordedOperation,
    ) -> Result<(Operation, FactsKey), &'static str> {
        match (self, &recorded.request) {
            (Self::Sql(facts, key), None) => {
                let sql = SqlOperation {
                    text: Arc::clone(&recorded.text),
                    facts,
                    parameters: Arc::clone(&recorded.parameters),
                };
                Ok((Operation::Sql(sql), key))
            }
            (Self::Recorded, Some(request)) => {
                let operation =
                    countersign_inspect::recorded(request).map_err(|_| "unparseable")?;
                let key = FactsKey::of_operation(&operation);
                Ok((operation, key))
            }
            _ => Err("no_facts"),
        }
    }
}

/// One thread that judges again.
pub struct Worker {
    replayer: Replayer,
    store: Store,
    handle: Handle,
    span: ReplaySpan,
    progress: Arc<Progress>,
    present: HashMap<SessionId, (Arc<Principal>, Arc<Target>)>,
    judges: HashMap<SessionId, SessionReplay>,
    earlier: HashMap<ActionId, Earlier>,
    order: VecDeque<ActionId>,
    groups: Groups,
}

impl Worker {
    /// A thread's state.
    pub fn new(
        replayer: Replayer,
        store: Store,
        handle: Handle,
        span: ReplaySpan,
        progress: Arc<Progress>,
    ) -> Self {
        Self {
            replayer,
            store,
            handle,
            span,
            progress,
            present: HashMap::new(),
            judges: HashMap::new(),
            earlier: HashMap::new(),
            order: VecDeque::new(),
            groups: Groups::default(),
        }
    }

    /// Judges all that comes, and tells the differences.
    pub fn run(mut self, mut work: mpsc::Receiver<Work>) -> Groups {
        while let Some(Work { text, items }) = work.blocking_recv() {
            for item in items {
                if self.progress.is_over() {
                    return self.groups;
                }
                match item {
                    Item::Enter {
                        session,
                        principal,
                        target,
                    } => self.enter(session, principal, target),
                    Item::Leave(session) => {
                        self.present.remove(&session);
                        self.judges.remove(&session);
                    }
                    Item::Line {
                        session,
                        kind,
                        range,
                    } => {
                        let line = text.get(range).unwrap_or_default();
                        match kind {
                            Kind::Action => self.action(session, line),
                            Kind::Review => self.review(session, line),
                            Kind::Outcome => self.outcome(session, line),
                        }
                    }
                }
            }
        }
        self.groups
    }

    fn enter(&mut self, session: SessionId, principal: Arc<Principal>, target: Arc<Target>) {
        if let Some(judge) = self.judges.get_mut(&session) {
            judge.enter(Arc::clone(&principal), Arc::clone(&target));
        }
        self.present.insert(session, (principal, target));
    }

    /// An action that ran or was refused. One that went through a review was judged when it was
    /// held.
    fn action(&mut self, session: SessionId, line: &str) {
        let Ok(line) = serde_json::from_str::<ActionLine>(line) else {
            return self.skip("unreadable");
        };
        let found = match line.decision {
            // Refused before any policy was asked.
            None => return,
            Some(DecisionRecord::Full(decision)) => {
                let Some(facts) = Facts::of(&line.operation) else {
                    return self.skip("no_facts");
                };
                let found = Earlier { facts, decision };
                self.remember(line.action_id, found.clone());
                found
            }
            Some(DecisionRecord::SameAs(earlier)) => match self.earlier(earlier) {
                Some(found) => found,
                None if line.review_id.is_some() => return,
                None => return self.skip("earlier_decision_missing"),
            },
        };
        if line.review_id.is_none() {
            self.judge(session, line.action_id, line.grant, &line.operation, found);
        }
    }

    /// The first step of a review holds the decision that held the action.
    fn review(&mut self, session: SessionId, line: &str) {
        let Ok(line) = serde_json::from_str::<ReviewLine>(line) else {
            return self.skip("unreadable");
        };
        let (ReviewState::Pending, Some(operation), Some(decision)) =
            (line.state, line.operation, line.decision)
        else {
            return;
        };
        let Some(facts) = Facts::of(&operation) else {
            return self.skip("no_facts");
        };
        let found = Earlier { facts, decision };
        self.judge(session, line.action_id, line.grant, &operation, found);
    }

    fn outcome(&mut self, session: SessionId, line: &str) {
        if let Some(judge) = self.judges.get_mut(&session)
            && let Ok(line) = serde_json::from_str::<OutcomeLine>(line)
        {
            let usage = line.response.usage.unwrap_or_default();
            judge.returned(line.action_id, line.rows, usage);
        }
    }

    fn judge(
        &mut self,
        session: SessionId,
        action_id: ActionId,
        grant: Option<Arc<GrantRef>>,
        operation: &RecordedOperation,
        found: Earlier,
    ) {
        let Earlier { facts, decision } = found;
        let (what, key) = match facts.operation(operation) {
            Ok(found) => found,
            Err(reason) => return self.skip(reason),
        };
        let Some((principal, target)) = self.present.get(&session) else {
            return self.skip("session_unknown");
        };
        if self.judges.len() >= JUDGES && !self.judges.contains_key(&session) {
            self.judges.clear();
        }
        let judge = self.judges.entry(session).or_insert_with(|| {
            let mut judge = self.replayer.begin(session);
            judge.enter(Arc::clone(principal), Arc::clone(target));
            judge
        });
        let recorded = Recorded {
            action_id,
            // An id is made right before the action is judged for the first time.
            at: made_at(action_id).unwrap_or(self.span.since),
            grant,
            operation: what,
            facts: key,
            decision,
            foreseen: operation.phase == PARSED,
        };
        match judge.judge(recorded) {
            Step::Judged(replayed) => {
                self.progress.judged.fetch_add(1, Relaxed);
                if replayed.differs() {
                    self.progress.differing.fetch_add(1, Relaxed);
                    self.groups.add(&replayed);
                }
            }
            Step::Skipped { reason, .. } => self.skip(reason.as_str()),
        }
    }

    fn skip(&mut self, reason: &str) {
        self.progress.skipped.fetch_add(1, Relaxed);
        self.groups.skip(reason);
    }

    fn remember(&mut self, action: ActionId, found: Earlier) {
        if self.order.len() >= EARLIER
            && let Some(oldest) = self.order.pop_front()
        {
            self.earlier.remove(&oldest);
        }
        if self.earlier.insert(action, found).is_none() {
            self.order.push_back(action);
        }
    }

    /// What stands in full with an earlier action.
    fn earlier(&mut self, action: ActionId) -> Option<Earlier> {
        if let Some(found) = self.earlier.get(&action) {
            return Some(found.clone());
        }
        let record = match self.handle.block_on(self.store.action(action)) {
            Ok(record) => record,
            Err(StoreError::NotFound(_)) => return None,
            Err(error) => {
                tracing::warn!(%error, "an earlier decision cannot be read");
                return None;
            }
        };
        let found = record
            .events
            .iter()
            .find_map(|event| full(&event.event.body))?;
        self.remember(action, found.clone());
        Some(found)
    }
}

fn full(body: &EventBody) -> Option<Earlier> {
    let EventBody::ActionIntent(intent) = body else {
        return None;
    };
    let DecisionRecord::Full(decision) = &intent.decision else {
        return None;
    };
    Some(Earlier {
        facts: Facts::of(&intent.operation)?,
        decision: Arc::clone(decision),
    })
}
