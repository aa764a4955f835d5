//! The edge's durable record.
//!
//! Records are appended to segment files, each one write to the operating system, so that they
//! survive the process; [`Journal::append_synced`] waits for `fdatasync` besides, which many
//! callers share, so that they survive the power supply. A record is whole or it is not there:
//! what a crash tore off is cut away when the journal is opened again. Only synced records are
//! given to the control plane, so that what it has is never lost here and numbered anew.

mod acknowledged;
mod append;
mod error;
mod handle;
mod open;
mod read;
mod segment;
mod soon;
mod sync;

pub use error::JournalError;
pub use handle::{Body, Journal, JournalOptions, Recovery, Spool};
pub use segment::MAX_RECORD_BYTES;
