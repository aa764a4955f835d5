//! `countersign policy test`: a policy's cases, judged as an edge would.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use countersign_model::HostCall;
use countersign_policy_engine::Engine;
use serde_json::{Value, json};

use super::{candidate::Candidate, engine, watch};
use crate::output;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign policy test
  countersign policy test --watch
  countersign policy test target/policies/*.wasm --cases more.yaml

Judges the cases in the manifest and in cases.yaml or cases.json beside the policy, through the real parser
and the real engine. Exit code 1 when a case does not come out as its author says.")]
pub struct Test {
    /// Components, or folders that are built first
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,

    /// More cases, YAML or JSON
    #[arg(long, value_name = "FILE")]
    cases: Vec<PathBuf>,

    /// Build and judge again whenever a file changes
    #[arg(long)]
    watch: bool,
}

impl Test {
    pub fn run(&self, as_json: bool) -> Result<()> {
        if self.watch {
            let mut watched = self.paths.clone();
            watched.extend(self.cases.iter().cloned());
            return watch::each_change(&watched, || self.once(as_json));
        }
        self.once(as_json)
    }

    fn once(&self, as_json: bool) -> Result<()> {
        let engine = engine::engine()?;
        let mut results = Vec::new();
        let mut failed = 0;
        for path in &self.paths {
            let mut candidate = Candidate::of(path)?;
            for file in &self.cases {
                candidate.add_cases(file)?;
            }
            let rows = judge(&engine, &candidate)?;
            failed += rows.iter().filter(|row| !row.passed).count();
            if !as_json {
                print(&candidate, &rows)?;
            }
            results.push(json!({
                "policy": candidate.manifest.name,
                "version": candidate.manifest.version,
                "passed": rows.iter().filter(|row| row.passed).count(),
                "failed": rows.iter().filter(|row| !row.passed).count(),
                "cases": rows.iter().map(Row::to_json).collect::<Vec<_>>(),
            }));
        }
        if as_json {
            output::json(&results)?;
        }
        if failed > 0 {
            bail!("{failed} cases did not come out as they say");
        }
        Ok(())
    }
}

/// What came of a case.
pub struct Row {
    pub name: String,
    pub expected: String,
    pub verdict: String,
    pub reason: Option<String>,
    pub passed: bool,
    micros: u128,
    log: Vec<String>,
}

impl Row {
    fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "expected": self.expected,
            "verdict": self.verdict,
            "reason": self.reason,
            "passed": self.passed,
            "micros": u64::try_from(self.micros).unwrap_or(u64::MAX),
            "log": self.log,
        })
    }
}

/// Judges all cases of a policy.
pub fn judge(engine: &Engine, candidate: &Candidate) -> Result<Vec<Row>> {
    let loaded = candidate.load(engine)?;
    let parse = &countersign_inspect::operation;
    let rows = candidate.cases.iter().map(|case| {
        let outcome = loaded.policy.run_case(loaded.source.as_ref(), case, parse);
        let wanted = case.reason.as_ref();
        Row {
            name: case.name.clone(),
            expected: wanted.map_or_else(
                || case.verdict.clone(),
                |words| format!("{} ({words})", case.verdict),
            ),
            passed: outcome.check(case).is_ok(),
            micros: outcome.took.as_micros(),
            log: outcome.host_calls.iter().filter_map(line).collect(),
            verdict: outcome.verdict,
            reason: outcome.reason,
        }
    });
    Ok(rows.collect())
}

fn line(call: &HostCall) -> Option<String> {
    match call {
        HostCall::Log { level, message } => Some(format!("{level}: {message}")),
        _ => None,
    }
}

fn print(candidate: &Candidate, rows: &[Row]) -> Result<()> {
    let manifest = &candidate.manifest;
    output::line(&format!("{} {}", manifest.name, manifest.version))?;
    let cells: Vec<[String; 5]> = rows
        .iter()
        .map(|row| {
            let told = match (row.passed, &row.reason) {
                (true, Some(reason)) => reason.clone(),
                (true, None) => String::new(),
                (false, Some(reason)) => format!("expected {}, got: {reason}", row.expected),
                (false, None) => format!("expected {}", row.expected),
            };
            [
                if row.passed { "ok" } else { "FAILED" }.to_owned(),
                output::short(&row.name, 60),
                output::short(&row.verdict, 60),
                format!("{} µs", row.micros),
                output::short(&told, 80),
            ]
        })
        .collect();
    output::table(["", "CASE", "VERDICT", "TIME", ""], &cells)?;
    for row in rows.iter().filter(|row| !row.passed) {
        for line in &row.log {
            output::line(&format!("  {}: {line}", row.name))?;
        }
    }
    let passed = rows.iter().filter(|row| row.passed).count();
    output::line(&format!(
        "{passed} passed, {} failed\n",
        rows.len() - passed
    ))
}
