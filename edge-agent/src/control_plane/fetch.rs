//! Fetches what the wanted bundle names and is not here: the smallest first, in two lanes, so that
//! a large one holds up no small one.

use std::{collections::HashSet, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{Backoff, Client};
use crate::bundle::{Activator, Item, Lane, describe};

/// Fetches the things of a lane until shutdown. What cannot be fetched is tried again, now and then
/// and with every bundle.
pub async fn fetch_missing(
    client: Client,
    activator: Activator,
    lane: Lane,
    shutdown: CancellationToken,
) {
    let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(15));
    let mut wanted = activator.wanted();
    let mut tried = HashSet::new();
    loop {
        wanted.borrow_and_update();
        if let Some(item) = activator.next_missing(lane, &tried) {
            let fetched = tokio::select! {
                () = shutdown.cancelled() => return,
                fetched = fetch(&client, &activator, &item) => fetched,
            };
            if fetched {
                backoff.reset();
            } else {
                tried.insert(item.digest);
            }
            continue;
        }
        let again = async {
            if tried.is_empty() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(backoff.next_wait()).await;
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = again => tried.clear(),
            changed = wanted.changed() => {
                if changed.is_err() {
                    return;
                }
                tried.retain(|digest| activator.has_trouble(digest));
            }
        }
    }
}

/// Whether it is here now.
async fn fetch(client: &Client, activator: &Activator, item: &Item) -> bool {
    let reason = match client.item(item).await {
        Ok(bytes) => match activator.keep_item(item.clone(), bytes).await {
            Ok(true) => return true,
            // Noted by whom it was given to.
            Ok(false) => {
                tracing::error!(
                    item.kind = item.kind.as_str(),
                    item.digest,
                    "the control plane sent something that is not what its digest says"
                );
                return false;
            }
            Err(error) => describe(&error),
        },
        Err(error) => {
            let kind = item.kind.as_str();
            format!("its {kind} cannot be fetched: {}", describe(&error))
        }
    };
    tracing::error!(
        item.kind = item.kind.as_str(),
        item.digest,
        reason,
        "cannot be fetched"
    );
    activator.trouble(item, reason);
    false
}
