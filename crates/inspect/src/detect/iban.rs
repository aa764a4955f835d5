//! IBAN: country, length, mod 97.

use super::bytes::{at, before, is_word};
use super::checksum::mod97;
use super::context::Group;
use super::entity::Entity;
use super::pass::Pass;

/// The length of each country's IBAN, from the IBAN registry.
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// Whether a word begins with a country that has IBANs, and two digits.
pub(super) fn starts(word: &[u8]) -> bool {
    let [first, second, tens, ones, ..] = word else {
        return false;
    };
    let country = [first.to_ascii_uppercase(), second.to_ascii_uppercase()];
    let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
    digits && LENGTHS.iter().any(|(known, _)| **known == country)
}

/// Claims the IBAN that starts at `start`.
pub(super) fn find(pass: &mut Pass, start: usize) -> Option<usize> {
    let text = pass.text;
    let digits = at(text, start + 2).is_ascii_digit() && at(text, start + 3).is_ascii_digit();
    if !pass.wants(Entity::IbanCode) || !digits || is_word(before(text, start)) {
        return None;
    }
    let country = [
        at(text, start).to_ascii_uppercase(),
        at(text, start + 1).to_ascii_uppercase(),
    ];
    let (_, length) = LENGTHS.iter().find(|(known, _)| **known == country)?;
    let (end, compact) = read(text, start, *length)?;
    let rotated = compact.iter().cycle().skip(4).take(*length).copied();
    if mod97(rotated) != 1 {
        return None;
    }
    let upper = at(text, start).is_ascii_uppercase();
    if !upper && !pass.near(start).mentions(Group::Iban) {
        return None;
    }
    pass.claim(Entity::IbanCode, start, end, 1.0);
    Some(end)
}

/// Reads `length` letters and digits, in one piece or in groups parted alike; gives the end and the
/// characters in upper case.
fn read(text: &[u8], start: usize, length: usize) -> Option<(usize, Vec<u8>)> {
    let mut compact = Vec::with_capacity(length);
    let mut index = start;
    let mut separator = None;
    while compact.len() < length {
        let byte = at(text, index);
        if byte.is_ascii_alphanumeric() {
            compact.push(byte.to_ascii_uppercase());
        } else {
            let parts = matches!(byte, b' ' | b'-' | b'+' | b'.');
            if !parts || *separator.get_or_insert(byte) != byte || compact.len() < 2 {
                return None;
            }
            if !at(text, index + 1).is_ascii_alphanumeric() {
                return None;
            }
        }
        index += 1;
    }
    (!is_word(at(text, index))).then_some((index, compact))
}
