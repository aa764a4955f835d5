//! Sessions: who is let in, what is recorded, who has to go.

use std::time::{Duration, Instant};

use countersign_edge_agent::pipeline::{Outcome, Phase, Session, code};
use countersign_model::{
    Bundle, BundleCredential, CredentialId, DecisionRecord, Effect, Event, EventBody,
    OutcomeStatus, Timestamp,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::support::{
    self, RunningEdge, SECRET, agent, bind, bundle, config, destructive_guard, judge, kind,
    plane::Plane, until,
};

/// How often the same statement is sent.
const SAME: usize = 5;

/// Runs a text to its end.
async fn run(session: &mut Session, text: &str) {
    let judged = judge(session, text).expect("judged");
    let running = session.record_intent(&judged).await.expect("recorded");
    session.record_outcome(running, Outcome::new(OutcomeStatus::Completed));
}

/// The events of everything so far, as soon as the session's end is among them.
async fn shipped(plane: &Plane, reason: &str) -> Vec<Event> {
    until("the session's end arrives", || {
        let events = plane.events();
        let closed = events
            .iter()
            .any(|event| matches!(&event.body, EventBody::SessionClosed(c) if c.reason == reason));
        closed.then_some(events)
    })
    .await
}

#[tokio::test]
async fn only_who_may_is_let_in_and_every_attempt_is_recorded() {
    let plane = Plane::start().await;
    let mut lets_in = bundle(plane.edge_id());
    let old = "csp_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
    lets_in.principals[0].credentials.push(BundleCredential {
        id: CredentialId::new(),
        secret_sha256: hex::encode(Sha256::digest(old)),
        expires_at: Timestamp::now(),
        grant_id: None,
    });
    let mut elsewhere = support::shop();
    elsewhere.name = "elsewhere".to_owned();
    lets_in.targets.push(elsewhere);
    plane.publish(&lets_in);
    let dir = tempfile::tempdir().expect("dir");
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    edge.signed_in().await.close("first");
    let cases = [
        ("nobody", SECRET, "shop", "unknown_principal", true),
        ("agent", "csp_wrong", "shop", "bad_credential", true),
        ("agent", "", "shop", "bad_credential", true),
        ("agent", old, "shop", "expired_credential", true),
        ("agent", SECRET, "nothing", "unknown_target", false),
        ("agent", SECRET, "elsewhere", "no_upstream", false),
    ];
    for (principal, secret, target, code, identity) in cases {
        let refused = edge.sign_in_as(principal, secret, target).expect_err(code);
        assert_eq!((refused.code, refused.is_identity()), (code, identity));
        if identity {
            assert!(
                !refused.message.contains("principal") && !refused.message.contains(secret)
                    || secret.is_empty()
            );
        }
    }
    edge.sign_in()
        .expect("a right credential is not kept waiting")
        .close("last");
    let events = shipped(&plane, "last").await;
    let refused: Vec<&str> = events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::SignInRefused { code, .. } => Some(code.as_str()),
            _ => None,
        })
        .filter(|code| *code != "bundle_expired")
        .collect();
    assert_eq!(refused, cases.map(|case| case.3));
    let text = serde_json::to_string(&events).expect("JSON");
    assert!(!text.contains("csp_"), "no secret is recorded");
    edge.stop().await;
}

#[tokio::test]
async fn an_action_leaves_an_intent_and_an_outcome_and_says_why_once() {
    let plane = Plane::start().await;
    let mut guarded = bundle(plane.edge_id());
    bind(&mut guarded, destructive_guard(), json!({}));
    plane.add_module(&guarded.modules[0].digest, destructive_guard());
    plane.publish(&guarded);
    let dir = tempfile::tempdir().expect("dir");
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    let mut session = edge.signed_in().await;
    for _ in 0..SAME {
        run(&mut session, "select id from orders where id = 1").await;
    }
    run(&mut session, "insert into orders values (1)").await;
    let denied = judge(&mut session, "drop table orders").expect("judged");
    assert_eq!(denied.effect(), Effect::Deny);
    let refusal = session.deny(&denied);
    assert_eq!(refusal.code, code::DENIED);
    assert!(!refusal.reason.is_empty());
    let broken = session
        .inspect(Phase::Simple, "selec 1")
        .expect_err("no SQL");
    assert_eq!(broken.code, code::UNPARSEABLE);
    let judged = judge(&mut session, "select 2").expect("judged");
    drop(session.record_intent(&judged).await.expect("recorded"));
    session.close("done");

    let events = shipped(&plane, "done").await;
    let kinds: Vec<_> = events.iter().map(kind).collect();
    let mut expected = vec!["started", "bundle", "opened"];
    expected.extend(["intent", "outcome"].repeat(SAME + 1));
    expected.extend(["refused", "refused", "intent", "outcome", "closed"]);
    let kinds: Vec<_> = kinds
        .into_iter()
        .filter(|kind| *kind != "sign-in refused")
        .collect();
    assert_eq!(kinds, expected);
    let intents: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::ActionIntent(intent) => Some(intent),
            _ => None,
        })
        .collect();
    assert!(matches!(intents[0].decision, DecisionRecord::Full(_)));
    assert!(intents[0].operation.facts.is_some());
    // A policy's answer is remembered from a fresh instance on, a few actions in.
    let again = intents[SAME - 1];
    let full = intents[..SAME - 1]
        .iter()
        .find(|intent| again.decision == DecisionRecord::SameAs(intent.action_id))
        .expect("it refers to an earlier one");
    assert!(matches!(full.decision, DecisionRecord::Full(_)));
    assert_eq!(
        full.operation.facts.is_some(),
        again.operation.facts.is_none()
    );
    assert_eq!(full.operation.text, again.operation.text);
    assert!(
        matches!(intents[SAME].decision, DecisionRecord::Full(_)),
        "other facts"
    );
    let last = events.iter().rev().find_map(|event| match &event.body {
        EventBody::ActionOutcome(outcome) => Some(outcome.status),
        _ => None,
    });
    assert_eq!(
        last,
        Some(OutcomeStatus::Interrupted),
        "a dropped one is not forgotten"
    );
    edge.stop().await;
}

#[tokio::test]
async fn a_verdict_of_yesterdays_bundle_runs_nothing() {
    let plane = Plane::start().await;
    let mut open = bundle(plane.edge_id());
    plane.publish(&open);
    let dir = tempfile::tempdir().expect("dir");
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    let mut session = edge.signed_in().await;
    let judged = judge(&mut session, "drop table orders").expect("judged");
    assert_eq!(judged.effect(), Effect::Allow);
    open.revision = 2;
    bind(&mut open, destructive_guard(), json!({}));
    plane.add_module(&open.modules[0].digest, destructive_guard());
    plane.publish(&open);
    until("the guard is enforced", || {
        let judged = judge(&mut session, "select 1").expect("judged");
        (judged.decision().bundle_revision == 2).then_some(())
    })
    .await;
    let refused = session.record_intent(&judged).await.expect_err("outdated");
    assert_eq!(refused.code, code::VERDICT_OUTDATED);
    let refreshed = session.refresh(judged).expect("judged");
    assert_eq!(refreshed.effect(), Effect::Deny);
    let refused = session.record_intent(&refreshed).await.expect_err("denied");
    assert_eq!(refused.code, code::DENIED);
    edge.stop().await;
}

#[tokio::test]
async fn who_is_no_longer_wanted_is_gone_within_a_second() {
    type Revoke = fn(&mut Bundle);
    let cases: [(&str, Revoke, &str); 4] = [
        ("the principal", |b| b.principals.clear(), "revoked"),
        (
            "the credential",
            |b| b.principals[0].credentials.clear(),
            "credential_revoked",
        ),
        ("the target", |b| b.targets.clear(), "revoked"),
        (
            "the credential's time",
            |b| b.principals[0].credentials[0].expires_at = Timestamp::now(),
            "credential_expired",
        ),
    ];
    let plane = Plane::start().await;
    let mut current = bundle(plane.edge_id());
    plane.publish(&current);
    let dir = tempfile::tempdir().expect("dir");
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    for (name, revoke, reason) in cases {
        let mut session = edge.signed_in().await;
        let signal = session.end_signal();
        assert!(signal.reason().is_none(), "{name}");
        let mut revoked = current.clone();
        revoke(&mut revoked);
        revoked.revision = current.revision + 1;
        let began = Instant::now();
        plane.publish(&revoked);
        let ended = tokio::time::timeout(Duration::from_secs(1), signal.ended()).await;
        let ended = ended.map(|end| end.code);
        assert_eq!(ended, Ok(reason), "{name} after {:?}", began.elapsed());
        let refused = judge(&mut session, "select 1").expect_err(name);
        assert_eq!(refused.code, reason, "{name}");
        drop(session);
        current.revision += 2;
        plane.publish(&current);
    }
    edge.stop().await;
}

#[tokio::test]
async fn a_credential_that_runs_out_ends_its_session() {
    let plane = Plane::start().await;
    let mut short = bundle(plane.edge_id());
    short.principals[0].credentials[0].expires_at = Timestamp::now().after(Duration::from_secs(2));
    plane.publish(&short);
    let dir = tempfile::tempdir().expect("dir");
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    let session = edge.signed_in().await;
    let ended = tokio::time::timeout(support::SOON, session.end_signal().ended()).await;
    assert_eq!(ended.map(|end| end.code), Ok("credential_expired"));
    edge.stop().await;
}

#[tokio::test]
async fn shutting_down_ends_sessions() {
    let plane = Plane::start().await;
    plane.publish(&bundle(plane.edge_id()));
    let dir = tempfile::tempdir().expect("dir");
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    let session = edge.signed_in().await;
    let signal = session.end_signal();
    let stopping = tokio::spawn(edge.stop());
    assert_eq!(
        tokio::time::timeout(support::SOON, signal.ended())
            .await
            .map(|end| end.code),
        Ok("shutdown")
    );
    drop(session);
    stopping.await.expect("stopped");
}

#[tokio::test]
async fn a_renamed_principal_is_still_the_same() {
    let plane = Plane::start().await;
    let mut current = bundle(plane.edge_id());
    plane.publish(&current);
    let dir = tempfile::tempdir().expect("dir");
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    let mut session = edge.signed_in().await;
    current.revision = 2;
    current.principals[0].principal.name = "robot".to_owned();
    current.principals.push(agent());
    plane.publish(&current);
    until("the new name is there", || {
        judge(&mut session, "select 1").expect("judged");
        (session.principal().name == "robot").then_some(())
    })
    .await;
    assert!(session.end_signal().reason().is_none());
    edge.stop().await;
}

#[tokio::test]
async fn a_revoked_edge_ends_its_sessions_and_forgets_its_bundle() {
    let plane = Plane::start().await;
    plane.publish(&bundle(plane.edge_id()));
    let dir = tempfile::tempdir().expect("dir");
    let config = config(dir.path(), &plane);
    let edge = RunningEdge::start(config.clone()).await;
    let session = edge.signed_in().await;
    let began = Instant::now();
    let key = plane.revoke();
    let ended = tokio::time::timeout(support::SOON, session.end_signal().ended()).await;
    assert_eq!(ended.map(|end| end.code), Ok("revoked"));
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(
        edge.sign_in().expect_err("revoked").code,
        code::BUNDLE_EXPIRED
    );
    assert!(!dir.path().join("bundle.json").exists());
    drop(session);

    // Accepted again, it has its bundle again.
    plane.state().edge_key = key;
    edge.signed_in().await;
    edge.stop().await;
}
