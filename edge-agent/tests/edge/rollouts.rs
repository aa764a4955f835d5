//! Canaries as sessions meet them, what a session records when it is somebody else, and data
//! documents on their way to a policy.

use std::collections::BTreeSet;

use countersign_edge_agent::pipeline::Session;
use countersign_model::{BindingId, BundleDocument, Effect, EventBody, SessionId, Stage};
use sha2::{Digest as _, Sha256};

use crate::support::{
    self, RunningEdge, bind_guest, bundle, config,
    guest::{Guest, Says},
    judge, kind,
    plane::Plane,
    policy_status, until,
};

/// The sessions that the canary has, as their verdicts say, each judged twice.
fn in_canary(sessions: &mut [Session], canary: BindingId, revision: u64) -> BTreeSet<SessionId> {
    let mut found = BTreeSet::new();
    for session in sessions {
        let effects: Vec<Effect> = ["select 1", "select 2 as b"]
            .map(|text| judge(session, text).expect("judged"))
            .iter()
            .map(|judged| {
                let decision = judged.decision();
                assert_eq!(decision.bundle_revision, revision);
                let stage = |of: BindingId| {
                    let mut outcomes = decision.policies.iter();
                    outcomes.find(|o| o.binding == of).expect("judged").stage
                };
                let others = decision.policies.iter().map(|o| o.binding);
                let replaced = others.filter(|id| *id != canary).map(stage).next();
                let expected = match judged.effect() {
                    Effect::Deny => (Stage::Canary, Some(Stage::Shadow)),
                    _ => (Stage::Shadow, Some(Stage::Enforced)),
                };
                assert_eq!((stage(canary), replaced), expected);
                judged.effect()
            })
            .collect();
        assert_eq!(effects[0], effects[1], "a session is on one side");
        if effects[0] == Effect::Deny {
            found.insert(session.id());
        }
    }
    found
}

#[tokio::test]
async fn a_canary_has_its_part_of_the_sessions_for_good_and_grows_by_adding() {
    const SESSIONS: usize = 1_000;

    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let mut bound = bundle(plane.edge_id());
    let old = bind_guest(&mut bound, &Guest::new("old", Says::Allow), &plane);
    let canary = bind_guest(&mut bound, &Guest::new("new", Says::Deny), &plane);
    let set = |bound: &mut countersign_model::Bundle, percent| {
        let binding = &mut bound.bindings[1];
        binding.stage = Stage::Canary;
        binding.canary_percent = Some(percent);
        binding.replaces = Some(old);
        bound.revision += 1;
    };
    set(&mut bound, 30);
    plane.publish(&bound);
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    edge.signed_in().await;
    let mut sessions: Vec<Session> = (0..SESSIONS)
        .map(|_| edge.sign_in().expect("let in"))
        .collect();
    let first = in_canary(&mut sessions, canary, bound.revision);
    assert!((250..=350).contains(&first.len()), "{}", first.len());
    assert_eq!(in_canary(&mut sessions, canary, bound.revision), first);

    let mut before = first;
    for (percent, least, most) in [(60, 550, 650), (100, SESSIONS, SESSIONS)] {
        set(&mut bound, percent);
        plane.publish(&bound);
        until("more are let in", || {
            let judged = judge(&mut sessions[0], "select 1").expect("judged");
            (judged.decision().bundle_revision == bound.revision).then_some(())
        })
        .await;
        let now = in_canary(&mut sessions, canary, bound.revision);
        assert!((least..=most).contains(&now.len()), "{}", now.len());
        assert!(before.is_subset(&now), "nobody leaves");
        before = now;
    }
    let counts = until("the canary's refusals are told", || {
        let status = policy_status(&plane, canary)?;
        status.canary.filter(|counts| counts.canary.deny > 0)
    })
    .await;
    assert_eq!(counts.canary.allow, 0);
    assert_eq!(counts.baseline.deny, 0);
    drop(sessions);
    edge.stop().await;
}

#[tokio::test]
async fn who_changes_within_a_session_is_recorded_before_the_next_action() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let mut current = bundle(plane.edge_id());
    plane.publish(&current);
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    let mut session = edge.signed_in().await;
    let judged = judge(&mut session, "select 1").expect("judged");
    drop(session.record_intent(&judged).await.expect("recorded"));

    // Nothing of it concerns the session.
    current.revision = 2;
    current.principals.push(support::agent());
    current.principals[1].principal.name = "another".to_owned();
    plane.publish(&current);
    until("another bundle is enforced", || {
        let judged = judge(&mut session, "select 1").expect("judged");
        (judged.decision().bundle_revision == 2).then_some(())
    })
    .await;

    current.revision = 3;
    current.principals[0].principal.groups = vec!["trusted".to_owned()];
    current.targets[0]
        .labels
        .insert("tier".to_owned(), "one".to_owned());
    plane.publish(&current);
    until("the group is there", || {
        judge(&mut session, "select 1").expect("judged");
        (session.principal().groups == ["trusted"]).then_some(())
    })
    .await;
    let judged = judge(&mut session, "select 1").expect("judged");
    drop(session.record_intent(&judged).await.expect("recorded"));
    let id = session.id();
    session.close("done");

    let events = until("the end arrives", || {
        let events = plane.events();
        events.iter().any(|e| kind(e) == "closed").then_some(events)
    })
    .await;
    let of_session: Vec<&str> = events
        .iter()
        .filter(|event| event.body.session_id() == Some(id))
        .map(kind)
        .collect();
    assert_eq!(
        of_session,
        [
            "opened", "intent", "outcome", "changed", "intent", "outcome", "closed"
        ]
    );
    let changed = events.iter().find_map(|event| match &event.body {
        EventBody::SessionChanged(changed) => Some(changed),
        _ => None,
    });
    let changed = changed.expect("recorded");
    assert_eq!(changed.principal.groups, ["trusted"]);
    assert_eq!(changed.labels.get("tier").map(String::as_str), Some("one"));
    edge.stop().await;
}

/// Offers a document, and names it in the bundle as `list`.
fn offer(bundle: &mut countersign_model::Bundle, plane: &Plane, version: u32, json: &str) {
    let digest = hex::encode(Sha256::digest(json));
    plane.add_module(&digest, json.as_bytes());
    bundle.documents = vec![BundleDocument {
        name: "list".to_owned(),
        version,
        digest,
        size: json.len() as u64,
    }];
    bundle.revision += 1;
}

#[tokio::test]
async fn a_document_reaches_the_policy_and_its_last_good_version_stays() {
    let plane = Plane::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let config = config(dir.path(), &plane);
    let mut bound = bundle(plane.edge_id());
    let id = bind_guest(&mut bound, &Guest::new("looks", Says::Lookup), &plane);

    // While it is not here, nothing is taken for empty.
    offer(&mut bound, &plane, 1, "{\"other\": 1}");
    let digest = bound.documents[0].digest.clone();
    let json = plane.state().modules.remove(&digest).expect("offered");
    plane.publish(&bound);
    let edge = RunningEdge::start(config.clone()).await;
    let mut session = edge.signed_in().await;
    let judged = judge(&mut session, "select 1").expect("judged");
    assert_eq!(judged.effect(), Effect::Deny);
    plane.add_module(&digest, &json);
    until("it is fetched", || {
        let judged = judge(&mut session, "select 1").expect("judged");
        (judged.effect() == Effect::Allow).then_some(())
    })
    .await;

    offer(&mut bound, &plane, 2, "{\"key\": \"listed\"}");
    plane.publish(&bound);
    until("the next version is looked into", || {
        let judged = judge(&mut session, "select 1").expect("judged");
        (judged.reasons() == "\"listed\"").then_some(())
    })
    .await;

    // One that is no document leaves the one before, and the status says why.
    offer(&mut bound, &plane, 3, "[1, 2]");
    plane.publish(&bound);
    until("it is told", || {
        let state = plane.state();
        let error = state.statuses.last()?.bundle_error.clone()?;
        (error.contains("\"list\"") && error.contains("version 3")).then_some(())
    })
    .await;
    let judged = judge(&mut session, "select 1").expect("judged");
    assert_eq!(judged.decision().bundle_revision, bound.revision);
    assert_eq!(judged.reasons(), "\"listed\"");
    assert!(policy_status(&plane, id).is_some_and(|s| s.error.is_none()));
    drop(session);
    edge.stop().await;
}
