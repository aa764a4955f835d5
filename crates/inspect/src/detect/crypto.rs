//! Bitcoin, Litecoin and Ethereum addresses, by their checksums.

use sha2::{Digest, Sha256};

use super::bytes::{at, before, is_word, slice};
use super::entity::Entity;
use super::pass::Pass;

/// Claims the address that is the word from `start` to `end`.
pub(super) fn find(pass: &mut Pass, start: usize, end: usize) -> Option<usize> {
    let text = pass.text;
    let word = slice(text, start, end);
    if !pass.wants(Entity::CryptoAddress) || !(26..=90).contains(&word.len()) {
        return None;
    }
    if is_word(before(text, start)) || is_word(at(text, end)) {
        return None;
    }
    let score = match word {
        [b'0', b'x', hex @ ..] => {
            (hex.len() == 40 && hex.iter().all(u8::is_ascii_hexdigit)).then_some(0.8)?
        }
        [b'b' | b'B', b'c' | b'C', b'1', ..] => bech32(word, 2).then_some(1.0)?,
        [b'l' | b'L', b't' | b'T', b'c' | b'C', b'1', ..] => bech32(word, 3).then_some(1.0)?,
        [b'1' | b'3' | b'L' | b'M', ..] => base58(word).then_some(1.0)?,
        _ => return None,
    };
    pass.claim(Entity::CryptoAddress, start, end, score);
    Some(end)
}

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Base58Check: a version, 20 bytes, and four of the double SHA-256.
fn base58(word: &[u8]) -> bool {
    if word.len() > 35 {
        return false;
    }
    let mut bytes = [0u8; 25];
    for character in word {
        let Some(value) = BASE58.iter().position(|known| known == character) else {
            return false;
        };
        let mut carry = value;
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return false;
        }
    }
    let (payload, check) = bytes.split_at(21);
    let hash = Sha256::digest(Sha256::digest(payload));
    // Bitcoin's and Litecoin's pay-to-key and pay-to-script versions.
    matches!(payload.first(), Some(0x00 | 0x05 | 0x30 | 0x32)) && hash.get(..4) == Some(check)
}

const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// BIP 173 and BIP 350, with a human-readable part of `prefix` letters.
fn bech32(word: &[u8], prefix: usize) -> bool {
    let lower = word.to_ascii_lowercase();
    let mixed = word.iter().any(u8::is_ascii_lowercase) && word.iter().any(u8::is_ascii_uppercase);
    let (human, data) = lower.split_at(prefix.min(lower.len()));
    let values = human
        .iter()
        .map(|byte| u32::from(byte >> 5))
        .chain([0])
        .chain(human.iter().map(|byte| u32::from(byte & 31)));
    let mut check = values.fold(1, polymod);
    for character in data.iter().skip(1) {
        let Some(value) = BECH32.iter().position(|known| known == character) else {
            return false;
        };
        check = polymod(check, value as u32);
    }
    !mixed && matches!(check, 1 | 0x2bc8_30a3)
}

fn polymod(check: u32, value: u32) -> u32 {
    const GENERATORS: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let top = check >> 25;
    let next = (check & 0x01ff_ffff) << 5 ^ value;
    GENERATORS
        .iter()
        .enumerate()
        .filter(|(bit, _)| top >> bit & 1 == 1)
        .fold(next, |next, (_, generator)| next ^ generator)
}
