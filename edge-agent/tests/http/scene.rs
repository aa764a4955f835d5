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
        "/base/slow" => {
            tokio::time::sleep(std::time::Duration::from_secs(30)).await;
            "late".into_response()
        }
        _ => json(json!({"ok": true})).into_response(),
    }
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
        let text = format!(
            "[upstreams.api]\nurl = \"http://{address}/base/\"\nauth.secret = \"upstreams-own\"\n\
             hold_seconds = 1\n"
        );
        let plane = Plane::start().await;
        let mut bundle = bundle(plane.edge_id());
        bundle.targets.push(Target {
            id: TargetId::new(),
            name: "api".to_owned(),
            kind: TargetKind::Http,
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
