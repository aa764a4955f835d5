//! Requests as they came, and answers to them.

use serde_json::Value;

/// Bytes that the head of a message may have.
const MAX_HEAD: usize = 64 << 10;

/// Bytes that a body may have.
const MAX_BODY: usize = 16 << 20;

/// A request as the server got it.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// In upper case.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// The header of this name, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The path without its query.
    #[must_use]
    pub fn route(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// Headers beside those of the framing.
    pub headers: Vec<(&'static str, String)>,
    pub(super) body: Content,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    Whole(Vec<u8>),
    /// Each piece is written by itself.
    Pieces(Vec<Vec<u8>>),
}

impl HttpAnswer {
    /// A JSON document.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body: Content::Whole(body.to_string().into_bytes()),
        }
    }

    /// A stream of server-sent events, each in a piece of its own.
    #[must_use]
    pub fn events(events: Vec<String>) -> Self {
        let pieces = events.into_iter().map(String::into_bytes).collect();
        Self {
            status: 200,
            headers: vec![
                ("content-type", "text/event-stream".to_owned()),
                ("cache-control", "no-cache".to_owned()),
            ],
            body: Content::Pieces(pieces),
        }
    }
}

/// The head of a message.
pub(super) struct Head {
    /// The first line's three words.
    pub start: [String; 3],
    pub headers: Vec<(String, String)>,
    /// Bytes of it, the empty line included.
    pub length: usize,
}

impl Head {
    /// Reads the head that `bytes` begin with; none while there is not all of it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<Self>, &'static str> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return if bytes.len() > MAX_HEAD {
                Err("the head is too long")
            } else {
                Ok(None)
            };
        };
        let text = bytes.get(..end).unwrap_or_default();
        let text = str::from_utf8(text).map_err(|_| "the head is not UTF-8")?;
        let mut lines = text.split("\r\n");
        let start = start(lines.next().unwrap_or_default())?;
        let mut headers = Vec::new();
        for line in lines {
            let (name, value) = line.split_once(':').ok_or("a header has no colon")?;
            if name.is_empty() || name.contains([' ', '\t']) || value.contains(['\r', '\n', '\0']) {
                return Err("a header is malformed");
            }
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(Some(Self {
            start,
            headers,
            length: end + 4,
        }))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Bytes of the body as `content-length` has them.
    pub(super) fn content_length(&self) -> Result<Option<usize>, &'static str> {
        let named = |(name, _): &&(String, String)| name == "content-length";
        let lengths: Vec<_> = self.headers.iter().filter(named).collect();
        match lengths.as_slice() {
            [] => Ok(None),
            [(_, length)] => match length.parse() {
                Ok(length) if length <= MAX_BODY => Ok(Some(length)),
                _ => Err("the body's length is no number, or too large"),
            },
            _ => Err("the body has several lengths"),
        }
    }
}

fn start(line: &str) -> Result<[String; 3], &'static str> {
    let mut words = line.splitn(3, ' ').map(str::to_owned);
    let mut next = || words.next().unwrap_or_default();
    let start = [next(), next(), next()];
    // An answer's last word, the reason, may be missing.
    if start[0].is_empty() || start[1].is_empty() {
        return Err("the first line is malformed");
    }
    Ok(start)
}

pub(super) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut named = headers.iter().filter(|(have, _)| have == name);
    named.next().map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_strictly() {
        let whole = Head::parse(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
        let head = whole.unwrap().unwrap();
        assert_eq!(head.start, ["POST", "/x", "HTTP/1.1"].map(str::to_owned));
        assert_eq!(head.header("host"), Some("a"));
        assert_eq!(head.content_length(), Ok(Some(2)));
        assert!(Head::parse(b"POST /x HTTP/1.1\r\nHost").unwrap().is_none());
        let cases: [&[u8]; 4] = [
            b"POST\r\n\r\n",
            b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\nb: c\r\n\r\n",
        ];
        for case in cases {
            assert!(Head::parse(case).is_err(), "{case:?}");
        }
        let twice = b"GET / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n";
        let twice = Head::parse(twice).unwrap().unwrap();
        assert!(twice.content_length().is_err());
    }
}
