//! A control plane in memory, as far as it goes: a database in a temporary folder, a clock that
//! stands still.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use countersign_ledger::{keys::SigningKey, token::mint_edge_token};
use countersign_model::{EdgeId, Role, Roles, Timestamp, UserId};
use countersign_store::{NewApiToken, NewUser};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::{
    clock::Clock,
    config::Config,
    first_start::{self, TOKEN_FILE},
    router::router,
    secret::{API_TOKEN, Secret},
    server,
    state::AppState,
};

/// A clock that moves when told to.
pub struct ManualClock(AtomicI64);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A control plane.
pub struct Plane {
    pub state: AppState,
    pub router: Router,
    pub admin: String,
    pub link: String,
    clock: Arc<ManualClock>,
    pub folder: TempDir,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The body, when the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    /// The problem's code, when the status is this one.
    #[track_caller]
    pub fn code(self, status: u16) -> String {
        let kind = self.headers.get(header::CONTENT_TYPE).cloned();
        let problem = self.expect(status);
        assert_eq!(kind.unwrap(), "application/problem+json", "{problem}");
        assert_eq!(problem["status"], status);
        problem["code"].as_str().unwrap().to_owned()
    }
}

impl Plane {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// One that is configured otherwise.
    pub async fn start_with(configure: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config {
            data_dir: folder.path().join("data"),
            ..Config::default()
        };
        configure(&mut config);
        let clock = Arc::new(ManualClock(AtomicI64::new(1_795_356_131_250)));
        let as_clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let state = server::start(&config, as_clock).await.unwrap();
        let base_url = &state.base_url;
        let link = first_start::prepare(&state.store, &config.data_dir, base_url, state.now());
        let link = link.await.unwrap().unwrap();
        let admin = std::fs::read_to_string(config.data_dir.join(TOKEN_FILE)).unwrap();
        Self {
            router: router(state.clone()),
            admin: admin.trim().to_owned(),
            link,
            state,
            clock,
            folder,
        }
    }

    /// Lets seconds pass.
    pub fn pass(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// A person with an API token.
    pub async fn person(&self, email: &str, role: Role, groups: &[&str]) -> (UserId, String) {
        let new = NewUser {
            name: email.split('@').next().unwrap().to_owned(),
            email: email.to_owned(),
            roles: Roles::from([role]),
            review_scope: None,
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        };
        let now = self.state.now();
        let user = self.state.store.create_user(new, now).await.unwrap();
        let token = Secret::generate(API_TOKEN).unwrap();
        let new = NewApiToken {
            user_id: user.id,
            name: "test".to_owned(),
            token_sha256: token.sha256,
            expires_at: None,
        };
        self.state.store.create_api_token(new, now).await.unwrap();
        (user.id, token.text)
    }

    /// An enrolled edge.
    pub async fn edge(&self, name: &str) -> TestEdge {
        let issued = self.post("/join_tokens", json!({"name": name})).await;
        let join_token = issued.expect(201)["token"].as_str().unwrap().to_owned();
        let key = SigningKey::generate().unwrap();
        let body = json!({
            "join_token": join_token,
            "public_key": key.verifying_key().to_string(),
            "version": "0.1.0",
        });
        let enrolled = self
            .call(Method::POST, "/edge/enroll", "", Some(body))
            .await;
        let id = enrolled.expect(201)["edge_id"].as_str().unwrap().to_owned();
        TestEdge {
            id: id.parse().unwrap(),
            key,
            join_token,
        }
    }

    /// A request as the admin.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &self.admin, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, &self.admin, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, &self.admin, Some(body))
            .await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, &self.admin, None).await
    }

    /// A request with a bearer token, or without where it is empty.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"));
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    /// Any request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let is_stream = parts.headers.get(header::CONTENT_TYPE);
        if is_stream.is_some_and(|kind| kind == "text/event-stream") {
            // It never ends.
            return Answer {
                status: parts.status,
                headers: parts.headers,
                body: Value::Null,
            };
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// A request of an edge.
    pub async fn as_edge(
        &self,
        edge: &TestEdge,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let token = mint_edge_token(&edge.key, edge.id, self.state.now());
        self.call(method, path, &token, body).await
    }
}

/// An edge as a test plays it.
pub struct TestEdge {
    pub id: EdgeId,
    pub key: SigningKey,
    pub join_token: String,
}
