//! The single-use token with which an edge enrolls. It also carries the control plane's key, so
//! that the edge knows from its first request on whom it may believe.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use sha2::{Digest as _, Sha256};

use crate::keys::{KeyError, VerifyingKey, random_bytes};

/// What every join token begins with, so that secret scanners find lost ones.
pub const PREFIX: &str = "csj_";

/// The text is not a join token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a join token: expected csj_ and 86 more characters")]
pub struct ParseJoinTokenError;

/// A join token. Its `Debug` shows the public half alone; [`JoinToken::encode`] gives the text.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinToken {
    /// 256 random bits; the control plane keeps their hash.
    pub secret: [u8; 32],
    /// The control plane's key, which the edge pins.
    pub control_plane_key: VerifyingKey,
}

impl JoinToken {
    /// A new token for edges of the control plane with this key.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate(control_plane_key: VerifyingKey) -> Result<Self, KeyError> {
        Ok(Self {
            secret: random_bytes()?,
            control_plane_key,
        })
    }

    /// The text to hand to the edge's operator: `csj_` and base64url of key and secret.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&self.control_plane_key.to_bytes());
        bytes[32..].copy_from_slice(&self.secret);
        format!("{PREFIX}{}", BASE64URL.encode(bytes))
    }

    /// SHA-256 of the token's text in lower-case hex: what the control plane stores.
    #[must_use]
    pub fn sha256(&self) -> String {
        hex::encode(Sha256::digest(self.encode()))
    }
}

impl FromStr for JoinToken {
    type Err = ParseJoinTokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let encoded = text
            .trim()
            .strip_prefix(PREFIX)
            .ok_or(ParseJoinTokenError)?;
        let bytes = BASE64URL.decode(encoded).map_err(|_| ParseJoinTokenError)?;
        let (key, secret) = bytes.split_first_chunk().ok_or(ParseJoinTokenError)?;
        Ok(Self {
            secret: secret.try_into().map_err(|_| ParseJoinTokenError)?,
            control_plane_key: VerifyingKey::from_bytes(key).map_err(|_| ParseJoinTokenError)?,
        })
    }
}

impl fmt::Debug for JoinToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinToken")
            .field("control_plane_key", &self.control_plane_key)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SigningKey;

    #[test]
    fn round_trips_and_keeps_its_secret() {
        let key = SigningKey::from_bytes(&[7; 32]).verifying_key();
        let token = JoinToken::generate(key).expect("token");
        let text = token.encode();
        assert_eq!(text.len(), 4 + 86);
        assert_eq!(text.parse(), Ok(token.clone()));
        assert_eq!(
            format!(" {text}\n").parse(),
            Ok(token.clone()),
            "pasted with blanks"
        );
        assert_eq!(token.sha256().len(), 64);
        assert!(!format!("{token:?}").contains(&BASE64URL.encode(token.secret)));
    }

    #[test]
    fn other_texts_are_refused() {
        let key = SigningKey::from_bytes(&[7; 32]).verifying_key();
        let text = JoinToken::generate(key).expect("token").encode();
        let zero_key = format!("{PREFIX}{}", BASE64URL.encode([0; 64]));
        let cases = [
            ("empty", ""),
            ("no prefix", &text[4..]),
            ("another prefix", &text.replace("csj_", "csp_")),
            ("cut", &text[..text.len() - 2]),
            ("longer", &format!("{text}AAAA")),
            ("a weak key", &zero_key),
        ];
        for (name, text) in cases {
            assert_eq!(
                text.parse::<JoinToken>(),
                Err(ParseJoinTokenError),
                "{name}"
            );
        }
    }
}
