//! An answer, and how it is written.

use bytes::{BufMut as _, Bytes, BytesMut};
use futures::stream::BoxStream;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};

use crate::pipeline::EndSignal;

/// A streamed answer broke off: what the client has is not whole, and the connection must say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer broke off")]
pub(crate) struct BrokenOff;

/// An answer's body.
pub(crate) enum Body {
    /// The whole of it.
    Full(Bytes),
    /// Piece by piece. Dropped when the client goes away.
    Stream(BoxStream<'static, Result<Bytes, BrokenOff>>),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Full(bytes) => write!(f, "Full({} bytes)", bytes.len()),
            Self::Stream(_) => f.write_str("Stream(..)"),
        }
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// Ends a streamed answer when its session has to end.
    pub(crate) end: Option<EndSignal>,
}

impl Response {
    /// An answer with this content.
    pub(crate) fn new(
        status: StatusCode,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self {
            status,
            headers,
            body: Body::Full(body.into()),
            end: None,
        }
    }

    /// JSON. What cannot be written as JSON is nobody's: our own types can.
    pub(crate) fn json(status: StatusCode, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// With one header more.
    pub(crate) fn with(mut self, name: http::HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

/// Whether an answer with this status has no body, whatever was asked.
pub(super) fn is_bodyless(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// How the body's end is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sending {
    /// So many bytes follow.
    Length(usize),
    /// Chunks follow.
    Chunked,
    /// All until the connection closes.
    UntilClose,
    /// Nothing follows.
    Nothing,
}

/// Writes the head of an answer.
pub(super) fn write_head(
    out: &mut BytesMut,
    status: StatusCode,
    headers: &HeaderMap,
    sending: Sending,
    close: bool,
) {
    out.reserve(512);
    out.put_slice(b"HTTP/1.1 ");
    out.put_slice(status.as_str().as_bytes());
    out.put_u8(b' ');
    out.put_slice(status.canonical_reason().unwrap_or("").as_bytes());
    out.put_slice(b"\r\n");
    for (name, value) in headers {
        if name == CONTENT_LENGTH && sending != Sending::Nothing {
            continue;
        }
        put_header(out, name.as_str().as_bytes(), value.as_bytes());
    }
    match sending {
        Sending::Length(length) => {
            put_header(out, b"content-length", length.to_string().as_bytes());
        }
        Sending::Chunked => put_header(out, b"transfer-encoding", b"chunked"),
        Sending::UntilClose | Sending::Nothing => {}
    }
    if close {
        put_header(out, b"connection", b"close");
    }
    out.put_slice(b"\r\n");
}

fn put_header(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    out.reserve(name.len() + value.len() + 4);
    out.put_slice(name);
    out.put_slice(b": ");
    out.put_slice(value);
    out.put_slice(b"\r\n");
}

/// Writes a chunk; an empty one would end the body, so that it is left out.
pub(super) fn write_chunk(out: &mut BytesMut, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    out.reserve(bytes.len() + 12);
    out.put_slice(format!("{:x}\r\n", bytes.len()).as_bytes());
    out.put_slice(bytes);
    out.put_slice(b"\r\n");
}

/// Ends a body of chunks.
pub(super) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
