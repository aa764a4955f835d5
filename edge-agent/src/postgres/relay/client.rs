//! Messages of the client, one at a time.

use super::{End, Relay, queue::Awaited, refusal::Context, violation};
use crate::{
    pipeline::Phase,
    postgres::{
        backend::Report,
        frame::Frame,
        frontend::{self, Frontend, Object},
    },
};

impl Relay {
    pub(super) async fn on_client(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        let message = Frontend::parse(frame.tag, frame.body).map_err(|error| violation(&error))?;
        match message {
            Frontend::Terminate => return Err(End::ClientClosed),
            Frontend::Sync => self.sync(),
            _ if self.discarding => {}
            Frontend::Query(text) => self.query(text).await?,
            Frontend::Parse(parse) => self.parse(&parse)?,
            Frontend::Bind(bind) => self.bind(&bind)?,
            Frontend::Execute { portal, max_rows } => self.execute(portal, max_rows).await?,
            Frontend::Describe(object, name) => self.describe(object, name),
            Frontend::Close(object, name) => self.close(object, name),
            Frontend::Flush => frontend::write_bare(&mut self.server.output, b'H'),
            Frontend::CopyData(data) if self.copy_in => {
                frontend::write_copy_data(&mut self.server.output, data);
            }
            Frontend::CopyDone if self.copy_in => {
                self.copy_in = false;
                frontend::write_bare(&mut self.server.output, b'c');
            }
            Frontend::CopyFail(reason) if self.copy_in => {
                self.copy_in = false;
                frontend::write_copy_fail(&mut self.server.output, reason);
            }
            // The rest of a COPY that failed: ignored, as the server does.
            Frontend::CopyData(_) | Frontend::CopyDone | Frontend::CopyFail(_) => {}
            Frontend::FunctionCall => self.refuse_query(
                Report::error(
                    "0A000",
                    "function calls by protocol are not served by Countersign",
                )
                .hint("Call the function in a SELECT."),
            ),
        }
        Ok(())
    }

    /// Whether this message has to wait for answers, though others may not.
    pub(super) fn message_must_wait(&self, frame: &Frame<'_>) -> bool {
        if self.queue.is_empty() || self.discarding {
            return false;
        }
        let copy = matches!(frame.tag, b'd' | b'c' | b'f');
        // The client knows better than the edge whether the server takes its rows already.
        let passes = matches!(frame.tag, b'S' | b'X');
        (copy && !self.copy_in) || (self.barrier && !self.copy_in && !passes)
    }

    /// Under a barrier a Sync may pass when it commits nothing that the edge may still have to
    /// take back.
    pub(super) fn sync_may_pass(&self) -> bool {
        !self.changes && self.dirty
    }

    /// Answers are waited for: makes the server give them without a Sync.
    pub(super) fn flush_for_answers(&mut self) {
        if self.unflushed && !self.copy_in {
            self.unflushed = false;
            frontend::write_bare(&mut self.server.output, b'H');
        }
    }

    fn sync(&mut self) {
        // The server ignores it in the middle of a COPY.
        if self.copy_in {
            return;
        }
        self.discarding = false;
        frontend::write_bare(&mut self.server.output, b'S');
        self.push_ready();
    }

    /// A ReadyForQuery is due.
    pub(super) fn push_ready(&mut self) {
        self.queue.push_back(Awaited::Ready);
        self.end_segment();
    }

    fn end_segment(&mut self) {
        self.segment += 1;
        self.dirty = false;
        self.unflushed = false;
        self.changes = false;
    }

    /// The simple protocol: all statements of the text are one action.
    async fn query(&mut self, text: &str) -> Result<(), End> {
        let inspected = match self.session.inspect(Phase::Simple, text) {
            Ok(inspected) => inspected,
            Err(refusal) => {
                let report = refusal_report(&refusal, text);
                self.refuse_query(report);
                return Ok(());
            }
        };
        if inspected.facts().statements.is_empty() {
            frontend::write_query(&mut self.server.output, inspected.text());
            self.queue.push_back(Awaited::EmptyQuery);
            self.end_segment();
            return Ok(());
        }
        let none = self.session.no_parameters();
        let judged = match self.session.judge(Phase::Simple, &inspected, &none) {
            Ok(judged) => judged,
            Err(refusal) => {
                self.refuse_query(refusal_report(&refusal, text));
                return Ok(());
            }
        };
        let Some(execution) = self.permit(judged, None, Context::Query).await? else {
            return Ok(());
        };
        frontend::write_query(&mut self.server.output, execution.inspected.text());
        self.sent(&execution);
        self.queue.push_back(Awaited::Query(execution));
        self.end_segment();
        Ok(())
    }

    fn describe(&mut self, object: Object, name: &str) {
        let due = match object {
            Object::Statement => self
                .names
                .statement(name)
                .map(|statement| Awaited::DescribeStatement { statement }),
            Object::Portal => self.names.portal(name).map(|portal| {
                let masking = portal.expect_description();
                Awaited::DescribePortal {
                    portal,
                    masking,
                    visible: true,
                }
            }),
        };
        match due {
            Some(due) => {
                frontend::write_describe(&mut self.server.output, object, name);
                self.push(due);
            }
            None => self.refuse(unknown(object, name)),
        }
    }

    fn close(&mut self, object: Object, name: &str) {
        let due = match object {
            Object::Statement => Awaited::CloseStatement {
                previous: self.names.remove_statement(name),
                visible: true,
            },
            Object::Portal => Awaited::ClosePortal {
                previous: self.names.remove_portal(name),
            },
        };
        frontend::write_close(&mut self.server.output, object, name);
        self.push(due);
    }

    /// An answer is due, and a Sync has to follow.
    pub(super) fn push(&mut self, due: Awaited) {
        self.queue.push_back(due);
        self.dirty = true;
        self.unflushed = true;
    }
}

/// The error for a name that means nothing, as the server words it.
pub(super) fn unknown(object: Object, name: &str) -> Report {
    match object {
        Object::Statement if name.is_empty() => {
            Report::error("26000", "unnamed prepared statement does not exist")
        }
        Object::Statement => Report::error(
            "26000",
            format!("prepared statement \"{name}\" does not exist"),
        ),
        Object::Portal => Report::error("34000", format!("portal \"{name}\" does not exist")),
    }
}

pub(super) use super::refusal::refusal_report;
