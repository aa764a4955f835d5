//! Ed25519 keys as JSON Web Keys (RFC 8037), for whoever checks signatures with common tools.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::keys::{KeyError, VerifyingKey};

/// A public Ed25519 key as a JWK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// The key, base64url.
    pub x: String,
    /// What signatures name it by: its thumbprint.
    pub kid: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// `EdDSA`.
    pub alg: String,
}

/// A set of keys (RFC 7517, 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwkSet {
    /// The keys.
    pub keys: Vec<Jwk>,
}

impl From<&VerifyingKey> for Jwk {
    fn from(key: &VerifyingKey) -> Self {
        Self {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            x: BASE64URL.encode(key.to_bytes()),
            kid: thumbprint(key),
            usage: "sig".to_owned(),
            alg: "EdDSA".to_owned(),
        }
    }
}

impl Jwk {
    /// The key itself.
    ///
    /// # Errors
    /// When it is no Ed25519 key.
    pub fn key(&self) -> Result<VerifyingKey, KeyError> {
        let bytes = BASE64URL.decode(&self.x).ok();
        match bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
            Some(bytes) if self.kty == "OKP" && self.crv == "Ed25519" => {
                VerifyingKey::from_bytes(&bytes)
            }
            _ => Err(KeyError::NotAPublicKey),
        }
    }
}

/// The key's thumbprint (RFC 7638): SHA-256 over its required members, base64url.
#[must_use]
pub fn thumbprint(key: &VerifyingKey) -> String {
    let x = BASE64URL.encode(key.to_bytes());
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    BASE64URL.encode(Sha256::digest(members))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037, appendix A.
    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn published() -> VerifyingKey {
        let bytes = BASE64URL.decode(X).expect("base64url");
        VerifyingKey::from_bytes(&bytes.try_into().expect("32 bytes")).expect("a key")
    }

    #[test]
    fn the_thumbprint_is_the_one_that_was_published() {
        assert_eq!(
            thumbprint(&published()),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn a_key_goes_there_and_back() {
        let jwk = Jwk::from(&published());
        assert_eq!(jwk.x, X);
        assert_eq!(jwk.key().expect("a key"), published());
        let cases = [
            ("another curve", "Ed448", X),
            ("no key", "Ed25519", "AAAA"),
            ("no base64url", "Ed25519", "?"),
        ];
        for (name, crv, x) in cases {
            let jwk = Jwk {
                crv: crv.to_owned(),
                x: x.to_owned(),
                ..Jwk::from(&published())
            };
            assert!(jwk.key().is_err(), "{name}");
        }
    }
}
