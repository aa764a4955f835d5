//! Rows and words of the server on their way to the client: counted, limited, masked.

use std::sync::Arc;

use super::{
    End, Relay,
    queue::{Awaited, Execution},
    stop::Stop,
};
use crate::postgres::{
    backend::Fields,
    frame::Frame,
    mask::{CopyPlan, Masking, RowError, mask_report},
    wire::{Reader, message, put_string},
};
use bytes::BufMut as _;

const NO_QUERY: End = End::UpstreamFault("rows that nobody asked for");

impl Relay {
    /// One DataRow.
    pub(super) fn row(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        let Some(Awaited::Query(execution) | Awaited::Execute(execution)) = self.queue.front_mut()
        else {
            return Err(NO_QUERY);
        };
        if execution.stop.is_some() {
            return Ok(());
        }
        if let Some(stop) = reached(execution, frame.body.len()) {
            return self.stop(stop);
        }
        if execution.masking.is_empty() {
            execution.count_row(frame.body.len());
            self.client.output.extend_from_slice(frame.raw);
            return Ok(());
        }
        if execution.plan.is_none()
            && let Some(portal) = &execution.portal
        {
            execution.plan = portal.plan_for(&execution.masking);
        }
        let Some(plan) = &execution.plan else {
            return Err(End::UpstreamFault("rows without a description"));
        };
        if plan.passes() {
            execution.count_row(frame.body.len());
            self.client.output.extend_from_slice(frame.raw);
            return Ok(());
        }
        let written = plan.mask_row(
            frame.body,
            &mut self.client.output,
            &mut execution.tally,
            &mut execution.filtering,
        );
        if written.is_ok() {
            execution.count_row(frame.body.len());
        }
        self.written(written)
    }

    /// A row went on, or the response ends here.
    fn written(&mut self, written: Result<(), RowError>) -> Result<(), End> {
        match written {
            Ok(()) => Ok(()),
            Err(RowError::Wire(error)) => Err(error.into()),
            Err(RowError::Filter(failure)) => self.stop(Stop::Filter(failure)),
        }
    }

    /// The limit at the front of the queue is reached: the client is told, the server is stopped.
    fn stop(&mut self, stop: Stop) -> Result<(), End> {
        self.tell_stop(stop);
        // An Execute asks for one row more than the limit, so that the server stops by itself.
        let by_itself = matches!(self.queue.front(), Some(Awaited::Execute(_)))
            && matches!(stop, Stop::Rows(_));
        if !by_itself {
            self.wants_cancel = true;
        }
        Ok(())
    }

    /// Marks the action at the front as stopped and tells the client.
    pub(super) fn tell_stop(&mut self, stop: Stop) {
        let Some(Awaited::Query(execution) | Awaited::Execute(execution)) = self.queue.front_mut()
        else {
            return;
        };
        execution.stop = Some(stop);
        let report = stop.report(
            execution.action_id(),
            execution.inspected.has_side_effects(),
        );
        report.write(&mut self.client.output);
    }

    /// COPY … TO STDOUT begins.
    pub(super) async fn copy_out(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        let Some(Awaited::Query(execution) | Awaited::Execute(execution)) = self.queue.front()
        else {
            return Err(NO_QUERY);
        };
        if execution.stop.is_some() {
            return Ok(());
        }
        if !execution.masking.is_empty() {
            let masking = Arc::clone(&execution.masking);
            let inspected = Arc::clone(&execution.inspected);
            let index = execution.statement;
            let plan = CopyPlan::make(
                frame.body,
                &masking,
                &inspected,
                index,
                &self.target.catalog,
            )
            .await?;
            if let Some(Awaited::Query(execution) | Awaited::Execute(execution)) =
                self.queue.front_mut()
            {
                execution.copy = Some(plan);
            }
        }
        self.forward(frame);
        Ok(())
    }

    /// One CopyData of the server: one row.
    pub(super) fn copy_data(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        let Some(Awaited::Query(execution) | Awaited::Execute(execution)) = self.queue.front_mut()
        else {
            return Err(NO_QUERY);
        };
        if execution.stop.is_some() {
            return Ok(());
        }
        if let Some(stop) = reached(execution, frame.body.len()) {
            return self.stop(stop);
        }
        if execution.masking.is_empty() {
            execution.count_row(frame.body.len());
            self.client.output.extend_from_slice(frame.raw);
            return Ok(());
        }
        let Some(plan) = &mut execution.copy else {
            return Err(End::UpstreamFault("COPY data without a beginning"));
        };
        let written = plan.mask(
            frame.body,
            &mut self.client.output,
            &mut execution.tally,
            &mut execution.filtering,
        );
        if written.is_ok() {
            execution.count_row(frame.body.len());
        }
        self.written(written)
    }

    /// The response at the front is complete: whether its filters have nothing left.
    pub(super) fn finish_filters(&mut self) {
        let Some(Awaited::Query(execution) | Awaited::Execute(execution)) = self.queue.front_mut()
        else {
            return;
        };
        if execution.stop.is_none()
            && let Err(failure) = execution.filtering.finish()
        {
            self.tell_stop(Stop::Filter(failure));
        }
    }

    /// A notice is the server's word on what is under way.
    pub(super) fn notice(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        let fields = Fields::parse(frame.body)?;
        self.report_for_front(frame, &fields);
        Ok(())
    }

    /// Passes an error or notice on, masked as the action at the front is.
    pub(super) fn report_for_front(&mut self, frame: &Frame<'_>, fields: &Fields<'_>) {
        let (masking, inspected) = match self.queue.front() {
            Some(Awaited::Query(execution) | Awaited::Execute(execution)) => (
                Arc::clone(&execution.masking),
                Some((Arc::clone(&execution.inspected), execution.statement)),
            ),
            Some(Awaited::Bind { portal, .. } | Awaited::DescribePortal { portal, .. }) => (
                Arc::clone(&portal.masking),
                Some((Arc::clone(&portal.statement.inspected), 0)),
            ),
            _ => (Arc::clone(&self.latest_masking), None),
        };
        let facts = inspected
            .as_ref()
            .and_then(|(inspected, index)| inspected.facts().statements.get(*index));
        self.report(frame, fields, &masking, facts);
    }

    pub(super) fn report(
        &mut self,
        frame: &Frame<'_>,
        fields: &Fields<'_>,
        masking: &Masking,
        facts: Option<&countersign_model::SqlStatement>,
    ) {
        if masking.is_empty() {
            self.client.output.extend_from_slice(frame.raw);
        } else {
            mask_report(frame.tag, fields, masking, facts, &mut self.client.output);
        }
    }

    /// What another session said with NOTIFY.
    pub(super) fn notification(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        let mut reader = Reader::new(frame.body);
        let process = reader.u32()?;
        let (channel, payload) = (reader.string()?, reader.string()?);
        reader.finish()?;
        // Clients tell their own notifications by the process id that they were given.
        let process = if process == self.server_key.process {
            self.registration.key.process
        } else {
            process
        };
        let payload = self.latest_masking.mask_words(payload);
        message(&mut self.client.output, b'A', |out| {
            out.put_u32(process);
            put_string(out, channel);
            put_string(out, &payload);
        });
        Ok(())
    }
}

/// The limit that one more row of this size would break.
fn reached(execution: &Execution, size: usize) -> Option<Stop> {
    let limits = execution.limits();
    if let Some(rows) = limits.rows
        && execution.delivered() >= rows
    {
        return Some(Stop::Rows(rows));
    }
    let bytes = limits.bytes?;
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    (execution.bytes().saturating_add(size) > bytes).then_some(Stop::Bytes(bytes))
}
