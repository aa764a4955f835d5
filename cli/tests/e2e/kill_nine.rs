//! `kill -9` of the edge, a hundred times, during a write load: nothing runs without a durable
//! intent, and every event arrives at the control plane once, with no gap.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use crate::support::House;
use anyhow::{Context as _, Result, ensure};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::Value;

/// Writers at a time.
const WRITERS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_without_intent_and_no_event_lost_or_doubled() -> Result<()> {
    let kills: u32 = std::env::var("COUNTERSIGN_KILLS").map_or(Ok(100), |n| n.parse())?;
    let mut house = House::start().await?;
    let load = Load::start(&house.agent_url());
    let mut random = StdRng::seed_from_u64(2);
    let mut last_count = 0;
    for round in 0..kills {
        load.wait_for_more(&mut last_count)
            .await
            .with_context(|| format!("round {round}"))?;
        tokio::time::sleep(Duration::from_millis(random.random_range(0..60))).await;
        house.plane.kill_edge()?;
        house.plane.restart_edge().await?;
    }
    load.stop().await;

    let upstream = house.upstream().await?;
    let rows = upstream.query("SELECT id FROM notes", &[]).await?;
    let stored: BTreeSet<i64> = rows.iter().map(|row| row.get(0)).collect();
    ensure!(
        stored.len() > kills as usize,
        "hardly any load: {} rows",
        stored.len()
    );

    // A last statement: when its outcome has arrived, everything before it has.
    house
        .agent()
        .await?
        .batch_execute("INSERT INTO notes VALUES (-1, 'last')")
        .await?;
    let events = house
        .events(|events| events.iter().any(|e| inserted(e) == Some(-1)))
        .await?;
    in_order_without_gap(&events)?;
    let starts = events
        .iter()
        .filter(|e| e["type"] == "edge_started")
        .count();
    ensure!(
        starts == kills as usize + 1,
        "{starts} starts for {kills} kills"
    );

    let intended: BTreeSet<i64> = events.iter().filter_map(inserted).collect();
    let without: Vec<_> = stored.difference(&intended).collect();
    ensure!(
        without.is_empty(),
        "ran without a durable intent: {without:?}"
    );
    Ok(())
}

/// Sequence numbers rise by one from 1, in one epoch: nothing lost, nothing twice.
fn in_order_without_gap(events: &[Value]) -> Result<()> {
    let mut epochs = BTreeMap::<u64, Vec<u64>>::new();
    for event in events {
        let epoch = event["epoch"].as_u64().context("no epoch")?;
        epochs
            .entry(epoch)
            .or_default()
            .push(event["seq"].as_u64().context("no seq")?);
    }
    ensure!(
        epochs.len() == 1,
        "the journal began anew: {} epochs",
        epochs.len()
    );
    for seqs in epochs.into_values() {
        let expected: Vec<u64> = (1..=seqs.len() as u64).collect();
        ensure!(
            seqs == expected,
            "sequence numbers are not 1 to {}",
            seqs.len()
        );
    }
    Ok(())
}

/// The id that an intent's INSERT has.
fn inserted(event: &Value) -> Option<i64> {
    if event["type"] != "action_intent" {
        return None;
    }
    let text = event["operation"]["text"].as_str()?;
    let id = text
        .strip_prefix("INSERT INTO notes VALUES (")?
        .split(',')
        .next()?;
    id.parse().ok()
}

/// Writers that connect again whenever they are cut off.
struct Load {
    stopped: Arc<AtomicBool>,
    done: Arc<AtomicI64>,
    writers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(url: &str) -> Self {
        let stopped = Arc::new(AtomicBool::new(false));
        let (next, done) = (Arc::new(AtomicI64::new(1)), Arc::new(AtomicI64::new(0)));
        let writers = (0..WRITERS)
            .map(|_| {
                let (url, stopped) = (url.to_owned(), Arc::clone(&stopped));
                let (next, done) = (Arc::clone(&next), Arc::clone(&done));
                tokio::spawn(async move {
                    while !stopped.load(Ordering::Relaxed) {
                        write_until_cut_off(&url, &stopped, &next, &done).await;
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                })
            })
            .collect();
        Self {
            stopped,
            done,
            writers,
        }
    }

    /// Waits until the edge serves again and some statements have gone through.
    async fn wait_for_more(&self, last: &mut i64) -> Result<()> {
        let wanted = *last + 8;
        countersign_test_support::wait_until(
            "the load goes on",
            crate::support::PATIENCE,
            || async { (self.done.load(Ordering::Relaxed) >= wanted).then_some(()) },
        )
        .await?;
        *last = self.done.load(Ordering::Relaxed);
        Ok(())
    }

    async fn stop(self) {
        self.stopped.store(true, Ordering::Relaxed);
        for writer in self.writers {
            let _ = writer.await;
        }
    }
}

async fn write_until_cut_off(url: &str, stopped: &AtomicBool, next: &AtomicI64, done: &AtomicI64) {
    let Ok(client) = crate::support::connect(url).await else {
        return;
    };
    while !stopped.load(Ordering::Relaxed) {
        let id = next.fetch_add(1, Ordering::Relaxed);
        let sql = format!("INSERT INTO notes VALUES ({id}, 'kill')");
        if client.batch_execute(&sql).await.is_err() {
            return;
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
}
