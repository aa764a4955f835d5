//! Framing: a type byte, a length that counts itself, a body. The declared length is checked before
//! anything is waited for, and a body is handed on as exactly the slice the length declares.

/// The longest message a client may send.
pub(super) const MAX_CLIENT_MESSAGE: usize = 16 << 20;
/// The longest message an upstream may send: one row, in most cases.
pub(super) const MAX_UPSTREAM_MESSAGE: usize = 64 << 20;

const HEADER: usize = 5;

/// A length that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    #[error("a message declares {0} bytes, fewer than its own length field has")]
    TooShort(u32),
    #[error("a message declares {declared} bytes; the limit is {limit}")]
    TooLong { declared: u32, limit: usize },
}

/// One complete message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// The type byte.
    pub(super) tag: u8,
    /// The body: exactly what the length declares.
    pub(super) body: &'a [u8],
    /// Header and body.
    pub(super) raw: &'a [u8],
}

/// The front of a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Front<'a> {
    /// A complete message.
    Frame(Frame<'a>),
    /// The first bytes of a message that will have this many bytes, or at least that many while its
    /// header is incomplete.
    Incomplete(usize),
}

/// The first message in `buffer`.
///
/// # Errors
/// When the declared length is impossible or beyond `limit`, as soon as the header is there.
pub(super) fn front(buffer: &[u8], limit: usize) -> Result<Front<'_>, FrameError> {
    let Some((&[tag, a, b, c, d], _)) = buffer.split_first_chunk::<HEADER>() else {
        return Ok(Front::Incomplete(HEADER));
    };
    let declared = u32::from_be_bytes([a, b, c, d]);
    if declared < 4 {
        return Err(FrameError::TooShort(declared));
    }
    let size = usize::try_from(declared).unwrap_or(usize::MAX);
    if size > limit {
        return Err(FrameError::TooLong { declared, limit });
    }
    let size = size + 1;
    match buffer.split_at_checked(size) {
        Some((raw, _)) => Ok(Front::Frame(Frame {
            tag,
            body: raw.get(HEADER..).unwrap_or_default(),
            raw,
        })),
        None => Ok(Front::Incomplete(size)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_exact() {
        let bytes = b"Q\0\0\0\x06a\0S\0\0\0\x04";
        let Ok(Front::Frame(first)) = front(bytes, 100) else {
            panic!("no frame")
        };
        assert_eq!(
            (first.tag, first.body, first.raw.len()),
            (b'Q', &b"a\0"[..], 7)
        );
        let Ok(Front::Frame(second)) = front(&bytes[7..], 100) else {
            panic!("no frame")
        };
        assert_eq!((second.tag, second.body), (b'S', &b""[..]));
    }

    #[test]
    fn lengths_are_checked_before_the_body_arrives() {
        assert_eq!(front(b"Q\0\0", 100), Ok(Front::Incomplete(5)));
        assert_eq!(front(b"Q\0\0\0\x08ab", 100), Ok(Front::Incomplete(9)));
        assert_eq!(front(b"Q\0\0\0\x03", 100), Err(FrameError::TooShort(3)));
        assert_eq!(
            front(b"Q\x40\0\0\0", MAX_CLIENT_MESSAGE),
            Err(FrameError::TooLong {
                declared: 1 << 30,
                limit: MAX_CLIENT_MESSAGE
            })
        );
        assert!(matches!(
            front(b"Q\xff\xff\xff\xff", MAX_CLIENT_MESSAGE),
            Err(FrameError::TooLong { .. })
        ));
    }
}
