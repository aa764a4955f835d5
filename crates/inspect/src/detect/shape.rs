//! Shapes of identifiers: `9` is a digit, `A` a letter, `X` either, a space a separator (space or the
//! URL form `+`), anything else itself.

use super::bytes::at;

/// Longest identifier without its separators.
const MAX_COMPACT: usize = 40;

/// An identifier in the text, and in upper case without separators.
pub(super) struct Shaped {
    pub(super) end: usize,
    compact: [u8; MAX_COMPACT],
    length: usize,
    /// Whether it was written with separators.
    pub(super) parted: bool,
    /// Whether its letters are all in upper case.
    pub(super) upper: bool,
}

impl Shaped {
    pub(super) fn compact(&self) -> &[u8] {
        self.compact.get(..self.length).unwrap_or_default()
    }
}

/// Reads a shape at `start`.
pub(super) fn read(text: &[u8], start: usize, shape: &str) -> Option<Shaped> {
    let mut shaped = Shaped {
        end: start,
        compact: [0; MAX_COMPACT],
        length: 0,
        parted: false,
        upper: true,
    };
    for want in shape.bytes() {
        let byte = at(text, shaped.end);
        let fits = match want {
            b'9' => byte.is_ascii_digit(),
            b'A' => byte.is_ascii_alphabetic(),
            b'X' => byte.is_ascii_alphanumeric(),
            b' ' => byte == b' ' || byte == b'+',
            literal => byte == literal,
        };
        if !fits {
            return None;
        }
        if byte.is_ascii_alphanumeric() {
            shaped.upper &= !byte.is_ascii_lowercase();
            *shaped.compact.get_mut(shaped.length)? = byte.to_ascii_uppercase();
            shaped.length += 1;
        } else {
            shaped.parted = true;
        }
        shaped.end += 1;
    }
    Some(shaped)
}
