//! A policy's life by commands: shadow, canary, enforced, taken back, signed.

use std::process::Command;

use anyhow::{Context as _, Result};
use countersign_test_support::{Countersign, Plane};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{binary, component};

const GUARD: &str = "destructive-guard";

fn bindings(admin: &Countersign) -> Result<Vec<Value>> {
    let answer = admin.json(&["policy", "bindings"])?;
    answer.as_array().cloned().context("a list of bindings")
}

fn at<'a>(bindings: &'a [Value], stage: &str) -> Result<&'a Value> {
    let mut found = bindings.iter().filter(|binding| binding["stage"] == stage);
    found
        .next()
        .with_context(|| format!("no binding is {stage}: {bindings:?}"))
}

fn rollout(admin: &Countersign, options: &[&str]) -> Result<Value> {
    admin.json(&[&["policy", "rollout", GUARD][..], options].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_is_enforced_and_taken_back() -> Result<()> {
    let folder = TempDir::new()?;
    let plane = Plane::start(binary(), folder.path(), &[]).await?;
    let admin = &plane.admin;
    let file = component(GUARD)?.display().to_string();
    admin.json(&["policy", "push", &file])?;
    admin.json(&[
        "policy",
        "bind",
        GUARD,
        "--stage",
        "shadow",
        "--target-label",
        "env=production",
    ])?;
    rollout(admin, &["--stage", "enforced"])?;

    let canary = [
        "--stage",
        "canary",
        "--percent",
        "20",
        "--settings",
        "{\"quorum\": 2}",
    ];
    rollout(
        admin,
        &[
            &canary[..],
            &["--guard-failures", "5", "--guard-denial-rise", "10"],
        ]
        .concat(),
    )?;
    let bound = bindings(admin)?;
    let (enforced, canary) = (at(&bound, "enforced")?, at(&bound, "canary")?);
    assert_eq!(canary["canary_percent"], 20);
    assert_eq!(canary["replaces"], enforced["id"]);
    assert_eq!(
        canary["selector"], enforced["selector"],
        "it covers the same"
    );
    assert_eq!(canary["guard"]["max_failures"], 5);
    assert_eq!(canary["guard"]["max_denial_rise_percent"], 10);

    rollout(admin, &["--stage", "enforced", "--comment", "good"])?;
    let bound = bindings(admin)?;
    assert_eq!(bound.len(), 1, "it took the other one's place: {bound:?}");
    assert_eq!(at(&bound, "enforced")?["settings"], json!({"quorum": 2}));

    admin.json(&["policy", "rollback", GUARD, "--comment", "holds too much"])?;
    assert_eq!(at(&bindings(admin)?, "enforced")?["settings"], json!({}));
    let sets = admin.json(&["policy", "sets"])?;
    let promoted = sets
        .as_array()
        .into_iter()
        .flatten()
        .find(|set| set["comment"] == "good");
    let revision = promoted.context("the set of the promotion")?["revision"].to_string();
    admin.json(&["policy", "restore", &revision])?;
    assert_eq!(
        at(&bindings(admin)?, "enforced")?["settings"],
        json!({"quorum": 2})
    );
    let changes = admin.json(&["policy", "changes", GUARD])?;
    assert_eq!(changes[0]["state"], "applied");

    signed_by_its_author(admin, &folder, &file)
}

fn signed_by_its_author(admin: &Countersign, folder: &TempDir, file: &str) -> Result<()> {
    let key = folder.path().join("author.key").display().to_string();
    let made = Command::new(binary())
        .args(["policy", "keygen", &key, "--json"])
        .output()?;
    let made: Value = serde_json::from_slice(&made.stdout)?;
    let version = format!("{GUARD}@1");
    let sign = |component: &str| {
        admin.json(&[
            "policy",
            "sign",
            &version,
            "--key",
            &key,
            "--component",
            component,
        ])
    };
    sign(file)?;
    let policies = admin.json(&["policy", "list"])?;
    let id = policies[0]["id"].as_str().context("an id")?;
    let policy = admin.json(&["api", "get", &format!("policies/{id}")])?;
    assert_eq!(
        policy["versions"][0]["signatures"][0]["key"],
        made["public_key"]
    );
    // Another component than the author's own is not signed.
    assert!(sign(&component("pii-mask")?.display().to_string()).is_err());
    Ok(())
}
