//! Masks on what a server sends: which columns, in which types and formats, and words in notices and
//! errors. What cannot be told to be harmless is masked; what cannot be masked in its type becomes
//! NULL.

pub(super) mod column;
mod copy;
mod json;
pub(super) mod oid;
mod plan;
mod report;
mod row;
mod tally;
pub(super) mod value;

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_inspect::{
    detect,
    mask::{PseudonymKey, TextMasker},
};
use countersign_model::{Mask, MaskSelector, MaskStyle};

pub(super) use column::ColumnMasks;
pub(super) use copy::{CopyPlan, check as check_copy};
pub(super) use plan::{PlanCache, PlanInput};
pub(super) use report::mask_report;
pub(super) use row::RowPlan;
pub(super) use tally::Tally;

/// What stands in place of words that may not be told, outside of rows.
pub(super) const MASKED: &str = "[MASKED]";

/// Distinct sets of masks that are kept ready.
const MAX_KEPT: usize = 256;

/// A mask for something that no detector knows: it would never match, so it is not obeyed silently.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a policy asks to mask \"{0}\", which no detector of this edge knows")]
pub(super) struct UnknownEntity(String);

/// The masks of a verdict, made ready for use.
#[derive(Debug)]
pub(super) struct Masking {
    masks: Vec<Mask>,
    /// `None` when no entity is masked.
    pub(super) words: Option<TextMasker>,
    pub(super) columns: ColumnMasks,
    pub(super) key: PseudonymKey,
}

impl Masking {
    fn new(masks: &[Mask], key: &PseudonymKey) -> Result<Self, UnknownEntity> {
        let mut entities: Vec<(String, MaskStyle)> = Vec::new();
        for mask in masks {
            if let MaskSelector::Entity(name) = &mask.selector {
                if !detect::is_entity(name) {
                    return Err(UnknownEntity(name.clone()));
                }
                entities.push((name.clone(), mask.style));
            }
        }
        Ok(Self {
            masks: masks.to_vec(),
            words: (!entities.is_empty()).then(|| TextMasker::new(&entities, key)),
            columns: ColumnMasks::new(masks),
            key: key.clone(),
        })
    }

    /// Whether an entity is masked wherever it is found.
    pub(super) fn covers(&self, entity: &str) -> bool {
        self.masks
            .iter()
            .any(|mask| matches!(&mask.selector, MaskSelector::Entity(name) if name == entity))
    }

    pub(super) fn masks(&self) -> &[Mask] {
        &self.masks
    }

    pub(super) fn is_empty(&self) -> bool {
        self.masks.is_empty()
    }

    /// Masks words outside of rows.
    pub(super) fn mask_words<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.words {
            Some(masker) => masker
                .mask(text, &mut |_| ())
                .unwrap_or(Cow::Borrowed(MASKED)),
            None => Cow::Borrowed(text),
        }
    }
}

/// Sets of masks that were made ready before; the same for all sessions.
#[derive(Debug)]
pub(super) struct Maskings {
    key: PseudonymKey,
    kept: Mutex<Vec<Arc<Masking>>>,
}

impl Maskings {
    pub(super) fn new(key: PseudonymKey) -> Self {
        Self {
            key,
            kept: Mutex::default(),
        }
    }

    /// The masking that masks nothing.
    pub(super) fn none(&self) -> Arc<Masking> {
        Arc::new(Masking {
            masks: Vec::new(),
            words: None,
            columns: ColumnMasks::new(&[]),
            key: self.key.clone(),
        })
    }

    pub(super) fn get(&self, masks: &[Mask]) -> Result<Arc<Masking>, UnknownEntity> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(masking) = kept.iter().find(|masking| masking.masks == masks) {
            return Ok(Arc::clone(masking));
        }
        let masking = Arc::new(Masking::new(masks, &self.key)?);
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.push(Arc::clone(&masking));
        Ok(masking)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_that_never_matches_is_refused() {
        let maskings = Maskings::new(PseudonymKey::generate());
        let mask = |entity: &str| Mask {
            selector: MaskSelector::Entity(entity.to_owned()),
            style: MaskStyle::Redact,
        };
        assert!(maskings.get(&[mask("EMAIL_ADDRESS")]).is_ok());
        assert!(maskings.get(&[mask("E_MAIL")]).is_err());
    }

    #[test]
    fn equal_masks_are_made_ready_once() {
        let maskings = Maskings::new(PseudonymKey::generate());
        let masks = [Mask {
            selector: MaskSelector::Entity("EMAIL_ADDRESS".to_owned()),
            style: MaskStyle::Redact,
        }];
        let first = maskings.get(&masks).expect("known");
        let second = maskings.get(&masks).expect("known");
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(
            first.mask_words("Key (email)=(jane.roe@example.com)"),
            "Key (email)=([EMAIL_ADDRESS])"
        );
    }
}
