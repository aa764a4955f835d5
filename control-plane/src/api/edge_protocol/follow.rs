//! What an edge must know, as it happens. Each connection begins with all of it, so that nothing is
//! lost while an edge is away.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::sse::{Event, Sse},
};
use countersign_model::{EdgeId, FollowEvent, Timestamp};
use countersign_store::ReviewQuery;
use futures::{Stream, stream};
use tokio::{
    sync::{broadcast::error::RecvError, watch},
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::TAG;
use crate::{
    api::edges,
    api_error::ApiError,
    auth::EdgeCaller,
    edge_hub::{Listening, Notice},
    state::{AppState, follow_event},
};

const PING: Duration = Duration::from_secs(5);

/// How long after its expiry an edge is told again how a review ended.
const TELL_AGAIN_MILLIS: i64 = 10 * 60 * 1000;

/// Reviews that an edge is told of when it connects.
const REVIEWS: u64 = 1000;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(follow_edge))
}

/// What an edge must know, as server-sent events: first the newest bundle's revision and where its
/// open reviews and those that ended lately stand, then each change, and a ping every 5 seconds.
#[utoipa::path(
    get,
    path = "/edge/follow",
    tag = TAG,
    extensions(("x-roles" = json!(["edge"]))),
    responses((
        status = 200,
        description = "One message an event; the event's name is the message's type",
        body = FollowEvent,
        content_type = "text/event-stream",
    )),
)]
pub async fn follow_edge(
    State(state): State<AppState>,
    edge: EdgeCaller,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    // Listening comes first: what changes while the state is read is told twice rather than never.
    let listening = state.edges.listen(edge.id);
    let mut revisions = state.store.revisions();
    revisions.mark_unchanged();
    let revision = state.store.revision().await?;
    let since = Timestamp::from_millis(state.now().as_millis() - TELL_AGAIN_MILLIS);
    let query = ReviewQuery {
        edge_id: Some(edge.id),
        expires_after: Some(since),
        ..ReviewQuery::default()
    };
    let reviews = state.store.reviews(query, REVIEWS).await?;
    let mut pending = VecDeque::from([FollowEvent::Bundle { revision }]);
    pending.extend(reviews.iter().rev().map(follow_event));
    edges::announce(&state, edge.id);
    let mut ping = interval_at(Instant::now() + PING, PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let follower = Follower {
        edge: edge.id,
        listening: Some(listening),
        revisions,
        revision,
        pending,
        ping,
        state,
    };
    Ok(Sse::new(stream::unfold(follower, |mut follower| async {
        let message = follower.next().await?;
        let event = Event::default().event(name(&message)).json_data(message);
        Some((Ok(event.ok()?), follower))
    })))
}

fn name(event: &FollowEvent) -> &'static str {
    match event {
        FollowEvent::Bundle { .. } => "bundle",
        FollowEvent::Review { .. } => "review",
        FollowEvent::Ping { .. } => "ping",
    }
}

struct Follower {
    edge: EdgeId,
    listening: Option<Listening>,
    revisions: watch::Receiver<u64>,
    revision: u64,
    pending: VecDeque<FollowEvent>,
    ping: Interval,
    state: AppState,
}

impl Follower {
    /// The next message; `None` ends the stream, after which the edge connects again.
    async fn next(&mut self) -> Option<FollowEvent> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            let listening = self.listening.as_mut()?;
            let shutdown = self.state.shutdown.clone();
            tokio::select! {
                () = shutdown.cancelled() => return None,
                received = listening.receiver.recv() => match received {
                    Ok((edge, Notice::Event(event))) if edge == self.edge => return Some(event),
                    Ok((edge, Notice::Revoked)) if edge == self.edge => return None,
                    Ok(_) => {}
                    // It missed something: connecting again tells it everything.
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
                },
                changed = self.revisions.changed() => {
                    changed.ok()?;
                    let revision = *self.revisions.borrow_and_update();
                    self.raise(revision);
                }
                _ = self.ping.tick() => self.tick().await?,
            }
        }
    }

    /// Pings, and looks at the database: another control plane may have changed or revoked.
    async fn tick(&mut self) -> Option<()> {
        self.state.store.edge_key(self.edge).await.ok()??;
        let revision = self.state.store.revision().await.ok()?;
        self.raise(revision);
        self.pending.push_back(FollowEvent::Ping {
            at: self.state.now(),
        });
        Some(())
    }

    fn raise(&mut self, revision: u64) {
        if revision > self.revision {
            self.revision = revision;
            self.pending.push_back(FollowEvent::Bundle { revision });
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // The edge is offline before anybody looks.
        self.listening = None;
        edges::announce(&self.state, self.edge);
    }
}
