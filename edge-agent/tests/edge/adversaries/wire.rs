//! HTTP/1.1 as bytes: no library between the case and the edge that would mend it.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Whether the body ended as its framing says.
    pub whole: bool,
    /// Whether it has a framing, and does not end with the connection.
    framed: bool,
    /// Heads that came back: one for each request that the edge saw.
    pub heads: usize,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = &self.body[..self.body.len().min(2_000)];
        let text = String::from_utf8_lossy(shown);
        write!(f, "{} {:?} {text}", self.status, self.headers)
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Reads all that came on a connection; `None` where that is nothing.
    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).expect("a head");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let rest = &bytes[end + 4..];
        let named = |name: &str| headers.iter().find(|(known, _)| known == name);
        let (body, whole) = match (named("transfer-encoding"), named("content-length")) {
            (Some(_), _) => unchunked(rest),
            (None, Some((_, length))) => {
                let length: usize = length.parse().expect("a length");
                (
                    rest[..length.min(rest.len())].to_vec(),
                    rest.len() >= length,
                )
            }
            (None, None) => (rest.to_vec(), true),
        };
        let framed = named("transfer-encoding")
            .or(named("content-length"))
            .is_some();
        let lines = bytes.split(|byte| *byte == b'\n');
        let heads = lines.filter(|line| line.starts_with(b"HTTP/1.1 ")).count();
        Some(Self {
            status: status?.parse().expect("a status"),
            headers,
            body,
            whole,
            framed,
            heads,
        })
    }
}

/// The chunks' bytes, and whether the last one came.
fn unchunked(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).expect("a size");
        let size = usize::from_str_radix(size, 16).expect("a size");
        rest = &rest[end + 2..];
        if size == 0 {
            return (body, true);
        }
        body.extend_from_slice(&rest[..size.min(rest.len())]);
        rest = rest.get(size + 2..).unwrap_or_default();
    }
    (body, false)
}

/// Sends bytes as they are and reads until the edge closes; `None` where it said nothing.
pub async fn send(to: SocketAddr, bytes: &[u8]) -> Option<Answer> {
    let mut socket = TcpStream::connect(to).await.expect("connects");
    let (mut reader, mut writer) = socket.split();
    let mut answer = Vec::new();
    let writing = async {
        // The edge may close while this is under way.
        let _ = writer.write_all(bytes).await;
    };
    // What is malformed ends the connection; behind what is only refused the client may go on. To close
    // is to go away.
    let reading = async {
        while !Answer::read(&answer).is_some_and(|answer| answer.framed && answer.whole) {
            if !matches!(reader.read_buf(&mut answer).await, Ok(1..)) {
                break;
            }
        }
    };
    let both = async { tokio::join!(writing, reading) };
    let (_, _) = timeout(PATIENCE, both).await.expect("it ends");
    Answer::read(&answer)
}

/// A request with a body of that length, as any client writes it.
pub fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: edge\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
