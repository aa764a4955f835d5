//! What can go wrong with a journal.

use std::{io, path::PathBuf};

/// The journal cannot do what it was asked. `append` and `append_synced` recover by themselves: the
/// next call tries again.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refused.
    #[error("cannot {doing} {path}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The record could not be made durable; it may or may not survive the power supply.
    #[error("cannot sync the journal: {0}")]
    Sync(String),
    /// Another process has the journal open.
    #[error("the journal in {0} is in use by another process")]
    Locked(PathBuf),
    /// A segment before the last two is damaged: not torn by a crash, but changed.
    #[error("the journal's segment {path} is damaged: {problem}")]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// What does not fit.
        problem: &'static str,
    },
    /// The records that wait for the control plane take all the room they may have.
    #[error("the journal's spool is full: {bytes} bytes wait for the control plane")]
    SpoolFull {
        /// Bytes on disk.
        bytes: u64,
    },
    /// The record is larger than any may be.
    #[error("a record of {bytes} bytes is too large for the journal")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The record cannot be written as a JSON object.
    #[error("the record cannot be written as JSON")]
    Serialize(#[source] serde_json::Error),
    /// The asked-for records were acknowledged and dropped.
    #[error("records up to {0} were acknowledged and dropped")]
    Dropped(u64),
    /// More was acknowledged than the journal has.
    #[error("record {acknowledged} was acknowledged, but the journal ends at {last}")]
    AcknowledgedTooMuch {
        /// What was acknowledged.
        acknowledged: u64,
        /// The last record.
        last: u64,
    },
    /// The journal was closed.
    #[error("the journal is closed")]
    Closed,
}

impl JournalError {
    pub(super) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}
