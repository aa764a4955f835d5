//! A whole house for a test: PostgreSQL with a small shop, the control plane, one edge, the
//! built-in policies, an agent and a reviewer. Real processes of the real binary, real TCP.

pub mod models;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use countersign_test_support::{Countersign, Plane, Postgres, Upstream, wait_until};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The agent's name.
pub const AGENT: &str = "release-bot";
/// For whom it acts.
pub const HUMAN: &str = "alice@example.com";

/// How long anything may take that is not a test of time.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The one target of most tests.
pub const PRODUCTION: &str = "shop-production";

/// Everything a test talks to. Ends with the test.
pub struct House {
    pub plane: Plane,
    pub postgres: Postgres,
    pub secret: String,
    pub reviewer: Countersign,
    _folder: TempDir,
}

/// A policy to bind, with its settings.
pub type BoundPolicy = (&'static str, Value);

/// The four built-in policies, as a shop would set them.
pub fn policies() -> Vec<BoundPolicy> {
    vec![
        ("environment-boundary", json!({})),
        ("destructive-guard", json!({})),
        (
            "bulk-read-guard",
            json!({"tables": ["customers"], "row_cap": 5}),
        ),
        ("pii-mask", json!({})),
    ]
}

impl House {
    /// A house with the four built-in policies.
    pub async fn start() -> Result<Self> {
        Self::with_policies(&policies()).await
    }

    /// A house with these policies on a target that allows what none of them objects to.
    pub async fn with_policies(policies: &[BoundPolicy]) -> Result<Self> {
        Self::on(Postgres::start().await?, policies).await
    }

    /// The same on this server.
    pub async fn on(postgres: Postgres, policies: &[BoundPolicy]) -> Result<Self> {
        seed(&postgres).await?;
        let folder = TempDir::new().context("no temporary folder")?;
        let upstream = Upstream {
            target: PRODUCTION.to_owned(),
            port: postgres.port(),
            database: "shop".to_owned(),
            user: "countersign".to_owned(),
            password: "upstream-secret".to_owned(),
        };
        let mut plane = Plane::start(binary(), folder.path(), &[upstream]).await?;
        let admin = plane.admin.clone();
        admin.json(&[
            "target",
            "create",
            PRODUCTION,
            "--label",
            "env=production",
            "--default",
            "allow",
        ])?;
        admin.json(&[
            "principal",
            "create",
            AGENT,
            "--kind",
            "agent",
            "--on-behalf-of",
            HUMAN,
        ])?;
        let secret = admin.text(
            &["principal", "credential", AGENT, "--ttl", "1h"],
            "/secret",
        )?;
        for (policy, settings) in policies {
            let file = component(policy)?;
            admin.json(&["policy", "push", &file.display().to_string()])?;
            admin.json(&[
                "policy",
                "bind",
                policy,
                "--settings",
                &settings.to_string(),
            ])?;
        }
        admin.json(&[
            "user",
            "create",
            "bob@example.com",
            "--name",
            "Bob Ng",
            "--role",
            "reviewer",
        ])?;
        let token = admin.text(
            &["user", "token", "bob@example.com", "--ttl", "1h"],
            "/token",
        )?;
        let reviewer = admin.with_token(&token);
        plane.in_force().await?;
        Ok(Self {
            plane,
            postgres,
            secret,
            reviewer,
            _folder: folder,
        })
    }

    /// What the agent's clients connect to.
    pub fn agent_url(&self) -> String {
        format!(
            "postgres://{AGENT}:{}@127.0.0.1:{}/{PRODUCTION}",
            self.secret, self.plane.edge_port
        )
    }

    /// The agent's connection.
    pub async fn agent(&self) -> Result<tokio_postgres::Client> {
        connect(&self.agent_url()).await
    }

    /// A connection past the edge, to see what really happened.
    pub async fn upstream(&self) -> Result<tokio_postgres::Client> {
        connect(&self.postgres.url("shop")).await
    }

    /// Waits for the one review that is pending.
    pub async fn pending_review(&self) -> Result<Value> {
        let reviewer = self.reviewer.clone();
        wait_until("a review is pending", PATIENCE, || async {
            let reviews = reviewer.json(&["review", "list"]).ok()?;
            reviews.get(0).cloned()
        })
        .await
    }

    /// Every event of the edge's journal that the control plane has, oldest first, once `done` says
    /// that what it waits for is there.
    pub async fn events(&self, done: impl Fn(&[Value]) -> bool) -> Result<Vec<Value>> {
        let mut last = Vec::new();
        let result = wait_until("the events have arrived", PATIENCE, || {
            let events = self.all_events();
            if let Ok(events) = &events {
                last.clone_from(events);
            }
            let arrived = events.ok().filter(|events| done(events));
            async move { arrived }
        })
        .await;
        result.with_context(|| format!("{} events arrived: {}", last.len(), summary(&last)))
    }

    fn all_events(&self) -> Result<Vec<Value>> {
        let mut events = Vec::new();
        let mut cursor = None::<String>;
        loop {
            let query = cursor.map_or(String::new(), |cursor| format!("&cursor={cursor}"));
            let page = self.plane.get(&format!("events?limit=1000{query}"))?;
            events.extend(page["items"].as_array().cloned().unwrap_or_default());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(events),
            }
        }
    }
}

/// The types of events, counted, for a failure's message.
fn summary(events: &[Value]) -> String {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for event in events {
        *counts
            .entry(event["type"].as_str().unwrap_or("?"))
            .or_default() += 1;
    }
    format!("{counts:?}")
}

/// Opens a connection and drives it in the background.
pub async fn connect(url: &str) -> Result<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(async move {
        // The client's own calls report how the connection ended.
        let _ = connection.await;
    });
    Ok(client)
}

/// The binary under test.
pub fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_countersign"))
}

/// The Python that has the clients which the tests drive.
pub fn python() -> String {
    std::env::var("COUNTERSIGN_TEST_PYTHON").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../.tools/python/bin/python").into()
    })
}

/// A client's script.
pub fn client_script(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(path)
}

/// A built-in policy's component, as `cargo xtask build-plugins` leaves it.
pub fn component(policy: &str) -> Result<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/policies")
        .join(format!("{policy}.wasm"));
    file.canonicalize()
        .with_context(|| format!("{} is missing: run `cargo xtask build`", file.display()))
}

/// A shop with personal data, owned by the edge's own role.
async fn seed(postgres: &Postgres) -> Result<()> {
    let root = connect(&postgres.url("postgres")).await?;
    root.batch_execute("CREATE ROLE countersign LOGIN PASSWORD 'upstream-secret'")
        .await?;
    root.batch_execute("CREATE DATABASE shop OWNER countersign")
        .await?;
    let shop = connect(&postgres.url("shop")).await?;
    shop.batch_execute(include_str!("shop.sql"))
        .await
        .context("the shop cannot be seeded")
}
