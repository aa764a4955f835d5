//! What a verdict hides from the provider, and what from the client.

use countersign_inspect::{
    llm::{Api, LlmRequest, TokenMap},
    mask::{PseudonymKey, TextMasker},
};
use countersign_model::{Mask, MaskSelector, MaskStyle};

use crate::http::masks::{Counts, Masks, NotEnforceable};

/// The masks of a request to a model. An entity to be pseudonymised is replaced in the prompt by a
/// token that the answer gets the value back for; an entity in any other style is hidden in the prompt
/// and in the answer.
#[derive(Debug, Default)]
pub(super) struct PromptMasks {
    /// Hidden from the provider, not from the client.
    tokens: Option<TextMasker>,
    /// Hidden from both.
    words: Option<Masks>,
}

impl PromptMasks {
    pub(super) fn new(masks: &[Mask], key: &PseudonymKey) -> Result<Self, NotEnforceable> {
        let is_token = |mask: &&Mask| {
            mask.style == MaskStyle::Pseudonym && matches!(mask.selector, MaskSelector::Entity(_))
        };
        let of = |tokens: bool| -> Vec<Mask> {
            let chosen = masks.iter().filter(|mask| is_token(mask) == tokens);
            chosen.cloned().collect()
        };
        let tokens = Masks::new(&of(true), key)?;
        Ok(Self {
            tokens: tokens.and_then(|masks| masks.words().cloned()),
            words: Masks::new(&of(false), key)?,
        })
    }

    /// Whether they can be applied to this request.
    pub(super) fn fit(&self, api: Api, filtered: bool) -> Result<(), NotEnforceable> {
        if filtered {
            return Err(NotEnforceable::Filtered);
        }
        let hides = self.tokens.is_some() || self.words.is_some();
        if api == Api::Other && hides {
            return Err(NotEnforceable::UnknownApi);
        }
        Ok(())
    }

    /// Hides what the provider must not see.
    pub(super) fn hide(&self, request: &mut LlmRequest, counts: &mut Counts) -> TokenMap {
        let (tokens, hidden) = request.hide(self.answer(), self.tokens.as_ref());
        for (entity, count) in hidden {
            counts.add("prompt", entity, count);
        }
        tokens
    }

    /// What is hidden from the client.
    pub(super) fn answer(&self) -> Option<&TextMasker> {
        self.words.as_ref().and_then(Masks::words)
    }

    /// The masks of an answer that is no model's.
    pub(super) fn into_all(self) -> Option<Masks> {
        self.words
    }
}
