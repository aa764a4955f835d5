//! How soon live connections end: 200 sessions of a real edge, before a real PostgreSQL server, are
//! locked, revoked, or run out of time.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use countersign_test_support::{Postgres, PostgresOptions};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{AGENT, House, PATIENCE, PRODUCTION, connect};

/// Live sessions at a time.
const SESSIONS: usize = 200;

/// What 99 of 100 of them may take to end, the command's own start included. A build without
/// optimisation takes longer to start, and to end 200.
const LIMIT: Duration = if cfg!(debug_assertions) {
    Duration::from_secs(3)
} else {
    Duration::from_secs(1)
};

/// The shortest life of a credential.
const SHORT: Duration = Duration::from_secs(60);

/// Live sessions, each with the moment at which its connection ends.
struct Live {
    _clients: Vec<tokio_postgres::Client>,
    ends: JoinSet<(Instant, Option<String>)>,
}

impl Live {
    async fn connect(url: &str) -> Result<Self> {
        let mut clients = Vec::with_capacity(SESSIONS);
        let mut ends = JoinSet::new();
        for n in 0..SESSIONS {
            let connecting = tokio_postgres::connect(url, tokio_postgres::NoTls);
            let (client, connection) = connecting.await.with_context(|| format!("session {n}"))?;
            ends.spawn(async move {
                let ended = connection.await;
                let code = ended
                    .err()
                    .and_then(|error| Some(error.code()?.code().to_owned()));
                (Instant::now(), code)
            });
            client.simple_query("SELECT 1").await?;
            clients.push(client);
        }
        Ok(Self {
            _clients: clients,
            ends,
        })
    }

    /// How long after `since` each ended, sorted. All were told why.
    async fn ended(mut self, since: Instant) -> Result<Vec<Duration>> {
        let mut took = Vec::with_capacity(SESSIONS);
        while let Some(ended) = tokio::time::timeout(PATIENCE, self.ends.join_next())
            .await
            .with_context(|| format!("{} of {SESSIONS} have ended", took.len()))?
        {
            let (at, code) = ended?;
            ensure!(code.as_deref() == Some("57P01"), "ended with {code:?}");
            took.push(at.saturating_duration_since(since));
        }
        took.sort_unstable();
        Ok(took)
    }
}

fn figures(what: &str, took: &[Duration]) -> Result<Value> {
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    let figures = json!({
        "ended_by": what,
        "sessions": took.len(),
        "p50_ms": at(50).as_millis(),
        "p99_ms": at(99).as_millis(),
        "max_ms": at(100).as_millis(),
    });
    ensure!(at(99) < LIMIT, "{figures}");
    Ok(figures)
}

async fn roomy_house() -> Result<House> {
    let postgres = Postgres::start_with(PostgresOptions {
        settings: vec![("max_connections".to_owned(), "300".to_owned())],
        ..PostgresOptions::default()
    })
    .await?;
    House::on(postgres, &[]).await
}

/// A credential of the agent's once it works: its id, and where to connect with it.
async fn new_credential(house: &House, ttl: &str) -> Result<(String, String)> {
    let admin = &house.plane.admin;
    let made = admin.json(&["principal", "credential", AGENT, "--ttl", ttl])?;
    let secret = made["secret"].as_str().context("a secret")?;
    let url = house.agent_url().replace(&house.secret, secret);
    let in_force = || async { connect(&url).await.ok() };
    countersign_test_support::wait_until("the credential works", PATIENCE, in_force).await?;
    Ok((made["id"].as_str().context("an id")?.to_owned(), url))
}

#[tokio::test(flavor = "multi_thread")]
async fn live_connections_end_within_a_second() -> Result<()> {
    let house = roomy_house().await?;
    let admin = house.plane.admin.clone();

    let live = Live::connect(&house.agent_url()).await?;
    let began = Instant::now();
    let lock = admin.json(&["lock", "target", PRODUCTION, "--reason", "incident 4711"])?;
    let locked = figures("a lock", &live.ended(began).await?)?;
    let refused = connect(&house.agent_url()).await;
    let refused = refused.err().context("let in although it is locked")?;
    ensure!(
        format!("{refused:#}").contains("incident 4711"),
        "{refused:#}"
    );
    admin.json(&["unlock", lock["id"].as_str().context("an id")?])?;
    let again = || async { connect(&house.agent_url()).await.ok() };
    countersign_test_support::wait_until("the lock is lifted", PATIENCE, again).await?;

    let (id, url) = new_credential(&house, "1h").await?;
    let live = Live::connect(&url).await?;
    let began = Instant::now();
    admin.json(&["principal", "revoke", &id])?;
    let revoked = figures("a revocation", &live.ended(began).await?)?;
    report(&locked);
    report(&revoked);
    Ok(())
}

/// Not by itself, as the other is: for a minute it does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn connections_end_when_their_credential_does() -> Result<()> {
    let house = roomy_house().await?;
    let began = Instant::now();
    let (_, url) = new_credential(&house, "60s").await?;
    let live = Live::connect(&url).await?;
    ensure!(began.elapsed() < SHORT, "connecting took too long");
    tokio::time::sleep(SHORT.saturating_sub(began.elapsed())).await;
    report(&figures("the clock", &live.ended(began + SHORT).await?)?);
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the figures of a test of time")]
fn report(figures: &Value) {
    eprintln!("{figures}");
}
