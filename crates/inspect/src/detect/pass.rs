//! One pass over one view of a text: finds the anchors and sends each to its detectors.

use super::bytes::{at, before, run, run_back, slice};
use super::candidate::Candidate;
use super::context::Near;
use super::decode::{self, DECODINGS, Decoded};
use super::entity::{Entity, EntitySet};
use super::{assigned, date, email, network, number, tokens};

/// Longest word that may be, or hold, an identifier.
pub(super) const MAX_WORD: usize = 96;

/// A text shorter than this with none of [`TELLING`] holds nothing that a detector could find: neither
/// a token without a digit nor a keyword with a password without one is so short.
const SHORTEST_LETTER_TOKEN: usize = 15;

const DIGIT: u8 = 1;
const AT: u8 = 2;
const COLON: u8 = 4;
const HYPHEN: u8 = 8;
const ASSIGNS: u8 = 16;
const ENCODES: u8 = 32;
const TELLING: u8 = DIGIT | AT | COLON | HYPHEN | ASSIGNS | ENCODES;

/// The class of each byte.
static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0u8; 256];
    let mut byte = 0usize;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'@' => AT,
            b':' => COLON,
            b'-' => HYPHEN,
            b'=' | b'"' | b'\'' | b'`' | b'>' => ASSIGNS,
            // `%40`, `\u0040`, `&#64;`, and the lead bytes of look-alikes.
            b'%' | b'\\' | b'&' | 0xc2 | 0xe2 | 0xef => ENCODES,
            _ => 0,
        };
        byte += 1;
    }
    table
}

fn class_of(byte: u8) -> u8 {
    CLASS.get(usize::from(byte)).copied().unwrap_or(0)
}

/// Every claim of every wanted detector on a text, in offsets of that text.
pub(super) fn scan(entities: EntitySet, name: &str, text: &str) -> Vec<Candidate> {
    let bytes = text.as_bytes();
    let classes = bytes.iter().fold(0, |all, byte| all | class_of(*byte));
    if classes & TELLING == 0 && bytes.len() < SHORTEST_LETTER_TOKEN {
        return Vec::new();
    }
    let mut found = Pass::new(bytes, name, entities).run(classes);
    if classes & ENCODES != 0 {
        let mut views: Vec<Decoded> = Vec::new();
        while views.len() < DECODINGS {
            let view = match views.last() {
                Some(last) => decode::decode(&last.bytes),
                None => decode::decode(bytes),
            };
            let Some(view) = view else { break };
            let claims = Pass::new(&view.bytes, name, entities).run(u8::MAX);
            views.push(view);
            found.extend(claims.into_iter().map(|claim| map_back(&views, claim)));
        }
    }
    for claim in &mut found {
        while !text.is_char_boundary(claim.start) {
            claim.start -= 1;
        }
        while !text.is_char_boundary(claim.end) {
            claim.end += 1;
        }
    }
    found
}

fn map_back(views: &[Decoded], mut claim: Candidate) -> Candidate {
    for view in views.iter().rev() {
        claim.start = view.start_of(claim.start);
        claim.end = view.end_of(claim.end);
    }
    claim
}

/// What the detectors of one view share.
pub(super) struct Pass<'a> {
    pub(super) text: &'a [u8],
    name: &'a str,
    entities: EntitySet,
    found: Vec<Candidate>,
    near: Option<(usize, Near)>,
}

impl<'a> Pass<'a> {
    fn new(text: &'a [u8], name: &'a str, entities: EntitySet) -> Self {
        Self {
            text,
            name,
            entities,
            found: Vec::new(),
            near: None,
        }
    }

    /// Whether findings of an entity are wanted.
    pub(super) fn wants(&self, entity: Entity) -> bool {
        self.entities.contains(entity)
    }

    /// Claims a stretch.
    pub(super) fn claim(&mut self, entity: Entity, start: usize, end: usize, score: f32) {
        if self.wants(entity) && start < end {
            self.found.push(Candidate {
                start,
                end,
                entity,
                score,
            });
        }
    }

    /// The context before a position; kept for the next question about the same one.
    pub(super) fn near(&mut self, start: usize) -> Near {
        if let Some((known, near)) = self.near
            && known == start
        {
            return near;
        }
        let near = Near::before(self.text, start, self.name);
        self.near = Some((start, near));
        near
    }

    fn run(mut self, classes: u8) -> Vec<Candidate> {
        if classes & (DIGIT | AT | COLON | HYPHEN) != 0 {
            self.run_anchors();
        }
        tokens::find(&mut self);
        if !self.name.is_empty() {
            let name = self.name;
            assigned::named(&mut self, name);
        }
        self.found
    }

    fn run_anchors(&mut self) {
        let mut index = 0;
        // Numbers are read up to here.
        let mut done = 0;
        while let Some(byte) = self.text.get(index) {
            let class = class_of(*byte);
            if class & (DIGIT | AT | COLON | HYPHEN) == 0 {
                index += 1;
                continue;
            }
            match *byte {
                b'@' => email::find(self, index),
                b':' | b'-' if index >= done => network::find_without_digits(self, index),
                b'0'..=b'9' if index >= done => {
                    let (end, resume) = self.word(index);
                    done = end;
                    index = resume;
                    continue;
                }
                _ => {}
            }
            index += 1;
        }
    }

    /// Reads the word around the digit at `index`: the end of what it is, and of the word.
    fn word(&mut self, index: usize) -> (usize, usize) {
        let text = self.text;
        let alphanumeric = |byte: u8| byte.is_ascii_alphanumeric();
        let start = run_back(text, index, MAX_WORD, alphanumeric);
        let end = run(text, index, usize::MAX, alphanumeric);
        if end - start >= MAX_WORD || is_escape(text, start) {
            return (end, end);
        }
        if let Some(uuid_end) = uuid(text, start, end) {
            return (uuid_end, uuid_end);
        }
        if let Some(date_end) = date::find(self, start) {
            return (date_end, end);
        }
        (number::find(self, start, end).max(end), end)
    }
}

/// Whether a word begins with the tail of an escape (`%2B…`, `\n…`): the decoded view reads it.
fn is_escape(text: &[u8], start: usize) -> bool {
    match before(text, start) {
        b'%' => at(text, start).is_ascii_hexdigit() && at(text, start + 1).is_ascii_hexdigit(),
        b'\\' => matches!(at(text, start), b'n' | b't' | b'r' | b'b' | b'f' | b'u'),
        _ => false,
    }
}

fn uuid(text: &[u8], start: usize, end: usize) -> Option<usize> {
    if end - start != 8 || at(text, end) != b'-' {
        return None;
    }
    let window = slice(text, start, start + 36);
    let fits = window.len() == 36
        && window.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    (fits && !at(text, start + 36).is_ascii_alphanumeric()).then_some(start + 36)
}
