//! Filters: what a policy does itself to the text of a response.

use bytes::Bytes;
use countersign_model::{EventBody, OutcomeStatus};
use futures::TryStreamExt as _;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::postgres::world::{World, code, filtering, masks};

/// All rows by the simple protocol, values joined.
async fn rows(client: &Client, text: &str) -> Vec<String> {
    let messages = client.simple_query(text).await.expect(text);
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    rows.map(|row| {
        let values = (0..row.len()).map(|n| row.get(n).unwrap_or("NULL"));
        values.collect::<Vec<_>>().join("|")
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_pass_through_the_filter_in_every_form() {
    let world = World::new(&[filtering(), masks()]).await;
    let client = world.client().await;
    let cases = [
        // Plain numbers and dates hold no words; a number that may be anything cannot be changed.
        ("SELECT id, note FROM orders WHERE id = 7", "7|note #"),
        ("SELECT count(*) FROM orders", "NULL"),
        (
            "SELECT 'a1'::text, array['b2', 'c'], '{\"d\": \"e3\"}'::json",
            "a#|{b#,c}|{\"d\": \"e#\"}",
        ),
        // Masks come first.
        (
            "SELECT email, name FROM customers WHERE id = 7",
            "[EMAIL_ADDRESS]|Jane Roe #",
        ),
        ("SELECT 'no digits'", "no digits"),
        ("SELECT NULL::text, ''", "NULL|"),
    ];
    for (text, expected) in cases {
        assert_eq!(rows(&client, text).await, [expected], "{text}");
    }
    assert_eq!(
        rows(&client, "SELECT 'a1'; SELECT 'b2' UNION ALL SELECT 'c3'").await,
        ["a#", "b#", "c#"]
    );

    // By the extended protocol, in binary form.
    let text = "SELECT note, array[note, NULL], jsonb_build_object('n', note), id FROM orders WHERE id = 7";
    let row = client.query_one(text, &[]).await.expect(text);
    assert_eq!(row.get::<_, String>(0), "note #");
    let array: Vec<Option<String>> = row.get(1);
    assert_eq!(array, [Some("note #".to_owned()), None]);
    assert_eq!(row.get::<_, i32>(3), 7);

    let stream = client
        .copy_out("COPY (SELECT id, note FROM orders WHERE id <= 2 ORDER BY 1) TO STDOUT")
        .await
        .expect("copies");
    let chunks: Vec<Bytes> = stream.try_collect().await.expect("copies");
    assert_eq!(chunks.concat(), b"#\tnote #\n#\tnote #\n");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_fails_ends_the_response_and_nothing_passes_it() {
    let world = World::new(&[filtering()]).await;
    let client = world.client().await;
    let text = "SELECT CASE WHEN n = 3 THEN 'trap! 4111' ELSE 'row ' || n END FROM generate_series(1, 5) n";
    for extended in [false, true] {
        let error = if extended {
            client.query(text, &[]).await.expect_err("ends")
        } else {
            client.simple_query(text).await.expect_err("ends")
        };
        assert_eq!(code(&error), "58000");
        assert!(!error.to_string().contains("4111"));
        // The session goes on, each response with a filter of its own.
        assert_eq!(rows(&client, "SELECT 'a1'").await, ["a#"]);
    }
    world
        .event("the outcome is recorded", |body| {
            matches!(body, EventBody::ActionOutcome(o) if o.status == OutcomeStatus::Limited && o.rows == 2)
        })
        .await;

    // Larger than a chunk may be.
    let error = client
        .simple_query("SELECT repeat('x', 300000)")
        .await
        .expect_err("ends");
    assert_eq!(code(&error), "58000");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_filter_would_see_is_not_told() {
    let world = World::new(&[filtering()]).await;
    let client = world.client().await;
    // An error quotes a value.
    let error = client
        .simple_query("SELECT note::int FROM orders WHERE id = 7")
        .await
        .expect_err("no number");
    assert_eq!(code(&error), "22P02");
    let message = error.as_db_error().expect("the server's").message();
    assert_eq!(message, "[MASKED]");
    // One that is about names does not.
    let error = client
        .simple_query("SELECT nothing FROM orders")
        .await
        .expect_err("no column");
    let message = error.as_db_error().expect("the server's").message();
    assert!(message.contains("nothing"), "{message}");
    // Rows that come by a name that says nothing of them.
    for text in [
        "DECLARE c CURSOR WITH HOLD FOR SELECT note FROM orders",
        "PREPARE p AS SELECT note FROM orders",
        "COPY orders TO STDOUT (FORMAT binary)",
    ] {
        let error = client.simple_query(text).await.expect_err(text);
        assert_eq!(code(&error), "42501", "{text}");
    }
    world.end().await;
}
