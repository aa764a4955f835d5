//! The style that keeps equal values equal.

use std::net::IpAddr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Characters of a pseudonym behind the entity, five bits each.
const LENGTH: usize = 10;

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The key of pseudonyms. Values are told apart and linked only under the same key.
#[derive(Clone)]
pub struct PseudonymKey([u8; 32]);

impl PseudonymKey {
    /// A new random key.
    #[must_use]
    pub fn generate() -> Self {
        Self(rand::random())
    }

    /// A key that was kept. It must be secret and random.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PseudonymKey(..)")
    }
}

/// The pseudonym of a value; a pseudonym stays what it is.
pub(super) fn pseudonym(entity: &str, value: &str, key: &PseudonymKey) -> String {
    if is_pseudonym(entity, value) {
        return value.to_owned();
    }
    // HMAC takes a key of any length, so this cannot fail; if it did, nothing of the value may show.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key.0) else {
        return format!("[{}]", super::label(entity));
    };
    mac.update(entity.as_bytes());
    mac.update(&[0]);
    mac.update(normal(entity, value).as_bytes());
    let tag = mac.finalize().into_bytes();
    let number = tag
        .iter()
        .take(8)
        .fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    let characters = (0..LENGTH).map(|index| {
        let five = (number >> (59 - 5 * index) & 31) as usize;
        ALPHABET.get(five).map_or('0', |byte| char::from(*byte))
    });
    let mut name = format!("{}_", super::label(entity));
    name.extend(characters);
    name
}

fn is_pseudonym(entity: &str, value: &str) -> bool {
    let tail = value
        .strip_prefix(super::label(entity))
        .and_then(|rest| rest.strip_prefix('_'));
    tail.is_some_and(|tail| {
        tail.len() == LENGTH && tail.bytes().all(|byte| ALPHABET.contains(&byte))
    })
}

/// The value without what does not change its meaning.
fn normal(entity: &str, value: &str) -> String {
    let kept = |class: fn(&char) -> bool| value.chars().filter(class).collect::<String>();
    match entity {
        "EMAIL_ADDRESS" => value.trim().to_lowercase(),
        "CREDIT_CARD" | "PHONE_NUMBER" => kept(char::is_ascii_digit),
        "IP_ADDRESS" => value.parse::<IpAddr>().map_or_else(
            |_| value.to_lowercase(),
            |address| address.to_canonical().to_string(),
        ),
        "MAC_ADDRESS" => kept(char::is_ascii_hexdigit).to_lowercase(),
        "IBAN_CODE" => kept(char::is_ascii_alphanumeric).to_uppercase(),
        "DATE_OF_BIRTH" | "CRYPTO_ADDRESS" => value.to_owned(),
        _ if is_identifier(entity) => kept(char::is_ascii_alphanumeric).to_uppercase(),
        _ => value.to_owned(),
    }
}

/// Whether an entity is a national identifier, named after its country.
fn is_identifier(entity: &str) -> bool {
    entity.as_bytes().get(2) == Some(&b'_')
        && crate::detect::is_entity(entity)
        && !matches!(entity, "DO_TOKEN" | "HF_TOKEN")
}

#[cfg(test)]
mod tests {
    use super::{PseudonymKey, pseudonym};

    #[test]
    fn equal_values_stay_equal_and_others_differ() {
        let key = PseudonymKey::from_bytes([7; 32]);
        let of = |entity, value| pseudonym(entity, value, &key);
        assert_eq!(
            of("EMAIL_ADDRESS", "Jane@Example.com"),
            of("EMAIL_ADDRESS", "jane@example.com")
        );
        assert_eq!(
            of("CREDIT_CARD", "4111 1111 1111 1111"),
            of("CREDIT_CARD", "4111-1111-1111-1111")
        );
        assert_eq!(
            of("IP_ADDRESS", "2001:DB8::1"),
            of("IP_ADDRESS", "2001:db8:0:0:0:0:0:1")
        );
        assert_eq!(of("UK_NINO", "ab 12 34 56 c"), of("UK_NINO", "AB123456C"));
        assert_ne!(
            of("EMAIL_ADDRESS", "jane@example.com"),
            of("EMAIL_ADDRESS", "june@example.com")
        );
        assert_ne!(of("COLUMN", "Jane"), of("COLUMN", "jane"));
        let other = PseudonymKey::from_bytes([8; 32]);
        assert_ne!(of("COLUMN", "Jane"), pseudonym("COLUMN", "Jane", &other));
    }

    #[test]
    fn a_pseudonym_is_stable_and_readable() {
        let key = PseudonymKey::from_bytes([7; 32]);
        let first = pseudonym("EMAIL_ADDRESS", "jane@example.com", &key);
        assert!(
            first.starts_with("EMAIL_ADDRESS_") && first.len() == 24,
            "{first}"
        );
        assert_eq!(pseudonym("EMAIL_ADDRESS", &first, &key), first);
        assert!(pseudonym("COLUMN", "x", &key).starts_with("MASKED_"));
        assert!(!format!("{key:?}").contains('7'));
    }
}
