//! From a draft to what every edge enforces, and back.

use std::time::{Duration, Instant};

use axum::http::Method;
use countersign_ledger::{
    author::sign_version,
    keys::{SigningKey, verify_bundle},
};
use countersign_model::{Bundle, FollowEvent, Role, SignedBundle, Stage};
use serde_json::{Value, json};

use super::{
    edges::Stream,
    registry::{plugin, push},
    support::{Plane, TestEdge},
};

/// What an edge has.
async fn bundle(plane: &Plane, edge: &TestEdge) -> Bundle {
    let signed = plane
        .as_edge(edge, Method::GET, "/edge/bundle", None)
        .await
        .expect(200);
    let signed: SignedBundle = serde_json::from_value(signed).unwrap();
    verify_bundle(&plane.state.signer.current().key.verifying_key(), &signed).unwrap()
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

/// What an edge reports of a canary.
fn status(plane: &Plane, bundle: &Bundle, canary: &Value, failed: u64) -> Value {
    let at = plane.state.now();
    let counts = |allow: u64, failed: u64| json!({"abstain": 0, "allow": allow, "review": 0, "deny": 0, "failed": failed});
    json!({
        "version": "0.1.0", "started_at": at, "at": at, "bundle_revision": bundle.revision,
        "policies": [{
            "binding_id": canary["id"], "policy": canary["policy"],
            "version": canary["version"], "digest": canary["digest"], "stage": "canary",
            "decisions": 10, "failures": failed,
            "canary": {"canary": counts(10, failed), "baseline": counts(10 + failed, 0)},
        }],
        "targets": [], "listeners": [], "sessions": 1,
        "spool_records": 0, "spool_bytes": 0, "resident_bytes": 1,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_that_fails_is_taken_back_on_every_edge() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let version = push(&plane, plugin("destructive-guard")).await.expect(201);
    let draft = json!({"policy_version_id": version["id"], "stage": "draft"});
    let binding = plane.post("/bindings", draft).await.expect(201);
    assert!(bundle(&plane, &edge).await.bindings.is_empty(), "a draft");
    let path = format!("/bindings/{}", id(&binding));
    let enforced = plane.patch(&path, json!({"stage": "enforced"})).await;
    enforced.expect(200);
    let canary = json!({
        "policy_version_id": version["id"], "stage": "canary", "canary_percent": 25,
        "replaces": binding["id"], "guard": {"max_failures": 2},
    });
    let canary = plane.post("/bindings", canary).await.expect(201);
    assert_eq!(canary["guard"]["min_decisions"], 50);
    let held = bundle(&plane, &edge).await;
    assert_eq!(held.bindings[1].canary_percent, Some(25));
    assert_eq!(held.bindings[1].replaces, Some(held.bindings[0].id));

    let mut stream = Stream::follow(&plane, &edge).await;
    stream.next_event().await.unwrap();
    let report = |failed| {
        let status = status(&plane, &held, &canary, failed);
        plane.as_edge(&edge, Method::POST, "/edge/status", Some(status))
    };
    report(2).await.expect(204);
    let path = format!("/bindings/{}", id(&canary));
    let view = plane.get(&path).await.expect(200);
    assert_eq!(view["rollout"]["failures"], 2);
    assert_eq!(view["rollout"]["decisions"], 12);
    let began = Instant::now();
    report(3).await.expect(204);
    let event = stream.next_event().await.unwrap();
    let took = began.elapsed();
    assert!(matches!(event, FollowEvent::Bundle { revision } if revision > held.revision));
    // A tenth of this on a machine that does nothing else.
    assert!(took < Duration::from_secs(1), "took {took:?}");
    let later = bundle(&plane, &edge).await;
    assert_eq!(later.bindings.len(), 1);
    assert_eq!(later.bindings[0].stage, Stage::Enforced);
    assert_eq!(plane.get(&path).await.expect(200)["stage"], "draft");

    let alerts = plane.get("/alerts").await.expect(200);
    let alert = &alerts["items"][0];
    assert_eq!(alert["kind"], "automatic_rollback");
    assert_eq!(alert["requested_by_name"], "system");
    assert!(alert["comment"].as_str().unwrap().starts_with("3 failures"));
    let path = format!("/policy_changes/{}/acknowledge", id(alert));
    let noted = plane.post(&path, json!({})).await.expect(200);
    assert!(noted["acknowledged_at"].is_string());
    let alerts = plane.get("/alerts").await.expect(200);
    assert_eq!(alerts["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_waits_for_another_admin() {
    let plane = Plane::start().await;
    let (_, bob) = plane.person("bob@example.com", Role::Admin, &[]).await;
    let version = push(&plane, plugin("destructive-guard")).await.expect(201);
    let on = json!({"require_approval": true});
    let on = plane.patch("/policy_settings", on).await.expect(200);
    assert_eq!(
        on,
        json!({"require_approval": true, "counter_split": "none"})
    );
    let body = json!({
        "policy_version_id": version["id"], "stage": "enforced", "comment": "as agreed",
    });
    let waiting = plane.post("/bindings", body).await.expect(202);
    let change = &waiting["change"];
    assert_eq!(
        (&change["state"], &change["comment"]),
        (&json!("pending"), &json!("as agreed"))
    );
    assert_eq!(plane.get("/bindings").await.expect(200)["items"], json!([]));
    let path = format!("/policy_changes/{}/decisions", id(change));
    let approve = || json!({"decision": "approve"});
    assert_eq!(plane.post(&path, approve()).await.code(403), "own_change");
    let by_bob = || plane.call(Method::POST, &path, &bob, Some(approve()));
    let applied = by_bob().await.expect(200);
    assert_eq!(
        (&applied["state"], &applied["decided_by_name"]),
        (&json!("applied"), &json!("bob"))
    );
    assert_eq!(by_bob().await.code(409), "change_decided");
    let bindings = plane.get("/bindings").await.expect(200);
    assert_eq!(bindings["items"][0]["stage"], "enforced");
    let path = format!(
        "/policies/{}/rollback",
        version["policy_id"].as_str().unwrap()
    );
    plane.post(&path, json!({})).await.expect(202);
    let pending = plane.get("/policy_changes?state=pending").await.expect(200);
    assert_eq!(pending["items"][0]["kind"], "rollback");
    let off = json!({"require_approval": false});
    plane.patch("/policy_settings", off).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_are_rolled_back_and_sets_restored() {
    let plane = Plane::start().await;
    let version = push(&plane, plugin("destructive-guard")).await.expect(201);
    let policy = format!(
        "/policies/{}/rollback",
        version["policy_id"].as_str().unwrap()
    );
    assert_eq!(
        plane.post(&policy, json!({})).await.code(409),
        "nothing_to_roll_back"
    );
    let body = json!({"policy_version_id": version["id"], "stage": "enforced"});
    let binding = plane.post("/bindings", body).await.expect(201);
    let path = format!("/bindings/{}", id(&binding));
    plane
        .patch(&path, json!({"stage": "shadow"}))
        .await
        .expect(200);
    let change = plane
        .post(&policy, json!({"comment": "too lax"}))
        .await
        .expect(200);
    assert_eq!(
        (&change["kind"], &change["comment"]),
        (&json!("rollback"), &json!("too lax"))
    );
    assert_eq!(plane.get(&path).await.expect(200)["stage"], "enforced");

    let sets = plane.get("/policy_sets?limit=3").await.expect(200);
    let shadow = &sets["items"][1];
    assert_eq!(shadow["summary"], "destructive-guard 1: enforced → shadow");
    let set = format!("/policy_sets/{}", shadow["revision"]);
    let shown = plane.get(&set).await.expect(200);
    assert_eq!(shown["bindings"][0]["stage"], "shadow");
    let restored = plane
        .post(&format!("{set}/restore"), json!({}))
        .await
        .expect(200);
    assert_eq!(restored["restores"], shadow["revision"]);
    assert_eq!(plane.get(&path).await.expect(200)["stage"], "shadow");
    let again = plane.post(&format!("{set}/restore"), json!({})).await;
    assert_eq!(again.code(409), "nothing_to_change");
    assert_eq!(plane.get("/policy_sets/0").await.code(404), "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_author_signs_a_version() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let version = push(&plane, plugin("destructive-guard")).await.expect(201);
    let digest = version["digest"].as_str().unwrap();
    let author = SigningKey::generate().unwrap();
    let path = format!("/policy_versions/{}/signatures", id(&version));
    let wrong = json!(sign_version(&author, &"ab".repeat(32)));
    assert_eq!(
        plane.post(&path, wrong).await.code(422),
        "invalid_signature"
    );
    let signature = sign_version(&author, digest);
    let signed = plane.post(&path, json!(signature)).await.expect(201);
    assert_eq!(
        signed["signatures"][0]["key"],
        author.verifying_key().to_string()
    );
    let body = json!({"policy_version_id": version["id"], "stage": "enforced"});
    plane.post("/bindings", body).await.expect(201);
    let held = bundle(&plane, &edge).await;
    assert_eq!(held.signatures[0].signatures, [signature]);
    let path = format!("/policy_versions/{0}/diff?against={0}", id(&version));
    let diff = plane.get(&path).await.expect(200);
    assert_eq!(diff["manifest"], json!([]));
    assert_eq!(diff["text"], json!(null));
}

#[tokio::test]
async fn documents_reach_the_edges() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let csv = json!({
        "name": "teams", "format": "csv", "key_column": "who",
        "content": "team,who\ndba,alice\nops,bob\n",
    });
    let document = plane.post("/documents", csv).await.expect(201);
    assert_eq!(
        (&document["version"], &document["keys"]),
        (&json!(1), &json!(2))
    );
    let held = bundle(&plane, &edge).await;
    let of = &held.documents[0];
    assert_eq!((of.name.as_str(), of.version), ("teams", 1));
    let path = format!("/edge/documents/{}", of.digest);
    let sent = plane
        .as_edge(&edge, Method::GET, &path, None)
        .await
        .expect(200);
    assert_eq!(
        sent,
        json!({"alice": {"team": "dba"}, "bob": {"team": "ops"}})
    );
    let second = json!({"name": "teams", "format": "json", "content": {"alice": 1}});
    plane.post("/documents", second).await.expect(201);
    let shown = plane.get("/documents/teams").await.expect(200);
    assert_eq!(
        (&shown["version"], &shown["format"]),
        (&json!(2), &json!("json"))
    );
    assert_eq!(shown["versions"][1]["digest"], document["digest"]);
    let content = plane.get("/documents/teams/content").await.expect(200);
    assert_eq!(content, json!({"alice": 1}));
    let refused = [
        json!({"name": "x", "format": "json", "content": [1]}),
        json!({"name": "x", "format": "json"}),
        json!({"name": "x", "format": "csv", "content": "a,b\n1\n"}),
        json!({"name": "x", "format": "json", "pull": {"url": "file:///etc", "every_seconds": 60}}),
        json!({"name": "x", "format": "json", "pull": {"url": "http://a/b", "every_seconds": 1}}),
    ];
    for body in refused {
        let answer = plane.post("/documents", body.clone()).await;
        assert_eq!(answer.code(422), "invalid_body", "{body}");
    }
    let local = json!({
        "name": "x", "format": "json",
        "pull": {"url": "http://127.0.0.1:1/x", "every_seconds": 60},
    });
    let local = plane.post("/documents", local).await;
    assert_eq!(local.code(422), "document_not_fetched");
    plane.delete("/documents/teams").await.expect(204);
    assert!(bundle(&plane, &edge).await.documents.is_empty());
}
