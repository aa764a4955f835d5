//! The session cookie and the token that unsafe requests must carry beside it.

use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use countersign_store::WebSessionLimits;
use sha2::{Digest as _, Sha256};

const NAME: &str = "countersign_session";

/// Makes the CSRF token useless as a cookie and the cookie useless as a CSRF token.
const CSRF_CONTEXT: &str = "countersign-csrf-v1\n";

/// The session cookie's value.
pub fn get(headers: &HeaderMap) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    jar.get(NAME).map(|cookie| cookie.value().to_owned())
}

/// The header that sets the cookie.
pub fn set(value: &str, limits: WebSessionLimits, secure: bool) -> Option<HeaderValue> {
    let seconds = limits.absolute_millis / 1000;
    header(value, time::Duration::seconds(seconds), secure)
}

/// The header that removes the cookie.
pub fn clear(secure: bool) -> Option<HeaderValue> {
    header("", time::Duration::ZERO, secure)
}

fn header(value: &str, max_age: time::Duration, secure: bool) -> Option<HeaderValue> {
    let cookie = Cookie::build((NAME, value.to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(secure)
        .max_age(max_age)
        .build();
    HeaderValue::from_str(&cookie.to_string()).ok()
}

/// The CSRF token of a session: derived from the cookie's value, which scripts cannot read.
pub fn csrf_token(cookie: &str) -> String {
    let digest = Sha256::new()
        .chain_update(CSRF_CONTEXT)
        .chain_update(cookie)
        .finalize();
    URL_SAFE_NO_PAD.encode(digest)
}
