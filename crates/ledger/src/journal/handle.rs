//! What the rest of the edge sees of the journal.

use std::{
    cell::RefCell,
    fs::File,
    future::Future,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
};

use countersign_model::EventBody;
use serde::Serialize;
use tokio::sync::Notify;

use super::{
    JournalError,
    append::{Tail, When},
    read::Cursor,
    soon,
    soon::Soon,
    sync,
    sync::Syncer,
};

/// Something that is written as the JSON of an [`EventBody`], such as one that borrows its parts.
pub trait Body: Serialize {}

impl Body for EventBody {}

/// How much room a journal may take.
#[derive(Debug, Clone, Copy)]
pub struct JournalOptions {
    /// Bytes of a segment file; a record larger than this gets one of its own.
    pub segment_bytes: u64,
    /// Bytes on disk beyond which appending is refused until the control plane acknowledges.
    pub max_spool_bytes: u64,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self {
            segment_bytes: 16 << 20,
            max_spool_bytes: 4 << 30,
        }
    }
}

/// What was found when the journal was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The last whole record; 0 for a fresh epoch.
    pub last_seq: u64,
    /// Bytes behind it that were cut away.
    pub cut_bytes: u64,
    /// Whether an epoch began: there was no journal, or the control plane has more of it than the
    /// disk.
    pub fresh: bool,
}

/// What waits for the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spool {
    /// Records.
    pub records: u64,
    /// Their bytes on disk.
    pub bytes: u64,
    /// Bytes on disk beyond which nothing more is recorded.
    pub max_bytes: u64,
}

/// An open journal. Cheap to clone; the last clone that is dropped syncs and closes it.
#[derive(Debug, Clone)]
pub struct Journal {
    owner: Arc<Owner>,
}

#[derive(Debug)]
struct Owner {
    shared: Arc<Shared>,
    writing: Option<JoinHandle<()>>,
    syncing: Option<JoinHandle<()>>,
    recovery: Recovery,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.soon.stop();
        self.shared.syncer.stop();
        // The syncing thread's last round writes what waits.
        for thread in [self.writing.take(), self.syncing.take()] {
            // Its panic was reported when it happened.
            let _ = thread.map(JoinHandle::join);
        }
        self.shared.store_acknowledged();
    }
}

/// What the handles and the syncing thread share.
#[derive(Debug)]
pub(super) struct Shared {
    pub directory: File,
    /// Held locked as long as the journal is open.
    pub _lock: File,
    pub tail: Mutex<Tail>,
    pub cursor: Mutex<Cursor>,
    pub syncer: Syncer,
    pub soon: Soon,
    last_seq: AtomicU64,
    reader_waits: AtomicBool,
    appended: Notify,
    health: Health,
}

/// Why the journal cannot write, while it cannot.
#[derive(Debug, Default)]
struct Health {
    failing: AtomicBool,
    append: Mutex<Option<String>>,
    sync: Mutex<Option<Arc<str>>>,
}

thread_local! {
    /// Where bodies are serialised, outside the journal's lock.
    static BODY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A larger buffer than this is given back after its record.
const KEPT_BYTES: usize = 256 << 10;

impl Shared {
    pub(super) fn new(directory: File, lock: File, tail: Tail, cursor: Cursor) -> Self {
        Self {
            directory,
            _lock: lock,
            syncer: Syncer::new(tail.epoch, tail.seq),
            soon: Soon::default(),
            last_seq: AtomicU64::new(tail.seq),
            tail: Mutex::new(tail),
            cursor: Mutex::new(cursor),
            reader_waits: AtomicBool::new(false),
            appended: Notify::new(),
            health: Health::default(),
        }
    }

    /// A panic while it was held left nothing half done: lengths change last.
    pub(super) fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the end of the journal known to whoever waits for records.
    pub(super) fn publish(&self, seq: u64) {
        self.last_seq.store(seq, Ordering::SeqCst);
        if self.reader_waits.load(Ordering::SeqCst)
            && self.reader_waits.swap(false, Ordering::SeqCst)
        {
            self.appended.notify_one();
        }
    }

    fn append<B: Body + ?Sized>(&self, body: &B, when: When) -> Result<(u64, u64), JournalError> {
        let appended = BODY.with_borrow_mut(|buffer| {
            buffer.clear();
            serde_json::to_writer(&mut *buffer, body).map_err(JournalError::Serialize)?;
            let appended = self.append_text(buffer, when);
            if buffer.capacity() > KEPT_BYTES {
                *buffer = Vec::new();
            }
            appended
        });
        self.note_append_health(appended.as_ref().err());
        appended
    }

    fn append_text(&self, body: &[u8], when: When) -> Result<(u64, u64), JournalError> {
        let (epoch, seq, rotated) = {
            let mut tail = self.tail();
            let seq = tail.append(body, when)?;
            self.publish(seq);
            (tail.epoch, seq, tail.current.first_seq == seq && seq > 1)
        };
        if rotated {
            // So that the segment that was closed is on the disk before the next one is.
            self.syncer.request(seq);
        }
        if when == When::Soon {
            self.soon.request();
        }
        Ok((epoch, seq))
    }

    /// Writes what waits; answers whether anything did.
    pub(super) fn write_waiting(&self) -> Result<bool, JournalError> {
        let written = {
            let mut tail = self.tail();
            if !tail.waits() {
                return Ok(false);
            }
            tail.write()
        };
        self.note_append_health(written.as_ref().err());
        written.map(|()| true)
    }

    /// Writes what waits, where a record is still among it.
    fn write_through(&self, epoch: u64, seq: u64) -> Result<(), JournalError> {
        let written = {
            let mut tail = self.tail();
            if tail.epoch != epoch || tail.written_seq() >= seq {
                return Ok(());
            }
            tail.write()
        };
        self.note_append_health(written.as_ref().err());
        written
    }

    fn note_append_health(&self, error: Option<&JournalError>) {
        if error.is_none() && !self.health.failing.load(Ordering::Relaxed) {
            return;
        }
        let mut message = lock(&self.health.append);
        if let Some(error) = error {
            if matches!(
                error,
                JournalError::TooLarge { .. } | JournalError::Serialize(_)
            ) {
                return; // The record's fault, not the journal's.
            }
            if message.is_none() {
                tracing::error!(error = %describe(error), "the journal cannot write");
            }
            *message = Some(describe(error));
        } else if message.take().is_some() {
            tracing::info!("the journal writes again");
        }
        self.note_failing(message.is_some(), lock(&self.health.sync).is_some());
    }

    pub(super) fn note_sync_health(&self, error: Option<Arc<str>>) {
        if error.is_none() && !self.health.failing.load(Ordering::Relaxed) {
            return;
        }
        let message = lock(&self.health.append);
        let mut sync = lock(&self.health.sync);
        *sync = error;
        self.note_failing(message.is_some(), sync.is_some());
    }

    fn note_failing(&self, append: bool, sync: bool) {
        self.health.failing.store(append || sync, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error with its cause in one line.
pub(super) fn describe(error: &JournalError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

impl Journal {
    /// Opens the journal in `dir`, which is made when missing, and cuts away what a crash tore off.
    ///
    /// # Errors
    /// When another process has it open, when a segment is damaged in a way no crash explains, or
    /// when the file system refuses.
    pub fn open(dir: impl AsRef<Path>, options: JournalOptions) -> Result<Self, JournalError> {
        let (shared, recovery) = super::open::open(dir.as_ref(), options)?;
        // From here on its threads are ended also where the other cannot be started.
        let mut owner = Owner {
            shared: Arc::new(shared),
            writing: None,
            syncing: None,
            recovery,
        };
        let start = |name: &str, run: fn(&Shared)| {
            let shared = Arc::clone(&owner.shared);
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || run(&shared))
                .map_err(JournalError::io("start a thread of", dir.as_ref()))
        };
        let (writing, syncing) = (
            start("journal-write", soon::run),
            start("journal-sync", sync::run),
        );
        owner.writing = Some(writing?);
        owner.syncing = Some(syncing?);
        Ok(Self {
            owner: Arc::new(owner),
        })
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.owner.shared
    }

    /// What was found when it was opened.
    #[must_use]
    pub fn recovery(&self) -> &Recovery {
        &self.owner.recovery
    }

    /// Writes a record: when this returns it survives the process, not yet the power supply. Never
    /// waits for the disk, save for the rare end of a segment.
    ///
    /// # Errors
    /// When it cannot; nothing of it is left then, and the next call tries afresh.
    pub fn append<B: Body + ?Sized>(&self, body: &B) -> Result<u64, JournalError> {
        let appended = self.shared().append(body, When::Now);
        appended.map(|(_, seq)| seq)
    }

    /// Writes a record together with the next one, or within two milliseconds: what the process
    /// loses in between, it loses from the journal's end. A sync and the end of the journal write it.
    ///
    /// # Errors
    /// When there is no room for it; nothing of it is left then.
    pub fn append_soon<B: Body + ?Sized>(&self, body: &B) -> Result<u64, JournalError> {
        let appended = self.shared().append(body, When::Soon);
        appended.map(|(_, seq)| seq)
    }

    /// Writes a record with those of others that come at the same time: when the future ends it survives
    /// the process, not yet the power supply. One call of the system for all of them, where each would
    /// have had its own.
    ///
    /// # Errors
    /// When it cannot be written; it may still be, when the journal writes again.
    pub fn append_together<B: Body + ?Sized>(
        &self,
        body: &B,
    ) -> impl Future<Output = Result<u64, JournalError>> + Send + use<B> {
        let appended = self.shared().append(body, When::Soon);
        let owner = Arc::clone(&self.owner);
        async move {
            let (epoch, seq) = appended?;
            // Who is ready by now adds theirs first.
            tokio::task::yield_now().await;
            owner.shared.write_through(epoch, seq)?;
            Ok(seq)
        }
    }

    /// Writes a record at once and returns a future that ends when it is on the disk. Many callers
    /// share one sync.
    ///
    /// # Errors
    /// When it cannot be written, in which case nothing of it is left, or not be synced, in which
    /// case it may or may not survive the power supply.
    pub fn append_synced<B: Body + ?Sized>(
        &self,
        body: &B,
    ) -> impl Future<Output = Result<u64, JournalError>> + Send + use<B> {
        let appended = self.shared().append(body, When::Now);
        let owner = Arc::clone(&self.owner);
        async move {
            let (epoch, seq) = appended?;
            owner.shared.syncer.wait(epoch, seq).await?;
            Ok(seq)
        }
    }

    /// Waits until everything written so far is on the disk.
    ///
    /// # Errors
    /// When it cannot be synced.
    pub async fn sync(&self) -> Result<(), JournalError> {
        let (epoch, seq) = {
            let tail = self.shared().tail();
            (tail.epoch, tail.seq)
        };
        self.shared().syncer.wait(epoch, seq).await
    }

    /// The running epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.shared().tail().epoch
    }

    /// The last record of the epoch; 0 when there is none.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.shared().last_seq.load(Ordering::SeqCst)
    }

    /// The last record that is on the disk.
    #[must_use]
    pub fn synced_seq(&self) -> u64 {
        self.shared().syncer.synced()
    }

    /// Waits until there is a record after `after_seq`. One caller at a time.
    pub async fn wait_for(&self, after_seq: u64) {
        let shared = self.shared();
        loop {
            shared.reader_waits.store(true, Ordering::SeqCst);
            if self.last_seq() > after_seq {
                return;
            }
            shared.appended.notified().await;
        }
    }

    /// What waits for the control plane.
    #[must_use]
    pub fn spool(&self) -> Spool {
        self.shared().spool()
    }

    /// Why the journal cannot write, while it cannot.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        let health = &self.shared().health;
        if !health.failing.load(Ordering::Relaxed) {
            return None;
        }
        let append = lock(&health.append).clone();
        append.or_else(|| {
            lock(&health.sync)
                .as_ref()
                .map(|message| format!("cannot sync the journal: {message}"))
        })
    }
}
