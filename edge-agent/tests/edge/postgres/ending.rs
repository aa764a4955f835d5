//! How a client hears that its session has to end: as from PostgreSQL itself.

use std::time::{Duration, Instant};

use countersign_model::{EventBody, Grant, GrantId, GrantOperation, Lock, LockId, LockSubject};
use countersign_model::{ReviewState, TargetAccess, Timestamp};

use crate::{
    postgres::{
        raw::{Raw, query},
        world::{World, code, connect, guard},
    },
    support::until,
};

fn lock(world: &World) -> Lock {
    let id = world.bundle().targets[0].id;
    Lock {
        id: LockId::new(),
        subject: LockSubject::Target { id },
        reason: "incident 4711".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_ends_the_connection_with_its_reason() {
    let world = World::new(&[]).await;
    let mut idle = Raw::signed_in(world.address).await;
    let busy = world.client().await;
    let sleeping = tokio::spawn(async move { busy.simple_query("select pg_sleep(60)").await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let began = Instant::now();
    world.publish(|bundle| bundle.locks.push(lock(&world)));
    let last = idle.next().await.expect("last words");
    assert_eq!(last.tag, 'E');
    assert_eq!(
        (last.field(b'S'), last.field(b'C')),
        ("FATAL".into(), "57P01".into())
    );
    let message = last.field(b'M');
    assert!(
        message.contains("this target is locked: incident 4711"),
        "{message}"
    );
    assert!(!last.field(b'H').is_empty(), "says who lifts it");
    assert!(idle.next().await.is_none(), "closed");
    let error = sleeping.await.expect("joined").expect_err("ended");
    assert_eq!(code(&error), "57P01");
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );

    let refused = connect(world.address).await.expect_err("locked");
    assert_eq!(code(&refused), "28000");
    world
        .event(
            "the session's end says why",
            |body| matches!(body, EventBody::SessionClosed(closed) if closed.reason == "locked"),
        )
        .await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_withdraws_what_is_held() {
    let world = World::new(&[guard()]).await;
    let mut raw = Raw::signed_in(world.address).await;
    raw.send(&query("DELETE FROM orders WHERE id = 7")).await;
    let review = world.held().await;
    world.publish(|bundle| bundle.locks.push(lock(&world)));
    until("it is withdrawn", || {
        (world.plane.review_state(review) == ReviewState::Withdrawn).then_some(())
    })
    .await;
    world
        .event("the step says why", |body| {
            matches!(body, EventBody::Review(step) if step.state == ReviewState::Withdrawn
                && step.comment.as_deref() == Some("this target is locked: incident 4711"))
        })
        .await;
    world
        .event("so does the refusal", |body| {
            matches!(body, EventBody::ActionRefused(refused)
                if refused.reason.contains("incident 4711"))
        })
        .await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_bounds_what_a_client_does_and_how_long() {
    let world = World::new(&[]).await;
    let grant = Grant {
        id: GrantId::new(),
        principal_id: world.bundle().principals[0].principal.id,
        on_behalf_of: None,
        targets: vec![world.bundle().targets[0].id],
        operations: vec![GrantOperation::Read],
        task: "count the orders".to_owned(),
        expires_at: Timestamp::now().after(Duration::from_secs(3)),
        break_glass: false,
    };
    world.publish(|bundle| {
        bundle.targets[0].access = TargetAccess::Grant;
        bundle.grants = vec![grant.clone()];
    });
    let client = world.client().await;
    client
        .simple_query("select count(*) from orders")
        .await
        .expect("reads");
    let refused = client.simple_query("delete from orders where id = 1").await;
    let refused = refused.expect_err("only reads");
    assert_eq!(code(&refused), "42501");
    let text = refused
        .as_db_error()
        .expect("the server's form")
        .message()
        .to_owned();
    assert!(text.contains("count the orders"), "{text}");
    until("it has ended", || client.is_closed().then_some(())).await;
    let late = grant.expires_at.until(Timestamp::now());
    assert!(late < Duration::from_secs(1), "{late:?}");
    world
        .event("the intent names the grant", |body| {
            matches!(body, EventBody::ActionIntent(intent)
                if intent.grant.as_ref().is_some_and(|named| named.id == grant.id))
        })
        .await;
    world
        .event("the session's end says why", |body| {
            matches!(body, EventBody::SessionClosed(closed) if closed.reason == "grant_expired")
        })
        .await;
    world.end().await;
}
