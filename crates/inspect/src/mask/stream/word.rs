//! A word, as far as it tells whether the next one belongs to it.

use crate::detect;

/// Longest account number of the IBAN registry.
const MAX_ACCOUNT: usize = 34;

/// Words within a date.
const ARTICLES: [&str; 3] = ["de", "of", "del"];

/// A stretch without spaces.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) length: usize,
    /// Whether it holds a digit, or what may stand for one.
    pub(super) digitish: bool,
    /// Whether it holds an escape.
    pub(super) escaped: bool,
    /// Whether the word before it may belong to it.
    joined: bool,
    /// Characters that an account number, begun before or here, may still have.
    account: usize,
    /// Whether it ends with three letters by themselves, as a group of an Italian fiscal code.
    triple: bool,
}

impl Word {
    /// The first word behind another that may belong together.
    pub(super) fn behind(word: &Self, start: usize) -> Self {
        Self {
            start,
            joined: true,
            account: word.account,
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub(super) fn add(&mut self, character: char, at: usize) {
        if self.length == 0 {
            self.start = at;
        }
        self.length += character.len_utf8();
        self.digitish |= is_digitish(character);
        self.escaped |= is_escape(character);
    }

    /// Letters of ASCII, the first at `at`.
    pub(super) fn add_letters(&mut self, count: usize, at: usize) {
        if self.length == 0 {
            self.start = at;
        }
        self.length += count;
    }

    /// The word ended; `text` is what it is. Something may begin within it: `iban='DE89`, `(RSS`. What
    /// stood in quotes that did not end is one word, with spaces.
    pub(super) fn end(&mut self, text: &str) {
        let group = text.bytes().rev().take_while(u8::is_ascii_alphanumeric);
        let group = group.count();
        let letters = text.bytes().rev().take_while(u8::is_ascii_alphabetic);
        self.triple = group == 3 && letters.count() >= 3;
        self.joined |= text.contains(' ');
        let grouped = |byte: &u8| byte.is_ascii_alphanumeric() || b"-.+ ".contains(byte);
        let grouped = text.bytes().rev().take_while(grouped).count();
        let tail = text.get(text.len() - grouped..).unwrap_or_default();
        let goes_on = match grouped == text.len() {
            true => self.account.saturating_sub(text.len()),
            false => 0,
        };
        let begun = (0..tail.len()).rev().find(|at| begins_account(tail, *at));
        let begun = begun.map_or(0, |at| MAX_ACCOUNT.saturating_sub(tail.len() - at));
        self.account = goes_on.max(begun);
    }

    /// Whether it is part of an account number that may go on.
    pub(super) fn in_account(&self) -> bool {
        self.account > 0
    }
}

/// Whether an account number may begin at an offset of a word.
fn begins_account(word: &str, at: usize) -> bool {
    let (before, rest) = word.split_at_checked(at).unwrap_or((word, ""));
    !before.ends_with(|last: char| last.is_ascii_alphanumeric()) && detect::starts_account(rest)
}

/// Whether the words around a gap may both belong to a date or a fiscal code; `None` where the second
/// is not known far enough.
pub(super) fn starts_like_group(word: &Word, name: &str, rest: &str, ended: bool) -> Option<bool> {
    let is_article = |word: &str| {
        ARTICLES
            .iter()
            .any(|known| known.eq_ignore_ascii_case(word))
    };
    if word.joined && is_article(name) {
        return Some(true);
    }
    if !word.joined && !word.triple {
        return Some(false);
    }
    let letters = rest
        .bytes()
        .take(4)
        .take_while(u8::is_ascii_alphabetic)
        .count();
    if letters == 4 || letters == 0 {
        return Some(false);
    }
    match rest.as_bytes().get(letters) {
        None if !ended => return None,
        Some(byte) if *byte > b' ' => return Some(false),
        _ => {}
    }
    let next = rest.get(..letters).unwrap_or_default();
    Some((word.joined && is_article(next)) || (word.triple && letters == 3))
}

/// Whether a character is a digit or may stand for one.
pub(super) fn is_digitish(character: char) -> bool {
    character.is_ascii_digit() || matches!(character, '%' | '&' | '\\' | '０'..='９')
}

/// Whether a character may be part of an escaped `://` or of an escaped keyword.
fn is_escape(character: char) -> bool {
    matches!(character, '%' | '&' | '\\' | '／')
}

pub(super) fn is_alphanumeric_start(character: char) -> bool {
    character.is_ascii_alphanumeric()
}
