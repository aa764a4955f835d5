//! Whose credentials are accepted, and the check.

use std::collections::{HashMap, HashSet};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use countersign_model::{CredentialId, Timestamp, TokenTrust};
use serde::Deserialize;

use super::{CredentialClaims, CredentialError, MAX_BYTES, SKEW_SECONDS, header};
use crate::keys::VerifyingKey;

/// Whose credentials are accepted, ready to check them.
#[derive(Debug, Clone, Default)]
pub struct CredentialTrust {
    issuer: String,
    keys: HashMap<String, VerifyingKey>,
    revoked: HashSet<CredentialId>,
}

/// A credential that was signed by whom it says, is in force and was not revoked. What it says is
/// told only for an audience that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    claims: CredentialClaims,
    kid: String,
}

impl Verified {
    /// What it says, when it is for this audience.
    ///
    /// # Errors
    /// `WrongAudience`.
    pub fn addressed_to(self, audience: &str) -> Result<CredentialClaims, CredentialError> {
        if self.claims.is_for(audience) {
            Ok(self.claims)
        } else {
            Err(CredentialError::WrongAudience)
        }
    }

    /// Who acts by it, to look the principal up before there is an audience to compare.
    #[must_use]
    pub const fn acting(&self) -> countersign_model::PrincipalId {
        self.claims.client_id
    }

    /// Which credential it is, to take it back.
    #[must_use]
    pub const fn id(&self) -> CredentialId {
        self.claims.jti
    }

    /// The key that signed it, by its thumbprint.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

impl From<&TokenTrust> for CredentialTrust {
    /// Keys that are none are left out: what they signed is refused.
    fn from(trust: &TokenTrust) -> Self {
        let keys = trust.keys.iter();
        Self {
            issuer: trust.issuer.clone(),
            keys: keys
                .filter_map(|key| Some((key.kid.clone(), key.key.parse().ok()?)))
                .collect(),
            revoked: trust.revoked.iter().copied().collect(),
        }
    }
}

impl CredentialTrust {
    /// The credential, when it holds at `now`.
    ///
    /// # Errors
    /// When it does not. Nothing it claims is looked at before its signature was found good.
    pub fn verify(&self, text: &str, now: Timestamp) -> Result<Verified, CredentialError> {
        let Parsed {
            signed,
            kid,
            claims,
            signature,
        } = parse(text)?;
        let key = self.keys.get(&kid).ok_or(CredentialError::UnknownKey)?;
        if !key.accepts(signed.as_bytes(), &signature) {
            return Err(CredentialError::BadSignature);
        }
        let claims: CredentialClaims =
            serde_json::from_slice(&claims).map_err(|_| CredentialError::Malformed)?;
        if claims.iss != self.issuer {
            return Err(CredentialError::WrongIssuer);
        }
        if !claims.is_sound() {
            return Err(CredentialError::Malformed);
        }
        let now = now.as_millis().div_euclid(1000);
        if claims.exp <= now {
            return Err(CredentialError::Expired);
        }
        if claims.iat > now.saturating_add(SKEW_SECONDS) {
            return Err(CredentialError::NotYet);
        }
        if self.is_revoked(claims.jti) {
            return Err(CredentialError::Revoked);
        }
        Ok(Verified { claims, kid })
    }

    /// Whether this credential was taken back.
    #[must_use]
    pub fn is_revoked(&self, id: CredentialId) -> bool {
        self.revoked.contains(&id)
    }

    /// Whether what this key signed is still accepted.
    #[must_use]
    pub fn trusts(&self, kid: &str) -> bool {
        self.keys.contains_key(kid)
    }
}

struct Parsed<'a> {
    signed: &'a str,
    kid: String,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

fn parse(text: &str) -> Result<Parsed<'_>, CredentialError> {
    let malformed = CredentialError::Malformed;
    if text.len() > MAX_BYTES {
        return Err(malformed);
    }
    let (signed, signature) = text.rsplit_once('.').ok_or(malformed)?;
    let (head, claims) = signed.split_once('.').ok_or(malformed)?;
    let decode = |part: &str| BASE64URL.decode(part).map_err(|_| malformed);
    Ok(Parsed {
        kid: kid(&decode(head)?)?,
        signed,
        claims: decode(claims)?,
        signature: decode(signature)?,
    })
}

/// The key that the header names, when it is the one header but for that name.
fn kid(head: &[u8]) -> Result<String, CredentialError> {
    /// To tell a strange algorithm from noise, in the journal; nothing else comes of it.
    #[derive(Deserialize)]
    struct Header {
        alg: String,
        #[serde(default)]
        kid: String,
    }
    let read: Header = serde_json::from_slice(head).map_err(|_| CredentialError::Malformed)?;
    if read.alg != "EdDSA" {
        return Err(CredentialError::WrongAlgorithm);
    }
    if head != header(&read.kid).as_bytes() {
        return Err(CredentialError::Malformed);
    }
    Ok(read.kid)
}
