//! What ends by itself: reviews that nobody decided or used in time.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::state::AppState;

const EVERY: Duration = Duration::from_secs(1);

/// Expires reviews until the server shuts down.
pub async fn run(state: AppState) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = state.shutdown.cancelled() => return,
            _ = ticks.tick() => sweep(&state).await,
        }
    }
}

async fn sweep(state: &AppState) {
    match state.store.expire_reviews(state.now()).await {
        Ok(expired) => {
            for review in &expired {
                tracing::info!(review.id = %review.id, "review expired");
                state.announce_review(review);
            }
        }
        Err(error) => tracing::warn!(%error, "reviews could not be expired"),
    }
}
