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

/// Bytes that may wait to be written; what exceeds them is written at once.
const MAX_WAITING: usize = 64 << 10;

/// Bytes of a record besides its body, at most.
const ENVELOPE_BYTES: usize = 128;

/// When a record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// At once, with everything that waits.
    Now,
    /// With the next record, or soon.
    Soon,
}

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
    /// Records behind `current.length` that are not written yet, and how many.
    waiting: Vec<u8>,
    waiting_records: u64,
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
            waiting: Vec::new(),
            waiting_records: 0,
            clock: SecondText::default(),
        }
    }

    /// Bytes on disk, and those that wait to be written.
    pub(super) fn bytes(&self) -> u64 {
        self.closed_bytes + self.current.length + self.waiting.len() as u64
    }

    /// Whether a record waits to be written.
    pub(super) fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The last record that is written.
    pub(super) fn written_seq(&self) -> u64 {
        self.seq - self.waiting_records
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
        self.write()?;
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
    pub(super) fn append(&mut self, body: &[u8], when: When) -> Result<u64, JournalError> {
        if self.waits() && self.exceeds_segment(body.len() + ENVELOPE_BYTES) {
            // It belongs to the segment that ends.
            self.write()?;
        }
        let (before, seq) = (self.waiting.len(), self.seq + 1);
        let framed = self.frame(seq, body).and_then(|link| {
            self.waiting_records += 1;
            self.admit(when)
                .inspect_err(|_| self.waiting_records -= 1)
                .map(|()| link)
        });
        match framed {
            Ok(link) => {
                self.seq = seq;
                self.link = link;
                Ok(seq)
            }
            Err(error) => {
                // Nothing of it is left; what waited before it goes on waiting.
                self.waiting.truncate(before);
                Err(error)
            }
        }
    }

    /// Makes room for the last record of those that wait, and writes them where it is time.
    fn admit(&mut self, when: When) -> Result<(), JournalError> {
        let bytes = self.bytes();
        if bytes > self.options.max_spool_bytes {
            return Err(JournalError::SpoolFull { bytes });
        }
        if self.exceeds_segment(0) && self.current.length > HEADER_BYTES as u64 {
            self.rotate()?;
        }
        match when {
            When::Soon if self.waiting.len() <= MAX_WAITING => Ok(()),
            When::Now | When::Soon => self.write(),
        }
    }

    /// Whether the segment has no room for what waits and so many bytes more.
    fn exceeds_segment(&self, more: usize) -> bool {
        self.current.length + (self.waiting.len() + more) as u64 > self.options.segment_bytes
    }

    /// Puts the whole record together behind those that wait; answers the link after it.
    fn frame(&mut self, seq: u64, body: &[u8]) -> Result<Link, JournalError> {
        let start = self.waiting.len();
        let record = &mut self.waiting;
        record.extend_from_slice(&[0; 4]);
        record.extend_from_slice(b"{\"seq\":");
        push_decimal(record, seq);
        record.extend_from_slice(b",\"at\":\"");
        self.clock.push(record, Timestamp::now());
        record.extend_from_slice(b"\",");
        // The body is an object that is not empty; its brace is ours.
        record.extend_from_slice(body.get(1..).unwrap_or_default());
        let record = record.get_mut(start..).unwrap_or_default();
        let length = record.len().saturating_sub(4);
        let link = match (u32::try_from(length), record.split_first_chunk_mut::<4>()) {
            (Ok(prefix), Some((first, text))) if length <= MAX_RECORD_BYTES => {
                *first = prefix.to_le_bytes();
                chain::link(&self.link, text)
            }
            _ => return Err(JournalError::TooLarge { bytes: length }),
        };
        self.waiting.extend_from_slice(&link);
        Ok(link)
    }

    /// Writes everything that waits, in one write; what fails in part is cut away, now or before the
    /// next write, and goes on waiting.
    pub(super) fn write(&mut self) -> Result<(), JournalError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.mend()?;
        let OpenSegment {
            file, path, length, ..
        } = &mut self.current;
        if let Err(source) = file.write_all_at(&self.waiting, *length) {
            self.torn = file.set_len(*length).is_err();
            return Err(JournalError::io("write", path.as_ref())(source));
        }
        *length += self.waiting.len() as u64;
        self.waiting_records = 0;
        if self.waiting.capacity() > KEPT_BYTES {
            self.waiting = Vec::new();
        } else {
            self.waiting.clear();
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
    use std::fs::OpenOptions;

    use super::{super::open::open, *};

    const BODY: &[u8] = b"{\"type\":\"bundle_activated\",\"revision\":7}";

    fn journal(
        dir: &Path,
        segment_bytes: u64,
        max_spool_bytes: u64,
    ) -> super::super::handle::Shared {
        let options = JournalOptions {
            segment_bytes,
            max_spool_bytes,
        };
        open(dir, options).expect("opens").0
    }

    fn written(path: &Path) -> u64 {
        let verified = segment::verify(path).expect("read").expect("a segment");
        assert_eq!(verified.end, verified.length, "nothing in part");
        verified.last_seq
    }

    #[test]
    fn what_is_appended_for_soon_is_written_with_the_next_record() {
        let dir = tempfile::tempdir().expect("dir");
        let shared = journal(dir.path(), 1 << 20, 1 << 20);
        let mut tail = shared.tail();
        let path = Arc::clone(&tail.current.path);
        let length = tail.current.length;
        for seq in 1..=3 {
            assert_eq!(tail.append(BODY, When::Soon).expect("appended"), seq);
        }
        assert_eq!((tail.seq, tail.written_seq(), written(&path)), (3, 0, 0));
        assert_eq!(tail.current.length, length);
        assert!(tail.bytes() > length);
        assert_eq!(tail.append(BODY, When::Now).expect("appended"), 4);
        assert_eq!((tail.seq, tail.written_seq(), written(&path)), (4, 4, 4));
        assert!(!tail.waits());
    }

    #[test]
    fn little_waits() {
        let dir = tempfile::tempdir().expect("dir");
        let shared = journal(dir.path(), 1 << 20, 1 << 20);
        let mut tail = shared.tail();
        for _ in 0..2000 {
            tail.append(BODY, When::Soon).expect("appended");
            assert!(tail.waiting.len() <= MAX_WAITING);
        }
        assert!(tail.written_seq() > 0);
    }

    #[test]
    fn a_segment_ends_with_what_waited_for_it() {
        let dir = tempfile::tempdir().expect("dir");
        let shared = journal(dir.path(), 1024, 1 << 20);
        let mut tail = shared.tail();
        for n in 0..100_u64 {
            let when = if n % 7 == 3 { When::Now } else { When::Soon };
            tail.append(BODY, when).expect("appended");
        }
        tail.write().expect("written");
        assert!(tail.closed.len() > 5);
        let last = tail.closed.iter().zip(tail.closed.iter().skip(1));
        for (segment, next) in last {
            assert_eq!(written(&segment.path), next.first_seq - 1);
        }
        assert_eq!(written(&tail.current.path), 100);
    }

    #[test]
    fn a_record_that_is_refused_leaves_what_waited_before_it() {
        let dir = tempfile::tempdir().expect("dir");
        let shared = journal(dir.path(), 1 << 20, 700);
        let mut tail = shared.tail();
        let path = Arc::clone(&tail.current.path);
        tail.append(BODY, When::Soon).expect("appended");
        tail.append(BODY, When::Soon).expect("appended");
        let large = [BODY, &[b' '; 600]].concat();
        let full = tail.append(&large, When::Now).expect_err("full");
        assert!(matches!(full, JournalError::SpoolFull { .. }), "{full}");
        let file = Arc::clone(&tail.current.file);
        let only_read = OpenOptions::new().read(true).open(&path).expect("opens");
        tail.current.file = Arc::new(only_read);
        for when in [When::Now, When::Now] {
            tail.append(BODY, when).expect_err("cannot write");
        }
        assert_eq!((tail.seq, tail.written_seq(), written(&path)), (2, 0, 0));
        tail.current.file = file;
        assert_eq!(tail.append(BODY, When::Now).expect("appended"), 3);
        assert_eq!((tail.written_seq(), written(&path)), (3, 3));
    }

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
