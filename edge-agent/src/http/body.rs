//! The body of an HTTP/1 request, read whole before anything is judged.

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::head::Framing;
use crate::budget::Share;

/// A chunk's size line, its extensions included.
const MAX_SIZE_LINE: usize = 256;
/// All trailers together.
const MAX_TRAILERS: usize = 8 << 10;
const READ_AHEAD: usize = 16 << 10;
/// What of a body is waited for at a time.
const STEP: usize = 256 << 10;

/// Why a body cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the connection broke")]
    Io(#[from] std::io::Error),
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    #[error("this edge has no memory left for the body")]
    NoMemory,
    #[error("a chunk of the body is malformed")]
    Chunk,
}

/// Reads a body. What of it has arrived already stands in `buffer`; what is behind it stays there.
pub(super) async fn read<R: AsyncRead + Unpin>(
    reader: &mut R,
    buffer: &mut BytesMut,
    framing: Framing,
    most: usize,
    held: &mut Share,
) -> Result<Bytes, BodyError> {
    match framing {
        Framing::Length(0) => Ok(Bytes::new()),
        Framing::Length(length) => {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if length > most {
                return Err(BodyError::TooLarge(most));
            }
            fill(reader, buffer, length, held).await?;
            Ok(buffer.split_to(length).freeze())
        }
        Framing::Chunked => chunks(reader, buffer, most, held).await,
    }
}

/// Waits until so many bytes have arrived. Memory is taken for what arrives: to say that more will come
/// takes none from others.
async fn fill<R: AsyncRead + Unpin>(
    reader: &mut R,
    buffer: &mut BytesMut,
    length: usize,
    held: &mut Share,
) -> Result<(), BodyError> {
    let mut counted = 0;
    loop {
        let step = buffer.len().saturating_add(STEP).min(length);
        held.grow(step.saturating_sub(counted))
            .map_err(|_| BodyError::NoMemory)?;
        counted = counted.max(step);
        if buffer.len() >= length {
            return Ok(());
        }
        buffer.reserve(step - buffer.len());
        if reader.read_buf(buffer).await? == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
    }
}

async fn chunks<R: AsyncRead + Unpin>(
    reader: &mut R,
    buffer: &mut BytesMut,
    most: usize,
    held: &mut Share,
) -> Result<Bytes, BodyError> {
    let mut body = BytesMut::new();
    loop {
        let line = line(reader, buffer, MAX_SIZE_LINE).await?;
        let size = size(&line)?;
        if size == 0 {
            trailers(reader, buffer).await?;
            return Ok(body.freeze());
        }
        if size > most - body.len() {
            return Err(BodyError::TooLarge(most));
        }
        fill(reader, buffer, size + 2, held).await?;
        body.extend_from_slice(buffer.get(..size).unwrap_or_default());
        buffer.advance(size);
        if !buffer.starts_with(b"\r\n") {
            return Err(BodyError::Chunk);
        }
        buffer.advance(2);
    }
}

/// One line without its CRLF.
async fn line<R: AsyncRead + Unpin>(
    reader: &mut R,
    buffer: &mut BytesMut,
    most: usize,
) -> Result<BytesMut, BodyError> {
    loop {
        if let Some(at) = memchr::memchr(b'\n', buffer) {
            let mut line = buffer.split_to(at + 1);
            let ends = line.ends_with(b"\r\n");
            line.truncate(at.saturating_sub(1));
            if !ends || line.len() > most || line.contains(&b'\r') {
                return Err(BodyError::Chunk);
            }
            return Ok(line);
        }
        if buffer.len() > most {
            return Err(BodyError::Chunk);
        }
        buffer.reserve(READ_AHEAD);
        if reader.read_buf(buffer).await? == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
    }
}

/// The size that a chunk's line gives: hexadecimal digits, and no extension: nobody needs one, and
/// servers have disagreed on where one ends.
fn size(line: &[u8]) -> Result<usize, BodyError> {
    if line.is_empty() || line.len() > 8 {
        return Err(BodyError::Chunk);
    }
    line.iter().try_fold(0, |size: usize, byte| {
        let digit = char::from(*byte).to_digit(16).ok_or(BodyError::Chunk)?;
        Ok(size << 4 | digit as usize)
    })
}

/// Reads trailers, which nobody gets.
async fn trailers<R: AsyncRead + Unpin>(
    reader: &mut R,
    buffer: &mut BytesMut,
) -> Result<(), BodyError> {
    let mut left = MAX_TRAILERS;
    loop {
        let line = line(reader, buffer, left).await?;
        if line.is_empty() {
            return Ok(());
        }
        left = left.checked_sub(line.len() + 2).ok_or(BodyError::Chunk)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Budget;

    async fn read_all(bytes: &[u8], framing: Framing) -> Result<(Bytes, BytesMut), BodyError> {
        let mut held = Budget::new(1 << 20).share();
        let mut buffer = BytesMut::new();
        let mut reader = bytes;
        let body = read(&mut reader, &mut buffer, framing, 1_000, &mut held).await?;
        buffer.extend_from_slice(reader);
        Ok((body, buffer))
    }

    #[tokio::test]
    async fn what_is_behind_a_body_stays() {
        let (body, rest) = read_all(b"abcdeGET /", Framing::Length(5))
            .await
            .expect("a body");
        assert_eq!((&body[..], &rest[..]), (&b"abcde"[..], &b"GET /"[..]));
        let chunked = b"3\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\nGET /";
        let (body, rest) = read_all(chunked, Framing::Chunked).await.expect("a body");
        assert_eq!(
            (&body[..], &rest[..]),
            (&b"abc0123456789"[..], &b"GET /"[..])
        );
    }

    #[tokio::test]
    async fn malformed_chunks_are_refused() {
        let cases: [&[u8]; 10] = [
            b"3\nabc\r\n0\r\n\r\n",
            b"3;x=y\r\nabc\r\n0\r\n\r\n",
            b" 3\r\nabc\r\n0\r\n\r\n",
            b"0x3\r\nabc\r\n0\r\n\r\n",
            b"-3\r\nabc\r\n0\r\n\r\n",
            b"3\r\nabcd\r\n0\r\n\r\n",
            b"3\r\nabc0\r\n\r\n",
            b"\r\nabc\r\n0\r\n\r\n",
            b"FFFFFFFFF\r\nabc\r\n",
            b"3e9\r\nabc",
        ];
        for bytes in cases {
            let error = read_all(bytes, Framing::Chunked)
                .await
                .expect_err("refused");
            assert!(
                matches!(error, BodyError::Chunk | BodyError::TooLarge(_)),
                "{error:?}: {bytes:?}"
            );
        }
    }
}
