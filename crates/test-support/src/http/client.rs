//! One request on a connection of its own, with the whole answer.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::message::{Head, header};

/// How long an answer may take. A person may decide meanwhile.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct HttpCall<'a> {
    /// In upper case.
    pub method: &'a str,
    /// A plain `http://` URL.
    pub url: &'a str,
    /// What is sent as a bearer token.
    pub credential: &'a str,
    /// Headers beside those of the framing, in lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// A JSON body.
    pub body: Option<&'a Value>,
}

impl HttpCall<'_> {
    /// Sends it and waits for the whole answer.
    pub async fn send(&self) -> Result<HttpReply> {
        let Self { method, url, .. } = self;
        timeout(PATIENCE, ask(self))
            .await
            .with_context(|| format!("no answer to {method} {url}"))?
            .with_context(|| format!("{method} {url}"))
    }

    fn head(&self, host: &str, path: &str, body: &str) -> String {
        let Self {
            method, credential, ..
        } = self;
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
             authorization: Bearer {credential}\r\n"
        );
        for (name, value) in self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            let length = body.len();
            head.push_str(&format!(
                "content-type: application/json\r\ncontent-length: {length}\r\n"
            ));
        }
        head + "\r\n"
    }
}

/// What came back.
#[derive(Debug)]
pub struct HttpReply {
    /// The status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub text: String,
    /// How long the first byte of the body took.
    pub first: Duration,
}

impl HttpReply {
    /// The header of this name, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The data of each event, where it is a stream of them.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines();
        lines.filter_map(|line| line.strip_prefix("data: "))
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

/// Sends a request to a plain `http://` URL, with a credential as a bearer token and a JSON body.
pub async fn http(
    method: &str,
    url: &str,
    credential: &str,
    body: Option<&Value>,
) -> Result<HttpReply> {
    let call = HttpCall {
        method,
        url,
        credential,
        headers: &[],
        body,
    };
    call.send().await
}

async fn ask(call: &HttpCall<'_>) -> Result<HttpReply> {
    let rest = call.url.strip_prefix("http://");
    let rest = rest.context("no http:// URL")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let begun = Instant::now();
    let mut stream = TcpStream::connect(host).await?;
    let body = call.body.map(Value::to_string).unwrap_or_default();
    let message = call.head(host, path, &body) + &body;
    stream.write_all(message.as_bytes()).await?;
    let (head, bytes, first) = read(&mut stream, begun).await?;
    let body = bytes.get(head.length..).unwrap_or_default();
    let body = match head.header("transfer-encoding") {
        Some("chunked") => unchunked(body)?,
        _ => body.to_vec(),
    };
    Ok(HttpReply {
        status: head.start[1].parse().context("no status")?,
        headers: head.headers,
        text: String::from_utf8(body).context("the answer is no text")?,
        first,
    })
}

/// All bytes of the answer, and when the first one of its body came.
async fn read(stream: &mut TcpStream, begun: Instant) -> Result<(Head, Vec<u8>, Duration)> {
    let mut bytes = Vec::new();
    let mut head: Option<Head> = None;
    let mut first = None;
    while stream.read_buf(&mut bytes).await? > 0 {
        if head.is_none() {
            head = Head::parse(&bytes).map_err(|problem| anyhow!(problem))?;
        }
        let length = head.as_ref().map(|head| head.length);
        if first.is_none() && length.is_some_and(|length| bytes.len() > length) {
            first = Some(begun.elapsed());
        }
        if head.as_ref().is_some_and(|head| is_whole(head, &bytes)) {
            break;
        }
    }
    let head = head.context("the answer ends in its head")?;
    Ok((head, bytes, first.unwrap_or_else(|| begun.elapsed())))
}

/// Whether the answer has ended: some servers keep the connection all the same.
fn is_whole(head: &Head, bytes: &[u8]) -> bool {
    let body = bytes.get(head.length..).unwrap_or_default();
    if head.header("transfer-encoding") == Some("chunked") {
        return bytes.ends_with(b"\r\n0\r\n\r\n") && unchunked(body).is_ok();
    }
    let length = head.content_length();
    length.is_ok_and(|length| length.is_some_and(|length| body.len() >= length))
}

fn unchunked(mut bytes: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = bytes.windows(2).position(|two| two == b"\r\n");
        let line = line.context("a chunk has no length")?;
        let length = str::from_utf8(bytes.get(..line).unwrap_or_default())?;
        let length = usize::from_str_radix(length, 16).context("a chunk's length")?;
        if length == 0 {
            return Ok(body);
        }
        let start = line + 2;
        let Some(chunk) = bytes.get(start..start + length) else {
            bail!("the answer ends in a chunk");
        };
        body.extend_from_slice(chunk);
        bytes = bytes.get(start + length + 2..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{HttpAnswer, HttpCall, HttpServer, http};

    #[tokio::test]
    async fn what_is_sent_arrives_and_what_is_answered_comes_back() {
        let server = HttpServer::start(|request| match request.route() {
            "/pieces" => HttpAnswer::events(vec!["data: a\n\n".into(), "data: b\n\n".into()]),
            _ => HttpAnswer::json(201, &json!({ "got": request.json() })),
        })
        .unwrap();
        let url = |path: &str| format!("{}{path}", server.url());
        let pieces = http("GET", &url("/pieces?x=1"), "key", None).await.unwrap();
        assert_eq!(
            (pieces.status, &*pieces.text),
            (200, "data: a\n\ndata: b\n\n")
        );
        assert_eq!(pieces.header("content-type"), Some("text/event-stream"));
        assert_eq!(pieces.events().collect::<Vec<_>>(), ["a", "b"]);
        let body = json!({ "n": 1 });
        let echoed = http("POST", &url("/"), "key", Some(&body)).await.unwrap();
        assert_eq!(
            (echoed.status, echoed.json()),
            (201, json!({ "got": body }))
        );
        let more = HttpCall {
            method: "DELETE",
            url: &url("/"),
            credential: "key",
            headers: &[("x-more", "yes")],
            body: None,
        };
        assert_eq!(more.send().await.unwrap().status, 201);
        let got = server.requests();
        assert_eq!(got.len(), 3);
        assert_eq!(got[2].header("x-more"), Some("yes"));
        assert_eq!(got[0].path, "/pieces?x=1");
        assert_eq!(got[1].header("authorization"), Some("Bearer key"));
    }
}
