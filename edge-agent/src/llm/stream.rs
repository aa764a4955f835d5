//! A model's answer that comes as server-sent events. Words pass as soon as nothing in them can be a
//! part of what is masked; a tool call passes when it is whole and judged.

use std::{pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use countersign_inspect::llm::{
    ToolCall,
    stream::{Output, StreamGuard, Verdict},
};
use countersign_model::{ActionId, OutcomeStatus};
use futures::stream;
use http::response::Parts;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::{sync::mpsc, time::interval};

use super::{Asked, calls};
use crate::{
    http::{
        answer::respond,
        headers,
        response::{Body, BrokenOff, Response},
    },
    pipeline::Outcome,
};

/// How often a client that waits for people hears something.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// How long a stream waits for people: about as long as the SDKs wait for a stream.
const HOLD: Duration = Duration::from_secs(570);
/// Pieces that wait for a slow client.
const AHEAD: usize = 4;

/// Passes a stream on, piece by piece.
pub(super) fn answer(mut asked: Asked, parts: &Parts, body: Incoming) -> Response {
    let headers = headers::to_client(&parts.headers);
    drop(asked.exchange.session.rest());
    let end = asked.exchange.session.end_signal();
    let action = asked.action;
    let (sender, receiver) = mpsc::channel(AHEAD);
    let mut guard = StreamGuard::new(
        asked.provider,
        asked.api,
        asked.masks.answer(),
        asked.tokens.clone(),
    );
    if asked.hides_usage {
        guard.hide_usage();
    }
    let relay = Relay {
        asked: Some(asked),
        guard,
        status: parts.status,
        actions: Vec::new(),
        bytes: 0,
        sender,
    };
    let relaying = Some(Box::pin(relay.run(body)));
    let pieces = stream::unfold((receiver, relaying), |(mut receiver, mut relaying)| async {
        let piece = next(&mut receiver, &mut relaying).await?;
        Some((piece, (receiver, relaying)))
    });
    let mut response = respond(
        parts.status,
        headers,
        Body::Stream(Box::pin(pieces)),
        action,
    );
    response.end = Some(end);
    response
}

type Piece = Result<Bytes, BrokenOff>;

/// The next piece. The relay runs within the task that writes to the client, and no faster than that: a
/// piece wakes nobody.
async fn next<F: Future<Output = ()>>(
    receiver: &mut mpsc::Receiver<Piece>,
    relaying: &mut Option<Pin<Box<F>>>,
) -> Option<Piece> {
    loop {
        let Some(relay) = relaying else {
            return receiver.recv().await;
        };
        tokio::select! {
            biased;
            piece = receiver.recv() => return piece,
            () = relay => *relaying = None,
        }
    }
}

/// Nobody waits for a piece any more.
struct Gone;

/// Takes an answer from the provider to the client. Dropped before its end, because the client has gone,
/// it is recorded as interrupted.
struct Relay {
    asked: Option<Asked>,
    guard: StreamGuard,
    status: http::StatusCode,
    actions: Vec<ActionId>,
    bytes: u64,
    sender: mpsc::Sender<Piece>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.end(OutcomeStatus::Interrupted);
    }
}

impl Relay {
    async fn run(mut self, body: Incoming) {
        if let Ok(status) = self.relay(body).await {
            self.end(status);
        }
    }

    async fn relay(&mut self, mut body: Incoming) -> Result<OutcomeStatus, Gone> {
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                return self.break_off().await;
            };
            let Ok(data) = frame.into_data() else {
                continue;
            };
            // Where it fails, the last that passes tells the client so.
            let _ = self.guard.push(&data);
            self.pass().await?;
            if self.guard.failure().is_some() {
                return Ok(OutcomeStatus::Failed);
            }
        }
        let _ = self.guard.finish();
        self.pass().await?;
        Ok(match self.guard.failure() {
            None => OutcomeStatus::Completed,
            Some(_) => OutcomeStatus::Failed,
        })
    }

    /// Sends what may pass, and has calls judged.
    async fn pass(&mut self) -> Result<(), Gone> {
        while let Some(output) = self.guard.next_output() {
            match output {
                Output::Release(bytes) => self.send(bytes.into()).await?,
                Output::ToolCall(call) => self.judge(call).await?,
            }
        }
        Ok(())
    }

    async fn judge(&mut self, call: ToolCall) -> Result<(), Gone> {
        let Some(asked) = &mut self.asked else {
            return Err(Gone);
        };
        // By itself, so that a stream does not hold its room before there is a call.
        let judging = calls::judge(&mut asked.exchange, &call.name, call.arguments, HOLD);
        let mut judging = Box::pin(judging);
        let mut alive = interval(KEEP_ALIVE);
        alive.tick().await;
        let judged = loop {
            tokio::select! {
                judged = &mut judging => break judged,
                _ = alive.tick() => {
                    let comment = Bytes::from_static(b": waiting for a review\n\n");
                    self.sender.send(Ok(comment)).await.map_err(|_| Gone)?;
                }
            }
        };
        let verdict = match judged {
            calls::Judged::Released(action) => {
                self.actions.push(action);
                Verdict::Release
            }
            calls::Judged::Refused(action, words) => {
                self.actions.extend(action);
                Verdict::Refuse(words)
            }
        };
        // Where the stream had to be ended, `push` or `finish` says so.
        let _ = self.guard.resolve(call.id, verdict);
        Ok(())
    }

    async fn send(&mut self, bytes: Bytes) -> Result<(), Gone> {
        self.bytes += bytes.len() as u64;
        self.sender.send(Ok(bytes)).await.map_err(|_| Gone)
    }

    /// The upstream broke off: the client's connection does too, so that nobody takes what has come for
    /// the whole.
    async fn break_off(&mut self) -> Result<OutcomeStatus, Gone> {
        self.sender.send(Err(BrokenOff)).await.map_err(|_| Gone)?;
        Ok(OutcomeStatus::Failed)
    }

    fn end(&mut self, status: OutcomeStatus) {
        let Some(mut asked) = self.asked.take() else {
            return;
        };
        for (entity, count) in self.guard.counts() {
            asked.counts.add("answer", entity, *count);
        }
        let keeper = &asked.exchange.shared.keeper;
        let mut kept = keeper.keep(self.status, Some(self.guard.text()));
        kept.usage = self.guard.usage();
        kept.model = self.guard.model().map(str::to_owned);
        kept.tool_calls = std::mem::take(&mut self.actions);
        let mut outcome = Outcome::new(status);
        outcome.bytes = self.bytes;
        outcome.masked = asked.counts.into_masked();
        outcome.response = Some(Arc::new(kept));
        asked
            .exchange
            .session
            .record_outcome(asked.running, outcome);
    }
}
