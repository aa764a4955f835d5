//! The control plane's token endpoint, as clients of OAuth use it.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use ed25519_dalek::{Signer as _, SigningKey};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::ClientError;

/// How long an assertion lives: it is shown at once.
const ASSERTION_SECONDS: u64 = 60;

/// RFC 6749, 5.2.
#[derive(Deserialize)]
struct Refusal {
    error: String,
    error_description: Option<String>,
}

/// Asks the token endpoint of the control plane at `url`.
pub async fn token(url: &str, parameters: &[(&str, &str)]) -> Result<Value> {
    let address = format!("{}/oauth/token", url.trim_end_matches('/'));
    let unreachable = |source: reqwest::Error| ClientError::Unreachable {
        url: address.clone(),
        source: source.without_url(),
    };
    let client = reqwest::Client::builder()
        .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
        .timeout(std::time::Duration::from_secs(30))
        .build()
        .context("no HTTP client")?;
    let body = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", escape(value)))
        .collect::<Vec<_>>()
        .join("&");
    let response = client
        .post(&address)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .map_err(unreachable)?;
    let status = response.status();
    let body = response.bytes().await.map_err(unreachable)?;
    if status.is_success() {
        return serde_json::from_slice(&body).context("the answer is not JSON");
    }
    Err(refused(status, &body).into())
}

fn refused(status: StatusCode, body: &[u8]) -> ClientError {
    let refusal = serde_json::from_slice::<Refusal>(body).ok();
    let (code, detail) = refusal.map_or((None, None), |r| (Some(r.error), r.error_description));
    // Who did not prove who they are is not signed in, whatever the status that OAuth has for it.
    let status = match code.as_deref() {
        Some("invalid_grant" | "invalid_client") => StatusCode::UNAUTHORIZED,
        Some("unauthorized_client") => StatusCode::FORBIDDEN,
        Some("invalid_target") => StatusCode::NOT_FOUND,
        _ => status,
    };
    ClientError::Refused {
        status,
        code: code.unwrap_or_else(|| status.as_u16().to_string()),
        detail: detail.unwrap_or_else(|| "the control plane refused it".to_owned()),
    }
}

/// A value of a form (`application/x-www-form-urlencoded`).
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'*' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A principal's private key in a file: an Ed25519 key as a JWK (RFC 8037).
pub struct PrivateKey {
    key: SigningKey,
    kid: Option<String>,
}

impl PrivateKey {
    /// A new one.
    pub fn generate() -> Self {
        let seed: [u8; 32] = rand::random();
        Self {
            key: SigningKey::from_bytes(&seed),
            kid: None,
        }
    }

    /// The key that a file's text holds.
    pub fn parse(text: &str) -> Result<Self> {
        let jwk: Value = serde_json::from_str(text).context("it is not a JWK")?;
        let member = |name: &str| jwk.get(name).and_then(Value::as_str);
        if (member("kty"), member("crv")) != (Some("OKP"), Some("Ed25519")) {
            bail!(
                "it is not an Ed25519 key (`countersign principal key add --generate` makes one)"
            );
        }
        let seed = member("d").and_then(|d| BASE64URL.decode(d).ok());
        let seed: [u8; 32] = seed
            .and_then(|seed| seed.try_into().ok())
            .context("it has no private half")?;
        Ok(Self {
            key: SigningKey::from_bytes(&seed),
            kid: member("kid").map(str::to_owned),
        })
    }

    /// The public half, to register.
    pub fn public(&self) -> Value {
        let x = BASE64URL.encode(self.key.verifying_key().as_bytes());
        json!({"kty": "OKP", "crv": "Ed25519", "x": x, "use": "sig", "alg": "EdDSA"})
    }

    /// All of it, for a file that its owner alone reads.
    pub fn private(&self, kid: &str) -> Value {
        let mut jwk = self.public();
        jwk["kid"] = kid.into();
        jwk["d"] = BASE64URL.encode(self.key.to_bytes()).into();
        jwk
    }

    /// An assertion that the principal shows to the control plane at `url` (RFC 7523).
    pub fn assertion(&self, principal: &str, url: &str) -> Result<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.context("the clock is before 1970")?.as_secs();
        let mut header = json!({"alg": "EdDSA", "typ": "JWT"});
        if let Some(kid) = &self.kid {
            header["kid"] = kid.as_str().into();
        }
        let id: u128 = rand::random();
        let claims = json!({
            "iss": principal,
            "sub": principal,
            "aud": format!("{}/oauth/token", url.trim_end_matches('/')),
            "jti": format!("{id:032x}"),
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
        });
        let part = |value: &Value| BASE64URL.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = BASE64URL.encode(self.key.sign(signed.as_bytes()).to_bytes());
        Ok(format!("{signed}.{signature}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_to_its_file_and_back() {
        let key = PrivateKey::generate();
        let text = key.private("k1").to_string();
        let read = PrivateKey::parse(&text).expect("a key");
        assert_eq!(read.kid.as_deref(), Some("k1"));
        assert_eq!(read.public(), key.public());
        assert!(read.public().get("d").is_none());
        let shown = read.assertion("batch", "https://here/").expect("signed");
        assert_eq!(shown.split('.').count(), 3);
        for wrong in ["", "{}", &key.public().to_string()] {
            assert!(PrivateKey::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn values_are_escaped() {
        assert_eq!(escape("a b&c=ü"), "a%20b%26c%3D%C3%BC");
    }

    #[test]
    fn refusals_are_told_by_code_and_words() {
        let body = br#"{"error":"invalid_target","error_description":"there is none"}"#;
        let error = refused(StatusCode::BAD_REQUEST, body);
        assert_eq!(error.to_string(), "there is none (invalid_target)");
    }
}
