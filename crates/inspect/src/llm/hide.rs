//! What is done to the texts of a conversation: read, masked, replaced by tokens, restored.

use std::collections::BTreeMap;

use countersign_model::LlmMessage;

use super::TokenMap;
use super::texts::{Texts, every_text};
use crate::detect::Detectors;
use crate::json::Json;
use crate::mask::{TextMasker, json::mask_leaf, stream::Counts};

/// Reads the messages as policies see them.
#[derive(Default)]
pub(super) struct Read {
    pub(super) messages: Vec<LlmMessage>,
}

impl Texts for Read {
    fn begin(&mut self, role: &str) {
        self.messages.push(LlmMessage {
            role: role.to_owned(),
            text: String::new(),
        });
    }

    fn text(&mut self, text: &mut String) {
        if let Some(message) = self.messages.last_mut() {
            if !message.text.is_empty() {
                message.text.push('\n');
            }
            message.text.push_str(text);
        }
    }

    fn document(&mut self, document: &mut Json) {
        self.text(&mut document.to_string());
    }
}

/// Hides from a provider: what `words` finds, with no way back, and what `tokens` finds, behind a token.
pub(super) struct Conceal<'a> {
    words: Option<&'a TextMasker>,
    tokens: Option<&'a TextMasker>,
    /// Finds what either does. Most texts hold nothing, and are searched once.
    either: Detectors,
    pub(super) values: BTreeMap<String, String>,
    pub(super) counts: Counts,
}

impl<'a> Conceal<'a> {
    pub(super) fn new(
        words: Option<&'a TextMasker>,
        tokens: Option<&'a TextMasker>,
    ) -> Option<Self> {
        let either = words.or(tokens)?.detectors_with(tokens);
        Some(Self {
            words,
            tokens,
            either,
            values: BTreeMap::new(),
            counts: Counts::new(),
        })
    }

    fn tokenise(&mut self, name: &str, text: &str) -> Option<String> {
        let (values, counts) = (&mut self.values, &mut self.counts);
        let keep = &mut |entity, token: &str, value: &str| {
            *counts.entry(entity).or_default() += 1;
            values
                .entry(token.to_owned())
                .or_insert_with(|| value.to_owned());
        };
        self.tokens?.tokenise(name, text, keep)
    }
}

impl Texts for Conceal<'_> {
    fn begin(&mut self, _: &str) {}

    fn text(&mut self, text: &mut String) {
        if self.either.candidates("", text).is_empty() {
            return;
        }
        let counts = &mut self.counts;
        let hide = |words: &TextMasker| {
            words.hide(text, &mut |entity| *counts.entry(entity).or_default() += 1)
        };
        if let Some(hidden) = self.words.and_then(hide) {
            *text = hidden;
        }
        if let Some(tokenised) = self.tokenise("", text) {
            *text = tokenised;
        }
    }

    fn document(&mut self, document: &mut Json) {
        leaves(document, "", &mut |name, leaf| {
            if let Some(words) = self.words {
                let counts = &mut self.counts;
                mask_leaf(leaf, name, words, &mut |entity| {
                    *counts.entry(entity).or_default() += 1;
                });
            }
            let (Json::String(text) | Json::Number(text)) = &*leaf else {
                return;
            };
            if let Some(tokenised) = self.tokenise(name, text) {
                *leaf = Json::String(tokenised);
            }
        });
    }
}

/// Masks what the client must not see, as in a stream.
pub(super) struct Hide<'a> {
    pub(super) masker: &'a TextMasker,
    pub(super) counts: Counts,
}

impl Texts for Hide<'_> {
    fn begin(&mut self, _: &str) {}

    fn text(&mut self, text: &mut String) {
        let counts = &mut self.counts;
        *text = self.masker.mask_segmented(text, &mut |entity| {
            *counts.entry(entity).or_default() += 1;
        });
    }

    fn document(&mut self, document: &mut Json) {
        let counts = &mut self.counts;
        leaves(document, "", &mut |name, leaf| {
            mask_leaf(leaf, name, self.masker, &mut |entity| {
                *counts.entry(entity).or_default() += 1;
            });
        });
    }
}

/// Puts values back.
pub(super) struct Restore<'a>(pub(super) &'a TokenMap);

impl Texts for Restore<'_> {
    fn begin(&mut self, _: &str) {}

    fn text(&mut self, text: &mut String) {
        self.0.restore(text);
    }

    fn document(&mut self, document: &mut Json) {
        every_text(document, &mut |text| self.0.restore(text));
    }
}

/// Every text and number, with the name of the member it is in.
fn leaves(value: &mut Json, name: &str, change: &mut dyn FnMut(&str, &mut Json)) {
    match value {
        Json::Array(items) => items.iter_mut().for_each(|item| leaves(item, name, change)),
        Json::Object(members) => {
            for (name, member) in members {
                leaves(member, name, change);
            }
        }
        leaf => change(name, leaf),
    }
}
