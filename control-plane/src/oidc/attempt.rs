//! What ties a way to the provider to the browser that went it. The browser keeps one secret in a
//! cookie; nonce and PKCE verifier follow from it and the state, so that the database holds nothing
//! with which an attempt could be finished.

use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};
use sha2::{Digest as _, Sha256};

use crate::secret::{NoRandomness, SIGN_IN_ATTEMPT, Secret, sha256};

/// Seconds that a person may take at the provider.
pub const SECONDS: u32 = 600;

const COOKIE: &str = "countersign_oidc_";
const PATH: &str = "/auth/oidc";

/// One way to the provider, as its browser knows it.
pub struct Attempt {
    state: String,
    secret: String,
}

impl Attempt {
    /// A new one.
    pub fn begin() -> Result<Self, NoRandomness> {
        Ok(Self {
            state: Secret::generate("")?.text,
            secret: Secret::generate(SIGN_IN_ATTEMPT)?.text,
        })
    }

    /// The one that this browser began with this state, where it did.
    pub fn returned(state: &str, headers: &HeaderMap) -> Option<Self> {
        let jar = CookieJar::from_headers(headers);
        let secret = jar.get(&cookie_name(state))?.value();
        secret.starts_with(SIGN_IN_ATTEMPT).then(|| Self {
            state: state.to_owned(),
            secret: secret.to_owned(),
        })
    }

    /// What is stored of the state.
    pub fn state_sha256(&self) -> String {
        sha256(&self.state)
    }

    /// What is stored of the browser's secret.
    pub fn browser_sha256(&self) -> String {
        sha256(&self.secret)
    }

    /// What the provider gives back.
    pub fn state(&self) -> CsrfToken {
        CsrfToken::new(self.state.clone())
    }

    /// What the token must name.
    pub fn nonce(&self) -> Nonce {
        Nonce::new(self.derive("countersign-oidc-nonce-v1"))
    }

    /// What the code is worth nothing without.
    pub fn verifier(&self) -> PkceCodeVerifier {
        PkceCodeVerifier::new(self.derive("countersign-oidc-pkce-v1"))
    }

    fn derive(&self, context: &str) -> String {
        let digest = Sha256::new()
            .chain_update(context)
            .chain_update("\n")
            .chain_update(&self.state)
            .chain_update("\n")
            .chain_update(&self.secret)
            .finalize();
        URL_SAFE_NO_PAD.encode(digest)
    }

    /// The header that sets the cookie. `Lax`: the browser comes back from another site.
    pub fn set_cookie(&self, secure: bool) -> Option<HeaderValue> {
        cookie(&self.state, &self.secret, i64::from(SECONDS), secure)
    }
}

/// The header that removes an attempt's cookie.
pub fn clear_cookie(state: &str, secure: bool) -> Option<HeaderValue> {
    cookie(state, "", 0, secure)
}

fn cookie(state: &str, value: &str, seconds: i64, secure: bool) -> Option<HeaderValue> {
    let cookie = Cookie::build((cookie_name(state), value.to_owned()))
        .path(PATH)
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .max_age(time::Duration::seconds(seconds))
        .build();
    HeaderValue::from_str(&cookie.to_string()).ok()
}

/// A name of its own for each attempt, so that two tabs can sign in at once.
fn cookie_name(state: &str) -> String {
    let mut name = sha256(state);
    name.truncate(16);
    format!("{COOKIE}{name}")
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    #[test]
    fn an_attempt_comes_back_to_its_own_browser_alone() {
        let attempt = Attempt::begin().unwrap();
        let set = attempt.set_cookie(true).unwrap();
        let set = set.to_str().unwrap();
        for attribute in [
            "HttpOnly",
            "SameSite=Lax",
            "Secure",
            "Path=/auth/oidc",
            "Max-Age=600",
        ] {
            assert!(set.contains(attribute), "{set}");
        }
        let mut headers = HeaderMap::new();
        let pair = set.split(';').next().unwrap();
        headers.insert(header::COOKIE, HeaderValue::from_str(pair).unwrap());
        let returned = Attempt::returned(&attempt.state, &headers).unwrap();
        assert_eq!(returned.nonce().secret(), attempt.nonce().secret());
        assert_eq!(returned.verifier().secret(), attempt.verifier().secret());
        assert_ne!(attempt.nonce().secret(), attempt.verifier().secret());
        assert_eq!(attempt.verifier().secret().len(), 43);

        assert!(Attempt::returned("another", &headers).is_none());
        assert!(Attempt::returned(&attempt.state, &HeaderMap::new()).is_none());
    }
}
