//! Keeps the enforced bundle the newest one, and alive.

use std::time::Duration;

use countersign_model::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Backoff, Client, ClientError};
use crate::bundle::{ActivateError, Activator, Bundles, describe};

/// How often the bundle's age is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// The newest bundle is not enforced.
#[derive(Debug, thiserror::Error)]
enum RefreshError {
    #[error("the bundle cannot be fetched")]
    Fetch(#[source] ClientError),
    #[error("the bundle is not enforced")]
    Activate(#[from] ActivateError),
    #[error("the control plane names revision {named} and offers revision {offered}")]
    HeldBack { named: u64, offered: u64 },
    #[error(
        "the control plane offers no bundle newer than the one that it signed at {issued_at} and \
         that ends at {expires_at}"
    )]
    Frozen {
        issued_at: Timestamp,
        expires_at: Timestamp,
    },
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
    loop {
        let newest = *named.borrow_and_update();
        let due = is_due(&bundles, newest);
        let mut wait = LOOK_EVERY;
        if due {
            let refreshed = refresh(&client, &activator).await;
            match refreshed.and_then(|()| check_news(&bundles, newest)) {
                Ok(()) => {
                    backoff.reset();
                    bundles.offered(None);
                    continue;
                }
                Err(error) => {
                    let error = describe(&error);
                    tracing::error!(
                        error,
                        "the control plane's bundle is not enforced; the last one stays"
                    );
                    bundles.offered(Some(error));
                    wait = backoff.next_wait();
                }
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
            // After a failure the wait is the wait.
            changed = named.changed(), if !due => {
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

/// Whether what is enforced now is as new as the control plane said.
fn check_news(bundles: &Bundles, named: u64) -> Result<(), RefreshError> {
    match bundles.load().as_ref() {
        Some(enforced) if enforced.revision < named => Err(RefreshError::HeldBack {
            named,
            offered: enforced.revision,
        }),
        Some(enforced) if enforced.renew_at() <= Timestamp::now() => Err(RefreshError::Frozen {
            issued_at: enforced.issued_at(),
            expires_at: enforced.expires_at(),
        }),
        Some(_) | None => Ok(()),
    }
}

async fn refresh(client: &Client, activator: &Activator) -> Result<(), RefreshError> {
    let signed = client.bundle().await.map_err(RefreshError::Fetch)?;
    activator.take(signed).await?;
    Ok(())
}
