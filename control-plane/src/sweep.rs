//! What ends by itself: reviews that nobody decided or used in time, grants and locks whose time is
//! over, sign-ins that nobody finished.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::{
    api::{grants, locks},
    state::AppState,
};

const EVERY: Duration = Duration::from_secs(1);

/// Expires reviews and grants until the server shuts down.
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

/// Expires what is due.
pub async fn sweep(state: &AppState) {
    match state.store.expire_reviews(state.now()).await {
        Ok(expired) => {
            for review in &expired {
                tracing::info!(review.id = %review.id, "review expired");
                state.announce_review(review);
            }
        }
        Err(error) => tracing::warn!(%error, "reviews could not be expired"),
    }
    match state.store.expire_grants(state.now()).await {
        Ok(expired) => {
            for grant in &expired {
                grants::announce(state, grant);
            }
        }
        Err(error) => tracing::warn!(%error, "grants could not be expired"),
    }
    match state.store.expire_locks(state.now()).await {
        Ok(expired) => {
            for lock in &expired {
                tracing::info!(lock.id = %lock.id, "lock expired");
                locks::announce(state, lock);
            }
        }
        Err(error) => tracing::warn!(%error, "locks could not be expired"),
    }
    if let Err(error) = state.store.forget_sign_ins(state.now()).await {
        tracing::warn!(%error, "old sign-in attempts could not be forgotten");
    }
    take_up_key(state).await;
}

/// Signs with another key from now on, where `countersign server rotate-key` made one.
async fn take_up_key(state: &AppState) {
    match state.signer.reload() {
        Ok(true) => {
            tracing::info!("bundles are signed with another key from now on");
            if let Err(error) = state.store.renew_bundle().await {
                tracing::warn!(%error, "edges could not be told of the new key");
            }
        }
        Ok(false) => {}
        Err(error) => tracing::error!(%error, "the signing key cannot be taken up"),
    }
}
