//! One client's connection: a single task that owns both sockets, forwards what the pipeline lets
//! through, and answers for the rest.
//!
//! Messages of the client are parsed, judged and written again; answers of the server are matched to
//! them by a queue. The edge never answers out of order. A refusal with nothing under way is answered
//! at once; in any other case the server is sent a message that must fail, and its error is
//! replaced by the refusal. So the server's transaction fails just as the client is told, and
//! everything up to the next Sync is skipped on both sides alike.

mod client;
mod extended;
mod hold;
mod names;
mod parameters;
mod permit;
mod qualified;
mod queue;
mod refusal;
mod rows;
mod server;
mod stop;

use std::{
    collections::VecDeque,
    io,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Buf as _, BytesMut};
use tokio::time::{Instant, timeout};

use self::{names::Names, queue::Awaited};
use super::{
    Shared, Target,
    backend::{CancelKey, Report, TxStatus},
    budget::BudgetExhausted,
    cancel::Registration,
    frame::{FrameError, Front, MAX_CLIENT_MESSAGE, front},
    frontend,
    mask::{Masking, PlanCache},
    stream::Channel,
    wire::WireError,
};
use crate::pipeline::{EndReason, EndSignal, Session};

/// Bytes to be written to one side beyond which nothing more is read from the other.
const HIGH_WATER: usize = 256 << 10;
/// Bytes of the client that are read ahead while its messages have to wait.
const READ_AHEAD: usize = 64 << 10;
/// Answers that may be due beyond which no more messages are forwarded.
const MAX_AWAITED: usize = 16_384;
/// How long the last words to a client, or the last answers of a server, may take.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// How a connection ended.
#[derive(Debug)]
pub(super) enum End {
    ClientClosed,
    UpstreamClosed,
    /// The client broke the protocol.
    Violation(String),
    /// The upstream did what the edge cannot follow.
    UpstreamFault(&'static str),
    Memory,
    /// Ended from outside.
    Ended(EndReason),
}

impl From<BudgetExhausted> for End {
    fn from(_: BudgetExhausted) -> Self {
        Self::Memory
    }
}

/// What a wait ended with.
enum Event {
    Io,
    Cancel,
    Deadline,
}

/// A signed-in client with its upstream.
#[derive(Debug)]
pub(super) struct Relay {
    shared: Arc<Shared>,
    target: Arc<Target>,
    session: Session,
    end: EndSignal,
    client: Channel,
    server: Channel,
    server_key: CancelKey,
    /// Who the server says the edge is; it must stay so.
    server_role: Option<String>,
    registration: Registration,
    queue: VecDeque<Awaited>,
    names: Names,
    /// The plan made last for rows of a simple query.
    plans: PlanCache,
    status: TxStatus,
    /// Syncs and simple queries sent, and answered.
    segment: u64,
    answered: u64,
    /// Whether something was sent behind the last Sync.
    dirty: bool,
    /// Whether something in this segment may change data.
    changes: bool,
    /// Whether the client's messages are skipped up to the next Sync.
    discarding: bool,
    /// Whether the client's messages wait until every answer has come.
    barrier: bool,
    copy_in: bool,
    /// Whether a message waits for people.
    holding: bool,
    /// Whether no byte had arrived behind the client's current message when it was taken up.
    nothing_behind: bool,
    /// Whether the server has been sent something it need not answer before a Sync or Flush.
    unflushed: bool,
    /// Whether the server has to be asked to cancel what it does.
    wants_cancel: bool,
    /// Whether the server has said itself why it closes the connection.
    server_fatal: bool,
    /// Whether something completed that may change the catalog once it is committed.
    catalog_changed: bool,
    /// Whether the transaction has to fail although the server does not know why.
    fail_transaction: bool,
    /// When the action under way has to be stopped.
    deadline: Option<Instant>,
    /// Whether a complete message of the client waits.
    client_waits: bool,
    /// Whether it waits for what only the server's next message can change.
    message_waits: bool,
    /// Whether messages of the server wait for the client to read.
    server_waits: bool,
    /// The masks of the latest masked action: for what the server says unasked.
    latest_masking: Arc<Masking>,
}

impl Relay {
    #[expect(
        clippy::too_many_arguments,
        reason = "called once, with everything a connection has"
    )]
    pub(super) fn new(
        shared: Arc<Shared>,
        target: Arc<Target>,
        session: Session,
        client: Channel,
        server: Channel,
        server_key: CancelKey,
        server_role: Option<String>,
        registration: Registration,
    ) -> Self {
        Self {
            end: session.end_signal(),
            latest_masking: Arc::clone(&shared.no_masking),
            shared,
            target,
            session,
            client,
            server,
            server_key,
            server_role,
            registration,
            queue: VecDeque::new(),
            names: Names::default(),
            plans: PlanCache::default(),
            status: TxStatus::Idle,
            segment: 0,
            answered: 0,
            dirty: false,
            changes: false,
            discarding: false,
            barrier: false,
            copy_in: false,
            holding: false,
            nothing_behind: true,
            unflushed: false,
            wants_cancel: false,
            server_fatal: false,
            catalog_changed: false,
            fail_transaction: false,
            deadline: None,
            client_waits: false,
            message_waits: false,
            server_waits: false,
        }
    }

    /// Serves the connection to its end, and tells everybody how it ended.
    pub(super) async fn run(mut self) {
        let end = match self.serve().await {
            Err(end) => end,
            Ok(never) => match never {},
        };
        let reason = match &end {
            End::ClientClosed => "client_closed",
            End::UpstreamClosed => "upstream_closed",
            End::Violation(detail) => {
                self.session.violation(detail);
                "protocol_violation"
            }
            End::UpstreamFault(what) => {
                tracing::warn!(session.id = %self.session.id(), "upstream fault: {what}");
                "upstream_fault"
            }
            End::Memory => "out_of_memory",
            End::Ended(reason) => reason.code,
        };
        // The answers that come now matter to the journal alone.
        if matches!(end, End::ClientClosed) {
            let _ = timeout(LAST_WORDS, self.collect_outcomes()).await;
        } else {
            frontend::write_bare(&mut self.server.output, b'X');
            if let Some(report) = last_words(&end)
                && !self.server_fatal
            {
                report.write(&mut self.client.output);
            }
            let _ = timeout(LAST_WORDS, async {
                // What still runs must not go on without anybody to answer to.
                if !self.queue.is_empty() && !self.server.ended {
                    self.cancel_upstream().await;
                }
                // Either side may be gone already.
                let _ = self.client.drain().await;
                self.client.shut().await;
                let _ = self.server.drain().await;
            })
            .await;
        }
        self.queue.clear();
        self.session.close(reason);
    }

    async fn serve(&mut self) -> Result<std::convert::Infallible, End> {
        loop {
            self.take_client().await?;
            self.take_server().await?;
            if std::mem::take(&mut self.wants_cancel) {
                self.cancel_upstream().await;
            }
            self.client.settle()?;
            self.server.settle()?;
            match self.wait().await? {
                Event::Io => {}
                Event::Cancel => self.cancel().await,
                Event::Deadline => self.time_is_up().await,
            }
        }
    }

    /// Waits until there is something to do.
    async fn wait(&mut self) -> Result<Event, End> {
        let end = self.end.clone();
        let signal = Arc::clone(&self.registration.signal);
        let deadline = self.deadline;
        tokio::select! {
            biased;
            reason = end.ended() => Err(End::Ended(reason)),
            () = signal.asked() => Ok(Event::Cancel),
            () = sleep_until(deadline), if deadline.is_some() => Ok(Event::Deadline),
            moved = std::future::poll_fn(|cx| self.poll_sockets(cx)) => moved.map(|()| Event::Io),
        }
    }

    /// Writes what can be written, reads what is wanted; ready when something moved.
    fn poll_sockets(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), End>> {
        let mut moved = false;
        if let Poll::Ready(Err(_)) = self.server.poll_drain(cx) {
            // What it said before it went is still to be read.
            self.server.output.clear();
        }
        if let Poll::Ready(Err(_)) = self.client.poll_drain(cx) {
            return Poll::Ready(Err(End::ClientClosed));
        }
        // To say so while nothing can have changed would spin, and never let the sockets be read.
        moved |= self.client_waits && !self.message_waits && !self.client_must_wait();
        moved |= self.server_waits && self.client.output.len() < HIGH_WATER;
        let read_client = !self.client_waits || self.client.input.len() < READ_AHEAD;
        if read_client && !self.client.ended {
            match self.client.poll_fill(cx) {
                Poll::Ready(Ok(_)) => moved = true,
                Poll::Ready(Err(_)) => {
                    self.client.ended = true;
                    moved = true;
                }
                Poll::Pending => {}
            }
        }
        if !self.server_waits && !self.server.ended {
            match self.server.poll_fill(cx) {
                Poll::Ready(Ok(_)) => moved = true,
                Poll::Ready(Err(_)) => {
                    self.server.ended = true;
                    moved = true;
                }
                Poll::Pending => {}
            }
        }
        if moved {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    }

    /// Handles every complete message of the client for which there is room.
    async fn take_client(&mut self) -> Result<(), End> {
        let mut input = std::mem::take(&mut self.client.input);
        let outcome = self.take_client_from(&mut input).await;
        // A hold reads on while it waits.
        if self.client.input.is_empty() {
            self.client.input = input;
        } else {
            input.extend_from_slice(&self.client.input);
            self.client.input = input;
        }
        let wanted = outcome?;
        if let Some(size) = wanted {
            self.client.expect(size)?;
            if self.client.ended {
                return Err(End::ClientClosed);
            }
        }
        Ok(())
    }

    /// `None` when a message has to wait, else the size the next message needs.
    async fn take_client_from(&mut self, input: &mut BytesMut) -> Result<Option<usize>, End> {
        loop {
            match front(input, MAX_CLIENT_MESSAGE).map_err(|error| violation(&error))? {
                Front::Incomplete(size) => {
                    // What no message begins with need not be waited for.
                    if input.first().is_some_and(|tag| !frontend::is_known(*tag)) {
                        return Err(violation(&WireError::InvalidValue));
                    }
                    self.client_waits = false;
                    return Ok(Some(size));
                }
                Front::Frame(frame) => {
                    let must_wait = self.client_must_wait();
                    self.message_waits = !must_wait && self.message_must_wait(&frame);
                    self.client_waits = must_wait || self.message_waits;
                    if self.client_waits {
                        self.flush_for_answers();
                        return Ok(None);
                    }
                    let size = frame.raw.len();
                    self.nothing_behind = input.len() == size;
                    self.on_client(&frame).await?;
                    input.advance(size);
                }
            }
        }
    }

    /// Whether the client's messages have to wait, whichever they are.
    fn client_must_wait(&self) -> bool {
        self.holding
            || self.server.output.len() > HIGH_WATER
            || self.queue.len() > MAX_AWAITED
            || (self.barrier && !self.copy_in && !self.queue.is_empty() && !self.sync_may_pass())
    }

    /// Handles every complete message of the server for which there is room.
    async fn take_server(&mut self) -> Result<(), End> {
        let mut input = std::mem::take(&mut self.server.input);
        let outcome = self.take_server_from(&mut input).await;
        self.server.input = input;
        if let Some(size) = outcome? {
            self.server.expect(size)?;
            if self.server.ended {
                return Err(End::UpstreamClosed);
            }
        }
        Ok(())
    }

    async fn take_server_from(&mut self, input: &mut BytesMut) -> Result<Option<usize>, End> {
        loop {
            let limit = super::frame::MAX_UPSTREAM_MESSAGE;
            let frame = match front(input, limit) {
                Ok(Front::Frame(frame)) => frame,
                Ok(Front::Incomplete(size)) => {
                    self.server_waits = false;
                    return Ok(Some(size));
                }
                Err(FrameError::TooLong { .. }) => {
                    return Err(End::UpstreamFault("a row is larger than the edge holds"));
                }
                Err(FrameError::TooShort(_)) => {
                    return Err(End::UpstreamFault("a message of impossible length"));
                }
            };
            self.server_waits = self.client.output.len() >= HIGH_WATER;
            if self.server_waits {
                return Ok(None);
            }
            let size = frame.raw.len();
            self.on_server(&frame).await?;
            self.message_waits = false;
            input.advance(size);
        }
    }

    /// The client is gone: tells the server, and waits for what it still answers.
    async fn collect_outcomes(&mut self) -> Result<(), End> {
        frontend::write_bare(&mut self.server.output, b'X');
        while !self.queue.is_empty() {
            self.client.output.clear();
            if self.server.drain().await.is_err() {
                self.server.output.clear();
            }
            match self.server.fill().await {
                Ok(1..) => self.take_server().await?,
                Ok(0) | Err(_) => return Ok(()),
            }
        }
        let drained: io::Result<()> = self.server.drain().await;
        drained.map_err(|_| End::UpstreamClosed)
    }
}

/// What the client is told at the end, where anything.
fn last_words(end: &End) -> Option<Report> {
    let report = match end {
        End::ClientClosed => return None,
        End::UpstreamClosed => Report::fatal("08006", "the database server closed the connection"),
        End::Violation(detail) => Report::fatal("08P01", format!("protocol violation: {detail}")),
        End::UpstreamFault(what) => Report::fatal(
            "08006",
            format!("the edge cannot follow the database server: {what}"),
        ),
        End::Memory => Report::fatal("53200", "the edge's memory for buffers is used up")
            .hint("Send smaller messages, or try again later."),
        End::Ended(reason) => ended(reason),
    };
    Some(report)
}

/// As PostgreSQL tells of an administrator who ends a session.
fn ended(reason: &EndReason) -> Report {
    let words = &reason.words;
    let report = Report::fatal("57P01", format!("terminating the connection: {words}"));
    match reason.advice() {
        Some(advice) => report.hint(advice),
        None => report,
    }
}

fn violation(error: &dyn std::error::Error) -> End {
    End::Violation(error.to_string())
}

impl From<WireError> for End {
    fn from(_: WireError) -> Self {
        Self::UpstreamFault("a malformed message")
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
