//! Servers and clients that others wrote: npm's `server-everything`, the TypeScript and Python SDKs.

use std::{
    net::TcpStream,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::{
    mcp::scene::{Scene, Server},
    support::{SECRET, bind_plugin},
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
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").port()
    };
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

async fn everything() -> (Child, String) {
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

/// `countersign mcp` in front of npm's `server-filesystem`, as a client's configuration has it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "asked for: COUNTERSIGN_BIN names the program"]
async fn a_server_that_the_client_starts() {
    let scene = scene("http://127.0.0.1:1/").await;
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().canonicalize().expect("a folder");
    std::fs::write(folder.join("a.txt"), "mail jane@example.com").expect("written");
    let folder = folder.display().to_string();
    let program = std::env::var("COUNTERSIGN_BIN").expect("COUNTERSIGN_BIN names the program");
    let server = "node_modules/@modelcontextprotocol/server-filesystem/dist/index.js";
    let talk = async |edge: String| {
        let output = Command::new(python())
            .args([
                "client_stdio.py",
                &folder,
                &program,
                "mcp",
                "--server",
                "files",
                "--",
            ])
            .args(["node", server, &folder])
            .current_dir(home())
            .env("COUNTERSIGN_EDGE", edge)
            .env("COUNTERSIGN_TARGET", "laptop")
            .env("COUNTERSIGN_CREDENTIAL", SECRET)
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(Duration::from_secs(90), output).await;
        output.expect("in time").expect("it runs")
    };
    let output = talk(scene.url("")).await;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let seen: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let read = seen["read"].to_string();
    assert!(
        read.contains("[EMAIL_ADDRESS]") && !read.contains("jane@"),
        "{seen}"
    );
    assert!(
        seen["write"].to_string().contains("this is to be read"),
        "{seen}"
    );
    assert!(!std::path::Path::new(&folder).join("b.txt").exists());
    let tools = seen["tools"].as_array().expect("tools");
    assert!(tools.iter().any(|tool| tool == "read_text_file"), "{seen}");
    assert!(tools.iter().all(|tool| tool != "write_file"), "{seen}");
    // An edge that cannot be asked lets nothing through.
    assert!(!talk("http://127.0.0.1:1".to_owned()).await.status.success());
}
