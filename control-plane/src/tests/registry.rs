//! Targets, principals, policies and bindings, and the bundle that comes of them.

use std::path::Path;

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use countersign_ledger::keys::verify_bundle;
use countersign_model::SignedBundle;
use insta::assert_json_snapshot;
use serde_json::json;

use super::support::{Answer, Plane};

/// A built-in policy, as it is shipped.
pub fn plugin(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../plugins")
        .join(name);
    let module = countersign_policy_package::source::compile(&folder).unwrap();
    countersign_policy_engine::build_policy(&module).unwrap()
}

pub async fn push(plane: &Plane, component: Vec<u8>) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/api/v1/policy_versions?changelog=first")
        .header(header::AUTHORIZATION, format!("Bearer {}", plane.admin))
        .header(header::CONTENT_TYPE, "application/wasm")
        .body(Body::from(component))
        .unwrap();
    plane.send(request).await
}

#[tokio::test]
async fn targets_are_kept() {
    let plane = Plane::start().await;
    let target = json!({"name": "shop", "kind": "postgres", "labels": {"env": "production"}});
    let created = plane.post("/targets", target.clone()).await.expect(201);
    assert_json_snapshot!(created, {".id" => "[id]"});
    assert_eq!(plane.post("/targets", target).await.code(409), "name_taken");
    let path = format!("/targets/{}", created["id"].as_str().unwrap());
    plane.pass(1);
    let change = json!({"default_verdict": "allow"});
    let changed = plane.patch(&path, change).await.expect(200);
    assert_eq!(changed["default_verdict"], "allow");
    assert_eq!(changed["labels"], created["labels"]);
    assert_ne!(changed["updated_at"], created["updated_at"]);
    plane.delete(&path).await.expect(204);
    assert_eq!(plane.get(&path).await.code(404), "not_found");
    assert_eq!(plane.delete(&path).await.code(404), "not_found");
}

#[tokio::test]
async fn lists_come_in_pages() {
    let plane = Plane::start().await;
    for name in ["c", "a", "e", "b", "d"] {
        let target = json!({"name": name, "kind": "postgres"});
        plane.post("/targets", target).await.expect(201);
    }
    let mut names = Vec::new();
    let mut path = "/targets?limit=2".to_owned();
    loop {
        let page = plane.get(&path).await.expect(200);
        let items = page["items"].as_array().unwrap().clone();
        names.push(
            items
                .iter()
                .map(|i| i["name"].as_str().unwrap().to_owned())
                .collect::<String>(),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/targets?limit=2&cursor={cursor}");
    }
    assert_eq!(names, ["ab", "cd", "e"]);
}

#[tokio::test]
async fn a_credential_is_shown_once() {
    let plane = Plane::start().await;
    let principal = json!({
        "name": "release-bot",
        "kind": "agent",
        "groups": ["platform"],
        "claims": {"env": "staging"},
        "on_behalf_of": "alice@example.com",
    });
    let created = plane.post("/principals", principal).await.expect(201);
    assert_json_snapshot!(created, {".id" => "[id]"});
    let path = format!("/principals/{}", created["id"].as_str().unwrap());
    let credentials = format!("{path}/credentials");
    for ttl in [59, 2_592_001] {
        let answer = plane.post(&credentials, json!({"ttl_seconds": ttl})).await;
        assert_eq!(answer.code(422), "invalid_body", "{ttl} s");
    }
    let issued = plane
        .post(&credentials, json!({"ttl_seconds": 60}))
        .await
        .expect(201);
    let secret = issued["secret"].as_str().unwrap();
    assert!(secret.starts_with("csp_") && secret.len() == 47, "{secret}");
    let listed = plane.get(&credentials).await.expect(200);
    assert!(!listed.to_string().contains(secret));
    assert_eq!(plane.get(&path).await.expect(200)["active_credentials"], 1);
    plane.pass(60);
    assert_eq!(plane.get(&path).await.expect(200)["active_credentials"], 0);
    let cleared = plane
        .patch(&path, json!({"on_behalf_of": null}))
        .await
        .expect(200);
    assert_eq!(cleared.get("on_behalf_of"), None);
    let kept = plane.patch(&path, json!({"groups": []})).await.expect(200);
    assert_eq!(kept["claims"]["env"], "staging");
    let reserved = plane.patch(&path, json!({"groups": ["Admin"]})).await;
    assert_eq!(reserved.code(422), "invalid_body");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_goes_from_upload_to_bundle() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let component = plugin("destructive-guard");
    let version = push(&plane, component.clone()).await.expect(201);
    assert_eq!(version["policy"], "destructive-guard");
    assert_eq!(
        (&version["version"], &version["changelog"]),
        (&json!(1), &json!("first"))
    );
    let again = push(&plane, component.clone()).await.expect(200);
    assert_eq!(again["id"], version["id"]);

    let version_id = version["id"].as_str().unwrap();
    let wrong = json!({"policy_version_id": version_id, "stage": "enforced", "settings": {"no_such_setting": 1}});
    let refused = plane.post("/bindings", wrong).await;
    assert_eq!(refused.status.as_u16(), 422, "{}", refused.body);
    let wrong = json!({"policy_version_id": version_id, "stage": "enforced", "selector": {"operations": ["sqll"]}});
    assert_eq!(
        plane.post("/bindings", wrong).await.code(422),
        "invalid_body"
    );
    let right = json!({
        "policy_version_id": version_id,
        "stage": "enforced",
        "selector": {"targets": {"labels": {"env": "production"}}},
    });
    let binding = plane.post("/bindings", right).await.expect(201);
    assert_eq!(binding["position"], 10);

    let signed = plane
        .as_edge(&edge, Method::GET, "/edge/bundle", None)
        .await
        .expect(200);
    let signed: SignedBundle = serde_json::from_value(signed).unwrap();
    let bundle = verify_bundle(&plane.state.signer.current().key.verifying_key(), &signed).unwrap();
    assert_eq!(bundle.edge_id, edge.id);
    assert_eq!(
        bundle.bindings[0].id.to_string(),
        binding["id"].as_str().unwrap()
    );
    let digest = &bundle.modules[0].digest;
    assert_eq!(digest.as_str(), version["digest"].as_str().unwrap());
    let module = format!("/edge/modules/{digest}");
    let module = plane.as_edge(&edge, Method::GET, &module, None).await;
    assert_eq!(module.headers[header::CONTENT_TYPE], "application/wasm");
    assert_eq!(module.status, 200);

    let policies = plane.get("/policies").await.expect(200);
    assert_eq!(policies["items"][0]["enforced_bindings"], 1);
    let policy = format!("/policies/{}", version["policy_id"].as_str().unwrap());
    let policy = plane.get(&policy).await.expect(200);
    assert_eq!(policy["bindings"][0]["id"], binding["id"]);
    assert!(policy["manifest"]["settings_schema"].is_object());
    let path = format!("/bindings/{}", binding["id"].as_str().unwrap());
    let shadow = plane
        .patch(&path, json!({"stage": "shadow"}))
        .await
        .expect(200);
    assert_eq!(shadow["stage"], "shadow");
    plane.delete(&path).await.expect(204);
    let signed = plane
        .as_edge(&edge, Method::GET, "/edge/bundle", None)
        .await
        .expect(200);
    let signed: SignedBundle = serde_json::from_value(signed).unwrap();
    let later = verify_bundle(&plane.state.signer.current().key.verifying_key(), &signed).unwrap();
    assert!(later.bindings.is_empty() && later.revision > bundle.revision);

    // A component that was cut short is refused and nothing of it is kept.
    let cut = component[..component.len() / 2].to_vec();
    assert_eq!(push(&plane, cut).await.code(422), "invalid_policy");
}
