//! The head of an HTTP/1 request, read so that no two servers could read it differently (RFC 9112).
//!
//! What is ambiguous is refused, not mended: two lengths, a length beside a transfer coding, folded
//! headers, bare line feeds. The upstream never sees these bytes: it gets what is written from the
//! parsed head.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{
        CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, RANGE,
        TRANSFER_ENCODING,
    },
};

/// Bytes that a head may have.
pub(super) const MAX_HEAD: usize = 64 << 10;
/// Headers that it may have.
const MAX_HEADERS: usize = 100;
const END: &[u8] = b"\r\n\r\n";

/// Names that some servers take for others, since they do not tell `_` from `-`.
const UNDERSCORED: [&str; 6] = [
    "content_length",
    "content_type",
    "content_encoding",
    "transfer_encoding",
    "x_api_key",
    "api_key",
];

/// What decides how a body is read, and is there once at most: of two, each reader takes its own.
const ONCE: [HeaderName; 4] = [CONTENT_TYPE, CONTENT_ENCODING, EXPECT, RANGE];

/// Why a head is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum HeadError {
    #[error("the request's head is longer than 64 KiB or has more than 100 headers")]
    TooLong,
    #[error("a line of the request's head does not end in CRLF")]
    LineEnd,
    #[error("a header is folded over two lines")]
    Folded,
    #[error("the request's head is malformed")]
    Malformed,
    #[error("the request's version is neither HTTP/1.1 nor HTTP/1.0")]
    Version,
    #[error("the request needs exactly one Host header")]
    Host,
    #[error("the request's target is not a path")]
    Target,
    #[error("the request's length is given twice, or is no number")]
    Length,
    #[error("the request has a Content-Length beside a Transfer-Encoding")]
    LengthAndCoding,
    #[error("the request's Transfer-Encoding is not `chunked` alone")]
    Coding,
    #[error("a header's name has an underscore where a framing header has a hyphen")]
    Underscore,
    #[error("a header that says how the body is to be read is there twice")]
    Twice,
}

/// How long the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes; 0 where the head says nothing.
    Length(u64),
    /// Chunks.
    Chunked,
}

/// A request's head.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) framing: Framing,
    /// Whether the client takes chunks, and may send another request on the connection.
    pub(super) is_1_1: bool,
    pub(super) keep_alive: bool,
    pub(super) expects_continue: bool,
}

/// Where the head ends, if it has arrived; `from` is how far was looked before.
pub(super) fn end(bytes: &[u8], from: usize) -> Result<Option<usize>, HeadError> {
    let from = from.saturating_sub(END.len());
    let found = memchr::memmem::find(bytes.get(from..).unwrap_or_default(), END);
    match found.map(|at| from + at + END.len()) {
        Some(end) if end <= MAX_HEAD => Ok(Some(end)),
        Some(_) => Err(HeadError::TooLong),
        // An empty line without its carriage returns would be waited behind for ever.
        None if has_bare_end(bytes, from) => Err(HeadError::LineEnd),
        None if bytes.len() > MAX_HEAD => Err(HeadError::TooLong),
        None => Ok(None),
    }
}

fn has_bare_end(bytes: &[u8], from: usize) -> bool {
    memchr::memmem::find(bytes.get(from..).unwrap_or_default(), b"\n\n").is_some()
}

/// The target that a request line names, whatever else is wrong with the head.
pub(super) fn addressed(bytes: &[u8]) -> Option<&str> {
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    // A method may be of two words.
    let path = line.split(|byte| *byte == b' ').skip(1).find_map(path_of)?;
    let name = path.split(|byte| matches!(byte, b'/' | b'?')).next()?;
    std::str::from_utf8(name).ok()
}

/// What follows the first slash of a request's target; `http://host/target/…` is refused, too.
fn path_of(target: &[u8]) -> Option<&[u8]> {
    match target.strip_prefix(b"http://") {
        Some(rest) => rest.splitn(2, |byte| *byte == b'/').nth(1),
        None => target.strip_prefix(b"/"),
    }
}

/// Parses a whole head, its empty line included.
pub(super) fn parse(bytes: &[u8]) -> Result<Head, HeadError> {
    check_lines(bytes)?;
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) if length == bytes.len() => {}
        Err(httparse::Error::TooManyHeaders) => return Err(HeadError::TooLong),
        Err(httparse::Error::Version) => return Err(HeadError::Version),
        _ => return Err(HeadError::Malformed),
    }
    let method = request.method.unwrap_or_default();
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| HeadError::Malformed)?;
    let target = request.path.unwrap_or_default();
    if !target.starts_with('/') || method == Method::CONNECT {
        return Err(HeadError::Target);
    }
    let is_1_1 = request.version == Some(1);
    let headers = header_map(request.headers)?;
    if headers.get_all(HOST).iter().count() != 1 && (is_1_1 || headers.contains_key(HOST)) {
        return Err(HeadError::Host);
    }
    let twice = |name: &HeaderName| headers.get_all(name).iter().nth(1).is_some();
    if ONCE.iter().any(twice) {
        return Err(HeadError::Twice);
    }
    Ok(Head {
        framing: framing(&headers, is_1_1)?,
        keep_alive: is_1_1 && !names(&headers, CONNECTION, "close"),
        expects_continue: is_1_1 && names(&headers, EXPECT, "100-continue"),
        method,
        target: target.to_owned(),
        headers,
        is_1_1,
    })
}

/// Every line ends in CRLF, and none begins with a blank.
fn check_lines(bytes: &[u8]) -> Result<(), HeadError> {
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        let follows = bytes.get(at + 1);
        let ends_line = match bytes.get(at) {
            Some(b'\r') => follows == Some(&b'\n'),
            _ => at > 0 && bytes.get(at - 1) == Some(&b'\r'),
        };
        if !ends_line {
            return Err(HeadError::LineEnd);
        }
        if bytes.get(at) == Some(&b'\n') && matches!(follows, Some(b' ' | b'\t')) {
            return Err(HeadError::Folded);
        }
    }
    Ok(())
}

fn header_map(parsed: &[httparse::Header<'_>]) -> Result<HeaderMap, HeadError> {
    let mut headers = HeaderMap::with_capacity(parsed.len());
    for header in parsed {
        if UNDERSCORED
            .iter()
            .any(|n| n.eq_ignore_ascii_case(header.name))
            && header.name.contains('_')
        {
            return Err(HeadError::Underscore);
        }
        let name = HeaderName::from_bytes(header.name.as_bytes());
        let value = HeaderValue::from_bytes(header.value);
        match (name, value) {
            (Ok(name), Ok(value)) => headers.append(name, value),
            _ => return Err(HeadError::Malformed),
        };
    }
    Ok(headers)
}

fn framing(headers: &HeaderMap, is_1_1: bool) -> Result<Framing, HeadError> {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let length = lengths.next();
    if lengths.next().is_some() {
        return Err(HeadError::Length);
    }
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    if let Some(coding) = codings.next() {
        if length.is_some() {
            return Err(HeadError::LengthAndCoding);
        }
        let chunked = coding.as_bytes().eq_ignore_ascii_case(b"chunked");
        if !chunked || codings.next().is_some() || !is_1_1 {
            return Err(HeadError::Coding);
        }
        return Ok(Framing::Chunked);
    }
    let Some(length) = length else {
        return Ok(Framing::Length(0));
    };
    let digits = length.as_bytes();
    if digits.is_empty() || digits.len() > 18 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(HeadError::Length);
    }
    let number = digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    Ok(Framing::Length(number))
}

/// Whether a header that is a list names this.
pub(super) fn names(headers: &HeaderMap, header: HeaderName, word: &str) -> bool {
    let values = headers
        .get_all(header)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut words = values.flat_map(|value| value.split(','));
    words.any(|one| one.trim().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(head: &str) -> HeadError {
        parse(head.as_bytes()).expect_err(head)
    }

    #[test]
    fn a_head_is_read_whole() {
        let head = b"POST /a/b?c=d HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\nX-One: 1\r\nExpect: 100-continue\r\n\r\n";
        assert_eq!(end(head, 0), Ok(Some(head.len())));
        assert_eq!(end(&head[..head.len() - 1], 0), Ok(None));
        let head = parse(head).expect("a head");
        assert_eq!(
            (head.method.as_str(), head.target.as_str()),
            ("POST", "/a/b?c=d")
        );
        assert_eq!(head.framing, Framing::Length(12));
        assert!(head.keep_alive && head.expects_continue);
        let old = parse(b"GET / HTTP/1.0\r\n\r\n").expect("a head");
        assert!(!old.keep_alive && !old.is_1_1);
        let chunked = parse(
            b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n",
        );
        let chunked = chunked.expect("a head");
        assert_eq!(chunked.framing, Framing::Chunked);
        assert!(!chunked.keep_alive);
    }

    #[test]
    fn what_two_servers_might_read_differently_is_refused() {
        let with = |headers: &str| format!("POST / HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        let cases = [
            (
                "Content-Length: 1\r\nContent-Length: 1\r\n",
                HeadError::Length,
            ),
            ("Content-Length: 1, 1\r\n", HeadError::Length),
            ("Content-Length: +1\r\n", HeadError::Length),
            ("Content-Length: 0x1\r\n", HeadError::Length),
            ("Content-Length:\r\n", HeadError::Length),
            (
                "Content-Length: 99999999999999999999\r\n",
                HeadError::Length,
            ),
            (
                "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
                HeadError::LengthAndCoding,
            ),
            ("Transfer-Encoding: gzip, chunked\r\n", HeadError::Coding),
            ("Transfer-Encoding: xchunked\r\n", HeadError::Coding),
            ("Transfer-Encoding: \x0bchunked\r\n", HeadError::Malformed),
            (
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                HeadError::Coding,
            ),
            ("Transfer-Encoding : chunked\r\n", HeadError::Malformed),
            ("X: a\r\n b\r\n", HeadError::Folded),
            ("X: a\r\n\tb\r\n", HeadError::Folded),
            ("X: a\nY: b\r\n", HeadError::LineEnd),
            ("X: a\rY: b\r\n", HeadError::LineEnd),
            ("X: a\0b\r\n", HeadError::Malformed),
            ("Host: y\r\n", HeadError::Host),
            ("content_length: 5\r\n", HeadError::Underscore),
            ("Content_Type: a/b\r\n", HeadError::Underscore),
            (
                "Content-Type: text/plain\r\nContent-Type: application/json\r\n",
                HeadError::Twice,
            ),
            (
                "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n",
                HeadError::Twice,
            ),
            (": empty\r\n", HeadError::Malformed),
            ("X y: z\r\n", HeadError::Malformed),
        ];
        for (headers, error) in cases {
            assert_eq!(refused(&with(headers)), error, "{headers:?}");
        }
    }

    #[test]
    fn a_request_line_is_strict() {
        let cases = [
            (
                "GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\n\r\n",
                HeadError::Target,
            ),
            (
                "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
                HeadError::Target,
            ),
            ("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", HeadError::Target),
            ("GET / HTTP/1.1\r\n\r\n", HeadError::Host),
            ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", HeadError::Version),
            ("GET / HTTP/1.1 \r\nHost: x\r\n\r\n", HeadError::Malformed),
            ("GET /\r\nHost: x\r\n\r\n", HeadError::Malformed),
            ("G T / HTTP/1.1\r\nHost: x\r\n\r\n", HeadError::Version),
        ];
        for (head, error) in cases {
            assert_eq!(refused(head), error, "{head:?}");
        }
        assert_eq!(
            end(b"GET / HTTP/1.1\nHost: x\n\n", 0),
            Err(HeadError::LineEnd)
        );
        assert_eq!(end(&vec![b'a'; MAX_HEAD + 1], 0), Err(HeadError::TooLong));
    }

    #[test]
    fn the_target_is_known_of_a_broken_head_too() {
        let cases: [(&[u8], Option<&str>); 9] = [
            (b"GE T /gpt/v1 HTTP/1.1\r\n", Some("gpt")),
            (b"POST /gpt/v1/chat HTTP/1.1\r\nX: a\n", Some("gpt")),
            (b"POST /gpt?a HTTP/1.1\nHost: x\n\n", Some("gpt")),
            (b"POST /gpt", Some("gpt")),
            (b"POST / HTTP/1.1\r\n", Some("")),
            (b"GET http://x/gpt HTTP/1.1\r\n", Some("gpt")),
            (b"GET /\xff/ HTTP/1.1\r\n", None),
            (b"\r\nGET /gpt HTTP/1.1\r\n", None),
            (b"", None),
        ];
        for (head, name) in cases {
            assert_eq!(addressed(head), name, "{head:?}");
        }
    }
}
