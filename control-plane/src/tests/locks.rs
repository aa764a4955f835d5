//! Locks by REST, and edges that are not the ones that enrolled.

use axum::http::Method;
use countersign_ledger::{key_proof, keys::SigningKey, token::mint_edge_token};
use countersign_model::Role;
use serde_json::{Value, json};

use super::support::{Plane, TestEdge};

async fn in_force(plane: &Plane) -> Value {
    plane.get("/locks").await.expect(200)["items"].clone()
}

#[tokio::test]
async fn a_lock_is_set_seen_and_lifted() {
    let plane = Plane::start().await;
    let target = plane
        .post("/targets", json!({"name": "shop", "kind": "postgres"}))
        .await
        .expect(201);
    let subject = json!({"kind": "target", "id": target["id"]});
    let set = plane
        .post("/locks", json!({"subject": subject, "reason": "incident"}))
        .await
        .expect(201);
    assert_eq!(set["name"], "shop");
    assert_eq!(set["expires_at"], Value::Null);
    let listed = plane.get("/locks").await.expect(200);
    assert_eq!(listed["items"][0]["id"], set["id"]);
    let cases = [
        (
            "no such target",
            json!({"subject": {"kind": "target",
            "id": "019a3c1e-7b5d-7f00-8000-0123456789ab"}, "reason": "x"}),
            404,
        ),
        (
            "a typing error",
            json!({"subject": {"kind": "human", "name": "evw@example.com"},
            "reason": "x"}),
            404,
        ),
        ("no reason", json!({"subject": subject, "reason": " "}), 422),
        (
            "past",
            json!({"subject": subject, "reason": "x",
            "expires_at": "2020-01-01T00:00:00Z"}),
            422,
        ),
        (
            "a kind that is none",
            json!({"subject": {"kind": "moon"}, "reason": "x"}),
            422,
        ),
    ];
    for (name, body, status) in cases {
        let answer = plane.post("/locks", body).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.body);
    }
    let path = format!("/locks/{}", set["id"].as_str().unwrap());
    plane.delete(&path).await.expect(204);
    plane.delete(&path).await.expect(404);
    assert_eq!(in_force(&plane).await, json!([]));
    let lifted = plane.get("/locks?lifted=true").await.expect(200);
    assert!(lifted["items"][0]["lifted_at"].is_string());
}

#[tokio::test]
async fn a_locked_person_does_nothing_and_nobody_locks_themselves() {
    let plane = Plane::start().await;
    let (_, token) = plane.person("eve@example.com", Role::Auditor, &[]).await;
    let list = || plane.call(Method::GET, "/targets", &token, None);
    list().await.expect(200);
    let subject = json!({"kind": "human", "name": "Eve@Example.com"});
    let body = json!({"subject": subject, "reason": "left the company"});
    let set = plane.post("/locks", body).await.expect(201);
    assert_eq!(list().await.code(403), "locked");
    plane
        .delete(&format!("/locks/{}", set["id"].as_str().unwrap()))
        .await
        .expect(204);
    list().await.expect(200);
    let (_, zoe) = plane.person("zoe@example.com", Role::Admin, &[]).await;
    let own = json!({"subject": {"kind": "human", "name": "zoe@example.com"}, "reason": "x"});
    let answer = plane.call(Method::POST, "/locks", &zoe, Some(own)).await;
    assert_eq!(answer.code(409), "own_lock");
}

async fn rotate(plane: &Plane, edge: &TestEdge, by: &SigningKey, to: &SigningKey) -> u16 {
    let body = json!({
        "public_key": to.verifying_key().to_string(),
        "proof": key_proof::prove(to, edge.id),
    });
    let token = mint_edge_token(by, edge.id, plane.state.now());
    let answer = plane.call(Method::POST, "/edge/rotate-key", &token, Some(body));
    answer.await.status.as_u16()
}

async fn fetches(plane: &Plane, edge: &TestEdge, by: &SigningKey) -> u16 {
    let token = mint_edge_token(by, edge.id, plane.state.now());
    let answer = plane.call(Method::GET, "/edge/bundle", &token, None);
    answer.await.status.as_u16()
}

#[tokio::test]
async fn a_replaced_key_works_for_two_minutes_and_then_gives_a_copy_away() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let (old, new) = (edge.key.clone(), SigningKey::generate().unwrap());
    let other = SigningKey::generate().unwrap();
    let wrong = json!({
        "public_key": new.verifying_key().to_string(),
        "proof": key_proof::prove(&other, edge.id),
    });
    let refused = plane.as_edge(&edge, Method::POST, "/edge/rotate-key", Some(wrong));
    assert_eq!(refused.await.code(422), "invalid_body");
    assert_eq!(rotate(&plane, &edge, &old, &new).await, 204);
    // The answer was lost.
    assert_eq!(rotate(&plane, &edge, &old, &new).await, 204);
    assert_eq!(rotate(&plane, &edge, &new, &new).await, 204);
    assert_eq!(rotate(&plane, &edge, &old, &other).await, 409);
    assert_eq!(fetches(&plane, &edge, &old).await, 200);
    assert_eq!(fetches(&plane, &edge, &new).await, 200);
    plane.pass(121);
    assert_eq!(fetches(&plane, &edge, &other).await, 401, "a stranger's");
    assert_eq!(in_force(&plane).await, json!([]));
    assert_eq!(fetches(&plane, &edge, &old).await, 401);
    let locks = in_force(&plane).await;
    assert_eq!(locks[0]["subject"]["id"], edge.id.to_string());
    assert_eq!(locks[0]["created_by"], "system");
    assert_eq!(fetches(&plane, &edge, &old).await, 401);
    assert_eq!(in_force(&plane).await.as_array().unwrap().len(), 1);
    let kinds = audit_kinds(&plane, "edge.").await;
    assert_eq!(kinds, ["edge.cloned", "edge.key_rotated"]);
    // The edge itself hears of the lock on it.
    assert_eq!(fetches(&plane, &edge, &new).await, 200);
}

async fn audit_kinds(plane: &Plane, family: &str) -> Vec<String> {
    let events = plane.get(&format!("/audit-events?kind={family}")).await;
    let events = events.expect(200)["items"].clone();
    let kinds = events.as_array().unwrap().iter();
    kinds
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect()
}

fn status(plane: &Plane, generation: u64, id: &str, started: i64, said: i64) -> Value {
    let at = |seconds: i64| {
        let millis = plane.state.now().as_millis() + seconds * 1000;
        countersign_model::Timestamp::from_millis(millis)
    };
    json!({
        "version": "0.1.0",
        "started_at": at(started),
        "at": at(said),
        "instance": {"id": id, "generation": generation},
        "bundle_revision": 0,
        "policies": [],
        "targets": [],
        "listeners": [],
        "sessions": 0,
        "spool_records": 0,
        "spool_bytes": 0,
        "resident_bytes": 0,
    })
}

#[tokio::test]
async fn an_edge_that_runs_twice_is_locked() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let say = async |generation: u64, id: &str, started: i64, said: i64| {
        let body = status(&plane, generation, id, started, said);
        let answer = plane.as_edge(&edge, Method::POST, "/edge/status", Some(body));
        answer.await.expect(204);
        in_force(&plane).await.as_array().unwrap().len()
    };
    assert_eq!(say(1, "a", 0, 1).await, 0);
    assert_eq!(say(2, "b", 10, 11).await, 0, "killed and started again");
    assert_eq!(say(1, "a", 0, 9).await, 0, "its last words, late");
    assert_eq!(say(3, "c", 20, 21).await, 0, "a copy starts");
    assert_eq!(say(2, "b", 10, 24).await, 1, "beside the original");
    assert_eq!(say(2, "b", 10, 27).await, 1, "once");
    assert_eq!(audit_kinds(&plane, "edge.").await, ["edge.cloned"]);
}
