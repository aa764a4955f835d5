//! Which bundles are enforced, which are refused, and what the status says of it.

use std::time::Duration;

use countersign_ledger::keys::{SigningKey, sign_bundle};
use countersign_model::{Bundle, EdgeId, Effect, PolicyReadiness, SignedBundle, Stage, Timestamp};

use crate::support::{
    RunningEdge, bind_guest, bundle, config,
    guest::{Guest, Says},
    judge,
    plane::{Faults, Plane},
    policy_status, rebind, until,
};

/// The latest status at the control plane says this of the bundle.
async fn said(plane: &Plane, what: &str, says: impl Fn(Option<&str>) -> bool) {
    until(what, || {
        let state = plane.state();
        let status = state.statuses.last()?;
        says(status.bundle_error.as_deref()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_bundle_that_is_refused_changes_nothing_and_the_status_says_why() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let mut good = bundle(plane.edge_id());
    good.revision = 5;
    plane.publish(&good);
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    let mut session = edge.signed_in().await;

    let key = plane.state().key.clone();
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let signed = |key: &SigningKey, bundle: &Bundle| sign_bundle(key, bundle).expect("signed");
    type Bad<'a> = &'a dyn Fn(&Bundle) -> SignedBundle;
    let empty = |good: &Bundle| Bundle {
        revision: good.revision + 1,
        principals: Vec::new(),
        ..good.clone()
    };
    let cases: [(&str, &str, Bad<'_>); 6] = [
        ("another key", "signature is not by", &|good| {
            signed(&stranger, &empty(good))
        }),
        ("changed on the way", "signature is not by", &|good| {
            let honest = signed(&key, good);
            let (now, next) = (good.revision, good.revision + 1);
            let (now, next) = (
                format!("\"revision\":{now}"),
                format!("\"revision\":{next}"),
            );
            SignedBundle {
                payload: honest.payload.replace(&now, &next),
                ..honest
            }
        }),
        ("another edge's", "is for edge", &|good| {
            let other = Bundle {
                edge_id: EdgeId::new(),
                ..empty(good)
            };
            signed(&key, &other)
        }),
        ("a downgrade", "is lower than", &|good| {
            let older = Bundle {
                revision: good.revision - 1,
                ..empty(good)
            };
            signed(&key, &older)
        }),
        ("expired", "expired at", &|good| {
            let over = Bundle {
                expires_at: Timestamp::now(),
                ..empty(good)
            };
            signed(&key, &over)
        }),
        ("held back", "and offers revision", &|good| {
            signed(&key, good)
        }),
    ];
    for (name, why, bad) in cases {
        plane.publish_signed(good.revision + 1, bad(&good));
        said(&plane, name, |error| error.is_some_and(|e| e.contains(why))).await;
        let judged = judge(&mut session, "select 1").expect(name);
        assert_eq!(judged.decision().bundle_revision, good.revision, "{name}");
        assert!(edge.sign_in().is_ok(), "{name}");
        good.revision += 2;
        plane.publish(&good);
        said(&plane, "the next good one is enforced", |error| {
            error.is_none()
        })
        .await;
    }
    edge.stop().await;
}

#[tokio::test]
async fn a_bundle_that_is_never_renewed_is_told() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let mut old = bundle(plane.edge_id());
    old.issued_at = Timestamp::from_millis(old.issued_at.as_millis() - 3_600_000);
    old.expires_at = Timestamp::now().after(Duration::from_secs(60));
    plane.publish(&old);
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    edge.signed_in().await;
    said(&plane, "frozen", |error| {
        error.is_some_and(|e| e.contains("no bundle newer than"))
    })
    .await;
    assert!(edge.sign_in().is_ok(), "until it ends");
    edge.stop().await;
}

#[tokio::test]
async fn a_module_that_is_not_what_it_should_be_leaves_the_last_good_version() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let mut bound = bundle(plane.edge_id());
    let id = bind_guest(&mut bound, &Guest::new("first", Says::Allow), &plane);
    plane.publish(&bound);
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    let mut session = edge.signed_in().await;
    let second = Guest::new("second", Says::Deny).component();
    let faults = [
        (
            "is not what its digest says",
            Faults {
                change_modules: true,
                ..Faults::default()
            },
        ),
        (
            "bytes of a module that has",
            Faults {
                cut_modules: true,
                ..Faults::default()
            },
        ),
    ];
    rebind(&mut bound, 0, &second, &plane);
    for (why, fault) in faults {
        plane.fault(fault);
        plane.publish(&bound);
        let status = until(why, || {
            let status = policy_status(&plane, id)?;
            let error = status.error.as_deref()?;
            error.contains(why).then_some(status)
        })
        .await;
        assert_eq!(status.readiness, PolicyReadiness::Failed, "{why}");
        assert_eq!((status.version, status.wanted_version), (1, Some(2)));
        let judged = judge(&mut session, "select 1").expect("judged");
        assert_eq!(judged.effect(), Effect::Allow, "{why}");
        assert_eq!(judged.decision().policies[0].version, 1);
        assert_eq!(judged.decision().bundle_revision, bound.revision);
        bound.revision += 1;
    }
    plane.fault(Faults::default());
    plane.publish(&bound);
    until("the right module is taken up", || {
        let judged = judge(&mut session, "select 1").expect("judged");
        (judged.effect() == Effect::Deny).then_some(())
    })
    .await;
    until("and the status says so", || {
        let status = policy_status(&plane, id)?;
        let settled = status.readiness == PolicyReadiness::Ready && status.version == 2;
        (settled && status.wanted_version.is_none() && status.error.is_none()).then_some(())
    })
    .await;
    edge.stop().await;
}

#[tokio::test]
async fn only_a_policy_that_is_obeyed_by_all_refuses_what_it_cannot_judge() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let mut bound = bundle(plane.edge_id());
    let id = bind_guest(&mut bound, &Guest::new("lost", Says::Allow), &plane);
    plane.state().modules.clear();
    bound.bindings[0].stage = Stage::Shadow;
    plane.publish(&bound);
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    let mut session = edge.signed_in().await;
    for (stage, effect) in [
        (Stage::Shadow, Effect::Allow),
        (Stage::Canary, Effect::Allow),
        (Stage::Enforced, Effect::Deny),
    ] {
        let binding = &mut bound.bindings[0];
        binding.stage = stage;
        binding.canary_percent = (stage == Stage::Canary).then_some(100);
        bound.revision += 1;
        plane.publish(&bound);
        until("it is enforced", || {
            let judged = judge(&mut session, "select 1").expect("judged");
            (judged.decision().bundle_revision == bound.revision).then_some(())
        })
        .await;
        let judged = judge(&mut session, "select 1").expect("judged");
        assert_eq!(judged.effect(), effect, "{stage:?}");
        let status = until("the status has the stage", || {
            policy_status(&plane, id).filter(|s| s.stage == stage && s.error.is_some())
        })
        .await;
        assert_eq!(status.readiness, PolicyReadiness::Failed);
    }
    edge.stop().await;
}
