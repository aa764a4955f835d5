//! Authors' signatures on policy versions: with them a control plane alone cannot make an edge run
//! a policy that nobody signed.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use countersign_model::AuthorSignature;

use crate::keys::{SigningKey, VerifyingKey};

/// What a signature over a version covers besides its digest, so that it is good for nothing else.
const VERSION_CONTEXT: &str = "countersign-policy-v1\n";

/// Signs the version with this digest (64 characters of lower-case hex).
#[must_use]
pub fn sign_version(key: &SigningKey, digest: &str) -> AuthorSignature {
    AuthorSignature {
        key: key.verifying_key().to_string(),
        signature: BASE64.encode(key.sign(message(digest).as_bytes())),
    }
}

/// Whose signature this is over the version with this digest; `None` where it is nobody's.
#[must_use]
pub fn verify_version(signature: &AuthorSignature, digest: &str) -> Option<VerifyingKey> {
    let key: VerifyingKey = signature.key.parse().ok()?;
    let bytes = BASE64.decode(&signature.signature).ok()?;
    key.accepts(message(digest).as_bytes(), &bytes)
        .then_some(key)
}

fn message(digest: &str) -> String {
    format!("{VERSION_CONTEXT}{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_one_version_by_one_author() {
        let key = SigningKey::from_bytes(&[3; 32]);
        let other = SigningKey::from_bytes(&[4; 32]);
        let digest = "ab".repeat(32);
        let signed = sign_version(&key, &digest);
        assert_eq!(verify_version(&signed, &digest), Some(key.verifying_key()));
        assert_eq!(verify_version(&signed, &"cd".repeat(32)), None);
        let cases = [
            (
                "another's name under it",
                AuthorSignature {
                    key: other.verifying_key().to_string(),
                    ..signed.clone()
                },
            ),
            (
                "no key",
                AuthorSignature {
                    key: String::new(),
                    ..signed.clone()
                },
            ),
            (
                "no signature",
                AuthorSignature {
                    signature: "AA==".to_owned(),
                    ..signed.clone()
                },
            ),
            (
                "signed for another purpose",
                AuthorSignature {
                    signature: BASE64.encode(key.sign(digest.as_bytes())),
                    ..signed
                },
            ),
        ];
        for (name, signature) in cases {
            assert_eq!(verify_version(&signature, &digest), None, "{name}");
        }
    }
}
