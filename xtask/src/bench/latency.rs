//! What one query costs more: one client, one query after the other, through the edge and directly,
//! in turns.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::Serialize;
use tokio_postgres::{Client, NoTls, Statement};

use super::pgbench::Way;

/// Queries each way in one turn, and turns.
const QUERIES: u32 = 2_000;
const TURNS: u32 = 5;
const WARM_UP: u32 = 500;

/// Microseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Percentiles {
    pub p50_us: f64,
    pub p99_us: f64,
}

/// One prepared query at a time, both ways.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct AddedLatency {
    /// Through the edge less directly.
    #[serde(flatten)]
    pub added: Percentiles,
    pub edge: Percentiles,
    pub direct: Percentiles,
}

/// Measures both ways in turns, so that what else the machine does meets both.
pub async fn measure(direct: &Way, edge: &Way) -> Result<AddedLatency> {
    let direct = Probe::connect(direct).await?;
    let edge = Probe::connect(edge).await?;
    direct.run(WARM_UP).await?;
    edge.run(WARM_UP).await?;
    let mut took = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        took.0.extend(direct.run(QUERIES).await?);
        took.1.extend(edge.run(QUERIES).await?);
    }
    let direct = percentiles(took.0);
    let edge = percentiles(took.1);
    Ok(AddedLatency {
        added: Percentiles {
            p50_us: edge.p50_us - direct.p50_us,
            p99_us: edge.p99_us - direct.p99_us,
        },
        edge,
        direct,
    })
}

struct Probe {
    client: Client,
    statement: Statement,
}

impl Probe {
    async fn connect(way: &Way) -> Result<Self> {
        let (client, connection) = tokio_postgres::Config::new()
            .host("127.0.0.1")
            .port(way.port)
            .user(&way.user)
            .password(&way.password)
            .dbname(&way.database)
            .connect(NoTls)
            .await
            .with_context(|| format!("no connection through {}", way.name))?;
        tokio::spawn(connection);
        let statement = client
            .prepare("SELECT abalance FROM pgbench_accounts WHERE aid = $1")
            .await
            .with_context(|| format!("{} refused the query", way.name))?;
        Ok(Self { client, statement })
    }

    async fn run(&self, queries: u32) -> Result<Vec<Duration>> {
        let mut took = Vec::new();
        for number in 0..queries {
            let account = i32::try_from(number * 37 % 1_000_000)? + 1;
            let start = Instant::now();
            self.client
                .query_one(&self.statement, &[&account])
                .await
                .context("a query failed")?;
            took.push(start.elapsed());
        }
        Ok(took)
    }
}

fn percentiles(mut took: Vec<Duration>) -> Percentiles {
    took.sort();
    let at = |share: usize| {
        let index = (took.len() * share / 100).min(took.len().saturating_sub(1));
        took.get(index)
            .map_or(0.0, |one| one.as_secs_f64() * 1_000_000.0)
    };
    Percentiles {
        p50_us: at(50),
        p99_us: at(99),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let took = (1..=100).rev().map(Duration::from_micros).collect();
        let found = percentiles(took);
        assert!((found.p50_us - 51.0).abs() < 0.01, "{found:?}");
        assert!((found.p99_us - 100.0).abs() < 0.01, "{found:?}");
    }
}
