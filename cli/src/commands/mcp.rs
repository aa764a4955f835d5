//! A drop-in line for a client's configuration: starts an MCP server and stands between it and the client.
//! Every message, from either side, is shown to an edge first; what the edge says is passed on, and nothing
//! else is.

use std::{process::Stdio, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use reqwest::{StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use tokio::{
    io::{
        AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
        BufReader,
    },
    process::{Child, Command},
    sync::{Mutex, RwLock, watch},
    time::timeout,
};

use crate::edge_access::{EdgeAccess, EdgeOptions};

/// Bytes that a message may have.
const LONGEST: u64 = 16 << 20;
/// How long people may take, and the way there and back.
const EDGE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the edge may take to look at a server's tools.
const LOOK: Duration = Duration::from_secs(30);
/// How long the server has to end when the client has gone.
const PATIENCE: Duration = Duration::from_secs(3);

const EXAMPLE: &str = "\
Example, in a client's configuration:
  {\"mcpServers\": {\"files\": {
    \"command\": \"countersign\",
    \"args\": [\"mcp\", \"--server\", \"files\", \"--\", \"npx\", \"@modelcontextprotocol/server-filesystem\", \"/srv\"],
    \"env\": {\"COUNTERSIGN_EDGE\": \"https://edge.example.com:6480\", \"COUNTERSIGN_TARGET\": \"laptop\",
            \"COUNTERSIGN_CREDENTIAL_FILE\": \"/home/jane/.countersign-credential\"}}}}";

/// Starts an MCP server whose every message an edge judges and masks.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct McpCommand {
    #[command(flatten)]
    edge: EdgeOptions,

    /// What policies call the server: a letter, then letters, digits and hyphens
    #[arg(long, value_name = "NAME")]
    server: String,

    /// The server's program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

/// What the edge says of a message.
#[derive(Debug, Deserialize)]
struct Told {
    to_server: Vec<Box<RawValue>>,
    to_client: Vec<Box<RawValue>>,
    again: bool,
    learned: bool,
}

/// What both directions share.
struct Between<C, S> {
    http: reqwest::Client,
    url: Url,
    credential: SecretString,
    /// The edge's session, once it has begun.
    session: RwLock<Option<String>>,
    /// Rises when the edge has looked at the server's tools.
    learned: watch::Sender<u64>,
    client: Mutex<C>,
    server: Mutex<Option<S>>,
}

impl McpCommand {
    /// Runs until the client or the server ends.
    pub async fn run(self) -> Result<()> {
        let EdgeAccess {
            base: mut url,
            target,
            credential,
        } = self.edge.access()?;
        url.set_path(&format!("{}-/mcp/{target}/{}", url.path(), self.server));
        let (program, arguments) = self.command.split_first().context("no command is given")?;
        let mut child = Command::new(program)
            .args(arguments)
            .env_remove("COUNTERSIGN_CREDENTIAL")
            .env_remove("COUNTERSIGN_CREDENTIAL_FILE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{program} cannot be started"))?;
        let output = child.stdout.take().context("the server has no output")?;
        let between = Arc::new(Between {
            http: reqwest::Client::builder()
                .timeout(EDGE_TIMEOUT)
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .context("the HTTP client cannot be made")?,
            url,
            credential,
            session: RwLock::default(),
            learned: watch::Sender::new(0),
            client: Mutex::new(tokio::io::stdout()),
            server: Mutex::new(child.stdin.take()),
        });
        let from_client = Arc::clone(&between).from_client(BufReader::new(tokio::io::stdin()));
        let from_server = Arc::clone(&between).from_server(BufReader::new(output));
        tokio::select! {
            ended = from_client => ended?,
            ended = from_server => ended?,
        }
        between.server.lock().await.take();
        end(child).await
    }
}

/// Lets a server end that has no more input.
async fn end(mut child: Child) -> Result<()> {
    if timeout(PATIENCE, child.wait()).await.is_err() {
        child.kill().await.context("the server cannot be ended")?;
    }
    Ok(())
}

/// The next message; `None` at the end.
async fn next<R: AsyncBufRead + Unpin>(reader: &mut R) -> Result<Option<Vec<u8>>> {
    loop {
        let mut line = Vec::new();
        let read = (&mut *reader)
            .take(LONGEST)
            .read_until(b'\n', &mut line)
            .await?;
        if read == 0 {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') && read as u64 == LONGEST {
            bail!("a message is longer than {LONGEST} bytes");
        }
        let line = line.trim_ascii();
        if !line.is_empty() {
            return Ok(Some(line.to_vec()));
        }
    }
}

impl<C, S> Between<C, S>
where
    C: AsyncWrite + Unpin + Send + 'static,
    S: AsyncWrite + Unpin + Send + 'static,
{
    /// Requests wait for people beside each other; what comes before the session has begun, and what is
    /// no request, goes one after the other.
    async fn from_client<R: AsyncBufRead + Unpin>(self: Arc<Self>, mut reader: R) -> Result<()> {
        while let Some(message) = next(&mut reader).await? {
            let begun = self.session.read().await.is_some();
            if begun && is_request(&message) {
                let this = Arc::clone(&self);
                tokio::spawn(async move { this.pass(Side::Client, message).await });
            } else {
                self.pass(Side::Client, message).await?;
            }
        }
        Ok(())
    }

    async fn from_server<R: AsyncBufRead + Unpin>(self: Arc<Self>, mut reader: R) -> Result<()> {
        while let Some(message) = next(&mut reader).await? {
            self.pass(Side::Server, message).await?;
        }
        Ok(())
    }

    /// Shows a message to the edge and passes on what it says.
    async fn pass(&self, side: Side, message: Vec<u8>) -> Result<()> {
        let mut learned = self.learned.subscribe();
        loop {
            let told = match self.ask(side, &message).await {
                Ok(told) => told,
                Err(error) => return self.fail(&message, &error).await,
            };
            for message in &told.to_server {
                if let Some(server) = &mut *self.server.lock().await {
                    write(server, message.get().as_bytes()).await?;
                }
            }
            for message in &told.to_client {
                write(&mut *self.client.lock().await, message.get().as_bytes()).await?;
            }
            if told.learned {
                self.learned.send_modify(|times| *times += 1);
            }
            if !told.again {
                return Ok(());
            }
            if timeout(LOOK, learned.changed()).await.is_err() {
                let error = anyhow::anyhow!("the server does not say what its tools are");
                return self.fail(&message, &error).await;
            }
        }
    }

    async fn ask(&self, side: Side, message: &[u8]) -> Result<Told> {
        let from = match side {
            Side::Client => "client",
            Side::Server => "server",
        };
        let mut request = self
            .http
            .post(self.url.clone())
            .bearer_auth(self.credential.expose_secret())
            .header("content-type", "application/json")
            .header("countersign-from", from)
            .body(message.to_vec());
        if let Some(session) = &*self.session.read().await {
            request = request.header("mcp-session-id", session);
        }
        let response = request.send().await.map_err(reqwest::Error::without_url);
        let response = response.context("the edge cannot be asked")?;
        let status = response.status();
        let session = response.headers().get("mcp-session-id").cloned();
        let body = response
            .bytes()
            .await
            .context("the edge's answer broke off")?;
        if status != StatusCode::OK {
            bail!("{}", problem(status, &body));
        }
        if let Some(session) = session {
            *self.session.write().await = Some(session.to_str()?.to_owned());
        }
        serde_json::from_slice(&body).context("the edge's answer cannot be read")
    }

    /// Nothing is passed on that the edge has not seen: whoever waits for an answer is told so.
    async fn fail(&self, message: &[u8], error: &anyhow::Error) -> Result<()> {
        let message: Value = serde_json::from_slice(message).unwrap_or_default();
        let id = &message["id"];
        tracing::warn!("a message is not passed on: {error:#}");
        if id.is_null() {
            return Ok(());
        }
        let answer = json!({"jsonrpc": "2.0", "id": id, "error": {
            "code": -32003, "message": format!("Countersign: {error:#}; nothing was done"),
        }});
        write(
            &mut *self.client.lock().await,
            answer.to_string().as_bytes(),
        )
        .await
    }
}

/// What the edge says is wrong.
fn problem(status: StatusCode, body: &[u8]) -> String {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let words = document["detail"]
        .as_str()
        .or_else(|| document["error"]["message"].as_str());
    words.map_or_else(
        || format!("the edge answers with status {status}"),
        str::to_owned,
    )
}

fn is_request(message: &[u8]) -> bool {
    let message: Value = serde_json::from_slice(message).unwrap_or_default();
    message["method"].is_string() && !message["id"].is_null()
}

async fn write<W: AsyncWrite + Unpin>(writer: &mut W, message: &[u8]) -> Result<()> {
    writer.write_all(message).await?;
    writer.write_all(b"\n").await?;
    writer.flush().await?;
    Ok(())
}
