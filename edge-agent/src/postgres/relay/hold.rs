//! A held action: the client is told, kept alive, and watched, until people have decided.

use std::{pin::pin, sync::Arc, time::Duration};

use countersign_model::Timestamp;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::{
    End, Relay,
    queue::Awaited,
    refusal::{Context, verdict_report},
    stop::Stop,
};
use crate::{
    pipeline::{Held, Judged, Resolution},
    postgres::{
        backend::Report,
        frame::{Front, MAX_CLIENT_MESSAGE, front},
    },
};

/// How often the client is told that its statement still waits.
const NOTICE_EVERY: Duration = Duration::from_secs(10);

/// Why a wait ended.
enum Waited {
    Resolved(Resolution),
    Notice,
    Cancelled,
    Moved,
}

impl Relay {
    /// Waits for people. `None` when the action does not run and the client has been told.
    pub(super) async fn hold(
        &mut self,
        judged: Judged,
        context: Context,
    ) -> Result<Option<Judged>, End> {
        let mut held = match self.session.hold(judged.clone()).await {
            Ok(held) => held,
            Err(refusal) => {
                self.refuse_in(context, verdict_report(&refusal, &judged));
                return Ok(None);
            }
        };
        self.flush_for_answers();
        self.holding = true;
        self.client_waits = true;
        let waited = self.wait_for_people(&mut held).await;
        self.holding = false;
        let resolution = match waited {
            Ok(resolution) => resolution,
            Err(end) => {
                let resolution = match &end {
                    End::Ended(reason) => Resolution::Ended(reason.clone()),
                    _ => Resolution::Withdrawn,
                };
                self.session.not_approved(held, resolution);
                return Err(end);
            }
        };
        let refusal = if let Resolution::Approved { by, .. } = &resolution {
            let by = by.as_deref().unwrap_or("a reviewer");
            Report::notice(format!(
                "review {} was approved by {by}; running the statement",
                held.review_id().short()
            ))
            .write(&mut self.client.output);
            match self.session.use_approval(held).await {
                Ok(approved) => return Ok(Some(approved)),
                Err(refusal) => refusal,
            }
        } else {
            self.session.not_approved(held, resolution)
        };
        self.refuse_in(context, verdict_report(&refusal, &judged));
        Ok(None)
    }

    /// Notices to the client, answers of the server, and the client's own end, all while waiting.
    async fn wait_for_people(&mut self, held: &mut Held) -> Result<Resolution, End> {
        let mut ticks = interval_at(Instant::now(), NOTICE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let end = self.end.clone();
        let signal = Arc::clone(&self.registration.signal);
        let reasons = held.judged().reasons();
        let (review, expires) = (held.review_id(), held.expires_at());
        let mut resolved = pin!(held.wait());
        loop {
            let waited = tokio::select! {
                biased;
                reason = end.ended() => return Err(End::Ended(reason)),
                resolution = &mut resolved => Waited::Resolved(resolution),
                () = signal.asked() => Waited::Cancelled,
                _ = ticks.tick() => Waited::Notice,
                moved = std::future::poll_fn(|cx| self.poll_sockets(cx)) => {
                    moved?;
                    Waited::Moved
                }
            };
            match waited {
                Waited::Resolved(resolution) => return Ok(resolution),
                Waited::Cancelled => {
                    self.registration.signal.done();
                    return Ok(Resolution::Withdrawn);
                }
                Waited::Notice => {
                    let left = describe(Timestamp::now().until(expires));
                    Report::notice(format!(
                        "waiting for review {}, expires in {left}; reason: {reasons}",
                        review.short()
                    ))
                    .write(&mut self.client.output);
                }
                Waited::Moved => {
                    self.take_server().await?;
                    if self.client.ended || self.client_says_goodbye() {
                        return Err(End::ClientClosed);
                    }
                }
            }
        }
    }

    /// Whether the next message of the client is its Terminate.
    fn client_says_goodbye(&self) -> bool {
        // Behind another message it is seen in its turn, or when the connection ends.
        let next = front(&self.client.input, MAX_CLIENT_MESSAGE);
        self.nothing_behind && matches!(next, Ok(Front::Frame(frame)) if frame.tag == b'X')
    }

    /// The client asked to cancel what runs.
    pub(super) async fn cancel(&mut self) {
        if !self.queue.is_empty() {
            self.cancel_upstream().await;
        }
        self.registration.signal.done();
    }

    /// Passes a cancellation on; when it returns the server has been signalled.
    pub(super) async fn cancel_upstream(&mut self) {
        if let Err(error) = self.target.upstream.cancel(self.server_key).await {
            tracing::warn!(session.id = %self.session.id(), "cannot cancel at the upstream: {error}");
        }
    }

    /// The action under way has taken as long as it may.
    pub(super) async fn time_is_up(&mut self) {
        self.deadline = None;
        let timed = self.queue.iter_mut().find_map(|due| match due {
            Awaited::Execute(execution) | Awaited::Query(execution) => {
                let seconds = execution.limits().seconds?;
                Some((execution, seconds))
            }
            _ => None,
        });
        if let Some((execution, seconds)) = timed {
            execution.time_is_up = Some(Stop::Seconds(seconds));
            self.cancel_upstream().await;
        }
    }
}

/// A span of time for people.
fn describe(left: Duration) -> String {
    let seconds = left.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_for_people() {
        assert_eq!(describe(Duration::from_secs(260)), "4 min 20 s");
        assert_eq!(describe(Duration::from_secs(120)), "2 min");
        assert_eq!(describe(Duration::from_millis(9_900)), "9 s");
    }
}
