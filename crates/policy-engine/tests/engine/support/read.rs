//! Reading a record of decisions, and judging it again.

use std::{collections::HashMap, sync::Arc};

use countersign_model::{
    ActionId, Decision, DecisionRecord, Event, EventBody, Operation, Principal, SessionId,
    SqlFacts, SqlOperation, Target, TargetKind, TokenUsage,
};
use countersign_policy_engine::{
    FactsKey,
    replay::{Recorded, Replayer, SessionReplay, Step},
};

/// A recorded step of a session, with what it refers to resolved.
pub enum Line {
    Enter(Arc<Principal>, Arc<Target>),
    Judge(Box<Recorded>),
    Returned(ActionId, u64),
}

/// The record's lines by session, in the order in which the sessions were opened.
pub fn sessions(events: impl Iterator<Item = Event>) -> Vec<(SessionId, Vec<Line>)> {
    type Full = HashMap<ActionId, (Arc<Decision>, Arc<SqlFacts>, FactsKey)>;
    let mut places: HashMap<SessionId, usize> = HashMap::new();
    let mut sessions: Vec<(SessionId, Vec<Line>)> = Vec::new();
    let mut full: Full = HashMap::new();
    for event in events {
        let session = event.body.session_id().expect("all are of a session");
        let place = *places.entry(session).or_insert_with(|| {
            sessions.push((session, Vec::new()));
            sessions.len() - 1
        });
        let (action_id, operation, decision, grant) = match event.body {
            EventBody::SessionOpened(opened) => {
                let target = Target {
                    id: opened.target_id,
                    name: opened.target,
                    kind: TargetKind::Postgres,
                    labels: opened.labels,
                    default_verdict: opened.default_verdict,
                    access: countersign_model::TargetAccess::Standing,
                };
                let enter = Line::Enter(Arc::new(opened.principal), Arc::new(target));
                sessions[place].1.push(enter);
                continue;
            }
            EventBody::ActionIntent(intent) => (
                intent.action_id,
                intent.operation,
                intent.decision,
                intent.grant,
            ),
            EventBody::ActionRefused(refused) => (
                refused.action_id,
                refused.operation,
                refused.decision.expect("judged"),
                refused.grant,
            ),
            EventBody::ActionOutcome(outcome) => {
                let returned = Line::Returned(outcome.action_id, outcome.rows);
                sessions[place].1.push(returned);
                continue;
            }
            other => panic!("{other:?}"),
        };
        let resolved = match decision {
            DecisionRecord::Full(decision) => {
                let facts = operation.facts.clone().expect("facts");
                let key = FactsKey::of(&facts);
                full.insert(action_id, (Arc::clone(&decision), facts, key));
                full[&action_id].clone()
            }
            DecisionRecord::SameAs(earlier) => full[&earlier].clone(),
        };
        sessions[place].1.push(Line::Judge(Box::new(Recorded {
            action_id,
            at: event.at,
            grant,
            operation: Operation::Sql(SqlOperation {
                text: operation.text,
                facts: resolved.1,
                parameters: operation.parameters,
            }),
            facts: resolved.2,
            decision: resolved.0,
            foreseen: false,
        })));
    }
    sessions
}

/// Replays sessions, those of one principal on one of two threads, and hands each step to `each`
/// in the order of the thread.
pub fn replay<T: Send>(
    replayer: &Replayer,
    sessions: Vec<(SessionId, Vec<Line>)>,
    each: impl Fn(&mut Vec<T>, Step) + Sync,
) -> Vec<T> {
    let mut halves: [Vec<_>; 2] = [Vec::new(), Vec::new()];
    for session in sessions {
        let Some(Line::Enter(who, _)) = session.1.first() else {
            panic!("a session begins with its sign-in");
        };
        halves[usize::from(who.id.as_uuid().as_bytes()[15] % 2)].push(session);
    }
    let each = &each;
    std::thread::scope(|scope| {
        let threads = halves.map(|half| {
            scope.spawn(move || {
                let mut results = Vec::new();
                for (id, lines) in half {
                    let mut session: SessionReplay = replayer.begin(id);
                    for line in lines {
                        match line {
                            Line::Enter(who, what) => session.enter(who, what),
                            Line::Returned(action, rows) => {
                                session.returned(action, rows, TokenUsage::default());
                            }
                            Line::Judge(recorded) => each(&mut results, session.judge(*recorded)),
                        }
                    }
                }
                results
            })
        });
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a thread"))
            .collect()
    })
}
