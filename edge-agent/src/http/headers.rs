//! Which headers pass, and where the credential stands.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode, header};

use super::{fault::Fault, head::names};

/// Headers of one hop (RFC 9110, section 7.6.1), and those that the edge sets itself.
const HOP_BY_HOP: [HeaderName; 12] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::HOST,
    header::CONTENT_LENGTH,
    header::EXPECT,
];

/// Who the client is, or says it is: none of that is the upstream's business. What the edge says of
/// itself replaces it.
const IDENTITY: [HeaderName; 9] = [
    header::AUTHORIZATION,
    header::COOKIE,
    header::FORWARDED,
    header::ACCEPT_ENCODING,
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("api-key"),
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("x-original-url"),
    HeaderName::from_static("x-rewrite-url"),
];

/// Headers by which some servers take a request for one of another method.
const OVERRIDES: [&str; 3] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
];

/// What differs between two tries of the same request and changes nothing.
const VOLATILE: [HeaderName; 8] = [
    header::USER_AGENT,
    header::ACCEPT_LANGUAGE,
    header::DATE,
    header::REFERER,
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
    HeaderName::from_static("x-request-id"),
];

/// The client's credential: a bearer token, or the key as the SDKs send it.
pub(super) fn credential(headers: &HeaderMap) -> Result<&[u8], Fault> {
    let mut found: Option<&[u8]> = None;
    for value in headers.get_all(header::AUTHORIZATION) {
        let secret = bearer(value.as_bytes()).ok_or_else(|| {
            unauthorized("the Authorization header is not `Bearer` with a credential")
        })?;
        found = one(found, secret)?;
    }
    for name in ["x-api-key", "api-key"] {
        for value in headers.get_all(name) {
            found = one(found, value.as_bytes())?;
        }
    }
    found.filter(|secret| !secret.is_empty()).ok_or_else(|| {
        unauthorized(
            "a Countersign credential is needed, as `Authorization: Bearer` or `x-api-key`",
        )
    })
}

fn one<'a>(found: Option<&'a [u8]>, secret: &'a [u8]) -> Result<Option<&'a [u8]>, Fault> {
    match found {
        Some(other) if other != secret => Err(unauthorized("the request has two credentials")),
        _ => Ok(Some(secret)),
    }
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, secret) = value.split_at_checked(7)?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then(|| secret.trim_ascii())
}

fn unauthorized(message: &str) -> Fault {
    Fault::new(StatusCode::UNAUTHORIZED, "bad_credential", message)
}

/// A name as servers have it that do not tell `_` from `-`.
fn hyphenated(name: &HeaderName) -> Cow<'_, str> {
    match name.as_str() {
        name if name.contains('_') => name.replace('_', "-").into(),
        name => name.into(),
    }
}

/// Whether a header asks for another method than the one that was judged.
pub(super) fn override_method(headers: &HeaderMap) -> bool {
    headers
        .keys()
        .any(|name| OVERRIDES.contains(&hyphenated(name).as_ref()))
}

/// The headers that go on to the upstream.
pub(crate) fn to_upstream(headers: &HeaderMap) -> HeaderMap {
    let mut passed = HeaderMap::with_capacity(headers.len() + 2);
    for (name, value) in headers {
        let ours = hyphenated(name);
        if HOP_BY_HOP
            .iter()
            .chain(&IDENTITY)
            .any(|known| *known == *ours)
            || ours.starts_with("x-forwarded-")
            || ours.starts_with("x-countersign-")
            || names(headers, header::CONNECTION, name.as_str())
        {
            continue;
        }
        passed.append(name.clone(), value.clone());
    }
    passed
}

/// The headers that go back to the client.
pub(crate) fn to_client(headers: &HeaderMap) -> HeaderMap {
    let mut passed = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let dropped = HOP_BY_HOP.contains(name)
            || name == header::SET_COOKIE
            || name == header::WWW_AUTHENTICATE
            || name.as_str().starts_with("x-countersign-")
            || names(headers, header::CONNECTION, name.as_str());
        if !dropped {
            passed.append(name.clone(), value.clone());
        }
    }
    passed
}

/// The part of the headers that an approval is bound to.
pub(crate) fn content(headers: &HeaderMap) -> Bytes {
    let mut kept: Vec<(&str, &[u8])> = headers
        .iter()
        .filter(|(name, _)| !VOLATILE.contains(name) && !name.as_str().starts_with("x-stainless-"))
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    kept.sort_unstable();
    let mut bytes = Vec::new();
    for (name, value) in kept {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(b':');
        bytes.extend_from_slice(value);
        bytes.push(b'\n');
    }
    bytes.into()
}

/// The headers as policies and records have them: names and values as text, without credentials.
pub(super) fn facts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
        .collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_credential_stands_in_one_of_three_places() {
        for name in ["x-api-key", "api-key"] {
            assert_eq!(credential(&map(&[(name, "csp_a")])).expect("one"), b"csp_a");
        }
        assert_eq!(
            credential(&map(&[("authorization", "bearer  csp_a")])).expect("one"),
            b"csp_a"
        );
        let same = map(&[("authorization", "Bearer k"), ("x-api-key", "k")]);
        assert_eq!(credential(&same).expect("one"), b"k");
        for bad in [
            map(&[]),
            map(&[("authorization", "Basic dTpw")]),
            map(&[("authorization", "Bearer ")]),
            map(&[("x-api-key", "")]),
            map(&[("authorization", "Bearer a"), ("x-api-key", "b")]),
            map(&[("authorization", "Bearer a"), ("authorization", "Bearer b")]),
        ] {
            assert_eq!(
                credential(&bad).expect_err("refused").status,
                StatusCode::UNAUTHORIZED
            );
        }
    }

    #[test]
    fn what_is_of_the_hop_or_of_the_client_stays() {
        let headers = map(&[
            ("authorization", "Bearer a"),
            ("cookie", "a=b"),
            ("connection", "x-mine, close"),
            ("x-mine", "1"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-countersign-action", "x"),
            ("te", "trailers"),
            ("x_forwarded_for", "10.0.0.1"),
            ("x_real_ip", "10.0.0.1"),
            ("content-type", "application/json"),
            ("x-other", "2"),
        ]);
        let passed = to_upstream(&headers);
        let names: Vec<_> = passed.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["content-type", "x-other"]);
    }

    #[test]
    fn no_header_stands_for_a_method() {
        for name in [
            "x-http-method-override",
            "x_http_method",
            "x-method_override",
        ] {
            assert!(override_method(&map(&[(name, "DELETE")])), "{name}");
        }
        assert!(!override_method(&map(&[("x-method", "DELETE")])));
    }

    #[test]
    fn a_retry_is_the_same_request() {
        let first = map(&[("b", "2"), ("a", "1"), ("x-stainless-retry-count", "0")]);
        let again = map(&[
            ("a", "1"),
            ("b", "2"),
            ("x-stainless-retry-count", "1"),
            ("user-agent", "x"),
        ]);
        assert_eq!(content(&first), content(&again));
        assert_ne!(content(&first), content(&map(&[("a", "1"), ("b", "3")])));
    }
}
