//! COPY in and out.

use bytes::Bytes;
use futures::{SinkExt as _, TryStreamExt as _, pin_mut};

use crate::postgres::{
    raw::{Raw, bind, execute, message, parse, query, spell, sync},
    world::{World, cap, code, masks},
};

async fn copied(client: &tokio_postgres::Client, text: &str) -> String {
    let stream = client.copy_out(text).await.expect(text);
    let chunks: Vec<Bytes> = stream.try_collect().await.expect(text);
    String::from_utf8(chunks.concat()).expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_go_in_and_come_out() {
    let world = World::new(&[]).await;
    let client = world.client().await;
    let sink = client
        .copy_in::<_, Bytes>("COPY orders FROM STDIN")
        .await
        .expect("begins");
    pin_mut!(sink);
    for n in 6000..6100 {
        let row = format!("{n}\t1\tcopied\n");
        sink.send(Bytes::from(row)).await.expect("goes in");
    }
    assert_eq!(sink.finish().await.expect("ends"), 100);
    let out = copied(
        &client,
        "COPY (SELECT id FROM orders WHERE id >= 6000 ORDER BY 1) TO STDOUT",
    )
    .await;
    assert_eq!(out.lines().count(), 100);
    let big = copied(&client, "COPY big TO STDOUT").await;
    assert_eq!(big.lines().count(), 20_000);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_fails_leaves_the_session_usable() {
    let world = World::new(&[]).await;
    let mut raw = Raw::signed_in(world.address).await;
    let rows = [
        message(b'd', b"no number\t1\tx\n"),
        message(b'd', b"1\t1\tx\n"),
        message(b'c', b""),
    ]
    .concat();
    raw.send(&query("COPY orders FROM STDIN")).await;
    assert_eq!(raw.next().await.expect("begins").tag, 'G');
    raw.send(&rows).await;
    assert_eq!(raw.tags().await, "EZI");
    raw.send(
        &[
            query("COPY orders FROM STDIN"),
            message(b'f', b"changed my mind\0"),
        ]
        .concat(),
    )
    .await;
    assert_eq!(raw.tags().await, "GEZI");
    // By the extended protocol, with the Sync that the server ignores.
    raw.send(
        &[
            parse("", "COPY orders FROM STDIN"),
            bind("", ""),
            execute(""),
            sync(),
        ]
        .concat(),
    )
    .await;
    for tag in ['1', '2', 'G'] {
        assert_eq!(raw.next().await.expect("an answer").tag, tag);
    }
    raw.send(&[message(b'd', b"7000\t1\tx\n"), message(b'c', b""), sync()].concat())
        .await;
    assert_eq!(raw.tags().await, "CZI");
    raw.send(&query("SELECT 1")).await;
    assert_eq!(raw.tags().await, "TDCZI");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copied_rows_are_masked() {
    let world = World::new(&[masks()]).await;
    let client = world.client().await;
    let row = copied(&client, "COPY customers TO STDOUT").await;
    let row = row.lines().next().expect("a row").to_owned();
    let values: Vec<&str> = row.split('\t').collect();
    assert_eq!(
        values[..4],
        ["1", "Jane Roe 1", "[EMAIL_ADDRESS]", "[MASKED]"]
    );
    assert_eq!(values[5], "[CREDIT_CARD]");
    let csv = copied(
        &client,
        "COPY customers (ssn, name) TO STDOUT (FORMAT csv, HEADER)",
    )
    .await;
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("ssn,name"));
    assert_eq!(lines.next(), Some("[MASKED],Jane Roe 1"));
    let view = copied(
        &client,
        "COPY (SELECT code, who FROM contacts ORDER BY id) TO STDOUT CSV",
    )
    .await;
    assert_eq!(view.lines().next(), Some("[MASKED],Jane Roe 1"));
    let error = client
        .copy_out("COPY customers TO STDOUT (FORMAT binary)")
        .await
        .err()
        .expect("cannot be masked");
    assert_eq!(code(&error), "42501");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copied_rows_are_limited() {
    let world = World::new(&[cap()]).await;
    let mut raw = Raw::signed_in(world.address).await;
    raw.send(&query("COPY big TO STDOUT")).await;
    let answers = raw.until_ready().await;
    assert_eq!(
        answers.iter().filter(|answer| answer.tag == 'd').count(),
        500
    );
    assert_eq!(spell(&answers[501..]), "EZI");
    world.end().await;
}
