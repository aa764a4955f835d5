//! Policies that are texts, and documents that are fetched.

use axum::{Router, routing::get};
use countersign_model::PolicyLanguage;
use serde_json::{Value, json};

use super::support::Plane;
use crate::{document_pull, runtimes::runtime};

const TEXT: &str = "package countersign\n\ndeny contains \"no drops\" if {\n\tinput.sql.class == \
    \"destructive\"\n}\n";

fn policy(text: &str) -> Value {
    json!({
        "name": "no-drops", "version": "0.1.0", "description": "Refuses what destroys.",
        "language": "rego", "text": text, "operations": ["sql"],
        "cases": [{"name": "a drop", "sql": "DROP TABLE a", "verdict": "deny"}],
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_is_tried_before_it_is_kept() {
    let plane = Plane::start().await;
    let pushed = plane.post("/policy_sources", policy(TEXT)).await;
    if runtime(PolicyLanguage::Rego).is_none() {
        // The runtimes are built by `cargo xtask build`; without them the server says so.
        assert_eq!(pushed.code(501), "language_not_built");
        return;
    }
    let version = pushed.expect(201);
    assert_eq!(
        (&version["language"], &version["text"]),
        (&json!("rego"), &json!(TEXT))
    );
    let again = plane.post("/policy_sources", policy(TEXT)).await;
    assert_eq!(again.expect(200)["id"], version["id"]);
    let mut other = policy(TEXT);
    other["description"] = json!("Refuses drops.");
    let other = plane.post("/policy_sources", other).await;
    assert_eq!(other.code(409), "same_text");

    let broken = format!("{TEXT}allow if {{");
    let broken = plane.post("/policy_sources", policy(&broken)).await;
    let field = &broken.body["errors"][0];
    assert_eq!(
        (&field["pointer"], &field["line"]),
        (&json!("/text"), &json!(6))
    );
    assert_eq!(broken.code(422), "invalid_policy_source");
    let lax = TEXT.replace("destructive", "read");
    let lax = plane.post("/policy_sources", policy(&lax)).await;
    assert_eq!(lax.code(422), "policy_case_failed");

    let edge = plane.edge("edge-1").await;
    let binding = json!({"policy_version_id": version["id"], "stage": "enforced"});
    plane.post("/bindings", binding).await.expect(201);
    let path = "/edge/bundle";
    let bundle = plane
        .as_edge(&edge, axum::http::Method::GET, path, None)
        .await;
    let bundle = bundle.expect(200)["payload"].as_str().unwrap().to_owned();
    let bundle: Value = serde_json::from_str(&bundle).unwrap();
    let source = &bundle["bindings"][0]["source"];
    assert_eq!(source["text"], TEXT);
    assert_eq!(bundle["modules"][0]["digest"], source["runtime"]);

    let second = plane
        .post("/policy_sources", policy(&format!("{TEXT}# More.\n")))
        .await
        .expect(201);
    let (before, after) = (
        version["id"].as_str().unwrap(),
        second["id"].as_str().unwrap(),
    );
    let diff = format!("/policy_versions/{after}/diff?against={before}");
    let diff = plane.get(&diff).await.expect(200);
    let text = diff["text"].as_str().unwrap();
    assert!(text.contains("\n+# More.\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_is_fetched_again_when_it_is_due() {
    // A provider that another test installed is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let plane = Plane::start_with(|config| config.pull_private_addresses = true).await;
    let count = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = move || {
        let n = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async move {
            if n < 2 {
                json!({"n": n}).to_string()
            } else {
                "[]".to_owned()
            }
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/teams", listener.local_addr().unwrap());
    let server = Router::new().route("/teams", get(counted));
    tokio::spawn(async move { axum::serve(listener, server).await });
    let body = json!({
        "name": "teams", "format": "json", "pull": {"url": url, "every_seconds": 60},
    });
    let made = plane.post("/documents", body).await.expect(201);
    assert_eq!((&made["version"], &made["keys"]), (&json!(1), &json!(1)));
    let shown = || async { plane.get("/documents/teams").await.expect(200) };
    document_pull::pull_due(&plane.state).await.unwrap();
    assert_eq!(shown().await["version"], 1, "not due");
    plane.pass(60);
    document_pull::pull_due(&plane.state).await.unwrap();
    let fetched = shown().await;
    assert_eq!(
        (&fetched["version"], &fetched["created_by_name"]),
        (&json!(2), &json!("system"))
    );
    assert_eq!(fetched["pull"]["error"], Value::Null);
    plane.pass(60);
    document_pull::pull_due(&plane.state).await.unwrap();
    let failed = shown().await;
    assert_eq!(failed["version"], 2, "what was there stays");
    let error = failed["pull"]["error"].as_str().unwrap();
    assert!(error.contains("one JSON object"), "{error}");
}
