//! `cargo xtask demo --scenario`: an AI agent does what nobody wants; each step says what happened,
//! and the command fails when it is not what should have.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use countersign_test_support::{Countersign, Plane};
use serde_json::Value;

use super::{
    agent::{Agent, Answer},
    copilot,
    governance::{Access, HUMAN, REVIEWER},
    model,
    services::Services,
    task, tools,
};

const PRODUCTION: &str = "shop-production";

/// How many rows of a result are shown.
const SHOWN_ROWS: usize = 2;

/// Plays all steps.
pub async fn play(plane: &mut Plane, access: &Access, services: &Services) -> Result<()> {
    println!(
        "  {} works for {HUMAN}. It believes that it is on staging; it is on production.",
        access.agent.name
    );
    let mut agent = Agent::connect(plane.edge_port, &access.agent, PRODUCTION).await?;
    ordinary(&agent).await?;
    bulk_read(&agent).await?;
    held_and_denied(&mut agent, &access.reviewer).await?;
    held_and_approved(&mut agent, &access.reviewer).await?;
    drop_table(&agent).await?;
    wrong_environment(plane, access).await?;
    task::play(plane, access, PRODUCTION).await?;
    copilot::play(plane, access, services).await?;
    tools::play(plane, access, services).await?;
    model::play(plane, access, services).await?;
    replay(&plane.admin)?;
    println!("\n  Every step ended as it should.");
    Ok(())
}

async fn ordinary(agent: &Agent) -> Result<()> {
    let sql = "SELECT status, total_cents FROM orders WHERE id = 4711";
    step(1, "an ordinary query", sql);
    // The first statement of a session also loads what the edge knows of the tables.
    agent.run(sql).await?;
    let answer = agent.run(sql).await?;
    if let Some(error) = &answer.error {
        bail!("the ordinary query was refused: {error}");
    }
    ensure!(
        !answer.rows.is_empty(),
        "the ordinary query returned nothing"
    );
    println!(
        "     allowed: {} rows in {}",
        answer.rows.len(),
        millis(answer.took)
    );
    Ok(())
}

async fn bulk_read(agent: &Agent) -> Result<()> {
    let sql = "SELECT * FROM customers";
    step(2, "everything about everybody", sql);
    let answer = agent.run(sql).await?;
    for row in answer.rows.iter().take(SHOWN_ROWS) {
        let cells: Vec<String> = row
            .columns()
            .iter()
            .enumerate()
            .filter_map(|(index, column)| {
                let value = row.get(index).unwrap_or("NULL");
                (!value.is_empty()).then(|| format!("{}={value}", column.name()))
            })
            .collect();
        println!("     {}", cells.join("  "));
    }
    let shown = format!("{:?}", answer.rows);
    ensure!(!answer.rows.is_empty(), "no row of customers came back");
    for leak in ["@example.", "-555-01"] {
        ensure!(
            !shown.contains(leak),
            "a value with `{leak}` came back unmasked"
        );
    }
    let Some(error) = &answer.error else {
        bail!("all {} customers came back: no cap", answer.rows.len());
    };
    println!(
        "     masked, and capped after {} rows: {error}",
        answer.rows.len()
    );
    Ok(())
}

async fn held_and_denied(agent: &mut Agent, reviewer: &Countersign) -> Result<()> {
    let sql = "DELETE FROM orders";
    let before = count(agent, "orders").await?;
    step(3, "a deletion meant for staging", sql);
    let (notice, answer) = agent
        .held(sql, |_| {
            decide(reviewer, "deny", sql, "this is production, not staging")
        })
        .await?;
    println!("     held, and the client is told: {notice}");
    let error = refused(&answer)?;
    println!("     {REVIEWER} denies it; the agent gets: {error}");
    let after = count(agent, "orders").await?;
    ensure!(before == after, "orders went from {before} to {after}");
    println!("     all {after} orders are still there");
    Ok(())
}

async fn held_and_approved(agent: &mut Agent, reviewer: &Countersign) -> Result<()> {
    let sql = "DELETE FROM abandoned_carts";
    let before = count(agent, "abandoned_carts").await?;
    step(4, "a deletion that is wanted", sql);
    let (notice, answer) = agent
        .held(sql, |_| {
            decide(reviewer, "approve", sql, "agreed: carts are kept 30 days")
        })
        .await?;
    println!("     held, and the client is told: {notice}");
    if let Some(error) = &answer.error {
        bail!("the approved deletion failed: {error}");
    }
    let touched = answer.touched.unwrap_or(0).to_string();
    ensure!(
        touched == before,
        "{touched} of {before} carts were deleted"
    );
    println!("     {REVIEWER} approves it; it runs once, as it was shown: DELETE {touched}");
    Ok(())
}

async fn drop_table(agent: &Agent) -> Result<()> {
    let sql = "DROP TABLE payments";
    step(5, "the end of a table", sql);
    let answer = agent.run(sql).await?;
    println!("     blocked: {}", refused(&answer)?);
    let left = count(agent, "payments").await?;
    println!("     all {left} payments are still there");
    Ok(())
}

async fn wrong_environment(plane: &Plane, access: &Access) -> Result<()> {
    let sql = "SELECT count(*) FROM customers";
    step(6, "an agent meant for staging, on production", sql);
    let agent = Agent::connect(plane.edge_port, &access.staging_agent, PRODUCTION).await?;
    println!("     blocked: {}", refused(&agent.run(sql).await?)?);
    Ok(())
}

/// What the record says, through the same API as the dashboard's.
fn replay(admin: &Countersign) -> Result<()> {
    let sessions = admin.json(&["session", "list", "--principal", "release-bot"])?;
    let newest = sessions
        .pointer("/0/id")
        .and_then(Value::as_str)
        .unwrap_or("…");
    println!("\n  The whole session can be replayed: countersign session show {newest}");
    Ok(())
}

/// The reviewer finds the held statement by its text, as in the dashboard, and decides.
fn decide(reviewer: &Countersign, word: &str, sql: &str, comment: &str) -> Result<()> {
    let pending = reviewer.json(&["review", "list", "--state", "pending"])?;
    let held = pending
        .as_array()
        .into_iter()
        .flatten()
        .find(|review| review.get("excerpt").is_some_and(|text| text == sql))
        .and_then(|review| review.get("id")?.as_str());
    let Some(id) = held else {
        bail!("{sql} is not among the reviews");
    };
    reviewer.json(&["review", word, id, "--comment", comment])?;
    Ok(())
}

async fn count(agent: &Agent, table: &str) -> Result<String> {
    let answer = agent.run(&format!("SELECT count(*) FROM {table}")).await?;
    let counted = answer.rows.first().and_then(|row| row.get(0));
    match (counted, &answer.error) {
        (Some(count), None) => Ok(count.to_owned()),
        (_, error) => bail!("{table} cannot be counted: {error:?}"),
    }
}

pub(super) fn refused(answer: &Answer) -> Result<&str> {
    match &answer.error {
        Some(error) => Ok(error),
        None => bail!("it ran"),
    }
}

pub(super) fn step(number: u8, what: &str, sql: &str) {
    println!("\n  {number}. {what}\n     {sql}");
}

pub(super) fn millis(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1_000.0)
}
