//! Tells dashboards what changed: which thing, never what about it. A dashboard that missed
//! something is told to read everything anew.

use std::{collections::HashSet, convert::Infallible, time::Duration};

use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, stream};
use tokio::{
    sync::broadcast::{self, error::RecvError, error::TryRecvError},
    time::{Instant, Interval, MissedTickBehavior, interval_at, sleep},
};

use crate::{
    api::service::dto::LiveMessage,
    auth::Credentials,
    peers::{News, Outbox},
    state::AppState,
};

/// Messages that a slow reader may be behind.
const BACKLOG: usize = 1024;

/// Equal messages within this time are one: a busy session changes hundreds of times a second.
const GATHER: Duration = Duration::from_millis(150);

/// How soon a revoked session's stream ends.
const RECHECK: Duration = Duration::from_secs(10);

/// Where changes are announced.
#[derive(Debug)]
pub struct LiveHub {
    sender: broadcast::Sender<LiveMessage>,
    outbox: Outbox,
}

impl LiveHub {
    /// A hub that tells other control planes by `outbox`.
    pub fn new(outbox: Outbox) -> Self {
        Self {
            sender: broadcast::Sender::new(BACKLOG),
            outbox,
        }
    }

    /// Announces a change, here and at other control planes.
    pub fn announce(&self, message: LiveMessage) {
        self.hear(message);
        self.outbox.put(News::Live(message));
    }

    /// Announces here what happened anywhere.
    pub fn hear(&self, message: LiveMessage) {
        // Nobody listening is fine.
        let _ = self.sender.send(message);
    }
}

struct Follower {
    state: AppState,
    credentials: Credentials,
    /// Whether they are told of everything.
    reads_all: bool,
    receiver: broadcast::Receiver<LiveMessage>,
    recheck: Interval,
    pending: Vec<LiveMessage>,
}

/// The stream of changes for a person, for as long as they stay signed in. One that comes back
/// after a break is told to read everything anew.
pub fn stream(
    state: AppState,
    credentials: Credentials,
    reads_all: bool,
    came_back: bool,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let receiver = state.live.sender.subscribe();
    let mut recheck = interval_at(Instant::now() + RECHECK, RECHECK);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let follower = Follower {
        state,
        credentials,
        reads_all,
        receiver,
        recheck,
        pending: came_back
            .then_some(LiveMessage::Reset)
            .into_iter()
            .collect(),
    };
    let events = stream::unfold(follower, |mut follower| async move {
        let message = follower.next().await?;
        // The id makes a browser say, when it connects again, that it was here before.
        let event = Event::default().id("0").json_data(message).ok()?;
        Some((Ok(event), follower))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

impl Follower {
    /// The next message; `None` ends the stream.
    async fn next(&mut self) -> Option<LiveMessage> {
        loop {
            if let Some(message) = self.pending.pop() {
                return Some(message);
            }
            let shutdown = self.state.shutdown.clone();
            tokio::select! {
                () = shutdown.cancelled() => return None,
                _ = self.recheck.tick() => {
                    if !self.credentials.still_hold(&self.state).await {
                        return None;
                    }
                }
                received = self.receiver.recv() => match received {
                    Ok(first) => self.gather(first).await,
                    Err(RecvError::Lagged(_)) => self.reset(),
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    /// Waits a moment for more, and keeps one of each.
    async fn gather(&mut self, first: LiveMessage) {
        sleep(GATHER).await;
        let mut messages = HashSet::from([first]);
        loop {
            match self.receiver.try_recv() {
                Ok(message) => messages.insert(message),
                Err(TryRecvError::Lagged(_)) => return self.reset(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            };
        }
        let told = |message: &LiveMessage| self.reads_all || message.is_for_members();
        self.pending = messages.into_iter().filter(told).collect();
    }

    fn reset(&mut self) {
        self.receiver = self.receiver.resubscribe();
        self.pending = vec![LiveMessage::Reset];
    }
}
