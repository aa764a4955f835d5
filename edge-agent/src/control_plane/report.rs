//! Tells the control plane how the edge is.

use std::{sync::Arc, time::Duration};

use countersign_ledger::journal::Journal;
use countersign_model::{EdgeStatus, Timestamp};
use tokio_util::sync::CancellationToken;

use super::Client;
use crate::{bundle::Bundles, pipeline::Pipeline};

/// How often.
const INTERVAL: Duration = Duration::from_secs(3);

/// Where a status comes from.
#[derive(Debug, Clone)]
pub struct StatusSource {
    /// When the process started.
    pub started_at: Timestamp,
    /// What is enforced.
    pub bundles: Arc<Bundles>,
    /// What is recorded.
    pub journal: Journal,
    /// Who is connected.
    pub pipeline: Pipeline,
    /// Targets for which there is an upstream.
    pub targets: Vec<String>,
    /// Addresses that are listened on.
    pub listeners: Vec<String>,
}

impl StatusSource {
    /// How the edge is now.
    #[must_use]
    pub fn status(&self) -> EdgeStatus {
        let spool = self.journal.spool();
        let enforced = self.bundles.load();
        EdgeStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: self.started_at,
            at: Timestamp::now(),
            bundle_revision: enforced.as_ref().map_or(0, |enforced| enforced.revision),
            bundle_error: None,
            policies: enforced
                .as_ref()
                .map(|enforced| enforced.policies.statuses())
                .unwrap_or_default(),
            targets: self.targets.clone(),
            listeners: self.listeners.clone(),
            sessions: self.pipeline.sessions(),
            spool_records: spool.records,
            spool_bytes: spool.bytes,
            journal_error: self.journal.error(),
            resident_bytes: resident_bytes().unwrap_or(0),
        }
    }
}

/// Reports until shutdown. A report that does not arrive is not repeated: the next one says more.
pub async fn report_status(client: Client, source: StatusSource, shutdown: CancellationToken) {
    loop {
        let status = source.status();
        tokio::select! {
            () = shutdown.cancelled() => return,
            sent = client.status(&status) => {
                if let Err(error) = sent {
                    tracing::debug!(error = %error, "the status could not be sent");
                }
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

/// Resident memory: the second number of `/proc/self/statm`, in pages of 4 KiB on every platform
/// this is built for.
fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory() {
        let bytes = resident_bytes().expect("Linux");
        assert!((1 << 20..1 << 36).contains(&bytes), "{bytes}");
    }
}
