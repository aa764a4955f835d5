//! One request on a connection of its own, with the whole answer.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::message::Head;

/// How long an answer may take. A person may decide meanwhile.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came back.
#[derive(Debug)]
pub struct HttpReply {
    /// The status.
    pub status: u16,
    /// The body as text.
    pub text: String,
}

impl HttpReply {
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
    let asked = ask(method, url, credential, body);
    timeout(PATIENCE, asked)
        .await
        .with_context(|| format!("no answer to {method} {url}"))?
        .with_context(|| format!("{method} {url}"))
}

async fn ask(method: &str, url: &str, credential: &str, body: Option<&Value>) -> Result<HttpReply> {
    let rest = url.strip_prefix("http://").context("no http:// URL")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut stream = TcpStream::connect(host).await?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let kind = if body.is_empty() {
        String::new()
    } else {
        format!(
            "content-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        )
    };
    let message = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         authorization: Bearer {credential}\r\n{kind}\r\n{body}"
    );
    stream.write_all(message.as_bytes()).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    let head = Head::parse(&bytes).map_err(|problem| anyhow!(problem))?;
    let head = head.context("the answer ends in its head")?;
    let body = bytes.get(head.length..).unwrap_or_default();
    let body = match head.header("transfer-encoding") {
        Some("chunked") => unchunked(body)?,
        _ => body.to_vec(),
    };
    Ok(HttpReply {
        status: head.start[1].parse().context("no status")?,
        text: String::from_utf8(body).context("the answer is no text")?,
    })
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

    use crate::{HttpAnswer, HttpServer, http};

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
        let body = json!({ "n": 1 });
        let echoed = http("POST", &url("/"), "key", Some(&body)).await.unwrap();
        assert_eq!(
            (echoed.status, echoed.json()),
            (201, json!({ "got": body }))
        );
        let got = server.requests();
        assert_eq!(got.len(), 2);
        assert_eq!(got[0].path, "/pieces?x=1");
        assert_eq!(got[1].header("authorization"), Some("Bearer key"));
    }
}
