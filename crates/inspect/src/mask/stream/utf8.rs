//! Bytes to text, where a character may come in pieces.

/// The bytes are no UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is not valid UTF-8")]
pub struct BrokenUtf8;

/// Holds the beginning of a character until the rest of it comes.
#[derive(Debug, Clone, Default)]
pub struct Utf8Front {
    held: Vec<u8>,
}

impl Utf8Front {
    /// Adds the whole characters of what came so far to `out`.
    ///
    /// # Errors
    /// When no further byte could make it UTF-8.
    pub fn push(&mut self, bytes: &[u8], out: &mut String) -> Result<(), BrokenUtf8> {
        let mut rest = bytes;
        while !self.held.is_empty() {
            let Some((first, behind)) = rest.split_first() else {
                return Ok(());
            };
            self.held.push(*first);
            rest = behind;
            if let Ok(text) = std::str::from_utf8(&self.held) {
                out.push_str(text);
                self.held.clear();
            } else {
                is_beginning(&self.held)?;
            }
        }
        match std::str::from_utf8(rest) {
            Ok(text) => out.push_str(text),
            Err(error) => {
                let (valid, held) = rest.split_at(error.valid_up_to());
                if error.error_len().is_some() {
                    return Err(BrokenUtf8);
                }
                out.push_str(std::str::from_utf8(valid).map_err(|_| BrokenUtf8)?);
                self.held.extend_from_slice(held);
            }
        }
        Ok(())
    }

    /// Ends the text.
    ///
    /// # Errors
    /// When it ends within a character.
    pub fn finish(self) -> Result<(), BrokenUtf8> {
        if self.held.is_empty() {
            Ok(())
        } else {
            Err(BrokenUtf8)
        }
    }
}

fn is_beginning(bytes: &[u8]) -> Result<(), BrokenUtf8> {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => Ok(()),
        _ => Err(BrokenUtf8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_come_in_any_pieces() {
        let text = "aé日🙂\u{7ff}z";
        for size in 1..=text.len() {
            let mut front = Utf8Front::default();
            let mut out = String::new();
            for piece in text.as_bytes().chunks(size) {
                front.push(piece, &mut out).expect("valid");
            }
            front.finish().expect("whole");
            assert_eq!(out, text, "{size}");
        }
    }

    #[test]
    fn what_is_no_utf8_is_refused() {
        let cases: [&[u8]; 6] = [
            b"\xff",
            b"\xc0\x80",
            b"\xed\xa0\x80",
            b"a\x80",
            b"\xe2\x28\xa1",
            b"\xf5\x80\x80\x80",
        ];
        for bytes in cases {
            for size in 1..=bytes.len() {
                let mut front = Utf8Front::default();
                let mut out = String::new();
                let read = bytes
                    .chunks(size)
                    .try_for_each(|piece| front.push(piece, &mut out));
                assert_eq!(read, Err(BrokenUtf8), "{bytes:?} by {size}");
            }
        }
        let mut front = Utf8Front::default();
        front
            .push(b"\xe2\x82", &mut String::new())
            .expect("a beginning");
        assert_eq!(front.finish(), Err(BrokenUtf8));
    }
}
