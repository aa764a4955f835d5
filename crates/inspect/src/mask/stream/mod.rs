//! Masks a text that comes in pieces, and gives the same however it was cut into them.
//!
//! A text is masked in *segments*. Where one ends is a rule of the text alone ([`seams`]): behind a
//! word that nothing behind it could belong to. Each segment is searched once, together with the
//! [`CONTEXT`] bytes before it as they came, so that the words before a value still say what it is; and
//! then again, behind what was released, as long as something is found. So the result for a text is one,
//! whole or in pieces, and what is held back is seldom more than a word or a number.
//!
//! It hides what [`TextMasker::mask`] hides on the whole text, but for what no segment holds: the
//! longest is [`seams::MAX_SEGMENT`] bytes, and what is longer without a seam is hidden whole, as
//! `[MASKED]`, whatever it is. The work for a byte and the memory are bounded.

mod hold;
mod keywords;
mod plain;
mod seams;
mod utf8;
mod word;

use std::collections::BTreeMap;

use super::TextMasker;
use super::text::within;
use seams::{Cut, Seams};

pub use utf8::{BrokenUtf8, Utf8Front};

/// Bytes before a segment that are read with it.
const CONTEXT: usize = 192;

/// Bytes of what is done that may gather before they are dropped.
const GATHERED: usize = 8 * 1024;

/// What stands for a stretch that is too long to be searched.
const OVERLONG: &str = "[MASKED]";

/// The name under which such a stretch is counted.
pub const OVERLONG_ENTITY: &str = "OVERLONG";

/// How often each entity was hidden.
pub type Counts = BTreeMap<&'static str, u64>;

/// One text on its way through, see the [module](self).
#[derive(Debug, Clone)]
pub struct StreamMasker {
    masker: TextMasker,
    /// Context, then what is held.
    raw: String,
    /// Where in `raw` the segment begins.
    start: usize,
    /// The end of what was released.
    released: String,
    seams: Seams,
    counts: Counts,
    work: u64,
}

impl StreamMasker {
    pub(super) fn new(masker: TextMasker) -> Self {
        Self {
            masker,
            raw: String::new(),
            start: 0,
            released: String::new(),
            seams: Seams::default(),
            counts: Counts::new(),
            work: 0,
        }
    }

    /// Takes the next piece, and adds what is certain by now to `out`.
    pub fn push(&mut self, chunk: &str, out: &mut String) {
        if self.masker.is_idle() {
            out.push_str(chunk);
            return;
        }
        // In pieces, so that one large chunk costs no more memory than many small ones.
        let mut rest = chunk;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(rest.floor_char_boundary(GATHERED.min(rest.len())));
            self.raw.push_str(piece);
            self.cut_all(false, out);
            rest = behind;
        }
    }

    /// Ends the text; adds the rest to `out`, and gives what was hidden.
    pub fn finish(mut self, out: &mut String) -> Counts {
        self.cut_all(true, out);
        let end = self.raw.len();
        self.segment(end, out);
        self.counts
    }

    /// How many bytes are held back.
    #[must_use]
    pub fn held(&self) -> usize {
        self.raw.len() - self.start
    }

    /// What was hidden so far.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How many bytes the detectors have read: context, and what had to be read again, included. Whatever
    /// the text is, it is a bounded multiple of the text's length.
    #[must_use]
    pub fn work(&self) -> u64 {
        self.work
    }

    fn cut_all(&mut self, ended: bool, out: &mut String) {
        loop {
            self.plain_words(out);
            match self.seams.next(&self.raw, self.start, ended) {
                Cut::At(end) => self.segment(end, out),
                Cut::Full { gaps, end } => match self.uncovered(&gaps, end) {
                    Some(gap) => self.segment(gap, out),
                    None => self.seams.go_on(self.start),
                },
                Cut::Overlong(end) => self.overlong(end, out),
                Cut::Swallowed(end) => {
                    self.start = end;
                    self.compact();
                }
                Cut::More => break,
            }
        }
        self.compact();
    }

    /// Releases words that hold nothing, many at a time.
    fn plain_words(&mut self, out: &mut String) {
        let end = self.seams.plain_words(&self.raw, self.start);
        if end > self.start {
            let words = self.raw.get(self.start..end).unwrap_or_default();
            out.push_str(words);
            self.released.push_str(words);
            self.start = end;
            self.seams.cut(end);
        }
    }

    /// The last of these places that no finding in the text before `end` covers.
    fn uncovered(&mut self, gaps: &[usize], end: usize) -> Option<usize> {
        let segment = self.raw.get(self.start..end)?;
        let context = self.raw.get(self.context_start()..self.start)?;
        let mut claims = Vec::new();
        // As it came, and behind what was released: either may be what the segment is searched with.
        for before in [context, tail(&self.released)] {
            let text = [before, segment].concat();
            self.work += text.len() as u64;
            claims.extend(within(self.masker.claims(&text), before.len()));
        }
        let free = |gap: &&usize| {
            let at = **gap - self.start;
            !claims
                .iter()
                .any(|claim| claim.start < at && at < claim.end)
        };
        // Between digits half a number might look like another one.
        let parted = |gap: &&usize| {
            let (before, behind) = self.raw.split_at_checked(**gap).unwrap_or_default();
            let digits = before.trim_end().ends_with(|c: char| c.is_ascii_digit());
            digits && behind.starts_with(|c: char| c.is_ascii_digit())
        };
        let mut free = gaps.iter().rev().filter(free);
        let last = free.clone().next();
        free.find(|gap| !parted(gap)).or(last).copied()
    }

    fn context_start(&self) -> usize {
        self.raw
            .floor_char_boundary(self.start.saturating_sub(CONTEXT))
    }

    /// Masks and releases the segment that ends at `end`.
    fn segment(&mut self, end: usize, out: &mut String) {
        let from = self.context_start();
        let segment = self.raw.get(self.start..end).unwrap_or_default();
        if self.seams.is_swallowing() || segment.is_empty() {
            self.start = end;
            return;
        }
        let guarded = self.seams.is_guarded(self.start);
        if plain::holds_nothing(segment, guarded) {
            out.push_str(segment);
            self.released.push_str(segment);
        } else {
            let context = self.raw.get(from..self.start).unwrap_or_default();
            let released = tail(&self.released);
            let counts = &mut self.counts;
            let (hidden, read) =
                self.masker
                    .mask_segment(context, released, segment, &mut |entity| {
                        *counts.entry(entity).or_default() += 1;
                    });
            self.work += read as u64;
            out.push_str(&hidden);
            self.released.push_str(&hidden);
        }
        self.start = end;
        self.seams.cut(end);
        self.compact();
    }

    fn overlong(&mut self, end: usize, out: &mut String) {
        out.push_str(OVERLONG);
        self.released.push_str(OVERLONG);
        *self.counts.entry(OVERLONG_ENTITY).or_default() += 1;
        self.start = end;
        self.seams.swallow();
    }

    /// Forgets what no segment to come can see.
    fn compact(&mut self) {
        if self.start > GATHERED {
            let from = self.context_start();
            self.raw.drain(..from);
            self.start -= from;
            self.seams.shift(from);
        }
        if self.released.len() > GATHERED {
            let from = self.released.len() - tail(&self.released).len();
            self.released.drain(..from);
        }
    }
}

/// The end of a text, as far as it is context.
fn tail(text: &str) -> &str {
    let from = text.floor_char_boundary(text.len().saturating_sub(CONTEXT));
    text.get(from..).unwrap_or_default()
}
