//! Payment cards: brand, length, Luhn.

use super::bytes::{at, is_word, number_may_end, number_may_start};
use super::checksum::{luhn, number};
use super::context::Group;
use super::entity::Entity;
use super::pass::Pass;
use super::shape;

/// How cards are printed, longest first.
const PRINTED: &[&str] = &[
    "9999 9999 9999 9999 999",
    "9999-9999-9999-9999-999",
    "9999 9999 9999 9999",
    "9999-9999-9999-9999",
    "9999.9999.9999.9999",
    "9999 999999 99999",
    "9999-999999-99999",
    "9999 999999 9999",
    "9999-999999-9999",
    "99999999 99999999",
    "9999 9999 9999 9",
    "9999-9999-9999-9",
];

/// Claims the card that starts at `start`; the word there ends at `word_end`.
pub(super) fn find(pass: &mut Pass, start: usize, word_end: usize) -> Option<usize> {
    let text = pass.text;
    if !pass.wants(Entity::CreditCard) || !matches!(at(text, start), b'2'..=b'6' | b'9') {
        return None;
    }
    if !number_may_start(text, start) {
        return None;
    }
    let bare = text.get(start..word_end)?;
    if bare.iter().all(u8::is_ascii_digit) && (13..=19).contains(&bare.len()) {
        let known = brand_lengths(bare)?;
        if !known.contains(&bare.len()) || !luhn(bare) || !number_may_end(text, word_end) {
            return None;
        }
        // A bare number of an uncommon length is more often something else.
        let common = matches!(bare.len(), 14..=16) && known != MAESTRO;
        let near = pass.near(start);
        if !common && !near.says(Group::Card) {
            return None;
        }
        let score = if near.mentions(Group::Card) { 1.0 } else { 0.9 };
        pass.claim(Entity::CreditCard, start, word_end, score);
        return Some(word_end);
    }
    PRINTED.iter().find_map(|printed| {
        let card = shape::read(text, start, printed)?;
        let digits = card.compact();
        let fits = brand_lengths(digits)?.contains(&digits.len()) && luhn(digits);
        (fits && !is_word(at(text, card.end)) && number_may_end(text, card.end)).then(|| {
            pass.claim(Entity::CreditCard, start, card.end, 1.0);
            card.end
        })
    })
}

const MAESTRO: &[usize] = &[13, 14, 15, 16, 17, 18, 19];

/// The lengths that the brand of a number allows; `None` for a number of no brand.
fn brand_lengths(digits: &[u8]) -> Option<&'static [usize]> {
    Some(match (number(digits, 0, 4), number(digits, 0, 6)) {
        // Visa.
        (4000..=4999, _) => &[13, 16, 19],
        // Mastercard, both series.
        (5100..=5599 | 2221..=2720, _) => &[16],
        // Mir.
        (2200..=2204, _) => &[16, 17, 18, 19],
        // American Express.
        (3400..=3499 | 3700..=3799, _) => &[15],
        // Diners Club.
        (3000..=3059 | 3095 | 3600..=3699 | 3800..=3999, _) => &[14, 16, 19],
        // JCB.
        (3528..=3589, _) => &[16, 17, 18, 19],
        // Discover, RuPay, UnionPay.
        (6011 | 6440..=6599 | 6000..=6009 | 8100..=8299, _) => &[16, 17, 18, 19],
        (6200..=6299, _) => &[16, 17, 18, 19],
        // Troy, and RuPay's 508.
        (9792, _) | (_, 508_000..=508_999) => &[16],
        // Maestro.
        (5000..=5099 | 5600..=5899 | 6300..=6399 | 6700..=6799, _) => MAESTRO,
        _ => return None,
    })
}
