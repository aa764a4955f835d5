//! Servers and clients that others wrote: npm's `server-everything`, the TypeScript and Python SDKs.

use std::{
    net::TcpStream,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use countersign_model::{EventBody, ReviewState};
use countersign_test_support::free_port;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::{
    mcp::scene::{Scene, Server},
    support::{SECRET, bind_plugin, until},
};

pub fn home() -> PathBuf {
    let home: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../crates/test-support/mcp"]
        .iter()
        .collect();
    assert!(
        home.join("node_modules/@modelcontextprotocol").is_dir(),
        "the MCP packages are missing: run `npm ci` in {}",
        home.display()
    );
    home
}

/// A program of Node.js that listens on a free port.
pub async fn listening(args: &[&str]) -> (Child, String) {
    let port = free_port().expect("a port");
    let child = Command::new("node")
        .args(args)
        .current_dir(home())
        .env("PORT", port.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("node starts");
    let deadline = Instant::now() + Duration::from_secs(60);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "{args:?} does not listen");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    (child, format!("http://127.0.0.1:{port}/mcp"))
}

/// npm's `server-everything`.
pub async fn everything() -> (Child, String) {
    let script = "node_modules/@modelcontextprotocol/server-everything/dist/index.js";
    listening(&[script, "streamableHttp"]).await
}

async fn scene(url: &str) -> Scene {
    Scene::before(url, Server::new(), |bundle, plane| {
        crate::mcp::stdio::laptop(bundle);
        let entities = json!({"entities": [{"entity": "EMAIL_ADDRESS", "style": "redact"}]});
        bind_plugin(bundle, plane, "pii-mask", entities);
        let settings = json!({
            "tools": [
                {"tool": "get-env", "then": "deny", "reason": "it shows secrets"},
                {"server": "files", "tool": "write_*", "then": "deny", "reason": "this is to be read"},
            ],
            "other_tools": "allow", "other_requests": "allow",
        });
        bind_plugin(bundle, plane, "tool-guard", settings);
    })
    .await
}

async fn run(program: &str, script: &str, scene: &Scene) -> Value {
    let output = Command::new(program)
        .arg(script)
        .args([scene.url("/tools"), SECRET.to_owned()])
        .current_dir(home())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(90), output).await;
    let output = output.expect("in time").expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {errors}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn check(seen: &Value) {
    let tools = seen["tools"].as_array().expect("tools");
    assert!(tools.iter().any(|tool| tool == "echo"), "{seen}");
    assert!(
        tools.iter().all(|tool| tool != "get-env"),
        "what is denied is not offered: {seen}"
    );
    let echo = seen["echo"].to_string();
    assert!(
        echo.contains("[EMAIL_ADDRESS]") && !echo.contains("jane@"),
        "{seen}"
    );
    assert_eq!(seen["denied"]["isError"], true, "{seen}");
    assert!(
        seen["denied"].to_string().contains("it shows secrets"),
        "{seen}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_sdk() {
    let (_server, url) = everything().await;
    let scene = scene(&url).await;
    let seen = run("node", "sdk1.mjs", &scene).await;
    check(&seen);
    assert!(
        seen["progress"].as_u64().is_some_and(|count| count > 0),
        "{seen}"
    );
    assert!(
        seen["resources"].as_u64().is_some_and(|count| count > 0),
        "{seen}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_sdk_without_a_session() {
    let (_server, url) = listening(&["fixture2.mjs"]).await;
    let scene = scene(&url).await;
    let seen = run("node", "sdk2.mjs", &scene).await;
    check(&seen);
    assert_eq!(seen["version"], "2026-07-28", "{seen}");
    assert_eq!(
        (&seen["resources"], seen["prompts"][0].as_str()),
        (&json!(2), Some("test_simple_prompt"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_without_a_session() {
    let (_server, url) = listening(&["fixture2.mjs"]).await;
    let scene = scene(&url).await;
    let seen = run(&python(), "client2.py", &scene).await;
    check(&seen);
    assert_eq!(seen["version"], "2026-07-28", "{seen}");
}

/// The SDK's client of tasks, with the edge's own and with those of the server.
#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_sdk_with_tasks() {
    let (_server, url) = everything().await;
    let scene = Scene::before(&url, Server::new(), |bundle, plane| {
        let entities = json!({"entities": [{"entity": "EMAIL_ADDRESS", "style": "redact"}]});
        bind_plugin(bundle, plane, "pii-mask", entities);
        let settings = json!({
            "tools": [{"tool": "echo", "then": "review"}],
            "other_tools": "allow", "other_requests": "allow",
        });
        bind_plugin(bundle, plane, "tool-guard", settings);
    })
    .await;
    let people = async {
        for (words, state) in [
            ("approve this", ReviewState::Approved),
            ("deny this", ReviewState::Denied),
        ] {
            let review = until(words, || {
                let events = scene.plane.events();
                let review = events.iter().find_map(|event| match &event.body {
                    EventBody::Review(step) if step.operation.as_ref()?.text.contains(words) => {
                        Some(step.review_id)
                    }
                    _ => None,
                });
                review.filter(|review| scene.plane.is_asked(*review))
            })
            .await;
            scene.plane.decide(review, state);
        }
    };
    let (seen, ()) = tokio::join!(run("node", "tasks1.mjs", &scene), people);
    assert_eq!(seen["support"]["echo"], "optional", "{seen}");
    assert!(
        seen["support"]["get-sum"].is_null() || seen["support"]["get-sum"] == "forbidden",
        "{seen}"
    );
    let approved = seen["approved"]["result"].to_string();
    assert!(
        approved.contains("[EMAIL_ADDRESS]") && !approved.contains("jane@"),
        "{seen}"
    );
    let denied = seen["denied"].to_string();
    assert!(
        denied.contains("failed") && seen["denied"]["result"]["isError"] != false,
        "{seen}"
    );
    assert_eq!(seen["cancelled"], "cancelled", "{seen}");
    let listed = seen["listed"].as_array().expect("tasks");
    assert!(listed.contains(&seen["approved"]["id"]), "{seen}");
    let servers = seen["servers"]["result"].to_string();
    assert!(
        servers.contains("[EMAIL_ADDRESS]") && !servers.contains("jane@"),
        "{seen}"
    );
    assert_eq!(
        seen["servers"]["id"].as_str().map(str::len),
        Some(64),
        "the edge's own id: {seen}"
    );
    assert_eq!(seen["foreign"], -32602, "{seen}");
}

fn python() -> String {
    std::env::var("COUNTERSIGN_TEST_PYTHON").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../.tools/python/bin/python").into()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk() {
    let (_server, url) = everything().await;
    let scene = scene(&url).await;
    check(&run(&python(), "client.py", &scene).await);
}
