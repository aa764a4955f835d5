//! Tokens of other issuers and assertions of principals: compact JWS, checked with `ring`. The key
//! decides the algorithm, the header only has to agree: a token cannot choose how it is checked.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use countersign_model::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::jwk::PublicKey;

/// Longer texts are no tokens: a workload's is a few kilobytes at most.
const MAX_BYTES: usize = 16 * 1024;

/// Seconds by which other issuers' clocks may differ from ours.
const SKEW_SECONDS: i64 = 60;

/// A token is not accepted. Says why to logs and audit, not to who showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not a compact JWS with a JSON object in it.
    #[error("malformed")]
    Malformed,
    /// An algorithm that is not supported, or not the key's.
    #[error("wrong_algorithm")]
    WrongAlgorithm,
    /// Nobody has the key that it names.
    #[error("unknown_key")]
    UnknownKey,
    /// Not signed with the key it names.
    #[error("bad_signature")]
    BadSignature,
    /// By another issuer.
    #[error("wrong_issuer")]
    WrongIssuer,
    /// For somebody else.
    #[error("wrong_audience")]
    WrongAudience,
    /// It has ended, or never says when it will.
    #[error("expired")]
    Expired,
    /// It begins in the future.
    #[error("not_yet")]
    NotYet,
}

/// Headers that are read; `crit` must be absent, since nothing it could name is understood.
#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// A token that was not checked: to find out whose key to check it with, and for nothing else.
#[derive(Debug)]
pub struct Unchecked<'a> {
    signed: &'a str,
    header: Header,
    claims: Claims,
    signature: Vec<u8>,
}

/// What a token claims.
#[derive(Debug, Clone)]
pub struct Claims(Map<String, Value>);

impl<'a> Unchecked<'a> {
    /// Reads a token.
    pub fn parse(text: &'a str) -> Result<Self, JwsError> {
        let malformed = JwsError::Malformed;
        if text.len() > MAX_BYTES {
            return Err(malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(malformed)?;
        let decode = |part: &str| BASE64URL.decode(part).map_err(|_| malformed);
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| malformed)?;
        if header.crit.is_some() {
            return Err(malformed);
        }
        let claims = serde_json::from_slice(&decode(claims)?).map_err(|_| malformed)?;
        Ok(Self {
            signed,
            header,
            claims: Claims(claims),
            signature: decode(signature)?,
        })
    }

    /// The issuer it names, to look its keys up.
    pub fn issuer(&self) -> Option<&str> {
        self.claims.text("iss")
    }

    /// The subject it names, to look its keys up.
    pub fn subject(&self) -> Option<&str> {
        self.claims.text("sub")
    }

    /// The key it names.
    pub fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// Whether some key could check it at all.
    pub fn algorithm(&self) -> Result<&str, JwsError> {
        match self.header.alg.as_str() {
            alg @ ("RS256" | "ES256" | "EdDSA") => Ok(alg),
            _ => Err(JwsError::WrongAlgorithm),
        }
    }

    /// What it claims, when this key signed it, and its times hold at `now`.
    pub fn check(self, key: &PublicKey, now: Timestamp) -> Result<Claims, JwsError> {
        if self.algorithm()? != key.algorithm() {
            return Err(JwsError::WrongAlgorithm);
        }
        if !key.accepts(self.signed.as_bytes(), &self.signature) {
            return Err(JwsError::BadSignature);
        }
        self.claims.hold_at(now)?;
        Ok(self.claims)
    }
}

impl Claims {
    /// The claims of a JSON object, for a test.
    #[cfg(test)]
    pub fn new(value: &Value) -> Self {
        Self(value.as_object().cloned().unwrap_or_default())
    }

    /// A claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A claim that is a time in seconds; fractions are cut.
    pub fn seconds(&self, name: &str) -> Option<i64> {
        let value = self.0.get(name)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "saturates, and is compared alone"
        )]
        value
            .as_i64()
            .or_else(|| value.as_f64().map(|seconds| seconds as i64))
    }

    /// Whether it is for one of these: `aud` may be one text or a list.
    pub fn is_for(&self, audiences: &[&str]) -> bool {
        let fits = |value: &Value| value.as_str().is_some_and(|text| audiences.contains(&text));
        match self.0.get("aud") {
            Some(Value::Array(named)) => named.iter().any(fits),
            Some(named) => fits(named),
            None => false,
        }
    }

    /// A claim by its name, or, where that begins with `/`, by its JSON pointer.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let Some(pointer) = name.strip_prefix('/') else {
            return self.0.get(name);
        };
        let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
        let mut parts = pointer.split('/');
        let first = self.0.get(&unescape(parts.next()?))?;
        parts.try_fold(first, |value, part| value.get(unescape(part)))
    }

    fn hold_at(&self, now: Timestamp) -> Result<(), JwsError> {
        let now = now.as_millis().div_euclid(1000);
        let exp = self.seconds("exp").ok_or(JwsError::Expired)?;
        if exp.saturating_add(SKEW_SECONDS) <= now {
            return Err(JwsError::Expired);
        }
        let early = |name| {
            let from = self.seconds(name);
            from.is_some_and(|at| at > now.saturating_add(SKEW_SECONDS))
        };
        if early("nbf") || early("iat") {
            return Err(JwsError::NotYet);
        }
        Ok(())
    }
}
