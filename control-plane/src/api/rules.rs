//! Rules that values in bodies must keep; a refusal points at the value.

use std::{collections::BTreeMap, time::Duration};

use countersign_model::{Labels, Timestamp};

use crate::api_error::ApiError;

const MAX_NAME: usize = 63;
const MAX_TEXT: usize = 200;
const MAX_ITEMS: usize = 64;

/// A name that clients sign in with or connect to: it must fit PostgreSQL's 63 bytes and every
/// shell.
pub fn name(pointer: &str, name: &str) -> Result<(), ApiError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts_well && name.len() <= MAX_NAME && name.chars().all(allowed) {
        Ok(())
    } else {
        Err(ApiError::invalid_field(
            pointer,
            "must be 1 to 63 letters, digits, '.', '_', '-' or '@', beginning with a letter or digit",
        ))
    }
}

/// Words for people: 1 to 200 characters on one line.
pub fn line(pointer: &str, text: &str) -> Result<(), ApiError> {
    if text.trim().is_empty() || text.chars().count() > MAX_TEXT || has_control(text) {
        return Err(ApiError::invalid_field(
            pointer,
            "must be 1 to 200 characters on one line",
        ));
    }
    Ok(())
}

/// Words for people, up to `max` characters; may be empty and have line breaks.
pub fn prose(pointer: &str, text: &str, max: usize) -> Result<(), ApiError> {
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().count() > max || text.contains(control) {
        return Err(ApiError::invalid_field(
            pointer,
            format!("must have at most {max} characters and no control characters"),
        ));
    }
    Ok(())
}

/// An e-mail address, in lower case.
pub fn email(pointer: &str, text: &str) -> Result<String, ApiError> {
    let email = text.trim().to_lowercase();
    let parts = email.split_once('@');
    let whole = parts
        .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    if !whole || email.chars().count() > MAX_TEXT || email.contains(char::is_whitespace) {
        return Err(ApiError::invalid_field(
            pointer,
            "must be an e-mail address",
        ));
    }
    line(pointer, &email)?;
    Ok(email)
}

/// An address of the web, up to 500 characters.
pub fn web_address(pointer: &str, text: &str) -> Result<(), ApiError> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let whole = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    if !whole || text.len() > 500 || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(ApiError::invalid_field(
            pointer,
            "must be an address that begins with https:// or http://",
        ));
    }
    Ok(())
}

/// Groups: at most 64, each a line. `admin` is no group: policies that no group satisfies name it to
/// say that admins alone may decide.
pub fn groups(pointer: &str, groups: &[String]) -> Result<(), ApiError> {
    if groups.len() > MAX_ITEMS {
        return Err(ApiError::invalid_field(pointer, "must be at most 64"));
    }
    for (index, group) in groups.iter().enumerate() {
        let pointer = format!("{pointer}/{index}");
        line(&pointer, group)?;
        if group.eq_ignore_ascii_case("admin") {
            return Err(ApiError::invalid_field(
                &pointer,
                "\"admin\" is a role and cannot be a group",
            ));
        }
    }
    Ok(())
}

/// Labels or claims: at most 64, keys and values each a line.
pub fn labels(pointer: &str, labels: &Labels) -> Result<(), ApiError> {
    pairs(pointer, labels)
}

/// Claims: as labels.
pub fn pairs(pointer: &str, pairs: &BTreeMap<String, String>) -> Result<(), ApiError> {
    if pairs.len() > MAX_ITEMS {
        return Err(ApiError::invalid_field(pointer, "must be at most 64"));
    }
    for (key, value) in pairs {
        line(&format!("{pointer}/{key}"), key)?;
        line(&format!("{pointer}/{key}"), value)?;
    }
    Ok(())
}

/// The moment `seconds` from now, when that is within bounds.
pub fn expiry(
    seconds: u32,
    bounds: std::ops::RangeInclusive<u32>,
    now: Timestamp,
) -> Result<Timestamp, ApiError> {
    if !bounds.contains(&seconds) {
        let (from, to) = (bounds.start(), bounds.end());
        return Err(ApiError::invalid_field(
            "/ttl_seconds",
            format!("must be from {from} to {to}"),
        ));
    }
    Ok(now.after(Duration::from_secs(u64::from(seconds))))
}

fn has_control(text: &str) -> bool {
    text.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_shells_and_postgres() {
        let long = "a".repeat(64);
        let cases = [
            ("release-bot", true),
            ("a", true),
            ("alice@example.com", true),
            ("shop_production.1", true),
            ("", false),
            ("-rf", false),
            ("two words", false),
            ("Ünïcode", false),
            ("nul\0", false),
            (&long, false),
        ];
        for (text, expected) in cases {
            assert_eq!(name("/name", text).is_ok(), expected, "{text:?}");
        }
    }

    #[test]
    fn email_addresses_are_folded() {
        assert_eq!(
            email("/email", " Alice@Example.COM ").ok().as_deref(),
            Some("alice@example.com")
        );
        for text in [
            "",
            "alice",
            "@example.com",
            "alice@",
            "a b@example.com",
            "a@b@c",
        ] {
            assert!(email("/email", text).is_err(), "{text:?}");
        }
    }
}
