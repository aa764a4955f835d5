//! What the upstream still owes an answer to, in the order in which it was sent.

use std::sync::{Arc, atomic::Ordering};

use bytes::BytesMut;
use countersign_model::{ActionId, Decision, Limits, OutcomeStatus};

use super::{
    names::{Portal, Statement},
    stop::Stop,
};
use crate::{
    pipeline::{Inspected, Judged, Outcome, Running},
    postgres::mask::{CopyPlan, Filtering, Masking, RowPlan, Tally},
};

/// One answer that is due.
#[derive(Debug)]
pub(super) enum Awaited {
    /// ParseComplete. What the name meant before is put back when the server does not get there.
    Parse {
        statement: Arc<Statement>,
        previous: Option<Arc<Statement>>,
        visible: bool,
    },
    /// BindComplete, likewise.
    Bind {
        portal: Arc<Portal>,
        previous: Option<Arc<Portal>>,
    },
    /// CloseComplete, likewise.
    CloseStatement {
        previous: Option<Arc<Statement>>,
        visible: bool,
    },
    /// CloseComplete, likewise.
    ClosePortal { previous: Option<Arc<Portal>> },
    /// ParameterDescription, then RowDescription or NoData.
    DescribeStatement { statement: Arc<Statement> },
    /// RowDescription or NoData.
    DescribePortal {
        portal: Arc<Portal>,
        masking: Option<Arc<Masking>>,
        visible: bool,
    },
    /// Rows, then one of four endings.
    Execute(Box<Execution>),
    /// Everything that a simple query answers, up to ReadyForQuery.
    Query(Box<Execution>),
    /// The same for a text without any statement: nothing runs.
    EmptyQuery,
    /// EmptyQueryResponse of a portal without any statement.
    EmptyExecute,
    /// The error of a message that was sent to fail; the client gets these bytes in its place.
    Refusal(BytesMut),
    /// ReadyForQuery.
    Ready,
}

/// An action that the upstream has been sent.
#[derive(Debug)]
pub(super) struct Execution {
    running: Running,
    pub(super) inspected: Arc<Inspected>,
    pub(super) decision: Arc<Decision>,
    pub(super) masking: Arc<Masking>,
    /// The portal, for an Execute.
    pub(super) portal: Option<Arc<Portal>>,
    /// Which statement of a simple query answers now.
    pub(super) statement: usize,
    /// How its rows are masked; `None` until its columns are known.
    pub(super) plan: Option<Arc<RowPlan>>,
    pub(super) copy: Option<CopyPlan>,
    pub(super) tally: Tally,
    pub(super) filtering: Filtering,
    /// Why the client gets nothing more of it.
    pub(super) stop: Option<Stop>,
    /// The server was asked to cancel it; its error becomes this.
    pub(super) time_is_up: Option<Stop>,
    rows: u64,
    bytes: u64,
    tags: Vec<String>,
    sqlstate: Option<String>,
}

impl Execution {
    pub(super) fn new(
        running: Running,
        judged: &Judged,
        masking: Arc<Masking>,
        filtering: Filtering,
        portal: Option<Arc<Portal>>,
    ) -> Self {
        Self {
            running,
            inspected: Arc::clone(judged.inspected()),
            decision: Arc::clone(judged.decision()),
            masking,
            portal,
            statement: 0,
            plan: None,
            copy: None,
            tally: Tally::default(),
            filtering,
            stop: None,
            time_is_up: None,
            rows: 0,
            bytes: 0,
            tags: Vec::new(),
            sqlstate: None,
        }
    }

    pub(super) const fn action_id(&self) -> ActionId {
        self.running.action_id()
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.decision.obligations.limits
    }

    /// Rows that went to the client from this portal or query, earlier Executes included.
    pub(super) fn delivered(&self) -> u64 {
        match &self.portal {
            Some(portal) => portal.rows.load(Ordering::Relaxed),
            None => self.rows,
        }
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn count_row(&mut self, bytes: usize) {
        self.rows += 1;
        self.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
        if let Some(portal) = &self.portal {
            portal.rows.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn completed(&mut self, tag: &str) {
        self.tags.push(tag.to_owned());
        self.statement += 1;
        self.plan = None;
        self.copy = None;
    }

    /// Whether no statement of it is left to answer.
    pub(super) fn is_answered(&self) -> bool {
        self.statement >= self.inspected.facts().statements.len()
    }

    pub(super) fn failed(&mut self, sqlstate: &str) {
        self.sqlstate = Some(sqlstate.to_owned());
    }

    /// What the journal is told at the end.
    pub(super) fn finish(self) -> (Running, Outcome) {
        let status = match (&self.stop, &self.sqlstate) {
            (Some(_), _) => OutcomeStatus::Limited,
            (None, Some(_)) => OutcomeStatus::Failed,
            (None, None) => OutcomeStatus::Completed,
        };
        let (masked, findings) = self.tally.finish();
        let outcome = Outcome {
            status,
            rows: self.rows,
            bytes: self.bytes,
            tags: self.tags,
            sqlstate: self.sqlstate,
            masked,
            findings,
            response: None,
        };
        (self.running, outcome)
    }
}
