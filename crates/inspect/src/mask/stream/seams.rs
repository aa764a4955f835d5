//! Where a text may be cut: behind a word, where nothing that a detector claims could reach over.
//!
//! Claims that hold spaces are few: numbers and identifiers in groups, dates, what stands in quotes
//! behind a word such as `password`, and private keys. So a gap is a seam unless a digit is near, the
//! words around it may be groups of an identifier, or quotes or a key are open. Within a word some
//! punctuation and scripts without spaces part what belongs to nothing else.

use super::hold::{Holds, MAX_QUOTED};
use super::keywords::{Seen, Watch};
use super::plain;
use super::word::{Word, is_alphanumeric_start, is_digitish, starts_like_group};

/// Longest segment: a token of 16 KiB with what may stand around it.
pub(super) const MAX_SEGMENT: usize = 20 * 1024;

/// A row of joined words as long as this is cut at a gap at least so far behind, longer than any claim.
const LONG_ROW: (usize, usize) = (256, 96);

/// Likewise where escapes make claims longer.
const LONG_ESCAPED_ROW: (usize, usize) = (1024, 512);

/// How far a value may stand behind the word that announces it.
const REACH: usize = 96;

/// Longest authority of a URL.
const MAX_AUTHORITY: usize = 512;

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The segment ends here.
    At(usize),
    /// The segment is long: it may end at one of these places, judged by what stands before `end`.
    Full { gaps: Vec<usize>, end: usize },
    /// The segment is longer than any may be, and ends here.
    Overlong(usize),
    /// What comes before belongs to such a segment.
    Swallowed(usize),
    /// More text is needed.
    More,
}

/// Reads a text once, from its start to its end.
#[derive(Debug, Clone, Default)]
pub(super) struct Seams {
    scan: usize,
    watch: Watch,
    word: Word,
    /// The word before the gap in which the text stands, and the gap's spaces.
    gap: Option<(Word, u8)>,
    gaps: Vec<usize>,
    /// A long row is looked at again from this length on.
    retry: usize,
    holds: Holds,
    keyword: Option<usize>,
    escape: Option<usize>,
    url: Option<usize>,
    prior: Option<char>,
    swallowing: bool,
}

impl Seams {
    /// Goes on reading, in the segment that begins at `start`. `ended`: no more text comes.
    pub(super) fn next(&mut self, text: &str, start: usize, ended: bool) -> Cut {
        loop {
            if self.swallowing {
                return self.swallowed(text, start);
            }
            if self.scan - start >= MAX_SEGMENT {
                return Cut::Overlong(self.scan);
            }
            if let Some(full) = self.full(start) {
                return full;
            }
            if self.read_letters(text, start) {
                continue;
            }
            let rest = text.get(self.scan..).unwrap_or_default();
            let Some(character) = rest.chars().next() else {
                return Cut::More;
            };
            match self.before(character, rest, ended, text) {
                None => return Cut::More,
                Some(true) => {
                    self.word = Word::default();
                    return Cut::At(self.scan);
                }
                Some(false) => {}
            }
            if self.read(character, rest, text) {
                self.word = Word::default();
                self.gap = None;
                return Cut::At(self.scan);
            }
        }
    }

    /// Passes words that are letters and nothing else, where one begins at `start`; the end of the last
    /// that would have been cut by itself. It is what [`Self::next`] comes to for them, one by one.
    pub(super) fn plain_words(&mut self, text: &str, start: usize) -> usize {
        let begun = self.scan != start || !self.word.is_empty();
        if begun || self.keyword.is_some() || self.swallowing || !self.is_calm() {
            return start;
        }
        let rest = text.as_bytes().get(start..).unwrap_or_default();
        let mut read = 0;
        while let Some(length) = plain::word(rest.get(read..).unwrap_or_default()) {
            let word = rest.get(read..read + length).unwrap_or_default();
            if !self.watch.passes(word) {
                break;
            }
            read += length;
        }
        if read > 0 {
            self.prior = Some(' ');
        }
        self.scan += read;
        self.scan
    }

    /// Whether a letter that follows would be nothing but that.
    fn is_calm(&self) -> bool {
        let watched = self.gap.is_some() || self.url.is_some() || self.holds.is_open();
        let spelt = matches!(self.prior, Some('%' | '\\'));
        !watched && !spelt && self.gaps.is_empty()
    }

    /// Reads letters of ASCII within a word as far as each is nothing but one letter more; whether there
    /// were any. It is what [`Self::before`] and [`Self::read`] come to for most of a text.
    fn read_letters(&mut self, text: &str, start: usize) -> bool {
        if !self.is_calm() {
            return false;
        }
        let most = text.len().min(start + MAX_SEGMENT);
        let rest = text.as_bytes().get(self.scan..most).unwrap_or_default();
        let count = self.watch.read_letters(rest);
        let last = rest.get(count.wrapping_sub(1));
        let Some(last) = last.copied() else {
            return false;
        };
        self.word.add_letters(count, self.scan);
        self.prior = Some(char::from(last));
        self.scan += count;
        true
    }

    /// The segment ended at `end`.
    pub(super) fn cut(&mut self, end: usize) {
        self.gaps.retain(|gap| *gap > end);
        self.retry = 0;
    }

    /// None of the gaps could be used.
    pub(super) fn go_on(&mut self, start: usize) {
        self.retry = 2 * (self.scan - start);
    }

    /// The segment is given up, and what follows it up to a space.
    pub(super) fn swallow(&mut self) {
        let scan = self.scan;
        *self = Self {
            scan,
            swallowing: true,
            ..Self::default()
        };
    }

    /// Whether a word that announces a secret stands so near before `start` that it is read with it.
    pub(super) fn is_guarded(&self, start: usize) -> bool {
        let near = |at: usize| at + super::CONTEXT >= start;
        self.keyword.is_some_and(near)
    }

    /// Whether what is held belongs to a segment that was given up.
    pub(super) fn is_swallowing(&self) -> bool {
        self.swallowing
    }

    /// The text lost its first bytes.
    pub(super) fn shift(&mut self, by: usize) {
        let shift = |at: &mut usize| *at = at.saturating_sub(by);
        shift(&mut self.scan);
        shift(&mut self.word.start);
        if let Some((word, _)) = &mut self.gap {
            shift(&mut word.start);
        }
        self.gaps.iter_mut().for_each(shift);
        let marks = [&mut self.keyword, &mut self.escape, &mut self.url];
        for mark in marks {
            // What lies before is out of reach.
            *mark = mark.and_then(|at| at.checked_sub(by));
        }
        self.holds.shift(by);
    }

    fn swallowed(&mut self, text: &str, start: usize) -> Cut {
        let rest = text.get(self.scan..).unwrap_or_default();
        let end = rest.find(|c: char| c <= ' ' || c == '"');
        self.swallowing = end.is_none();
        self.scan += end.unwrap_or(rest.len());
        if self.swallowing && self.scan == start {
            Cut::More
        } else {
            Cut::Swallowed(self.scan)
        }
    }

    fn full(&self, start: usize) -> Option<Cut> {
        let escaped = self.escape.is_some_and(|at| at >= start);
        let (length, margin) = if escaped { LONG_ESCAPED_ROW } else { LONG_ROW };
        let read = self.scan - start;
        let first = self.gaps.first()?;
        if read < length.max(self.retry) || first + margin > self.scan {
            return None;
        }
        let old = |gap: &&usize| **gap + margin <= self.scan;
        Some(Cut::Full {
            gaps: self.gaps.iter().take_while(old).copied().collect(),
            end: self.scan,
        })
    }

    /// Whether the text is cut before the next character; `None` where what follows it must be known.
    fn before(&mut self, next: char, rest: &str, ended: bool, text: &str) -> Option<bool> {
        self.holds.pass(next, self.scan, text);
        let Some((word, _)) = self.gap else {
            return Some(self.parts(next) && !self.word.is_empty());
        };
        if next == ' ' {
            return Some(false);
        }
        let joined = match self.holds.is_open() {
            true => true,
            false if next < ' ' => false,
            false => joins(&word, next, rest, ended, text)?,
        };
        self.gap = None;
        if !joined {
            return Some(true);
        }
        if !self.holds.is_open() {
            self.gaps.push(self.scan);
        }
        self.word = Word::behind(&word, self.scan);
        Some(false)
    }

    /// Whether a script without spaces may be parted here.
    fn parts(&self, character: char) -> bool {
        is_wide(character) && !self.holds.is_open() && !self.is_bound()
    }

    /// Whether the word may be an authority, hold escapes, or be what a keyword announces.
    fn is_bound(&self) -> bool {
        let announced = self
            .keyword
            .is_some_and(|at| at + REACH + MAX_QUOTED > self.scan);
        self.url.is_some() || self.word.escaped || announced
    }

    /// Reads the next character; whether the text is cut behind it.
    fn read(&mut self, character: char, rest: &str, text: &str) -> bool {
        let at = self.scan;
        let length = character.len_utf8();
        self.scan += length;
        let seen = self.watch.read(rest.get(..length).unwrap_or_default());
        self.mark(character, at, seen);
        let prior = self.prior.replace(character);
        // What ends one value may begin the next.
        let closed = self.holds.close(character);
        // An apostrophe may be part of what follows it.
        let free = closed && character != '\'' && !self.holds.is_open();
        if self.opens(character, prior, text, seen) || closed || self.holds.is_quoted() {
            self.word.add(character, at);
            return free;
        }
        if character <= ' ' {
            return self.read_space(character, at, text);
        }
        if character == ',' && !self.holds.is_open() && self.url.is_none() && !self.word.escaped {
            self.end_word(text, at, 0);
            return false;
        }
        let wide = self.parts(character);
        self.word.add(character, at);
        wide || (!self.holds.is_open() && self.is_seam(character))
    }

    fn is_seam(&self, character: char) -> bool {
        match character {
            '"' | '`' | '<' | '>' => true,
            '}' | ']' | '|' => self.url.is_none() && !self.word.escaped,
            _ => false,
        }
    }

    fn read_space(&mut self, character: char, at: usize, text: &str) -> bool {
        let hard = character != ' ';
        if self.holds.is_open() {
            self.end_word(text, at, 1);
            return false;
        }
        if let Some((_, spaces)) = &mut self.gap {
            *spaces += 1;
            return hard || *spaces > 3;
        }
        if self.word.is_empty() {
            return true;
        }
        self.end_word(text, at, 1);
        hard
    }

    fn end_word(&mut self, text: &str, at: usize, spaces: u8) {
        let mut word = std::mem::take(&mut self.word);
        word.end(text.get(word.start..at).unwrap_or_default());
        self.gap = Some((word, spaces));
    }

    /// Keeps what matters further on.
    fn mark(&mut self, character: char, at: usize, seen: Option<Seen>) {
        let past = |mark: Option<usize>, reach| mark.is_some_and(|mark| mark + reach < at);
        match seen {
            Some(Seen::Keyword) => self.keyword = Some(self.scan),
            Some(Seen::Url) => self.url = Some(self.scan),
            Some(Seen::Begin) => self.holds.begin(self.scan),
            Some(Seen::End) => self.holds.end(self.scan),
            None => {}
        }
        let spells = match self.prior {
            Some('%') => character.is_ascii_hexdigit(),
            Some('&') => character == '#',
            Some('\\') => matches!(character, 'u' | 'x'),
            _ => matches!(character, 'ａ'..='ｚ' | 'Ａ'..='Ｚ'),
        };
        if spells {
            self.escape = Some(at);
        }
        let ends = character <= ' ' || "?#\"'<>`\\".contains(character);
        let slash = character == '/' && self.url != Some(self.scan);
        if ends || slash || past(self.url, MAX_AUTHORITY) {
            self.url = None;
        }
        // What was announced ends with a space.
        if character <= ' ' && past(self.keyword, super::CONTEXT) {
            self.keyword = None;
        }
    }

    /// Whether quotes open here that may hold a secret with spaces.
    fn opens(
        &mut self,
        character: char,
        prior: Option<char>,
        text: &str,
        seen: Option<Seen>,
    ) -> bool {
        let at = self.scan - character.len_utf8();
        let quote = matches!(character, '"' | '\'' | '`');
        let escape = matches!(character, '%' | '&') || is_full_width(character);
        let near = |mark: Option<usize>| mark.is_some_and(|mark| mark + REACH >= at);
        let tied = matches!(prior, Some(' ' | '\t' | ':' | '=' | '>' | '\\'));
        // `-p'` ends a keyword itself.
        let flag = seen == Some(Seen::Keyword) && quote;
        let announced = near(self.keyword) && tied && (quote || escape) && self.is_tied(text, at);
        let hidden = near(self.escape) && self.escape != Some(at) && tied && quote;
        if !(flag || announced || hidden) {
            return false;
        }
        self.holds.open(character, at);
        if let Some((word, _)) = self.gap.take() {
            self.word = Word::behind(&word, at);
        }
        true
    }

    /// Whether nothing stands between the last keyword and `at` but what ties a value to it.
    fn is_tied(&self, text: &str, at: usize) -> bool {
        let from = self.keyword.unwrap_or(at).min(at);
        let between = text.get(from..at).unwrap_or_default();
        let key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let sign = |c: char| " \t:=>\"'`\\])".contains(c);
        between.trim_start_matches(key).chars().all(sign) || between.contains(['%', '&', '\\'])
    }
}

/// Whether something may reach from a word over the gap behind it.
fn joins(word: &Word, next: char, rest: &str, ended: bool, text: &str) -> Option<bool> {
    if word.digitish || is_digitish(next) {
        return Some(true);
    }
    if word.in_account() && is_alphanumeric_start(next) {
        return Some(true);
    }
    let name = text
        .get(word.start..word.start + word.length)
        .and_then(|text| text.rsplit(' ').next())
        .unwrap_or_default();
    starts_like_group(word, name, rest, ended)
}

/// Scripts that are written without spaces, and pictures; not the forms that stand for ASCII.
fn is_wide(character: char) -> bool {
    matches!(character, '\u{3000}'..='\u{d7ff}' | '\u{10000}'..)
}

fn is_full_width(character: char) -> bool {
    matches!(character, '\u{f000}'..='\u{ffff}')
}
