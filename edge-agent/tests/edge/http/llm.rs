//! Models behind the edge: prompts, answers, streams and tool calls.

use countersign_model::{ActionOutcome, EventBody, ReviewState};
use serde_json::{Value, json};

use crate::{
    http::scene::Scene,
    support::{SECRET, bind_plugin, kind, until},
};

async fn ask(scene: &Scene, stream: bool, said: &str, tool: Option<&str>) -> reqwest::Response {
    let mut body = json!({
        "model": "m-1", "stream": stream, "messages": [{"role": "user", "content": said}],
    });
    if let Some(name) = tool {
        body["tools"] = json!([{"type": "function", "function": {"name": name}}]);
    }
    let request = scene
        .client
        .post(scene.url("/gpt/v1/chat/completions"))
        .bearer_auth(SECRET);
    request.json(&body).send().await.expect("an answer")
}

/// What a client makes of a stream: its text, and the calls' names.
fn assembled(stream: &str) -> (String, Vec<String>) {
    assert!(stream.trim_end().ends_with("data: [DONE]"), "{stream}");
    let chunks = stream
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    let chunks = chunks.filter_map(|data| serde_json::from_str::<Value>(data).ok());
    let (mut text, mut calls) = (String::new(), Vec::new());
    for chunk in chunks {
        let delta = &chunk["choices"][0]["delta"];
        text.push_str(delta["content"].as_str().unwrap_or_default());
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            calls.extend(call["function"]["name"].as_str().map(str::to_owned));
        }
    }
    (text, calls)
}

fn outcome(scene: &Scene) -> Option<ActionOutcome> {
    scene
        .plane
        .events()
        .into_iter()
        .find_map(|event| match event.body {
            EventBody::ActionOutcome(outcome)
                if outcome.response.as_ref().is_some_and(|r| r.usage.is_some()) =>
            {
                Some(outcome)
            }
            _ => None,
        })
}

#[tokio::test]
async fn prompts_leave_without_what_they_must_not_hold_and_answers_have_it_back() {
    let scene = Scene::new(|bundle, plane| {
        let settings = json!({"entities": [
            {"entity": "EMAIL_ADDRESS", "style": "pseudonym"},
            {"entity": "CREDIT_CARD", "style": "redact"},
        ]});
        bind_plugin(bundle, plane, "pii-mask", settings);
    })
    .await;
    let said = "write to jane.doe@example.com about card 4111 1111 1111 1111";
    for stream in [false, true] {
        let answer = ask(&scene, stream, said, None).await;
        assert_eq!(answer.status(), 200);
        let body = answer.text().await.expect("text");
        assert_eq!(
            body.contains("usage"),
            !stream,
            "usage comes to who asks: {body}"
        );
        let text = if stream {
            assembled(&body).0
        } else {
            let body: Value = serde_json::from_str(&body).expect("JSON");
            body["choices"][0]["message"]["content"]
                .as_str()
                .expect("text")
                .to_owned()
        };
        assert_eq!(
            text,
            "You said: write to jane.doe@example.com about card [CREDIT_CARD]"
        );
        let got = scene.upstream.requests();
        let sent = String::from_utf8_lossy(&got.last().expect("a request").body).into_owned();
        assert!(
            !sent.contains("jane.doe") && !sent.contains("4111"),
            "{sent}"
        );
    }
    let outcome = until("the tokens are counted", || outcome(&scene)).await;
    let response = outcome.response.expect("kept");
    let usage = response.usage.expect("usage");
    assert_eq!((usage.input, usage.output), (11, 7));
    assert!(!outcome.masked.is_empty());
    let kept = response.body.as_deref().expect("the words");
    assert!(
        kept.starts_with("You said: ") && !kept.contains("jane"),
        "{kept}"
    );
}

#[tokio::test]
async fn a_refused_tool_call_is_words_for_the_loop() {
    let scene = Scene::new(|bundle, plane| {
        let settings = json!({
            "tools": [{"tool": "delete_*", "then": "deny", "reason": "nothing is deleted here"}],
            "other_tools": "allow",
            "other_requests": "allow",
        });
        bind_plugin(bundle, plane, "tool-guard", settings);
    })
    .await;
    for stream in [false, true] {
        let refused = ask(&scene, stream, "hello", Some("delete_order")).await;
        let body = refused.text().await.expect("text");
        assert!(!body.contains("tool_calls\":[{"), "{body}");
        assert!(body.contains("nothing is deleted here"), "{body}");
        let allowed = ask(&scene, stream, "hello", Some("read_order")).await;
        let body = allowed.text().await.expect("text");
        assert!(
            body.contains("read_order") && body.contains("call_1"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_tool_call_waits_in_the_stream_for_people() {
    let scene = Scene::new(|bundle, plane| {
        let settings = json!({"other_tools": "review"});
        bind_plugin(bundle, plane, "tool-guard", settings);
    })
    .await;
    let asked = ask(&scene, true, "hello", Some("refund"));
    let decide = async {
        let review = until("the review is asked for", || {
            scene
                .plane
                .events()
                .into_iter()
                .find_map(|event| match event.body {
                    EventBody::Review(step) => Some(step.review_id),
                    _ => None,
                })
        })
        .await;
        scene.plane.decide(review, ReviewState::Approved);
    };
    let (answer, ()) = tokio::join!(async { asked.await.text().await.expect("text") }, decide);
    let (text, calls) = assembled(&answer);
    assert_eq!(
        (text.as_str(), calls),
        ("You said: hello", vec!["refund".to_owned()])
    );
}

#[tokio::test]
async fn errors_are_the_providers_own() {
    let scene =
        Scene::new(|bundle, plane| bind_plugin(bundle, plane, "prompt-guard", json!({}))).await;
    let url = scene.url("/gpt/v1/chat/completions");
    let unknown = scene.client.post(&url).bearer_auth("csp_no").body("{}");
    let unknown = unknown.send().await.expect("an answer");
    assert_eq!(unknown.status(), 401);
    let error: Value = unknown.json().await.expect("JSON");
    assert_eq!(error["error"]["type"], "authentication_error");
    let twice = scene
        .client
        .post(&url)
        .bearer_auth(SECRET)
        .body(r#"{"model":"a","model":"b"}"#);
    let twice = twice.send().await.expect("an answer");
    assert_eq!(twice.status(), 400);
    let error: Value = twice.json().await.expect("JSON");
    assert_eq!(error["error"]["code"], "unparseable");
    assert!(scene.upstream.requests().is_empty());
    assert!(
        scene
            .plane
            .events()
            .iter()
            .all(|event| kind(event) != "intent")
    );
}
