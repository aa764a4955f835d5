//! Opening a journal: what a crash left is verified, and what it tore off is cut away.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use countersign_model::Timestamp;

use super::{
    JournalError, JournalOptions, Recovery,
    acknowledged::{self, Acknowledged},
    append::{ClosedSegment, OpenSegment, Tail, start_segment},
    handle::Shared,
    read::Cursor,
    segment::{self, HEADER_BYTES, Header, Verified},
};
use crate::chain;

/// Segments that a crash can tear: the current one, and the one before while it was not synced.
const TEARABLE: usize = 2;

pub(super) fn open(
    dir: &Path,
    options: JournalOptions,
) -> Result<(Shared, Recovery), JournalError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(JournalError::io("create", dir))?;
    let lock = lock(dir)?;
    let directory = File::open(dir).map_err(JournalError::io("open", dir))?;
    let acknowledged = acknowledged::load(dir);
    let mut cut_bytes = 0;
    let found = find(dir, &mut cut_bytes)?;
    let (tail, fresh) = match found {
        Some(found) if !lost_acknowledged(&found, acknowledged) => {
            (resume(dir, options, found, acknowledged)?, false)
        }
        found => {
            // The control plane has all that the disk has, and more: numbering on would give it
            // two records of the same number.
            for (path, _) in found.map(|found| found.headers).unwrap_or_default() {
                fs::remove_file(&path).map_err(JournalError::io("remove", &path))?;
            }
            (begin(dir, options, acknowledged)?, true)
        }
    };
    sync_all(&tail, &directory)?;
    let recovery = Recovery {
        last_seq: tail.seq,
        cut_bytes,
        fresh,
    };
    let cursor = Cursor::at_ack(&tail)?;
    Ok((Shared::new(directory, lock, tail, cursor), recovery))
}

fn lock(dir: &Path) -> Result<File, JournalError> {
    let path = dir.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(JournalError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(JournalError::Locked(dir.to_owned())),
        Err(fs::TryLockError::Error(source)) => Err(JournalError::io("lock", path)(source)),
    }
}

/// The segments on disk, the last one verified and cut.
struct Found {
    headers: Vec<(PathBuf, Header)>,
    last: Verified,
}

fn find(dir: &Path, cut_bytes: &mut u64) -> Result<Option<Found>, JournalError> {
    let mut headers = headers(dir, cut_bytes)?;
    check_order(&headers)?;
    let mut last = None;
    // From the last but one on: where a segment is torn, what follows it belongs to nothing.
    let from = headers.len().saturating_sub(TEARABLE);
    let mut index = from;
    while let Some((path, _)) = headers.get(index).cloned() {
        let verified = segment::verify(&path)?.ok_or(JournalError::Damaged {
            path: path.clone(),
            problem: "its header changed while it was read",
        })?;
        let next_fits = headers.get(index + 1).is_none_or(|(_, next)| {
            next.first_seq == verified.last_seq + 1 && next.prev == verified.link
        });
        let whole = verified.end == verified.length && next_fits;
        *cut_bytes += cut(&path, &verified)?;
        last = Some(verified);
        if !whole {
            for (torn, _) in headers.drain(index + 1..) {
                *cut_bytes += keep_aside(&torn)?;
            }
        }
        index += 1;
    }
    Ok(last.map(|last| Found { headers, last }))
}

/// Every segment's header, oldest first. The last file may be without one: its creation was torn.
fn headers(dir: &Path, cut_bytes: &mut u64) -> Result<Vec<(PathBuf, Header)>, JournalError> {
    let entries = fs::read_dir(dir).map_err(JournalError::io("list", dir))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(JournalError::io("list", dir))?.path();
        if path.extension().is_some_and(|extension| extension == "seg") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut headers = Vec::with_capacity(paths.len());
    let mut paths = paths.into_iter().peekable();
    while let Some(path) = paths.next() {
        match segment::read_header(&path)? {
            Some(header) => headers.push((path, header)),
            None if paths.peek().is_none() => *cut_bytes += keep_aside(&path)?,
            None => {
                return Err(JournalError::Damaged {
                    path,
                    problem: "its header is not one",
                });
            }
        }
    }
    Ok(headers)
}

fn check_order(headers: &[(PathBuf, Header)]) -> Result<(), JournalError> {
    for pair in headers.windows(2) {
        if let [(_, a), (path, b)] = pair
            && (a.epoch != b.epoch || a.first_seq >= b.first_seq)
        {
            return Err(JournalError::Damaged {
                path: path.clone(),
                problem: "it does not follow the one before",
            });
        }
    }
    Ok(())
}

/// Cuts a segment behind its last whole record. A tail that is more than one write in part is kept
/// beside it, for whoever wants to know.
fn cut(path: &Path, verified: &Verified) -> Result<u64, JournalError> {
    let excess = verified.length - verified.end;
    if excess == 0 {
        return Ok(0);
    }
    tracing::warn!(
        bytes = excess,
        last_seq = verified.last_seq,
        "the journal's last write was torn; it is cut away"
    );
    OpenOptions::new()
        .write(true)
        .open(path)
        .and_then(|file| file.set_len(verified.end))
        .map_err(JournalError::io("truncate", path))?;
    Ok(excess)
}

/// Takes a file that is no segment out of the way without destroying it.
fn keep_aside(path: &Path) -> Result<u64, JournalError> {
    let bytes = fs::metadata(path)
        .map_err(JournalError::io("read", path))?
        .len();
    if bytes <= HEADER_BYTES as u64 {
        fs::remove_file(path).map_err(JournalError::io("remove", path))?;
        return Ok(bytes);
    }
    let aside = path.with_extension("torn");
    tracing::warn!(
        bytes,
        "a segment of the journal follows nothing; it is kept aside"
    );
    fs::rename(path, &aside).map_err(JournalError::io("rename", path))?;
    Ok(bytes)
}

fn lost_acknowledged(found: &Found, acknowledged: Option<Acknowledged>) -> bool {
    acknowledged.is_some_and(|acknowledged| {
        acknowledged.epoch == found.last.header.epoch && acknowledged.seq > found.last.last_seq
    })
}

fn resume(
    dir: &Path,
    options: JournalOptions,
    mut found: Found,
    acknowledged: Option<Acknowledged>,
) -> Result<Tail, JournalError> {
    let header = found.last.header;
    let Some((path, _)) = found.headers.pop() else {
        return begin(dir, options, acknowledged);
    };
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .map_err(JournalError::io("open", &path))?;
    let current = OpenSegment {
        file: Arc::new(file),
        path: path.into(),
        first_seq: header.first_seq,
        length: found.last.end,
    };
    let end = (found.last.last_seq, found.last.link);
    let mut tail = Tail::new(dir.to_owned(), &header, current, end, options);
    let mut floor = header.first_seq;
    for (path, header) in found.headers.into_iter().rev() {
        floor = header.first_seq;
        let length = fs::metadata(&path)
            .map_err(JournalError::io("read", &path))?
            .len();
        tail.push_oldest(ClosedSegment {
            path: path.into(),
            first_seq: header.first_seq,
            length,
        });
    }
    // What is no longer on the disk was acknowledged, or it would still be there.
    tail.acked = acknowledged
        .filter(|acknowledged| acknowledged.epoch == header.epoch)
        .map_or(0, |acknowledged| acknowledged.seq)
        .max(floor - 1);
    Ok(tail)
}

fn begin(
    dir: &Path,
    options: JournalOptions,
    acknowledged: Option<Acknowledged>,
) -> Result<Tail, JournalError> {
    let header = first_header(acknowledged.map(|acknowledged| acknowledged.epoch));
    let current = start_segment(dir, &header)?;
    Ok(Tail::new(
        dir.to_owned(),
        &header,
        current,
        (0, chain::START),
        options,
    ))
}

/// The header of a new epoch. Its number is the time, so that it differs from every epoch before,
/// also of a journal that was deleted.
pub(super) fn first_header(after: Option<u64>) -> Header {
    let now = u64::try_from(Timestamp::now().as_millis()).unwrap_or_default();
    Header {
        epoch: now.max(after.map_or(1, |epoch| epoch + 1)),
        first_seq: 1,
        prev: chain::START,
    }
}

fn sync_all(tail: &Tail, directory: &File) -> Result<(), JournalError> {
    let previous = tail.closed.back().map(|segment| &segment.path);
    for path in previous.into_iter().chain([&tail.current.path]) {
        File::open(path)
            .and_then(|file| file.sync_all())
            .map_err(JournalError::io("sync", path.as_ref()))?;
    }
    directory
        .sync_all()
        .map_err(JournalError::io("sync", tail.dir.as_path()))
}
