//! Versions on their way: what runs until they are ready, what is kept over a restart, whose
//! signature they need.

use std::time::{Duration, Instant};

use countersign_ledger::{author::sign_version, keys::SigningKey};
use countersign_model::{Bundle, Effect, PolicyReadiness, SignedVersion};
use serde_json::json;

use crate::support::{
    self, RunningEdge, bind_guest, bundle, config,
    guest::{Guest, Says},
    judge,
    plane::{Faults, Plane},
    policy_status, rebind, until,
};

/// Compiles for seconds.
fn slow(name: &'static str, says: Says, padding: usize) -> Guest {
    Guest {
        slow_functions: 1,
        padding,
        ..Guest::new(name, says)
    }
}

#[tokio::test]
async fn a_slow_module_holds_up_nothing_and_is_taken_up_when_it_is_ready() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let config = config(dir.path(), &plane);
    let mut bound = bundle(plane.edge_id());
    let slow_id = bind_guest(&mut bound, &Guest::new("slow", Says::Allow), &plane);
    plane.publish(&bound);
    let edge = RunningEdge::start(config.clone()).await;
    let mut session = edge.signed_in().await;
    judge(&mut session, "select 1").expect("judged");

    // One that is large and one that is small, and both take the compiler long.
    let large = slow("slow", Says::Oblige, 2 << 20).component();
    rebind(&mut bound, 0, &large, &plane);
    let other = bind_guest(&mut bound, &slow("other", Says::Oblige, 0), &plane);
    let began = Instant::now();
    plane.publish(&bound);
    until("the bundle is enforced without them", || {
        let judged = judge(&mut session, "select 1").expect("judged");
        let decision = judged.decision();
        assert_eq!(decision.policies[0].version, 1, "the one before runs on");
        (decision.bundle_revision == bound.revision).then_some(())
    })
    .await;
    let status = until("it is told", || {
        policy_status(&plane, slow_id).filter(|s| s.readiness == PolicyReadiness::Preparing)
    })
    .await;
    assert_eq!((status.version, status.wanted_version), (1, Some(2)));
    assert_eq!(status.error, None);

    // What is offered meanwhile is not held up either.
    bind_guest(&mut bound, &Guest::new("quick", Says::Deny), &plane);
    let quick = bound.bindings.pop().expect("bound");
    bound.bindings = vec![bound.bindings[0].clone(), quick];
    bound.revision += 1;
    plane.publish(&bound);
    until("a quick one passes it", || {
        let judged = judge(&mut session, "select 1").expect("judged");
        let decision = judged.decision();
        let [first, second] = decision.policies.as_slice() else {
            return None;
        };
        assert_eq!(first.version, 1, "the slow one is not ready so soon");
        (decision.bundle_revision == bound.revision && second.micros > 0).then_some(())
    })
    .await;
    assert!(policy_status(&plane, other).is_none() || began.elapsed() < support::SOON);
    let patience = Instant::now() + Duration::from_secs(120);
    while {
        let judged = judge(&mut session, "select 1").expect("judged");
        judged.decision().policies[0].version == 1
    } {
        assert!(
            Instant::now() < patience,
            "{:?}",
            policy_status(&plane, slow_id)
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(session);
    edge.stop().await;

    // Compiled once, it is there at once.
    plane.fault(Faults {
        down: true,
        ..Faults::default()
    });
    let began = Instant::now();
    let edge = RunningEdge::start(config).await;
    let took = began.elapsed();
    let mut session = edge.sign_in().expect("at once, from the disk");
    let judged = judge(&mut session, "select 1").expect("judged");
    assert_eq!(judged.decision().policies[0].version, 2);
    assert!(took < support::SOON, "{took:?}");
    edge.stop().await;
}

#[tokio::test]
async fn what_ran_last_runs_after_a_restart_while_its_successor_is_missing() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let config = config(dir.path(), &plane);
    let mut bound = bundle(plane.edge_id());
    let id = bind_guest(&mut bound, &Guest::new("first", Says::Oblige), &plane);
    plane.publish(&bound);
    let edge = RunningEdge::start(config.clone()).await;
    edge.signed_in().await;

    rebind(
        &mut bound,
        0,
        &Guest::new("second", Says::Deny).component(),
        &plane,
    );
    let missing = bound.bindings[0].digest.clone();
    let module = plane.state().modules.remove(&missing).expect("offered");
    plane.publish(&bound);
    until("its successor is missed", || {
        policy_status(&plane, id).filter(|s| s.wanted_version == Some(2))
    })
    .await;
    edge.stop().await;

    plane.fault(Faults {
        down: true,
        ..Faults::default()
    });
    let edge = RunningEdge::start(config).await;
    let mut session = edge.sign_in().expect("at once, from the disk");
    let judged = judge(&mut session, "select 1").expect("judged");
    assert_eq!(judged.decision().policies[0].version, 1);
    assert_eq!(judged.decision().bundle_revision, bound.revision);
    assert_eq!(judged.effect(), Effect::Allow);

    plane.add_module(&missing, &module);
    plane.fault(Faults::default());
    until("its successor comes", || {
        let judged = judge(&mut session, "select 1").expect("judged");
        (judged.effect() == Effect::Deny).then_some(())
    })
    .await;
    edge.stop().await;
}

#[tokio::test]
async fn refused_settings_leave_the_last_good_ones() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let mut bound = bundle(plane.edge_id());
    let id = bind_guest(&mut bound, &Guest::new("guest", Says::Deny), &plane);
    plane.publish(&bound);
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    let mut session = edge.signed_in().await;
    bound.bindings[0].settings = json!(["no object"]);
    bound.revision += 1;
    plane.publish(&bound);
    let status = until("the settings are refused", || {
        policy_status(&plane, id).filter(|s| s.readiness == PolicyReadiness::Failed)
    })
    .await;
    assert!(status.error.expect("why").contains("settings"), "says why");
    let judged = judge(&mut session, "select 1").expect("judged");
    assert_eq!(judged.decision().bundle_revision, bound.revision);
    assert_eq!(
        judged.reasons(),
        "NOPE",
        "by the policy, not for want of it"
    );
    edge.stop().await;
}

/// The bundle with its first binding's version signed by these.
fn signed_by(bundle: &Bundle, keys: &[&SigningKey]) -> Bundle {
    let digest = bundle.bindings[0].digest.clone();
    let signatures = keys.iter().map(|key| sign_version(key, &digest)).collect();
    let mut bundle = bundle.clone();
    bundle.signatures.push(SignedVersion { digest, signatures });
    bundle
}

#[tokio::test]
async fn an_edge_that_requires_authors_runs_nothing_that_they_did_not_sign() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let author = SigningKey::from_bytes(&[1; 32]);
    let stranger = SigningKey::from_bytes(&[2; 32]);
    let mut config = config(dir.path(), &plane);
    config.policies.require_author_signatures = vec![author.verifying_key().to_string()];
    let mut bound = bundle(plane.edge_id());
    let id = bind_guest(&mut bound, &Guest::new("first", Says::Oblige), &plane);

    plane.publish(&signed_by(&bound, &[&stranger]));
    let edge = RunningEdge::start(config).await;
    let mut session = edge.signed_in().await;
    let judged = judge(&mut session, "select 1").expect("judged");
    assert_eq!(judged.effect(), Effect::Deny, "there is no good one yet");

    bound.revision += 1;
    plane.publish(&signed_by(&bound, &[&stranger, &author]));
    until("the author's word counts", || {
        let judged = judge(&mut session, "select 1").expect("judged");
        (judged.effect() == Effect::Allow).then_some(())
    })
    .await;

    rebind(
        &mut bound,
        0,
        &Guest::new("second", Says::Deny).component(),
        &plane,
    );
    plane.publish(&signed_by(&bound, &[]));
    let status = until("the unsigned one is refused", || {
        policy_status(&plane, id).filter(|s| s.wanted_version == Some(2))
    })
    .await;
    assert_eq!(
        (status.readiness, status.version),
        (PolicyReadiness::Failed, 1)
    );
    assert!(status.error.expect("why").contains("not signed"));
    let judged = judge(&mut session, "select 1").expect("judged");
    assert_eq!(judged.effect(), Effect::Allow);
    assert_eq!(judged.decision().bundle_revision, bound.revision);
    edge.stop().await;
}
