//! Signing in by the browser of this machine (RFC 8252): it comes back to a port of the loopback
//! address with a code that only this process can use (PKCE, RFC 7636).

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::TryRng as _;
use reqwest::Url;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use super::{
    browser,
    oauth::{CLIENT_ID, Server, TokenAnswer},
};

/// How long a person may take at the browser.
const PATIENCE: Duration = Duration::from_secs(300);

/// A request's first line is at most so long.
const MAX_LINE: u64 = 8 * 1024;

const DONE: &str = "You are signed in. This window can be closed.";

/// What comes back by the browser.
#[derive(Debug, Default, PartialEq, Eq)]
struct Returned {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// Signs in and returns the token.
pub async fn sign_in(server: &Server, open: bool) -> Result<SecretString> {
    let page = server.authorization_endpoint().await?;
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .context("no port for the browser to come back to")?;
    let port = listener.local_addr()?.port();
    let redirect_uri = format!("http://127.0.0.1:{port}/callback");
    let (verifier, state) = (random()?, random()?);
    let url = address(page, &redirect_uri, &verifier, &state);
    announce(&url, open);
    let code = tokio::time::timeout(PATIENCE, wait(&listener, &state))
        .await
        .context("nobody signed in within five minutes")??;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("code", &code),
        ("redirect_uri", &redirect_uri),
        ("code_verifier", &verifier),
    ];
    let endpoint = server.token_endpoint().await?;
    match server.form(&endpoint, &form).await? {
        TokenAnswer::Token { access_token } => Ok(access_token),
        TokenAnswer::Refused {
            error,
            error_description,
        } => bail!("{} ({error})", error_description.unwrap_or_default()),
    }
}

fn address(mut page: Url, redirect_uri: &str, verifier: &str, state: &str) -> Url {
    page.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", CLIENT_ID)
        .append_pair("redirect_uri", redirect_uri)
        .append_pair(
            "code_challenge",
            &URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)),
        )
        .append_pair("code_challenge_method", "S256")
        .append_pair("state", state);
    page
}

#[expect(clippy::print_stderr, reason = "a remark beside the command's output")]
fn announce(url: &Url, open: bool) {
    if open && browser::open(url.as_str()) {
        eprintln!("signing in by the browser; if none opens, go to\n  {url}");
    } else {
        eprintln!("to sign in, open\n  {url}");
    }
}

/// Waits for the browser. Whatever else knocks, another program of this machine or a page that
/// guesses the port, is turned away.
async fn wait(listener: &TcpListener, state: &str) -> Result<String> {
    loop {
        let (mut stream, _) = listener.accept().await?;
        let Some(returned) = read(&mut stream).await else {
            answer(&mut stream, "404 Not Found", "Nothing is here.").await;
            continue;
        };
        if returned.state.as_deref() != Some(state) {
            answer(&mut stream, "400 Bad Request", "This is another sign-in's.").await;
            continue;
        }
        match (returned.code, returned.error) {
            (Some(code), _) => {
                answer(&mut stream, "200 OK", DONE).await;
                return Ok(code);
            }
            (None, error) => {
                answer(&mut stream, "200 OK", "Nobody was signed in.").await;
                bail!("nobody was signed in: {}", error.unwrap_or_default());
            }
        }
    }
}

/// What a request for `/callback` says.
async fn read(stream: &mut TcpStream) -> Option<Returned> {
    let mut line = String::new();
    let read = async {
        let limited = (&mut *stream).take(MAX_LINE);
        BufReader::new(limited).read_line(&mut line).await
    };
    // A connection that says nothing must not keep the browser's waiting.
    tokio::time::timeout(Duration::from_secs(5), read)
        .await
        .ok()?
        .ok()?;
    parse(&line)
}

fn parse(line: &str) -> Option<Returned> {
    let path = line.strip_prefix("GET ")?.split(' ').next()?;
    let url = Url::parse("http://127.0.0.1/").ok()?.join(path).ok()?;
    if url.path() != "/callback" {
        return None;
    }
    let mut returned = Returned::default();
    for (name, value) in url.query_pairs() {
        let field = match name.as_ref() {
            "code" => &mut returned.code,
            "state" => &mut returned.state,
            "error" => &mut returned.error,
            _ => continue,
        };
        *field = Some(value.into_owned());
    }
    Some(returned)
}

/// Tells the person; a browser that has gone away is no error.
async fn answer(stream: &mut TcpStream, status: &str, words: &str) {
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Countersign</title>\
         <p>{words}</p></html>"
    );
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\ncontent-security-policy: default-src 'none'\r\n\
         referrer-policy: no-referrer\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// 256 random bits, as text.
fn random() -> Result<String> {
    let mut bytes = [0_u8; 32];
    rand::rngs::SysRng
        .try_fill_bytes(&mut bytes)
        .context("the operating system gives no randomness")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_callback_is_read() {
        let returned = |code: Option<&str>, error: Option<&str>| Returned {
            code: code.map(str::to_owned),
            state: Some("s".to_owned()),
            error: error.map(str::to_owned),
        };
        let cases = [
            (
                "GET /callback?code=a%2Bb&state=s&iss=x HTTP/1.1\r\n",
                Some(returned(Some("a+b"), None)),
            ),
            (
                "GET /callback?error=access_denied&state=s HTTP/1.1\r\n",
                Some(returned(None, Some("access_denied"))),
            ),
            ("GET /favicon.ico HTTP/1.1\r\n", None),
            ("POST /callback?code=a&state=s HTTP/1.1\r\n", None),
            ("", None),
        ];
        for (line, expected) in cases {
            assert_eq!(parse(line), expected, "{line:?}");
        }
    }
}
