//! Group commit: one thread that syncs for everybody who waits.

use std::{
    io,
    os::unix::fs::FileExt as _,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use super::{
    JournalError,
    append::OpenSegment,
    handle::{Shared, describe},
};

/// How long written records wait for the disk when nobody asks.
const INTERVAL: Duration = Duration::from_secs(1);

/// How far the disk has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Status {
    pub epoch: u64,
    /// Everything up to this is on the disk.
    pub synced: u64,
    /// The last try failed: up to which record, and why.
    pub failed: Option<(u64, Arc<str>)>,
    pub closed: bool,
}

#[derive(Debug, Default)]
struct Request {
    /// Somebody waits for this record.
    wanted: u64,
    stop: bool,
}

/// Where waiters and the thread meet.
#[derive(Debug)]
pub(super) struct Syncer {
    request: Mutex<Request>,
    wake: Condvar,
    status: watch::Sender<Status>,
}

impl Syncer {
    pub(super) fn new(epoch: u64, synced: u64) -> Self {
        Self {
            request: Mutex::default(),
            wake: Condvar::new(),
            status: watch::Sender::new(Status {
                epoch,
                synced,
                ..Status::default()
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Request> {
        self.request.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn synced(&self) -> u64 {
        self.status.borrow().synced
    }

    pub(super) fn stop(&self) {
        self.lock().stop = true;
        self.wake.notify_one();
    }

    /// A new epoch begins after everything before it was synced.
    pub(super) fn begin_epoch(&self, epoch: u64) {
        self.lock().wanted = 0;
        self.status.send_modify(|status| {
            *status = Status {
                epoch,
                ..Status::default()
            };
        });
    }

    /// Asks for record `seq` to be on the disk soon.
    pub(super) fn request(&self, seq: u64) {
        {
            let mut request = self.lock();
            request.wanted = request.wanted.max(seq);
        }
        self.wake.notify_one();
    }

    /// Waits until record `seq` of `epoch` is on the disk.
    pub(super) async fn wait(&self, epoch: u64, seq: u64) -> Result<(), JournalError> {
        let mut status = self.status.subscribe();
        self.request(seq);
        let done = status
            .wait_for(|status| {
                status.epoch != epoch
                    || status.synced >= seq
                    || status.closed
                    || status.failed.as_ref().is_some_and(|(upto, _)| *upto >= seq)
            })
            .await
            .map_err(|_| JournalError::Closed)?;
        if done.epoch != epoch || done.synced >= seq {
            return Ok(());
        }
        Err(match &done.failed {
            Some((_, message)) => JournalError::Sync(message.to_string()),
            None => JournalError::Closed,
        })
    }
}

/// The thread: syncs when somebody waits, and every [`INTERVAL`].
pub(super) fn run(shared: &Shared) {
    let mut rounds = Rounds::default();
    loop {
        let stop = {
            let synced = shared.syncer.synced();
            let mut request = shared.syncer.lock();
            if !request.stop && request.wanted <= synced {
                request = shared
                    .syncer
                    .wake
                    .wait_timeout(request, INTERVAL)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
            }
            // What failed is tried again when somebody else asks, or with the next interval.
            request.wanted = 0;
            request.stop
        };
        rounds.sync(shared);
        if stop {
            shared
                .syncer
                .status
                .send_modify(|status| status.closed = true);
            return;
        }
    }
}

#[derive(Debug, Default)]
struct Rounds {
    /// The last segment whose name is on the disk too.
    named: Option<(u64, u64)>,
    /// The last round failed.
    suspect: bool,
}

impl Rounds {
    fn sync(&mut self, shared: &Shared) {
        let (written, unsynced, current, epoch, seq) = {
            let mut tail = shared.tail();
            (
                tail.write(),
                tail.unsynced.clone(),
                tail.current.clone(),
                tail.epoch,
                tail.seq,
            )
        };
        let known = written.is_ok() && seq == shared.syncer.synced();
        if !self.suspect && unsynced.is_none() && known {
            return;
        }
        let flushed = written
            .map_err(|error| describe(&error))
            .and_then(|()| self.flush(shared, unsynced.as_ref(), &current, epoch));
        match flushed {
            Ok(()) => {
                self.suspect = false;
                let mut tail = shared.tail();
                if tail.epoch != epoch {
                    return;
                }
                if let Some(synced) = unsynced {
                    tail.unsynced
                        .take_if(|now| now.first_seq == synced.first_seq);
                }
                shared.syncer.status.send_modify(|status| {
                    status.synced = status.synced.max(seq);
                    status.failed = None;
                });
            }
            Err(error) => {
                tracing::error!(error, "the journal cannot be synced");
                shared.syncer.status.send_modify(|status| {
                    status.failed = Some((seq, error.into()));
                });
            }
        }
        let failed = shared.syncer.status.borrow().failed.clone();
        shared.note_sync_health(failed.map(|(_, message)| message));
    }

    fn flush(
        &mut self,
        shared: &Shared,
        unsynced: Option<&OpenSegment>,
        current: &OpenSegment,
        epoch: u64,
    ) -> Result<(), String> {
        self.try_flush(shared, unsynced, current, epoch)
            .map_err(|error| {
                self.suspect = true;
                error.to_string()
            })
    }

    fn try_flush(
        &mut self,
        shared: &Shared,
        unsynced: Option<&OpenSegment>,
        current: &OpenSegment,
        epoch: u64,
    ) -> io::Result<()> {
        for segment in unsynced.into_iter().chain([current]) {
            if self.suspect {
                rewrite(segment)?;
            }
            segment.file.sync_data()?;
        }
        let name = Some((epoch, current.first_seq));
        if self.named != name {
            shared.directory.sync_all()?;
            self.named = name;
        }
        Ok(())
    }
}

/// Writes a segment's bytes again. After a failed sync the kernel may take its pages for clean, and
/// a second sync would succeed without having written them.
fn rewrite(segment: &OpenSegment) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 20];
    let mut at = 0;
    while at < segment.length {
        let left = usize::try_from(segment.length - at).unwrap_or(usize::MAX);
        let size = left.min(buffer.len());
        let chunk = buffer.get_mut(..size).unwrap_or_default();
        segment.file.read_exact_at(chunk, at)?;
        segment.file.write_all_at(chunk, at)?;
        at += size as u64;
    }
    Ok(())
}
