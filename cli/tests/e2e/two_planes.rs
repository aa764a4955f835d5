//! Two control planes on one PostgreSQL: what is made at one is in force at the other, and at edges
//! that follow either.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use countersign_test_support::{Countersign, Postgres, Service, free_port, wait_until};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{AGENT, PATIENCE, binary, connect};

/// How soon the other one knows.
const SOON: Duration = Duration::from_secs(1);

/// The files that control planes on one database share.
const KEYS: [&str; 1] = ["control-plane.key"];

struct Server {
    _service: Service,
    url: String,
}

impl Server {
    async fn start(folder: &Path, name: &str, database: &str) -> Result<Self> {
        let port = free_port()?;
        let url = format!("http://127.0.0.1:{port}");
        let service = Service::start(
            "a control plane",
            binary(),
            [
                "server".into(),
                "--data-dir".into(),
                folder.join(name).into_os_string(),
                "--listen".into(),
                format!("127.0.0.1:{port}").into(),
            ],
            &[("COUNTERSIGN_DATABASE_URL".to_owned(), database.to_owned())],
            &folder.join(format!("{name}.log")),
        )?;
        let health = format!("{url}/healthz");
        wait_until("the control plane serves", PATIENCE, || async {
            let answer = reqwest::get(&health).await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await?;
        Ok(Self {
            _service: service,
            url,
        })
    }
}

fn edge(
    folder: &Path,
    server: &Server,
    postgres: &Postgres,
    token: &str,
) -> Result<(Service, u16)> {
    let port = free_port()?;
    let (user, password) = postgres.superuser();
    let config = folder.join("edge.toml");
    fs::write(
        &config,
        format!(
            "data_dir = \"{}\"\n[control_plane]\nurl = \"{}\"\n\
             [postgres]\nlisten = \"127.0.0.1:{port}\"\n\
             [upstreams.shop]\nhost = \"127.0.0.1\"\nport = {}\ndatabase = \"shop\"\n\
             user = \"{user}\"\npassword = \"{password}\"\n",
            folder.join("edge").display(),
            server.url,
            postgres.port(),
        ),
    )?;
    fs::set_permissions(&config, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let service = Service::start(
        "the edge",
        binary(),
        ["edge".into(), "--config".into(), config.into_os_string()],
        &[("COUNTERSIGN_JOIN_TOKEN".to_owned(), token.to_owned())],
        &folder.join("edge.log"),
    )?;
    Ok((service, port))
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    Ok(found.with_context(|| format!("no {pointer}"))?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_makes_is_in_force_at_the_other() -> Result<()> {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let postgres = Postgres::start().await?;
    postgres.create_database("shop").await?;
    let database = postgres.create_database("countersign").await?;
    let folder = TempDir::new()?;
    let first = Server::start(folder.path(), "first", &database).await?;
    let second_dir = folder.path().join("second");
    fs::create_dir(&second_dir)?;
    for key in KEYS {
        fs::copy(folder.path().join("first").join(key), second_dir.join(key))?;
    }
    let second = Server::start(folder.path(), "second", &database).await?;
    let token = fs::read_to_string(folder.path().join("first/admin.token"))?;
    let one = Countersign::new(binary(), &first.url, token.trim());
    let other = Countersign::new(binary(), &second.url, token.trim());

    // A sign-in at one is one at the other.
    one.json(&["target", "create", "shop", "--default", "allow"])?;
    ensure!(other.json(&["target", "list"])?[0]["name"] == "shop");
    one.json(&["principal", "create", AGENT, "--kind", "agent"])?;
    let secret = text(
        &other.json(&["principal", "credential", AGENT, "--ttl", "1h"])?,
        "/secret",
    )?;
    // The token is the first one's, the edge the second one's.
    let join = text(&one.json(&["join-token", "create", "edge-1"])?, "/token")?;
    let (_edge, port) = edge(folder.path(), &second, &postgres, &join)?;
    let url = format!("postgres://{AGENT}:{secret}@127.0.0.1:{port}/shop");
    let let_in = || async { connect(&url).await.ok() };
    let mut took = Vec::new();
    for _ in 0..5 {
        let client = wait_until("the edge lets the agent in", PATIENCE, let_in).await?;
        client.simple_query("SELECT 1").await?;
        let began = Instant::now();
        let lock = one.json(&["lock", "principal", AGENT, "--reason", "incident 4711"])?;
        let id = text(&lock, "/id")?;
        wait_until("the connection ends", PATIENCE, || async {
            client.is_closed().then_some(())
        })
        .await?;
        took.push(began.elapsed());
        ensure!(other.json(&["locks"])?[0]["id"] == id.as_str(), "{lock}");
        one.json(&["unlock", &id])?;
    }
    took.sort_unstable();
    ensure!(took[took.len() - 1] < SOON, "{took:?}");
    report(&took);
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the figures of a test of time")]
fn report(took: &[Duration]) {
    eprintln!("lock at one control plane to the end at an edge of the other: {took:?}");
}
