//! Any HTTP API: judged, held, masked, recorded.

use std::time::Duration;

use countersign_model::{EventBody, OutcomeStatus, RawOperation, ReviewState};
use serde_json::{Value, json};

use crate::{
    http::scene::Scene,
    support::{SECRET, bind_plugin, until},
};

#[tokio::test]
async fn a_request_passes_with_the_edges_own_credential() {
    let scene = Scene::new(|_, _| {}).await;
    let response = scene
        .client
        .post(scene.url("/api/orders/caf%C3%A9?dry=1"))
        .header("x-api-key", SECRET)
        .header("cookie", "session=1")
        .header("x-forwarded-for", "10.0.0.1")
        .header("x-order", "7")
        .json(&json!({"item": 7}))
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), 200);
    assert!(response.headers().contains_key("x-countersign-action"));
    assert_eq!(response.text().await.expect("text"), r#"{"ok":true}"#);
    let got = scene.upstream.requests().remove(0);
    assert_eq!(got.uri.to_string(), "/base/orders/caf%C3%A9?dry=1");
    assert_eq!(got.method, "POST");
    assert_eq!(got.headers["authorization"], "Bearer upstreams-own");
    assert_eq!(got.headers["x-order"], "7");
    for gone in ["x-api-key", "cookie", "x-forwarded-for"] {
        assert!(!got.headers.contains_key(gone), "{gone}");
    }
    assert_eq!(&got.body[..], br#"{"item":7}"#);

    let events = scene.events("outcome").await;
    let intent = events.iter().find_map(|event| match &event.body {
        EventBody::ActionIntent(intent) => Some(intent.clone()),
        _ => None,
    });
    let operation = intent.expect("an intent").operation;
    assert_eq!(
        (operation.phase.as_str(), &*operation.text),
        ("http", "POST /orders/café")
    );
    let Some(RawOperation::Http(request)) = operation.request.as_deref() else {
        panic!("an HTTP request");
    };
    assert!(request.headers.iter().all(|(name, _)| name != "x-api-key"));
    assert_eq!(request.query, [("dry".to_owned(), "1".to_owned())]);
    let outcome = events.iter().find_map(|event| match &event.body {
        EventBody::ActionOutcome(outcome) => Some(outcome.clone()),
        _ => None,
    });
    let outcome = outcome.expect("an outcome");
    assert_eq!(outcome.status, OutcomeStatus::Completed);
    assert_eq!(outcome.response.expect("an answer").status, Some(200));
}

#[tokio::test]
async fn who_is_not_known_learns_nothing() {
    let scene = Scene::new(|_, _| {}).await;
    let none = scene
        .client
        .get(scene.url("/api/x"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(none.status(), 401);
    assert_eq!(
        none.headers()["www-authenticate"],
        "Bearer realm=\"countersign\""
    );
    assert_eq!(none.headers()["content-type"], "application/problem+json");
    let wrong = scene
        .client
        .get(scene.url("/api/x"))
        .bearer_auth("csp_wrong");
    assert_eq!(wrong.send().await.expect("an answer").status(), 401);
    let nowhere = scene
        .client
        .get(scene.url("/nowhere/x"))
        .bearer_auth("csp_wrong");
    assert_eq!(nowhere.send().await.expect("an answer").status(), 401);
    assert_eq!(scene.get("/nowhere/x").await.status(), 404);
    // A database is not reached by HTTP, whoever asks.
    assert_eq!(scene.get("/shop/x").await.status(), 404);
    assert_eq!(scene.get("/-/health").await.status(), 200);
    assert!(scene.upstream.requests().is_empty());
}

#[tokio::test]
async fn answers_are_masked_or_do_not_come() {
    let scene = Scene::new(|bundle, plane| {
        let settings = json!({
            "entities": [
                {"entity": "EMAIL_ADDRESS", "style": "redact"},
                {"entity": "CREDIT_CARD", "style": "partial"},
            ],
        });
        bind_plugin(bundle, plane, "pii-mask", settings);
    })
    .await;
    let customer: Value = scene
        .get("/api/customers/7")
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(customer["email"], "[EMAIL_ADDRESS]");
    assert_eq!(customer["note"], "card **** **** **** 1111");
    assert_eq!(customer["id"], 7);
    let image = scene.get("/api/image").await;
    assert_eq!(image.status(), 502);
    let problem: Value = image.json().await.expect("a problem");
    assert_eq!(problem["code"], "not_enforceable");
    let events = scene.events("outcome").await;
    let masked = events.iter().find_map(|event| match &event.body {
        EventBody::ActionOutcome(outcome) if !outcome.masked.is_empty() => Some(outcome.clone()),
        _ => None,
    });
    let outcome = masked.expect("masks");
    assert_eq!(outcome.masked.len(), 2);
    let kept = outcome.response.expect("kept");
    assert!(!kept.body.as_ref().expect("text").contains("jane@"));
}

#[tokio::test]
async fn a_held_request_is_picked_up_by_repeating_it() {
    let scene =
        Scene::new(|bundle, plane| bind_plugin(bundle, plane, "http-guard", json!({}))).await;
    assert_eq!(scene.get("/api/customers/7").await.status(), 200);
    let refund = |cents: u64| {
        let request = scene
            .client
            .post(scene.url("/api/refunds"))
            .bearer_auth(SECRET);
        let request = request.json(&json!({"cents": cents}));
        async move { request.send().await.expect("an answer") }
    };
    let held = refund(500).await;
    assert_eq!(held.status(), 202);
    let problem: Value = held.json().await.expect("a problem");
    assert_eq!(problem["code"], "review_pending");
    let review = problem["review"]["id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("an id");
    assert_eq!(refund(500).await.status(), 202, "still pending");
    scene.plane.decide(review, ReviewState::Approved);
    // Another request is another action.
    assert_eq!(refund(501).await.status(), 202);
    assert_eq!(refund(500).await.status(), 200);
    let sent = |scene: &Scene| {
        let requests = scene.upstream.requests();
        requests.iter().filter(|got| got.method == "POST").count()
    };
    assert_eq!(sent(&scene), 1);
    assert_eq!(refund(500).await.status(), 202, "an approval works once");
    assert_eq!(sent(&scene), 1);
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_request_with_it() {
    let scene =
        Scene::new(|bundle, plane| bind_plugin(bundle, plane, "http-guard", json!({}))).await;
    let request = scene
        .client
        .post(scene.url("/api/refunds"))
        .bearer_auth(SECRET)
        .body("x");
    let sent = tokio::time::timeout(Duration::from_millis(400), request.send()).await;
    assert!(sent.is_err(), "held");
    until("the review is withdrawn", || {
        let events = scene.plane.events();
        let withdrawn = events.iter().any(|event| {
            matches!(&event.body, EventBody::Review(step) if step.state == ReviewState::Withdrawn)
        });
        withdrawn.then_some(())
    })
    .await;
    let slow = scene
        .client
        .get(scene.url("/api/slow"))
        .bearer_auth(SECRET)
        .send();
    assert!(
        tokio::time::timeout(Duration::from_millis(400), slow)
            .await
            .is_err()
    );
    until("the outcome is known", || {
        let events = scene.plane.events();
        let interrupted = events.iter().any(|event| {
            matches!(&event.body, EventBody::ActionOutcome(o) if o.status == OutcomeStatus::Interrupted)
        });
        interrupted.then_some(())
    })
    .await;
}

#[tokio::test]
async fn errors_and_streams_pass() {
    let scene = Scene::new(|_, _| {}).await;
    let missing = scene.get("/api/missing").await;
    assert_eq!(missing.status(), 404);
    assert_eq!(missing.text().await.expect("text"), "no such thing");
    let image = scene.get("/api/image").await;
    assert_eq!(image.bytes().await.expect("bytes").len(), 10);
    let large = vec![b'a'; 100_001];
    let large = scene
        .client
        .post(scene.url("/api/x"))
        .bearer_auth(SECRET)
        .body(large);
    assert_eq!(large.send().await.expect("an answer").status(), 413);
    let broken = scene.client.post(scene.url("/api/x")).bearer_auth(SECRET);
    let broken = broken
        .header("content-type", "application/json")
        .body(r#"{"a":1,"a":2}"#);
    let broken = broken.send().await.expect("an answer");
    assert_eq!(broken.status(), 400);
    let problem: Value = broken.json().await.expect("a problem");
    assert_eq!(problem["code"], "unparseable");
}
