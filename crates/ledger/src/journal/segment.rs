//! A segment's bytes: a header, then records.
//!
//! ```text
//! header   magic (8) · epoch (8) · first seq (8) · link before the first record (32) · check (8)
//! record   length of the text (4) · the text · link after it (32)
//! ```
//!
//! Numbers are little-endian. `check` is the start of the header's SHA-256. A record needs no
//! checksum of its own: its link is one, over it and everything before it.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::{FileExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::JournalError;
use crate::chain::{self, Link};

const MAGIC: &[u8; 8] = b"CSJRNL01";

/// Bytes of a header.
pub(super) const HEADER_BYTES: usize = 64;

/// Bytes of a record besides its text.
pub(super) const FRAME_BYTES: usize = 4 + 32;

/// Bytes of the largest text a record may have: one that is all quotes still fits, escaped a second
/// time, into the 16 MiB the control plane takes in a request.
pub const MAX_RECORD_BYTES: usize = 4 << 20;

/// What a segment says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub epoch: u64,
    pub first_seq: u64,
    pub prev: Link,
}

impl Header {
    pub(super) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..16].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.first_seq.to_le_bytes());
        bytes[24..56].copy_from_slice(&self.prev);
        let check = Sha256::digest(&bytes[..56]);
        bytes[56..].copy_from_slice(&check[..8]);
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
        let header = Self {
            epoch: u64::from_le_bytes(bytes[8..16].try_into().ok()?),
            first_seq: u64::from_le_bytes(bytes[16..24].try_into().ok()?),
            prev: bytes[24..56].try_into().ok()?,
        };
        (header.encode() == *bytes).then_some(header)
    }
}

/// The file of the segment that starts with `first_seq`.
pub(super) fn path(dir: &Path, epoch: u64, first_seq: u64) -> PathBuf {
    dir.join(format!("{epoch:020}-{first_seq:020}.seg"))
}

/// Makes a segment's file with its header. Not synced.
pub(super) fn create(path: &Path, header: &Header) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    match file.write_all_at(&header.encode(), 0) {
        Ok(()) => Ok(file),
        Err(error) => {
            // A header in part is no segment; without the removal a full disk would keep it.
            let _ = std::fs::remove_file(path);
            Err(error)
        }
    }
}

/// The text of the first record in `bytes`, its link, and where the next record starts; `None`
/// where `bytes` does not hold all of it.
pub(super) fn split_record(bytes: &[u8]) -> Option<(&[u8], Link, usize)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if length == 0 || length > MAX_RECORD_BYTES {
        return None;
    }
    let text = rest.get(..length)?;
    let link = rest.get(length..length + 32)?.try_into().ok()?;
    Some((text, link, length + FRAME_BYTES))
}

/// What is whole in a segment.
#[derive(Debug)]
pub(super) struct Verified {
    pub header: Header,
    /// The last whole record; `first_seq - 1` when there is none.
    pub last_seq: u64,
    /// The link after it.
    pub link: Link,
    /// Where it ends.
    pub end: u64,
    /// The file's length.
    pub length: u64,
}

/// Reads a whole segment and verifies its chain up to the first record that does not fit.
pub(super) fn verify(path: &Path) -> Result<Option<Verified>, JournalError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(JournalError::io("read", path))?;
    let Some(header) = Header::decode(&bytes) else {
        return Ok(None);
    };
    let mut link = header.prev;
    let mut last_seq = header.first_seq - 1;
    let mut end = HEADER_BYTES;
    while let Some((text, stored, size)) = bytes.get(end..).and_then(split_record) {
        if chain::link(&link, text) != stored {
            break;
        }
        link = stored;
        last_seq += 1;
        end += size;
    }
    Ok(Some(Verified {
        header,
        last_seq,
        link,
        end: end as u64,
        length: bytes.len() as u64,
    }))
}

/// A segment's header alone.
pub(super) fn read_header(path: &Path) -> Result<Option<Header>, JournalError> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    File::open(path)
        .and_then(|file| file.take(HEADER_BYTES as u64).read_to_end(&mut bytes))
        .map_err(JournalError::io("read", path))?;
    Ok(Header::decode(&bytes))
}
