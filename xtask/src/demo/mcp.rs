//! An MCP client with nothing special: of a server at a URL, or of one that it starts itself.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, bail};
use countersign_test_support::HttpCall;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// How long an answer may take, people included.
const PATIENCE: Duration = Duration::from_secs(60);

const VERSION: &str = "2025-11-25";

/// A session with a server.
#[derive(Debug)]
pub struct McpClient {
    wire: Wire,
    asked: u64,
}

#[derive(Debug)]
enum Wire {
    Http {
        url: String,
        credential: String,
        session: String,
    },
    Stdio {
        input: ChildStdin,
        output: Lines<BufReader<ChildStdout>>,
        /// Ends when dropped.
        _child: Box<Child>,
    },
}

/// What a tool answered.
#[derive(Debug)]
pub struct Answered {
    pub text: String,
    pub is_error: bool,
}

impl McpClient {
    /// Begins a session by Streamable HTTP.
    pub async fn http(url: String, credential: &str) -> Result<Self> {
        let wire = Wire::Http {
            url,
            credential: credential.to_owned(),
            session: String::new(),
        };
        Self::begin(wire).await
    }

    /// Starts a program that is a server on its standard input and output.
    pub async fn start(
        program: &Path,
        args: &[String],
        environment: &[(&str, String)],
    ) -> Result<Self> {
        let mut child = Command::new(program)
            .args(args)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let input = child.stdin.take().context("no standard input")?;
        let output = child.stdout.take().context("no standard output")?;
        let wire = Wire::Stdio {
            input,
            output: BufReader::new(output).lines(),
            _child: Box::new(child),
        };
        Self::begin(wire).await
    }

    async fn begin(wire: Wire) -> Result<Self> {
        let mut client = Self { wire, asked: 0 };
        let hello = json!({
            "protocolVersion": VERSION,
            "capabilities": {},
            "clientInfo": { "name": "copilot", "version": "1" },
        });
        client.ask("initialize", hello).await?;
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        client.wire.tell(&ready).await?;
        Ok(client)
    }

    /// The names of the tools.
    pub async fn tools(&mut self) -> Result<Vec<String>> {
        let listed = self.ask("tools/list", json!({})).await?;
        let tools = listed.get("tools").and_then(Value::as_array);
        let name = |tool: &Value| tool.get("name")?.as_str().map(str::to_owned);
        Ok(tools.context("no tools")?.iter().filter_map(name).collect())
    }

    pub async fn call(&mut self, tool: &str, arguments: &Value) -> Result<Answered> {
        let call = json!({ "name": tool, "arguments": arguments });
        let result = self.ask("tools/call", call).await?;
        let text = result.pointer("/content/0/text").and_then(Value::as_str);
        Ok(Answered {
            text: text
                .with_context(|| format!("no text in {result}"))?
                .to_owned(),
            is_error: result.get("isError").is_some_and(|is| is == true),
        })
    }

    /// Sends a request; its result.
    pub async fn ask(&mut self, method: &str, params: Value) -> Result<Value> {
        self.asked += 1;
        let id = self.asked;
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let answer = timeout(PATIENCE, self.wire.exchange(&request, id)).await;
        let mut answer = answer.with_context(|| format!("no answer to {method}"))??;
        if let Some(error) = answer.get("error") {
            bail!("{method}: {error}");
        }
        Ok(answer["result"].take())
    }
}

impl Wire {
    /// Sends a request and waits for the answer with its id; what else the server says is passed over.
    async fn exchange(&mut self, request: &Value, id: u64) -> Result<Value> {
        let mut answers = self.tell(request).await?.into_iter();
        loop {
            let message = match self {
                Self::Http { .. } => answers.next(),
                Self::Stdio { output, .. } => output.next_line().await?,
            };
            let message: Value = serde_json::from_str(&message.context("the server has ended")?)?;
            if message.get("id").is_some_and(|of| *of == id) {
                return Ok(message);
            }
        }
    }

    /// Sends a message; over HTTP, with what comes back.
    async fn tell(&mut self, message: &Value) -> Result<Vec<String>> {
        match self {
            Self::Http {
                url,
                credential,
                session,
            } => {
                let mut headers = vec![("accept", "application/json, text/event-stream")];
                if !session.is_empty() {
                    headers.push(("mcp-session-id", session));
                    headers.push(("mcp-protocol-version", VERSION));
                }
                let call = HttpCall {
                    method: "POST",
                    url,
                    credential,
                    headers: &headers,
                    body: Some(message),
                };
                let reply = call.send().await?;
                if reply.status >= 300 {
                    bail!("{}: {}", reply.status, reply.text);
                }
                if let Some(begun) = reply.header("mcp-session-id") {
                    begun.clone_into(session);
                }
                // One without data may begin a stream that can be resumed.
                let events = reply.events().filter(|event| !event.is_empty());
                let events: Vec<String> = events.map(str::to_owned).collect();
                Ok(if events.is_empty() {
                    vec![reply.text]
                } else {
                    events
                })
            }
            Self::Stdio { input, .. } => {
                input.write_all(format!("{message}\n").as_bytes()).await?;
                input.flush().await?;
                Ok(Vec::new())
            }
        }
    }
}
