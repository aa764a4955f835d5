//! Checking a logout token: OpenID Connect Back-Channel Logout 1.0, section 2.6.

use countersign_model::Timestamp;
use openidconnect::core::CoreJsonWebKey;
use serde_json::{Map, Value};

use super::{
    MAX_SKEW_MILLIS,
    jws::{self, Header, JwsError},
};

/// The event that a logout token tells of.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A token is told at once; this old, it was kept for another day.
const MAX_AGE_MILLIS: i64 = 10 * 60 * 1000;

/// Which sessions end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutToken {
    /// Whose.
    pub subject: Option<String>,
    /// Which of the provider's own.
    pub session: Option<String>,
    /// What the token is told from others by.
    pub jti: String,
    /// When it would be refused for its age.
    pub expires_at: Timestamp,
}

/// Why the token ends nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogoutTokenError {
    /// It is no signed token.
    #[error("it is no signed token")]
    Malformed,
    /// It names a key that the provider does not publish.
    #[error("it is signed with a key that the provider does not publish")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    Forged,
    /// It is a token for something else.
    #[error("it is a token for something else")]
    AnotherType,
    /// Another issuer's.
    #[error("it is another issuer's")]
    Issuer,
    /// For another client.
    #[error("it is for another client")]
    Audience,
    /// Too old, or of tomorrow.
    #[error("its times are more than two minutes off")]
    Time,
    /// It names nobody.
    #[error("it names neither a person nor a session")]
    Nobody,
    /// It tells of something else.
    #[error("it does not tell of a logout")]
    Event,
    /// It has a nonce: an id_token cannot end a session.
    #[error("it has a nonce")]
    Nonce,
    /// It cannot be told from others.
    #[error("it has no jti")]
    Jti,
}

impl From<JwsError> for LogoutTokenError {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::Malformed => Self::Malformed,
            JwsError::UnknownKey => Self::UnknownKey,
            JwsError::Forged => Self::Forged,
        }
    }
}

/// Checks the token and says what it ends.
pub fn check(
    token: &str,
    keys: &[CoreJsonWebKey],
    issuer: &str,
    client_id: &str,
    now: Timestamp,
) -> Result<LogoutToken, LogoutTokenError> {
    let (header, claims) = jws::verify(token, keys)?;
    check_type(&header)?;
    check_claims(&claims, issuer, client_id, now)
}

fn check_type(header: &Header) -> Result<(), LogoutTokenError> {
    let kind = header.typ.as_deref().map(str::to_ascii_lowercase);
    match kind.as_deref() {
        None | Some("jwt" | "logout+jwt" | "application/logout+jwt") => Ok(()),
        Some(_) => Err(LogoutTokenError::AnotherType),
    }
}

fn check_claims(
    claims: &Map<String, Value>,
    issuer: &str,
    client_id: &str,
    now: Timestamp,
) -> Result<LogoutToken, LogoutTokenError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(issuer) {
        return Err(LogoutTokenError::Issuer);
    }
    let for_us = match claims.get("aud") {
        Some(Value::String(one)) => one == client_id,
        Some(Value::Array(all)) => all.iter().any(|aud| aud == client_id),
        _ => false,
    };
    if !for_us {
        return Err(LogoutTokenError::Audience);
    }
    let expires_at = check_times(claims, now).ok_or(LogoutTokenError::Time)?;
    let event = claims
        .get("events")
        .and_then(|events| events.get(EVENT))
        .is_some_and(Value::is_object);
    if !event {
        return Err(LogoutTokenError::Event);
    }
    if claims.contains_key("nonce") {
        return Err(LogoutTokenError::Nonce);
    }
    let jti = text("jti").filter(|jti| !jti.is_empty());
    let (subject, session) = (text("sub"), text("sid"));
    if subject.is_none() && session.is_none() {
        return Err(LogoutTokenError::Nobody);
    }
    Ok(LogoutToken {
        subject: subject.map(str::to_owned),
        session: session.map(str::to_owned),
        jti: jti.ok_or(LogoutTokenError::Jti)?.to_owned(),
        expires_at,
    })
}

/// When the token stops being young enough; `None` when it is not.
fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Option<Timestamp> {
    let now = now.as_millis();
    let millis = |name: &str| Some(claims.get(name)?.as_i64()?.saturating_mul(1000));
    let issued = millis("iat")?;
    let latest = issued.saturating_add(MAX_AGE_MILLIS + MAX_SKEW_MILLIS);
    let latest = match millis("exp") {
        Some(expires) => latest.min(expires.saturating_add(MAX_SKEW_MILLIS)),
        None => latest,
    };
    let holds = issued <= now + MAX_SKEW_MILLIS && latest > now;
    holds.then(|| Timestamp::from_millis(latest))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    #[test]
    fn every_rule_of_the_standard_is_kept() {
        let whole = || {
            json!({
                "iss": "https://id.example.com", "aud": "countersign", "iat": NOW,
                "jti": "1", "sub": "alice", "sid": "s1", "events": {EVENT: {}},
            })
        };
        let cases: Vec<(&str, Value, Option<LogoutTokenError>)> = vec![
            ("whole", json!({}), None),
            ("sid alone", json!({"sub": null}), None),
            ("sub alone", json!({"sid": null}), None),
            ("two audiences", json!({"aud": ["x", "countersign"]}), None),
            ("two minutes early", json!({"iat": NOW + 120}), None),
            (
                "nobody",
                json!({"sub": null, "sid": null}),
                Some(LogoutTokenError::Nobody),
            ),
            (
                "issuer",
                json!({"iss": "https://evil"}),
                Some(LogoutTokenError::Issuer),
            ),
            (
                "audience",
                json!({"aud": "other"}),
                Some(LogoutTokenError::Audience),
            ),
            (
                "no event",
                json!({"events": null}),
                Some(LogoutTokenError::Event),
            ),
            (
                "another event",
                json!({"events": {"x": {}}}),
                Some(LogoutTokenError::Event),
            ),
            (
                "no object",
                json!({"events": {EVENT: true}}),
                Some(LogoutTokenError::Event),
            ),
            (
                "a nonce",
                json!({"nonce": "n"}),
                Some(LogoutTokenError::Nonce),
            ),
            ("no jti", json!({"jti": null}), Some(LogoutTokenError::Jti)),
            (
                "no time",
                json!({"iat": null}),
                Some(LogoutTokenError::Time),
            ),
            (
                "of tomorrow",
                json!({"iat": NOW + 121}),
                Some(LogoutTokenError::Time),
            ),
            (
                "old",
                json!({"iat": NOW - 720}),
                Some(LogoutTokenError::Time),
            ),
            (
                "expired",
                json!({"exp": NOW - 120}),
                Some(LogoutTokenError::Time),
            ),
        ];
        for (name, change, expected) in cases {
            let mut claims = whole();
            for (key, value) in change.as_object().unwrap() {
                let claims = claims.as_object_mut().unwrap();
                match value {
                    Value::Null => claims.remove(key),
                    value => claims.insert(key.clone(), value.clone()),
                };
            }
            let now = Timestamp::from_millis(NOW * 1000);
            let claims = claims.as_object().unwrap();
            let checked = check_claims(claims, "https://id.example.com", "countersign", now);
            assert_eq!(checked.err(), expected, "{name}");
        }
    }

    #[test]
    fn a_token_for_something_else_ends_nothing() {
        for (kind, accepted) in [
            (None, true),
            (Some("JWT"), true),
            (Some("logout+jwt"), true),
            (Some("at+jwt"), false),
        ] {
            let header: Header =
                serde_json::from_value(json!({"alg": "RS256", "typ": kind})).unwrap();
            assert_eq!(check_type(&header).is_ok(), accepted, "{kind:?}");
        }
    }
}
