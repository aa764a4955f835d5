//! Taking journal records in: verified against the chain, stored as the exact lines that were
//! hashed, summed up by session, exactly once.
//!
//! A batch is one row, whatever it holds, so that an edge under load costs a few statements a
//! second. Parsing, hashing and compressing happen off the async threads and before the
//! transaction begins.

mod glance;
mod head;
mod prepare;
mod summary;
mod write;

use countersign_model::{EdgeId, EventAck, EventBatch, SessionId, Timestamp};

pub(crate) use head::to_link;
pub(crate) use summary::SessionDelta;

use crate::{Store, StoreError};

/// Tries before a batch that races with another of the same edge is given back.
const TRIES: usize = 3;

/// A batch that was taken in.
#[derive(Debug, Clone)]
pub struct Ingested {
    /// What is committed now.
    pub ack: EventAck,
    /// Sessions with new events.
    pub sessions: Vec<SessionId>,
}

/// Why a batch was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// Records between what is committed and the batch are missing.
    #[error("the batch begins behind record {acked_seq}, the last one committed")]
    Gap {
        /// The last committed record.
        acked_seq: u64,
    },
    /// The batch's chain is not the one whose beginning is committed.
    #[error("the batch does not continue the chain that is committed up to record {acked_seq}")]
    Forked {
        /// The last committed record.
        acked_seq: u64,
    },
    /// A record is not an event, or not the one its place asks for.
    #[error("record {seq} is not the event with that number")]
    BadRecord {
        /// Its place.
        seq: u64,
    },
    /// The batch is malformed.
    #[error("the batch is malformed: {0}")]
    Malformed(&'static str),
    /// Another batch of the same edge got in between, again and again.
    #[error("another batch of this edge is being committed")]
    Busy {
        /// The last committed record.
        acked_seq: u64,
    },
    /// The database failed.
    #[error("the batch was not stored")]
    Store(#[from] StoreError),
}

impl Store {
    /// Takes a batch of `edge` in. What is committed already is skipped; the answer comes after the
    /// commit.
    ///
    /// # Errors
    /// When it does not continue what is committed, or is malformed; nothing was stored then.
    pub async fn ingest(
        &self,
        edge: EdgeId,
        batch: EventBatch,
        now: Timestamp,
    ) -> Result<Ingested, IngestError> {
        let epoch = batch.epoch;
        let batch = std::sync::Arc::new(batch);
        let mut acked_seq = 0;
        for _ in 0..TRIES {
            let head = head::read(&self.read, edge, epoch).await?;
            acked_seq = head.acked_seq;
            let work = std::sync::Arc::clone(&batch);
            let prepared = tokio::task::spawn_blocking(move || prepare::prepare(&work, &head))
                .await
                .map_err(|error| StoreError::Database(Box::new(error)))??;
            let Some(prepared) = prepared else {
                return Ok(Ingested {
                    ack: EventAck { epoch, acked_seq },
                    sessions: Vec::new(),
                });
            };
            if self.write_batch(edge, &prepared, now).await? {
                return Ok(Ingested {
                    ack: EventAck {
                        epoch,
                        acked_seq: prepared.last_seq,
                    },
                    sessions: prepared.summary.session_ids(),
                });
            }
        }
        Err(IngestError::Busy { acked_seq })
    }
}
