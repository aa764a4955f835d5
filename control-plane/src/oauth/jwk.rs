//! Public keys of others, from JSON Web Keys (RFC 7517): RSA, P-256 and Ed25519.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Members that only private or symmetric keys have (RFC 7518, 6).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// Why a JWK is no public key that signatures are checked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// It holds what its owner must keep.
    #[error("must be a public key: it holds private members")]
    Private,
    /// Its kind is not supported.
    #[error("must be an RSA key, an EC key on P-256 or an OKP key on Ed25519")]
    Kind,
    /// It is for encryption, or for another algorithm.
    #[error("must be for signatures by RS256, ES256 or EdDSA")]
    Use,
    /// Its numbers are not those of such a key.
    #[error("is not a whole key, or is too short: RSA keys have at least 2048 bits")]
    Broken,
}

/// A public key. Each has one algorithm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// RS256.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// ES256: the uncompressed point.
    P256(Vec<u8>),
    /// EdDSA.
    Ed25519(Vec<u8>),
}

impl PublicKey {
    /// The key that a JWK describes.
    pub fn from_jwk(jwk: &Value) -> Result<Self, JwkError> {
        if PRIVATE.iter().any(|member| jwk.get(member).is_some()) {
            return Err(JwkError::Private);
        }
        let key = match (text(jwk, "kty"), text(jwk, "crv")) {
            (Some("RSA"), _) => Self::rsa(bytes(jwk, "n")?, bytes(jwk, "e")?)?,
            (Some("EC"), Some("P-256")) => Self::p256(bytes(jwk, "x")?, bytes(jwk, "y")?)?,
            (Some("OKP"), Some("Ed25519")) => match bytes(jwk, "x")? {
                x if x.len() == 32 => Self::Ed25519(x),
                _ => return Err(JwkError::Broken),
            },
            _ => return Err(JwkError::Kind),
        };
        let other_use = text(jwk, "use").is_some_and(|usage| usage != "sig");
        let other_alg = text(jwk, "alg").is_some_and(|alg| alg != key.algorithm());
        if other_use || other_alg {
            return Err(JwkError::Use);
        }
        Ok(key)
    }

    fn rsa(n: Vec<u8>, e: Vec<u8>) -> Result<Self, JwkError> {
        // Shorter ones would be refused with each signature; here somebody is there to be told.
        let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
        if (2048..=8192).contains(&bits) && (1..=4).contains(&e.len()) {
            Ok(Self::Rsa { n, e })
        } else {
            Err(JwkError::Broken)
        }
    }

    fn p256(x: Vec<u8>, y: Vec<u8>) -> Result<Self, JwkError> {
        if x.len() != 32 || y.len() != 32 {
            return Err(JwkError::Broken);
        }
        Ok(Self::P256([&[4], x.as_slice(), y.as_slice()].concat()))
    }

    /// The one algorithm whose signatures it checks.
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RS256",
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
        }
    }

    /// Whether `signature` is this key's over `message`.
    pub fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Self::Rsa { n, e } => {
                let key = RsaPublicKeyComponents { n, e };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            Self::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
        };
        verified.is_ok()
    }

    /// The JWK with the members that make the key and no others, for keeping and showing.
    pub fn to_jwk(&self) -> Value {
        let encode = |bytes: &[u8]| BASE64URL.encode(bytes);
        match self {
            Self::Rsa { n, e } => json!({"e": encode(e), "kty": "RSA", "n": encode(n)}),
            Self::P256(point) => {
                let (x, y) = point.get(1..).unwrap_or_default().split_at(32);
                json!({"crv": "P-256", "kty": "EC", "x": encode(x), "y": encode(y)})
            }
            Self::Ed25519(x) => json!({"crv": "Ed25519", "kty": "OKP", "x": encode(x)}),
        }
    }

    /// Its thumbprint (RFC 7638). The members are in their lexicographic order already, since that
    /// is how serde_json's objects keep them.
    pub fn thumbprint(&self) -> String {
        BASE64URL.encode(Sha256::digest(self.to_jwk().to_string()))
    }
}

fn text<'a>(jwk: &'a Value, member: &str) -> Option<&'a str> {
    jwk.get(member)?.as_str()
}

fn bytes(jwk: &Value, member: &str) -> Result<Vec<u8>, JwkError> {
    let text = text(jwk, member).ok_or(JwkError::Broken)?;
    BASE64URL.decode(text).map_err(|_| JwkError::Broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7638, 3.1.
    const RSA: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    const OKP: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    #[test]
    fn thumbprints_are_the_ones_that_were_published() {
        let cases = [
            (
                json!({"kty": "RSA", "n": RSA, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}),
                "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
            ),
            (
                json!({"kty": "OKP", "crv": "Ed25519", "x": OKP}),
                "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
            ),
        ];
        for (jwk, expected) in cases {
            let key = PublicKey::from_jwk(&jwk).expect("a key");
            assert_eq!(key.thumbprint(), expected);
            assert_eq!(PublicKey::from_jwk(&key.to_jwk()), Ok(key));
        }
    }

    #[test]
    fn only_whole_public_signature_keys_are_taken() {
        let short = BASE64URL.encode([0xff; 128]);
        let cases = [
            (
                json!({"kty": "OKP", "crv": "Ed25519", "x": OKP, "d": OKP}),
                JwkError::Private,
            ),
            (json!({"kty": "oct", "k": "AAAA"}), JwkError::Private),
            (json!({"kty": "oct"}), JwkError::Kind),
            (
                json!({"kty": "OKP", "crv": "X25519", "x": OKP}),
                JwkError::Kind,
            ),
            (
                json!({"kty": "EC", "crv": "P-521", "x": OKP, "y": OKP}),
                JwkError::Kind,
            ),
            (
                json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
                JwkError::Broken,
            ),
            (
                json!({"kty": "EC", "crv": "P-256", "x": OKP, "y": "AA"}),
                JwkError::Broken,
            ),
            (
                json!({"kty": "RSA", "n": short, "e": "AQAB"}),
                JwkError::Broken,
            ),
            (
                json!({"kty": "RSA", "n": "", "e": "AQAB"}),
                JwkError::Broken,
            ),
            (json!({"kty": "RSA", "n": RSA}), JwkError::Broken),
            (
                json!({"kty": "RSA", "n": RSA, "e": "AQAB", "use": "enc"}),
                JwkError::Use,
            ),
            (
                json!({"kty": "RSA", "n": RSA, "e": "AQAB", "alg": "HS256"}),
                JwkError::Use,
            ),
            (json!("text"), JwkError::Kind),
        ];
        for (jwk, expected) in cases {
            assert_eq!(PublicKey::from_jwk(&jwk), Err(expected), "{jwk}");
        }
    }
}
