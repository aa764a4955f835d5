//! What a word with a digit in it may be.

use super::bytes::before;
use super::pass::Pass;
use super::{card, crypto, iban, national, network, phone};

/// Tries every detector on the word from `start` to `end`; gives the end of what was claimed, which
/// may reach over several words, or `end`.
pub(super) fn find(pass: &mut Pass, start: usize, end: usize) -> usize {
    let claimed = network::find(pass, start, end)
        .or_else(|| iban::find(pass, start))
        .or_else(|| card::find(pass, start, end))
        .or_else(|| crypto::find(pass, start, end));
    if let Some(claimed) = claimed {
        return claimed;
    }
    // Several identifiers may share a shape: all claim, the best one stays.
    let identifier = national::find(pass, start, end);
    let open = usize::from(matches!(before(pass.text, start), b'+' | b'('));
    let phone = phone::find(pass, start - open);
    identifier.into_iter().chain(phone).max().unwrap_or(end)
}
