//! Secrets that are shown once: 256 random bits behind a prefix that says what they open. Their
//! entropy makes a plain hash enough to store.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::TryRng as _;
use sha2::{Digest as _, Sha256};

use crate::api_error::ApiError;

/// A principal's credential.
pub const CREDENTIAL: &str = "csp_";
/// A person's API token.
pub const API_TOKEN: &str = "cst_";
/// A one-time sign-in link's token.
pub const SIGN_IN_LINK: &str = "csl_";
/// What ties a way to the identity provider to its browser.
pub const SIGN_IN_ATTEMPT: &str = "cso_";
/// What a program fetches its token with.
pub const AUTHORIZATION_CODE: &str = "csa_";
/// What a program without a browser asks with.
pub const DEVICE_CODE: &str = "csd_";
/// The session cookie's value.
pub const SESSION: &str = "css_";

/// The operating system gives no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no randomness")]
pub struct NoRandomness;

impl From<NoRandomness> for ApiError {
    fn from(error: NoRandomness) -> Self {
        Self::internal(error)
    }
}

/// A new secret with what is stored of it.
pub struct Secret {
    /// The secret itself, for its owner alone.
    pub text: String,
    /// SHA-256 of it, in lower-case hex.
    pub sha256: String,
}

impl Secret {
    /// A new secret that begins with `prefix`.
    pub fn generate(prefix: &str) -> Result<Self, NoRandomness> {
        let mut bytes = [0_u8; 32];
        rand::rngs::SysRng
            .try_fill_bytes(&mut bytes)
            .map_err(|_| NoRandomness)?;
        let text = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes));
        let sha256 = sha256(&text);
        Ok(Self { text, sha256 })
    }
}

/// What is stored of a secret: SHA-256 in lower-case hex.
pub fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Whether both are the same, in a time that does not tell where they differ.
pub fn same(a: &str, b: &str) -> bool {
    let differences = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |acc, (a, b)| acc | (a ^ b));
    a.len() == b.len() && differences == 0
}
