//! Operations other than SQL: judged again, explained, held, counted; and the tools of MCP servers.

use std::sync::Arc;

use axum::http::Method;
use countersign_model::{
    Effect, EventBody, HttpOperation, LlmMessage, LlmOperation, McpOperation, RawOperation,
    RecordedResponse, Role, TargetKind, TokenUsage, ToolCallOperation, ToolDefinition,
    ToolDefinitionChanged,
};
use serde_json::{Value, json};

use super::{
    recorder::{Recorder, Session, push},
    replays::{bind, replay},
    reviews::{hold, request},
    support::Plane,
};

fn http(method: &str, path: &str, body: Option<&str>) -> RawOperation {
    RawOperation::Http(HttpOperation {
        method: method.to_owned(),
        host: "billing.internal".to_owned(),
        path: path.to_owned(),
        body: body.map(Into::into),
        ..HttpOperation::default()
    })
}

fn tool(name: &str, arguments: Value) -> RawOperation {
    RawOperation::ToolCall(ToolCallOperation {
        server: "shop".to_owned(),
        tool: name.to_owned(),
        arguments: Arc::new(arguments),
        definition_changed: false,
    })
}

fn chat(text: &str) -> RawOperation {
    RawOperation::Llm(LlmOperation {
        provider: "openai".to_owned(),
        api: "chat".to_owned(),
        model: Some("gpt-4o-mini".to_owned()),
        messages: [LlmMessage {
            role: "user".to_owned(),
            text: text.to_owned(),
        }]
        .into(),
        ..LlmOperation::default()
    })
}

fn answer(model: &str, input: u64, output: u64) -> RecordedResponse {
    RecordedResponse {
        status: Some(200),
        body: Some("Order 1042 belongs to [EMAIL_ADDRESS].".into()),
        usage: Some(TokenUsage {
            input,
            output,
            cached: input / 2,
        }),
        model: Some(model.to_owned()),
        ..RecordedResponse::default()
    }
}

/// What an agent does elsewhere than in a database.
fn operations() -> Vec<(RawOperation, Effect)> {
    let list = McpOperation {
        server: "shop".to_owned(),
        method: "tools/list".to_owned(),
        name: None,
        params: Arc::new(json!({})),
    };
    vec![
        (http("GET", "/v1/orders/1042", None), Effect::Allow),
        (http("GET", "/v1/orders/1042", None), Effect::Allow),
        // Decoded once, it still has a percent sign.
        (http("GET", "/v1/notes/50%25", None), Effect::Allow),
        (
            http("POST", "/v1/refunds", Some("{\"order\":1042}")),
            Effect::Review,
        ),
        (tool("refund_order", json!({"amount": 20})), Effect::Allow),
        (tool("refund_order", json!({"amount": 900})), Effect::Review),
        (tool("drop_table", json!({})), Effect::Deny),
        (RawOperation::Mcp(list), Effect::Allow),
        (chat("Who ordered 1042?"), Effect::Allow),
        (
            RawOperation::Shell("rm -rf / --no-preserve-root".to_owned()),
            Effect::Allow,
        ),
    ]
}

async fn bound(plane: &Plane) -> (Value, String) {
    let http = push(plane, "http-guard").await;
    let tools = push(plane, "tool-guard").await;
    let http_binding = bind(plane, &http, json!({}), "enforced").await;
    let rules = json!({"tools": [
        {"tool": "refund_*", "arguments": [{"at": "/amount", "at_most": 50}], "then": "allow"},
        {"tool": "drop_*", "then": "deny"},
    ]});
    bind(plane, &tools, rules, "enforced").await;
    (http, http_binding)
}

async fn recorded(plane: &Plane) -> (Session, Vec<String>) {
    let mut recorder = Recorder::new(plane, "edge-1").await;
    let mut session = recorder
        .open_on(plane, "support-bot", "production", TargetKind::Mcp)
        .await;
    let mut ids = Vec::new();
    for (raw, effect) in operations() {
        let (id, was) = recorder.ask(&mut session, &raw, Some(answer("gpt-4o-mini", 100, 20)));
        assert_eq!(was, effect, "{raw:?}");
        ids.push(id.to_string());
    }
    recorder.ship(plane, 4).await;
    plane.pass(60);
    (session, ids)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_sql_is_judged_again() {
    let plane = Plane::start().await;
    let (_, binding) = bound(&plane).await;
    let (_, ids) = recorded(&plane).await;
    let same = replay(&plane, json!({"since": 3600})).await;
    assert_eq!(same["judged"], ids.len(), "{same}");
    assert_eq!(
        (&same["differing"], &same["skipped"]),
        (&json!(0), &json!(0)),
        "{same}"
    );

    let strict = json!({"rules": [{"paths": ["/v1/notes/50%"], "then": "deny"}]});
    let candidate = json!({"binding_id": binding, "settings": strict});
    let changed = replay(&plane, json!({"since": 3600, "candidate": candidate})).await;
    assert_eq!(changed["differing"], 1, "{changed}");
    let example = &changed["groups"][0]["examples"][0];
    assert_eq!(example["text"], "GET /v1/notes/50%");
    assert_eq!(example["after"]["effect"], "deny");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_sql_is_explained_and_counted() {
    let plane = Plane::start().await;
    bound(&plane).await;
    let (session, ids) = recorded(&plane).await;
    let refund = plane.get(&format!("/actions/{}", ids[3])).await.expect(200);
    let operation = &refund["operation"];
    assert_eq!(operation["phase"], "http");
    assert_eq!(operation["request"]["http"]["path"], "/v1/refunds");
    assert_eq!(refund["facts"], Value::Null);
    assert_eq!(refund["outcome"]["response"]["status"], 200);

    let path = format!("/sessions/{}", session.id);
    let shown = plane.get(&path).await.expect(200);
    // Each of nine that ran came back with 120 tokens; one was refused.
    let expected = json!([{
        "key": "gpt-4o-mini", "label": "gpt-4o-mini",
        "answers": 9, "input": 900, "output": 180, "cached": 450,
        "cost_micro_dollars": null,
    }]);
    assert_eq!(shown["usage"], expected);
    for by in ["principal", "target", "model", "grant"] {
        let report = plane
            .get(&format!("/usage?group_by={by}"))
            .await
            .expect(200);
        assert_eq!(report["total"]["input"], 900, "{report}");
        assert_eq!(report["groups"][0]["output"], 180, "{report}");
    }
    let later = plane
        .state
        .now()
        .after(std::time::Duration::from_secs(7_200));
    let at = serde_json::to_value(later).unwrap();
    let none = plane
        .get(&format!("/usage?since={}", at.as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(
        (&none["groups"], &none["total"]["answers"]),
        (&json!([]), &json!(0))
    );

    for (kind, count) in [("mcp", 1), ("postgres", 0)] {
        let found = plane
            .get(&format!("/sessions?kind={kind}"))
            .await
            .expect(200);
        assert_eq!(found["items"].as_array().unwrap().len(), count, "{kind}");
    }
}

#[tokio::test]
async fn a_held_request_shows_what_will_run() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let mut held = request(&plane, 1, "alice@example.com");
    let grant = json!({"id": countersign_model::GrantId::new(), "task": "refund order 1042"});
    held["text"] = json!("POST /v1/refunds");
    held["class"] = json!("write");
    held["digest"] = json!("ab".repeat(32));
    held["grant"] = grant.clone();
    held["request"] = json!({"http": {
        "method": "POST", "path": "/v1/refunds", "host": "billing.internal",
        "body": "{\"order\":1042,\"mail\":\"ada@example.com\"}",
    }});
    let mut refused = held.clone();
    for (pointer, value) in [
        ("digest", json!("x")),
        ("request", json!({"sql": "DROP TABLE t"})),
    ] {
        refused[pointer] = value;
        let body = Some(refused.clone());
        let answer = plane
            .as_edge(&edge, Method::POST, "/edge/reviews", body)
            .await;
        assert_eq!(answer.code(422), "invalid_body", "{pointer}");
    }
    let id = hold(&plane, &edge, &held).await;
    let shown = plane.get(&format!("/reviews/{id}")).await.expect(200);
    assert_eq!(shown["request"], held["request"]);
    assert_eq!(
        (&shown["kind"], &shown["class"]),
        (&json!("http"), &json!("write"))
    );
    assert_eq!(shown["grant"]["task"], grant["task"]);
    assert_eq!(
        shown["findings"],
        json!([{"entity": "EMAIL_ADDRESS", "count": 1}])
    );
    for (kind, count) in [("http", 1), ("sql", 0)] {
        let found = plane
            .get(&format!("/reviews?kind={kind}"))
            .await
            .expect(200);
        assert_eq!(found["items"].as_array().unwrap().len(), count, "{kind}");
    }
}

#[tokio::test]
async fn a_changed_tool_is_accepted_as_it_was_shown() {
    let plane = Plane::start().await;
    let target = plane
        .post("/targets", json!({"name": "shop-tools", "kind": "mcp"}))
        .await
        .expect(201);
    let definition = |digest: &str, text: &str| ToolDefinition {
        digest: digest.repeat(32),
        text: text.into(),
    };
    let event = |before, after| {
        EventBody::ToolDefinitionChanged(ToolDefinitionChanged {
            session_id: None,
            target_id: target["id"].as_str().unwrap().parse().unwrap(),
            target: "shop-tools".to_owned(),
            server: "shop".to_owned(),
            tool: "refund_order".to_owned(),
            before,
            after,
        })
    };
    let mut recorder = Recorder::new(&plane, "edge-1").await;
    let (old, new) = (
        definition("aa", "{}"),
        definition("bb", "{\"description\":\"hm\"}"),
    );
    recorder.note(event(None, old.clone()));
    recorder.ship(&plane, 10).await;
    let listed = plane.get("/tool-definitions").await.expect(200);
    assert_eq!(listed["items"][0]["pinned"]["digest"], old.digest);
    assert_eq!(listed["items"][0]["seen"], Value::Null);
    recorder.note(event(Some(old.clone()), new.clone()));
    recorder.ship(&plane, 10).await;
    let listed = plane
        .get("/tool-definitions?changed=true")
        .await
        .expect(200);
    let tool = &listed["items"][0];
    assert_eq!(tool["seen"]["text"], &*new.text);

    let path = format!("/tool-definitions/{}/accept", tool["id"].as_str().unwrap());
    let stale = plane.post(&path, json!({"digest": old.digest})).await;
    assert_eq!(stale.code(409), "definition_changed");
    let (_, reviewer) = plane.person("carol@example.com", Role::Reviewer, &[]).await;
    let body = json!({"digest": new.digest});
    let refused = plane
        .call(Method::POST, &path, &reviewer, Some(body.clone()))
        .await;
    assert_eq!(refused.code(403), "forbidden");
    let accepted = plane.post(&path, body).await.expect(200);
    assert_eq!(accepted["pinned"]["digest"], new.digest);
    assert_eq!(accepted["seen"], Value::Null);
    let pins = plane
        .state
        .store
        .bundle(plane.state.now())
        .await
        .unwrap()
        .tool_pins;
    assert_eq!(pins.len(), 1);
    assert_eq!(pins[0].digest, new.digest);
    let audited = plane
        .get("/audit-events?kind=tool.accepted")
        .await
        .expect(200);
    assert_eq!(audited["items"][0]["subject"], "shop-tools refund_order");
}
