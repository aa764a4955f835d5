//! Tokens that stand for values in a prompt, and the way back in what the model answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};

/// Which value each token stands for. A token is the value's pseudonym, such as
/// `EMAIL_ADDRESS_7F3K2M9QXA`: a word of letters, digits and `_` that models copy whole, that no detector
/// finds, and that is the same for the same value as long as the key is. Only the tokens of one request
/// are known to it.
#[derive(Debug, Clone, Default)]
pub struct TokenMap(Arc<Tokens>);

#[derive(Debug, Default)]
struct Tokens {
    /// In the order of the tokens.
    values: Vec<(String, String)>,
    longest: usize,
    finder: Option<AhoCorasick>,
}

impl TokenMap {
    /// The tokens with their values.
    #[must_use]
    pub fn new(mut values: BTreeMap<String, String>) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        // What a later pass found may hold a token of an earlier one.
        let known = values.clone();
        for value in values.values_mut() {
            for (token, inner) in &known {
                if value.contains(token.as_str()) {
                    *value = value.replace(token.as_str(), inner);
                }
            }
        }
        let finder = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(values.keys());
        Self(Arc::new(Tokens {
            longest: values.keys().map(String::len).max().unwrap_or(0),
            finder: finder.ok(),
            values: values.into_iter().collect(),
        }))
    }

    /// Whether no value was replaced.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.values.is_empty()
    }

    /// How many values were replaced.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.values.len()
    }

    /// Puts values back in place of their tokens, however those are capitalised.
    pub fn restore(&self, text: &mut String) {
        if self.is_empty() {
            return;
        }
        let mut restorer = StreamRestorer::new(self);
        let mut out = String::with_capacity(text.len());
        restorer.push(text, &mut out);
        restorer.finish(&mut out);
        *text = out;
    }
}

/// Puts values back in a text that comes in pieces: the same in any pieces.
#[derive(Debug, Clone)]
pub struct StreamRestorer {
    tokens: Arc<Tokens>,
    held: String,
}

impl StreamRestorer {
    /// For the tokens of one request.
    #[must_use]
    pub fn new(tokens: &TokenMap) -> Self {
        Self {
            tokens: Arc::clone(&tokens.0),
            held: String::new(),
        }
    }

    /// Takes the next piece, and adds what is certain by now to `out`.
    pub fn push(&mut self, chunk: &str, out: &mut String) {
        let Some(finder) = &self.tokens.finder else {
            out.push_str(chunk);
            return;
        };
        self.held.push_str(chunk);
        let mut copied = 0;
        for found in finder.find_iter(&self.held) {
            let value = self.tokens.values.get(found.pattern().as_usize());
            out.push_str(self.held.get(copied..found.start()).unwrap_or_default());
            out.push_str(value.map_or("", |(_, value)| value));
            copied = found.end();
        }
        let rest = self.held.get(copied..).unwrap_or_default();
        let sure = rest.len() - self.may_begin(rest);
        out.push_str(rest.get(..sure).unwrap_or_default());
        self.held.drain(..copied + sure);
    }

    /// Ends the text.
    pub fn finish(&mut self, out: &mut String) {
        out.push_str(&self.held);
        self.held.clear();
    }

    /// How long the end of a text is that may be the beginning of a token.
    fn may_begin(&self, text: &str) -> usize {
        let most = self.tokens.longest.saturating_sub(1).min(text.len());
        let begins = |length: &usize| {
            let tail = text
                .len()
                .checked_sub(*length)
                .and_then(|at| text.get(at..));
            let Some(head) = tail.map(str::to_ascii_uppercase) else {
                return false;
            };
            let values = &self.tokens.values;
            let index = values.partition_point(|(token, _)| token.as_str() < head.as_str());
            values
                .get(index)
                .is_some_and(|(token, _)| token.starts_with(&head))
        };
        (1..=most).rev().find(begins).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(values: &[(&str, &str)]) -> TokenMap {
        let values = values.iter();
        TokenMap::new(
            values
                .map(|(token, value)| ((*token).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn values_come_back_in_any_pieces() {
        let map = map(&[
            ("EMAIL_ADDRESS_AAAA", "jane@example.com"),
            ("EMAIL_ADDRESS_AAAB", "joe@example.com"),
            ("PASSWORD_CCCC", "x EMAIL_ADDRESS_AAAA"),
        ]);
        let text =
            "to EMAIL_ADDRESS_AAAB, email_address_aaaa; EMAIL_EMAIL_ADDRESS_AAA é PASSWORD_CCCC";
        let expected =
            "to joe@example.com, jane@example.com; EMAIL_EMAIL_ADDRESS_AAA é x jane@example.com";
        let mut whole = text.to_owned();
        map.restore(&mut whole);
        assert_eq!(whole, expected);
        for size in 1..text.len() {
            let mut restorer = StreamRestorer::new(&map);
            let mut out = String::new();
            let characters: Vec<char> = text.chars().collect();
            for piece in characters.chunks(size) {
                restorer.push(&piece.iter().collect::<String>(), &mut out);
            }
            restorer.finish(&mut out);
            assert_eq!(out, expected, "{size}");
        }
    }
}
