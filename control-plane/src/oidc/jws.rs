//! Compact JWS, as far as a logout token needs it; signatures are checked with the provider's keys.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    JsonWebKey as _, JsonWebKeyAlgorithm,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::id_token::ALGORITHMS;

/// Why a token's signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwsError {
    /// It is no compact JWS, or signed with what is not accepted.
    Malformed,
    /// The provider publishes no such key.
    UnknownKey,
    /// The signature is wrong.
    Forged,
}

/// What the header says, and no more than that.
#[derive(Debug, Deserialize)]
pub struct Header {
    /// The algorithm.
    pub alg: CoreJwsSigningAlgorithm,
    /// The key.
    pub kid: Option<String>,
    /// What kind of token it is.
    pub typ: Option<String>,
    /// Extensions that must be understood, of which none is.
    pub crit: Option<Value>,
}

/// Claims, whoever wrote them.
pub fn payload(token: &str) -> Option<Map<String, Value>> {
    let payload = token.split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Header and claims of a token that one of the keys signed.
pub fn verify(
    token: &str,
    keys: &[CoreJsonWebKey],
) -> Result<(Header, Map<String, Value>), JwsError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
    let (header, body) = signed.split_once('.').ok_or(JwsError::Malformed)?;
    let decode = |text: &str| {
        URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| JwsError::Malformed)
    };
    let header: Header =
        serde_json::from_slice(&decode(header)?).map_err(|_| JwsError::Malformed)?;
    if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
        return Err(JwsError::Malformed);
    }
    let signature = decode(signature)?;
    let mut fitting = keys.iter().filter(|key| fits(key, &header)).peekable();
    if fitting.peek().is_none() {
        return Err(JwsError::UnknownKey);
    }
    let holds = |key: &CoreJsonWebKey| {
        key.verify_signature(&header.alg, signed.as_bytes(), &signature)
            .is_ok()
    };
    if !fitting.any(holds) {
        return Err(JwsError::Forged);
    }
    let claims = serde_json::from_slice(&decode(body)?).map_err(|_| JwsError::Malformed)?;
    Ok((header, claims))
}

fn fits(key: &CoreJsonWebKey, header: &Header) -> bool {
    let named = match (&header.kid, key.key_id()) {
        (Some(kid), Some(id)) => kid == id.as_str(),
        (Some(_), None) => false,
        (None, _) => true,
    };
    let for_it = match key.signing_alg() {
        JsonWebKeyAlgorithm::Algorithm(algorithm) => *algorithm == header.alg,
        JsonWebKeyAlgorithm::Unspecified => true,
        JsonWebKeyAlgorithm::Unsupported => false,
    };
    named && for_it
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_signed_token_is_malformed() {
        let part = |value: &str| URL_SAFE_NO_PAD.encode(value);
        let claims = part("{}");
        let with = |header: &str| format!("{}.{claims}.{}", part(header), part("x"));
        let cases = [
            ("nothing", String::new(), JwsError::Malformed),
            (
                "two parts",
                format!("{claims}.{claims}"),
                JwsError::Malformed,
            ),
            ("no JSON", with("alg"), JwsError::Malformed),
            ("not signed", with(r#"{"alg":"none"}"#), JwsError::Malformed),
            (
                "a shared secret",
                with(r#"{"alg":"HS256"}"#),
                JwsError::Malformed,
            ),
            (
                "an extension",
                with(r#"{"alg":"RS256","crit":["b64"]}"#),
                JwsError::Malformed,
            ),
            ("no key", with(r#"{"alg":"RS256"}"#), JwsError::UnknownKey),
        ];
        for (name, token, expected) in cases {
            assert_eq!(verify(&token, &[]).err(), Some(expected), "{name}");
        }
    }
}
