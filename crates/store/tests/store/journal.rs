//! An edge's journal, as a test writes it.

use countersign_ledger::chain::{Link, START as CHAIN_START, link};
use countersign_model::{
    ActionId, ActionIntent, ActionOutcome, ActionRefused, CredentialId, DecisionRecord, Effect,
    Event, EventBatch, EventBody, MaskedCount, OutcomeStatus, RecordedOperation, ReviewId,
    ReviewState, ReviewStep, SessionClosed, SessionId, SessionOpened, TargetId, Timing,
};

use crate::samples::{at, decision, principal};

/// Writes records and cuts them into batches.
pub struct Journal {
    epoch: u64,
    records: Vec<String>,
    links: Vec<Link>,
}

impl Journal {
    pub fn new(epoch: u64) -> Self {
        Self {
            epoch,
            records: Vec::new(),
            links: vec![CHAIN_START],
        }
    }

    pub fn write(&mut self, body: EventBody) -> u64 {
        let seq = self.records.len() as u64 + 1;
        let event = Event {
            seq,
            at: at(seq),
            body,
        };
        let text = serde_json::to_string(&event).unwrap();
        self.links
            .push(link(self.links.last().unwrap(), text.as_bytes()));
        self.records.push(text);
        seq
    }

    /// Records `first` to `last`, both included.
    pub fn batch(&self, first: u64, last: u64) -> EventBatch {
        let (first_index, last_index) = (first as usize - 1, last as usize);
        EventBatch {
            epoch: self.epoch,
            first_seq: first,
            prev_hash: hex::encode(self.links[first_index]),
            records: self.records[first_index..last_index].to_vec(),
        }
    }

    pub fn all(&self) -> EventBatch {
        self.batch(1, self.records.len() as u64)
    }

    pub fn hash(&self, seq: u64) -> String {
        hex::encode(self.links[seq as usize])
    }

    pub fn open(&mut self, session_id: SessionId, name: &str) {
        self.write(EventBody::SessionOpened(SessionOpened {
            session_id,
            principal: principal(name),
            credential_id: CredentialId::new(),
            target_id: TargetId::new(),
            target: "shop-production".to_owned(),
            labels: Default::default(),
            default_verdict: Default::default(),
            protocol: "postgres".to_owned(),
            client: "192.0.2.7:40312".to_owned(),
            application: Some("psql".to_owned()),
            tls: true,
            grant: None,
        }));
    }

    pub fn intent(&mut self, session_id: SessionId, decision: DecisionRecord) -> ActionId {
        let action_id = ActionId::new();
        self.run(session_id, action_id, decision, None);
        action_id
    }

    /// An action that was approved runs.
    pub fn run_held(&mut self, session_id: SessionId, action_id: ActionId, review_id: ReviewId) {
        self.run(session_id, action_id, full(Effect::Review), Some(review_id));
    }

    fn run(
        &mut self,
        session_id: SessionId,
        action_id: ActionId,
        decision: DecisionRecord,
        review_id: Option<ReviewId>,
    ) {
        self.write(EventBody::ActionIntent(ActionIntent {
            session_id,
            action_id,
            operation: operation(),
            decision,
            review_id,
            timing: Timing::default(),
            grant: None,
        }));
    }

    pub fn outcome(&mut self, session_id: SessionId, action_id: ActionId, masked: u64, ok: bool) {
        let status = if ok {
            OutcomeStatus::Completed
        } else {
            OutcomeStatus::Failed
        };
        let column = MaskedCount {
            column: "email".to_owned(),
            entity: "EMAIL_ADDRESS".to_owned(),
            count: masked,
        };
        self.write(EventBody::ActionOutcome(ActionOutcome {
            session_id,
            action_id,
            status,
            rows: 10,
            bytes: 1000,
            tags: vec!["SELECT 10".to_owned()],
            sqlstate: None,
            masked: if masked > 0 { vec![column] } else { Vec::new() },
            findings: Vec::new(),
            timing: Timing::default(),
            grant: None,
            response: None,
        }));
    }

    pub fn refuse(&mut self, session_id: SessionId, review_id: Option<ReviewId>) {
        self.write(EventBody::ActionRefused(ActionRefused {
            session_id,
            action_id: ActionId::new(),
            operation: operation(),
            code: "denied".to_owned(),
            reason: "no".to_owned(),
            decision: Some(full(Effect::Deny)),
            review_id,
            timing: Timing::default(),
            grant: None,
        }));
    }

    pub fn review(
        &mut self,
        session_id: SessionId,
        review_id: ReviewId,
        state: ReviewState,
    ) -> ActionId {
        let action_id = ActionId::new();
        let first = state == ReviewState::Pending;
        self.write(EventBody::Review(ReviewStep {
            session_id,
            action_id,
            review_id,
            state,
            digest: "ab".repeat(32),
            operation: first.then(operation),
            decision: first.then(|| decision(Effect::Review, 1).into()),
            decided_by: None,
            comment: None,
            grant: None,
        }));
        action_id
    }

    pub fn close(&mut self, session_id: SessionId) {
        self.write(EventBody::SessionClosed(SessionClosed {
            session_id,
            reason: "client_closed".to_owned(),
            grant: None,
        }));
    }
}

pub fn full(effect: Effect) -> DecisionRecord {
    DecisionRecord::Full(decision(effect, 1).into())
}

fn operation() -> RecordedOperation {
    RecordedOperation {
        phase: "simple".to_owned(),
        text: "SELECT '\u{1f600}\n', email FROM customers".into(),
        parameters: [].into(),
        facts: None,
        request: None,
    }
}
