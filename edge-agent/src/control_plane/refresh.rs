//! Keeps the enforced bundle the newest one, and alive.

use std::time::Duration;

use countersign_model::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Backoff, Client, ClientError};
use crate::bundle::{ActivateError, Activator, Bundles, FileError};

/// How often the bundle's age is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// The newest bundle is not enforced.
#[derive(Debug, thiserror::Error)]
enum RefreshError {
    #[error("the bundle cannot be fetched")]
    Fetch(#[source] ClientError),
    #[error("the bundle is not enforced")]
    Activate(#[from] ActivateError),
    #[error("a module cannot be kept")]
    Keep(#[source] FileError),
}

/// Fetches and enforces a bundle whenever the stream names a revision that is not enforced, and
/// when half of the enforced one's life is over; until shutdown.
pub async fn refresh_bundles(
    client: Client,
    activator: Activator,
    bundles: std::sync::Arc<Bundles>,
    mut named: watch::Receiver<u64>,
    shutdown: CancellationToken,
) {
    let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(15));
    // Whether this round is one of the regular looks.
    let mut looked = false;
    loop {
        let newest = *named.borrow_and_update();
        let due = is_due(&bundles, newest) || (looked && activator.misses_modules());
        looked = false;
        let wait = if due {
            match refresh(&client, &activator).await {
                Ok(()) => {
                    backoff.reset();
                    Duration::ZERO
                }
                Err(error) => {
                    tracing::error!(
                        error = %error,
                        cause = %root_cause(&error),
                        "the control plane's bundle is not enforced; the last one stays"
                    );
                    backoff.next_wait()
                }
            }
        } else {
            LOOK_EVERY
        };
        // After a failure the wait is the wait; otherwise a new name ends it.
        let failed = due && !wait.is_zero();
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(wait) => looked = !due,
            changed = named.changed(), if !failed => {
                if changed.is_err() {
                    return;
                }
            }
        }
    }
}

fn is_due(bundles: &Bundles, newest: u64) -> bool {
    match bundles.load().as_ref() {
        None => newest > 0,
        Some(enforced) => {
            newest > enforced.revision || (newest > 0 && enforced.renew_at() <= Timestamp::now())
        }
    }
}

async fn refresh(client: &Client, activator: &Activator) -> Result<(), RefreshError> {
    let signed = client.bundle().await.map_err(RefreshError::Fetch)?;
    let prepared = activator.prepare(signed)?;
    for (digest, size) in &prepared.missing {
        match client.module(digest, *size).await {
            Ok(module) => {
                if !activator
                    .keep_module(digest, &module)
                    .map_err(RefreshError::Keep)?
                {
                    tracing::error!(
                        module.digest = digest,
                        "the control plane sent a module that is not what its digest says"
                    );
                }
            }
            // The rest of the bundle matters more: what this module is bound to is denied, and it
            // is fetched again with the next one.
            Err(error @ ClientError::Refused { .. }) => {
                tracing::error!(module.digest = digest, error = %error, "a module is not there");
            }
            Err(error) => return Err(RefreshError::Fetch(error)),
        }
    }
    activator.activate(prepared).await?;
    Ok(())
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
