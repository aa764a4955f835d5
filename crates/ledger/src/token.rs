//! What an edge shows with each request: a compact JWS (RFC 7515) signed with the edge's key. One
//! algorithm, one audience, one minute.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use countersign_model::{EdgeId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::keys::{SigningKey, VerifyingKey};

/// Whom the tokens are for.
pub const AUDIENCE: &str = "countersign-control-plane";

/// Seconds a token lives.
pub const LIFETIME_SECONDS: i64 = 60;

/// Seconds by which the clocks of edge and control plane may differ.
pub const SKEW_SECONDS: i64 = 30;

/// Longer texts are no tokens of ours.
const MAX_BYTES: usize = 1024;

/// The only header: the algorithm is pinned by comparing the whole of it.
const HEADER: &str = r#"{"alg":"EdDSA","typ":"JWT"}"#;

/// What a token says. Times are seconds since the Unix epoch (RFC 7519 `NumericDate`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeClaims {
    /// The edge.
    pub sub: EdgeId,
    /// [`AUDIENCE`].
    pub aud: String,
    /// When it was made.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
}

/// A token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a compact JWS with the one header and the claims we know.
    #[error("the token is malformed")]
    Malformed,
    /// Not signed with the edge's key.
    #[error("the token's signature is not by the edge it names")]
    BadSignature,
    /// Made for somebody else.
    #[error("the token is for another audience")]
    WrongAudience,
    /// It has ended, beyond what the clocks may differ by.
    #[error("the token has expired")]
    Expired,
    /// It begins in the future, or lives longer than tokens do.
    #[error("the token's times make no sense")]
    BadTimes,
}

/// A fresh token of the edge that holds `key`.
#[must_use]
pub fn mint_edge_token(key: &SigningKey, edge_id: EdgeId, now: Timestamp) -> String {
    let iat = now.as_millis() / 1000;
    let exp = iat + LIFETIME_SECONDS;
    // Written by hand because it cannot fail that way; the claims need no escaping.
    let claims = format!(r#"{{"sub":"{edge_id}","aud":"{AUDIENCE}","iat":{iat},"exp":{exp}}}"#);
    let mut token = format!("{}.{}", BASE64URL.encode(HEADER), BASE64URL.encode(claims));
    let signature = key.sign(token.as_bytes());
    token.push('.');
    BASE64URL.encode_string(signature, &mut token);
    token
}

/// The edge a token claims to be of, before its signature is verified: to look up the key with
/// which to verify it, and for nothing else.
///
/// # Errors
/// `Malformed`.
pub fn peek_edge_id(token: &str) -> Result<EdgeId, TokenError> {
    Ok(parse(token)?.claims.sub)
}

/// The claims of a token that `key` signed and that holds at `now`.
///
/// # Errors
/// When it does not.
pub fn verify_edge_token(
    key: &VerifyingKey,
    token: &str,
    now: Timestamp,
) -> Result<EdgeClaims, TokenError> {
    let Parsed {
        signed,
        claims,
        signature,
    } = parse(token)?;
    if !key.accepts(signed.as_bytes(), &signature) {
        return Err(TokenError::BadSignature);
    }
    if claims.aud != AUDIENCE {
        return Err(TokenError::WrongAudience);
    }
    let now = now.as_millis() / 1000;
    let lifetime = claims.exp.checked_sub(claims.iat);
    if !lifetime.is_some_and(|seconds| (1..=LIFETIME_SECONDS).contains(&seconds))
        || claims.iat > now.saturating_add(SKEW_SECONDS)
    {
        return Err(TokenError::BadTimes);
    }
    if claims.exp.saturating_add(SKEW_SECONDS) <= now {
        return Err(TokenError::Expired);
    }
    Ok(claims)
}

struct Parsed<'a> {
    signed: &'a str,
    claims: EdgeClaims,
    signature: Vec<u8>,
}

fn parse(token: &str) -> Result<Parsed<'_>, TokenError> {
    let malformed = TokenError::Malformed;
    if token.len() > MAX_BYTES {
        return Err(malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(malformed)?;
    let decode = |part: &str| BASE64URL.decode(part).map_err(|_| malformed);
    if decode(header)? != HEADER.as_bytes() {
        return Err(malformed);
    }
    Ok(Parsed {
        signed,
        claims: serde_json::from_slice(&decode(claims)?).map_err(|_| malformed)?,
        signature: decode(signature)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_356_131_250);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(NOW.as_millis() + seconds * 1000)
    }

    fn signed(key: &SigningKey, header: &str, claims: &str) -> String {
        let token = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(claims));
        let signature = BASE64URL.encode(key.sign(token.as_bytes()));
        format!("{token}.{signature}")
    }

    #[test]
    fn a_token_holds_for_a_minute_and_the_skew() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let edge = EdgeId::new();
        let token = mint_edge_token(&key, edge, NOW);
        assert_eq!(peek_edge_id(&token), Ok(edge));
        let cases = [
            (-31, Err(TokenError::BadTimes)),
            (-30, Ok(edge)),
            (0, Ok(edge)),
            (89, Ok(edge)),
            (90, Err(TokenError::Expired)),
            (i64::from(u32::MAX), Err(TokenError::Expired)),
        ];
        for (seconds, expected) in cases {
            let verified = verify_edge_token(&key.verifying_key(), &token, at(seconds));
            assert_eq!(verified.map(|claims| claims.sub), expected, "{seconds} s");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let other = SigningKey::from_bytes(&[8; 32]);
        let edge = EdgeId::new();
        let iat = NOW.as_millis() / 1000;
        let claims = |aud: &str, iat: i64, exp: i64| {
            format!(r#"{{"sub":"{edge}","aud":"{aud}","iat":{iat},"exp":{exp}}}"#)
        };
        let good = claims(AUDIENCE, iat, iat + 60);
        let token = mint_edge_token(&key, edge, NOW);
        assert_eq!(
            token,
            signed(&key, HEADER, &good),
            "written as serde reads it"
        );
        let (body, signature) = token.rsplit_once('.').expect("three parts");
        let none = BASE64URL.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let cases = [
            (
                "another key",
                mint_edge_token(&other, edge, NOW),
                TokenError::BadSignature,
            ),
            ("no signature", format!("{body}."), TokenError::BadSignature),
            (
                "alg none",
                format!("{none}.{}.", BASE64URL.encode(&good)),
                TokenError::Malformed,
            ),
            (
                "another alg",
                signed(&key, r#"{"alg":"HS256","typ":"JWT"}"#, &good),
                TokenError::Malformed,
            ),
            (
                "another header",
                signed(&key, r#"{"typ":"JWT","alg":"EdDSA"}"#, &good),
                TokenError::Malformed,
            ),
            (
                "an unknown claim",
                signed(&key, HEADER, &good.replace('{', r#"{"admin":true,"#)),
                TokenError::Malformed,
            ),
            (
                "another audience",
                signed(&key, HEADER, &claims("x", iat, iat + 60)),
                TokenError::WrongAudience,
            ),
            (
                "lives too long",
                signed(&key, HEADER, &claims(AUDIENCE, iat, iat + 61)),
                TokenError::BadTimes,
            ),
            (
                "ends before it begins",
                signed(&key, HEADER, &claims(AUDIENCE, iat, iat)),
                TokenError::BadTimes,
            ),
            (
                "overflows",
                signed(&key, HEADER, &claims(AUDIENCE, i64::MIN, i64::MAX)),
                TokenError::BadTimes,
            ),
            (
                "padded",
                format!("{body}.{signature}=="),
                TokenError::Malformed,
            ),
            ("two parts", body.to_owned(), TokenError::Malformed),
            (
                "four parts",
                format!("{token}.{signature}"),
                TokenError::Malformed,
            ),
            ("empty", String::new(), TokenError::Malformed),
            ("too long", "a".repeat(MAX_BYTES + 1), TokenError::Malformed),
        ];
        for (name, token, expected) in cases {
            let verified = verify_edge_token(&key.verifying_key(), &token, NOW);
            assert_eq!(verified, Err(expected), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_changed_character_is_accepted(index in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
            let key = SigningKey::from_bytes(&[7; 32]);
            let token = mint_edge_token(&key, EdgeId::new(), NOW);
            let at = index.index(token.len());
            let mut changed = token.clone();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != token);
            prop_assert!(verify_edge_token(&key.verifying_key(), &changed, NOW).is_err());
        }

        #[test]
        fn no_text_panics(text in ".{0,200}") {
            let key = SigningKey::from_bytes(&[7; 32]);
            prop_assert!(verify_edge_token(&key.verifying_key(), &text, NOW).is_err());
            prop_assert!(peek_edge_id(&text).is_err());
        }
    }
}
