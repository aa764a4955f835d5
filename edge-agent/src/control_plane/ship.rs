//! Sends the journal to the control plane: in order, each record exactly once, and never at the
//! cost of the traffic it is about.

use std::time::{Duration, Instant};

use countersign_ledger::journal::{Journal, JournalError};
use countersign_model::EventBatch;
use tokio_util::sync::CancellationToken;

use super::{Backoff, Client, ClientError, EventsAnswer, pace::Pace};

/// Records of a batch. What a batch costs besides its records, two commits to disks above all, is a
/// small part of it.
const BATCH_RECORDS: usize = 8000;

/// Bytes of a batch, about: it is in memory twice, as records and escaped, beside everything else that
/// the edge holds.
const BATCH_BYTES: usize = 2 << 20;

/// How long records gather before they are sent, so that a quiet edge sends few batches.
const GATHER: Duration = Duration::from_millis(150);

/// Records written a second while a batch was sent, from which on there is load.
const LOAD: u128 = 2_000;

/// Records that wait, from which on there is a backlog.
const BACKLOG: u64 = 250;

/// Why shipping stopped for a while.
#[derive(Debug, thiserror::Error)]
enum ShipError {
    #[error("the journal cannot be read")]
    Journal(#[from] JournalError),
    #[error("records cannot be sent")]
    Send(#[from] ClientError),
    #[error("reading the journal was interrupted")]
    Interrupted,
}

/// Ships until shutdown.
pub async fn ship_events(client: Client, journal: Journal, shutdown: CancellationToken) {
    let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(10));
    let mut told = false;
    let mut shipper = Shipper {
        acked: journal.last_seq() - journal.spool().records,
        client,
        journal,
        pace: Pace::default(),
    };
    loop {
        let shipped = tokio::select! {
            () = shutdown.cancelled() => return,
            shipped = shipper.ship() => shipped,
        };
        let wait = match shipped {
            Ok(rest) => {
                backoff.reset();
                told = false;
                rest
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                let cause = cause.unwrap_or_default();
                if std::mem::replace(&mut told, true) {
                    tracing::debug!(error = %error, cause, "cannot ship the journal");
                } else {
                    tracing::warn!(error = %error, cause, "cannot ship the journal; it spools");
                }
                backoff.next_wait()
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Whether so many records in this time are load.
fn is_load(written: u64, time: Duration) -> bool {
    u128::from(written) * 1000 > LOAD * time.as_millis()
}

struct Shipper {
    client: Client,
    journal: Journal,
    /// Everything up to this is at the control plane.
    acked: u64,
    pace: Pace,
}

impl Shipper {
    /// Ships one batch; answers how long to rest.
    async fn ship(&mut self) -> Result<Duration, ShipError> {
        self.journal.wait_for(self.acked).await;
        let began = Instant::now();
        let last = self.journal.last_seq();
        // Only what is on the disk is sent: a number that is at the control plane is never given
        // to another record. With a whole batch there already, the disk is left alone.
        if self.journal.synced_seq() < self.acked + BATCH_RECORDS as u64 {
            self.journal.sync().await?;
        }
        let Some(batch) = self.read().await? else {
            return Ok(GATHER);
        };
        match self.client.events(&batch).await? {
            EventsAnswer::Acked(seq) | EventsAnswer::ContinueAfter(seq) => self.go_on(seq).await?,
            EventsAnswer::Forked => self.begin_epoch().await?,
        }
        let (now, took) = (self.journal.last_seq(), began.elapsed());
        Ok(if is_load(now.saturating_sub(last), took) {
            self.pace.rest(took, self.journal.spool())
        } else if now.saturating_sub(self.acked) > BACKLOG {
            Duration::ZERO
        } else {
            GATHER
        })
    }

    async fn read(&self) -> Result<Option<EventBatch>, ShipError> {
        let (journal, acked) = (self.journal.clone(), self.acked);
        tokio::task::spawn_blocking(move || journal.read_batch(acked, BATCH_RECORDS, BATCH_BYTES))
            .await
            .map_err(|_| ShipError::Interrupted)?
            .map_err(ShipError::Journal)
    }

    /// The control plane has everything up to `seq`.
    async fn go_on(&mut self, seq: u64) -> Result<(), ShipError> {
        match self.journal.acknowledge(seq) {
            Ok(()) => {
                // It may have less than it once said, when it was restored from a backup.
                self.acked = seq;
                if self.journal.last_seq() - self.journal.spool().records > seq {
                    return self.begin_epoch_unless_kept(seq).await;
                }
                Ok(())
            }
            Err(JournalError::AcknowledgedTooMuch { .. }) => self.begin_epoch().await,
            Err(error) => Err(error.into()),
        }
    }

    /// The control plane wants records again that it had acknowledged: where they are still on the
    /// disk it gets them, otherwise what comes next cannot continue what it has.
    async fn begin_epoch_unless_kept(&mut self, seq: u64) -> Result<(), ShipError> {
        let journal = self.journal.clone();
        let kept = tokio::task::spawn_blocking(move || journal.read_batch(seq, 1, 1))
            .await
            .map_err(|_| ShipError::Interrupted)?;
        match kept {
            Err(JournalError::Dropped(_)) => self.begin_epoch().await,
            _ => Ok(()),
        }
    }

    async fn begin_epoch(&mut self) -> Result<(), ShipError> {
        tracing::error!(
            "the control plane's record of this edge and its journal do not agree; the journal \
             starts anew, and what was not sent stays on the disk"
        );
        self.journal.begin_epoch().await?;
        self.acked = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_is_a_rate_whatever_a_batch_took() {
        for (written, millis, load) in [
            (0, 0, false),
            (40, 20, false),
            (41, 20, true),
            (400, 200, false),
            (401, 200, true),
        ] {
            let time = Duration::from_millis(millis);
            assert_eq!(is_load(written, time), load, "{written} in {time:?}");
        }
    }
}
