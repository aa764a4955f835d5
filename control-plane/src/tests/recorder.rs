//! An edge's record, as a test plays it: statements judged by the real engine with what is bound now,
//! written down as an edge does, and shipped.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use countersign_ledger::chain::{Link, START, link};
use countersign_model::{
    Action, ActionId, ActionIntent, ActionOutcome, ActionRefused, CredentialId, Decision,
    DecisionRecord, Effect, Event, EventBody, Operation, OutcomeStatus, Principal, PrincipalId,
    PrincipalKind, RawOperation, RecordedOperation, RecordedResponse, ReviewId, ReviewState,
    ReviewStep, SessionChanged, SessionClosed, SessionId, SessionOpened, Target, TargetId,
    TargetKind, Timestamp, Timing,
};
use countersign_policy_engine::{Counters, SessionJudge};
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::{Plane, TestEdge};

/// A built-in policy, pushed; the version.
pub async fn push(plane: &Plane, name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../plugins")
        .join(name);
    let module = countersign_policy_package::source::compile(&folder).unwrap();
    let component = countersign_policy_engine::build_policy(&module).unwrap();
    let request = Request::builder()
        .method(Method::POST)
        .uri("/api/v1/policy_versions")
        .header(header::AUTHORIZATION, format!("Bearer {}", plane.admin))
        .header(header::CONTENT_TYPE, "application/wasm")
        .body(Body::from(component))
        .unwrap();
    plane.send(request).await.expect(201)
}

/// Counters that only add.
#[derive(Default)]
struct Sums(Mutex<HashMap<String, u64>>);

impl Counters for Sums {
    fn count(&self, key: &str, amount: u64, _window_seconds: u32) -> u64 {
        let mut sums = self.0.lock().unwrap();
        let sum = sums.entry(key.to_owned()).or_default();
        *sum += amount;
        *sum
    }
}

/// One edge's journal.
pub struct Recorder {
    edge: TestEdge,
    records: Vec<String>,
    shipped: usize,
    at: Link,
    counters: Arc<dyn Counters>,
    now: Timestamp,
    /// What comes back of what runs next.
    response: Option<Arc<RecordedResponse>>,
}

/// One session of it.
pub struct Session {
    pub id: SessionId,
    pub principal: Arc<Principal>,
    pub target: Arc<Target>,
    judge: SessionJudge,
    full: Vec<(Arc<Decision>, ActionId)>,
}

impl Recorder {
    pub async fn new(plane: &Plane, name: &str) -> Self {
        Self {
            edge: plane.edge(name).await,
            records: Vec::new(),
            shipped: 0,
            at: START,
            counters: Arc::new(Sums::default()),
            now: plane.state.now(),
            response: None,
        }
    }

    fn write(&mut self, body: EventBody) {
        let seq = self.records.len() as u64 + 1;
        self.now = self.now.after(Duration::from_millis(1));
        let at = self.now;
        let event = Event { seq, at, body };
        self.records.push(serde_json::to_string(&event).unwrap());
    }

    /// Ships what was not shipped yet, in batches of `size`.
    pub async fn ship(&mut self, plane: &Plane, size: usize) {
        while self.shipped < self.records.len() {
            let end = (self.shipped + size).min(self.records.len());
            let records = &self.records[self.shipped..end];
            let batch = json!({
                "epoch": 1,
                "first_seq": self.shipped + 1,
                "prev_hash": hex::encode(self.at),
                "records": records,
            });
            for record in records {
                self.at = link(&self.at, record.as_bytes());
            }
            self.shipped = end;
            let path = "/edge/events";
            let answer = plane
                .as_edge(&self.edge, Method::POST, path, Some(batch))
                .await;
            answer.expect(200);
        }
    }

    /// Opens a session of an agent on a database with this label.
    pub async fn open(&mut self, plane: &Plane, name: &str, env: &str) -> Session {
        self.open_on(plane, name, env, TargetKind::Postgres).await
    }

    /// Opens a session of an agent on a target of this kind with this label.
    pub async fn open_on(
        &mut self,
        plane: &Plane,
        name: &str,
        env: &str,
        kind: TargetKind,
    ) -> Session {
        let principal = Arc::new(Principal {
            id: PrincipalId::new(),
            name: name.to_owned(),
            kind: PrincipalKind::Agent,
            groups: vec!["platform".to_owned()],
            claims: [].into(),
            on_behalf_of: None,
            owner: None,
        });
        let target = Arc::new(Target {
            id: TargetId::new(),
            name: format!("shop-{env}"),
            kind,
            labels: [("env".to_owned(), env.to_owned())].into(),
            default_verdict: countersign_model::DefaultVerdict::Allow,
            access: countersign_model::TargetAccess::Standing,
        });
        let id = SessionId::new();
        self.write(EventBody::SessionOpened(SessionOpened {
            session_id: id,
            principal: (*principal).clone(),
            credential_id: CredentialId::new(),
            target_id: target.id,
            target: target.name.clone(),
            labels: target.labels.clone(),
            default_verdict: target.default_verdict,
            protocol: kind.as_str().to_owned(),
            client: "192.0.2.7:40312".to_owned(),
            application: None,
            tls: true,
            grant: None,
        }));
        Session {
            judge: judge(plane, &principal, &target, id).await,
            id,
            principal,
            target,
            full: Vec::new(),
        }
    }

    /// The session takes up what is bound now, with other labels of its target.
    pub async fn change(&mut self, plane: &Plane, session: &mut Session, env: &str) {
        let mut target = (*session.target).clone();
        target.labels.insert("env".to_owned(), env.to_owned());
        session.target = Arc::new(target);
        self.write(EventBody::SessionChanged(SessionChanged {
            session_id: session.id,
            principal: (*session.principal).clone(),
            target: session.target.name.clone(),
            labels: session.target.labels.clone(),
            default_verdict: session.target.default_verdict,
            grant: None,
        }));
        session.judge = judge(plane, &session.principal, &session.target, session.id).await;
        session.full.clear();
    }

    pub fn close(&mut self, session: Session) {
        self.write(EventBody::SessionClosed(SessionClosed {
            session_id: session.id,
            reason: "client_closed".to_owned(),
            grant: None,
        }));
    }

    /// Judges a statement and records what an edge would: it runs, it is refused, or it is held and
    /// approved.
    pub fn run(&mut self, session: &mut Session, sql: &str) -> (ActionId, Effect) {
        self.ask(session, &RawOperation::Sql(sql.to_owned()), None)
    }

    /// The same with any operation, and what came back where it runs.
    pub fn ask(
        &mut self,
        session: &mut Session,
        raw: &RawOperation,
        response: Option<RecordedResponse>,
    ) -> (ActionId, Effect) {
        let action = self.action(session, raw);
        self.response = response.map(Arc::new);
        let judged = session.judge.judge(&action, &self.counters);
        let earlier = session
            .full
            .iter()
            .find(|(decision, _)| judged.reused && Arc::ptr_eq(decision, &judged.decision))
            .map(|(_, action)| *action);
        let operation = recorded(&action, earlier.is_none());
        let decision = match earlier {
            Some(earlier) => DecisionRecord::SameAs(earlier),
            None => DecisionRecord::Full(Arc::clone(&judged.decision)),
        };
        let effect = judged.decision.effect;
        let (session_id, action_id) = (session.id, action.id);
        match effect {
            Effect::Deny => self.write(EventBody::ActionRefused(ActionRefused {
                session_id,
                action_id,
                operation,
                code: "denied".to_owned(),
                reason: judged.decision.reasons.join("; "),
                decision: Some(decision),
                review_id: None,
                timing: Timing::default(),
                grant: None,
            })),
            Effect::Review => self.hold(session, &action, &judged.decision),
            Effect::Allow | Effect::Mask => {
                if earlier.is_none() {
                    let known = (Arc::clone(&judged.decision), action_id);
                    session.full.push(known);
                }
                self.intend(session_id, action_id, operation, decision, None);
            }
        }
        (action_id, effect)
    }

    /// A held action is approved, judged again, and runs.
    fn hold(&mut self, session: &mut Session, action: &Action, decision: &Arc<Decision>) {
        let review_id = ReviewId::new();
        let states = [
            ReviewState::Pending,
            ReviewState::Approved,
            ReviewState::Used,
        ];
        for state in states {
            let first = state == ReviewState::Pending;
            self.write(EventBody::Review(ReviewStep {
                session_id: session.id,
                action_id: action.id,
                review_id,
                state,
                digest: "ab".repeat(32),
                operation: first.then(|| recorded(action, true)),
                decision: first.then(|| Arc::clone(decision)),
                decided_by: (!first).then(|| "bob@example.com".to_owned()),
                comment: None,
                grant: None,
            }));
        }
        let again = session.judge.judge(action, &self.counters).decision;
        session.full.push((Arc::clone(&again), action.id));
        let operation = recorded(action, true);
        let decision = DecisionRecord::Full(again);
        self.intend(session.id, action.id, operation, decision, Some(review_id));
    }

    fn intend(
        &mut self,
        session_id: SessionId,
        action_id: ActionId,
        operation: RecordedOperation,
        decision: DecisionRecord,
        review_id: Option<ReviewId>,
    ) {
        self.write(EventBody::ActionIntent(ActionIntent {
            session_id,
            action_id,
            operation,
            decision,
            review_id,
            timing: Timing {
                judge_us: Some(7),
                ..Timing::default()
            },
            grant: None,
        }));
        let response = self.response.take();
        self.write(EventBody::ActionOutcome(ActionOutcome {
            session_id,
            action_id,
            status: OutcomeStatus::Completed,
            rows: 2,
            bytes: 20,
            tags: vec!["SELECT 2".to_owned()],
            sqlstate: None,
            masked: Vec::new(),
            findings: Vec::new(),
            timing: Timing {
                upstream_us: Some(900),
                ..Timing::default()
            },
            grant: None,
            response,
        }));
    }

    /// Any other event.
    pub fn note(&mut self, body: EventBody) {
        self.write(body);
    }

    fn action(&self, session: &Session, raw: &RawOperation) -> Action {
        let millis = u128::try_from(self.now.as_millis()).unwrap();
        let random = ActionId::new().as_uuid().as_u128() & ((1 << 62) - 1);
        let id = Uuid::from_u128((millis << 80) | (7 << 76) | (2 << 62) | random);
        Action {
            id: ActionId::from_uuid(id),
            at: self.now,
            session: session.id,
            principal: Arc::clone(&session.principal),
            target: Arc::clone(&session.target),
            operation: countersign_inspect::operation(raw).unwrap(),
            grant: None,
        }
    }
}

fn recorded(action: &Action, with_facts: bool) -> RecordedOperation {
    let phase = match action.operation.kind() {
        "sql" => "simple",
        "llm" => "llm_request",
        "tool_call" => "mcp_tool_call",
        "shell" => "ask",
        other => other,
    };
    let Operation::Sql(sql) = &action.operation else {
        return RecordedOperation {
            phase: phase.to_owned(),
            text: format!("one {phase}").into(),
            parameters: Arc::new([]),
            facts: None,
            request: Some(Arc::new(action.operation.to_raw())),
        };
    };
    RecordedOperation {
        phase: phase.to_owned(),
        text: Arc::clone(&sql.text),
        parameters: Arc::clone(&sql.parameters),
        facts: with_facts.then(|| Arc::clone(&sql.facts)),
        request: None,
    }
}

async fn judge(
    plane: &Plane,
    principal: &Arc<Principal>,
    target: &Arc<Target>,
    session: SessionId,
) -> SessionJudge {
    let (store, engine) = (&plane.state.store, &plane.state.engine);
    let set = plane.state.shelf.current(store, engine).await.unwrap();
    set.session(Arc::clone(principal), Arc::clone(target), session)
}
