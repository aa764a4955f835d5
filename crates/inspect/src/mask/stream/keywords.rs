//! Watches a text byte by byte for what changes how it may be cut.

use std::sync::LazyLock;

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::{Anchored, MatchKind, dfa::DFA};

use crate::detect;

/// What was just read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// A word that announces a secret.
    Keyword,
    /// `-----BEGIN `.
    Begin,
    /// `-----END `.
    End,
    /// `://`.
    Url,
}

struct Words {
    automaton: DFA,
    means: Vec<Seen>,
    start: StateID,
}

static WORDS: LazyLock<Option<Words>> = LazyLock::new(|| {
    let mut patterns: Vec<&str> = detect::secret_keywords().collect();
    let mut means = vec![Seen::Keyword; patterns.len()];
    for (pattern, meaning) in [
        ("-----BEGIN ", Seen::Begin),
        ("-----END ", Seen::End),
        ("://", Seen::Url),
    ] {
        patterns.push(pattern);
        means.push(meaning);
    }
    let automaton = DFA::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .build(patterns)
        .ok()?;
    let start = automaton.start_state(Anchored::No).ok()?;
    Some(Words {
        automaton,
        means,
        start,
    })
});

/// Where in the automaton a text stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Watch(Option<StateID>);

impl Watch {
    /// Reads a character; gives what ends with it.
    pub(super) fn read(&mut self, character: &str) -> Option<Seen> {
        let words = WORDS.as_ref()?;
        let mut state = self.0.unwrap_or(words.start);
        for byte in character.bytes() {
            state = words.automaton.next_state(Anchored::No, state, byte);
        }
        self.0 = Some(state);
        if !words.automaton.is_match(state) {
            return None;
        }
        let pattern = words.automaton.match_pattern(state, 0);
        words.means.get(pattern.as_usize()).copied()
    }

    /// Reads all of these bytes, or none of them where something ends within them.
    pub(super) fn passes(&mut self, text: &[u8]) -> bool {
        let Some(words) = WORDS.as_ref() else {
            return false;
        };
        let mut state = self.0.unwrap_or(words.start);
        for byte in text {
            state = words.automaton.next_state(Anchored::No, state, *byte);
            if words.automaton.is_match(state) {
                return false;
            }
        }
        self.0 = Some(state);
        true
    }

    /// Reads letters of ASCII up to the first with which something ends; gives how many.
    pub(super) fn read_letters(&mut self, text: &[u8]) -> usize {
        let Some(words) = WORDS.as_ref() else {
            return 0;
        };
        let mut state = self.0.unwrap_or(words.start);
        let mut count = 0;
        for byte in text.iter().take_while(|byte| byte.is_ascii_alphabetic()) {
            let next = words.automaton.next_state(Anchored::No, state, *byte);
            if words.automaton.is_match(next) {
                break;
            }
            state = next;
            count += 1;
        }
        self.0 = Some(state);
        count
    }
}
