//! `countersign policy test`: a component's own cases, judged by the component itself.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use countersign_policy_engine::{Engine, EngineOptions};
use serde_json::json;

use super::policy::package;
use crate::output;

/// Loads each file as an edge would, and judges the cases of its manifest.
pub fn test(files: &[PathBuf], as_json: bool) -> Result<()> {
    let engine =
        Engine::new(EngineOptions::default()).context("the policy engine does not start here")?;
    let mut results = Vec::new();
    let mut passed = 0;
    let mut failed = Vec::new();
    for file in files {
        let (component, package) = package(file)?;
        let policy = engine
            .load(&component)
            .with_context(|| format!("{} cannot be loaded", file.display()))?;
        let outcome = policy.check_cases(&countersign_inspect::operation);
        let name = package.manifest.name;
        let cases = package.manifest.cases.len();
        let error = outcome.err().map(|failure| failure.to_string());
        match &error {
            None => passed += cases,
            Some(error) => failed.push(format!("{name}: {error}")),
        }
        if !as_json {
            let word = error.as_deref().unwrap_or("ok");
            output::line(&format!("{name}: {cases} cases: {word}"))?;
        }
        results.push(json!({ "policy": name, "cases": cases, "error": error }));
    }
    if as_json {
        output::json(&results)?;
    } else {
        output::line(&format!("cases: {passed} passed, {} failed", failed.len()))?;
    }
    if !failed.is_empty() {
        bail!("{}", failed.join("; "));
    }
    Ok(())
}
