//! The link to the control plane: enrolling, bundles, modules, events, and being without it.

use std::time::Duration;

use countersign_edge_agent::{Error, control_plane::EnrollError, pipeline::code};
use countersign_ledger::keys::{SigningKey, sign_bundle};
use countersign_model::{Bundle, EdgeId, Effect, EventBody, SignedBundle, Timestamp};
use serde_json::json;

use crate::support::{
    RunningEdge, bind, bundle, config, judge, kind,
    plane::{Faults, Plane},
    until,
};

#[tokio::test]
async fn an_edge_enrolls_once_and_knows_itself_afterwards() {
    let plane = Plane::start().await;
    plane.publish(&bundle(plane.edge_id()));
    let dir = tempfile::tempdir().expect("dir");
    let mut config = config(dir.path(), &plane);

    let edge = RunningEdge::start(config.clone()).await;
    edge.signed_in().await;
    edge.stop().await;

    // The token is used up, and not needed.
    config.join_token = None;
    let edge = RunningEdge::start(config.clone()).await;
    edge.signed_in().await;
    let reported = until("a status names the bundle", || {
        let last = plane.state().statuses.pop()?;
        (last.bundle_revision == 1).then_some(last)
    })
    .await;
    assert_eq!(reported.targets, ["shop"]);
    assert!(reported.resident_bytes > 1 << 20);
    edge.stop().await;

    let other = tempfile::tempdir().expect("dir");
    config.data_dir = other.path().to_owned();
    let refused = RunningEdge::try_start(config.clone()).await.err();
    assert!(
        matches!(refused, Some(Error::Enroll(EnrollError::NoToken))),
        "{refused:?}"
    );
    config.join_token = Some(plane.join_token().into());
    let refused = RunningEdge::try_start(config).await.err();
    assert!(
        matches!(refused, Some(Error::Enroll(EnrollError::Refused(_)))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_edge_does_not_enroll_with_somebody_elses_control_plane() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let config = config(dir.path(), &plane);
    plane.state().key = SigningKey::generate().expect("key");
    let refused = RunningEdge::try_start(config).await.err();
    assert!(
        matches!(refused, Some(Error::Enroll(EnrollError::WrongControlPlane))),
        "{refused:?}"
    );
    assert!(!dir.path().join("identity.json").exists());
}

#[tokio::test]
async fn a_bundle_that_may_not_be_enforced_changes_nothing() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let mut good = bundle(plane.edge_id());
    good.revision = 5;
    plane.publish(&good);
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    let mut session = edge.signed_in().await;

    let key = plane.state().key.clone();
    let with = |change: &dyn Fn(&mut Bundle)| {
        let mut bad = good.clone();
        bad.revision = 6;
        bad.principals.clear();
        change(&mut bad);
        bad
    };
    let signed = |key: &SigningKey, bundle: &Bundle| sign_bundle(key, bundle).expect("signed");
    let now = Timestamp::now();
    let tampered = {
        let signed = signed(&key, &good);
        SignedBundle {
            payload: signed.payload.replace("\"revision\":5", "\"revision\":6"),
            ..signed
        }
    };
    let cases = [
        (
            "another key",
            signed(&SigningKey::from_bytes(&[9; 32]), &with(&|_| {})),
        ),
        ("changed on the way", tampered),
        (
            "for another edge",
            signed(&key, &with(&|b| b.edge_id = EdgeId::new())),
        ),
        ("a lower revision", signed(&key, &with(&|b| b.revision = 4))),
        ("expired", signed(&key, &with(&|b| b.expires_at = now))),
    ];
    for (name, bad) in cases {
        plane.publish_signed(6, bad);
        tokio::time::sleep(Duration::from_millis(300)).await;
        let judged = judge(&mut session, "select 1").expect(name);
        assert_eq!(judged.decision().bundle_revision, 5, "{name}");
        assert!(edge.sign_in().is_ok(), "{name}");
    }
    good.revision = 7;
    plane.publish(&good);
    until("the next good one is enforced", || {
        let judged = judge(&mut session, "select 1").expect("judged");
        (judged.decision().bundle_revision == 7).then_some(())
    })
    .await;
    edge.stop().await;
}

#[tokio::test]
async fn a_module_that_is_not_its_digest_denies_what_it_is_bound_to() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let component = b"\0asm\x0d\0\x01\0 not a policy at all";
    let mut bound = bundle(plane.edge_id());
    bind(&mut bound, component, json!({}));
    let digest = bound.modules[0].digest.clone();
    plane.add_module(&digest, component);
    plane.fault(Faults {
        change_modules: true,
        ..Faults::default()
    });
    plane.publish(&bound);
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    let mut session = edge.signed_in().await;
    let judged = judge(&mut session, "select 1").expect("judged");
    assert_eq!(judged.effect(), Effect::Deny, "{:?}", judged.decision());
    assert!(
        !dir.path()
            .join("modules")
            .join(format!("{digest}.wasm"))
            .exists()
    );

    // The right bytes that are no policy deny as well, and the reason is reported.
    plane.fault(Faults::default());
    bound.revision = 2;
    plane.publish(&bound);
    until("the right bytes are kept", || {
        dir.path()
            .join("modules")
            .join(format!("{digest}.wasm"))
            .exists()
            .then_some(())
    })
    .await;
    let error = until("the reason is reported", || {
        let state = plane.state();
        let status = state
            .statuses
            .iter()
            .rev()
            .find(|s| s.bundle_revision == 2)?;
        status.policies.first()?.error.clone()
    })
    .await;
    assert!(!error.is_empty());
    let judged = judge(&mut session, "select 1").expect("judged");
    assert_eq!(judged.effect(), Effect::Deny);
    edge.stop().await;
}

#[tokio::test]
async fn without_its_control_plane_an_edge_goes_on_from_the_bundle_on_disk() {
    let plane = Plane::start().await;
    plane.publish(&bundle(plane.edge_id()));
    let dir = tempfile::tempdir().expect("dir");
    let config = config(dir.path(), &plane);
    let edge = RunningEdge::start(config.clone()).await;
    edge.signed_in().await;
    edge.stop().await;
    let before = plane.events().len();

    plane.fault(Faults {
        down: true,
        ..Faults::default()
    });
    let edge = RunningEdge::start(config).await;
    let mut session = edge.sign_in().expect("at once, from the disk");
    let judged = judge(&mut session, "select 1").expect("judged");
    assert_eq!(judged.effect(), Effect::Allow);
    let running = session.record_intent(&judged).await.expect("recorded");
    drop(running);
    session.close("client_closed");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(plane.events().len(), before, "nothing arrived");

    plane.fault(Faults::default());
    until("the spool arrives", || {
        plane
            .events()
            .iter()
            .skip(before)
            .any(|e| kind(e) == "closed")
            .then_some(())
    })
    .await;
    edge.stop().await;
}

#[tokio::test]
async fn the_bundle_on_disk_is_not_believed_blindly() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let good = bundle(plane.edge_id());
    plane.publish(&good);
    let config = config(dir.path(), &plane);
    let edge = RunningEdge::start(config.clone()).await;
    edge.signed_in().await;
    edge.stop().await;
    plane.fault(Faults {
        down: true,
        ..Faults::default()
    });

    let forged = sign_bundle(&SigningKey::from_bytes(&[9; 32]), &good).expect("signed");
    let path = dir.path().join("bundle.json");
    std::fs::write(&path, serde_json::to_vec(&forged).expect("JSON")).expect("written");
    let edge = RunningEdge::start(config).await;
    let refused = edge.sign_in().expect_err("no bundle, no session");
    assert_eq!(refused.code, code::BUNDLE_EXPIRED);
    edge.stop().await;
}

#[tokio::test]
async fn past_its_expiry_everything_is_denied() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let mut short = bundle(plane.edge_id());
    short.expires_at = Timestamp::now().after(Duration::from_secs(3));
    plane.publish(&short);
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    let mut session = edge.signed_in().await;
    let judged = judge(&mut session, "select 1").expect("not yet");
    plane.fault(Faults {
        down: true,
        ..Faults::default()
    });
    until("the bundle expires", || {
        judge(&mut session, "select 1").err()
    })
    .await;
    let refused = judge(&mut session, "select 1").expect_err("expired");
    assert_eq!(refused.code, code::BUNDLE_EXPIRED);
    let refused = session.record_intent(&judged).await.expect_err("expired");
    assert_eq!(refused.code, code::VERDICT_OUTDATED);
    assert_eq!(
        edge.sign_in().expect_err("expired").code,
        code::BUNDLE_EXPIRED
    );

    // The same revision, signed again, brings it back.
    plane.fault(Faults::default());
    short.issued_at = Timestamp::now();
    short.expires_at = short.issued_at.after(Duration::from_secs(3600));
    plane.publish(&short);
    until("it is renewed", || judge(&mut session, "select 1").ok()).await;
    edge.stop().await;
}

#[tokio::test]
async fn every_event_arrives_once_whatever_happens_to_the_answers() {
    let plane = Plane::start().await;
    plane.publish(&bundle(plane.edge_id()));
    let dir = tempfile::tempdir().expect("dir");
    let config = config(dir.path(), &plane);
    let mut expected = 0;
    for round in 0..3 {
        plane.fault(Faults {
            lose_acks: round < 2,
            ..Faults::default()
        });
        let edge = RunningEdge::start(config.clone()).await;
        let mut session = edge.signed_in().await;
        for n in 0..40 {
            let judged = judge(&mut session, &format!("select {round} + {n}")).expect("judged");
            let running = session.record_intent(&judged).await.expect("recorded");
            drop(running);
            expected += 1;
            if n % 10 == 0 {
                tokio::time::sleep(Duration::from_millis(60)).await;
            }
        }
        session.close("client_closed");
        edge.stop().await;
    }
    plane.fault(Faults::default());
    let edge = RunningEdge::start(config).await;
    until("all intents are there", || {
        let count = |what| plane.events().iter().filter(|e| kind(e) == what).count();
        (count("intent") == expected && count("outcome") == expected).then_some(())
    })
    .await;
    edge.stop().await;
    // The plane checks chain and order with every batch; here: the numbers have no gap.
    let events = plane.events();
    let numbers: Vec<u64> = events.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    let starts = events.iter().filter(|e| kind(e) == "started").count();
    assert_eq!(starts, 4);
}

#[tokio::test]
async fn when_the_control_plane_lost_what_was_dropped_an_epoch_begins() {
    let plane = Plane::start().await;
    plane.publish(&bundle(plane.edge_id()));
    let dir = tempfile::tempdir().expect("dir");
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    edge.signed_in().await.close("client_closed");
    until("the session arrives", || {
        plane
            .events()
            .iter()
            .any(|e| kind(e) == "closed")
            .then_some(())
    })
    .await;
    // Restored from a backup that knows more than this edge has.
    plane
        .state()
        .epochs
        .last_mut()
        .expect("one")
        .events
        .extend(plane_padding(100));
    let epoch = until("an epoch begins", || {
        edge.sign_in().expect("let in").close("again");
        let state = plane.state();
        let second = state.epochs.get(1)?;
        (!second.events.is_empty()).then_some(second.number)
    })
    .await;
    assert!(epoch > plane.state().epochs[0].number);
    edge.signed_in().await.close("and again");
    until("the new epoch goes on", || {
        let state = plane.state();
        let closed = state.epochs[1].events.iter().any(
            |event| matches!(&event.body, EventBody::SessionClosed(c) if c.reason == "and again"),
        );
        closed.then_some(())
    })
    .await;
    edge.stop().await;
}

fn plane_padding(count: u64) -> Vec<countersign_model::Event> {
    (0..count)
        .map(|seq| countersign_model::Event {
            seq,
            at: Timestamp::now(),
            body: EventBody::BundleActivated { revision: 0 },
        })
        .collect()
}
