//! Reading and writing the fields of a message.

use bytes::{BufMut, BytesMut};

/// A body that is not what its type byte says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum WireError {
    #[error("a message ends before its last field")]
    Truncated,
    #[error("a message goes on behind its last field")]
    Trailing,
    #[error("a string is not UTF-8")]
    NotUtf8,
    #[error("a field has a value that the protocol does not know")]
    InvalidValue,
}

/// Reads a body field by field; `finish` proves that nothing is left over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (taken, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(super) fn u8(&mut self) -> Result<u8, WireError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16, WireError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(super) fn i16(&mut self) -> Result<i16, WireError> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    pub(super) fn i32(&mut self) -> Result<i32, WireError> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, WireError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A NUL-terminated UTF-8 string.
    pub(super) fn string(&mut self) -> Result<&'a str, WireError> {
        let end = memchr::memchr(0, self.rest).ok_or(WireError::Truncated)?;
        let text = self.bytes(end)?;
        self.bytes(1)?;
        std::str::from_utf8(text).map_err(|_| WireError::NotUtf8)
    }

    /// A value with its length in front; `None` for NULL, whose length is -1.
    pub(super) fn value(&mut self) -> Result<Option<&'a [u8]>, WireError> {
        match self.i32()? {
            -1 => Ok(None),
            length => {
                let length = usize::try_from(length).map_err(|_| WireError::InvalidValue)?;
                self.bytes(length).map(Some)
            }
        }
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) const fn finish(self) -> Result<(), WireError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(WireError::Trailing)
        }
    }
}

/// Appends one message: type byte, length, and what `body` writes.
pub(super) fn message(out: &mut BytesMut, tag: u8, body: impl FnOnce(&mut BytesMut)) {
    out.put_u8(tag);
    let start = out.len();
    out.put_u32(0);
    body(out);
    set_length(out, start, out.len() - start);
}

/// Appends one value with its length in front.
pub(super) fn put_value(out: &mut BytesMut, value: Option<&[u8]>) {
    match value {
        Some(value) => {
            out.put_u32(u32::try_from(value.len()).unwrap_or(u32::MAX));
            out.put_slice(value);
        }
        None => out.put_i32(-1),
    }
}

/// Appends a string and its NUL. A NUL inside would end it early, so it is cut there.
pub(super) fn put_string(out: &mut BytesMut, text: &str) {
    let text = text.split('\0').next().unwrap_or_default();
    out.put_slice(text.as_bytes());
    out.put_u8(0);
}

/// Writes a length into the four bytes reserved for it at `at`.
pub(super) fn set_length(out: &mut BytesMut, at: usize, length: usize) {
    if let Some(field) = out.get_mut(at..at + 4) {
        field.copy_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_end_inside_the_body_and_are_utf8() {
        let mut reader = Reader::new(b"ab\0c");
        assert_eq!(reader.string(), Ok("ab"));
        assert_eq!(reader.string(), Err(WireError::Truncated));
        assert_eq!(Reader::new(b"\xff\0").string(), Err(WireError::NotUtf8));
        assert_eq!(Reader::new(b"x").finish(), Err(WireError::Trailing));
    }

    #[test]
    fn values_have_lengths_or_are_null() {
        let mut reader = Reader::new(b"\xff\xff\xff\xff\0\0\0\x02ab\0\0\0\x09x");
        assert_eq!(reader.value(), Ok(None));
        assert_eq!(reader.value(), Ok(Some(&b"ab"[..])));
        assert_eq!(reader.value(), Err(WireError::Truncated));
        assert_eq!(
            Reader::new(b"\xff\xff\xff\xfe").value(),
            Err(WireError::InvalidValue)
        );
    }

    #[test]
    fn a_written_message_counts_itself() {
        let mut out = BytesMut::new();
        message(&mut out, b'Q', |out| put_string(out, "hi"));
        assert_eq!(&out[..], b"Q\0\0\0\x07hi\0");
    }
}
