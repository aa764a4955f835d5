//! The policy set as files: exported, nothing is to be done; changed, planned and applied, nothing again.

use std::fs;

use anyhow::{Context as _, Result};
use countersign_test_support::{Countersign, Plane};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{binary, component};

fn sync(admin: &Countersign, folder: &str, apply: bool) -> Result<Value> {
    let mut args = vec!["policy", "sync", folder];
    if apply {
        args.extend(["--apply", "--comment", "from files"]);
    }
    admin.json(&args)
}

fn is_empty(plan: &Value) -> bool {
    let lists = plan
        .as_object()
        .into_iter()
        .flat_map(|lists| lists.values());
    lists
        .into_iter()
        .all(|list| list.as_array().is_some_and(Vec::is_empty))
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_control_plane_agree_after_each_sync() -> Result<()> {
    let house = TempDir::new()?;
    let plane = Plane::start(binary(), house.path(), &[]).await?;
    let admin = &plane.admin;
    for policy in ["destructive-guard", "pii-mask"] {
        admin.json(&["policy", "push", &component(policy)?.display().to_string()])?;
    }
    admin.json(&[
        "policy",
        "bind",
        "destructive-guard",
        "--target-label",
        "env=production",
    ])?;
    admin.json(&["policy", "bind", "pii-mask", "--stage", "shadow"])?;
    let prices = house.path().join("prices.json");
    fs::write(
        &prices,
        json!({"pen": 120, "ink": {"cents": 900}}).to_string(),
    )?;
    admin.json(&[
        "policy",
        "documents",
        "push",
        "prices",
        &prices.display().to_string(),
    ])?;

    let folder = house.path().join("policies-in-force");
    let path = folder.display().to_string();
    admin.json(&["policy", "export", &path])?;
    let plan = sync(admin, &path, false)?;
    assert!(
        is_empty(&plan),
        "what was exported is what is there: {plan}"
    );

    // Another stage, another setting, a document more and one less.
    let file = folder.join("bindings.yaml");
    let text = fs::read_to_string(&file)?;
    let changed = text.replace("stage: shadow", "stage: enforced").replacen(
        "settings: {}",
        "settings:\n    quorum: 2",
        1,
    );
    assert_ne!(changed, text, "{text}");
    fs::write(&file, changed)?;
    fs::remove_file(folder.join("documents/prices.json"))?;
    fs::write(folder.join("documents/stock.json"), r#"{"pen": 7}"#)?;
    let plan = sync(admin, &path, false)?;
    assert_eq!(plan["documents"], json!(["stock"]));
    assert_eq!(plan["removed_documents"], json!(["prices"]));
    assert_eq!(plan["bindings"].as_array().map(Vec::len), Some(2), "{plan}");
    let before = admin.json(&["policy", "bindings"])?;
    assert!(
        before.to_string().contains("shadow"),
        "a plan changes nothing: {before}"
    );

    sync(admin, &path, true)?;
    let after = admin.json(&["policy", "bindings"])?;
    let by_name = |name: &str| {
        let mut found = after.as_array().into_iter().flatten();
        found
            .find(|binding| binding["policy"] == name)
            .context("a binding")
    };
    assert_eq!(by_name("pii-mask")?["stage"], "enforced");
    assert_eq!(by_name("destructive-guard")?["settings"]["quorum"], 2);
    let plan = sync(admin, &path, false)?;
    assert!(is_empty(&plan), "what was applied is what is there: {plan}");

    // A binding that the files no longer name goes; one that only they name comes.
    let mut parsed: Vec<&str> = Vec::new();
    let text = fs::read_to_string(&file)?;
    let mut skipped = false;
    for line in text.lines() {
        if line.starts_with("- name:") {
            skipped = line.contains("pii-mask");
        }
        if !skipped {
            parsed.push(line);
        }
    }
    fs::write(&file, parsed.join("\n"))?;
    let plan = sync(admin, &path, true)?;
    assert_eq!(plan["applied"]["removed_bindings"], json!(["pii-mask"]));
    assert_eq!(
        admin
            .json(&["policy", "bindings"])?
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    fs::write(&file, text)?;
    let plan = sync(admin, &path, true)?;
    assert_eq!(plan["applied"]["bindings"][0]["action"], "make");
    assert!(is_empty(&sync(admin, &path, false)?));
    Ok(())
}
