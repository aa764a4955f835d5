//! What a client is told when it or the server says something wrong, above all without a session.

use serde_json::{Value, json};

use crate::{
    mcp::scene::{ACCEPT, Answer, Scene, request},
    support::SECRET,
};

const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const TASKS: &str = "io.modelcontextprotocol/tasks";

/// Sends a request that says this of itself, with headers that go with it.
async fn ask(scene: &Scene, method: &str, mut params: Value, meta: Value) -> Answer {
    let version = meta[VERSION].as_str().unwrap_or("2026-07-28").to_owned();
    let bearer = format!("Bearer {SECRET}");
    // Methods of older versions have no name that a header repeats.
    let named = !matches!(method, "tasks/result" | "tasks/list");
    let name = params["taskId"].as_str().filter(|_| named);
    let name = name.map(str::to_owned);
    let mut headers = vec![
        ("authorization", bearer.as_str()),
        ("accept", ACCEPT),
        ("content-type", "application/json"),
        ("mcp-protocol-version", version.as_str()),
        ("mcp-method", method),
    ];
    headers.extend(name.as_deref().map(|name| ("mcp-name", name)));
    params["_meta"] = meta;
    let body = request(7, method, params).to_string().into_bytes();
    scene.send("/tools", &headers, body).await
}

fn told(answer: &Answer) -> (u16, i64) {
    let message = answer.json();
    assert_eq!(message["id"], 7, "{}", answer.text);
    let code = message["error"]["code"].as_i64().unwrap_or_default();
    (answer.status, code)
}

#[tokio::test]
async fn a_request_says_what_it_speaks_and_what_its_client_can_do() {
    let scene = Scene::new(|_, _| {}).await;
    for meta in [
        json!({}),
        json!({CAPABILITIES: {}}),
        json!({VERSION: "2026-07-28"}),
        json!({VERSION: "2026-07-28", CAPABILITIES: true}),
    ] {
        for method in ["server/discover", "tools/list", "resources/read"] {
            let answer = ask(&scene, method, json!({}), meta.clone()).await;
            assert_eq!(told(&answer), (400, -32602), "{method} {meta}");
        }
    }
    let meta = json!({VERSION: "2099-01-01", CAPABILITIES: {}});
    let answer = ask(&scene, "server/discover", json!({}), meta).await;
    assert_eq!(told(&answer), (400, -32022));
    let data = &answer.json()["error"]["data"];
    let expected = json!({"supported": ["2026-07-28"], "requested": "2099-01-01"});
    assert_eq!(*data, expected, "what has sessions is of no use to it");
    assert_eq!(scene.server.count(), 0, "nothing was sent on");
}

#[tokio::test]
async fn a_servers_errors_keep_their_status() {
    let scene = Scene::new(|_, _| {}).await;
    let cases = [
        ("server/discover", 400, -32602),
        ("tools/list", 404, -32601),
        ("prompts/list", 404, -32601),
        ("resources/subscribe", 404, -32601),
    ];
    let errors = cases.map(|(method, status, code)| (method, (status, code)));
    *scene.server.errors.lock().expect("not poisoned") = errors.into();
    for (method, status, code) in cases {
        let meta = json!({VERSION: "2026-07-28", CAPABILITIES: {}});
        let answer = ask(&scene, method, json!({}), meta).await;
        assert_eq!(told(&answer), (status, code), "{method}");
    }
}

/// A 404 is how a client learns that it has to begin another session.
#[tokio::test]
async fn a_session_that_a_server_has_forgotten_is_gone_for_lists_too() {
    let scene = Scene::new(|_, _| {}).await;
    let session = scene.begin("/tools", json!({})).await;
    let errors = [
        "tools/list",
        "prompts/list",
        "resources/read",
        "logging/setLevel",
    ];
    let errors = errors.map(|method| (method, (404, -32001)));
    *scene.server.errors.lock().expect("not poisoned") = errors.into();
    for (method, (status, code)) in errors {
        let message = request(7, method, json!({"uri": "file:///a"}));
        let answer = scene.post("/tools", Some(&session), &message).await;
        assert_eq!(told(&answer), (status, code), "{method}");
    }
}

#[tokio::test]
async fn errors_of_a_session_keep_their_status_too() {
    let scene = Scene::new(|_, _| {}).await;
    let session = scene.begin("/tools", json!({})).await;
    let newer = ("initialize", (400, -32022));
    *scene.server.errors.lock().expect("not poisoned") = [newer].into();
    let hello = request(7, "initialize", json!({"protocolVersion": "2025-11-25"}));
    let answer = scene.post("/tools", None, &hello).await;
    assert_eq!(told(&answer), (400, -32022));

    let refused = ("resources/list", (401, -32001));
    *scene.server.errors.lock().expect("not poisoned") = [refused].into();
    let message = request(7, "resources/list", json!({}));
    let answer = scene.post("/tools", Some(&session), &message).await;
    let why = "the edge's credential is not the client's";
    assert_eq!(told(&answer), (502, -32001), "{why}");
}

#[tokio::test]
async fn tasks_are_for_clients_that_say_that_they_know_them() {
    let scene = Scene::new(|_, _| {}).await;
    let about = json!({"taskId": "of-nobody"});
    let silent = json!({VERSION: "2026-07-28", CAPABILITIES: {}});
    let knowing = json!({VERSION: "2026-07-28", CAPABILITIES: {"extensions": {TASKS: {}}}});
    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        let answer = ask(&scene, method, about.clone(), silent.clone()).await;
        assert_eq!(told(&answer), (400, -32021), "{method}");
        let data = &answer.json()["error"]["data"];
        let required = json!({"requiredCapabilities": {"extensions": {TASKS: {}}}});
        assert_eq!(*data, required, "{method}");
        let answer = ask(&scene, method, about.clone(), knowing.clone()).await;
        assert_eq!(told(&answer), (200, -32602), "{method}");
    }
    for method in ["tasks/result", "tasks/list"] {
        let answer = ask(&scene, method, about.clone(), knowing.clone()).await;
        assert_eq!(
            told(&answer),
            (404, -32601),
            "{method} is of older versions"
        );
    }
}
