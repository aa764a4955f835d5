//! The protocol's Rust SDK as the client, in the version without sessions.

use std::time::Duration;

use countersign_model::ReviewState;
use rmcp::{
    ClientServiceExt as _, RoleClient,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, ClientConfig,
        GetTaskParams, Implementation, ProtocolVersion, TaskPayload,
    },
    service::{ClientLifecycleMode, RunningService},
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::{Value, json};

use crate::{
    mcp::{
        real::listening,
        scene::{Scene, Server},
    },
    support::{SECRET, bind_plugin},
};

type Client = RunningService<RoleClient, ClientConfig>;

async fn scene(url: &str) -> Scene {
    Scene::before(url, Server::new(), |bundle, plane| {
        let entities = json!({"entities": [{"entity": "EMAIL_ADDRESS", "style": "redact"}]});
        bind_plugin(bundle, plane, "pii-mask", entities);
        let settings = json!({
            "tools": [
                {"tool": "get-env", "then": "deny", "reason": "it shows secrets"},
                {"tool": "refund", "then": "review"},
            ],
            "other_tools": "allow", "other_requests": "allow",
        });
        bind_plugin(bundle, plane, "tool-guard", settings);
    })
    .await
}

async fn connect(scene: &Scene, lifecycle: ClientLifecycleMode) -> Client {
    let config = StreamableHttpClientTransportConfig::with_uri(scene.url("/tools"));
    let transport = StreamableHttpClientTransport::from_config(config.auth_header(SECRET));
    let tasks = json!({"extensions": {"io.modelcontextprotocol/tasks": {}}});
    let capabilities: ClientCapabilities = serde_json::from_value(tasks).expect("capabilities");
    let client = ClientConfig::new(capabilities, Implementation::from_build_env());
    let connected = client.serve_with_lifecycle(transport, lifecycle).await;
    connected.expect("a connection")
}

fn call(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    let arguments = arguments.as_object().cloned().expect("an object");
    CallToolRequestParams::new(tool).with_arguments(arguments)
}

fn text(result: &CallToolResult) -> String {
    serde_json::to_string(result).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_and_with_tasks() {
    let (_server, url) = listening(&["fixture2.mjs"]).await;
    let scene = scene(&url).await;
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    let client = connect(&scene, ClientLifecycleMode::Discover { preferred_versions }).await;
    let tools = client.list_all_tools().await.expect("tools");
    assert!(tools.iter().any(|tool| tool.name == "echo"), "{tools:?}");
    assert!(tools.iter().all(|tool| tool.name != "get-env"), "{tools:?}");
    let echo = call("echo", json!({"message": "mail jane@example.com"}));
    let echo = client.call_tool(echo).await.expect("a result");
    assert!(text(&echo).contains("[EMAIL_ADDRESS]"), "{echo:?}");
    let denied = client.call_tool(call("get-env", json!({}))).await;
    let denied = denied.expect("a result");
    assert_eq!(denied.is_error, Some(true));
    assert!(text(&denied).contains("it shows secrets"), "{denied:?}");

    let created = client
        .call_tool_once(call("refund", json!({"order": 7})))
        .await;
    let CallToolResponse::Task(created) = created.expect("an answer") else {
        panic!("a held call of a client that knows tasks is one");
    };
    let told = serde_json::to_value(&created).expect("JSON");
    let review = told["_meta"]["countersign/review"]
        .as_str()
        .expect("a review");
    scene
        .plane
        .decide(review.parse().expect("an id"), ReviewState::Approved);
    let result = async {
        loop {
            let told = client
                .get_task(GetTaskParams::new(&created.task.task_id))
                .await;
            match told.expect("a task").task.payload {
                TaskPayload::Completed { result } => return result,
                TaskPayload::Working => tokio::time::sleep(Duration::from_millis(100)).await,
                other => panic!("{other:?}"),
            }
        }
    };
    let result = tokio::time::timeout(Duration::from_secs(30), result).await;
    let result = Value::Object(result.expect("in time"));
    assert_eq!(result["content"][0]["text"], "refunded 7", "{result}");
    client.cancel().await.expect("closed");
}
