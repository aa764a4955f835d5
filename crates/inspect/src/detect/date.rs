//! Dates, of which those of birth are findings.

use super::bytes::{at, before, is_word, run, slice};
use super::checksum::is_day;
use super::context::Group;
use super::entity::Entity;
use super::pass::Pass;

/// The first letters of each month's name, in ten languages.
const MONTHS: &[(&str, u32)] = &[
    ("jan", 1),
    ("gen", 1),
    ("ene", 1),
    ("sty", 1),
    ("tammi", 1),
    ("feb", 2),
    ("fév", 2),
    ("fev", 2),
    ("lut", 2),
    ("helmi", 2),
    ("mar", 3),
    ("mär", 3),
    ("maa", 3),
    ("mrt", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("kwi", 4),
    ("huhti", 4),
    ("may", 5),
    ("mai", 5),
    ("mag", 5),
    ("mei", 5),
    ("maj", 5),
    ("touko", 5),
    ("jun", 6),
    ("juin", 6),
    ("giu", 6),
    ("cze", 6),
    ("kesä", 6),
    ("jul", 7),
    ("juil", 7),
    ("lug", 7),
    ("lip", 7),
    ("heinä", 7),
    ("aug", 8),
    ("aoû", 8),
    ("ago", 8),
    ("sie", 8),
    ("elo", 8),
    ("sep", 9),
    ("set", 9),
    ("wrz", 9),
    ("syys", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("paź", 10),
    ("loka", 10),
    ("nov", 11),
    ("lis", 11),
    ("marras", 11),
    ("dec", 12),
    ("dez", 12),
    ("déc", 12),
    ("dic", 12),
    ("gru", 12),
    ("joulu", 12),
];

/// The end of the date that starts at `start`, claimed where words say that it is one of birth.
pub(super) fn find(pass: &mut Pass, start: usize) -> Option<usize> {
    let text = pass.text;
    let prior = before(text, start);
    let joined =
        matches!(prior, b'-' | b'.' | b'/') && before(text, start - 1).is_ascii_alphanumeric();
    if joined || is_word(prior) {
        return None;
    }
    let (claim_start, end) = numeric(text, start)
        .or_else(|| day_first(text, start))
        .map(|end| (start, end))
        .or_else(|| month_first(text, start))?;
    if pass.wants(Entity::DateOfBirth) && pass.near(claim_start).says(Group::Birth) {
        pass.claim(Entity::DateOfBirth, claim_start, end, 0.85);
    }
    Some(end)
}

/// Reads one to four digits: their value and the end.
fn digits(text: &[u8], start: usize) -> Option<(u32, usize, usize)> {
    let end = run(text, start, 5, |byte| byte.is_ascii_digit());
    let length = end - start;
    let value = slice(text, start, end)
        .iter()
        .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    (1..=4).contains(&length).then_some((value, length, end))
}

fn is_year(value: u32, length: usize) -> bool {
    length == 4 && (1900..=2099).contains(&value)
}

/// `1980-03-12`, `12.03.1980`, `3/12/80`
fn numeric(text: &[u8], start: usize) -> Option<usize> {
    let (first, first_length, index) = digits(text, start)?;
    let separator = at(text, index);
    if !matches!(separator, b'-' | b'/' | b'.') {
        return None;
    }
    let (second, second_length, index) = digits(text, index + 1)?;
    if at(text, index) != separator || second_length > 2 {
        return None;
    }
    let (third, third_length, end) = digits(text, index + 1)?;
    let day_and_month = |a, b| is_day(a, b) || is_day(b, a);
    let fits = if is_year(first, first_length) {
        third_length <= 2 && is_day(second, third)
    } else {
        let short =
            third_length == 2 && first_length == 2 && second_length == 2 && separator != b'-';
        first_length <= 2 && day_and_month(first, second) && (is_year(third, third_length) || short)
    };
    // `2026-03-12T10:00` is one date; `1.2.2003.4` and `12-12-2012-1` are none.
    let next = at(text, end);
    let goes_on = (next == separator && at(text, end + 1).is_ascii_digit())
        || (is_word(next) && next != b'T');
    (fits && !goes_on).then_some(end)
}

/// `12 March 1980`, `12. März 1980`, `12 de marzo de 1980`, `12-Mar-1980`
fn day_first(text: &[u8], start: usize) -> Option<usize> {
    let (day, length, mut index) = digits(text, start)?;
    if length > 2 || !(1..=31).contains(&day) {
        return None;
    }
    for suffix in [b"st".as_slice(), b"nd", b"rd", b"th", b"er", b"."] {
        if slice(text, index, index + suffix.len()) == suffix {
            index += suffix.len();
            break;
        }
    }
    let index = gap(text, index)?;
    let (_, index) = month(text, index)?;
    year(text, index)
}

/// `March 12, 1980`, from its day.
fn month_first(text: &[u8], start: usize) -> Option<(usize, usize)> {
    let (day, length, index) = digits(text, start)?;
    if length > 2 || !(1..=31).contains(&day) || before(text, start) != b' ' {
        return None;
    }
    let mut name_end = start - 1;
    if before(text, name_end) == b'.' {
        name_end -= 1;
    }
    let name = super::bytes::run_back(text, name_end, 12, is_letter);
    month(text, name).filter(|(_, end)| *end >= name_end)?;
    let index = match slice(text, index, index + 2) {
        b"st" | b"nd" | b"rd" | b"th" => index + 2,
        _ => index,
    };
    Some((name, year(text, index)?))
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

/// The index behind what stands between the parts of a date.
fn gap(text: &[u8], start: usize) -> Option<usize> {
    let mut index = run(text, start, 2, |byte| {
        matches!(byte, b' ' | b'-' | b',' | b'.' | b'/')
    });
    (index > start).then_some(())?;
    for article in [b"de ".as_slice(), b"of ", b"del "] {
        if slice(text, index, index + article.len()).eq_ignore_ascii_case(article) {
            index += article.len();
            break;
        }
    }
    Some(index)
}

fn month(text: &[u8], start: usize) -> Option<(u32, usize)> {
    let end = run(text, start, 16, is_letter);
    let name = slice(text, start, end);
    // Most words before or behind a number are none at all.
    if name.len() < 3 {
        return None;
    }
    let known = |month: &str| {
        name.get(..month.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(month.as_bytes()))
    };
    let (_, number) = MONTHS.iter().find(|(month, _)| known(month))?;
    Some((*number, end))
}

fn year(text: &[u8], start: usize) -> Option<usize> {
    let index = gap(text, start)?;
    let (year, length, end) = digits(text, index)?;
    (is_year(year, length) && !is_word(at(text, end))).then_some(end)
}
