//! A fresh key for the edge, now and then, so that a copy of an old one is good for nothing.
//!
//! The new key is on the disk before the control plane hears of it, and the old one goes after: an
//! edge that is killed in between finds out which of the two the control plane knows.

use std::time::Duration;

use countersign_ledger::keys::{KeyError, SigningKey};
use countersign_model::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{Backoff, Client, ClientError, IdentityError, IdentityKeeper};

/// How old a key becomes.
const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 3600);

/// How often it is looked whether another process changed the identity, or a rotation is due.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The key was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// No key can be made.
    #[error("no key can be made for this edge")]
    Key(#[from] KeyError),
    /// The identity cannot be kept.
    #[error("the edge's identity cannot be kept")]
    Identity(#[from] IdentityError),
    /// The control plane did not take it.
    #[error("the control plane does not take the new key")]
    Refused(#[source] ClientError),
}

/// Replaces the edge's key, or finishes what was begun.
///
/// # Errors
/// When the control plane does not take the new key; the rotation is then still to be finished, and
/// the edge goes on with the key it has.
pub async fn rotate_key(keeper: &IdentityKeeper, client: &Client) -> Result<(), RotateError> {
    let begun = keeper.identity().next_key;
    let next = match &begun {
        Some(next) => next.clone(),
        None => {
            let next = SigningKey::generate()?;
            keeper.change(|identity| identity.next_key = Some(next.clone()))?;
            next
        }
    };
    if begun.is_none() || !knows(client, &next).await? {
        let sent = client.rotate_key(&next).await;
        sent.map_err(RotateError::Refused)?;
    }
    keeper.change(|identity| {
        identity.key = next.clone();
        identity.next_key = None;
        identity.key_since = Some(Timestamp::now());
    })?;
    client.sign_with(next);
    tracing::info!("the edge has a new key");
    Ok(())
}

/// Whether the control plane has the key already, from before this edge was stopped. The new key is
/// asked about first: an old one that was replaced long ago is taken for a thief's.
async fn knows(client: &Client, next: &SigningKey) -> Result<bool, RotateError> {
    match client.signing_with(next.clone()).rotate_key(next).await {
        Ok(()) => Ok(true),
        Err(ClientError::NotAccepted) => Ok(false),
        Err(error) => Err(RotateError::Refused(error)),
    }
}

/// Finishes a rotation that was begun before, replaces the key when it is old, and takes up what
/// `countersign edge rotate-key` did; until shutdown.
pub async fn rotate_keys(keeper: IdentityKeeper, client: Client, shutdown: CancellationToken) {
    let mut backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(600));
    let mut wait = Duration::ZERO;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        wait = LOOK_EVERY;
        match keeper.reload() {
            Ok(true) => client.sign_with(keeper.key()),
            Ok(false) => {}
            Err(error) => tracing::warn!(error = %error, "the edge's identity cannot be read"),
        }
        if !is_due(&keeper) {
            continue;
        }
        match rotate_key(&keeper, &client).await {
            Ok(()) => backoff.reset(),
            Err(error) => {
                tracing::warn!(error = %error, "the edge's key is not replaced yet");
                wait = backoff.next_wait();
            }
        }
    }
}

fn is_due(keeper: &IdentityKeeper) -> bool {
    let identity = keeper.identity();
    let old = keeper
        .key_since()
        .is_some_and(|since| since.until(Timestamp::now()) >= MAX_AGE);
    identity.next_key.is_some() || old
}
