//! What is held: approved, denied, given up.

use std::time::Duration;

use countersign_model::{EventBody, ReviewState};

use crate::{
    postgres::{
        raw::{Raw, bind, execute, message, parse, query, spell, sync},
        world::{World, code, guard},
    },
    support::until,
};

const DELETION: &str = "DELETE FROM orders WHERE id = 7";

async fn there(world: &World) -> bool {
    let direct = world.direct().await;
    let rows = direct
        .query("SELECT FROM orders WHERE id = 7", &[])
        .await
        .expect("rows");
    !rows.is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_statement_runs_once() {
    let world = World::new(&[guard()]).await;
    let mut raw = Raw::signed_in(world.address).await;
    raw.send(&query(DELETION)).await;
    let notice = raw.next().await.expect("a notice");
    assert_eq!(notice.tag, 'N');
    assert!(
        notice.field(b'M').starts_with("waiting for review R-"),
        "{}",
        notice.field(b'M')
    );
    let review = world.held().await;
    assert!(there(&world).await, "it waits");
    world.plane.decide(review, ReviewState::Approved);
    let answers = raw.until_ready().await;
    assert_eq!(spell(&answers), "NCZI");
    assert_eq!(answers[1].body, b"DELETE 1\0");
    assert_eq!(world.plane.review_state(review), ReviewState::Used);
    assert!(!there(&world).await);
    let intent = world
        .event("the intent", |body| {
            matches!(body, EventBody::ActionIntent(intent) if intent.review_id == Some(review))
        })
        .await;
    let EventBody::ActionIntent(intent) = intent.body else {
        unreachable!("it was matched");
    };
    world
        .event("the outcome", |body| {
            matches!(body, EventBody::ActionOutcome(o) if o.action_id == intent.action_id && o.tags == ["DELETE 1"])
        })
        .await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_review_is_an_error_with_the_comment() {
    let world = World::new(&[guard()]).await;
    let mut raw = Raw::signed_in(world.address).await;
    // By the extended protocol, with more behind it that has to wait.
    let pipeline = [
        parse("", "SELECT 1"),
        bind("", ""),
        execute(""),
        parse("", DELETION),
        bind("", ""),
        execute(""),
        parse("", "SELECT 2"),
        bind("", ""),
        execute(""),
        sync(),
    ];
    raw.send(&pipeline.concat()).await;
    // What came before the held statement is answered while it waits.
    let mut before = String::new();
    while before.len() < 6 {
        let answer = raw.next().await.expect("an answer");
        if answer.tag != 'N' {
            before.push(answer.tag);
        }
    }
    assert_eq!(before, "12DC12");
    let review = world.held().await;
    world.plane.decide(review, ReviewState::Denied);
    let answers = raw.until_ready().await;
    let error = answers
        .iter()
        .find(|answer| answer.tag == 'E')
        .expect("an error");
    assert_eq!(error.code(), "42501");
    assert!(
        error.field(b'M').contains("as you say"),
        "{}",
        error.field(b'M')
    );
    assert!(spell(&answers).replace('N', "") == "EZI");
    assert!(there(&world).await);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_takes_its_review_with_it() {
    let world = World::new(&[guard()]).await;
    for goodbye in [Vec::new(), message(b'X', b"")] {
        let mut raw = Raw::signed_in(world.address).await;
        raw.send(&query(DELETION)).await;
        let review = world.held().await;
        raw.send(&goodbye).await;
        raw.close().await;
        until("the review is withdrawn", || {
            (world.plane.review_state(review) == ReviewState::Withdrawn).then_some(())
        })
        .await;
        world.plane.decide(review, ReviewState::Approved);
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(there(&world).await);
        world.plane.decide(review, ReviewState::Withdrawn);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_request_withdraws_the_review() {
    let world = World::new(&[guard()]).await;
    let client = world.client().await;
    let token = client.cancel_token();
    let (deleted, ()) = tokio::join!(client.batch_execute(DELETION), async {
        let review = world.held().await;
        token
            .cancel_query(tokio_postgres::NoTls)
            .await
            .expect("accepted");
        until("the review is withdrawn", || {
            (world.plane.review_state(review) == ReviewState::Withdrawn).then_some(())
        })
        .await;
    });
    assert_eq!(code(&deleted.expect_err("cancelled")), "57014");
    client.query_one("SELECT 1", &[]).await.expect("goes on");
    assert!(there(&world).await);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_statement_keeps_its_values() {
    let world = World::new(&[guard()]).await;
    let client = world.client().await;
    let deletion = client.execute("DELETE FROM orders WHERE id = $1", &[&7]);
    let (deleted, ()) = tokio::join!(deletion, async {
        let review = world.held().await;
        let parameters = world.plane.state().reviews[&review].0.parameters.clone();
        assert_eq!(
            parameters,
            [countersign_model::Parameter::Text("7".to_owned())]
        );
        world.plane.decide(review, ReviewState::Approved);
    });
    assert_eq!(deleted.expect("runs"), 1);
    assert!(!there(&world).await);
    world.end().await;
}
