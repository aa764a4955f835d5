//! Two thousand malformed and adversarial client byte streams, from a seed: no panic, no hang,
//! nothing forwarded that was not judged.

mod streams;

use std::{collections::BTreeMap, time::Duration};

use crate::support::House;
use anyhow::{Context as _, Result, ensure};
use countersign_test_support::{Postgres, PostgresOptions};
use futures::{StreamExt as _, stream};
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::Value;
use streams::{Ending, Stream};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

const SEED: u64 = 20_261_122;
const STREAMS: usize = 2_000;

/// Far more than an honest answer takes, far less than a person would wait.
const DEADLINE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn no_panic_no_hang_nothing_unjudged() -> Result<()> {
    let mut house = House::on(
        Postgres::start_with(PostgresOptions {
            settings: vec![
                ("log_statement".to_owned(), "all".to_owned()),
                ("log_min_error_statement".to_owned(), "panic".to_owned()),
            ],
            ..PostgresOptions::default()
        })
        .await?,
        &crate::support::policies(),
    )
    .await?;
    let pid = house.plane.edge_pid();
    let mut random = StdRng::seed_from_u64(SEED);
    let all: Vec<Stream> = (0..STREAMS)
        .map(|number| streams::generate(number, &mut random, &house.secret))
        .collect();
    let port = house.plane.edge_port;
    let failures: Vec<String> = stream::iter(all)
        .map(|one| async move {
            play(port, &one)
                .await
                .err()
                .map(|e| format!("{}: {e:#}", one.name))
        })
        .buffer_unordered(32)
        .filter_map(|failure| async move { failure })
        .collect()
        .await;
    ensure!(
        failures.is_empty(),
        "{} streams:\n{}",
        failures.len(),
        failures.join("\n")
    );

    house
        .plane
        .check()
        .context("the edge or the control plane ended")?;
    ensure!(house.plane.edge_pid() == pid, "the edge was started again");
    let log = house.plane.edge_log();
    ensure!(!log.contains("panicked"), "the edge panicked:\n{log}");

    // It still serves the honest.
    house
        .agent()
        .await?
        .simple_query("SELECT 'the last honest statement'")
        .await?;
    let events = house
        .events(|events| {
            events
                .iter()
                .any(|e| text(e).is_some_and(|t| t.contains("last honest")))
        })
        .await?;
    let ran = marked(
        house
            .postgres
            .log()?
            .lines()
            .filter(|line| is_statement(line)),
    );
    let judged = marked(
        events
            .iter()
            .filter(|e| e["type"] == "action_intent")
            .filter_map(text),
    );
    ensure!(!judged.is_empty(), "no stream got as far as a statement");
    for (mark, times) in ran {
        let allowed = judged.get(&mark).copied().unwrap_or(0);
        ensure!(
            times <= allowed,
            "{mark} reached the server {times} times, judged {allowed}"
        );
    }
    Ok(())
}

/// Sends one stream and waits for the edge to be done with it.
async fn play(port: u16, one: &Stream) -> Result<()> {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await?;
    for part in &one.parts {
        // The edge may have closed already, which is what it should do.
        if socket.write_all(part).await.is_err() {
            return Ok(());
        }
        if one.parts.len() > 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    if one.ending == Ending::ClientCloses {
        let _ = socket.shutdown().await;
    }
    let mut answer = vec![0; 16 * 1024];
    timeout(DEADLINE, async {
        while socket.read(&mut answer).await.is_ok_and(|n| n > 0) {}
    })
    .await
    .context("still open at the deadline")
}

fn is_statement(line: &str) -> bool {
    line.contains("statement: ") || line.contains("execute ")
}

fn text(event: &Value) -> Option<&str> {
    event["operation"]["text"].as_str()
}

/// How often each `mark_<n>` occurs.
fn marked<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for text in texts {
        for (at, _) in text.match_indices("mark_") {
            let digits: String = text[at + 5..]
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            *counts.entry(format!("mark_{digits}")).or_default() += 1;
        }
    }
    counts
}
