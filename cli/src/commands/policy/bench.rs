//! `countersign policy bench`: what a decision costs.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use countersign_model::ManifestCase;
use countersign_policy_engine::{Counters, Trial, case_action};
use serde_json::json;

use super::{
    candidate::{Candidate, Loaded},
    engine,
};
use crate::output;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign policy bench
  countersign policy bench target/policies/pii-mask.wasm --rounds 5000

Per case: a question to an instance that lives (the second and every later action of a session), and one
to an instance that is made for it (the first). Facts are computed before: what the parser costs is not
in it. Verdicts that the engine remembers for equal facts cost less than either.")]
pub struct Bench {
    /// A component, or a folder that is built first
    #[arg(default_value = ".")]
    path: PathBuf,

    /// More cases, YAML or JSON
    #[arg(long, value_name = "FILE")]
    cases: Vec<PathBuf>,

    /// Questions to a living instance; a tenth as many to fresh ones
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    rounds: u32,
}

/// Counters that keep nothing, so that each round is like the first.
struct Uncounted;

impl Counters for Uncounted {
    fn count(&self, _key: &str, amount: u64, _window_seconds: u32) -> u64 {
        amount
    }
}

struct Measured {
    live: Vec<Duration>,
    fresh: Vec<Duration>,
    memory: usize,
}

impl Bench {
    pub fn run(&self, as_json: bool) -> Result<()> {
        let mut candidate = Candidate::of(&self.path)?;
        for file in &self.cases {
            candidate.add_cases(file)?;
        }
        if candidate.cases.is_empty() {
            bail!(
                "{} has no cases to measure: add cases.yaml",
                candidate.manifest.name
            );
        }
        let engine = engine::engine()?;
        let began = Instant::now();
        let loaded = candidate.load(&engine)?;
        let load = began.elapsed();
        let mut rows = Vec::new();
        let mut results = Vec::new();
        for case in &candidate.cases {
            let measured = self
                .measure(&loaded, case)
                .with_context(|| case.name.clone())?;
            let figures = [
                percentile(&measured.live, 50),
                percentile(&measured.live, 99),
                percentile(&measured.fresh, 50),
                percentile(&measured.fresh, 99),
            ];
            rows.push([
                output::short(&case.name, 50),
                format!("{:.1}", figures[0]),
                format!("{:.1}", figures[1]),
                format!("{:.1}", figures[2]),
                format!("{:.1}", figures[3]),
                format!("{} KiB", measured.memory.div_ceil(1024)),
            ]);
            results.push(json!({
                "case": case.name,
                "live_p50_us": figures[0], "live_p99_us": figures[1],
                "fresh_p50_us": figures[2], "fresh_p99_us": figures[3],
                "memory_bytes": measured.memory,
            }));
        }
        if as_json {
            return output::json(&json!({
                "policy": candidate.manifest.name,
                "load_ms": load.as_secs_f64() * 1e3,
                "rounds": self.rounds,
                "cases": results,
            }));
        }
        output::line(&format!(
            "{} {}: compiled and loaded in {:.0} ms; µs a decision",
            candidate.manifest.name,
            candidate.manifest.version,
            load.as_secs_f64() * 1e3
        ))?;
        output::table(
            ["CASE", "LIVE P50", "P99", "FRESH P50", "P99", "MEMORY"],
            &rows,
        )
    }

    fn measure(&self, loaded: &Loaded, case: &ManifestCase) -> Result<Measured> {
        let operation =
            countersign_inspect::operation(&case.operation).map_err(anyhow::Error::msg)?;
        let action = case_action(case, operation);
        let counters: Arc<dyn Counters> = Arc::new(Uncounted);
        let mut trial = trial(loaded, case)?;
        let mut live = Vec::new();
        // An instance is recycled after so many calls; those that make a new one are in the figures.
        for _ in 0..self.rounds {
            let began = Instant::now();
            trial.judge(&action, &counters);
            live.push(began.elapsed());
        }
        let memory = trial.memory_bytes();
        let mut fresh = Vec::new();
        for _ in 0..(self.rounds / 10).max(1) {
            let began = Instant::now();
            self::trial(loaded, case)?.judge(&action, &counters);
            fresh.push(began.elapsed());
        }
        Ok(Measured {
            live,
            fresh,
            memory,
        })
    }
}

fn trial(loaded: &Loaded, case: &ManifestCase) -> Result<Trial> {
    let trial = match &loaded.source {
        Some(source) => loaded.policy.trial_source(source, &case.settings),
        None => loaded.policy.trial(&case.settings),
    };
    trial.context("the settings are refused")
}

/// In microseconds.
fn percentile(times: &[Duration], percent: usize) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len().saturating_sub(1) * percent).div_ceil(100);
    sorted.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let times: Vec<Duration> = (1..=100).rev().map(Duration::from_micros).collect();
        assert!((percentile(&times, 50) - 51.0).abs() < 0.001);
        assert!((percentile(&times, 99) - 100.0).abs() < 0.001);
        assert!(percentile(&[], 50).abs() < 0.001);
    }
}
