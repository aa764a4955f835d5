//! Masked rows and words, however a client asks for them.

use serde_json::Value;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::postgres::world::{World, code, masks};

/// The first row by the simple protocol: everything as text.
async fn first(client: &Client, text: &str) -> Vec<Option<String>> {
    let messages = client.simple_query(text).await.expect(text);
    let row = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let row = row.expect("a row");
    (0..row.len())
        .map(|n| row.get(n).map(str::to_owned))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_masked_by_where_they_come_from() {
    let world = World::new(&[masks()]).await;
    let client = world.client().await;
    let cases: &[(&str, &[Option<&str>])] = &[
        (
            "SELECT ssn FROM customers WHERE id = 1",
            &[Some("[MASKED]")],
        ),
        (
            "SELECT ssn AS harmless FROM customers WHERE id = 1",
            &[Some("[MASKED]")],
        ),
        (
            "SELECT s.x FROM (SELECT ssn AS x FROM customers) s LIMIT 1",
            &[Some("[MASKED]")],
        ),
        ("SELECT born FROM customers WHERE id = 1", &[None]),
        (
            "SELECT name FROM customers WHERE id = 1",
            &[Some("Jane Roe 1")],
        ),
        (
            "SELECT upper(ssn) FROM customers WHERE id = 1",
            &[Some("[MASKED]")],
        ),
        (
            "SELECT ssn || '' FROM customers WHERE id = 1",
            &[Some("[MASKED]")],
        ),
        ("SELECT count(*) FROM customers", &[Some("50")]),
        (
            "SELECT row_to_json(c) FROM customers c WHERE id = 1",
            &[Some("\"[MASKED]\"")],
        ),
        (
            "WITH w AS (SELECT * FROM customers) SELECT id, substr(ssn, 1, 3) FROM w LIMIT 1",
            &[Some("1"), Some("[MASKED]")],
        ),
        (
            "SELECT code FROM contacts WHERE id = 1",
            &[Some("[MASKED]")],
        ),
        ("SELECT y FROM contacts2 LIMIT 1", &[Some("[MASKED]")]),
        (
            "SELECT lower(y) FROM contacts2 LIMIT 1",
            &[Some("[MASKED]")],
        ),
        ("SELECT x FROM contacts2 LIMIT 1", &[Some("Jane Roe 1")]),
        ("SELECT ssn FROM people_1", &[Some("[MASKED]")]),
        (
            "UPDATE customers SET name = ssn WHERE id = 3 RETURNING name",
            &[Some("[MASKED]")],
        ),
        (
            "UPDATE orders SET note = c.ssn FROM customers c WHERE c.id = orders.id AND c.id = 4 RETURNING note",
            &[Some("[MASKED]")],
        ),
        (
            "UPDATE customers SET name = 'J' WHERE id = 2 RETURNING ssn",
            &[Some("[MASKED]")],
        ),
    ];
    for (text, expected) in cases {
        let row = first(&client, text).await;
        let row: Vec<Option<&str>> = row.iter().map(Option::as_deref).collect();
        assert_eq!(row, *expected, "{text}");
    }
    let plan = first(&client, "EXPLAIN SELECT * FROM customers").await;
    assert!(
        plan[0]
            .as_deref()
            .is_some_and(|line| line.contains("customers")),
        "{plan:?}"
    );
    let all = first(&client, "SELECT * FROM customers WHERE id = 1").await;
    let all: Vec<Option<&str>> = all.iter().map(Option::as_deref).collect();
    assert_eq!(
        all[..5],
        [
            Some("1"),
            Some("Jane Roe 1"),
            Some("[EMAIL_ADDRESS]"),
            Some("[MASKED]"),
            None
        ]
    );
    assert_eq!(all[5], None, "a card in a bigint");
    assert!(
        all[6].is_some_and(|json| json.contains("\"[EMAIL_ADDRESS]\"")),
        "{all:?}"
    );
    let text = "UPDATE orders SET note = c.ssn FROM customers c WHERE c.id = orders.id AND c.id = 5 RETURNING orders.*";
    let row = first(&client, text).await;
    assert_eq!(row[2].as_deref(), Some("[MASKED]"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn binary_rows_are_masked_too() {
    let world = World::new(&[masks()]).await;
    let client = world.client().await;
    let text = "SELECT id, email, ssn, born::text, card, profile, ARRAY[email], email::bytea FROM customers WHERE id = $1";
    for _ in 0..2 {
        let row = client.query_one(text, &[&1]).await.expect("a row");
        assert_eq!(row.get::<_, i32>(0), 1);
        assert_eq!(row.get::<_, &str>(1), "[EMAIL_ADDRESS]");
        assert_eq!(row.get::<_, &str>(2), "[MASKED]");
        assert_eq!(row.get::<_, &str>(3), "[MASKED]");
        assert_eq!(row.get::<_, Option<i64>>(4), None);
        assert_eq!(row.get::<_, Value>(5)["mail"], "[EMAIL_ADDRESS]");
        assert_eq!(row.get::<_, Vec<String>>(6), ["[EMAIL_ADDRESS]"]);
        assert_eq!(row.get::<_, Option<Vec<u8>>>(7), None);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_and_what_is_not_known_are_masked() {
    let world = World::new(&[masks()]).await;
    let client = world.client().await;
    client
        .batch_execute("BEGIN; DECLARE c CURSOR FOR SELECT ssn, ssn || '', name FROM customers")
        .await
        .expect("declared");
    let row = first(&client, "FETCH 1 FROM c").await;
    assert_eq!(row[0].as_deref(), Some("[MASKED]"));
    assert_eq!(
        row[1].as_deref(),
        Some("[MASKED]"),
        "an expression behind a cursor"
    );
    client.batch_execute("ROLLBACK").await.expect("rolled back");
    // A table of a transaction that nobody else sees: what is in it may come from anywhere.
    client
        .batch_execute("BEGIN; CREATE TABLE copied AS SELECT ssn AS harmless FROM customers")
        .await
        .expect("made");
    let row = first(&client, "SELECT harmless FROM copied LIMIT 1").await;
    assert_eq!(row[0].as_deref(), Some("[MASKED]"));
    client.batch_execute("ROLLBACK").await.expect("rolled back");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_and_notices_do_not_tell() {
    let world = World::new(&[masks()]).await;
    let client = world.client().await;
    let error = client
        .batch_execute("INSERT INTO customers (id, email) VALUES (900, 'jane1@example.com')")
        .await
        .expect_err("a duplicate");
    let db = error.as_db_error().expect("of the server");
    assert_eq!(db.code().code(), "23505");
    assert!(!format!("{db:?}").contains("jane1"), "{db:?}");
    let error = client
        .batch_execute("SELECT ssn::int FROM customers WHERE id = 1")
        .await
        .expect_err("no number");
    assert_eq!(code(&error), "22P02");
    let db = error.as_db_error().expect("of the server");
    assert!(!db.message().contains("1001"), "{db:?}");
    let error = client
        .batch_execute("INSERT INTO customers (ssn) VALUES ('a secret word')")
        .await
        .expect_err("no key");
    let db = error.as_db_error().expect("of the server");
    assert!(!format!("{db:?}").contains("secret word"), "{db:?}");
    world.end().await;
}
