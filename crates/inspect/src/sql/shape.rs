//! A cheap key under which facts may be cached: a text with its literals taken out.
//!
//! Two texts of one shape are the same tokens in the same order, but for the values of integers of
//! at most nine digits and of plain strings. The grammar does not look at those values: each is one
//! `ICONST` or `SCONST` token whatever it holds (nine digits always fit an `int4`, so none becomes a
//! float). So both texts have one parse tree but for the literals in it, or neither has any; and if
//! the walk over that tree looked at no literal's value, which [`inspect_tracking`] tells, both have
//! the same facts.
//!
//! The lexer here knows only tokens that cannot be read in two ways. For all else there is no shape:
//! comments, dollar quotes, `E''`, `U&''`, `B''`, `X''` and `N''` strings, backslashes and doubled
//! quotes, parameters, casts by `::`, fractions, anything that is not ASCII. Two strings with
//! nothing between them have none either: a line break would make them one token.
//!
//! [`inspect_tracking`]: super::inspect_tracking

/// The longest text that has a shape, in bytes.
const MAX_TEXT: usize = 8 << 10;

/// Integers with more digits may be no `int4`.
const MAX_DIGITS: usize = 9;

/// A text with a mark in place of each literal. Equal shapes mean equal facts where
/// [`inspect_tracking`](super::inspect_tracking) says that literals did not matter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shape(Box<[u8]>);

impl Shape {
    /// The shape as bytes: not SQL, a key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The shape of a text; `None` for one that holds anything out of the ordinary.
#[must_use]
pub fn shape(text: &str) -> Option<Shape> {
    let bytes = text.as_bytes();
    if bytes.len() > MAX_TEXT {
        return None;
    }
    let mut key = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    let mut after_string = false;
    while let [first, tail @ ..] = rest {
        let was_string = after_string;
        after_string = false;
        rest = match first {
            b' ' | b'\n' | b'\t' | b'\r' => {
                after_string = was_string;
                if key.last() != Some(&b' ') {
                    key.push(b' ');
                }
                tail
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => word(rest, &mut key)?,
            b'0'..=b'9' => integer(rest, &mut key)?,
            b'\'' if !was_string => {
                after_string = true;
                string(tail, &mut key)?
            }
            b'"' => quoted_name(rest, &mut key)?,
            b';' if tail.trim_ascii().is_empty() => &[],
            b'(' | b')' | b',' | b'.' | b'=' | b'<' | b'>' | b'+' | b'*' | b'%' => {
                key.push(*first);
                tail
            }
            b'-' if tail.first() != Some(&b'-') => {
                key.push(*first);
                tail
            }
            b'/' if tail.first() != Some(&b'*') => {
                key.push(*first);
                tail
            }
            _ => return None,
        };
    }
    Some(Shape(key.into_boxed_slice()))
}

/// Copies a keyword or an unquoted name. None may be glued to a quote, which would make it the
/// prefix of a special string, or hold a `$`. Of all names the grammar looks at the number behind
/// `float` alone: `float(20)` is another type than `float(30)`, and `float(60)` is an error.
fn word<'t>(text: &'t [u8], key: &mut Vec<u8>) -> Option<&'t [u8]> {
    let after = |b: &u8| !b.is_ascii_alphanumeric() && *b != b'_';
    let end = text.iter().position(after).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end)?;
    if word.eq_ignore_ascii_case(b"float") {
        return None;
    }
    key.extend_from_slice(word);
    match rest.first() {
        Some(b'\'' | b'"' | b'$' | b'&') => None,
        _ => Some(rest),
    }
}

/// Marks an integer. A fraction, an exponent or a name glued to it has no shape, and neither has
/// one that follows a dot.
fn integer<'t>(text: &'t [u8], key: &mut Vec<u8>) -> Option<&'t [u8]> {
    let end = text.iter().position(|b| !b.is_ascii_digit());
    let (digits, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
    let glued = matches!(
        rest.first(),
        Some(b'.' | b'_' | b'$' | b'\'' | b'"' | b'a'..=b'z' | b'A'..=b'Z')
    );
    if digits.len() > MAX_DIGITS || glued || key.last() == Some(&b'.') {
        return None;
    }
    key.push(MARK_INTEGER);
    Some(rest)
}

/// Marks a string whose opening quote is gone already.
fn string<'t>(text: &'t [u8], key: &mut Vec<u8>) -> Option<&'t [u8]> {
    let end = memchr::memchr(b'\'', text)?;
    let (value, rest) = text.split_at_checked(end)?;
    let rest = rest.get(1..)?;
    let plain = value.is_ascii() && memchr::memchr2(b'\\', 0, value).is_none();
    if !plain || rest.first() == Some(&b'\'') {
        return None;
    }
    key.push(MARK_STRING);
    Some(rest)
}

/// Copies a quoted name, which must be a plain one.
fn quoted_name<'t>(text: &'t [u8], key: &mut Vec<u8>) -> Option<&'t [u8]> {
    let end = memchr::memchr(b'"', text.get(1..)?)? + 2;
    let (name, rest) = text.split_at_checked(end)?;
    if end <= 2 || !name.iter().all(|b| (b' '..=b'~').contains(b)) || rest.first() == Some(&b'"') {
        return None;
    }
    key.extend_from_slice(name);
    Some(rest)
}

/// Bytes that no text with a shape holds.
const MARK_INTEGER: u8 = 1;
const MARK_STRING: u8 = 2;
