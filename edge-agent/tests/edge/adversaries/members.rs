//! Members of JSON that a mask hides by their path, in answers that would rather show them: names in
//! escapes, in capitals and twice, arrays in arrays, documents in texts, any chunking.

use countersign_model::Bundle;
use serde_json::{Value, json};

use super::{
    answers::{answer, clean},
    form::Form,
    scene::{MARK, Scene, auth},
};
use crate::{
    mcp::scene::{self, call},
    support::{bind_plugin, plane::Plane},
};

fn masking(bundle: &mut Bundle, plane: &Plane) {
    let settings = json!({
        "entities": [],
        "members": [
            {"path": "$.customer.email", "style": "redact"},
            {"path": "$.items[*].card", "style": "partial"},
            {"path": "$..ssn", "style": "null"},
            {"path": "$.note", "style": "redact", "routes": ["/orders/*"]},
        ],
    });
    bind_plugin(bundle, plane, "pii-mask", settings);
}

/// A document with everything that is hidden, and what stays.
const DOCUMENT: &str = r#"{"id": 7.10, "note": "a", "customer": {"\u0065mail": "zq9 jane", "name": "Jane"},
    "items": [[{"c\u0061rd": "zq94111"}], {"CARD": 94111, "n": 1}, {"card": null}],
    "more": [[{"a": {"\u0073\u0053n": {"of": ["zq9", 9]}}}]], "order": {"customer": {"email": "hers"}}}"#;

/// What comes of it.
fn hidden(note: &str) -> Value {
    json!({
        "id": 7.1, "note": note, "customer": {"email": "[MASKED]", "name": "Jane"},
        "items": [[{"card": "****111"}], {"CARD": "***11", "n": 1}, {"card": null}],
        "more": [[{"a": {"sSn": {"of": [null, null]}}}]], "order": {"customer": {"email": "hers"}},
    })
}

fn get(path: &str) -> Vec<u8> {
    format!("GET /api{path} HTTP/1.1\r\nHost: x\r\n{}\r\n", auth()).into_bytes()
}

/// In chunks of so many bytes.
fn chunked(content_type: &str, body: &str, size: usize) -> Vec<u8> {
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    .into_bytes();
    for chunk in body.as_bytes().chunks(size) {
        answer.extend(format!("{:x}\r\n", chunk.len()).bytes());
        answer.extend(chunk);
        answer.extend(b"\r\n");
    }
    answer.extend(b"0\r\n\r\n");
    answer
}

#[tokio::test]
async fn members_are_hidden_however_they_are_written() {
    let scene = Scene::new(masking).await;
    for content_type in [
        "application/json",
        "application/problem+json; charset=utf-8",
        "text/plain",
    ] {
        for size in [1, 2, 3, 7, 1_000] {
            let case = format!("{content_type}, {size}");
            scene
                .upstream
                .answers(chunked(content_type, DOCUMENT, size));
            let answer = scene.send(&get("/orders")).await.expect("an answer");
            assert_eq!(answer.status, 200, "{case}: {answer:?}");
            clean(&answer, &case);
            let seen: Value = serde_json::from_str(&answer.text()).expect("JSON");
            assert_eq!(seen, hidden("a"), "{case}");
        }
    }
    // A document a line.
    let line = DOCUMENT.replace('\n', " ");
    let lines = format!("{line}\n{line}\n");
    scene
        .upstream
        .answers(chunked("application/x-ndjson", &lines, 5));
    let answer = scene.send(&get("/orders")).await.expect("an answer");
    clean(&answer, "lines");
    let text = answer.text();
    let seen = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    assert_eq!(seen.collect::<Vec<Value>>(), [hidden("a"), hidden("a")]);
}

#[tokio::test]
async fn a_member_of_a_route_is_hidden_there() {
    let scene = Scene::new(masking).await;
    for (path, note) in [
        ("/orders/7", "[MASKED]"),
        ("/orders/7/8", "a"),
        ("/other", "a"),
    ] {
        scene
            .upstream
            .answers(chunked("application/json", DOCUMENT, 9));
        let answer = scene.send(&get(path)).await.expect("an answer");
        let seen: Value = serde_json::from_str(&answer.text()).expect("JSON");
        assert_eq!(seen, hidden(note), "{path}");
    }
}

#[tokio::test]
async fn what_two_readers_take_apart_does_not_come() {
    let scene = Scene::new(masking).await;
    let twice = r#"{"customer": {"email": 0, "\u0065mail": "zq9"}}"#;
    let deep = format!("{}{{\"ssn\":\"zq9\"}}{}", "[".repeat(80), "]".repeat(80));
    let cases = [
        ("application/json", twice.to_owned()),
        ("application/json", deep.clone()),
        ("application/json", format!("{DOCUMENT},")),
        ("application/json", DOCUMENT.replace(": null", ": nil")),
        ("text/plain", twice.to_owned()),
        ("text/plain", deep),
        ("application/x-ndjson", format!("{{}}\n{twice}\n")),
        ("application/octet-stream", DOCUMENT.to_owned()),
        ("text/event-stream", format!("data: {twice}\n\n")),
    ];
    for (content_type, body) in cases {
        let case = format!("{content_type}: {body}");
        let headers = format!("Content-Type: {content_type}\r\n");
        let whole = answer("200 OK", &headers, body.as_bytes());
        for bytes in [whole, chunked(content_type, &body, 3)] {
            scene.upstream.answers(bytes);
            let got = scene.send(&get("/orders")).await.expect("an answer");
            assert_eq!(got.status, 502, "{case}: {got:?}");
            clean(&got, &case);
            Form::Problem.check(&got, &case);
        }
    }
}

#[tokio::test]
async fn a_tools_result_is_masked_wherever_its_document_is() {
    let scene = scene::Scene::new(masking).await;
    let session = scene.begin("/tools", json!({})).await;
    let twice = DOCUMENT.replacen("{\"id\"", r#"{"s\u0073n": 0, "ssn": "zq9", "id""#, 1);
    let texts = [
        DOCUMENT,
        &twice,
        &DOCUMENT.replace('\n', " "),
        "no document",
    ];
    let texts = texts.map(|text| json!({"type": "text", "text": text}));
    let result = format!(
        r#"{{"structuredContent":{DOCUMENT},"content":{}}}"#,
        json!(texts)
    )
    .replace('\n', " ");
    let message = format!(r#"{{"jsonrpc":"2.0","id":{{id}},"result":{result}}}"#);
    for (kind, text) in [
        ("application/json", message.clone()),
        ("text/event-stream", format!("data: {message}\n\n")),
    ] {
        let raw = (200, vec![("content-type", kind)], text.into_bytes());
        *scene.server.raw.lock().expect("not poisoned") = Some(raw);
        let answer = scene
            .post("/tools", Some(&session), &call(3, "echo", json!({})))
            .await;
        assert!(!answer.text.contains(MARK), "{kind}: {}", answer.text);
        let result = &answer.json()["result"];
        assert_eq!(result["structuredContent"], hidden("a"), "{kind}");
        for index in [0, 2] {
            let text = result["content"][index]["text"].as_str().expect("a text");
            let seen: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(seen, hidden("a"), "{kind}");
        }
        assert_eq!(result["content"][3]["text"], "no document");
    }
}
