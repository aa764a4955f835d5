//! Answers that are not what they say, or not whole: the client gets none of it, in its protocol's form,
//! or what was judged and masked.

use serde_json::json;

use super::{
    bodies::bomb,
    scene::{ANTHROPIC, API, Kind, MARK, MOST, OPENAI, Scene, auth, honest},
    wire::{Answer, post},
};
use crate::support::bind_plugin;

/// What is masked wherever it stands.
pub const SECRET_TEXT: &str = "jane@example.com";

/// An edge that hides addresses, and denies every call of a tool.
pub async fn guarded() -> Scene {
    Scene::new(|bundle, plane| {
        let masks = json!({
            "entities": [{"entity": "EMAIL_ADDRESS", "style": "redact"}],
        });
        bind_plugin(bundle, plane, "pii-mask", masks);
        let tools = json!({
            "tools": [{"tool": "wipe", "then": "deny", "reason": "nothing is wiped here"}],
            "other_tools": "deny",
            "other_requests": "allow",
        });
        bind_plugin(bundle, plane, "tool-guard", tools);
    })
    .await
}

/// An honest request of that kind; `stream` where its answer is one.
pub fn request(kind: Kind, stream: bool) -> Vec<u8> {
    if kind.target == API.target {
        return format!("GET {} HTTP/1.1\r\nHost: x\r\n{}\r\n", kind.path, auth()).into_bytes();
    }
    let body = json!({"model": "m", "max_tokens": 9, "stream": stream,
        "messages": [{"role": "user", "content": "hello"}]});
    post(kind.path, &honest(), body.to_string().as_bytes())
}

/// A model's answer with a secret in its words and a call that is denied.
fn said(kind: Kind) -> String {
    let words = format!("write to {SECRET_TEXT}");
    let body = match kind.target {
        "gpt" => json!({"id": "c", "object": "chat.completion", "model": "m", "choices": [
            {"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": words,
                "tool_calls": [{"id": MARK, "type": "function",
                    "function": {"name": "wipe", "arguments": "{\"zq9\":1}"}}]}}]}),
        "claude" => json!({"id": "m", "type": "message", "role": "assistant", "model": "m",
            "stop_reason": "tool_use", "usage": {"input_tokens": 1, "output_tokens": 1},
            "content": [{"type": "text", "text": words},
                {"type": "tool_use", "id": MARK, "name": "wipe", "input": {"zq9": 1}}]}),
        _ => json!({ "text": words }),
    };
    body.to_string()
}

/// An answer with these headers, and its length.
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

const JSON: &str = "Content-Type: application/json\r\n";

/// Panics where something got through that is denied or masked.
pub fn clean(answer: &Answer, case: &str) {
    let text = answer.text();
    assert!(!text.contains(MARK), "{case}: {answer:?}");
    assert!(!text.contains(SECRET_TEXT), "{case}: {answer:?}");
}

/// Sends a request whose answer must not reach the client.
async fn unusable(scene: &Scene, kind: Kind, upstream: Vec<u8>, case: &str) {
    scene.upstream.answers(upstream);
    let answer = scene.send(&request(kind, false)).await;
    let answer = answer.unwrap_or_else(|| panic!("{}: {case}: no answer", kind.target));
    let case = format!("{}: {case}", kind.target);
    clean(&answer, &case);
    assert_eq!(answer.status, 502, "{case}: {answer:?}");
    kind.form.check(&answer, &case);
}

/// Answers that cannot be read, whatever the kind.
fn unreadable(kind: Kind) -> Vec<(String, Vec<u8>)> {
    let whole = said(kind);
    let mut cases: Vec<(String, Vec<u8>)> = Vec::new();
    for coding in [
        "gzip",
        "x-gzip",
        "br",
        "deflate",
        "zstd",
        "gzip, gzip",
        "GZIP",
        "what",
    ] {
        let headers = format!("{JSON}Content-Encoding: {coding}\r\n");
        let case = format!("compressed as {coding}");
        cases.push((
            case.clone() + ", a bomb",
            answer("200 OK", &headers, &bomb()),
        ));
        cases.push((
            case + ", a bluff",
            answer("200 OK", &headers, whole.as_bytes()),
        ));
    }
    let mut broken = whole.clone().into_bytes();
    broken.insert(12, 0xff);
    cases.push(("broken UTF-8".to_owned(), answer("200 OK", JSON, &broken)));
    let large = format!("{whole}{}", " ".repeat(MOST));
    cases.push((
        "too large".to_owned(),
        answer("200 OK", JSON, large.as_bytes()),
    ));
    let large = format!("HTTP/1.1 200 OK\r\n{JSON}\r\n{large}");
    cases.push(("too large, until it closes".to_owned(), large.into_bytes()));
    let chunked = |rest: &str| {
        let coding = "Transfer-Encoding: chunked\r\n";
        let size = whole.len();
        format!("HTTP/1.1 200 OK\r\n{JSON}{coding}\r\n{size:x}\r\n{whole}\r\n{rest}").into_bytes()
    };
    cases.push(("chunks cut short".to_owned(), chunked("")));
    cases.push(("a chunk cut short".to_owned(), chunked("ff\r\nabc")));
    cases.push((
        "a chunk of nonsense".to_owned(),
        chunked("zz\r\nabc\r\n0\r\n\r\n"),
    ));
    let length = whole.len() + 10;
    let short = format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: {length}\r\n\r\n{whole}");
    cases.push(("shorter than it says".to_owned(), short.into_bytes()));
    let twice = format!("{JSON}Content-Length: 3\r\n");
    cases.push((
        "two lengths".to_owned(),
        answer("200 OK", &twice, whole.as_bytes()),
    ));
    cases.push(("no HTTP".to_owned(), whole.clone().into_bytes()));
    cases.push(("nothing".to_owned(), Vec::new()));
    let switching = format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: {MARK}\r\n\r\n{whole}");
    cases.push(("another protocol".to_owned(), switching.into_bytes()));
    cases
}

#[tokio::test]
async fn what_cannot_be_read_does_not_reach_the_client() {
    let scene = guarded().await;
    for kind in [API, OPENAI, ANTHROPIC] {
        for (case, upstream) in unreadable(kind) {
            unusable(&scene, kind, upstream, &case).await;
        }
    }
}

#[tokio::test]
async fn a_models_answer_is_one_document() {
    let scene = guarded().await;
    for kind in [OPENAI, ANTHROPIC] {
        let whole = said(kind);
        let twice = |key: &str| {
            let once = format!("\"{key}\":");
            assert!(whole.contains(&once), "{key}");
            whole.replacen(&once, &format!("\"{key}\":[],\"{key}\":"), 1)
        };
        let keys = match kind.target {
            "gpt" => ["choices", "message", "tool_calls", "function", "content"],
            _ => ["content", "type", "input", "name", "text"],
        };
        let mut cases: Vec<String> = keys.map(twice).into();
        cases.extend([
            format!("{whole}{whole}"),
            format!("\u{feff}{whole}"),
            format!("{whole}//"),
            whole[..whole.len() - 1].to_owned(),
            format!("[{whole}]"),
            format!("{}{whole}{}", "[".repeat(100), "]".repeat(100)),
            whole.replacen('{', "{\"x\":NaN,", 1),
            format!("data: {whole}\n\ndata: [DONE]\n\n"),
            "null".to_owned(),
            String::new(),
        ]);
        for body in cases {
            let upstream = answer("200 OK", JSON, body.as_bytes());
            unusable(&scene, kind, upstream, &body).await;
        }
        // SDKs follow with prompt and credential, past the edge.
        for status in ["301 A", "302 A", "303 A", "307 A", "308 A"] {
            let away = format!("{JSON}Location: http://{MARK}.example/\r\n");
            let upstream = answer(status, &away, whole.as_bytes());
            unusable(&scene, kind, upstream, status).await;
        }
    }
}

#[tokio::test]
async fn calls_are_judged_whatever_the_type_of_the_answer() {
    let scene = guarded().await;
    let types = [
        "application/json",
        "text/html",
        "image/png",
        "application/x-ndjson",
        "?",
        "",
    ];
    for kind in [OPENAI, ANTHROPIC] {
        for named in types {
            let headers = format!("Content-Type: {named}\r\n");
            let upstream = answer("200 OK", &headers, said(kind).as_bytes());
            scene.upstream.answers(upstream);
            let answer = scene.send(&request(kind, false)).await.expect("an answer");
            clean(&answer, named);
            assert_eq!(answer.status, 200, "{named}: {answer:?}");
            assert!(
                answer.text().contains("nothing is wiped here"),
                "{named}: {answer:?}"
            );
        }
        // A document that says it is a stream.
        let headers = "Content-Type: text/event-stream\r\n";
        scene
            .upstream
            .answers(answer("200 OK", headers, said(kind).as_bytes()));
        let answer = scene.send(&request(kind, true)).await.expect("an answer");
        clean(&answer, "a document as a stream");
        assert!(answer.text().contains("error"), "{answer:?}");
    }
}

#[tokio::test]
async fn failures_are_masked_too() {
    let scene = guarded().await;
    for kind in [API, OPENAI, ANTHROPIC] {
        for status in ["400 A", "401 A", "404 A", "429 A", "500 A", "529 A"] {
            let body = json!({"error": {"message": format!("no {SECRET_TEXT}")}});
            let upstream = answer(status, JSON, body.to_string().as_bytes());
            scene.upstream.answers(upstream);
            let answer = scene.send(&request(kind, false)).await.expect("an answer");
            clean(&answer, status);
            assert_eq!(status.split(' ').next(), Some(&*answer.status.to_string()));
            assert!(answer.text().contains("[EMAIL_ADDRESS]"), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn what_a_mask_cannot_be_applied_to_does_not_reach_the_client() {
    let scene = guarded().await;
    let whole = said(API);
    let part = format!("{JSON}Content-Range: bytes 0-9/99\r\n");
    let cases = [
        (
            "octets",
            answer(
                "200 OK",
                "Content-Type: application/octet-stream\r\n",
                whole.as_bytes(),
            ),
        ),
        ("no type", answer("200 OK", "", whole.as_bytes())),
        (
            "events",
            answer(
                "200 OK",
                "Content-Type: text/event-stream\r\n",
                whole.as_bytes(),
            ),
        ),
        (
            "a part",
            answer("206 Partial Content", &part, b"\"text\":\"wr"),
        ),
    ];
    for (case, upstream) in cases {
        unusable(&scene, API, upstream, case).await;
    }
    // Documents that do not say they are some are masked as what they are.
    let lines = format!("{whole}\n{whole}");
    for (named, body) in [("text/plain", &whole), ("application/x-ndjson", &lines)] {
        let headers = format!("Content-Type: {named}\r\n");
        scene
            .upstream
            .answers(answer("200 OK", &headers, body.as_bytes()));
        let answer = scene.send(&request(API, false)).await.expect("an answer");
        clean(&answer, named);
        assert_eq!(answer.status, 200, "{named}: {answer:?}");
    }
    // Nor is it asked for in parts.
    let head = format!("GET {} HTTP/1.1\r\nHost: x\r\n{}", API.path, auth());
    let ranged = format!("{head}Range: bytes=0-3\r\n\r\n");
    scene
        .upstream
        .answers(answer("200 OK", JSON, whole.as_bytes()));
    let answer = scene.send(ranged.as_bytes()).await.expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(
        !scene
            .upstream
            .heard()
            .to_ascii_lowercase()
            .contains("range:")
    );
}
