//! Classes of bytes, and where a token may begin and end.

/// The byte at `at`; 0 outside of the text, which belongs to no class.
pub(super) fn at(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// The byte before `at`; 0 at the start.
pub(super) fn before(text: &[u8], index: usize) -> u8 {
    index.checked_sub(1).map_or(0, |i| at(text, i))
}

/// The bytes from `start` to `end`, or fewer where the text is shorter.
pub(super) fn slice(text: &[u8], start: usize, end: usize) -> &[u8] {
    let end = end.min(text.len());
    text.get(start.min(end)..end).unwrap_or_default()
}

/// Whether a byte goes on with a word.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The end of the run of bytes that satisfy `class`, from `start`, at most `limit` long.
pub(super) fn run(text: &[u8], start: usize, limit: usize, class: impl Fn(u8) -> bool) -> usize {
    let window = slice(text, start, start.saturating_add(limit));
    start + window.iter().take_while(|byte| class(**byte)).count()
}

/// The start of the run of bytes that satisfy `class` and end at `end`, at most `limit` long.
pub(super) fn run_back(text: &[u8], end: usize, limit: usize, class: impl Fn(u8) -> bool) -> usize {
    let window = slice(text, end.saturating_sub(limit), end);
    end - window.iter().rev().take_while(|byte| class(**byte)).count()
}

/// Whether a number may start here: not inside a word, nor behind `1.` or `a-`.
pub(super) fn number_may_start(text: &[u8], start: usize) -> bool {
    let prior = before(text, start);
    if is_word(prior) {
        return false;
    }
    if matches!(prior, b'-' | b'.' | b'/' | b',') {
        let earlier = before(text, start.saturating_sub(1));
        return match prior {
            b'-' => !earlier.is_ascii_alphanumeric(),
            b'/' => !earlier.is_ascii_digit(),
            _ => !earlier.is_ascii_digit() || prior == b',',
        };
    }
    true
}

/// Whether a number may end here: not inside a word, nor before `.1` or `-1`.
pub(super) fn number_may_end(text: &[u8], end: usize) -> bool {
    let next = at(text, end);
    if is_word(next) {
        return false;
    }
    !(matches!(next, b'-' | b'.') && at(text, end + 1).is_ascii_alphanumeric() && {
        // `123-45-6789.Then` ends a sentence; `1.5` and `12-AB` go on.
        next == b'-' || at(text, end + 1).is_ascii_digit()
    })
}

/// Shannon entropy in bits per byte.
pub(super) fn entropy(value: &[u8]) -> f32 {
    let mut counts = [0u16; 256];
    for byte in value {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.saturating_add(1);
        }
    }
    let total = value.len().max(1) as f32;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f32::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum()
}
