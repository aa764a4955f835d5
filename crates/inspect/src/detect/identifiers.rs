//! The check of each national identifier, over its letters and digits without separators.

use super::checksum::{digit, is_day, luhn, mod11_10, number, verhoeff, weighted};

pub(super) fn any(_: &[u8]) -> bool {
    true
}

fn repeats(id: &[u8]) -> bool {
    id.windows(2).all(|pair| pair.first() == pair.last())
}

fn byte(id: &[u8], index: usize) -> u8 {
    id.get(index).copied().unwrap_or(0)
}

/// Areas 000, 666 and 9xx, group 00 and serial 0000 are never given.
pub(super) fn us_ssn(id: &[u8]) -> bool {
    let area = number(id, 0, 3);
    area != 0 && area != 666 && area < 900 && number(id, 3, 5) != 0 && number(id, 5, 9) != 0
}

pub(super) fn us_itin(id: &[u8]) -> bool {
    number(id, 0, 3) >= 900 && matches!(number(id, 3, 5), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

pub(super) fn us_aba(id: &[u8]) -> bool {
    matches!(number(id, 0, 2), 1..=12 | 21..=32 | 61..=72 | 80)
        && weighted(id, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
}

pub(super) fn us_npi(id: &[u8]) -> bool {
    let mut prefixed = b"80840".to_vec();
    prefixed.extend_from_slice(id);
    matches!(byte(id, 0), b'1' | b'2') && luhn(&prefixed)
}

pub(super) fn uk_nhs(id: &[u8]) -> bool {
    let check = 11 - weighted(id, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    check % 11 == digit(id, 9) && check != 10 && !repeats(id)
}

pub(super) fn uk_nino(id: &[u8]) -> bool {
    let (first, second) = (byte(id, 0), byte(id, 1));
    !b"DFIQUV".contains(&first)
        && !b"DFIOQUV".contains(&second)
        && !matches!(
            (first, second),
            (b'B', b'G')
                | (b'G', b'B')
                | (b'N', b'K')
                | (b'K', b'N')
                | (b'T', b'N')
                | (b'N', b'T')
                | (b'Z', b'Z')
        )
        && (b'A'..=b'D').contains(&byte(id, 8))
}

/// Of the first ten digits one comes twice or three times (not in a row), and the others at most once.
pub(super) fn de_tax_id(id: &[u8]) -> bool {
    let body = id.get(..10).unwrap_or_default();
    let mut counts = [0u8; 10];
    for byte in body {
        if let Some(count) = counts.get_mut(usize::from(byte.wrapping_sub(b'0'))) {
            *count += 1;
        }
    }
    let repeated = counts.iter().filter(|count| **count > 1).count();
    let at_most = counts.iter().max().is_some_and(|most| *most <= 3);
    let in_a_row = body.windows(3).any(repeats);
    byte(id, 0) != b'0' && repeated == 1 && at_most && !in_a_row && mod11_10(id)
}

/// The key is 97 minus the rest of the number; Corsica's departments 2A and 2B count as 19 and 18.
pub(super) fn fr_nir(id: &[u8]) -> bool {
    let month = number(id, 3, 5);
    let department = (byte(id, 5), byte(id, 6));
    let corsica: u64 = match department.1 {
        b'A' => 1_000_000,
        b'B' => 2_000_000,
        letter if letter.is_ascii_alphabetic() => return false,
        _ => 0,
    };
    if corsica > 0 && department.0 != b'2' {
        return false;
    }
    let digits = |range: std::ops::Range<usize>| {
        id.get(range)
            .unwrap_or_default()
            .iter()
            .fold(0u64, |sum, byte| {
                sum * 10
                    + u64::from(if byte.is_ascii_digit() {
                        byte - b'0'
                    } else {
                        0
                    })
            })
    };
    let shape = matches!(byte(id, 0), b'1'..=b'4' | b'7' | b'8')
        && matches!(month, 1..=12 | 20..=42 | 50..=99);
    shape
        && (id.len() == 13
            || 97 - (digits(0..13) - corsica.min(digits(0..13))) % 97 == digits(13..15))
}

const DNI: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

pub(super) fn es_nif(id: &[u8]) -> bool {
    DNI.get((number(id, 0, 8) % 23) as usize) == id.get(8)
}

pub(super) fn es_nie(id: &[u8]) -> bool {
    let prefix = match byte(id, 0) {
        b'X' => 0,
        b'Y' => 10_000_000,
        b'Z' => 20_000_000,
        _ => return false,
    };
    DNI.get(((prefix + number(id, 1, 8)) % 23) as usize) == id.get(8)
}

/// What a character counts at an odd position of an Italian fiscal code, from `0` or `A` on.
const ODD: [u32; 26] = [
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

pub(super) fn it_fiscal_code(id: &[u8]) -> bool {
    let Some((check, body)) = id.split_last() else {
        return false;
    };
    // Where two people would share a code, digits give way to these letters.
    let digit_like = |byte: u8| byte.is_ascii_digit() || b"LMNPQRSTUV".contains(&byte);
    let digits = [6, 7, 9, 10, 12, 13, 14];
    let shape = digits.iter().all(|index| digit_like(byte(id, *index)))
        && b"ABCDEHLMPRST".contains(&byte(id, 8));
    let sum: u32 = body
        .iter()
        .enumerate()
        .map(|(index, byte)| {
            let value = u32::from(match byte {
                b'0'..=b'9' => byte - b'0',
                _ => byte.saturating_sub(b'A'),
            });
            match index % 2 {
                0 => ODD.get(value as usize).copied().unwrap_or(0),
                _ => value,
            }
        })
        .sum();
    shape && u32::from(check.saturating_sub(b'A')) == sum % 26 && check.is_ascii_alphabetic()
}

pub(super) fn pl_pesel(id: &[u8]) -> bool {
    // The month also tells the century; nobody born before 1920 is counted.
    let month = match number(id, 2, 4) {
        month @ 1..=12 if number(id, 0, 2) >= 20 => month,
        month @ 21..=32 => month - 20,
        _ => return false,
    };
    is_day(month, number(id, 4, 6))
        && weighted(id, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}

const HETU: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

pub(super) fn fi_hetu(id: &[u8]) -> bool {
    // The sign of the century is a letter for those born since 2000, and then part of the compact form.
    let (sign, tail) = match id.len() {
        11 => (byte(id, 6), id.get(7..)),
        _ => (b'-', id.get(6..)),
    };
    let tail = tail.unwrap_or_default();
    let serial = number(tail, 0, 3);
    let rest = (number(id, 0, 6) * 1000 + serial) % 31;
    is_day(number(id, 2, 4), number(id, 0, 2))
        && b"-ABCDEFUVWXY".contains(&sign)
        && (2..=999).contains(&serial)
        && HETU.get(rest as usize) == tail.get(3)
}

pub(super) fn se_personnummer(id: &[u8]) -> bool {
    let (century, short) = id.split_at(id.len().saturating_sub(10));
    let century = century.is_empty() || matches!(number(century, 0, 2), 18..=20);
    // Coordination numbers add 60 to the day.
    let day = number(short, 4, 6);
    century && is_day(number(short, 2, 4), if day > 60 { day - 60 } else { day }) && luhn(short)
}

pub(super) fn nl_bsn(id: &[u8]) -> bool {
    let sum = weighted(id, &[9, 8, 7, 6, 5, 4, 3, 2]);
    sum % 11 == digit(id, 8) && !repeats(id)
}

pub(super) fn in_aadhaar(id: &[u8]) -> bool {
    let palindrome = id.iter().eq(id.iter().rev());
    byte(id, 0) >= b'2' && !palindrome && verhoeff(id)
}

pub(super) fn in_pan(id: &[u8]) -> bool {
    b"PCHFATBLJG".contains(&byte(id, 3)) && number(id, 5, 9) != 0
}

pub(super) fn au_tfn(id: &[u8]) -> bool {
    weighted(id, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11) && !repeats(id)
}

pub(super) fn au_abn(id: &[u8]) -> bool {
    let sum = weighted(id, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    byte(id, 0) != b'0' && (sum - 10).is_multiple_of(89)
}

pub(super) fn ca_sin(id: &[u8]) -> bool {
    !matches!(byte(id, 0), b'0' | b'8') && luhn(id) && !repeats(id)
}

fn mod11_check(id: &[u8], length: usize, weights: &[u32]) -> bool {
    let rest = weighted(id.get(..length).unwrap_or_default(), weights) % 11;
    digit(id, length) == if rest < 2 { 0 } else { 11 - rest }
}

pub(super) fn br_cpf(id: &[u8]) -> bool {
    !repeats(id)
        && mod11_check(id, 9, &[10, 9, 8, 7, 6, 5, 4, 3, 2])
        && mod11_check(id, 10, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
}

pub(super) fn br_cnpj(id: &[u8]) -> bool {
    !repeats(id)
        && mod11_check(id, 12, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
        && mod11_check(id, 13, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
}

pub(super) fn sg_nric(id: &[u8]) -> bool {
    let sum = weighted(id.get(1..8).unwrap_or_default(), &[2, 7, 6, 5, 4, 3, 2]);
    let (offset, letters): (u32, &[u8; 11]) = match byte(id, 0) {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"KLJNPQRTUWX"),
        _ => return false,
    };
    let index = ((sum + offset) % 11) as usize;
    let index = if byte(id, 0) == b'M' {
        10 - index
    } else {
        index
    };
    letters.get(index) == id.get(8)
}

pub(super) fn kr_rrn(id: &[u8]) -> bool {
    let rest = weighted(id, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11;
    is_day(number(id, 2, 4), number(id, 4, 6))
        && matches!(byte(id, 6), b'1'..=b'8')
        && (11 - rest) % 10 == digit(id, 12)
}
