//! The end of the journal, where records are written.

use std::{
    collections::VecDeque,
    fs::File,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use countersign_model::Timestamp;

use super::{
    JournalError, JournalOptions,
    segment::{self, HEADER_BYTES, Header, MAX_RECORD_BYTES},
};
use crate::chain::{self, Link};

/// A larger buffer than this is given back after its record.
const KEPT_BYTES: usize = 1 << 20;

/// A segment that may not be wholly on the disk yet.
#[derive(Debug, Clone)]
pub(super) struct OpenSegment {
    pub file: Arc<File>,
    pub path: Arc<Path>,
    pub first_seq: u64,
    /// Bytes of whole records, header included.
    pub length: u64,
}

/// The state behind the journal's lock.
#[derive(Debug)]
pub(super) struct Tail {
    pub dir: PathBuf,
    pub epoch: u64,
    /// The last record.
    pub seq: u64,
    /// The link after it.
    pub link: Link,
    pub current: OpenSegment,
    /// The segment before the current one, while it is not synced. At most one, so that a crash
    /// can tear no more than the last two segments.
    pub unsynced: Option<OpenSegment>,
    /// Closed segments before the current one, oldest first.
    pub closed: VecDeque<ClosedSegment>,
    closed_bytes: u64,
    /// Everything up to this is at the control plane.
    pub acked: u64,
    pub options: JournalOptions,
    /// Bytes beyond `current.length` could not be cut away.
    torn: bool,
    record: Vec<u8>,
    clock: SecondText,
}

/// A segment that is complete.
#[derive(Debug, Clone)]
pub(super) struct ClosedSegment {
    pub path: Arc<Path>,
    pub first_seq: u64,
    pub length: u64,
}

impl Tail {
    pub(super) fn new(
        dir: PathBuf,
        header: &Header,
        current: OpenSegment,
        (seq, link): (u64, Link),
        options: JournalOptions,
    ) -> Self {
        Self {
            dir,
            epoch: header.epoch,
            seq,
            link,
            current,
            unsynced: None,
            closed: VecDeque::new(),
            closed_bytes: 0,
            acked: 0,
            options,
            torn: false,
            record: Vec::new(),
            clock: SecondText::default(),
        }
    }

    /// Bytes on disk.
    pub(super) fn bytes(&self) -> u64 {
        self.closed_bytes + self.current.length
    }

    /// Adds a segment before all others.
    pub(super) fn push_oldest(&mut self, segment: ClosedSegment) {
        self.closed_bytes += segment.length;
        self.closed.push_front(segment);
    }

    /// Takes out the segments whose records are all acknowledged.
    pub(super) fn drop_acknowledged(&mut self) -> Vec<ClosedSegment> {
        let mut dropped = Vec::new();
        while let Some(first) = self.closed.front() {
            let next = self
                .closed
                .get(1)
                .map_or(self.current.first_seq, |segment| segment.first_seq);
            if next > self.acked + 1 {
                break;
            }
            self.closed_bytes -= first.length;
            dropped.extend(self.closed.pop_front());
        }
        dropped
    }

    /// Leaves everything behind and starts at 1; answers the files that were left.
    pub(super) fn begin_epoch(&mut self, header: &Header) -> Result<Vec<Arc<Path>>, JournalError> {
        let next = start_segment(&self.dir, header)?;
        let closed = std::mem::replace(&mut self.current, next);
        let mut left: Vec<_> = self.closed.drain(..).map(|segment| segment.path).collect();
        left.push(closed.path);
        self.closed_bytes = 0;
        self.unsynced = None;
        self.epoch = header.epoch;
        self.seq = header.first_seq - 1;
        self.link = header.prev;
        self.acked = 0;
        self.torn = false;
        Ok(left)
    }

    /// Appends one record whose body is the JSON object `body`; answers its number.
    pub(super) fn append(&mut self, body: &[u8]) -> Result<u64, JournalError> {
        let seq = self.seq + 1;
        let link = self.frame(seq, body)?;
        let size = self.record.len() as u64;
        let bytes = self.bytes() + size;
        if bytes > self.options.max_spool_bytes {
            return Err(JournalError::SpoolFull { bytes });
        }
        if self.current.length + size > self.options.segment_bytes
            && self.current.length > HEADER_BYTES as u64
        {
            self.rotate()?;
        }
        let written = self.write();
        if self.record.capacity() > KEPT_BYTES {
            self.record = Vec::new();
        }
        written?;
        self.current.length += size;
        self.seq = seq;
        self.link = link;
        Ok(seq)
    }

    /// Puts the whole record together in `self.record`; answers the link after it.
    fn frame(&mut self, seq: u64, body: &[u8]) -> Result<Link, JournalError> {
        let record = &mut self.record;
        record.clear();
        record.extend_from_slice(&[0; 4]);
        record.extend_from_slice(b"{\"seq\":");
        push_decimal(record, seq);
        record.extend_from_slice(b",\"at\":\"");
        self.clock.push(record, Timestamp::now());
        record.extend_from_slice(b"\",");
        // The body is an object that is not empty; its brace is ours.
        record.extend_from_slice(body.get(1..).unwrap_or_default());
        let length = record.len() - 4;
        match u32::try_from(length) {
            Ok(prefix) if length <= MAX_RECORD_BYTES => {
                record[..4].copy_from_slice(&prefix.to_le_bytes());
            }
            _ => return Err(JournalError::TooLarge { bytes: length }),
        }
        let link = chain::link(&self.link, &record[4..]);
        record.extend_from_slice(&link);
        Ok(link)
    }

    /// One write; what fails in part is cut away, now or before the next write.
    fn write(&mut self) -> Result<(), JournalError> {
        self.mend()?;
        let OpenSegment {
            file, path, length, ..
        } = &self.current;
        if let Err(source) = file.write_all_at(&self.record, *length) {
            self.torn = file.set_len(*length).is_err();
            return Err(JournalError::io("write", path.as_ref())(source));
        }
        Ok(())
    }

    fn mend(&mut self) -> Result<(), JournalError> {
        if self.torn {
            let OpenSegment {
                file, path, length, ..
            } = &self.current;
            file.set_len(*length)
                .map_err(JournalError::io("truncate", path.as_ref()))?;
            self.torn = false;
        }
        Ok(())
    }

    /// Starts the next segment.
    fn rotate(&mut self) -> Result<(), JournalError> {
        self.mend()?;
        if let Some(previous) = &self.unsynced {
            // The syncing thread is a whole segment behind: wait for the disk here.
            previous
                .file
                .sync_data()
                .map_err(JournalError::io("sync", previous.path.as_ref()))?;
            self.unsynced = None;
        }
        let header = Header {
            epoch: self.epoch,
            first_seq: self.seq + 1,
            prev: self.link,
        };
        let next = start_segment(&self.dir, &header)?;
        let closed = std::mem::replace(&mut self.current, next);
        self.closed_bytes += closed.length;
        self.closed.push_back(ClosedSegment {
            path: Arc::clone(&closed.path),
            first_seq: closed.first_seq,
            length: closed.length,
        });
        self.unsynced = Some(closed);
        Ok(())
    }
}

/// Makes the file of a segment.
pub(super) fn start_segment(dir: &Path, header: &Header) -> Result<OpenSegment, JournalError> {
    let path = segment::path(dir, header.epoch, header.first_seq);
    let file = segment::create(&path, header).map_err(JournalError::io("create", &path))?;
    Ok(OpenSegment {
        file: Arc::new(file),
        path: path.into(),
        first_seq: header.first_seq,
        length: HEADER_BYTES as u64,
    })
}

fn push_decimal(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// RFC 3339 text of the running second; the same for thousands of records.
#[derive(Debug, Default)]
struct SecondText {
    second: i64,
    /// `2026-11-22T14:02:11.`
    text: String,
}

impl SecondText {
    fn push(&mut self, out: &mut Vec<u8>, at: Timestamp) {
        let second = at.as_millis().div_euclid(1000);
        if self.text.is_empty() || self.second != second {
            let whole = Timestamp::from_millis(second * 1000).to_string();
            self.text = whole.trim_end_matches("000Z").to_owned();
            self.second = second;
        }
        out.extend_from_slice(self.text.as_bytes());
        let millis = u64::try_from(at.as_millis().rem_euclid(1000)).unwrap_or_default();
        for (threshold, zeros) in [(10, "00"), (100, "0")] {
            if millis < threshold {
                out.extend_from_slice(zeros.as_bytes());
                break;
            }
        }
        push_decimal(out, millis);
        out.push(b'Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_model_writes_them() {
        let mut clock = SecondText::default();
        for millis in [
            0,
            1,
            9,
            10,
            99,
            100,
            999,
            1000,
            1_795_356_131_250,
            1_795_356_131_007,
        ] {
            let at = Timestamp::from_millis(millis);
            let mut out = Vec::new();
            clock.push(&mut out, at);
            assert_eq!(String::from_utf8(out).expect("text"), at.to_string());
        }
    }

    #[test]
    fn numbers_are_decimal() {
        for number in [0, 1, 9, 10, 1_234_567_890, u64::MAX] {
            let mut out = Vec::new();
            push_decimal(&mut out, number);
            assert_eq!(String::from_utf8(out).expect("text"), number.to_string());
        }
    }
}
