//! Everything about a batch that needs no database.

use countersign_ledger::chain::{Link, START, link};
use countersign_model::{EventBatch, Timestamp};

use super::{
    IngestError,
    glance::Glance,
    head::{Head, to_link},
    summary::Summary,
};
use crate::{StoreError, events};

/// The new records of a batch, ready to be written.
#[derive(Debug)]
pub struct Prepared {
    /// The head they continue.
    pub head: Head,
    /// The journal's epoch.
    pub epoch: u64,
    /// The first new record.
    pub first_seq: u64,
    /// The last one.
    pub last_seq: u64,
    /// The chain's link after the last one.
    pub last_link: Link,
    /// The first one's time.
    pub first_at: Timestamp,
    /// The last one's time.
    pub last_at: Timestamp,
    /// The exact records, compressed.
    pub records: Vec<u8>,
    /// What they add to their sessions.
    pub summary: Summary,
}

/// Verifies a batch against `head` and sums up what is new in it; `None` when nothing is.
pub fn prepare(batch: &EventBatch, head: &Head) -> Result<Option<Prepared>, IngestError> {
    let acked_seq = head.acked_seq;
    if batch.first_seq == 0 {
        return Err(IngestError::Malformed("sequence numbers begin at 1"));
    }
    if batch.first_seq > acked_seq.saturating_add(1) {
        return Err(IngestError::Gap { acked_seq });
    }
    let prev = to_link(&batch.prev_hash)
        .ok_or(IngestError::Malformed("prev_hash is not 64 hex digits"))?;
    if batch.first_seq == 1 && prev != START {
        return Err(IngestError::Malformed("prev_hash of record 1 is not zero"));
    }
    // Safe: first_seq is at most acked_seq + 1.
    let known = usize::try_from(acked_seq + 1 - batch.first_seq).unwrap_or(usize::MAX);
    if known > batch.records.len() {
        return Ok(None);
    }
    let (old, new) = batch.records.split_at(known);
    let at_head = old
        .iter()
        .fold(prev, |at, record| link(&at, record.as_bytes()));
    if at_head != head.link {
        return Err(IngestError::Forked { acked_seq });
    }
    match new {
        [] => Ok(None),
        new => summarise(batch.epoch, new, head).map(Some),
    }
}

fn summarise(epoch: u64, records: &[String], head: &Head) -> Result<Prepared, IngestError> {
    let first_seq = head.acked_seq + 1;
    let mut summary = Summary::default();
    let mut at = head.link;
    let mut times: Option<(Timestamp, Timestamp)> = None;
    let mut seq = head.acked_seq;
    for record in records {
        seq += 1;
        // Records are kept line by line; JSON text has no raw line break unless somebody put it in.
        let glance: Glance<'_> = match serde_json::from_str(record) {
            Ok(glance) if !record.contains('\n') => glance,
            _ => return Err(IngestError::BadRecord { seq }),
        };
        if glance.seq != seq {
            return Err(IngestError::BadRecord { seq });
        }
        at = link(&at, record.as_bytes());
        times = Some((times.map_or(glance.at, |(first, _)| first), glance.at));
        summary
            .add(&glance, record)
            .map_err(|_| IngestError::BadRecord { seq })?;
    }
    let (first_at, last_at) = times.ok_or(IngestError::Malformed("the batch is empty"))?;
    Ok(Prepared {
        head: *head,
        epoch,
        first_seq,
        last_seq: seq,
        last_link: at,
        first_at,
        last_at,
        records: events::compress(records)
            .map_err(|error| StoreError::Database(Box::new(error)))?,
        summary,
    })
}
