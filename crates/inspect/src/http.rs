//! An HTTP request as policies see it: from its raw text, or from its parts.
//!
//! The path is decoded once and its dot segments are removed, so that `/a/%2e%2e/admin` and `/admin` are
//! the same path to a policy, as they are to most servers. What servers disagree on is refused: an encoded
//! slash, a backslash, a control character, an encoding that does not end.

use countersign_model::HttpOperation;

/// Headers that hold credentials: no policy needs them, and no record may have them.
const CREDENTIALS: [&str; 9] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-auth-token",
    "x-amz-security-token",
    "x-goog-api-key",
];

/// The longest request that is read.
pub const MAX_REQUEST: usize = 1024 * 1024;

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Nothing like `GET /path HTTP/1.1`.
    #[error("the first line is no request line")]
    RequestLine,
    /// The method has characters that none has.
    #[error("the method is not a word of letters")]
    Method,
    /// A header without a colon, with a space in its name, or folded.
    #[error("a header is malformed")]
    Header,
    /// `Host` is missing, is there twice, or contradicts the URL.
    #[error("the host is missing or ambiguous")]
    Host,
    /// The path is not absolute, or holds what servers disagree on.
    #[error("the path is malformed or ambiguous")]
    Path,
    /// It is too large.
    #[error("the request is too large")]
    TooLarge,
}

/// Reads a raw request: request line, headers, an empty line, the body. Lines may end in `\n` alone.
///
/// # Errors
/// When it is malformed, or two servers might read it differently.
pub fn parse(text: &str) -> Result<HttpOperation, HttpError> {
    if text.len() > MAX_REQUEST {
        return Err(HttpError::TooLarge);
    }
    let (head, body) = split_head(text);
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or("").split(' ');
    let (Some(method), Some(target), version, None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(HttpError::RequestLine);
    };
    if version.is_some_and(|v| !v.starts_with("HTTP/")) {
        return Err(HttpError::RequestLine);
    }
    let headers = lines.map(header).collect::<Result<Vec<_>, _>>()?;
    let body = (!body.is_empty()).then(|| body.into());
    request(method, target, headers, body)
}

/// Makes a request of its parts; `target` is a path with its query, or a whole URL.
///
/// # Errors
/// When a part is malformed, or two servers might read it differently.
pub fn request(
    method: &str,
    target: &str,
    headers: Vec<(String, String)>,
    body: Option<std::sync::Arc<str>>,
) -> Result<HttpOperation, HttpError> {
    let (authority, target) = match target.split_once("://") {
        Some((_, rest)) => {
            let at = rest.find(['/', '?']).unwrap_or(rest.len());
            let (authority, target) = rest.split_at(at);
            (Some(host_name(authority)?), target)
        }
        None => (None, target),
    };
    let target = target.split('#').next().unwrap_or(target);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = if path.is_empty() && authority.is_some() {
        "/"
    } else {
        path
    };
    let mut operation = HttpOperation {
        method: method.to_owned(),
        host: authority.unwrap_or_default(),
        path: path.to_owned(),
        route: None,
        query: pairs(query)?,
        headers,
        body,
    };
    let named = take_host(&mut operation.headers)?;
    match named {
        Some(named) if operation.host.is_empty() => operation.host = named,
        Some(named) if named != operation.host => return Err(HttpError::Host),
        _ => {}
    }
    operation.path = decoded_path(&operation.path)?;
    tidy(&mut operation)?;
    Ok(operation)
}

/// A request whose path and query are decoded already, as in a policy's cases; dot segments are removed
/// here too.
///
/// # Errors
/// When a part is malformed.
pub fn normal(request: &HttpOperation) -> Result<HttpOperation, HttpError> {
    let mut operation = request.clone();
    if operation.path.contains(['?', '#']) || operation.path.contains('%') {
        // Written as on the wire.
        let headers = std::mem::take(&mut operation.headers);
        let wire = self::request(
            &operation.method,
            &operation.path,
            headers,
            operation.body.take(),
        )?;
        let mut query = wire.query.clone();
        query.append(&mut operation.query);
        let host = if operation.host.is_empty() {
            wire.host
        } else {
            operation.host.to_ascii_lowercase()
        };
        return Ok(HttpOperation {
            host,
            query,
            route: operation.route,
            ..wire
        });
    }
    if let Some(named) = take_host(&mut operation.headers)?
        && operation.host.is_empty()
    {
        operation.host = named;
    }
    operation.host = operation.host.to_ascii_lowercase();
    operation.path = without_dots(&operation.path)?;
    tidy(&mut operation)?;
    Ok(operation)
}

fn tidy(operation: &mut HttpOperation) -> Result<(), HttpError> {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if operation.method.is_empty() || !operation.method.bytes().all(is_token) {
        return Err(HttpError::Method);
    }
    operation.method.make_ascii_uppercase();
    for (name, _) in &mut operation.headers {
        name.make_ascii_lowercase();
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(HttpError::Header);
        }
    }
    operation.headers.retain(|(name, _)| !is_credential(name));
    Ok(())
}

fn is_credential(name: &str) -> bool {
    CREDENTIALS.contains(&name)
        || name.ends_with("-token")
        || name.ends_with("-secret")
        || name.ends_with("-key")
}

fn split_head(text: &str) -> (&str, &str) {
    let crlf = text.find("\r\n\r\n").map(|at| (at, at + 4));
    let lf = text.find("\n\n").map(|at| (at, at + 2));
    let ends = match (crlf, lf) {
        (Some(a), Some(b)) => Some(if a.0 < b.0 { a } else { b }),
        (a, b) => a.or(b),
    };
    match ends {
        Some((head, body)) => (
            text.get(..head).unwrap_or(text),
            text.get(body..).unwrap_or(""),
        ),
        None => (text, ""),
    }
}

fn header(line: &str) -> Result<(String, String), HttpError> {
    let (name, value) = line.split_once(':').ok_or(HttpError::Header)?;
    let is_bad = |c: char| c.is_control() && c != '\t';
    if name.is_empty()
        || name.contains(|c: char| c.is_whitespace() || c.is_control())
        || value.contains(is_bad)
    {
        return Err(HttpError::Header);
    }
    Ok((name.to_ascii_lowercase(), value.trim().to_owned()))
}

fn take_host(headers: &mut Vec<(String, String)>) -> Result<Option<String>, HttpError> {
    let mut hosts = Vec::new();
    headers.retain(|(name, value)| {
        let is_host = name.eq_ignore_ascii_case("host");
        if is_host {
            hosts.push(value.clone());
        }
        !is_host
    });
    match hosts.as_slice() {
        [] => Ok(None),
        [one] => host_name(one).map(Some),
        _ => Err(HttpError::Host),
    }
}

/// The name without user and port, in lower case.
fn host_name(authority: &str) -> Result<String, HttpError> {
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split_once(']').ok_or(HttpError::Host)?.0,
        None => host.split(':').next().unwrap_or(host),
    };
    let is_bad = |c: char| c.is_whitespace() || c.is_control() || "/\\?#%".contains(c);
    if host.is_empty() || host.contains(is_bad) {
        return Err(HttpError::Host);
    }
    Ok(host.trim_end_matches('.').to_ascii_lowercase())
}

fn decoded_path(path: &str) -> Result<String, HttpError> {
    if path == "*" {
        return Ok(path.to_owned());
    }
    // What an encoded slash means is up to the server.
    let lower = path.to_ascii_lowercase();
    if lower.contains("%2f") || lower.contains("%5c") || lower.contains("%00") {
        return Err(HttpError::Path);
    }
    without_dots(&percent_decoded(path, false).ok_or(HttpError::Path)?)
}

/// RFC 3986, 5.2.4, and runs of slashes become one, as most servers take them.
fn without_dots(path: &str) -> Result<String, HttpError> {
    if path == "*" {
        return Ok(path.to_owned());
    }
    if !path.starts_with('/') || path.contains(|c: char| c.is_control() || c == '\\') {
        return Err(HttpError::Path);
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    let ends_in_folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    let mut clean = ["/", &kept.join("/")].concat();
    if ends_in_folder && !kept.is_empty() {
        clean.push('/');
    }
    Ok(clean)
}

fn pairs(query: &str) -> Result<Vec<(String, String)>, HttpError> {
    let decoded = |text: &str| percent_decoded(text, true).ok_or(HttpError::Path);
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(name)?, decoded(value)?))
        })
        .collect()
}

/// `None` where an encoding does not end, or the result is no UTF-8.
fn percent_decoded(text: &str, plus_is_space: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |b: Option<u8>| (b? as char).to_digit(16);
                let high = digit(rest.next())?;
                let low = digit(rest.next())?;
                u8::try_from(high * 16 + low).ok()?
            }
            b'+' if plus_is_space => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raw_request_is_read() {
        let text = "post /v1/./orders/%41?dry=1&q=a+b%26c HTTP/1.1\r\nHost: Shop.Example:8443\r\n\
                    Authorization: Bearer s3cret\r\nX-Api-Key: k\r\nContent-Type: application/json\r\n\r\n{\"a\":1}";
        let request = parse(text).expect("a request");
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("POST", "/v1/orders/A")
        );
        assert_eq!(request.host, "shop.example");
        let query = [("dry", "1"), ("q", "a b&c")];
        assert_eq!(
            request.query,
            query.map(|(k, v)| (k.to_owned(), v.to_owned()))
        );
        let headers = [("content-type".to_owned(), "application/json".to_owned())];
        assert_eq!(request.headers, headers);
        assert_eq!(request.body.as_deref(), Some("{\"a\":1}"));
    }

    #[test]
    fn paths_mean_one_thing() {
        let cases = [
            ("/a/../admin", Ok("/admin")),
            ("/a/%2e%2e/admin", Ok("/admin")),
            ("/../../etc", Ok("/etc")),
            ("/a//b/./c/", Ok("/a/b/c/")),
            ("/%61dmin", Ok("/admin")),
            ("/%2561dmin", Ok("/%61dmin")),
            ("/a%2f..%2fadmin", Err(HttpError::Path)),
            ("/a\\..\\admin", Err(HttpError::Path)),
            ("/a%5cb", Err(HttpError::Path)),
            ("/a%0ab", Err(HttpError::Path)),
            ("/a%zz", Err(HttpError::Path)),
            ("/a%4", Err(HttpError::Path)),
            ("/%ff", Err(HttpError::Path)),
            ("admin", Err(HttpError::Path)),
            ("*", Ok("*")),
            ("https://Shop.example/a/b?c=d", Ok("/a/b")),
            ("https://shop.example", Ok("/")),
        ];
        for (target, expected) in cases {
            let path = request("GET", target, Vec::new(), None).map(|request| request.path);
            assert_eq!(path.as_deref(), expected.as_deref(), "{target}");
        }
    }

    #[test]
    fn what_servers_read_differently_is_refused() {
        let cases = [
            ("GET", HttpError::RequestLine),
            ("GET / HTTP/1.1 more", HttpError::RequestLine),
            ("GET / FTP/1", HttpError::RequestLine),
            ("G{T / HTTP/1.1", HttpError::Method),
            ("GET / HTTP/1.1\nHost: a\nHost: b", HttpError::Host),
            ("GET http://a/ HTTP/1.1\nHost: b", HttpError::Host),
            ("GET / HTTP/1.1\nHost : a", HttpError::Header),
            ("GET / HTTP/1.1\nA: b\n folded", HttpError::Header),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_case_is_made_normal() {
        let case = HttpOperation {
            method: "delete".to_owned(),
            path: "/a/../b?x=1".to_owned(),
            headers: vec![
                ("Cookie".to_owned(), "c".to_owned()),
                ("Host".to_owned(), "H".to_owned()),
            ],
            ..HttpOperation::default()
        };
        let request = normal(&case).expect("a request");
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("DELETE", "/b")
        );
        assert_eq!(request.query, [("x".to_owned(), "1".to_owned())]);
        assert_eq!(request.host, "h");
        assert!(request.headers.is_empty());
    }
}
