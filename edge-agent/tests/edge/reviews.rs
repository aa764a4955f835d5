//! Actions held for people: approved, denied, expired, withdrawn; and what may not happen between.

use std::time::Duration;

use countersign_edge_agent::pipeline::{Held, Judged, Outcome, Phase, Resolution, Session, code};
use countersign_ledger::digest;
use countersign_model::{
    Bundle, Effect, Event, EventBody, OutcomeStatus, Parameter, ReviewState, Timestamp,
};
use serde_json::json;

use crate::support::{
    self, RunningEdge, bind, bundle, config, destructive_guard, judge,
    plane::{Faults, Plane},
    until,
};

const DELETION: &str = "delete from orders where id = 7";

struct Scene {
    plane: Plane,
    edge: RunningEdge,
    bundle: Bundle,
    _dir: tempfile::TempDir,
}

impl Scene {
    /// An edge with the policy that holds deletions.
    async fn new(settings: serde_json::Value) -> Self {
        let plane = Plane::start().await;
        let mut bundle = bundle(plane.edge_id());
        bind(&mut bundle, destructive_guard(), settings);
        plane.add_module(&bundle.modules[0].digest, destructive_guard());
        plane.publish(&bundle);
        let dir = tempfile::tempdir().expect("dir");
        let edge = RunningEdge::start(config(dir.path(), &plane)).await;
        Self {
            plane,
            edge,
            bundle,
            _dir: dir,
        }
    }

    /// Publishes a changed bundle and waits until the session sees it.
    async fn change(&mut self, session: &mut Session, change: impl FnOnce(&mut Bundle)) {
        change(&mut self.bundle);
        self.bundle.revision += 1;
        self.plane.publish(&self.bundle);
        until("the change is enforced", || {
            let judged = judge(session, "select 1").expect("judged");
            (judged.decision().bundle_revision == self.bundle.revision).then_some(())
        })
        .await;
    }

    async fn steps(&self, reason: &str) -> Vec<ReviewState> {
        let events = until("the session's end arrives", || {
            let events = self.plane.events();
            let closed = events
                .iter()
                .any(|e| matches!(&e.body, EventBody::SessionClosed(c) if c.reason == reason));
            closed.then_some(events)
        })
        .await;
        steps(&events)
    }
}

fn steps(events: &[Event]) -> Vec<ReviewState> {
    let steps = events.iter().filter_map(|event| match &event.body {
        EventBody::Review(step) => Some(step.state),
        _ => None,
    });
    steps.collect()
}

async fn hold(session: &mut Session) -> Held {
    let judged = judge(session, DELETION).expect("judged");
    assert_eq!(judged.effect(), Effect::Review, "{:?}", judged.decision());
    session.hold(judged).await.expect("held")
}

async fn approved(scene: &Scene, held: &mut Held) {
    scene.plane.decide(held.review_id(), ReviewState::Approved);
    let resolution = tokio::time::timeout(support::SOON, held.wait()).await;
    assert!(
        matches!(&resolution, Ok(Resolution::Approved { by: Some(by), .. }) if by == "reviewer@example.com"),
        "{resolution:?}"
    );
}

async fn run(session: &mut Session, judged: &Judged) {
    let running = session.record_intent(judged).await.expect("recorded");
    session.record_outcome(running, Outcome::new(OutcomeStatus::Completed));
}

#[tokio::test]
async fn what_is_approved_runs_once_with_exactly_these_bytes() {
    let scene = Scene::new(json!({})).await;
    let mut session = scene.edge.signed_in().await;
    let inspected = session
        .inspect(Phase::Execute, "delete from orders where id = $1")
        .expect("parses");
    let parameters: std::sync::Arc<[Parameter]> = [Parameter::Text("7".to_owned())].into();
    let judged = session
        .judge(Phase::Execute, &inspected, &parameters)
        .expect("judged");
    let mut held = session.hold(judged).await.expect("held");
    let (request, _) = scene.plane.state().reviews[&held.review_id()].clone();
    assert_eq!(request.text, "delete from orders where id = $1");
    assert_eq!(request.parameters, *parameters);
    assert_eq!(
        request.digest,
        digest::sql_action(session.target().id, &request.text, &request.parameters)
    );
    let waiting = tokio::time::timeout(Duration::from_millis(200), held.wait()).await;
    assert!(waiting.is_err(), "nobody has decided");
    approved(&scene, &mut held).await;
    let review = held.review_id();
    let judged = session.use_approval(held).await.expect("may run");
    assert_eq!(judged.effect(), Effect::Allow);
    assert_eq!(judged.review_id(), Some(review));
    assert_eq!(scene.plane.review_state(review), ReviewState::Used);
    run(&mut session, &judged).await;

    // The same text again is held again.
    let again = session
        .judge(Phase::Execute, &inspected, &parameters)
        .expect("judged");
    assert_eq!(again.effect(), Effect::Review);
    let refused = session
        .record_intent(&again)
        .await
        .expect_err("not approved");
    assert_eq!(refused.code, code::DENIED);
    session.close("done");
    let steps = scene.steps("done").await;
    assert_eq!(
        steps,
        [
            ReviewState::Pending,
            ReviewState::Approved,
            ReviewState::Used
        ]
    );
    let intent = scene
        .plane
        .events()
        .into_iter()
        .find_map(|event| match event.body {
            EventBody::ActionIntent(intent) => Some(intent),
            _ => None,
        });
    assert_eq!(intent.expect("one").review_id, Some(review));
    scene.edge.stop().await;
}

#[tokio::test]
async fn what_is_denied_does_not_run_and_the_client_hears_why() {
    let scene = Scene::new(json!({})).await;
    let mut session = scene.edge.signed_in().await;
    let mut held = hold(&mut session).await;
    scene.plane.decide(held.review_id(), ReviewState::Denied);
    let resolution = held.wait().await;
    let refusal = session.not_approved(held, resolution);
    assert_eq!(refusal.code, code::REVIEW_DENIED);
    assert!(refusal.reason.contains("as you say"), "{}", refusal.reason);
    session.close("done");
    assert_eq!(
        scene.steps("done").await,
        [ReviewState::Pending, ReviewState::Denied]
    );
    scene.edge.stop().await;
}

#[tokio::test]
async fn nobody_decides_and_it_expires() {
    let scene = Scene::new(json!({"expires_in_seconds": 1})).await;
    let mut session = scene.edge.signed_in().await;
    let mut held = hold(&mut session).await;
    assert!(held.expires_at() <= Timestamp::now().after(Duration::from_secs(1)));
    let resolution = tokio::time::timeout(Duration::from_secs(3), held.wait()).await;
    assert_eq!(resolution, Ok(Resolution::Expired));
    let refusal = session.not_approved(held, Resolution::Expired);
    assert_eq!(refusal.code, code::REVIEW_EXPIRED);

    // An approval that comes in time and is used too late is over as well.
    let mut held = hold(&mut session).await;
    approved(&scene, &mut held).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let refusal = session.use_approval(held).await.expect_err("too late");
    assert_eq!(refusal.code, code::REVIEW_EXPIRED);
    scene.edge.stop().await;
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_request_along() {
    let scene = Scene::new(json!({})).await;
    let mut session = scene.edge.signed_in().await;
    let held = hold(&mut session).await;
    let pending = held.review_id();
    drop(held);
    let mut held = hold(&mut session).await;
    approved(&scene, &mut held).await;
    let approved = held.review_id();
    drop(held);
    session.close("client_closed");
    for review in [pending, approved] {
        until("it is withdrawn", || {
            (scene.plane.review_state(review) == ReviewState::Withdrawn).then_some(())
        })
        .await;
    }
    assert_eq!(
        scene.steps("client_closed").await,
        [
            ReviewState::Pending,
            ReviewState::Withdrawn,
            ReviewState::Pending,
            ReviewState::Approved,
            ReviewState::Withdrawn,
        ]
    );
    scene.edge.stop().await;
}

#[tokio::test]
async fn without_the_control_plane_there_are_no_reviews_and_waiting_ones_wait() {
    let scene = Scene::new(json!({})).await;
    let mut session = scene.edge.signed_in().await;
    let mut held = hold(&mut session).await;
    scene.plane.fault(Faults {
        down: true,
        ..Faults::default()
    });
    let judged = judge(&mut session, DELETION).expect("judged");
    let refusal = session.hold(judged).await.expect_err("nobody to ask");
    assert_eq!(refusal.code, code::REVIEW_UNAVAILABLE);
    let waiting = tokio::time::timeout(Duration::from_millis(300), held.wait()).await;
    assert!(waiting.is_err(), "still waiting");

    // Decided while the edge could not hear it: told when the stream is there again.
    scene.plane.decide(held.review_id(), ReviewState::Approved);
    scene.plane.fault(Faults::default());
    let resolution = tokio::time::timeout(support::SOON, held.wait()).await;
    assert!(
        matches!(resolution, Ok(Resolution::Approved { .. })),
        "{resolution:?}"
    );

    // Away again when it is to be used: it does not run.
    scene.plane.fault(Faults {
        down: true,
        ..Faults::default()
    });
    let refusal = session.use_approval(held).await.expect_err("nobody to ask");
    assert_eq!(refusal.code, code::REVIEW_UNAVAILABLE);
    scene.edge.stop().await;
}

#[tokio::test]
async fn an_approval_that_somebody_else_used_or_took_back_runs_nothing() {
    let scene = Scene::new(json!({})).await;
    let mut session = scene.edge.signed_in().await;
    for state in [
        ReviewState::Used,
        ReviewState::Withdrawn,
        ReviewState::Expired,
    ] {
        let mut held = hold(&mut session).await;
        approved(&scene, &mut held).await;
        let id = held.review_id();
        scene.plane.state().reviews.get_mut(&id).expect("there").1 = state;
        let refusal = session.use_approval(held).await.expect_err("not ours");
        assert_eq!(refusal.code, code::REVIEW_EXPIRED, "{state:?}");
    }
    // Nor does one that nobody gave.
    let held = hold(&mut session).await;
    let refusal = session.use_approval(held).await.expect_err("not approved");
    assert_eq!(refusal.code, code::REVIEW_WITHDRAWN);
    scene.edge.stop().await;
}

#[tokio::test]
async fn an_approval_dies_with_the_policy_that_asked_for_it() {
    type Change = fn(&mut Bundle);
    let cases: [(&str, Change, Option<&str>); 6] = [
        ("nothing of it changed", |_| {}, None),
        (
            "other settings",
            |b| b.bindings[0].settings = json!({"quorum": 2}),
            Some(code::REVIEW_OUTDATED),
        ),
        (
            "bound anew",
            |b| b.bindings[0].id = countersign_model::BindingId::new(),
            Some(code::REVIEW_OUTDATED),
        ),
        (
            "in shadow",
            |b| b.bindings[0].stage = countersign_model::Stage::Shadow,
            Some(code::REVIEW_OUTDATED),
        ),
        (
            "another one asks, too",
            |b| {
                let mut second = b.bindings[0].clone();
                second.id = countersign_model::BindingId::new();
                b.bindings.push(second);
            },
            Some(code::REVIEW_OUTDATED),
        ),
        (
            "it denies now",
            |b| b.bindings[0].settings = json!({"deny_operations": ["delete"]}),
            Some(code::DENIED),
        ),
    ];
    let mut scene = Scene::new(json!({})).await;
    let mut session = scene.edge.signed_in().await;
    let original = scene.bundle.bindings.clone();
    for (name, change, expected) in cases {
        scene
            .change(&mut session, |b| b.bindings = original.clone())
            .await;
        let mut held = hold(&mut session).await;
        approved(&scene, &mut held).await;
        let review = held.review_id();
        scene.change(&mut session, change).await;
        match (session.use_approval(held).await, expected) {
            (Ok(judged), None) => run(&mut session, &judged).await,
            (Err(refusal), Some(code)) => {
                assert_eq!(refusal.code, code, "{name}");
                until("it is withdrawn", || {
                    (scene.plane.review_state(review) == ReviewState::Withdrawn).then_some(())
                })
                .await;
            }
            (result, _) => panic!("{name}: {result:?}"),
        }
    }
    scene.edge.stop().await;
}
