//! What ran through a real edge, judged again and explained: the same versions change nothing, other
//! settings what they should.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::support::House;

const DELETION: &str = "DELETE FROM orders WHERE created_at < '2026-10-03'";
const ROUNDS: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_comes_out_the_same_and_other_settings_differ() -> Result<()> {
    let mut house = House::start().await?;
    let held = work(&house).await?;
    let admin = house.plane.admin.clone();

    // Within the record the policies change: each decision is judged by what was bound then.
    let bindings = admin.json(&["policy", "bindings"])?;
    let guard = named(&bindings, "destructive-guard")?;
    let change = json!({"settings": {"quorum": 2}}).to_string();
    let path = format!("bindings/{guard}");
    admin.json(&["api", "patch", &path, "--body", &change])?;
    house.plane.in_force().await?;
    let client = house.agent().await?;
    for _ in 0..ROUNDS {
        client
            .simple_query("SELECT id, email FROM customers LIMIT 3")
            .await?;
        ensure!(
            client.simple_query("DROP TABLE notes").await.is_err(),
            "it was dropped"
        );
    }
    drop(client);
    let drops = 2 * ROUNDS;
    house
        .events(|events| refused(events) == drops && closed(events) == 2)
        .await?;

    let same = admin.json(&["policy", "replay", "--since", "1h", "--fail-on-difference"])?;
    ensure!(same["state"] == "done", "{same}");
    ensure!(same["differing"] == 0 && same["skipped"] == 0, "{same}");
    // Three statements and a refused one a round, then two a round, and the held one.
    let decisions = 4 * ROUNDS + 2 * ROUNDS + 1;
    ensure!(same["judged"] == decisions, "{same}");

    let mild = json!({"deny_operations": [], "review_operations": [], "review_unbounded": false,
        "review_classes": []});
    let mild = mild.to_string();
    let arguments = [
        "policy",
        "replay",
        "destructive-guard",
        "--since",
        "1h",
        "--settings",
        &mild,
    ];
    let changed = admin.json(&arguments)?;
    ensure!(changed["differing"] == drops + 1, "{changed}");
    let groups = changed["groups"].as_array().context("no groups")?;
    let told: Vec<_> = groups
        .iter()
        .map(|group| (&group["key"]["from"], &group["key"]["to"], &group["count"]))
        .collect();
    let expected = [
        (&json!("deny"), &json!("abstain"), &json!(drops)),
        (&json!("review"), &json!("abstain"), &json!(1)),
    ];
    ensure!(told == expected, "{told:?}");
    let failing = [arguments.as_slice(), &["--fail-on-difference"]].concat();
    let failure = admin.json(&failing);
    ensure!(
        failure.is_err(),
        "differences did not fail the command: {failure:?}"
    );

    explained(&house, &held)?;
    Ok(())
}

/// Statements that are allowed, masked, refused and held; the action that was held.
async fn work(house: &House) -> Result<String> {
    let client = house.agent().await?;
    for _ in 0..ROUNDS {
        client.simple_query("SELECT 1").await?;
        client
            .simple_query("SELECT id, email FROM customers LIMIT 3")
            .await?;
        client
            .query("SELECT count(*) FROM orders WHERE id > $1", &[&5_i32])
            .await?;
        ensure!(
            client.simple_query("DROP TABLE notes").await.is_err(),
            "it was dropped"
        );
    }
    let running = tokio::spawn(async move { client.execute(DELETION, &[]).await });
    let review = house.pending_review().await?;
    let id = review["id"].as_str().context("no id")?.to_owned();
    house.reviewer.json(&["review", "approve", &id])?;
    running.await??;
    let shown = house.plane.get(&format!("reviews/{id}"))?;
    let action = shown["action_id"]
        .as_str()
        .context("the review names no action")?;
    Ok(action.to_owned())
}

fn explained(house: &House, action: &str) -> Result<()> {
    let admin = &house.plane.admin;
    let held = admin.json(&["explain", action])?;
    ensure!(held["operation"]["text"] == DELETION, "{held}");
    ensure!(held["decision"]["effect"] == "review", "{held}");
    ensure!(held["outcome"]["status"] == "completed", "{held}");
    let policies = held["policies"].as_array().context("no policies")?;
    ensure!(policies.len() == 4, "{held}");
    let guard = policies
        .iter()
        .find(|policy| policy["policy"] == "destructive-guard")
        .context("the guard is missing")?;
    ensure!(guard["settings"] == json!({}), "as bound then: {guard}");
    ensure!(guard["reason"].is_string(), "{guard}");
    let short = action
        .get(action.len() - 6..)
        .context("a short id")?
        .to_uppercase();
    let again = admin.json(&["explain", &format!("A-{short}")])?;
    ensure!(again["action_id"] == action, "{again}");
    Ok(())
}

fn named(bindings: &Value, policy: &str) -> Result<String> {
    let found = bindings.as_array().into_iter().flatten();
    let mut found = found.filter(|binding| binding["policy"] == policy);
    let id = found.next().and_then(|binding| binding["id"].as_str());
    Ok(id
        .with_context(|| format!("{policy} is not bound"))?
        .to_owned())
}

fn refused(events: &[Value]) -> usize {
    events
        .iter()
        .filter(|e| e["type"] == "action_refused")
        .count()
}

fn closed(events: &[Value]) -> usize {
    events
        .iter()
        .filter(|e| e["type"] == "session_closed")
        .count()
}
