//! Calls whose clients ask for the answer later.

use std::time::Duration;

use countersign_model::{EventBody, ReviewId, ReviewState};
use serde_json::{Value, json};

use crate::{
    mcp::scene::{ACCEPT, Answer, OTHER, Scene, request},
    support::{bind_plugin, until},
};

const RELATED: &str = "io.modelcontextprotocol/related-task";

/// An edge where people decide about `refund`, and everything else runs.
async fn scene() -> Scene {
    Scene::new(|bundle, plane| {
        let settings = json!({
            "tools": [
                {"tool": "refund", "then": "review"},
                {"tool": "drop_table", "then": "deny", "reason": "tables stay"},
            ],
            "other_tools": "allow", "other_requests": "allow",
        });
        bind_plugin(bundle, plane, "tool-guard", settings);
        let entities = json!({"entities": [{"entity": "EMAIL_ADDRESS", "style": "redact"}]});
        bind_plugin(bundle, plane, "pii-mask", entities);
    })
    .await
}

fn task_call(id: u64, tool: &str, order: u64, wish: Value) -> Value {
    let params = json!({"name": tool, "arguments": {"order": order}, "task": wish});
    request(id, "tools/call", params)
}

/// A client in its session.
struct Client<'a> {
    scene: &'a Scene,
    session: String,
}

impl<'a> Client<'a> {
    async fn new(scene: &'a Scene) -> Self {
        let session = scene.begin("/tools", json!({})).await;
        Self { scene, session }
    }

    async fn ask(&self, message: &Value) -> Value {
        let session = Some(self.session.as_str());
        self.scene.post("/tools", session, message).await.json()
    }

    async fn about(&self, method: &str, task: &str) -> Value {
        self.ask(&request(9, method, json!({"taskId": task}))).await
    }

    /// Calls a tool as a task, which answers at once.
    async fn task(&self, tool: &str, order: u64) -> Value {
        let created = self.ask(&task_call(1, tool, order, json!({}))).await;
        assert_eq!(created["result"]["task"]["status"], "working", "{created}");
        created["result"].clone()
    }

    /// Waits until the task has ended.
    async fn ended(&self, task: &str) -> Value {
        for _ in 0..100 {
            let told = self.about("tasks/get", task).await["result"].clone();
            if told["status"] != "working" {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the task does not end");
    }
}

fn id_of(created: &Value) -> String {
    created["task"]["taskId"]
        .as_str()
        .expect("an id")
        .to_owned()
}

fn review_of(created: &Value) -> ReviewId {
    let review = created["_meta"]["countersign/review"].as_str();
    review.expect("a review").parse().expect("an id")
}

/// Waits until the edge knows that a review was approved.
async fn approved(scene: &Scene, review: ReviewId) {
    scene.plane.decide(review, ReviewState::Approved);
    let is_approved = |body: &EventBody| {
        matches!(body, EventBody::Review(step)
            if step.review_id == review && step.state == ReviewState::Approved)
    };
    until("the approval", || {
        let events = scene.plane.events();
        events
            .iter()
            .any(|event| is_approved(&event.body))
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_approved_call_runs_once_and_when_its_client_asks() {
    let scene = scene().await;
    let client = Client::new(&scene).await;
    let tools = client.ask(&request(1, "tools/list", json!({}))).await;
    let tools = tools["result"]["tools"].as_array().expect("tools").clone();
    let support = |name: &str| {
        let tool = tools.iter().find(|tool| tool["name"] == name);
        tool.expect(name)["execution"]["taskSupport"].clone()
    };
    assert_eq!(support("refund"), "optional");
    assert_eq!(support("echo"), Value::Null);

    let created = client.task("refund", 7).await;
    let (task, review) = (id_of(&created), review_of(&created));
    let words = created["_meta"]["io.modelcontextprotocol/model-immediate-response"].as_str();
    assert!(
        words.is_some_and(|words| words.contains("Nothing was done")),
        "{created}"
    );
    let told = client.about("tasks/get", &task).await;
    assert!(
        told["result"]["statusMessage"]
            .as_str()
            .expect("words")
            .contains("/reviews/")
    );

    approved(&scene, review).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(
        scene.server.calls().is_empty(),
        "nobody has asked for it yet"
    );

    let result = client.about("tasks/result", &task).await["result"].clone();
    assert_eq!(
        result["_meta"][RELATED]["taskId"],
        task.as_str(),
        "{result}"
    );
    assert_eq!(result["structuredContent"]["email"], "[EMAIL_ADDRESS]");
    assert_eq!(client.ended(&task).await["status"], "completed");
    let again = client.about("tasks/result", &task).await["result"].clone();
    assert_eq!(again, result);
    assert_eq!(scene.server.calls().len(), 1);
    assert!(
        scene.server.calls()[0].get("task").is_none(),
        "the server knows no tasks"
    );
    let cancelled = client.about("tasks/cancel", &task).await;
    assert_eq!(cancelled["error"]["code"], -32602, "{cancelled}");
}

#[tokio::test]
async fn a_client_that_polls_gets_it_too_and_a_denied_one_fails() {
    let scene = scene().await;
    let client = Client::new(&scene).await;
    let created = client.task("refund", 7).await;
    approved(&scene, review_of(&created)).await;
    assert_eq!(client.ended(&id_of(&created)).await["status"], "completed");

    let created = client.task("refund", 8).await;
    scene.plane.decide(review_of(&created), ReviewState::Denied);
    let task = id_of(&created);
    assert_eq!(client.ended(&task).await["status"], "failed");
    let result = client.about("tasks/result", &task).await["result"].clone();
    assert_eq!(result["isError"], true, "{result}");
    assert!(
        result.to_string().contains("did not let this run"),
        "{result}"
    );
    assert_eq!(scene.server.calls().len(), 1);
}

#[tokio::test]
async fn a_cancelled_call_never_runs() {
    let scene = scene().await;
    let client = Client::new(&scene).await;
    let created = client.task("refund", 7).await;
    let (task, review) = (id_of(&created), review_of(&created));
    let cancelled = client.about("tasks/cancel", &task).await;
    assert_eq!(cancelled["result"]["status"], "cancelled", "{cancelled}");
    until("the review is withdrawn", || {
        let events = scene.plane.events();
        let withdrawn = |body: &EventBody| {
            matches!(body, EventBody::Review(step)
                if step.review_id == review && step.state == ReviewState::Withdrawn)
        };
        events
            .iter()
            .any(|event| withdrawn(&event.body))
            .then_some(())
    })
    .await;
    scene.plane.decide(review, ReviewState::Approved);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(client.ended(&task).await["status"], "cancelled");
    let result = client.about("tasks/result", &task).await;
    assert!(
        result["error"]["message"]
            .as_str()
            .expect("words")
            .contains("cancelled")
    );
    assert!(scene.server.calls().is_empty());

    // Approved, and cancelled before anybody asks for it.
    let created = client.task("refund", 8).await;
    approved(&scene, review_of(&created)).await;
    let cancelled = client.about("tasks/cancel", &id_of(&created)).await;
    assert_eq!(cancelled["result"]["status"], "cancelled", "{cancelled}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(scene.server.calls().is_empty());
}

#[tokio::test]
async fn a_task_is_its_owners_alone_and_ends_with_its_time() {
    let scene = scene().await;
    let client = Client::new(&scene).await;
    let task = id_of(&client.task("refund", 7).await);
    let theirs = format!("Bearer {OTHER}");
    let send = async |session: Option<&str>, message: Value| -> Answer {
        let mut headers = vec![
            ("authorization", theirs.as_str()),
            ("accept", ACCEPT),
            ("content-type", "application/json"),
        ];
        headers.extend(session.map(|session| ("mcp-session-id", session)));
        let body = message.to_string().into_bytes();
        scene.send("/tools", &headers, body).await
    };
    let hello = json!({
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"},
    });
    let begun = send(None, request(0, "initialize", hello)).await;
    let offered = begun.json()["result"]["capabilities"]["tasks"].clone();
    assert!(
        offered["requests"]["tools"]["call"].is_object(),
        "{offered}"
    );
    let session = begun.session.expect("a session");
    for method in ["tasks/get", "tasks/result", "tasks/cancel"] {
        let message = request(1, method, json!({"taskId": task}));
        let told = send(Some(&session), message).await.json();
        assert_eq!(told["error"]["code"], -32602, "{method}: {told}");
    }
    let listed = send(Some(&session), request(2, "tasks/list", json!({}))).await;
    assert_eq!(listed.json()["result"]["tasks"], json!([]));
    let mine = client.ask(&request(2, "tasks/list", json!({}))).await;
    assert_eq!(
        mine["result"]["tasks"][0]["taskId"],
        task.as_str(),
        "{mine}"
    );

    // What runs at once is a task too where its client asks for one; it is forgotten when its time is over.
    let short = client
        .ask(&task_call(3, "echo", 1, json!({"ttl": 400})))
        .await;
    let short = id_of(&short["result"]);
    assert_eq!(client.ended(&short).await["status"], "completed");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let gone = client.about("tasks/result", &short).await;
    assert_eq!(gone["error"]["code"], -32602, "{gone}");
    // Who asks for a task expects no tool's result.
    let denied = client.ask(&task_call(4, "drop_table", 1, json!({}))).await;
    assert!(
        denied["error"]["message"]
            .as_str()
            .expect("words")
            .contains("tables stay")
    );
}

#[tokio::test]
async fn tasks_are_bounded() {
    let scene = scene().await;
    let client = Client::new(&scene).await;
    for order in 0..64 {
        client.task("echo", order).await;
    }
    let one_more = client.ask(&task_call(1, "echo", 64, json!({}))).await;
    let words = one_more["error"]["message"].as_str().expect("words");
    assert!(words.contains("too many tasks"), "{one_more}");
}

#[tokio::test]
async fn an_older_version_knows_no_tasks() {
    let scene = scene().await;
    let hello = json!({
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"},
    });
    let begun = scene
        .post("/tools", None, &request(0, "initialize", hello))
        .await;
    assert!(begun.json()["result"]["capabilities"]["tasks"].is_null());
    let session = begun.session.expect("a session");
    let held = task_call(1, "refund", 7, json!({}));
    let held = scene.post("/tools", Some(&session), &held).await.json();
    assert_eq!(held["result"]["isError"], true, "{held}");
}
