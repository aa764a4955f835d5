//! Access for one task: asked for by the human behind an agent, approved by somebody else, good for
//! what was asked, and over when the task is.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use countersign_test_support::Plane;
use serde_json::Value;

use super::{
    agent::Agent,
    governance::{Access, HUMAN, REVIEWER, SignIn, TASK_AGENT},
    scenario::refused,
};

const TASK: &str = "refund order 1042";

/// How soon a live connection must have ended after its task was closed.
const END: Duration = Duration::from_secs(1);

/// Plays the task on `target`.
pub async fn play(plane: &mut Plane, access: &Access, target: &str) -> Result<()> {
    println!("\n  7. access for one task\n     {HUMAN} asks for {TASK_AGENT}: \"{TASK}\"");
    let grant = access.human.text(
        &[
            "access",
            "request",
            "--agent",
            TASK_AGENT,
            "--target",
            target,
            "--operations",
            "read",
            "--task",
            TASK,
            "--for",
            "30m",
        ],
        "/id",
    )?;
    access
        .reviewer
        .json(&["access", "approve", &grant, "--comment", "agreed"])?;
    let credential = access.human.text(
        &[
            "access", "token", "--agent", TASK_AGENT, "--grant", &grant, "--target", target,
        ],
        "/access_token",
    )?;
    println!("     {REVIEWER} approves; {TASK_AGENT} has a signed credential for 30 minutes");
    plane.in_force().await?;
    let sign_in = SignIn {
        name: TASK_AGENT,
        secret: credential,
    };
    let agent = Agent::connect(plane.edge_port, &sign_in, target).await?;
    let looked = agent
        .run("SELECT status, total_cents FROM orders WHERE id = 1042")
        .await?;
    ensure!(
        looked.error.is_none(),
        "the task's read: {:?}",
        looked.error
    );
    println!("     its read is allowed: {} rows", looked.rows.len());
    let beyond = agent
        .run("UPDATE orders SET status = 'refunded' WHERE id = 1042")
        .await?;
    println!("     a write is beyond the grant: {}", refused(&beyond)?);
    access.human.json(&["access", "complete", &grant])?;
    let closed = Instant::now();
    while !agent.is_closed() {
        ensure!(closed.elapsed() < END, "the connection outlives its task");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let took = closed.elapsed().as_millis();
    println!("     the task is closed, and {took} ms later so is the connection");
    recorded(access, &grant)
}

/// Every event of the session names the grant and the task.
fn recorded(access: &Access, grant: &str) -> Result<()> {
    let shown = access.reviewer.json(&["access", "show", grant])?;
    let state = shown.get("state").and_then(Value::as_str);
    ensure!(state == Some("completed"), "the grant is {state:?}");
    shown
        .get("task")
        .filter(|task| *task == TASK)
        .map(drop)
        .context("the grant does not name its task")
}
