//! Credentials of principals that need no database to be checked: compact JWS (RFC 7515) with the
//! claims of a JWT access token (RFC 9068). One algorithm; the header is compared, not interpreted.
//!
//! The control plane [mints](mint), edges check against the [`CredentialTrust`] of their bundle.

mod trust;

#[cfg(test)]
mod tests;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use countersign_model::{CredentialId, GrantId, PrincipalId};
use serde::{Deserialize, Serialize};

use crate::{jwk, keys::SigningKey};

pub use trust::{CredentialTrust, Verified};

/// What every credential begins with: the start of a JSON object in base64url. No opaque secret
/// begins so.
pub const PREFIX: &str = "eyJ";

/// Longer texts are no credentials of ours. PostgreSQL's clients can send no more.
pub const MAX_BYTES: usize = 4000;

/// The most targets that one credential names.
pub const MAX_AUDIENCES: usize = 33;

/// The longest that a credential lives.
pub const MAX_LIFETIME_SECONDS: i64 = 12 * 60 * 60;

/// Seconds by which the clock that issued may be ahead of the one that checks.
pub const SKEW_SECONDS: i64 = 120;

/// What a credential says. Times are seconds since the Unix epoch (RFC 7519 `NumericDate`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialClaims {
    /// The control plane's URL.
    pub iss: String,
    /// The human for whom the acting principal acts, or the acting principal itself.
    pub sub: PrincipalId,
    /// Who acts for `sub` (RFC 8693, 4.1), where it is not `sub` itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
    /// Who acts, always (RFC 9068 asks for it).
    pub client_id: PrincipalId,
    /// For what it is: ids of targets, and the control plane's URL where it is for the API.
    pub aud: Vec<String>,
    /// Which credential.
    pub jti: CredentialId,
    /// When it was made.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// The grant it is bound to, where it is to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// Whether it opens one session and no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once: bool,
}

/// Who acts for the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The principal.
    pub sub: PrincipalId,
}

impl CredentialClaims {
    /// The human for whom the acting principal acts, where it acts for one.
    #[must_use]
    pub fn human(&self) -> Option<PrincipalId> {
        self.act.map(|_| self.sub)
    }

    /// Whether it names this audience.
    #[must_use]
    pub fn is_for(&self, audience: &str) -> bool {
        self.aud.iter().any(|named| named == audience)
    }

    /// Whether the claims fit together: who acts is said the same way twice, nobody acts for
    /// themselves, it is for something, and its times are those of a credential.
    fn is_sound(&self) -> bool {
        let actor = self.act.map_or(self.sub, |act| act.sub);
        let lifetime = self.exp.checked_sub(self.iat);
        actor == self.client_id
            && self.act.is_none_or(|act| act.sub != self.sub)
            && (1..=MAX_AUDIENCES).contains(&self.aud.len())
            && lifetime.is_some_and(|seconds| (1..=MAX_LIFETIME_SECONDS).contains(&seconds))
    }
}

/// A credential is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Not a compact JWS with the one header and the claims we know.
    #[error("the credential is malformed")]
    Malformed,
    /// Its header names another algorithm, or none.
    #[error("the credential is not signed with EdDSA")]
    WrongAlgorithm,
    /// Its header names a key that is not, or no longer, trusted.
    #[error("the credential names a key that is not trusted")]
    UnknownKey,
    /// Not signed with the key it names.
    #[error("the credential's signature is not by the key it names")]
    BadSignature,
    /// By another control plane.
    #[error("the credential is by another issuer")]
    WrongIssuer,
    /// For something else.
    #[error("the credential is for another audience")]
    WrongAudience,
    /// It has ended.
    #[error("the credential has expired")]
    Expired,
    /// It begins in the future.
    #[error("the credential is not valid yet")]
    NotYet,
    /// It was taken back.
    #[error("the credential was revoked")]
    Revoked,
}

impl CredentialError {
    /// Its stable name, as journals have it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed_credential",
            Self::WrongAlgorithm => "wrong_algorithm",
            Self::UnknownKey => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongAudience => "wrong_audience",
            Self::Expired => "expired_credential",
            Self::NotYet => "credential_not_yet_valid",
            Self::Revoked => "revoked_credential",
        }
    }
}

/// Claims cannot be made a credential.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// They contradict themselves, or are beyond what a credential may say.
    #[error("the claims are not those of a credential")]
    Unsound,
    /// They name more than fits.
    #[error("the credential would be longer than {MAX_BYTES} bytes")]
    TooLong,
    /// They cannot be written.
    #[error("the claims cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// The credential that says this.
///
/// # Errors
/// When the claims contradict themselves or do not fit.
pub fn mint(key: &SigningKey, claims: &CredentialClaims) -> Result<String, MintError> {
    if !claims.is_sound() {
        return Err(MintError::Unsound);
    }
    let header = header(&jwk::thumbprint(&key.verifying_key()));
    let claims = serde_json::to_string(claims)?;
    let mut text = BASE64URL.encode(header);
    text.push('.');
    BASE64URL.encode_string(claims, &mut text);
    let signature = key.sign(text.as_bytes());
    text.push('.');
    BASE64URL.encode_string(signature, &mut text);
    if text.len() > MAX_BYTES {
        return Err(MintError::TooLong);
    }
    Ok(text)
}

/// The only header, but for the key's name.
fn header(kid: &str) -> String {
    format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"at+jwt"}}"#)
}
