//! Telephone numbers: international ones by their `+`, national ones by how they are written or by
//! the words before them.

use super::bytes::{at, before, is_word, number_may_end, number_may_start, run, slice};
use super::checksum::weighted;
use super::context::Group;
use super::entity::Entity;
use super::pass::Pass;

/// Most digits of a number (ITU-T E.164), and fewest of one that words announce.
const MAX_DIGITS: usize = 15;
const MIN_DIGITS: usize = 7;

/// Most groups that a number is parted into.
const MAX_GROUPS: usize = 8;

/// A number as written: groups of digits and what parts them.
#[derive(Debug, Default)]
struct Dialled {
    end: usize,
    digits: usize,
    groups: usize,
    first: usize,
    second: usize,
    second_at: usize,
    last: usize,
    parentheses: bool,
    hyphens: bool,
    dots: bool,
}

/// Claims the number that starts at `start`, with its `+` or `(`.
pub(super) fn find(pass: &mut Pass, start: usize) -> Option<usize> {
    let text = pass.text;
    if !pass.wants(Entity::PhoneNumber) || !may_start(text, start) {
        return None;
    }
    let dialled = read(text, start)?;
    let end = dialled.end;
    if dialled.digits < MIN_DIGITS || !ends_well(text, end) {
        return None;
    }
    let score = match at(text, start) {
        b'+' => international(text, start, &dialled),
        b'(' => in_parentheses(text, start, &dialled),
        _ => national(text, start, &dialled),
    };
    let near = pass.near(start);
    let said = near.says(Group::Phone) && (MIN_DIGITS..=MAX_DIGITS).contains(&dialled.digits);
    let doubt = [Group::Other, Group::BankAccount, Group::Card]
        .into_iter()
        .any(|group| near.says(group));
    let score = match score {
        Some(score) if said => score.max(0.9),
        Some(score) if score > 0.75 || !doubt => score,
        _ if said => 0.65,
        _ => return None,
    };
    let end = extension(text, end);
    // `(+358) 9 1234567`
    let opened = at(text, start) == b'+'
        && before(text, start) == b'('
        && slice(text, start, end).contains(&b')');
    let start = start - usize::from(opened && !slice(text, start, end).contains(&b'('));
    pass.claim(Entity::PhoneNumber, start, end, score);
    Some(end)
}

fn may_start(text: &[u8], start: usize) -> bool {
    match at(text, start) {
        b'+' => !is_word(before(text, start)) || before(text, start) == b'_',
        b'(' => !is_word(before(text, start)),
        _ => {
            // Not inside a longer number that is parted by spaces.
            let after_digits = matches!(before(text, start), b' ' | b'+' | b')')
                && before(text, start - 1).is_ascii_digit();
            number_may_start(text, start) && !after_digits
        }
    }
}

fn ends_well(text: &[u8], end: usize) -> bool {
    let next_digit = at(text, end + 1).is_ascii_digit();
    let goes_on = matches!(at(text, end), b':' | b'/') && next_digit;
    let extension = at(text, end) == b'x' && next_digit;
    (number_may_end(text, end) && !goes_on) || extension
}

/// Reads the groups of a number. A group that would make it too long is left out.
fn read(text: &[u8], start: usize) -> Option<Dialled> {
    let mut dialled = Dialled::default();
    let mut index = start;
    let mut slashes = 0;
    let mut open = false;
    loop {
        let gap = if dialled.groups == 0 { 1 } else { 3 };
        let digits_at = run(text, index, gap, |byte| {
            matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'+')
        });
        let parts = slice(text, index, digits_at);
        let has = |byte: u8| parts.contains(&byte);
        slashes += usize::from(has(b'/'));
        let closes = open && !has(b')');
        let plus = has(b'+') && dialled.groups > 0 && parts != b"+";
        let again = dialled.last >= MIN_DIGITS && has(b' ') && dialled.groups > 0;
        let end = run(text, digits_at, MAX_DIGITS + 1, |byte| {
            byte.is_ascii_digit()
        });
        let length = end - digits_at;
        let too_long = dialled.digits + length > MAX_DIGITS;
        if length > 0 && dialled.groups == MAX_GROUPS {
            return None;
        }
        if too_long && dialled.groups > 2 && at(text, start) != b'+' {
            return None;
        }
        if length == 0 || too_long || closes || plus || again || slashes > 1 {
            break;
        }
        if dialled.groups > 0 && parts.is_empty() {
            break;
        }
        open = has(b'(');
        if open && at(text, end) != b')' {
            break;
        }
        dialled.parentheses |= open;
        dialled.hyphens |= has(b'-');
        dialled.dots |= has(b'.');
        dialled.groups += 1;
        dialled.digits += length;
        dialled.last = length;
        match dialled.groups {
            1 => dialled.first = length,
            2 => (dialled.second, dialled.second_at) = (length, digits_at),
            _ => {}
        }
        dialled.end = end;
        index = end;
    }
    (dialled.groups > 0).then_some(dialled)
}

/// `+44 20 7946 0958`: 8 to 15 digits, and no country begins with 0.
fn international(text: &[u8], start: usize, dialled: &Dialled) -> Option<f32> {
    let country = matches!(at(text, start + 1), b'1'..=b'9');
    let fewest = if dialled.groups > 1 { 8 } else { 10 };
    (country && (fewest..=MAX_DIGITS).contains(&dialled.digits)).then_some(0.9)
}

/// `(415) 555-0132`, `(0191) 496 0123`
fn in_parentheses(text: &[u8], start: usize, dialled: &Dialled) -> Option<f32> {
    let trunk = at(text, start + 1) == b'0';
    let american = dialled.first == 3 && dialled.digits == 10 && dialled.groups <= 3;
    let length = (9..=12).contains(&dialled.digits);
    let area = (2..=5).contains(&dialled.first) && dialled.groups >= 2;
    (area && length && (trunk || american)).then_some(0.8)
}

/// `415-555-0132`, `0191 496 0123`, `06 12 34 56 78`, `98765 43210`
fn national(text: &[u8], start: usize, dialled: &Dialled) -> Option<f32> {
    let groups = (dialled.groups, dialled.digits, dialled.last);
    let area = matches!(at(text, start), b'2'..=b'9');
    let alike = dialled.hyphens != dialled.dots;
    match at(text, start) {
        b'0' if slice(text, start, start + 2) == b"00" => {
            let american = groups == (4, 13, 4) && dialled.first == 3 && dialled.hyphens;
            let country = matches!(at(text, start + 2), b'1'..=b'9');
            let abroad =
                country && (10..=MAX_DIGITS).contains(&dialled.digits) && dialled.groups >= 3;
            (american || abroad).then_some(0.7)
        }
        b'0' => {
            let dotted = dialled.dots && !dialled.hyphens && dialled.groups >= 3;
            let length = (9..=12).contains(&dialled.digits);
            let parted =
                dialled.groups >= 2 && (2..=5).contains(&dialled.first) && dialled.last >= 2;
            if dialled.groups == 1 {
                return is_bare(slice(text, start, dialled.end)).then_some(0.45);
            }
            (parted && length && (!dialled.dots || dotted)).then_some(0.6)
        }
        b'1' if groups == (4, 11, 4) && dialled.first == 1 && dialled.second == 3 => {
            matches!(at(text, dialled.second_at), b'2'..=b'9').then_some(0.75)
        }
        _ if groups == (3, 10, 4) && dialled.first == 3 && dialled.second == 3 && area => {
            Some(if alike { 0.75 } else { 0.6 })
        }
        b'6'..=b'9' if groups == (2, 10, 5) && !dialled.hyphens && !dialled.dots => Some(0.5),
        _ => None,
    }
}

/// A national number without separators, `01914960522`: nothing else begins with 0 and has as many
/// digits, except a book's.
fn is_bare(digits: &[u8]) -> bool {
    let weights = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1];
    let isbn = digits.len() == 10 && weighted(digits, &weights).is_multiple_of(11);
    (10..=11).contains(&digits.len()) && !isbn
}

/// The end with an extension: `x123`, `ext. 123`, `#123`.
fn extension(text: &[u8], end: usize) -> usize {
    let from = run(text, end, 2, |byte| byte == b' ' || byte == b',');
    for word in [b"extension".as_slice(), b"ext.", b"ext", b"x", b"#"] {
        if !slice(text, from, from + word.len()).eq_ignore_ascii_case(word) {
            continue;
        }
        let digits = run(text, from + word.len(), 2, |byte| {
            byte == b' ' || byte == b':'
        });
        let behind = run(text, digits, 7, |byte| byte.is_ascii_digit());
        if (1..=6).contains(&(behind - digits)) && !is_word(at(text, behind)) {
            return behind;
        }
    }
    end
}
