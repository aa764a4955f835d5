//! Answers of the server, matched to what they answer.

use std::sync::Arc;

use countersign_model::{SqlStatement, StatementClass};

use super::{
    End, Relay,
    names::Statement,
    queue::{Awaited, Execution},
};
use crate::postgres::{
    backend::{Fields, TxStatus, row_description, write_parameter_status, write_ready},
    frame::Frame,
    frontend,
    mask::{Masking, PlanInput, RowPlan},
    settings,
    wire::{Reader, WireError},
};

const OUT_OF_ORDER: End = End::UpstreamFault("an answer to something else");

impl Relay {
    pub(super) async fn on_server(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        match frame.tag {
            b'D' => return self.row(frame),
            b'C' | b's' | b'I' => return self.ending(frame),
            b'Z' => return self.ready(frame),
            b'T' => return self.row_description(frame).await,
            b'E' => return self.error(frame),
            b'N' => self.notice(frame)?,
            b'S' => self.parameter_status(frame)?,
            b'A' => self.notification(frame)?,
            b'1' | b'2' | b'3' => self.completed(frame)?,
            b't' => self.parameter_description(frame)?,
            b'n' => self.no_data(frame)?,
            b'G' => self.copy_in(frame)?,
            b'H' => return self.copy_out(frame).await,
            b'd' => self.copy_data(frame)?,
            b'c' => self.copy_done(frame)?,
            _ => return Err(OUT_OF_ORDER),
        }
        Ok(())
    }

    /// Passes a message on as it is.
    pub(super) fn forward(&mut self, frame: &Frame<'_>) {
        self.client.output.extend_from_slice(frame.raw);
    }

    /// The answer at the front of the queue has come in full.
    pub(super) fn pop(&mut self) -> Option<Awaited> {
        let due = self.queue.pop_front();
        if self.queue.is_empty() {
            self.barrier = false;
        }
        due
    }

    /// ParseComplete, BindComplete, CloseComplete.
    fn completed(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        let visible = match (frame.tag, self.pop()) {
            (b'1', Some(Awaited::Parse { visible, .. }))
            | (b'3', Some(Awaited::CloseStatement { visible, .. })) => visible,
            (b'2', Some(Awaited::Bind { .. })) | (b'3', Some(Awaited::ClosePortal { .. })) => true,
            _ => return Err(OUT_OF_ORDER),
        };
        if visible {
            self.forward(frame);
        }
        Ok(())
    }

    fn parameter_description(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        let Some(Awaited::DescribeStatement { statement }) = self.queue.front() else {
            return Err(OUT_OF_ORDER);
        };
        describe_parameters(statement, frame.body)?;
        self.forward(frame);
        Ok(())
    }

    fn no_data(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        match self.pop() {
            Some(Awaited::DescribeStatement { .. }) => self.forward(frame),
            Some(Awaited::DescribePortal { visible, .. }) => {
                if visible {
                    self.forward(frame);
                }
            }
            _ => return Err(OUT_OF_ORDER),
        }
        Ok(())
    }

    async fn row_description(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        match self.queue.front_mut() {
            Some(Awaited::DescribeStatement { .. }) => {
                self.pop();
            }
            Some(Awaited::DescribePortal { .. }) => {
                let Some(Awaited::DescribePortal {
                    portal,
                    masking,
                    visible,
                }) = self.pop()
                else {
                    return Err(OUT_OF_ORDER);
                };
                if let Some(masking) = masking {
                    let statement = &portal.statement;
                    let plan = match statement
                        .plans
                        .get(frame.body, &masking, &self.target.catalog)
                    {
                        Some(plan) => plan,
                        None => {
                            let facts = statement.inspected.facts().statements.first();
                            let plan = self.plan(frame.body, &masking, facts).await?;
                            statement
                                .plans
                                .put(frame.body, &masking, &plan, &self.target.catalog);
                            plan
                        }
                    };
                    portal.set_plan(masking, plan);
                }
                if !visible {
                    return Ok(());
                }
            }
            Some(Awaited::Query(execution)) => {
                if execution.stop.is_some() {
                    return Ok(());
                }
                if !execution.masking.is_empty() {
                    let masking = Arc::clone(&execution.masking);
                    let inspected = Arc::clone(&execution.inspected);
                    let index = execution.statement;
                    let facts = inspected.facts().statements.get(index);
                    let plan = self.query_plan(frame.body, &masking, facts).await?;
                    if let Some(Awaited::Query(execution)) = self.queue.front_mut() {
                        execution.plan = Some(plan);
                    }
                }
            }
            _ => return Err(OUT_OF_ORDER),
        }
        self.forward(frame);
        Ok(())
    }

    /// The plan for a simple query. Where every column comes unchanged from a table that is only
    /// read, the plan depends on the description alone, and the last one may do again.
    async fn query_plan(
        &self,
        description: &[u8],
        masking: &Arc<Masking>,
        facts: Option<&SqlStatement>,
    ) -> Result<Arc<RowPlan>, End> {
        let reads = facts.is_some_and(|facts| facts.tables_written.is_empty());
        let catalog = &self.target.catalog;
        if reads && let Some(plan) = self.plans.get(description, masking, catalog) {
            return Ok(plan);
        }
        let plan = self.plan(description, masking, facts).await?;
        if reads
            && row_description(description)?
                .iter()
                .all(|column| column.table != 0)
        {
            self.plans.put(description, masking, &plan, catalog);
        }
        Ok(plan)
    }

    /// How rows of these columns are masked.
    async fn plan(
        &self,
        description: &[u8],
        masking: &Arc<Masking>,
        facts: Option<&SqlStatement>,
    ) -> Result<Arc<RowPlan>, End> {
        let columns = row_description(description)?;
        let input = PlanInput {
            columns: &columns,
            masking,
            facts,
            catalog: &self.target.catalog,
        };
        Ok(Arc::new(input.plan().await))
    }

    /// CommandComplete, PortalSuspended, EmptyQueryResponse.
    fn ending(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        match self.queue.front_mut() {
            Some(Awaited::EmptyQuery) => self.forward(frame),
            Some(Awaited::EmptyExecute) => {
                self.pop();
                self.forward(frame);
            }
            Some(Awaited::Query(execution)) => {
                execution.completed(tag(frame)?);
                let answered = execution.is_answered();
                self.catalog_may_change();
                if answered {
                    self.finish_filters();
                }
                if !self.is_stopped() {
                    self.forward(frame);
                }
            }
            Some(Awaited::Execute(execution)) => {
                if frame.tag == b'C' {
                    execution.completed(tag(frame)?);
                    self.catalog_may_change();
                }
                self.finish_filters();
                let Some(Awaited::Execute(execution)) = self.pop() else {
                    return Err(OUT_OF_ORDER);
                };
                if execution.stop.is_some() {
                    // The server does not know that the client was told of an error.
                    self.fail_behind();
                } else {
                    self.forward(frame);
                }
                self.finish(*execution);
            }
            _ => return Err(OUT_OF_ORDER),
        }
        Ok(())
    }

    /// Whether the client gets nothing more of the action at the front.
    fn is_stopped(&self) -> bool {
        match self.queue.front() {
            Some(Awaited::Query(execution) | Awaited::Execute(execution)) => {
                execution.stop.is_some()
            }
            _ => false,
        }
    }

    /// What has been sent behind a stopped Execute must fail, or be skipped.
    fn fail_behind(&mut self) {
        if matches!(self.queue.front(), Some(Awaited::Ready)) {
            // Its Sync is at the server already; the transaction is failed behind it.
            self.fail_transaction = true;
        } else {
            self.send_failure(None);
            self.dirty = true;
            self.discarding = true;
        }
    }

    fn ready(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        let status = TxStatus::parse(frame.body)?;
        let mut fail = std::mem::take(&mut self.fail_transaction);
        match self.pop() {
            Some(Awaited::Ready | Awaited::EmptyQuery) => {}
            Some(Awaited::Query(execution)) => {
                fail |= execution.stop.is_some();
                self.finish(*execution);
            }
            _ => return Err(OUT_OF_ORDER),
        }
        self.deadline = None;
        self.copy_in = false;
        self.status = status;
        self.answered += 1;
        if status == TxStatus::Idle {
            self.names.end_portals(self.answered);
            if std::mem::take(&mut self.catalog_changed) {
                self.target.catalog.forget();
            }
        }
        if fail && status == TxStatus::InTransaction {
            // The client was told of an error, so its transaction has failed: let it.
            self.send_failure(None);
            frontend::write_bare(&mut self.server.output, b'S');
            self.push_ready();
            self.barrier = true;
            return Ok(());
        }
        write_ready(&mut self.client.output, status);
        Ok(())
    }

    /// An error ends what is at the front, and everything behind it up to the Sync.
    fn error(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        let fields = Fields::parse(frame.body)?;
        let sqlstate = fields.sqlstate();
        self.copy_in = false;
        self.server_fatal |= matches!(fields.get(b'V'), Some("FATAL" | "PANIC"));
        match self.queue.front_mut() {
            // Said unasked: the server is about to close the connection.
            None => {
                let masking = Arc::clone(&self.latest_masking);
                self.report(frame, &fields, &masking, None);
            }
            Some(Awaited::EmptyQuery) => self.forward(frame),
            Some(Awaited::Query(execution)) => {
                execution.failed(sqlstate);
                let stopped = execution.stop.is_some();
                if let Some(stop) = execution.time_is_up.take() {
                    self.tell_stop(stop);
                } else if !stopped {
                    self.report_for_front(frame, &fields);
                }
            }
            Some(Awaited::Refusal(_)) => {
                if let Some(Awaited::Refusal(bytes)) = self.pop() {
                    self.client.output.extend_from_slice(&bytes);
                }
                self.skip_to_ready(sqlstate);
            }
            Some(Awaited::Ready) => {
                // The commit itself failed, such as by a deferred constraint.
                self.report_for_front(frame, &fields);
            }
            Some(Awaited::Execute(execution)) => {
                execution.failed(sqlstate);
                let stopped = execution.stop.is_some();
                if let Some(stop) = execution.time_is_up.take() {
                    self.tell_stop(stop);
                } else if !stopped {
                    self.report_for_front(frame, &fields);
                }
                self.skip_to_ready(sqlstate);
            }
            Some(_) => {
                self.report_for_front(frame, &fields);
                self.skip_to_ready(sqlstate);
            }
        }
        Ok(())
    }

    /// The server skips everything up to the next Sync; what it skipped has not happened.
    fn skip_to_ready(&mut self, sqlstate: &str) {
        let mut skipped = Vec::new();
        while !matches!(self.queue.front(), None | Some(Awaited::Ready)) {
            skipped.extend(self.pop());
        }
        if self.queue.is_empty() {
            self.discarding = true;
        }
        // The latest change of a name is put back first.
        for due in skipped.into_iter().rev() {
            match due {
                Awaited::Parse {
                    statement,
                    previous,
                    ..
                } => self.names.undo_statement(&statement, previous),
                Awaited::Bind { portal, previous } => self.names.undo_portal(&portal, previous),
                Awaited::CloseStatement {
                    previous: Some(previous),
                    ..
                } => drop(self.names.set_statement(previous)),
                Awaited::ClosePortal {
                    previous: Some(previous),
                } => drop(self.names.set_portal(previous)),
                Awaited::Execute(mut execution) | Awaited::Query(mut execution) => {
                    execution.failed(sqlstate);
                    self.finish(*execution);
                }
                _ => {}
            }
        }
    }

    /// Records how an action ended.
    fn finish(&mut self, execution: Execution) {
        self.deadline = None;
        let (running, outcome) = execution.finish();
        self.session.record_outcome(running, outcome);
    }

    /// A statement has completed that may have changed what tables and views are.
    fn catalog_may_change(&mut self) {
        if let Some(Awaited::Execute(execution) | Awaited::Query(execution)) = self.queue.front()
            && execution.inspected.class() >= StatementClass::Admin
        {
            self.target.catalog.forget();
            // Others see it when it is committed.
            self.catalog_changed = true;
        }
    }

    fn parameter_status(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        let mut reader = Reader::new(frame.body);
        let (name, value) = (reader.string()?, reader.string()?);
        reader.finish()?;
        let pinned = settings::REPORTED
            .iter()
            .find(|(reported, _)| *reported == name);
        let changed = match pinned {
            Some((_, fixed)) => !fixed.eq_ignore_ascii_case(value),
            None => {
                name == "session_authorization"
                    && self
                        .server_role
                        .as_deref()
                        .is_some_and(|role| role != value)
            }
        };
        if changed {
            return Err(End::UpstreamFault("a pinned setting was changed by SQL"));
        }
        write_parameter_status(&mut self.client.output, name, value);
        Ok(())
    }

    fn copy_done(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        let Some(Awaited::Query(execution) | Awaited::Execute(execution)) = self.queue.front()
        else {
            return Err(OUT_OF_ORDER);
        };
        if execution.stop.is_none() {
            self.forward(frame);
        }
        Ok(())
    }

    fn copy_in(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        if !matches!(
            self.queue.front(),
            Some(Awaited::Query(_) | Awaited::Execute(_))
        ) {
            return Err(OUT_OF_ORDER);
        }
        // The server ignores Syncs that reach it while it reads rows.
        let mut front = true;
        let before = self.queue.len();
        self.queue
            .retain(|due| std::mem::take(&mut front) || !matches!(due, Awaited::Ready));
        if self.queue.len() < before {
            let ignored = u64::try_from(before - self.queue.len()).unwrap_or(0);
            self.segment -= ignored.min(self.segment);
            self.dirty = true;
        }
        self.copy_in = true;
        self.forward(frame);
        Ok(())
    }
}

/// A command tag.
fn tag<'a>(frame: &Frame<'a>) -> Result<&'a str, WireError> {
    if frame.tag != b'C' {
        return Ok("");
    }
    let mut reader = Reader::new(frame.body);
    let tag = reader.string()?;
    reader.finish()?;
    Ok(tag)
}

fn describe_parameters(statement: &Statement, body: &[u8]) -> Result<(), WireError> {
    let mut reader = Reader::new(body);
    let count = reader.u16()?;
    let types = (0..count)
        .map(|_| reader.u32())
        .collect::<Result<Arc<[u32]>, _>>()?;
    reader.finish()?;
    statement.set_described(types);
    Ok(())
}
