//! Undoes encodings that hide a value from the detectors, and maps offsets back.
//!
//! `%40`, JSON's `\u0040` and `\n`, HTML's `&#64;`, and typography: no-break spaces and hyphens,
//! full-width forms, characters of no width.

use std::borrow::Cow;

use super::bytes::{at, slice};

/// Encodings inside encodings that are undone at most.
pub(super) const DECODINGS: usize = 3;

/// A decoded text with the way back to the original.
pub(super) struct Decoded {
    pub(super) bytes: Vec<u8>,
    pieces: Vec<Piece>,
}

/// Where one escape, or the literal text behind it, begins in both texts.
struct Piece {
    decoded: usize,
    original: usize,
    literal: bool,
}

impl Decoded {
    /// The original offset of what begins at a decoded offset.
    pub(super) fn start_of(&self, offset: usize) -> usize {
        let index = self.pieces.partition_point(|piece| piece.decoded <= offset);
        self.pieces
            .get(index.wrapping_sub(1))
            .map_or(offset, |piece| {
                piece.original
                    + if piece.literal {
                        offset - piece.decoded
                    } else {
                        0
                    }
            })
    }

    /// The original offset behind what ends at a decoded offset.
    pub(super) fn end_of(&self, offset: usize) -> usize {
        let index = self.pieces.partition_point(|piece| piece.decoded < offset);
        let Some(piece) = self.pieces.get(index.wrapping_sub(1)) else {
            return offset;
        };
        if piece.literal {
            return piece.original + (offset - piece.decoded);
        }
        // An escape is covered as a whole: it ends where the next piece begins.
        self.pieces
            .get(index)
            .map_or(piece.original, |next| next.original)
    }
}

/// The text with its escapes undone; `None` where it has none.
pub(super) fn decode(text: &[u8]) -> Option<Decoded> {
    let mut out: Option<Decoded> = None;
    let mut literal = 0;
    let mut index = 0;
    while index < text.len() {
        let Some((length, character)) = escape(text, index) else {
            index += 1;
            continue;
        };
        let decoded = out.get_or_insert_with(|| Decoded {
            bytes: Vec::with_capacity(text.len()),
            pieces: vec![Piece {
                decoded: 0,
                original: 0,
                literal: true,
            }],
        });
        decoded.bytes.extend_from_slice(slice(text, literal, index));
        decoded.pieces.push(Piece {
            decoded: decoded.bytes.len(),
            original: index,
            literal: false,
        });
        match character {
            Unescaped::Byte(byte) => decoded.bytes.push(byte),
            Unescaped::Character(c) => {
                decoded
                    .bytes
                    .extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Unescaped::Nothing => {}
        }
        index += length;
        literal = index;
        decoded.pieces.push(Piece {
            decoded: decoded.bytes.len(),
            original: index,
            literal: true,
        });
    }
    if let Some(decoded) = &mut out {
        decoded
            .bytes
            .extend_from_slice(slice(text, literal, text.len()));
    }
    out
}

/// The text with its escapes undone; as given where that is no text.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(text);
    for _ in 0..DECODINGS {
        let decoded = decode(plain.as_bytes()).and_then(|view| String::from_utf8(view.bytes).ok());
        let Some(decoded) = decoded else { break };
        plain = Cow::Owned(decoded);
    }
    plain
}

enum Unescaped {
    Byte(u8),
    Character(char),
    Nothing,
}

/// The escape at `index`: its length, and what it stands for.
fn escape(text: &[u8], index: usize) -> Option<(usize, Unescaped)> {
    match at(text, index) {
        b'%' => hex(slice(text, index + 1, index + 3), 2)
            .and_then(|code| u8::try_from(code).ok())
            .map(|byte| (3, Unescaped::Byte(byte))),
        b'\\' => json(text, index),
        b'&' => html(text, index),
        0xc2 | 0xe2 | 0xef => look_alike(text, index),
        _ => None,
    }
}

fn hex(digits: &[u8], length: usize) -> Option<u32> {
    (digits.len() == length).then_some(())?;
    digits.iter().try_fold(0u32, |code, digit| {
        char::from(*digit)
            .to_digit(16)
            .map(|value| code * 16 + value)
    })
}

fn json(text: &[u8], index: usize) -> Option<(usize, Unescaped)> {
    let byte = match at(text, index + 1) {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' | b'f' => b' ',
        byte @ (b'"' | b'\\' | b'/' | b'\'') => byte,
        b'x' => u8::try_from(hex(slice(text, index + 2, index + 4), 2)?).ok()?,
        b'u' => {
            let code = hex(slice(text, index + 2, index + 6), 4)?;
            return char::from_u32(code).map(|c| (6, Unescaped::Character(c)));
        }
        _ => return None,
    };
    Some((
        if at(text, index + 1) == b'x' { 4 } else { 2 },
        Unescaped::Byte(byte),
    ))
}

const NAMED: &[(&[u8], u8)] = &[
    (b"&commat;", b'@'),
    (b"&period;", b'.'),
    (b"&amp;", b'&'),
    (b"&quot;", b'"'),
    (b"&apos;", b'\''),
    (b"&lt;", b'<'),
    (b"&gt;", b'>'),
    (b"&nbsp;", b' '),
    (b"&plus;", b'+'),
    (b"&colon;", b':'),
    (b"&equals;", b'='),
    (b"&hyphen;", b'-'),
    (b"&lowbar;", b'_'),
];

fn html(text: &[u8], index: usize) -> Option<(usize, Unescaped)> {
    if at(text, index + 1) != b'#' {
        let window = slice(text, index, index + 8);
        let (name, byte) = NAMED.iter().find(|(name, _)| window.starts_with(name))?;
        return Some((name.len(), Unescaped::Byte(*byte)));
    }
    let hexadecimal = matches!(at(text, index + 2), b'x' | b'X');
    let digits = index + 2 + usize::from(hexadecimal);
    let radix = if hexadecimal { 16 } else { 10 };
    let window = slice(text, digits, digits + 8);
    let length = window.iter().position(|byte| *byte == b';')?;
    let number = std::str::from_utf8(slice(text, digits, digits + length)).ok()?;
    let character = char::from_u32(u32::from_str_radix(number, radix).ok()?)?;
    Some((digits + length + 1 - index, Unescaped::Character(character)))
}

fn look_alike(text: &[u8], index: usize) -> Option<(usize, Unescaped)> {
    let byte = |byte| Some(Unescaped::Byte(byte));
    let (length, unescaped) = match (at(text, index), at(text, index + 1), at(text, index + 2)) {
        // No-break space, soft hyphen.
        (0xc2, 0xa0, _) => (2, byte(b' ')),
        (0xc2, 0xad, _) => (2, Some(Unescaped::Nothing)),
        // U+2007, U+2009 and U+202F spaces; U+200B to U+200F and U+2060 have no width.
        (0xe2, 0x80, 0x87 | 0x89 | 0xaf) => (3, byte(b' ')),
        (0xe2, 0x80, 0x8b..=0x8f) | (0xe2, 0x81, 0xa0) => (3, Some(Unescaped::Nothing)),
        // Hyphens and the en dash.
        (0xe2, 0x80, 0x90..=0x93) => (3, byte(b'-')),
        // Full-width forms U+FF01 to U+FF5E; a byte-order mark.
        (0xef, 0xbc, low @ 0x81..=0xbf) => (3, byte(low - 0x60)),
        (0xef, 0xbd, low @ 0x80..=0x9e) => (3, byte(low - 0x20)),
        (0xef, 0xbb, 0xbf) => (3, Some(Unescaped::Nothing)),
        _ => return None,
    };
    unescaped.map(|unescaped| (length, unescaped))
}
