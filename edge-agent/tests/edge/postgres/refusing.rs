//! What is refused, and that nothing of it reaches the server.

use crate::postgres::{
    raw::{Raw, bind, execute, message, parse, query, spell, startup, sync},
    world::{World, code, guard},
};
use countersign_model::EventBody;

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_statement_says_why() {
    let world = World::new(&[guard()]).await;
    let client = world.client().await;
    let error = client
        .batch_execute("DROP TABLE orders")
        .await
        .expect_err("denied");
    let db = error.as_db_error().expect("an error of the protocol");
    assert_eq!(db.code().code(), "42501");
    assert!(
        db.message()
            .starts_with("Countersign denied this statement: "),
        "{db:?}"
    );
    assert!(
        db.detail()
            .is_some_and(|d| d.contains("destructive-guard") && d.contains("action"))
    );
    assert!(db.hint().is_some());
    // A text is judged as a whole before any of it runs.
    let error = client
        .batch_execute("INSERT INTO orders VALUES (3000, 1, 'x'); DROP TABLE orders")
        .await
        .expect_err("denied");
    assert_eq!(code(&error), "42501");
    let direct = world.direct().await;
    let rows = direct
        .query("SELECT FROM orders WHERE id = 3000", &[])
        .await
        .expect("there");
    assert!(rows.is_empty());
    world
        .event(
            "the refusal",
            |body| matches!(body, EventBody::ActionRefused(r) if r.code == "denied"),
        )
        .await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_not_sent() {
    let world = World::new(&[]).await;
    let client = world.client().await;
    let error = client.batch_execute("SELEC 1").await.expect_err("refused");
    let db = error.as_db_error().expect("an error of the protocol");
    assert_eq!(db.code().code(), "42601");
    assert!(
        db.detail()
            .is_some_and(|detail| detail.contains("Countersign"))
    );
    client.batch_execute("SELECT 1").await.expect("goes on");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_inside_a_pipeline_undoes_what_was_before_it() {
    let world = World::new(&[guard()]).await;
    let mut raw = Raw::signed_in(world.address).await;
    let pipeline = [
        parse("", "INSERT INTO orders VALUES (3000, 1, 'x')"),
        bind("", ""),
        execute(""),
        parse("", "DROP TABLE orders"),
        bind("", ""),
        execute(""),
        parse("", "INSERT INTO orders VALUES (3001, 1, 'x')"),
        bind("", ""),
        execute(""),
        sync(),
        query("SELECT count(*) FROM orders WHERE id >= 3000"),
    ]
    .concat();
    raw.send(&pipeline).await;
    let answers = raw.until_ready().await;
    assert_eq!(spell(&answers), "12CEZI");
    assert_eq!(answers[3].code(), "42501");
    assert!(
        answers[3].field(b'M').contains("denied"),
        "{}",
        answers[3].field(b'M')
    );
    let answers = raw.until_ready().await;
    assert_eq!(&answers[1].body[6..], b"0");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_fails_the_transaction_it_is_in() {
    let world = World::new(&[guard()]).await;
    let mut raw = Raw::signed_in(world.address).await;
    raw.send(&query("BEGIN")).await;
    assert_eq!(raw.tags().await, "CZT");
    raw.send(&query("DROP TABLE orders")).await;
    assert_eq!(raw.tags().await, "EZE");
    raw.send(&query("SELECT 1")).await;
    let answers = raw.until_ready().await;
    assert_eq!(
        (spell(&answers).as_str(), answers[0].code().as_str()),
        ("EZE", "25P02")
    );
    raw.send(&query("ROLLBACK")).await;
    assert_eq!(raw.tags().await, "CZI");
    // The same by the extended protocol.
    raw.send(&[query("BEGIN"), parse("", "DROP TABLE orders"), sync()].concat())
        .await;
    assert_eq!(raw.tags().await, "CZT");
    assert_eq!(raw.tags().await, "EZE");
    raw.send(&query("COMMIT")).await;
    assert_eq!(raw.tags().await, "CZI");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_never_means_another_statement_than_was_judged() {
    let world = World::new(&[guard()]).await;
    let mut raw = Raw::signed_in(world.address).await;
    let delete = "DELETE FROM orders WHERE id = 1";
    // The second Parse fails at the server, so that the name still means the deletion.
    raw.send(&[parse("s", delete), sync(), parse("s", "SELECT 1"), sync()].concat())
        .await;
    assert_eq!(raw.tags().await, "1ZI");
    assert_eq!(raw.tags().await, "EZI");
    raw.send(&[bind("", "s"), execute(""), sync()].concat())
        .await;
    let held = world.held().await;
    world
        .plane
        .decide(held, countersign_model::ReviewState::Denied);
    assert_eq!(notices_aside(&mut raw).await, "2EZI");
    // A Parse that the server skipped because of an error before it.
    raw.send(&[parse("", delete), sync()].concat()).await;
    assert_eq!(raw.tags().await, "1ZI");
    raw.send(&[bind("", "none"), parse("", "SELECT 1"), sync()].concat())
        .await;
    assert_eq!(raw.tags().await, "EZI");
    raw.send(
        &[
            parse("x", "SELECT 1 / (0 * random())::int"),
            bind("", "x"),
            execute(""),
            parse("", "SELECT 1"),
            sync(),
        ]
        .concat(),
    )
    .await;
    assert_eq!(raw.tags().await, "12EZI");
    raw.send(&[bind("", ""), execute(""), sync()].concat())
        .await;
    let held = world.held().await;
    world
        .plane
        .decide(held, countersign_model::ReviewState::Denied);
    assert_eq!(notices_aside(&mut raw).await, "2EZI");
    // SQL gives a name another meaning behind the protocol's back.
    raw.send(&[parse("t", "SELECT 1"), sync()].concat()).await;
    assert_eq!(raw.tags().await, "1ZI");
    raw.send(&query(
        "DEALLOCATE t; PREPARE t AS SELECT 'another', 'meaning'",
    ))
    .await;
    assert_eq!(raw.tags().await, "CCZI");
    raw.send(&[bind("", "t"), execute(""), sync()].concat())
        .await;
    let answers = raw.until_ready().await;
    assert_eq!(spell(&answers), "2DCZI");
    assert_eq!(answers[1].body, b"\0\x01\0\0\0\x011");
    let direct = world.direct().await;
    let rows = direct
        .query("SELECT FROM orders WHERE id = 1", &[])
        .await
        .expect("there");
    assert_eq!(rows.len(), 1);
    world.end().await;
}

async fn notices_aside(raw: &mut Raw) -> String {
    raw.tags().await.replace('N', "")
}

#[tokio::test(flavor = "multi_thread")]
async fn pinned_settings_stay() {
    let world = World::new(&[]).await;
    let client = world.client().await;
    for text in [
        "SET search_path = evil, public",
        "SET standard_conforming_strings = off",
        "SET client_encoding TO 'SJIS'",
        "SET session_replication_role = replica",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "SELECT set_config('search_path', 'evil', false)",
        "BEGIN; SET LOCAL search_path = evil; COMMIT",
    ] {
        let error = client.batch_execute(text).await.expect_err(text);
        assert_eq!(code(&error), "42501", "{text}");
    }
    for text in [
        "SET client_encoding TO 'UTF8'",
        "SET statement_timeout = 5000",
        "RESET ALL",
        "DISCARD ALL",
    ] {
        client.batch_execute(text).await.expect(text);
    }
    let row = client
        .query_one("SHOW search_path", &[])
        .await
        .expect("shown");
    assert_eq!(row.get::<_, &str>(0), "public");
    // Behind the parser's back: the server reports it, and the session ends.
    let error = client
        .batch_execute(
            "DO $$ BEGIN PERFORM set_config('standard_conforming_strings', 'off', false); END $$",
        )
        .await
        .expect_err("ended");
    assert_eq!(code(&error), "08006");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_the_one_it_was_judged_as() {
    let world = World::new(&[]).await;
    let client = world.client().await;
    let text = "SELECT lower('X'::varchar)";
    client.batch_execute(text).await.expect("the server's own");
    world
        .direct()
        .await
        .batch_execute(
            "CREATE FUNCTION lower(varchar) RETURNS text LANGUAGE sql AS 'SELECT ''mine'''",
        )
        .await
        .expect("made");
    // Statements that pass the edge make it forget what it knew.
    client
        .batch_execute("CREATE TABLE another (n int)")
        .await
        .expect("made");
    let error = client.batch_execute(text).await.expect_err("which one?");
    assert_eq!(code(&error), "42501");
    client
        .batch_execute("SELECT pg_catalog.lower('X')")
        .await
        .expect("named in full");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_bytes_end_the_connection_and_reach_nobody() {
    let world = World::new(&[]).await;
    let hidden = [
        query("SELECT 1"),
        query("INSERT INTO orders VALUES (4000, 1, 'x')"),
    ]
    .concat();
    let mut frame_in_frame = message(b'Q', b"SELECT 1\0");
    frame_in_frame.extend_from_slice(&hidden);
    let length = u32::try_from(frame_in_frame.len() - 1).expect("small");
    frame_in_frame[1..5].copy_from_slice(&length.to_be_bytes());
    let mut second_startup = startup(&[("user", "agent"), ("database", "shop")]).to_vec();
    second_startup.extend(query("INSERT INTO orders VALUES (4000, 1, 'x')"));
    let insert = query("INSERT INTO orders VALUES (4000, 1, 'x')");
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a frame hidden in a frame", frame_in_frame),
        (
            "a truncated Parse",
            [message(b'P', b"s\0INSERT"), insert.clone()].concat(),
        ),
        (
            "one gibibyte declared",
            [&b"Q\x40\0\0\0"[..], &insert].concat(),
        ),
        (
            "a negative length",
            [&b"Q\xff\xff\xff\xff"[..], &insert].concat(),
        ),
        (
            "a length below four",
            [&b"Q\0\0\0\x02"[..], &insert].concat(),
        ),
        (
            "invalid UTF-8",
            [message(b'Q', b"SELECT '\xc3\x28'\0"), insert.clone()].concat(),
        ),
        ("a second startup", second_startup),
        (
            "an unknown type",
            [message(b'!', b""), insert.clone()].concat(),
        ),
        (
            "an answer of a server",
            [message(b'Z', b"I"), insert.clone()].concat(),
        ),
    ];
    for (name, bytes) in cases {
        let mut raw = Raw::signed_in(world.address).await;
        raw.send(&bytes).await;
        let answers = raw.until_ready().await;
        let last = answers.last().expect(name);
        assert_eq!(
            (last.tag, last.code().as_str()),
            ('E', "08P01"),
            "{name}: {answers:?}"
        );
        assert_eq!(raw.next().await, None, "{name}");
    }
    let direct = world.direct().await;
    let rows = direct
        .query("SELECT FROM orders WHERE id = 4000", &[])
        .await
        .expect("there");
    assert!(rows.is_empty());
    world
        .event("the violation", |body| {
            matches!(body, EventBody::ProtocolViolation { .. })
        })
        .await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn startup_is_strict() {
    let world = World::new(&[]).await;
    let ssl = b"\0\0\0\x08\x04\xd2\x16\x2f";
    let mut raw = Raw::open(world.address).await;
    raw.send(ssl).await;
    assert_eq!(raw.byte().await, Some(b'N'));
    raw.send(ssl).await;
    assert_eq!(raw.byte().await, None, "asked twice");

    let mut raw = Raw::open(world.address).await;
    raw.send(&[&ssl[..], &startup(&[("user", "agent")])].concat())
        .await;
    assert_ne!(raw.byte().await, Some(b'R'), "bytes behind the request");

    let mut raw = Raw::open(world.address).await;
    raw.send(b"\x7f\xff\xff\xff").await;
    assert_eq!(raw.byte().await, None, "an impossible length");

    let mut raw = Raw::open(world.address).await;
    raw.send(&startup(&[("user", "agent"), ("replication", "database")]))
        .await;
    assert_eq!(raw.next().await.expect("told").code(), "0A000");

    let mut raw = Raw::open(world.address).await;
    raw.send(&startup(&[
        ("user", "agent"),
        ("options", "-c search_path=evil"),
    ]))
    .await;
    assert_eq!(raw.next().await.expect("told").code(), "42501");

    let mut raw = Raw::signed_in(world.address).await;
    raw.send(&message(b'F', b"\0\0\0\x01\0\0\0\0\0\0")).await;
    let answers = raw.until_ready().await;
    assert_eq!(
        (spell(&answers).as_str(), answers[0].code().as_str()),
        ("EZI", "0A000")
    );
    world.end().await;
}
