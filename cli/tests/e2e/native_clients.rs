//! Native clients work unchanged: they see masked rows, clear refusals, and otherwise a PostgreSQL.

use std::process::Command;

use crate::support::{AGENT, House, PRODUCTION, client_script, python};
use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _, TryStreamExt as _, future::try_join_all};
use serde_json::Value;
use tokio_postgres::SimpleQueryMessage;

#[tokio::test(flavor = "multi_thread")]
async fn psql() -> Result<()> {
    let house = House::start().await?;
    let run = |sql: &str| psql_output(&house, sql);

    let (out, _) = run("SELECT id, email, card FROM customers WHERE id = 7")?;
    ensure!(
        out.starts_with("7|") && !out.contains("jane7") && !out.contains("4111"),
        "{out}"
    );

    let (out, err) = run("SELECT * FROM customers")?;
    ensure!(out.lines().count() <= 5, "more rows than the cap: {out}");
    ensure!(
        !out.contains("@example.com") && !out.contains("536-90"),
        "unmasked: {out}"
    );
    ensure!(err.contains("limit"), "no word of the limit: {err}");

    let (_, err) = run("DROP TABLE notes")?;
    ensure!(err.contains("Countersign denied"), "{err}");

    // What psql itself asks of the catalog for its backslash commands.
    let (out, err) = run("\\d customers")?;
    ensure!(out.contains("email") && err.is_empty(), "{out}{err}");
    let (out, err) = run("\\dt")?;
    ensure!(out.contains("orders") && err.is_empty(), "{out}{err}");

    let (out, err) = run("\\copy (SELECT id, email FROM customers WHERE id < 3) TO STDOUT")?;
    ensure!(
        out.lines().count() == 2 && !out.contains("@example.com"),
        "{out}{err}"
    );

    let (out, err) = run("SELECT 1; SELECT 2; SELECT pg_size_pretty(1024::bigint)")?;
    ensure!(out.trim() == "1\n2\n1024 bytes", "{out}{err}");

    // The server's own errors, word for word, but for what they would tell.
    let (_, err) = run("SELECT nothing FROM nowhere")?;
    ensure!(err.contains("relation \"nowhere\" does not exist"), "{err}");
    let (_, err) = run(
        "INSERT INTO customers SELECT 900, name, email, phone, card, ssn, address \
                        FROM customers WHERE id = 3",
    )?;
    ensure!(
        err.contains("customers_email_key") && !err.contains("jane3@"),
        "{err}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pgbench() -> Result<()> {
    let house = House::start().await?;
    let direct = house.postgres.url("shop");
    let made = Command::new("pgbench")
        .args(["-i", "-s", "1", "-q", &direct])
        .output()?;
    ensure!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    house
        .upstream()
        .await?
        .batch_execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO countersign")
        .await?;
    for mode in ["simple", "extended", "prepared"] {
        for script in [&["-S"][..], &["-N"][..]] {
            let output = Command::new("pgbench")
                .args(["-n", "-c", "4", "-j", "2", "-t", "50", "-M", mode])
                .args(script)
                .arg(house.agent_url())
                .output()?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            ensure!(
                output.status.success() && text.contains("processed: 200/200"),
                "{mode} {script:?}: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn psycopg() -> Result<()> {
    let house = House::start().await?;
    let seen = client(
        Command::new(python())
            .arg(client_script("python/client.py"))
            .arg(house.agent_url()),
    )?;
    for format in ["text", "binary"] {
        let row = seen[format].as_array().context("no row")?;
        ensure!(
            row[0] == "7" && is_masked(&row[1]) && is_masked(&row[2]),
            "{format}: {seen}"
        );
    }
    ensure!(seen["inserted"] == 10 && seen["after"] == 15, "{seen}");
    ensure!(
        seen["copied"]
            .as_str()
            .is_some_and(|c| c.lines().count() == 3),
        "{seen}"
    );
    ensure!(is_masked(&seen["copied"]), "{seen}");
    ensure!(
        seen["refused"][0] == "42501" && seen["in_transaction"] == "42501",
        "{seen}"
    );
    ensure!(seen["usable"] == 42, "{seen}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn node_postgres() -> Result<()> {
    let house = House::start().await?;
    let seen = client(
        Command::new("node")
            .arg(client_script("node/client.mjs"))
            .arg(house.agent_url()),
    )?;
    ensure!(
        seen["simple"][0] == 7 && is_masked(&seen["simple"][1]),
        "{seen}"
    );
    ensure!(
        is_masked(&seen["prepared"][0]) && is_masked(&seen["prepared"][1]),
        "{seen}"
    );
    ensure!(seen["queued"] == serde_json::json!([2, 4, 6]), "{seen}");
    ensure!(seen["refused"][0] == "42501", "{seen}");
    ensure!(seen["usable"] == 42, "{seen}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tokio_postgres_in_binary_and_pipelined() -> Result<()> {
    let house = House::start().await?;
    let client = house.agent().await?;

    // Results come in the binary format, through a view, an alias and an expression.
    let statement = client
        .prepare("SELECT reach AS r, code, id FROM contacts WHERE id = $1")
        .await?;
    let row = client.query_one(&statement, &[&9i32]).await?;
    let (reach, code): (String, Option<String>) = (row.get(0), row.get(1));
    ensure!(!reach.contains("jane9"), "e-mail through a view: {reach}");
    ensure!(
        code.as_ref().is_none_or(|c| !c.contains("536-90-4009")),
        "SSN: {code:?}"
    );
    ensure!(row.get::<_, i32>(2) == 9);

    // Many at a time on one connection, in order.
    let add = client.prepare("SELECT $1::int4 + 1").await?;
    let sums = try_join_all((0..200i32).map(|n| {
        let (client, add) = (&client, &add);
        async move {
            client
                .query_one(add, &[&n])
                .await
                .map(|row| row.get::<_, i32>(0))
        }
    }))
    .await?;
    ensure!(sums == (1..=200).collect::<Vec<_>>());

    // A refusal in the middle of a pipeline leaves its neighbours alone.
    let (before, refused, after) = tokio::join!(
        client.query_one("SELECT 1::int4", &[]),
        client.execute("DROP TABLE notes", &[]),
        client.query_one("SELECT 2::int4", &[]),
    );
    ensure!(before?.get::<_, i32>(0) == 1 && after?.get::<_, i32>(0) == 2);
    let refused = refused.err().context("DROP TABLE ran")?;
    ensure!(
        refused.code().is_some_and(|code| code.code() == "42501"),
        "{refused:?}"
    );

    // COPY both ways.
    let sink = client.copy_in("COPY notes FROM STDIN").await?;
    tokio::pin!(sink);
    for n in 0..50 {
        sink.send(Bytes::from(format!("{n}\tbody of {n}\n")))
            .await?;
    }
    ensure!(sink.finish().await? == 50);
    let copied: Vec<Bytes> = client
        .copy_out("COPY (SELECT email FROM customers WHERE id < 6) TO STDOUT")
        .await?
        .try_collect()
        .await?;
    let text = String::from_utf8(copied.concat())?;
    ensure!(
        text.lines().count() == 5 && !text.contains("@example.com"),
        "{text}"
    );

    // Rows in portions through a portal, in a transaction.
    let mut client = client;
    let transaction = client.transaction().await?;
    let portal = transaction
        .bind("SELECT id FROM orders ORDER BY id", &[])
        .await?;
    for portion in 0..4 {
        let rows = transaction.query_portal(&portal, 50).await?;
        ensure!(rows.len() == 50 && rows[0].get::<_, i32>(0) == portion * 50 + 1);
    }
    transaction.commit().await?;

    let rows: Vec<SimpleQueryMessage> = client
        .simple_query_raw("SELECT 'x' WHERE false; SELECT 'y'")
        .await?
        .try_collect()
        .await?;
    ensure!(
        rows.iter()
            .any(|m| matches!(m, SimpleQueryMessage::Row(r) if r.get(0) == Some("y")))
    );
    let mut rows = std::pin::pin!(
        client
            .query_raw("SELECT id FROM orders", &[] as &[i32])
            .await?
    );
    ensure!(rows.next().await.context("no row")?.is_ok());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_sign_in_is_told_why() -> Result<()> {
    let house = House::start().await?;
    let port = house.plane.edge_port;
    let cases = [
        (
            format!("postgres://{AGENT}:csp_wrong@127.0.0.1:{port}/{PRODUCTION}"),
            "28P01",
        ),
        (
            format!(
                "postgres://nobody:{}@127.0.0.1:{port}/{PRODUCTION}",
                house.secret
            ),
            "28P01",
        ),
        (
            format!(
                "postgres://{AGENT}:{}@127.0.0.1:{port}/elsewhere",
                house.secret
            ),
            "3D000",
        ),
    ];
    for (url, sqlstate) in cases {
        let error = crate::support::connect(&url)
            .await
            .err()
            .context("signed in")?;
        let error = error.downcast::<tokio_postgres::Error>()?;
        ensure!(
            error.code().is_some_and(|c| c.code() == sqlstate),
            "{sqlstate}: {error:?}"
        );
    }
    Ok(())
}

fn psql_output(house: &House, sql: &str) -> Result<(String, String)> {
    let output = Command::new("psql")
        .args(["-X", "-A", "-t", "-q", "-d", &house.agent_url(), "-c", sql])
        .output()
        .context("psql is not on PATH")?;
    Ok((
        String::from_utf8(output.stdout)?,
        String::from_utf8(output.stderr)?,
    ))
}

/// Runs a client's script and reads the JSON object it prints.
fn client(command: &mut Command) -> Result<Value> {
    let output = command
        .output()
        .with_context(|| format!("{command:?} cannot be run"))?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("the client printed no JSON")
}

fn is_masked(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    !text.is_empty() && !text.contains("@example.com") && !text.contains("4111 1111")
}
