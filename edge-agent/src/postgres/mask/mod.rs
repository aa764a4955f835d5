//! Masks on what a server sends: which columns, in which types and formats, and words in notices and
//! errors. What cannot be told to be harmless is masked; what cannot be masked in its type becomes
//! NULL.

pub(super) mod column;
mod copy;
mod filter;
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
pub(super) use filter::Filtering;
pub(super) use plan::{PlanCache, PlanInput};
pub(super) use report::mask_report;
pub(super) use row::{RowError, RowPlan};
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
    /// Whether policies filter what is returned besides.
    filtered: bool,
    /// `None` when no entity is masked.
    pub(super) words: Option<TextMasker>,
    pub(super) columns: ColumnMasks,
    pub(super) key: PseudonymKey,
}

impl Masking {
    fn new(masks: &[Mask], filtered: bool, key: &PseudonymKey) -> Result<Self, UnknownEntity> {
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
            filtered,
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

    /// Whether it is made of these.
    pub(super) fn is_of(&self, masks: &[Mask], filtered: bool) -> bool {
        self.filtered == filtered && self.masks == masks
    }

    pub(super) fn is_empty(&self) -> bool {
        self.masks.is_empty() && !self.filtered
    }

    /// Whether policies filter what is returned besides.
    pub(super) const fn filtered(&self) -> bool {
        self.filtered
    }

    /// Masks words outside of rows. No filter sees them: where there is one they are hidden whole.
    pub(super) fn mask_words<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.words {
            _ if self.filtered => Cow::Borrowed(MASKED),
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
            filtered: false,
            words: None,
            columns: ColumnMasks::new(&[]),
            key: self.key.clone(),
        })
    }

    /// `filtered`: whether policies filter what is returned besides.
    pub(super) fn get(
        &self,
        masks: &[Mask],
        filtered: bool,
    ) -> Result<Arc<Masking>, UnknownEntity> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(masking) = kept.iter().find(|masking| masking.is_of(masks, filtered)) {
            return Ok(Arc::clone(masking));
        }
        let masking = Arc::new(Masking::new(masks, filtered, &self.key)?);
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
        assert!(maskings.get(&[mask("EMAIL_ADDRESS")], false).is_ok());
        assert!(maskings.get(&[mask("E_MAIL")], false).is_err());
    }

    #[test]
    fn equal_masks_are_made_ready_once() {
        let maskings = Maskings::new(PseudonymKey::generate());
        let masks = [Mask {
            selector: MaskSelector::Entity("EMAIL_ADDRESS".to_owned()),
            style: MaskStyle::Redact,
        }];
        let first = maskings.get(&masks, false).expect("known");
        let second = maskings.get(&masks, false).expect("known");
        assert!(Arc::ptr_eq(&first, &second));
        let filtered = maskings.get(&masks, true).expect("known");
        assert!(!Arc::ptr_eq(&first, &filtered));
        assert_eq!(filtered.mask_words("what no filter saw"), MASKED);
        assert_eq!(
            first.mask_words("Key (email)=(jane.roe@example.com)"),
            "Key (email)=([EMAIL_ADDRESS])"
        );
    }
}
