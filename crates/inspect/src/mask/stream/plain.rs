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

/// The length of the word at the start of a text, with the space behind it, where it is letters of ASCII
/// that a mark of punctuation may follow, and so short that it holds nothing, and where the next word
/// shows that neither goes on in the other.
pub(super) fn word(text: &[u8]) -> Option<usize> {
    let is_letter = |at: usize| text.get(at).is_some_and(u8::is_ascii_alphabetic);
    let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic());
    let letters = letters.take(SHORTEST_TOKEN).count();
    let mark = matches!(text.get(letters), Some(b'.' | b',' | b';' | b'!' | b'?'));
    let space = letters + usize::from(mark);
    let length = space + 1;
    let ends = text.get(space) == Some(&b' ') && is_letter(length);
    // Two groups of three letters may be one identifier.
    let apart = letters != 3 || (length..length + 4).all(is_letter);
    (letters > 0 && length < SHORTEST_TOKEN && ends && apart).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_word_passes_where_neither_it_nor_the_next_goes_on() {
        for (text, length) in [
            ("order one", Some(6)),
            ("order, one", Some(7)),
            ("order. One", Some(7)),
            ("the order", Some(4)),
            ("the one more", None),
            ("the a", None),
            ("order 1", None),
            ("order  one", None),
            ("order ", None),
            ("order", None),
            ("order\none", None),
            ("o'clock in", None),
            ("x1 one", None),
            ("ordinarilyso more", Some(13)),
            ("extraordinarily more", None),
            (" one", None),
            ("", None),
        ] {
            assert_eq!(word(text.as_bytes()), length, "{text:?}");
        }
    }
}
