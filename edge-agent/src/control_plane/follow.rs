//! The stream of what the edge must know.

use std::{sync::Arc, time::Duration};

use countersign_model::{FollowEvent, Timestamp};
use eventsource_stream::Eventsource as _;
use futures::StreamExt as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Backoff, Client, ClientError, Reviews};
use crate::bundle::Activator;

/// The control plane pings more often than this; a stream that says nothing for longer is dead.
const SILENCE: Duration = Duration::from_secs(45);

/// A clock difference beyond which the operator is told.
const SKEW: Duration = Duration::from_secs(30);

/// How often in a row the control plane must say that it does not accept this edge, until the edge
/// takes it for revoked. More than once: a control plane that just started may not know better.
const REVOKED_AFTER: u32 = 2;

/// Follows the control plane until shutdown: revisions go to `revision`, reviews to who waits, and
/// a control plane that no longer accepts this edge takes its bundle away.
pub async fn follow(
    client: Client,
    revision: Arc<watch::Sender<u64>>,
    reviews: Reviews,
    activator: Activator,
    shutdown: CancellationToken,
) {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
    let mut told = false;
    let mut not_accepted = 0;
    loop {
        let followed = tokio::select! {
            () = shutdown.cancelled() => return,
            followed = follow_once(&client, &revision, &reviews, &mut backoff) => followed,
        };
        if matches!(followed, Err(ClientError::NotAccepted)) {
            not_accepted += 1;
            if not_accepted == REVOKED_AFTER {
                tracing::error!("this edge was revoked; everything is denied");
                activator.revoke();
            }
        } else {
            not_accepted = 0;
        }
        match followed {
            Ok(()) => tracing::debug!("the stream from the control plane ended"),
            // Once per outage.
            Err(error) if !told => {
                told = true;
                tracing::warn!(error = %error, "cannot follow the control plane; trying again");
            }
            Err(error) => tracing::debug!(error = %error, "cannot follow the control plane"),
        }
        if backoff.is_fresh() {
            told = false;
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(backoff.next_wait()) => {}
        }
    }
}

async fn follow_once(
    client: &Client,
    revision: &watch::Sender<u64>,
    reviews: &Reviews,
    backoff: &mut Backoff,
) -> Result<(), ClientError> {
    let mut stream = client.follow().await?.bytes_stream().eventsource();
    let mut skewed = false;
    while let Ok(Some(message)) = tokio::time::timeout(SILENCE, stream.next()).await {
        let Ok(message) = message else {
            return Ok(()); // Broken off; the next one starts with the state of things.
        };
        let Ok(event) = serde_json::from_str::<FollowEvent>(&message.data) else {
            tracing::debug!("an event of a kind this version does not know");
            continue;
        };
        backoff.reset();
        match event {
            FollowEvent::Bundle { revision: newest } => {
                // Always a signal, also for the same number: the stream was opened anew.
                revision.send_replace(newest);
            }
            FollowEvent::Ping { at } => {
                let now = Timestamp::now();
                let apart = at.until(now).max(now.until(at));
                if apart > SKEW && !std::mem::replace(&mut skewed, true) {
                    tracing::warn!(
                        skew_ms = u64::try_from(apart.as_millis()).unwrap_or(u64::MAX),
                        "this machine's clock and the control plane's differ"
                    );
                }
            }
            review @ FollowEvent::Review { .. } => reviews.hear(review),
        }
    }
    Ok(())
}
