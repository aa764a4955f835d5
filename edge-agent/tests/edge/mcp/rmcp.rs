//! The protocol's Rust SDK as the client, with a session and in the version without.

use std::time::Duration;

use countersign_model::{EventBody, ReviewId, ReviewState};
use rmcp::{
    ClientHandler, ClientServiceExt as _, RoleClient,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, ClientConfig,
        GetTaskParams, Implementation, ProtocolVersion, TaskPayload,
    },
    service::{ClientLifecycleMode, NotificationContext, QuitReason, RunningService},
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    mcp::{
        real::{everything, listening},
        scene::{Scene, Server},
    },
    support::{SECRET, bind_plugin, until},
};

type Client = RunningService<RoleClient, Listener>;

/// A client that notes what its server says by itself.
struct Listener {
    config: ClientConfig,
    heard: mpsc::UnboundedSender<Value>,
}

#[expect(
    deprecated,
    reason = "the version without sessions has another way; with one it is this"
)]
impl ClientHandler for Listener {
    fn get_info(&self) -> ClientConfig {
        self.config.clone()
    }

    async fn on_logging_message(
        &self,
        params: rmcp::model::LoggingMessageNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        // A test that does not listen has dropped the other end.
        let _ = self.heard.send(params.data);
    }
}

async fn scene(url: &str) -> Scene {
    Scene::before(url, Server::new(), |bundle, plane| {
        let entities = json!({"entities": [{"entity": "EMAIL_ADDRESS", "style": "redact"}]});
        bind_plugin(bundle, plane, "pii-mask", entities);
        let settings = json!({
            "tools": [
                {"tool": "get-env", "then": "deny", "reason": "it shows secrets"},
                {"tool": "refund", "then": "review"},
                {"tool": "get-sum", "then": "review"},
            ],
            "other_tools": "allow", "other_requests": "allow",
        });
        bind_plugin(bundle, plane, "tool-guard", settings);
    })
    .await
}

/// The client, and what it hears.
async fn connect(
    scene: &Scene,
    lifecycle: ClientLifecycleMode,
) -> (Client, mpsc::UnboundedReceiver<Value>) {
    let config = StreamableHttpClientTransportConfig::with_uri(scene.url("/tools"));
    let transport = StreamableHttpClientTransport::from_config(config.auth_header(SECRET));
    let tasks = json!({"extensions": {"io.modelcontextprotocol/tasks": {}}});
    let capabilities: ClientCapabilities = serde_json::from_value(tasks).expect("capabilities");
    let config = ClientConfig::new(capabilities, Implementation::from_build_env());
    let (heard, hearing) = mpsc::unbounded_channel();
    let client = Listener { config, heard };
    let connected = client.serve_with_lifecycle(transport, lifecycle).await;
    (connected.expect("a connection"), hearing)
}

fn call(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    let arguments = arguments.as_object().cloned().expect("an object");
    CallToolRequestParams::new(tool).with_arguments(arguments)
}

fn text(result: &CallToolResult) -> String {
    serde_json::to_string(result).expect("JSON")
}

/// What may be called is listed and masked; what may not is neither.
async fn check(client: &Client) {
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
}

/// The review that waits for a person.
async fn review(scene: &Scene) -> ReviewId {
    until("a review", || {
        let events = scene.plane.events();
        let review = events.iter().find_map(|event| match &event.body {
            EventBody::Review(step) => Some(step.review_id),
            _ => None,
        });
        review.filter(|review| scene.plane.is_asked(*review))
    })
    .await
}

/// This client sends a progress token with every call: a held one waits on its stream, for as long as
/// people take.
#[tokio::test(flavor = "multi_thread")]
async fn with_a_session() {
    let (_server, url) = everything().await;
    let scene = scene(&url).await;
    let (client, mut hearing) = connect(&scene, ClientLifecycleMode::Initialize).await;
    let met = client.peer_info().expect("a server");
    assert_eq!(met.protocol_version, ProtocolVersion::V_2025_11_25);
    check(&client).await;

    let held = client.call_tool(call("get-sum", json!({"a": 2, "b": 40})));
    let decided = async {
        let review = review(&scene).await;
        scene.plane.decide(review, ReviewState::Approved);
    };
    let in_time = tokio::time::timeout(Duration::from_secs(60), async {
        tokio::join!(held, decided)
    });
    let (ran, ()) = in_time.await.expect("in time");
    let ran = ran.expect("a result");
    assert!(text(&ran).contains("42"), "{ran:?}");

    // What the server says by itself comes on the session's own stream.
    let begun = client.call_tool(call("toggle-simulated-logging", json!({})));
    assert_ne!(begun.await.expect("a result").is_error, Some(true));
    let said = tokio::time::timeout(Duration::from_secs(30), hearing.recv());
    let said = said.await.expect("in time").expect("a message");
    assert!(said.to_string().contains("message"), "{said}");

    let closed = tokio::time::timeout(Duration::from_secs(20), client.cancel());
    let closed = closed.await.expect("in time").expect("no panic");
    assert!(matches!(closed, QuitReason::Cancelled), "{closed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_and_with_tasks() {
    let (_server, url) = listening(&["fixture2.mjs"]).await;
    let scene = scene(&url).await;
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    let lifecycle = ClientLifecycleMode::Discover { preferred_versions };
    let (client, _) = connect(&scene, lifecycle).await;
    check(&client).await;

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
