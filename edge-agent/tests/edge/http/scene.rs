//! An edge in front of an upstream that notes what it gets.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use countersign_model::{Bundle, Event, Target, TargetId, TargetKind};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{RunningEdge, SECRET, bundle, config, kind, plane::Plane, shop, until};

/// What the upstream got.
#[derive(Debug, Clone)]
pub struct Got {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

#[derive(Clone, Default)]
pub struct Upstream {
    pub got: Arc<Mutex<Vec<Got>>>,
}

impl Upstream {
    pub fn requests(&self) -> Vec<Got> {
        self.got.lock().expect("not poisoned").clone()
    }

    fn last_body(&self) -> Value {
        let got = self.requests();
        let last = got.last().map(|got| serde_json::from_slice(&got.body));
        last.and_then(Result::ok).unwrap_or_default()
    }
}

/// The upstream's answers, by path.
async fn answer(
    State(upstream): State<Upstream>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path().to_owned();
    upstream.got.lock().expect("not poisoned").push(Got {
        method,
        uri,
        headers,
        body,
    });
    let json = |value: Value| {
        (
            [(header::CONTENT_TYPE, "application/json")],
            value.to_string(),
        )
    };
    match path.as_str() {
        "/base/customers/7" => {
            json(json!({"id": 7, "email": "jane@example.com", "note": "card 4111 1111 1111 1111"}))
                .into_response()
        }
        "/base/image" => ([(header::CONTENT_TYPE, "image/png")], vec![0xff; 10]).into_response(),
        "/base/missing" => (StatusCode::NOT_FOUND, "no such thing").into_response(),
        "/base/v1/chat/completions" => chat(upstream.last_body()),
        "/base/slow" => {
            tokio::time::sleep(std::time::Duration::from_secs(30)).await;
            "late".into_response()
        }
        _ => json(json!({"ok": true})).into_response(),
    }
}

/// A model that says what it is told, in pieces where it is asked for a stream, and calls the tool that
/// it is offered.
fn chat(request: Value) -> Response {
    let said = request["messages"][0]["content"]
        .as_str()
        .unwrap_or_default();
    let text = format!("You said: {said}");
    let tool = request["tools"][0]["function"]["name"].as_str();
    let call = tool.map(|name| json!({"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": "{\"order\": 7}"}}));
    if request["stream"] != true {
        let mut message = json!({"role": "assistant", "content": text});
        if let Some(call) = &call {
            message["tool_calls"] = json!([call]);
        }
        let reason = if call.is_some() { "tool_calls" } else { "stop" };
        let body = json!({
            "id": "c", "object": "chat.completion", "model": "m-1",
            "choices": [{"index": 0, "message": message, "finish_reason": reason}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        });
        return (
            [(header::CONTENT_TYPE, "application/json")],
            body.to_string(),
        )
            .into_response();
    }
    let chunk = |delta: Value, reason: Value| {
        let body = json!({
            "id": "c", "object": "chat.completion.chunk", "model": "m-1",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
        });
        format!("data: {body}\n\n")
    };
    let mut events = vec![chunk(
        json!({"role": "assistant", "content": ""}),
        Value::Null,
    )];
    let letters: Vec<char> = text.chars().collect();
    for piece in letters.chunks(4) {
        events.push(chunk(
            json!({"content": String::from_iter(piece)}),
            Value::Null,
        ));
    }
    if let Some(call) = &call {
        events.push(chunk(json!({"tool_calls": [call]}), Value::Null));
    }
    let reason = if call.is_some() { "tool_calls" } else { "stop" };
    events.push(chunk(json!({}), json!(reason)));
    events.push("data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}\n\n".to_owned());
    events.push("data: [DONE]\n\n".to_owned());
    let pieces = futures::stream::iter(events.into_iter().map(Ok::<_, std::convert::Infallible>));
    let body = axum::body::Body::from_stream(pieces);
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

pub struct Scene {
    pub plane: Plane,
    pub edge: RunningEdge,
    pub upstream: Upstream,
    pub client: reqwest::Client,
    _dir: tempfile::TempDir,
}

impl Scene {
    /// An edge with these policies in front of the target `api`.
    pub async fn new(bind: impl FnOnce(&mut Bundle, &Plane)) -> Self {
        let upstream = Upstream::default();
        let address = serve(upstream.clone()).await;
        let text = ["api", "gpt"].map(|name| {
            format!(
                "[upstreams.{name}]\nurl = \"http://{address}/base/\"\n\
                 auth.secret = \"upstreams-own\"\nhold_seconds = 1\n"
            )
        });
        let text = text.concat();
        let plane = Plane::start().await;
        let mut bundle = bundle(plane.edge_id());
        bundle.targets.push(Target {
            id: TargetId::new(),
            name: "api".to_owned(),
            kind: TargetKind::Http,
            ..shop()
        });
        bundle.targets.push(Target {
            id: TargetId::new(),
            name: "gpt".to_owned(),
            kind: TargetKind::Openai,
            ..shop()
        });
        bind(&mut bundle, &plane);
        plane.publish(&bundle);
        let dir = tempfile::tempdir().expect("dir");
        let mut config = config(dir.path(), &plane);
        let more = format!(
            "data_dir = \"x\"\n[control_plane]\nurl = \"http://127.0.0.1:1\"\n\
             [http]\nlisten = \"127.0.0.1:0\"\nmax_body_bytes = 100000\n{text}"
        );
        let more = countersign_edge_agent::Config::from_toml(&more).expect("valid");
        config.http = more.http;
        config.upstreams.extend(more.upstreams);
        let edge = RunningEdge::start(config).await;
        drop(edge.signed_in().await);
        Self {
            plane,
            edge,
            upstream,
            client: reqwest::Client::new(),
            _dir: dir,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.edge.http.expect("an HTTP listener")
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        let request = self.client.get(self.url(path)).bearer_auth(SECRET);
        request.send().await.expect("an answer")
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

async fn serve(upstream: Upstream) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().fallback(answer).with_state(upstream);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
