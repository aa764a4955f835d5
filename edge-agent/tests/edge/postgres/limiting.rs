//! Row limits, by both protocols.

use countersign_model::{EventBody, OutcomeStatus};

use crate::postgres::{
    raw::{Raw, bind, execute, parse, query, spell, sync},
    world::{World, cap, code},
};

const ALL: &str = "SELECT n FROM big";

#[tokio::test(flavor = "multi_thread")]
async fn rows_stop_at_the_limit() {
    let world = World::new(&[cap()]).await;
    let mut raw = Raw::signed_in(world.address).await;
    raw.send(&query(ALL)).await;
    let answers = raw.until_ready().await;
    let rows = answers.iter().filter(|answer| answer.tag == 'D').count();
    assert_eq!(rows, 500);
    let end = &answers[501..];
    assert_eq!(
        (spell(end).as_str(), end[0].code().as_str()),
        ("EZI", "54000")
    );
    assert!(end[0].field(b'M').contains("row limit of 500 reached"));
    world
        .event("the outcome", |body| {
            matches!(body, EventBody::ActionOutcome(outcome)
                if outcome.status == OutcomeStatus::Limited && outcome.rows == 500)
        })
        .await;

    raw.send(&[parse("", ALL), bind("", ""), execute(""), sync()].concat())
        .await;
    let answers = raw.until_ready().await;
    assert_eq!(
        answers.iter().filter(|answer| answer.tag == 'D').count(),
        500
    );
    assert_eq!(spell(&answers[502..]), "EZI");

    // What does not reach the limit is as ever, and so is what follows.
    raw.send(&query("SELECT n FROM big LIMIT 500")).await;
    assert_eq!(raw.until_ready().await.len(), 503);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reaching_the_limit_fails_the_transaction() {
    let world = World::new(&[cap()]).await;
    let mut raw = Raw::signed_in(world.address).await;
    for all in [
        query(ALL),
        [parse("", ALL), bind("", ""), execute(""), sync()].concat(),
    ] {
        raw.send(&query("BEGIN; INSERT INTO orders VALUES (5000, 1, 'x')"))
            .await;
        assert_eq!(raw.tags().await, "CCZT");
        raw.send(&all).await;
        let answers = raw.until_ready().await;
        assert_eq!(spell(&answers[answers.len() - 2..]), "EZE");
        raw.send(&query("COMMIT")).await;
        let answers = raw.until_ready().await;
        assert_eq!(answers[0].body, b"ROLLBACK\0");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_fetched_in_parts_has_one_limit() {
    let world = World::new(&[cap()]).await;
    let mut client = world.client().await;
    let transaction = client.transaction().await.expect("begins");
    let portal = transaction.bind(ALL, &[]).await.expect("binds");
    for _ in 0..2 {
        let rows = transaction.query_portal(&portal, 250).await.expect("rows");
        assert_eq!(rows.len(), 250);
    }
    let error = transaction
        .query_portal(&portal, 250)
        .await
        .expect_err("no more");
    assert_eq!(code(&error), "54000");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_limited_statement_does_not_run() {
    let world = World::new(&[cap()]).await;
    let mut raw = Raw::signed_in(world.address).await;
    let pipeline = [
        parse("", "INSERT INTO orders VALUES (5000, 1, 'x')"),
        bind("", ""),
        execute(""),
        parse("", ALL),
        bind("", ""),
        execute(""),
        parse("", "INSERT INTO orders VALUES (5001, 1, 'x')"),
        bind("", ""),
        execute(""),
        sync(),
        query("SELECT count(*) FROM orders WHERE id >= 5000"),
    ];
    raw.send(&pipeline.concat()).await;
    let answers = raw.until_ready().await;
    assert_eq!(spell(&answers[answers.len() - 2..]), "EZI");
    let answers = raw.until_ready().await;
    assert_eq!(&answers[1].body[6..], b"0");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_for_later_does_not_escape_the_limit() {
    let world = World::new(&[cap()]).await;
    let client = world.client().await;
    for text in [
        "DECLARE c CURSOR WITH HOLD FOR SELECT n FROM big",
        "PREPARE p AS SELECT n FROM big",
        "BEGIN; DECLARE c CURSOR FOR SELECT n FROM big; FETCH ALL FROM c",
    ] {
        let error = client.batch_execute(text).await.expect_err(text);
        assert_eq!(code(&error), "42501", "{text}");
    }
    // A cursor over what nobody caps is as ever.
    client
        .batch_execute("BEGIN; DECLARE c CURSOR FOR SELECT id FROM orders; FETCH 5 FROM c; COMMIT")
        .await
        .expect("fetched");
    world.end().await;
}

/// FETCH and EXECUTE name no table, so that no policy would cap them.
#[tokio::test(flavor = "multi_thread")]
async fn a_capped_query_gets_no_name_by_either_protocol() {
    let world = World::new(&[cap()]).await;
    let mut raw = Raw::signed_in(world.address).await;
    for text in [
        "DECLARE c CURSOR WITH HOLD FOR SELECT n FROM big",
        "PREPARE p AS SELECT n FROM big",
        "PREPARE p (int) AS SELECT n FROM big WHERE n > $1",
    ] {
        let extended = [parse("", text), bind("", ""), execute(""), sync()].concat();
        for message in [query(text), extended] {
            raw.send(&message).await;
            let answers = raw.until_ready().await;
            let refusal = answers.iter().find(|answer| answer.tag == 'E');
            let refusal = refusal.unwrap_or_else(|| panic!("{text} ran"));
            assert_eq!(refusal.code(), "42501", "{text}");
            assert!(
                refusal.field(b'M').contains("run the query itself"),
                "{text}"
            );
        }
    }
    world
        .event("the refusal", |body| {
            matches!(body, EventBody::ActionRefused(refused) if refused.code == "not_enforceable")
        })
        .await;
    // The server never heard of the names.
    for (text, code) in [("FETCH 1 FROM c", "34000"), ("EXECUTE p", "26000")] {
        raw.send(&query(text)).await;
        assert_eq!(raw.until_ready().await[0].code(), code, "{text}");
    }
    world.end().await;
}
