//! Streams of a server that stop before the answer is there.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::{
    mcp::scene::{Scene, Server, call},
    support::{SECRET, bind_plugin, kind},
};

const STREAM: (&str, &str) = ("content-type", "text/event-stream");
const LOG: &str = r#"data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}"#;

fn masking(bundle: &mut countersign_model::Bundle, plane: &crate::support::plane::Plane) {
    let entities = json!({"entities": [{"entity": "EMAIL_ADDRESS", "style": "redact"}]});
    bind_plugin(bundle, plane, "pii-mask", entities);
}

#[tokio::test]
async fn a_client_is_told_that_there_is_no_answer() {
    let scene = Scene::new(|_, _| {}).await;
    let session = scene.begin("/tools", json!({})).await;
    let cases = [
        ("nothing", String::new()),
        ("another message alone", format!("{LOG}\n\n")),
        ("no message", "data: rubbish\n\n".to_owned()),
        ("half an event", format!("{LOG}\n\ndata: {{\"jsonrpc\"")),
    ];
    for (id, (name, text)) in (1..).zip(cases) {
        let raw = (200, vec![STREAM], text.into_bytes());
        *scene.server.raw.lock().expect("not poisoned") = Some(raw);
        let message = call(id, "echo", json!({}));
        let answer = scene.post("/tools", Some(&session), &message).await;
        let told = answer.json();
        assert_eq!(told["id"], id, "{name}: {}", answer.text);
        assert_eq!(told["error"]["code"], -32004, "{name}: {}", answer.text);
    }
    let failed = |event: &countersign_model::Event| kind(event) == "outcome";
    let outcomes = crate::support::until("an outcome for each", || {
        let events = scene.plane.events();
        let outcomes = events.into_iter().filter(failed).collect::<Vec<_>>();
        (outcomes.len() >= 4).then_some(outcomes)
    });
    for outcome in outcomes.await {
        let outcome = serde_json::to_value(&outcome).expect("JSON").to_string();
        assert!(outcome.contains("\"failed\""), "{outcome}");
    }
    // The id is free again.
    *scene.server.raw.lock().expect("not poisoned") = None;
    let message = call(1, "echo", json!({}));
    let answer = scene.post("/tools", Some(&session), &message).await;
    assert!(answer.json()["result"].is_object(), "{}", answer.text);
}

/// Reads one request, head and body.
async fn read(stream: &mut TcpStream) -> (String, Value) {
    let mut got = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&got).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && (head.starts_with("GET") || serde_json::from_str::<Value>(body).is_ok())
        {
            return (
                head.to_owned(),
                serde_json::from_str(body).unwrap_or_default(),
            );
        }
        if stream.read_buf(&mut got).await.unwrap_or_default() == 0 {
            return (String::new(), Value::Null);
        }
    }
}

/// A server that breaks its connection off in the middle of a tool call's events.
async fn breaking() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (_, message) = read(&mut stream).await;
            let id = &message["id"];
            let result = match message["method"].as_str().unwrap_or_default() {
                "initialize" => {
                    json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                    "serverInfo": {"name": "stub", "version": "1"}})
                }
                _ => json!({"tools": []}),
            };
            let answer = json!({"jsonrpc": "2.0", "id": id, "result": result}).to_string();
            let text = match message["method"].as_str().unwrap_or_default() {
                "tools/call" => format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                     transfer-encoding: chunked\r\n\r\n{:x}\r\n{LOG}\n\n\r\n",
                    LOG.len() + 2
                ),
                _ => format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
                     content-length: {}\r\n\r\n{answer}",
                    answer.len()
                ),
            };
            // That the edge has gone is its own affair.
            let _ = stream.write_all(text.as_bytes()).await;
        }
    });
    url
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_an_error_with_the_requests_id() {
    let url = breaking().await;
    let scene = Scene::before(&url, Server::new(), |_, _| {}).await;
    let session = scene.begin("/tools", json!({})).await;
    let message = call(7, "echo", json!({}));
    let answer = scene.post("/tools", Some(&session), &message).await;
    assert!(
        answer.text.contains("notifications/message"),
        "{}",
        answer.text
    );
    let told = answer.json();
    assert_eq!(
        (&told["id"], &told["error"]["code"]),
        (&json!(7), &json!(-32004)),
        "{}",
        answer.text
    );
}

/// A server may end a stream whose events have ids: the client comes back for the rest.
#[tokio::test]
async fn a_client_that_comes_back_gets_its_answer_masked() {
    let scene = Scene::new(masking).await;
    let session = scene.begin("/tools", json!({})).await;
    let begun = (
        200,
        vec![STREAM],
        b"id: first\nretry: 10\ndata: \n\n".to_vec(),
    );
    *scene.server.raw.lock().expect("not poisoned") = Some(begun);
    let message = call(7, "echo", json!({}));
    let answer = scene.post("/tools", Some(&session), &message).await;
    assert!(answer.text.contains("id: first"), "{}", answer.text);
    assert!(!answer.text.contains("error"), "{}", answer.text);

    let result = json!({"content": [{"type": "text", "text": "mail jane@example.com"}]});
    let rest = json!({"jsonrpc": "2.0", "id": 7, "result": result});
    *scene.server.rest.lock().expect("not poisoned") = Some(format!("data: {rest}\n\n"));
    let back = scene.client.get(scene.url("/tools")).bearer_auth(SECRET);
    let back = back.header("accept", "text/event-stream");
    let back = back.header("mcp-session-id", &session);
    let back = back.header("last-event-id", "first").send();
    let back = tokio::time::timeout(Duration::from_secs(20), back).await;
    let text = back.expect("in time").expect("an answer").text().await;
    let text = text.expect("text");
    assert!(text.contains("mail [EMAIL_ADDRESS]"), "{text}");
    assert!(text.contains("\"id\":7"), "{text}");
}
