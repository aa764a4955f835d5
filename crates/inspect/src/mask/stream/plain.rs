//! Segments that need no search: most words.

/// What a segment holds, as far as it matters here.
#[derive(Default)]
struct Kinds {
    digit: bool,
    colon: bool,
    telling: bool,
}

/// A segment shorter than this with neither digit, `@` nor escape is no token, address or identifier.
const SHORTEST_TOKEN: usize = 14;

/// A segment shorter than this has too few digits to be a number of anything.
const SHORTEST_NUMBER: usize = 6;

/// Whether no detector could find anything that begins in a segment. `guarded`: a word before it or in
/// it announces a secret.
pub(super) fn holds_nothing(segment: &str, guarded: bool) -> bool {
    if guarded || segment.len() >= SHORTEST_TOKEN {
        return false;
    }
    let mut kinds = Kinds::default();
    for byte in segment.bytes() {
        match byte {
            b'0'..=b'9' => kinds.digit = true,
            b':' => kinds.colon = true,
            b'@' | b'%' | b'\\' | b'&' | 0xc2 | 0xe2 | 0xef => kinds.telling = true,
            _ => {}
        }
    }
    let few = segment.len() < SHORTEST_NUMBER && !kinds.colon;
    !kinds.telling && (!kinds.digit || few)
}
