//! Masks inside JSON text, so that it stays JSON: strings and numbers one by one, everything between
//! them untouched.

use std::borrow::Cow;

use super::MASKED;

/// Masks every string and number by `mask`, which is given the key it stands under. `None` where the
/// text is no JSON.
pub(super) fn mask_json<'a>(
    text: &'a str,
    mask: &mut dyn FnMut(&str, &str) -> Option<Option<String>>,
) -> Option<Cow<'a, str>> {
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    let mut key = String::new();
    while let Some(byte) = text.as_bytes().get(at) {
        let end = match byte {
            b'"' => string_end(text, at)?,
            b'-' | b'0'..=b'9' => number_end(text, at),
            _ => {
                at += 1;
                continue;
            }
        };
        let literal = text.get(at..end)?;
        let is_key = *byte == b'"' && text.get(end..)?.trim_start().starts_with(':');
        let plain: Cow<'_, str> = if *byte == b'"' {
            Cow::Owned(serde_json::from_str::<String>(literal).ok()?)
        } else {
            Cow::Borrowed(literal)
        };
        let masked = mask(if is_key { "" } else { &key }, &plain);
        if is_key {
            key = plain.into_owned();
        }
        if let Some(masked) = masked {
            out.push_str(text.get(copied..at)?);
            match masked {
                Some(words) => out.push_str(&serde_json::to_string(&words).ok()?),
                None if is_key => out.push_str(&serde_json::to_string(MASKED).ok()?),
                None => out.push_str("null"),
            }
            copied = end;
        }
        at = end;
    }
    if copied == 0 {
        return Some(Cow::Borrowed(text));
    }
    out.push_str(text.get(copied..)?);
    Some(Cow::Owned(out))
}

/// Behind the closing quote of the string that begins at `start`.
fn string_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

fn number_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let length = rest
        .bytes()
        .take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
        .count();
    start + length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hide(text: &str, secret: &str) -> Option<String> {
        mask_json(text, &mut |_, value| {
            value
                .contains(secret)
                .then(|| Some(value.replace(secret, "[X]")))
        })
        .map(Cow::into_owned)
    }

    #[test]
    fn strings_and_numbers_are_masked_in_place() {
        assert_eq!(
            hide(r#"{"a": "x 42 y", "b":[42, 7], "c":"\"42\\"}"#, "42").as_deref(),
            Some(r#"{"a": "x [X] y", "b":["[X]", 7], "c":"\"[X]\\"}"#)
        );
        assert_eq!(hide(r#"{"a":1}"#, "42").as_deref(), Some(r#"{"a":1}"#));
        assert_eq!(
            hide(r#"{"\u0034\u0032":1}"#, "42").as_deref(),
            Some(r#"{"[X]":1}"#)
        );
        assert_eq!(hide("\"open", "42"), None);
        assert_eq!(hide("\"open\\", "42"), None);
    }

    #[test]
    fn values_come_with_their_key() {
        let mut seen = Vec::new();
        mask_json(r#"{"ssn": 123, "n": {"m": "v"}}"#, &mut |key, value| {
            seen.push(format!("{key}={value}"));
            None
        });
        assert_eq!(seen, ["=ssn", "ssn=123", "=n", "=m", "m=v"]);
    }
}
