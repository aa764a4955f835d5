//! An edge in front of an MCP server that notes what it gets.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_edge_agent::pipeline::{Inspected, Phase};
use countersign_model::{
    Bundle, BundleCredential, BundlePrincipal, CredentialId, Event, Operation, PolicyOutcome,
    PolicyVerdict, PrincipalId, StatementClass, Target, TargetId, TargetKind, Timestamp,
    ToolCallOperation,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{
    RunningEdge, SECRET, agent, bundle, config, kind, plane::Plane, sha256, shop, until,
};

/// The credential of somebody else.
pub const OTHER: &str = "csp_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
pub const ACCEPT: &str = "application/json, text/event-stream";

/// The messages that a server got, and its tools.
#[derive(Clone)]
pub struct Server {
    pub got: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    pub tools: Arc<Mutex<Vec<Value>>>,
    /// What a tool call is answered with, byte for byte but for `{id}`: status, headers, body.
    pub raw: Arc<Mutex<Option<Raw>>>,
    /// Methods that are answered with an error: its status and code.
    pub errors: Arc<Mutex<BTreeMap<&'static str, (u16, i64)>>>,
    /// The events for a client that comes back for them.
    pub rest: Arc<Mutex<Option<String>>>,
}

pub type Raw = (u16, Vec<(&'static str, &'static str)>, Vec<u8>);

impl Server {
    pub fn new() -> Self {
        Self {
            got: Arc::default(),
            raw: Arc::default(),
            errors: Arc::default(),
            rest: Arc::default(),
            tools: Arc::new(Mutex::new(vec![
                tool(
                    "echo",
                    "Says what it is told.",
                    json!({"readOnlyHint": true}),
                ),
                tool("refund", "Refunds an order.", json!({})),
                tool(
                    "drop_table",
                    "Drops a table.",
                    json!({"destructiveHint": true}),
                ),
            ])),
        }
    }

    /// The tool calls that arrived.
    pub fn calls(&self) -> Vec<Value> {
        let got = self.got.lock().expect("not poisoned");
        let calls = got
            .iter()
            .filter(|(_, message)| message["method"] == "tools/call");
        calls
            .map(|(_, message)| message["params"].clone())
            .collect()
    }

    pub fn count(&self) -> usize {
        self.got.lock().expect("not poisoned").len()
    }

    fn answer(&self, message: &Value) -> Value {
        let params = &message["params"];
        match message["method"].as_str().unwrap_or_default() {
            "initialize" => json!({
                "protocolVersion": params["protocolVersion"],
                "capabilities": {"tools": {"listChanged": true}, "resources": {}, "prompts": {}},
                "serverInfo": {"name": "stub", "version": "1"},
            }),
            "tools/list" => json!({"tools": *self.tools.lock().expect("not poisoned")}),
            "resources/list" => json!({"resources": [{"uri": "file:///a", "name": "a"}]}),
            "resources/read" => json!({"contents": [
                {"uri": params["uri"], "text": "mail jane@example.com"},
            ]}),
            "tools/call" => json!({
                "content": [{"type": "text", "text": "{\"email\":\"jane@example.com\"}"}],
                "structuredContent": {"email": "jane@example.com", "said": params["arguments"]},
            }),
            _ => json!({}),
        }
    }
}

pub fn tool(name: &str, description: &str, annotations: Value) -> Value {
    json!({
        "name": name, "description": description,
        "inputSchema": {"type": "object"}, "annotations": annotations,
    })
}

async fn respond(
    State(server): State<Server>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let stream = [(header::CONTENT_TYPE, "text/event-stream")];
    if method != Method::POST {
        let rest = server.rest.lock().expect("not poisoned").take();
        let rest = rest.filter(|_| method == Method::GET && headers.contains_key("last-event-id"));
        return match rest {
            Some(rest) => (stream, rest).into_response(),
            None => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        };
    }
    let message: Value = serde_json::from_slice(&body).expect("JSON");
    server
        .got
        .lock()
        .expect("not poisoned")
        .push((headers, message.clone()));
    if message.get("id").is_none() {
        return StatusCode::ACCEPTED.into_response();
    }
    let raw = server.raw.lock().expect("not poisoned").clone();
    if let Some(raw) = raw.filter(|_| message["method"] == "tools/call") {
        return as_told(raw, &message["id"]);
    }
    let method = message["method"].as_str().unwrap_or_default();
    let error = server
        .errors
        .lock()
        .expect("not poisoned")
        .get(method)
        .copied();
    if let Some((status, code)) = error {
        let error = json!({"code": code, "message": "no"});
        let answer = json!({"jsonrpc": "2.0", "id": message["id"], "error": error});
        let kind = [("content-type", "application/json")];
        return as_told(
            (status, kind.to_vec(), answer.to_string().into()),
            &Value::Null,
        );
    }
    let result = server.answer(&message);
    let answer = json!({"jsonrpc": "2.0", "id": message["id"], "result": result});
    let session = [("mcp-session-id", "upstreams-own")];
    if message["params"]["arguments"]["stream"] == true {
        let progress = json!({
            "jsonrpc": "2.0", "method": "notifications/message",
            "params": {"level": "info", "data": "log of jane@example.com"},
        });
        let text =
            format!("event: message\ndata: {progress}\n\nevent: message\ndata: {answer}\n\n");
        return (session, stream, text).into_response();
    }
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (session, kind, answer.to_string()).into_response()
}

fn as_told((status, headers, body): Raw, id: &Value) -> Response {
    let id = id.to_string();
    let mut told = Vec::with_capacity(body.len());
    let mut rest = &body[..];
    while let Some(at) = rest.windows(4).position(|window| window == b"{id}") {
        told.extend_from_slice(&rest[..at]);
        told.extend_from_slice(id.as_bytes());
        rest = &rest[at + 4..];
    }
    told.extend_from_slice(rest);
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(told.into()).expect("a response")
}

pub async fn serve(server: Server) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().fallback(respond).with_state(server);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

pub struct Scene {
    pub plane: Plane,
    pub edge: RunningEdge,
    pub server: Server,
    pub bundle: Bundle,
    pub client: reqwest::Client,
    _dir: tempfile::TempDir,
}

/// An answer, with its head.
pub struct Answer {
    pub status: u16,
    pub session: Option<String>,
    pub text: String,
}

impl Answer {
    /// The message: the only one, or the last of a stream.
    pub fn json(&self) -> Value {
        let last = self
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .next_back();
        serde_json::from_str(last.unwrap_or(&self.text)).unwrap_or(Value::Null)
    }
}

impl Scene {
    /// An edge with these policies in front of the targets `tools` (one server) and `joined` (two).
    pub async fn new(bind: impl FnOnce(&mut Bundle, &Plane)) -> Self {
        let server = Server::new();
        let address = serve(server.clone()).await;
        Self::before(&format!("http://{address}/"), server, bind).await
    }

    pub async fn before(url: &str, server: Server, bind: impl FnOnce(&mut Bundle, &Plane)) -> Self {
        let plane = Plane::start().await;
        let mut bundle = bundle(plane.edge_id());
        for name in ["tools", "joined"] {
            bundle.targets.push(Target {
                id: TargetId::new(),
                name: name.to_owned(),
                kind: TargetKind::Mcp,
                ..shop()
            });
        }
        bundle.principals.push(other());
        bind(&mut bundle, &plane);
        plane.publish(&bundle);
        let dir = tempfile::tempdir().expect("dir");
        let mut config = config(dir.path(), &plane);
        let more = format!(
            "data_dir = \"x\"\n[control_plane]\nurl = \"http://127.0.0.1:1\"\n\
             [http]\nlisten = \"127.0.0.1:0\"\nmax_body_bytes = 1000000\n\
             [upstreams.tools]\nurl = \"{url}\"\nauth.secret = \"upstreams-own\"\nhold_seconds = 1\n\
             [upstreams.joined]\nhold_seconds = 1\n\
             [upstreams.joined.servers]\nfiles = {{ url = \"{url}\" }}\nmail = {{ url = \"{url}\" }}\n"
        );
        let more = countersign_edge_agent::Config::from_toml(&more).expect("valid");
        config.http = more.http;
        config.upstreams.extend(more.upstreams);
        let edge = RunningEdge::start(config).await;
        drop(edge.signed_in().await);
        until("the policies are ready", || judges(&edge)).await;
        let client = reqwest::Client::builder().timeout(Duration::from_secs(60));
        Self {
            plane,
            edge,
            server,
            bundle,
            client: client.build().expect("a client"),
            _dir: dir,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.edge.http.expect("an HTTP listener"))
    }

    /// Sends bytes with these headers.
    pub async fn send(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = self.client.post(self.url(path)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.expect("an answer");
        let session = response.headers().get("mcp-session-id");
        Answer {
            status: response.status().as_u16(),
            session: session.map(|id| id.to_str().expect("text").to_owned()),
            text: response.text().await.expect("text"),
        }
    }

    /// Sends a message of a session.
    pub async fn post(&self, path: &str, session: Option<&str>, message: &Value) -> Answer {
        let bearer = format!("Bearer {SECRET}");
        let mut headers = vec![
            ("authorization", bearer.as_str()),
            ("accept", ACCEPT),
            ("content-type", "application/json"),
        ];
        headers.extend(session.map(|session| ("mcp-session-id", session)));
        self.send(path, &headers, message.to_string().into_bytes())
            .await
    }

    /// Begins a session with a target.
    pub async fn begin(&self, path: &str, capabilities: Value) -> String {
        let hello = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": capabilities,
            "clientInfo": {"name": "test", "version": "1"},
        }});
        let answer = self.post(path, None, &hello).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let session = answer.session.expect("a session");
        let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        assert_eq!(self.post(path, Some(&session), &ready).await.status, 202);
        session
    }

    /// The events, as soon as one is of this kind.
    pub async fn events(&self, wanted: &str) -> Vec<Event> {
        until(wanted, || {
            let events = self.plane.events();
            events.iter().any(|e| kind(e) == wanted).then_some(events)
        })
        .await
    }
}

/// Whether no policy is still being prepared.
fn judges(edge: &RunningEdge) -> Option<()> {
    let mut session = edge.sign_in_as("agent", SECRET, "tools").ok()?;
    let operation = Operation::ToolCall(ToolCallOperation::default());
    let class = StatementClass::Read;
    let inspected = Inspected::request("", operation, class, Vec::new(), 0);
    let decision = session.foresee(Phase::McpToolCall, &inspected)?;
    let failed = |outcome: &PolicyOutcome| matches!(outcome.verdict, PolicyVerdict::Failed { .. });
    (!decision.policies.iter().any(failed)).then_some(())
}

fn other() -> BundlePrincipal {
    let mut other = agent();
    other.principal.id = PrincipalId::new();
    other.principal.name = "other".to_owned();
    other.credentials = vec![BundleCredential {
        id: CredentialId::new(),
        secret_sha256: sha256(OTHER),
        expires_at: Timestamp::now().after(Duration::from_secs(3600)),
        grant_id: None,
    }];
    other
}

pub fn request(id: u64, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

pub fn call(id: u64, tool: &str, arguments: Value) -> Value {
    request(
        id,
        "tools/call",
        json!({"name": tool, "arguments": arguments}),
    )
}
