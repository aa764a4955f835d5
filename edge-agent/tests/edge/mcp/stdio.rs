//! What `countersign mcp` asks of an edge, message by message.

use countersign_model::{EventBody, OutcomeStatus};
use serde_json::{Value, json};

use crate::{
    mcp::scene::{OTHER, Scene, call, request, tool},
    support::{SECRET, bind_plugin},
};

/// A client and a server that talk through an edge.
struct Talk<'a> {
    scene: &'a Scene,
    session: Option<String>,
}

impl Talk<'_> {
    async fn say(&mut self, from: &str, message: &Value) -> Value {
        let bearer = format!("Bearer {SECRET}");
        let session = self.session.clone();
        let mut headers = vec![
            ("authorization", bearer.as_str()),
            ("countersign-from", from),
        ];
        headers.extend(
            session
                .as_deref()
                .map(|session| ("mcp-session-id", session)),
        );
        let body = message.to_string().into_bytes();
        let answer = self.scene.send("/-/mcp/laptop/files", &headers, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        self.session = answer.session.clone();
        answer.json()
    }
}

fn answer(id: &Value, result: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

pub fn laptop(bundle: &mut countersign_model::Bundle) {
    bundle.targets.push(countersign_model::Target {
        id: countersign_model::TargetId::new(),
        name: "laptop".to_owned(),
        kind: countersign_model::TargetKind::Mcp,
        ..crate::support::shop()
    });
}

#[tokio::test]
async fn every_message_of_either_side_is_looked_at() {
    let scene = Scene::new(|bundle, plane| {
        laptop(bundle);
        let settings = json!({
            "tools": [{"server": "files", "tool": "read*", "then": "allow"}],
            "other_tools": "deny", "other_requests": "allow",
        });
        bind_plugin(bundle, plane, "tool-guard", settings);
        let entities = json!({"entities": [{"entity": "EMAIL_ADDRESS", "style": "redact"}]});
        bind_plugin(bundle, plane, "pii-mask", entities);
    })
    .await;
    let mut talk = Talk {
        scene: &scene,
        session: None,
    };
    let hello = request(
        0,
        "initialize",
        json!({"protocolVersion": "2025-11-25", "capabilities": {}}),
    );
    assert_eq!(
        talk.say("client", &hello).await["to_server"],
        json!([hello])
    );
    let hello = answer(
        &json!(0),
        json!({"protocolVersion": "2025-11-25", "capabilities": {}}),
    );
    assert_eq!(
        talk.say("server", &hello).await["to_client"],
        json!([hello])
    );

    // The first call makes the edge look at the tools; the call is said again then.
    let read = call(1, "read_file", json!({"path": "/a"}));
    let told = talk.say("client", &read).await;
    assert_eq!(told["again"], true, "{told}");
    let list = &told["to_server"][0];
    assert_eq!(list["method"], "tools/list");
    let tools = json!({"tools": [tool("read_file", "Reads.", json!({"readOnlyHint": true}))]});
    let told = talk.say("server", &answer(&list["id"], tools)).await;
    assert_eq!(
        (&told["learned"], &told["to_client"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(talk.say("client", &read).await["to_server"], json!([read]));
    let text = json!({"content": [{"type": "text", "text": "of jane@example.com"}]});
    let told = talk.say("server", &answer(&json!(1), text)).await;
    assert_eq!(
        told["to_client"][0]["result"]["content"][0]["text"],
        "of [EMAIL_ADDRESS]"
    );

    let told = talk.say("client", &call(2, "write_file", json!({}))).await;
    assert_eq!(told["to_server"], json!([]));
    assert_eq!(told["to_client"][0]["result"]["isError"], true, "{told}");

    // What nobody has asked for is answered by nobody.
    let told = talk.say("server", &answer(&json!(77), json!({}))).await;
    assert_eq!(told["to_client"], json!([]));
    let log = json!({"jsonrpc": "2.0", "method": "notifications/message",
        "params": {"level": "info", "data": "jane@example.com"}});
    let told = talk.say("server", &log).await;
    assert_eq!(told["to_client"][0]["params"]["data"], "[EMAIL_ADDRESS]");

    let events = scene.events("outcome").await;
    let outcome = events.iter().find_map(|event| match &event.body {
        EventBody::ActionOutcome(outcome) => Some(outcome.status),
        _ => None,
    });
    assert_eq!(outcome, Some(OutcomeStatus::Completed));
}

#[tokio::test]
async fn a_session_is_its_owners_alone() {
    let scene = Scene::new(|bundle, _| laptop(bundle)).await;
    let mut talk = Talk {
        scene: &scene,
        session: None,
    };
    talk.say("client", &request(0, "ping", json!({}))).await;
    let session = talk.session.clone().expect("a session");
    let theirs = format!("Bearer {OTHER}");
    let body = call(1, "a", json!({})).to_string().into_bytes();
    for (path, bearer, session) in [
        ("/-/mcp/laptop/files", theirs.as_str(), session.as_str()),
        (
            "/-/mcp/laptop/other",
            &format!("Bearer {SECRET}"),
            session.as_str(),
        ),
        ("/-/mcp/laptop/files", &format!("Bearer {SECRET}"), "0"),
        ("/-/mcp/tools/tools", &format!("Bearer {SECRET}"), "0"),
        ("/-/mcp/shop/files", &format!("Bearer {SECRET}"), "0"),
    ] {
        let headers = [
            ("authorization", bearer),
            ("countersign-from", "client"),
            ("mcp-session-id", session),
        ];
        assert_eq!(
            scene.send(path, &headers, body.clone()).await.status,
            404,
            "{path}"
        );
    }
    let nobody = scene
        .send(
            "/-/mcp/laptop/files",
            &[("countersign-from", "client")],
            body,
        )
        .await;
    assert_eq!(nobody.status, 401);
}
