//! A held statement from the client's first byte to the record: approved, denied, withdrawn,
//! expired, and never by the one who asked.

use std::time::Duration;

use crate::support::{AGENT, HUMAN, House, PATIENCE};
use anyhow::{Context as _, Result, ensure};
use countersign_test_support::wait_until;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client, NoTls};

const DELETION: &str = "DELETE FROM orders WHERE created_at < '2026-10-03'";

#[tokio::test(flavor = "multi_thread")]
async fn approved_runs_once_and_is_recorded() -> Result<()> {
    let house = House::start().await?;
    let (client, notices) = talkative(&house).await?;
    let running = run(client, DELETION);

    let review = house.pending_review().await?;
    let id = text(&review, "/id")?;
    ensure!(
        review["principal"]["name"] == AGENT && review["class"] == "write",
        "{review}"
    );
    let shown = house.plane.get(&format!("reviews/{id}"))?;
    ensure!(
        shown["text"] == DELETION,
        "the reviewer sees something else: {shown}"
    );

    let orders = "SELECT count(*) FROM orders WHERE created_at < '2026-10-03'";
    let upstream = house.upstream().await?;
    let before: i64 = upstream.query_one(orders, &[]).await?.get(0);
    ensure!(before > 0, "the statement ran before anybody approved it");

    house
        .reviewer
        .json(&["review", "approve", &id, "--comment", "old rows"])?;
    let deleted = running.await??;
    ensure!(
        i64::try_from(deleted)? == before,
        "{deleted} of {before} deleted"
    );
    ensure!(
        notices
            .await?
            .iter()
            .any(|n| n.contains("waiting for review")),
        "no NOTICE"
    );

    let again = house.reviewer.json(&["review", "approve", &id]);
    ensure!(again.is_err(), "an approval was given twice");

    let events = house
        .events(|events| of(events, "action_outcome", DELETION_ROWS))
        .await?;
    let states: Vec<&str> = events
        .iter()
        .filter(|e| e["type"] == "review" && e["review_id"] == review["id"])
        .filter_map(|e| e["state"].as_str())
        .collect();
    ensure!(states == ["pending", "approved", "used"], "{states:?}");
    let intent = events
        .iter()
        .find(|e| e["type"] == "action_intent" && e["review_id"] == review["id"])
        .context("no intent names the review")?;
    ensure!(intent["operation"]["text"] == DELETION, "{intent}");
    Ok(())
}

/// Marks the outcome of the deletion among the events.
const DELETION_ROWS: &str = "DELETE";

#[tokio::test(flavor = "multi_thread")]
async fn denied_never_runs_and_says_why() -> Result<()> {
    let house = House::start().await?;
    let (client, _) = talkative(&house).await?;
    let running = run(client, DELETION);
    let id = text(&house.pending_review().await?, "/id")?;
    house
        .reviewer
        .json(&["review", "deny", &id, "--comment", "this is production"])?;
    let error = running.await?.err().context("a denied statement ran")?;
    let error = error.downcast::<tokio_postgres::Error>()?;
    let server = error.as_db_error().context("no error of the protocol")?;
    let told = format!("{server:?}");
    ensure!(
        server.code().code() == "42501" && told.contains("this is production"),
        "{told}"
    );
    ensure!(all_orders(&house).await? == 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requester_may_not_decide_nor_may_anybody_decide_something_else() -> Result<()> {
    let house = House::start().await?;
    let admin = &house.plane.admin;
    admin.json(&[
        "user", "create", HUMAN, "--name", "Alice", "--role", "admin",
    ])?;
    let alice = admin.with_token(&admin.text(&["user", "token", HUMAN, "--ttl", "1h"], "/token")?);
    let (client, _) = talkative(&house).await?;
    let running = run(client, DELETION);
    let review = house.pending_review().await?;
    let id = text(&review, "/id")?;

    let refused = alice.json(&["review", "approve", &id]);
    ensure!(
        refused.is_err(),
        "alice approved what her own agent asked for"
    );

    let path = format!("reviews/{id}/decisions");
    let other = json!({"decision": "approve", "comment": "", "digest": "0".repeat(64)});
    let refused = house
        .reviewer
        .json(&["api", "post", &path, "--body", &other.to_string()]);
    ensure!(
        refused.is_err(),
        "an approval of another digest was taken: {refused:?}"
    );

    house.reviewer.json(&["review", "deny", &id])?;
    ensure!(running.await?.is_err());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_withdraws_its_review() -> Result<()> {
    let house = House::start().await?;
    let (client, connection) = talkative(&house).await?;
    let running = run(client, DELETION);
    let id = text(&house.pending_review().await?, "/id")?;
    running.abort();
    connection.abort();
    let path = format!("reviews/{id}");
    wait_until("the review is withdrawn", PATIENCE, || {
        let state = house.plane.get(&path).ok();
        async move { state.filter(|review| review["state"] == "withdrawn") }
    })
    .await?;
    ensure!(house.reviewer.json(&["review", "approve", &id]).is_err());
    ensure!(all_orders(&house).await? == 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn undecided_expires() -> Result<()> {
    let house =
        House::with_policies(&[("destructive-guard", json!({"expires_in_seconds": 2}))]).await?;
    let (client, _) = talkative(&house).await?;
    let error = tokio::time::timeout(Duration::from_secs(20), run(client, DELETION))
        .await
        .context("a review outlives its expiry")??
        .err()
        .context("an expired statement ran")?;
    ensure!(format!("{error:?}").contains("expired"), "{error:?}");
    ensure!(all_orders(&house).await? == 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_credential_ends_a_live_session() -> Result<()> {
    let house = House::start().await?;
    let client = house.agent().await?;
    client.simple_query("SELECT 1").await?;
    house.plane.admin.json(&["principal", "delete", AGENT])?;
    wait_until("the session has ended", Duration::from_secs(5), || async {
        client.is_closed().then_some(())
    })
    .await?;
    ensure!(
        house.agent().await.is_err(),
        "a deleted principal signed in"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_control_plane_the_edge_judges_on_and_holds_nothing() -> Result<()> {
    let mut house = House::start().await?;
    house.plane.kill_server()?;
    house.plane.kill_edge()?;
    house.plane.restart_edge().await?;
    let client = house.agent().await?;
    client.simple_query("SELECT 1").await?;
    for (sql, word) in [("DROP TABLE notes", "denied"), (DELETION, "review")] {
        let error = client.simple_query(sql).await.err().context("it ran")?;
        ensure!(format!("{error:?}").contains(word), "{sql}: {error:?}");
    }
    ensure!(all_orders(&house).await? == 200);
    Ok(())
}

/// The agent's connection, and the NOTICE lines it got by the time it closes.
async fn talkative(house: &House) -> Result<(Client, JoinHandle<Vec<String>>)> {
    let (client, mut connection) = tokio_postgres::connect(&house.agent_url(), NoTls).await?;
    let notices = tokio::spawn(async move {
        let mut notices = Vec::new();
        while let Some(Ok(message)) =
            std::future::poll_fn(|context| connection.poll_message(context)).await
        {
            if let AsyncMessage::Notice(notice) = message {
                notices.push(notice.message().to_owned());
            }
        }
        notices
    });
    Ok((client, notices))
}

fn run(client: Client, sql: &'static str) -> JoinHandle<Result<u64>> {
    tokio::spawn(async move { Ok(client.execute(sql, &[]).await?) })
}

async fn all_orders(house: &House) -> Result<i64> {
    let upstream = house.upstream().await?;
    Ok(upstream
        .query_one("SELECT count(*) FROM orders", &[])
        .await?
        .get(0))
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    let text = value.pointer(pointer).and_then(Value::as_str);
    Ok(text
        .with_context(|| format!("no {pointer} in {value}"))?
        .to_owned())
}

fn of(events: &[Value], kind: &str, tag: &str) -> bool {
    events.iter().any(|e| {
        e["type"] == kind
            && e["tags"].as_array().is_some_and(|tags| {
                tags.iter()
                    .any(|t| t.as_str().is_some_and(|t| t.starts_with(tag)))
            })
    })
}
