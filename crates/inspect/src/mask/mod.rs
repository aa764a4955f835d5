//! Hides values: what a masked value looks like, and masking of everything sensitive in a text.
//!
//! The result is always text. A column of another PostgreSQL type (`integer`, `uuid`, `inet`) cannot
//! hold `[US_SSN]` or asterisks: whoever masks rows sends NULL for a value of such a type, which is
//! the only mask that every type can express.

pub mod json;
mod partial;
mod pseudonym;
pub mod stream;
mod text;

use countersign_model::MaskStyle;

pub use pseudonym::PseudonymKey;
pub use text::TextMasker;

/// The entity to give for a value that is masked because of its column, whatever it holds.
pub const COLUMN: &str = "COLUMN";

/// What stands in place of a value. `None` is SQL NULL, JSON null, nothing.
///
/// - [`MaskStyle::Redact`] gives `[EMAIL_ADDRESS]`, and `[MASKED]` for [`COLUMN`].
/// - [`MaskStyle::Pseudonym`] gives `EMAIL_ADDRESS_7F3K2M9QXA`: the entity and 50 bits of an HMAC of the
///   value, so that equal values stay equal under one key and nobody without the key can tell them.
///   What does not change the meaning is evened out first: the case of an e-mail address, the
///   separators of a number.
/// - [`MaskStyle::Partial`] keeps the last n characters and the separators, and never more than half of
///   the value: `**** **** **** 1111`. Of an e-mail address only the end of the domain can stay:
///   `****@*******.com`. Of a password and a private key nothing stays, not even the length.
///
/// Masking what was masked before gives the same again.
#[must_use]
pub fn mask_value(
    style: MaskStyle,
    entity: &str,
    value: &str,
    key: &PseudonymKey,
) -> Option<String> {
    match style {
        MaskStyle::Null => None,
        MaskStyle::Redact => Some(format!("[{}]", label(entity))),
        MaskStyle::Pseudonym => Some(pseudonym::pseudonym(entity, value, key)),
        MaskStyle::Partial(keep) => Some(partial::partial(entity, value, keep)),
    }
}

fn label(entity: &str) -> &str {
    if entity == COLUMN { "MASKED" } else { entity }
}

/// The stricter of two styles; of two partial ones the one that keeps less.
fn stricter(a: MaskStyle, b: MaskStyle) -> MaskStyle {
    match (a, b) {
        (MaskStyle::Partial(a), MaskStyle::Partial(b)) => MaskStyle::Partial(a.min(b)),
        (a, b) => a.max(b),
    }
}
