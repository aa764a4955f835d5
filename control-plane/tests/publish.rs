//! How soon 200 edges enforce what an admin publishes or takes back: each enrolls, follows, fetches
//! the bundle with a token of its own and verifies it, over real connections.

use std::{
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use countersign_control_plane::{Config, run};
use countersign_ledger::{
    keys::{SigningKey, VerifyingKey, verify_bundle},
    token::mint_edge_token,
};
use countersign_model::{EdgeId, EnrollResponse, FollowEvent, SignedBundle, Timestamp};
use countersign_test_support::free_port;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

const EDGES: usize = 200;

const ROUNDS: usize = 5;

/// What an admin may wait for. Here both ends share the machine with other tests, and without
/// optimisation the edges alone keep it busy for most of a second.
const LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 1 });

#[derive(Clone)]
struct Plane {
    url: String,
    admin: String,
    http: Client,
}

impl Plane {
    /// A control plane of its own, once it serves.
    async fn start(folder: &Path) -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], free_port().unwrap()));
        let config = Config {
            listen,
            data_dir: folder.join("data"),
            // Each edge has its address in a header: enrolling is limited by address.
            behind_proxy: true,
            ..Config::default()
        };
        let token = config.data_dir.join("admin.token");
        tokio::spawn(async move { run(config, std::future::pending()).await.unwrap() });
        let url = format!("http://{listen}");
        let http = Client::new();
        let healthz = format!("{url}/healthz");
        let serves = async {
            while !matches!(http.get(&healthz).send().await, Ok(r) if r.status() == 200) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(30), serves).await.unwrap();
        let admin = std::fs::read_to_string(token).unwrap().trim().to_owned();
        Self { url, admin, http }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/api/v1{path}", self.url))
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> Value {
        let request = self.request(method, path).bearer_auth(&self.admin);
        answer(request.json(body)).await
    }
}

async fn answer(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// An enrolled edge.
struct Edge {
    id: EdgeId,
    key: SigningKey,
    trusted: VerifyingKey,
    plane: Plane,
}

impl Edge {
    async fn enroll(plane: Plane, number: usize) -> Self {
        let name = json!({"name": format!("edge-{number}")});
        let issued = plane.call(Method::POST, "/join_tokens", &name).await;
        let key = SigningKey::generate().unwrap();
        let body = json!({
            "join_token": issued["token"],
            "public_key": key.verifying_key().to_string(),
            "version": "0.1.0",
        });
        let address = format!("192.0.2.{}", number % 250);
        let request = plane.request(Method::POST, "/edge/enroll").json(&body);
        let enrolled = answer(request.header("x-forwarded-for", address)).await;
        let enrolled: EnrollResponse = serde_json::from_value(enrolled).unwrap();
        Self {
            id: enrolled.edge_id,
            key,
            trusted: enrolled.control_plane_key.parse().unwrap(),
            plane,
        }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        let token = mint_edge_token(&self.key, self.id, Timestamp::now());
        self.plane.request(Method::GET, path).bearer_auth(token)
    }

    /// Tells of each revision when its bundle is verified.
    async fn follow(self, verified: mpsc::UnboundedSender<(u64, Instant)>) {
        let mut stream = self.get("/edge/follow").send().await.unwrap();
        let mut text = String::new();
        while let Some(chunk) = stream.chunk().await.unwrap() {
            text.push_str(std::str::from_utf8(&chunk).unwrap());
            while let Some((message, rest)) = text.split_once("\n\n") {
                let data = message.lines().find_map(|line| line.strip_prefix("data: "));
                let event = data.map(|data| serde_json::from_str(data).unwrap());
                text = rest.to_owned();
                if let Some(FollowEvent::Bundle { .. }) = event {
                    let signed = answer(self.get("/edge/bundle")).await;
                    let signed: SignedBundle = serde_json::from_value(signed).unwrap();
                    let bundle = verify_bundle(&self.trusted, &signed).unwrap();
                    assert_eq!(bundle.edge_id, self.id);
                    if verified.send((bundle.revision, Instant::now())).is_err() {
                        return;
                    }
                }
            }
        }
    }
}

/// How long each edge took from `began` until it had a bundle of this revision or a later one.
async fn arrivals(
    verified: &mut mpsc::UnboundedReceiver<(u64, Instant)>,
    revision: u64,
    began: Instant,
) -> Vec<Duration> {
    let mut took = Vec::with_capacity(EDGES);
    while took.len() < EDGES {
        let next = timeout(Duration::from_secs(30), verified.recv()).await;
        let (seen, at) = next.expect("every edge within 30 s").unwrap();
        if seen >= revision {
            took.push(at - began);
        }
    }
    took
}

fn p99(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() * 99 / 100]
}

fn component() -> Vec<u8> {
    let folder: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "..",
        "plugins",
        "destructive-guard",
    ]
    .iter()
    .collect();
    let module = countersign_policy_package::source::compile(&folder).unwrap();
    countersign_policy_engine::build_policy(&module).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_edges_have_it_within_a_second() {
    let component = tokio::task::spawn_blocking(component).await.unwrap();
    // A provider that another test installed is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let plane = Plane::start(folder.path()).await;
    let upload = plane
        .request(Method::POST, "/policy_versions")
        .bearer_auth(&plane.admin)
        .header("content-type", "application/wasm")
        .body(component);
    let version = answer(upload).await;
    let policy = Arc::new(format!(
        "/policies/{}/rollback",
        version["policy_id"].as_str().unwrap()
    ));
    let body = json!({"policy_version_id": version["id"], "stage": "enforced"});
    let binding = plane.call(Method::POST, "/bindings", &body).await;
    let binding = format!("/bindings/{}", binding["id"].as_str().unwrap());

    let (sender, mut verified) = mpsc::unbounded_channel();
    for number in 0..EDGES {
        let edge = Edge::enroll(plane.clone(), number).await;
        tokio::spawn(edge.follow(sender.clone()));
    }
    arrivals(&mut verified, 0, Instant::now()).await;

    let (mut published, mut rolled_back) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let shadow = json!({"stage": "shadow"});
        plane.call(Method::PATCH, &binding, &shadow).await;
        let newest = plane
            .call(Method::GET, "/policy_changes?limit=1", &Value::Null)
            .await;
        let revision = newest["items"][0]["revision"].as_u64().unwrap();
        published.extend(arrivals(&mut verified, revision, began).await);

        let began = Instant::now();
        let change = plane.call(Method::POST, &policy, &json!({})).await;
        let revision = change["revision"].as_u64().unwrap();
        rolled_back.extend(arrivals(&mut verified, revision, began).await);
    }
    let (published, rolled_back) = (p99(published), p99(rolled_back));
    writeln!(
        std::io::stdout(),
        "countersign {EDGES} edges, {ROUNDS} rounds: publish p99 {published:?}, rollback p99 \
         {rolled_back:?}"
    )
    .unwrap();
    assert!(published < LIMIT, "publish p99 {published:?}");
    assert!(rolled_back < LIMIT, "rollback p99 {rolled_back:?}");
}
