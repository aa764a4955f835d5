//! Tells the control plane how the edge is.

use std::{collections::HashMap, sync::Arc, time::Duration};

use countersign_ledger::journal::Journal;
use countersign_model::{
    BindingId, EdgeInstance, EdgeStatus, PolicyReadiness, Stage, Timestamp, VerdictCounts,
};
use tokio_util::sync::CancellationToken;

use super::Client;
use crate::{bundle::Bundles, pipeline::Pipeline};

/// How often.
const INTERVAL: Duration = Duration::from_secs(3);

/// How often it is looked whether something cannot wait until then.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How long a change is left to be joined by others before it is told.
const DEBOUNCE: Duration = Duration::from_millis(100);

/// Refusals of a canary beyond those told that cannot wait.
const NOTABLE_REFUSALS: u64 = 5;

/// Where a status comes from.
#[derive(Debug, Clone)]
pub struct StatusSource {
    /// When the process started.
    pub started_at: Timestamp,
    /// Which start of the data folder it is.
    pub instance: EdgeInstance,
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
            instance: Some(self.instance.clone()),
            at: Timestamp::now(),
            bundle_revision: enforced.as_ref().map_or(0, |enforced| enforced.revision),
            bundle_error: self.bundles.error(),
            policies: self.bundles.statuses(),
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

/// What of a status cannot wait: whether versions run, and how canaries do.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pressing {
    revision: u64,
    error: Option<String>,
    policies: HashMap<BindingId, (u32, PolicyReadiness, Refusals)>,
}

/// What speaks against a canary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Refusals {
    failed: u64,
    refused: u64,
}

impl Refusals {
    const fn of(counts: &VerdictCounts) -> Self {
        Self {
            failed: counts.failed,
            refused: counts.deny + counts.review,
        }
    }

    const fn is_notable_after(self, told: Self) -> bool {
        self.failed != told.failed || self.refused >= told.refused + NOTABLE_REFUSALS
    }
}

impl Pressing {
    fn of(status: &EdgeStatus) -> Self {
        let policies = status.policies.iter().map(|policy| {
            let canary = policy.canary.filter(|_| policy.stage == Stage::Canary);
            let refusals = canary.map(|counts| Refusals::of(&counts.canary));
            let pressing = (
                policy.version,
                policy.readiness,
                refusals.unwrap_or_default(),
            );
            (policy.binding_id, pressing)
        });
        Self {
            revision: status.bundle_revision,
            error: status.bundle_error.clone(),
            policies: policies.collect(),
        }
    }

    fn is_notable_after(&self, told: &Self) -> bool {
        self.revision != told.revision
            || self.error != told.error
            || self.policies.len() != told.policies.len()
            || self.policies.iter().any(|(id, (version, readiness, now))| {
                told.policies
                    .get(id)
                    .is_none_or(|(told_version, told_readiness, told)| {
                        version != told_version
                            || readiness != told_readiness
                            || now.is_notable_after(*told)
                    })
            })
    }
}

/// Reports until shutdown: every few seconds, and at once where something cannot wait. A report
/// that does not arrive is not repeated: the next one says more.
pub async fn report_status(client: Client, source: StatusSource, shutdown: CancellationToken) {
    loop {
        let status = source.status();
        let told = Pressing::of(&status);
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
            () = until_notable(&source, &told) => {}
        }
    }
}

/// Waits for something that cannot wait, and a little longer.
async fn until_notable(source: &StatusSource, told: &Pressing) {
    let mut changes = source.bundles.changes();
    let mut news = source.bundles.news();
    while !Pressing::of(&source.status()).is_notable_after(told) {
        tokio::select! {
            _ = changes.changed() => {}
            _ = news.changed() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    tokio::time::sleep(DEBOUNCE).await;
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

    fn pressing(revision: u64, readiness: PolicyReadiness, refusals: Refusals) -> Pressing {
        let id = "018f0000-0000-7000-8000-000000000000".parse();
        Pressing {
            revision,
            error: None,
            policies: [(id.expect("an id"), (1, readiness, refusals))].into(),
        }
    }

    #[test]
    fn what_cannot_wait_is_told_at_once() {
        let ready = PolicyReadiness::Ready;
        let some = |failed, refused| Refusals { failed, refused };
        let told = pressing(1, ready, some(0, 0));
        let cases = [
            ("nothing new", pressing(1, ready, some(0, 0)), false),
            ("a few refusals", pressing(1, ready, some(0, 4)), false),
            ("many refusals", pressing(1, ready, some(0, 5)), true),
            ("one failure", pressing(1, ready, some(1, 0)), true),
            (
                "a version that does not run",
                pressing(1, PolicyReadiness::Failed, some(0, 0)),
                true,
            ),
            ("another bundle", pressing(2, ready, some(0, 0)), true),
        ];
        for (name, now, notable) in cases {
            assert_eq!(now.is_notable_after(&told), notable, "{name}");
        }
    }

    #[test]
    fn a_process_has_memory() {
        let bytes = resident_bytes().expect("Linux");
        assert!((1 << 20..1 << 36).contains(&bytes), "{bytes}");
    }
}
