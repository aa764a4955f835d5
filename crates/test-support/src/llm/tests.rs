use serde_json::{Value, json};

use super::LlmStandIn;
use crate::{HttpReply, http};

async fn ask(path: &str, body: &Value) -> HttpReply {
    let provider = LlmStandIn::start().unwrap();
    let url = format!("{}{path}", provider.url());
    let reply = http("POST", &url, LlmStandIn::KEY, Some(body)).await;
    assert_eq!(provider.requests().len(), 1);
    reply.unwrap()
}

fn chat(words: &str) -> Value {
    json!({ "model": LlmStandIn::MODEL, "messages": [{ "role": "user", "content": words }] })
}

#[tokio::test]
async fn it_echoes_calls_tools_and_ends() {
    let said = ask("/v1/chat/completions", &chat("hello")).await.json();
    let message = &said["choices"][0]["message"];
    assert_eq!(message["content"], "You said: hello");
    assert_eq!(said["usage"]["prompt_tokens"], 2);

    let words = "use tool refund with {\"order\": 1}\nuse tool look with {}";
    let called = ask("/v1/chat/completions", &chat(words)).await.json();
    let choice = &called["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(
        choice["message"]["tool_calls"][1]["function"]["name"],
        "look"
    );
    assert_eq!(choice["message"]["content"], Value::Null);

    let mut done = chat(words);
    let messages = done["messages"].as_array_mut().unwrap();
    messages.push(json!({ "role": "tool", "tool_call_id": "x", "content": "refunded" }));
    let done = ask("/v1/chat/completions", &done).await.json();
    assert_eq!(done["choices"][0]["message"]["content"], "Done: refunded");
}

#[tokio::test]
async fn each_api_streams_the_same_words() {
    let words = "write to ada@example.com";
    let cases = [
        (
            "/v1/chat/completions",
            chat(words),
            "/choices/0/delta/content",
        ),
        (
            "/v1/responses",
            json!({ "model": LlmStandIn::MODEL, "input": words }),
            "/delta",
        ),
        (
            "/v1/messages",
            json!({
                "model": LlmStandIn::MODEL,
                "max_tokens": 64,
                "messages": [{ "role": "user", "content": words }],
            }),
            "/delta/text",
        ),
    ];
    for (path, mut body, at) in cases {
        body["stream"] = true.into();
        let reply = ask(path, &body).await;
        let events = reply
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("data: "));
        let events = events.filter_map(|event| serde_json::from_str::<Value>(event).ok());
        let pieces: Vec<String> = events
            .filter_map(|event| Some(event.pointer(at)?.as_str()?.to_owned()))
            .collect();
        assert!(pieces.iter().all(|piece| piece.len() <= 9), "{pieces:?}");
        assert_eq!(pieces.concat(), format!("You said: {words}"), "{path}");
    }
}

#[tokio::test]
async fn errors_are_the_providers() {
    let provider = LlmStandIn::start().unwrap();
    let url = format!("{}/v1/chat/completions", provider.url());
    let cases = [
        ("wrong", chat("hello"), 401),
        (LlmStandIn::KEY, json!({ "messages": [] }), 400),
        (LlmStandIn::KEY, chat("fail with 429"), 429),
        (
            LlmStandIn::KEY,
            json!({ "model": "gpt-9", "messages": [] }),
            404,
        ),
    ];
    for (key, body, status) in cases {
        let reply = http("POST", &url, key, Some(&body)).await.unwrap();
        assert_eq!(reply.status, status, "{body}");
        assert!(reply.json()["error"]["message"].is_string());
    }
}
