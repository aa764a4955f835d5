//! From an empty folder to a policy that is judged: what an author types, and how long it takes.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::binary;

/// From `policy new` to passed tests, with the registry's crates on the machine.
const PATIENCE: Duration = Duration::from_secs(300);

fn run(folder: &Path, args: &[&str]) -> Result<Output> {
    Command::new(binary())
        .args(args)
        .current_dir(folder)
        .env_remove("COUNTERSIGN_TOKEN")
        .output()
        .context("the binary does not run")
}

fn json_of(output: &Output) -> Result<Value> {
    serde_json::from_slice(&output.stdout)
        .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_new_policy_passes_its_tests_within_five_minutes() -> Result<()> {
    let folder = TempDir::new()?;
    let began = Instant::now();
    let made = run(folder.path(), &["policy", "new", "row-guard"])?;
    assert!(made.status.success(), "{made:?}");
    let home = folder.path().join("row-guard");
    let source = fs::read_to_string(home.join("src/lib.rs"))?;
    let (policy, _) = source.split_once("#[cfg(test)]").context("a test")?;
    let lines = policy
        .lines()
        .filter(|line| !line.trim().is_empty())
        .count();
    assert!(lines < 30, "the policy has {lines} lines");

    let tested = run(&home, &["policy", "test", "--json"])?;
    let took = began.elapsed();
    assert!(tested.status.success(), "{tested:?}");
    let results = json_of(&tested)?;
    assert_eq!(results[0]["policy"], "row-guard");
    assert_eq!(results[0]["failed"], 0);
    assert_eq!(results[0]["passed"], 3);
    assert!(
        took < PATIENCE,
        "from nothing to passed tests took {took:?}"
    );
    let seconds = took.as_secs_f64();
    fs::write(
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("policy-new.json"),
        json!({"seconds": seconds, "lines": lines}).to_string(),
    )?;

    // The rest of the author's day, on what is compiled now.
    let linted = run(&home, &["policy", "lint", "--json"])?;
    assert!(linted.status.success(), "{linted:?}");
    assert_eq!(json_of(&linted)?[0]["problems"], json!([]));
    let built = run(&home, &["policy", "build", "--json"])?;
    let built = json_of(&built)?;
    assert_eq!(built[0]["manifest"]["name"], "row-guard");
    assert_eq!(
        built[0]["imports"],
        json!(["countersign:policy/types@0.1.0"])
    );
    let bench = run(&home, &["policy", "bench", "--rounds", "50", "--json"])?;
    let bench = json_of(&bench)?;
    assert!(
        bench["cases"][0]["live_p50_us"].as_f64() > Some(0.0),
        "{bench}"
    );
    assert!(
        bench["cases"][0]["memory_bytes"].as_u64() > Some(0),
        "{bench}"
    );

    fails_where_it_should(&home)
}

/// A case that is wrong, and a gap in the policy, are told by exit code and in words.
fn fails_where_it_should(home: &Path) -> Result<()> {
    let wrong = json!([{
        "name": "a read is refused", "settings": {"tables": ["customers"]},
        "sql": "SELECT name FROM customers WHERE id = 1", "verdict": "deny",
    }]);
    fs::write(home.join("wrong.json"), wrong.to_string())?;
    let tested = run(home, &["policy", "test", "--json", "--cases", "wrong.json"])?;
    assert_eq!(tested.status.code(), Some(1));
    let cases = json_of(&tested)?[0]["cases"].clone();
    let failed = cases
        .as_array()
        .into_iter()
        .flatten()
        .find(|case| case["passed"] == false);
    let failed = failed.context("a case that failed")?;
    assert_eq!(
        (&failed["expected"], &failed["verdict"]),
        (&json!("deny"), &json!("abstain"))
    );

    let source = fs::read_to_string(home.join("src/lib.rs"))?;
    let gap = source.replace(
        "settings: Settings }",
        "settings: Settings, operations: [\"sql\", \"shell\"] }",
    );
    assert_ne!(gap, source);
    fs::write(home.join("src/lib.rs"), gap)?;
    let linted = run(home, &["policy", "lint", "--json"])?;
    assert_eq!(linted.status.code(), Some(1), "{linted:?}");
    let problems = json_of(&linted)?[0]["problems"].clone();
    let codes: Vec<&str> = problems
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|problem| problem["code"].as_str())
        .collect();
    assert_eq!(codes, ["operation_unused", "untried_operation"]);
    Ok(())
}

#[test]
fn a_folder_with_files_and_a_bad_name_are_refused() -> Result<()> {
    let folder = TempDir::new()?;
    fs::write(folder.path().join("mine"), "")?;
    for (name, path) in [("guard", "."), ("Guard", "new"), ("9guard", "new")] {
        let made = run(folder.path(), &["policy", "new", name, "--path", path])?;
        assert_eq!(made.status.code(), Some(1), "{name} {path}");
    }
    Ok(())
}
