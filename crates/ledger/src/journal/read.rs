//! The front of the journal, where records leave for the control plane.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt as _,
    path::Path,
    sync::{Arc, PoisonError},
};

use countersign_model::EventBatch;

use super::{
    Journal, JournalError, Spool,
    acknowledged::{self, Acknowledged},
    append::{ClosedSegment, Tail},
    handle::Shared,
    open::first_header,
    segment::{self, FRAME_BYTES, HEADER_BYTES, Header, MAX_RECORD_BYTES},
};
use crate::chain::{self, Link};

/// A place between two records.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// First number of the segment it is in.
    segment: u64,
    /// The record before it.
    seq: u64,
    /// The link after that record.
    link: Link,
    offset: u64,
}

/// Where reading stands.
#[derive(Debug)]
pub(super) struct Cursor {
    /// Behind the last batch that was read.
    read: Place,
    /// Behind the last acknowledged record.
    acked: Place,
    /// What was stored in the hint file.
    stored: u64,
}

/// A segment with the bytes that may be read.
struct Readable {
    path: Arc<Path>,
    first_seq: u64,
    length: u64,
}

impl Cursor {
    /// At the acknowledged record of a journal that was just opened.
    pub(super) fn at_ack(tail: &Tail) -> Result<Self, JournalError> {
        let place = locate(tail, tail.acked)?;
        Ok(Self {
            read: place,
            acked: place,
            stored: tail.acked,
        })
    }
}

impl Shared {
    pub(super) fn spool(&self) -> Spool {
        let acked = self.cursor().acked;
        let tail = self.tail();
        let before: u64 = tail
            .closed
            .iter()
            .filter(|segment| segment.first_seq < acked.segment)
            .map(|segment| segment.length)
            .sum();
        Spool {
            records: tail.seq.saturating_sub(acked.seq),
            bytes: tail.bytes().saturating_sub(before + acked.offset),
            max_bytes: tail.options.max_spool_bytes,
        }
    }

    fn cursor(&self) -> std::sync::MutexGuard<'_, Cursor> {
        self.cursor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores the hint; that it could not be stored does no harm.
    pub(super) fn store_acknowledged(&self) {
        let (dir, acknowledged) = {
            let tail = self.tail();
            let acknowledged = Acknowledged {
                epoch: tail.epoch,
                seq: tail.acked,
            };
            (tail.dir.clone(), acknowledged)
        };
        if let Err(error) = acknowledged::store(&dir, acknowledged) {
            tracing::debug!(error = %error, "the acknowledgement could not be stored");
        }
    }
}

impl Journal {
    /// Consecutive records after `after_seq`, at most so many and about so many bytes, but at least
    /// one; `None` when there is none on the disk yet ([`Journal::sync`] first). Reads files: not
    /// for async threads.
    ///
    /// # Errors
    /// When the records were dropped, cannot be read, or are not what was written.
    pub fn read_batch(
        &self,
        after_seq: u64,
        max_records: usize,
        max_bytes: usize,
    ) -> Result<Option<EventBatch>, JournalError> {
        let shared = self.shared();
        let synced = shared.syncer.synced();
        let mut cursor = shared.cursor();
        let (epoch, mut place) = {
            let tail = shared.tail();
            let oldest = tail.oldest_seq();
            if after_seq + 1 < oldest {
                return Err(JournalError::Dropped(oldest - 1));
            }
            let place = if cursor.read.seq == after_seq {
                cursor.read
            } else {
                locate(&tail, after_seq.min(tail.written_seq()))?
            };
            (tail.epoch, place)
        };
        if place.seq >= synced {
            return Ok(None);
        }
        let (first_seq, prev) = (place.seq + 1, place.link);
        let mut records = Vec::new();
        let mut room = max_bytes;
        while records.len() < max_records.max(1) && place.seq < synced {
            let limit = (max_records.max(1) - records.len())
                .min(usize::try_from(synced - place.seq).unwrap_or(usize::MAX));
            let segment = shared.tail().readable(place.segment, place.seq + 1);
            let Some(segment) = segment else { break };
            if segment.first_seq != place.segment {
                place.segment = segment.first_seq;
                place.offset = HEADER_BYTES as u64;
            }
            let before = records.len();
            read_records(&segment, &mut place, limit, &mut room, &mut records)?;
            if records.len() == before || room == 0 {
                break;
            }
        }
        if records.is_empty() {
            // There are synced records, and no segment has them.
            return Err(JournalError::Damaged {
                path: shared.tail().dir.clone(),
                problem: "a segment is missing or shorter than it was",
            });
        }
        cursor.read = place;
        Ok(Some(EventBatch {
            epoch,
            first_seq,
            prev_hash: hex::encode(prev),
            records,
        }))
    }

    /// Everything up to and including `seq` is committed at the control plane: whole segments of
    /// such records are dropped. Smaller numbers than before change nothing.
    ///
    /// # Errors
    /// When the journal does not reach that far, or a segment cannot be removed.
    pub fn acknowledge(&self, seq: u64) -> Result<(), JournalError> {
        let shared = self.shared();
        let mut cursor = shared.cursor();
        let dropped = {
            let mut tail = shared.tail();
            if seq > tail.seq {
                return Err(JournalError::AcknowledgedTooMuch {
                    acknowledged: seq,
                    last: tail.seq,
                });
            }
            if seq <= tail.acked {
                return Ok(());
            }
            cursor.acked = if cursor.read.seq == seq {
                cursor.read
            } else {
                tail.write()?;
                locate(&tail, seq)?
            };
            tail.acked = seq;
            tail.drop_acknowledged()
        };
        if !dropped.is_empty() || seq - cursor.stored >= STORE_EVERY {
            // Before the files go, so that what is missing is known to be acknowledged.
            shared.store_acknowledged();
            cursor.stored = seq;
        }
        for segment in dropped {
            std::fs::remove_file(&segment.path)
                .map_err(JournalError::io("remove", segment.path.as_ref()))?;
        }
        Ok(())
    }

    /// Starts an epoch: the control plane and this journal do not agree on what came before, which
    /// happens when one of them was restored from a backup. The old records stay in the folder,
    /// named `*.left`, and are not sent.
    ///
    /// # Errors
    /// When the old records cannot be synced or renamed, or the new segment cannot be made.
    pub async fn begin_epoch(&self) -> Result<u64, JournalError> {
        self.sync().await?;
        let shared = self.shared();
        let mut cursor = shared.cursor();
        let mut tail = shared.tail();
        let header = first_header(Some(tail.epoch));
        let left = tail.begin_epoch(&header)?;
        let place = locate(&tail, 0)?;
        *cursor = Cursor {
            read: place,
            acked: place,
            stored: 0,
        };
        shared.syncer.begin_epoch(header.epoch);
        shared.publish(0);
        for path in left {
            std::fs::rename(&path, path.with_extension("left"))
                .map_err(JournalError::io("rename", path.as_ref()))?;
        }
        Ok(header.epoch)
    }
}

/// The hint is stored at least every so many records.
const STORE_EVERY: u64 = 4096;

impl Tail {
    /// The first number that is still on the disk, or would be.
    fn oldest_seq(&self) -> u64 {
        self.closed
            .front()
            .map_or(self.current.first_seq, |segment| segment.first_seq)
    }

    /// The segment `segment`, or, where that ends before `seq`, the one after it.
    fn readable(&self, segment: u64, seq: u64) -> Option<Readable> {
        let all = self.closed.iter().cloned().chain([ClosedSegment {
            path: Arc::clone(&self.current.path),
            first_seq: self.current.first_seq,
            length: self.current.length,
        }]);
        all.filter(|s| s.first_seq >= segment && s.first_seq <= seq)
            .last()
            .map(|s| Readable {
                path: s.path,
                first_seq: s.first_seq,
                length: s.length,
            })
    }
}

/// The place behind record `seq`, by walking its segment.
fn locate(tail: &Tail, seq: u64) -> Result<Place, JournalError> {
    let Some(segment) = tail.readable(0, seq + 1) else {
        return Err(JournalError::Dropped(tail.oldest_seq() - 1));
    };
    let header = segment::read_header(&segment.path)?.ok_or_else(|| damaged(&segment))?;
    let Header { prev, .. } = header;
    let mut place = Place {
        segment: segment.first_seq,
        seq: segment.first_seq - 1,
        link: prev,
        offset: HEADER_BYTES as u64,
    };
    let mut skipped = Vec::new();
    while place.seq < seq {
        skipped.clear();
        let limit = usize::try_from(seq - place.seq).unwrap_or(usize::MAX);
        read_records(
            &segment,
            &mut place,
            limit,
            &mut CHUNK_BYTES.clone(),
            &mut skipped,
        )?;
        if skipped.is_empty() {
            return Err(damaged(&segment));
        }
    }
    Ok(place)
}

const CHUNK_BYTES: usize = 1 << 20;

/// Reads up to `limit` records of one segment, until `room` is used up, but at least one where
/// there is one; moves `place` behind them.
fn read_records(
    segment: &Readable,
    place: &mut Place,
    limit: usize,
    room: &mut usize,
    records: &mut Vec<String>,
) -> Result<(), JournalError> {
    let io = |source: io::Error| JournalError::io("read", segment.path.as_ref())(source);
    let file = File::open(&segment.path).map_err(io)?;
    let left = usize::try_from(segment.length.saturating_sub(place.offset)).unwrap_or(usize::MAX);
    let mut size = left.min((*room).clamp(4096, CHUNK_BYTES));
    let mut taken = 0;
    while taken == 0 && size > 0 {
        let mut bytes = vec![0; size];
        file.read_exact_at(&mut bytes, place.offset).map_err(io)?;
        let mut rest = bytes.as_slice();
        while taken < limit
            && let Some((text, stored, size)) = segment::split_record(rest)
        {
            if taken > 0 && size > *room {
                *room = 0;
                break;
            }
            let link = chain::link(&place.link, text);
            let text = std::str::from_utf8(text).map_err(|_| damaged(segment))?;
            if link != stored {
                return Err(damaged(segment));
            }
            records.push(text.to_owned());
            place.seq += 1;
            place.link = link;
            place.offset += size as u64;
            *room = room.saturating_sub(size);
            taken += 1;
            rest = rest.get(size..).unwrap_or_default();
        }
        // A record larger than the chunk: look at as much as the largest may take.
        if taken == 0 {
            let largest = left.min(MAX_RECORD_BYTES + FRAME_BYTES);
            if size == largest {
                return Err(damaged(segment));
            }
            size = largest;
        }
    }
    Ok(())
}

fn damaged(segment: &Readable) -> JournalError {
    JournalError::Damaged {
        path: segment.path.to_path_buf(),
        problem: "a record is not what was written",
    }
}
