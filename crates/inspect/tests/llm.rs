//! What is read of requests to models and of their whole answers.

use countersign_inspect::llm::{
    Api, LlmError, LlmRequest, LlmResponse, Provider, TokenMap, parse_request,
};
use countersign_inspect::mask::{PseudonymKey, TextMasker};
use countersign_model::{MaskStyle, TokenUsage};
use serde_json::{Value, json};

fn masker() -> TextMasker {
    let entities = ["EMAIL_ADDRESS", "CREDIT_CARD"];
    let entities: Vec<_> = entities
        .iter()
        .map(|name| ((*name).to_owned(), MaskStyle::Redact))
        .collect();
    TextMasker::new(&entities, &PseudonymKey::from_bytes([3; 32]))
}

fn openai(path: &str, body: &Value) -> LlmRequest {
    parse_request(Provider::Openai, "POST", path, body.to_string().as_bytes()).expect("a request")
}

fn anthropic(path: &str, body: &Value) -> LlmRequest {
    let body = body.to_string();
    parse_request(Provider::Anthropic, "POST", path, body.as_bytes()).expect("a request")
}

fn messages(request: &LlmRequest) -> Vec<(&str, &str)> {
    let messages = request.operation.messages.iter();
    messages
        .map(|message| (message.role.as_str(), message.text.as_str()))
        .collect()
}

fn chat_request() -> Value {
    json!({"model": "gpt-4o", "stream": true, "max_tokens": 99, "future": {"x": [1, 2]},
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "one"},
                {"type": "image_url", "image_url": {"url": "https://x/y"}},
                {"type": "text", "text": "jane@example.com"}]},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function",
                "function": {"name": "mail", "arguments": "{\"to\":\"jane@example.com\", \"n\":1.50}"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "sent to joe@example.com"}],
        "tools": [{"type": "function", "function": {"name": "mail"}},
            {"type": "custom", "custom": {"name": "sql"}}, {"type": "web_search"}],
        "functions": [{"name": "old"}]})
}

#[test]
fn a_chat_is_read() {
    let request = openai("/v1/chat/completions", &chat_request());
    let operation = &request.operation;
    assert_eq!(operation.api, "chat");
    assert_eq!(operation.model.as_deref(), Some("gpt-4o"));
    assert!(operation.stream);
    assert_eq!(operation.max_output_tokens, Some(99));
    assert_eq!(operation.tools, ["mail", "sql", "web_search", "old"]);
    assert_eq!(
        messages(&request),
        [
            ("system", "Be brief."),
            ("user", "one\njane@example.com"),
            ("assistant", r#"{"to":"jane@example.com","n":1.50}"#),
            ("tool", "sent to joe@example.com"),
        ]
    );
    let sent: Value = serde_json::from_str(&request.body()).expect("JSON");
    assert_eq!(sent, chat_request());
}

#[test]
fn responses_are_read() {
    let request = openai(
        "/v1/responses",
        &json!({"model": "o4", "instructions": "Be brief.", "max_output_tokens": 7, "input": [
            {"role": "user", "content": "hello"},
            {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "x"}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{\"a\":1}"},
            {"type": "function_call_output", "call_id": "c", "output": "done"},
            {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "hm"}],
                "encrypted_content": "gAAA"}],
            "tools": [{"type": "function", "name": "f"}, {"type": "mcp", "server_label": "crm"},
                {"type": "web_search"}]}),
    );
    assert_eq!(
        messages(&request),
        [
            ("system", "Be brief."),
            ("user", "hello"),
            ("developer", "x"),
            ("assistant", r#"{"a":1}"#),
            ("tool", "done"),
            ("assistant", "hm"),
        ]
    );
    assert_eq!(request.operation.tools, ["f", "mcp:crm", "web_search"]);
    let plain = openai("/v1/responses", &json!({"model": "o4", "input": "hello"}));
    assert_eq!(messages(&plain), [("user", "hello")]);
    let input = openai(
        "/v1/embeddings",
        &json!({"model": "e", "input": ["a", "b"]}),
    );
    assert_eq!(messages(&input), [("user", "a\nb")]);
}

#[test]
fn messages_are_read() {
    let body = json!({"model": "claude", "max_tokens": 5, "stream": false,
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": [
            {"role": "user", "content": "hello"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "tool_use", "id": "t", "name": "f", "input": {"a": "b"}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "done"}]},
                {"type": "text", "text": "next"},
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "doc"}}]}],
        "tools": [{"name": "f", "input_schema": {}}, {"type": "bash_20250124", "name": "bash"}],
        "mcp_servers": [{"type": "url", "name": "crm", "url": "https://x"}]});
    for (path, api) in [
        ("/v1/messages", "messages"),
        ("/v1/messages/count_tokens", "count_tokens"),
    ] {
        let request = anthropic(path, &body);
        assert_eq!(request.operation.api, api);
        assert_eq!(
            messages(&request),
            [
                ("system", "Be brief."),
                ("user", "hello"),
                ("assistant", "hm\n{\"a\":\"b\"}"),
                ("tool", "done"),
                ("user", "next\ndoc"),
            ]
        );
        assert_eq!(request.operation.tools, ["f", "bash", "mcp:crm"]);
        assert_eq!(request.operation.max_output_tokens, Some(5));
    }
}

#[test]
fn paths_lead_to_apis() {
    let cases = [
        (Provider::Openai, "POST", "/v1/chat/completions", Api::Chat),
        (
            Provider::Openai,
            "POST",
            "/v1//chat/completions/",
            Api::Chat,
        ),
        (
            Provider::Openai,
            "POST",
            "/openai/v1/responses?x=1",
            Api::Responses,
        ),
        (
            Provider::Openai,
            "GET",
            "/v1/responses/resp_1",
            Api::Responses,
        ),
        (Provider::Openai, "GET", "/v1/models", Api::Models),
        (Provider::Openai, "GET", "/v1/models/gpt-4o", Api::Models),
        (Provider::Openai, "DELETE", "/v1/models/ft", Api::Other),
        (Provider::Openai, "POST", "/v1/messages", Api::Other),
        (Provider::Openai, "POST", "/v1/files", Api::Other),
        (Provider::Anthropic, "POST", "/v1/messages", Api::Messages),
        (
            Provider::Anthropic,
            "POST",
            "/v1/messages/batches",
            Api::Other,
        ),
        (
            Provider::Anthropic,
            "POST",
            "/v1/chat/completions",
            Api::Other,
        ),
    ];
    for (provider, method, path, api) in cases {
        assert_eq!(Api::of(provider, method, path), api, "{method} {path}");
    }
    let request = parse_request(Provider::Openai, "GET", "/v1/models/gpt-4o", b"").expect("read");
    assert_eq!(request.operation.model.as_deref(), Some("gpt-4o"));
    assert!(request.body().is_empty());
}

#[test]
fn what_servers_may_read_differently_is_refused() {
    let cases: [(&str, Option<LlmError>); 8] = [
        (r#"{"model":"a","model":"b"}"#, None),
        (
            r#"{"model":"a","messages":[{"role":"user","role":"x"}]}"#,
            None,
        ),
        ("[]", Some(LlmError::NoObject)),
        (r#"{"stream":"true"}"#, Some(LlmError::Field("stream"))),
        (r#"{"messages":"x"}"#, Some(LlmError::Field("messages"))),
        (r#"{"model":1}"#, Some(LlmError::Field("model"))),
        (r#"{"messages":[],"Messages":[]}"#, Some(LlmError::Respelt)),
        (r#"{"me\u017fsages":[]}"#, Some(LlmError::Respelt)),
    ];
    for (body, expected) in cases {
        let path = "/v1/chat/completions";
        let error = parse_request(Provider::Openai, "POST", path, body.as_bytes()).err();
        assert!(error.is_some(), "{body}");
        assert!(expected.is_none() || error == expected, "{body} {error:?}");
    }
}

#[test]
fn values_become_tokens_and_come_back() {
    let mut request = openai("/v1/chat/completions", &chat_request());
    let (tokens, counts) = request.hide(None, Some(&masker()));
    assert_eq!(tokens.len(), 2);
    assert_eq!(counts.get("EMAIL_ADDRESS"), Some(&3));
    let sent = request.body().to_string();
    assert!(
        !sent.contains("example.com") && sent.contains("1.50"),
        "{sent}"
    );
    // What people and policies see is what is sent.
    assert!(!format!("{:?}", request.operation).contains("example.com"));
    let at = sent.find("EMAIL_ADDRESS_").expect("a token");
    let token = &sent[at..at + 24];
    let answer = json!({"model": "m", "choices": [{"index": 0, "finish_reason": "tool_calls",
        "message": {"role": "assistant", "content": format!("To {token}, not boss@example.com"),
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "mail",
                "arguments": format!("{{\"to\":\"{token}\"}}")}}]}}]});
    let answer = answer.to_string();
    let mut response =
        LlmResponse::parse(Provider::Openai, Api::Chat, answer.as_bytes()).expect("an answer");
    let counts = response.mask(Some(&masker()), &tokens);
    assert_eq!(counts.get("EMAIL_ADDRESS"), Some(&1));
    let calls = response.tool_calls();
    assert_eq!(calls[0].name, "mail");
    assert_eq!(calls[0].arguments, Some(json!({"to": "jane@example.com"})));
    let body: Value = serde_json::from_slice(&response.body()).expect("JSON");
    let message = &body["choices"][0]["message"];
    assert_eq!(
        message["content"],
        "To jane@example.com, not [EMAIL_ADDRESS]"
    );
    let arguments = message["tool_calls"][0]["function"]["arguments"].as_str();
    assert_eq!(arguments, Some("{\"to\":\"jane@example.com\"}"));
}

/// An answer with two calls and a text, in each format.
fn answers() -> [(Provider, Api, Value); 3] {
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "drop", "arguments": "{\"a\":1}"}});
    let item = |id: &str| json!({"type": "function_call", "id": id, "call_id": id, "name": "drop", "arguments": "{\"a\":1}"});
    let block = |id: &str| json!({"type": "tool_use", "id": id, "name": "drop", "input": {"a": 1}});
    [
        (
            Provider::Openai,
            Api::Chat,
            json!({"model": "m", "choices": [{"index": 0, "finish_reason": "tool_calls", "logprobs": {"content": []},
                "message": {"role": "assistant", "content": "a@example.com", "tool_calls": [call("1"), call("2")]}}],
                "usage": {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 3}}}),
        ),
        (
            Provider::Openai,
            Api::Responses,
            json!({"model": "m", "status": "completed", "output": [
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a@example.com"}]},
                item("1"), item("2")],
                "usage": {"input_tokens": 5, "output_tokens": 2, "input_tokens_details": {"cached_tokens": 3}}}),
        ),
        (
            Provider::Anthropic,
            Api::Messages,
            json!({"model": "m", "stop_reason": "tool_use",
                "content": [{"type": "text", "text": "a@example.com"}, block("1"), block("2")],
                "usage": {"input_tokens": 2, "cache_read_input_tokens": 3, "output_tokens": 2}}),
        ),
    ]
}

#[test]
fn calls_are_judged_one_by_one() {
    for (provider, api, answer) in answers() {
        for refused in [vec![], vec![0], vec![1], vec![0, 1]] {
            let body = answer.to_string();
            let mut response = LlmResponse::parse(provider, api, body.as_bytes()).expect("read");
            let usage = TokenUsage {
                input: 5,
                output: 2,
                cached: 3,
            };
            assert_eq!(response.usage(), Some(usage));
            response.mask(Some(&masker()), &TokenMap::default());
            let calls = response.tool_calls();
            assert_eq!(calls.len(), 2);
            assert!(
                calls
                    .iter()
                    .all(|call| call.arguments == Some(json!({"a": 1})))
            );
            for index in &refused {
                response.refuse(calls[*index].id, "not on Fridays");
            }
            let sent = String::from_utf8(response.body()).expect("text");
            assert!(sent.contains("[EMAIL_ADDRESS]") && !sent.contains("a@example"));
            let left = sent.matches("\"drop\"").count();
            assert_eq!(left, 2 - refused.len(), "{sent}");
            assert_eq!(
                sent.matches("not on Fridays").count(),
                refused.len(),
                "{sent}"
            );
            let ended = ["tool_calls\",\"logprobs", "\"tool_use\",\"content\""];
            let by_calls = ended.iter().any(|words| sent.contains(words))
                || sent.contains("\"finish_reason\":\"tool_calls\"")
                || sent.contains("\"stop_reason\":\"tool_use\"");
            if api != Api::Responses {
                assert_eq!(by_calls, left > 0, "{sent}");
            }
            let again = LlmResponse::parse(provider, api, sent.as_bytes()).expect("read");
            assert_eq!(again.clone().tool_calls().len(), left);
        }
    }
}

#[test]
fn what_nobody_knows_is_judged_as_a_call() {
    let cases = [
        (
            Provider::Openai,
            Api::Responses,
            r#"{"output":[{"type":"new_call","action":{"a":1}}]}"#,
        ),
        (
            Provider::Anthropic,
            Api::Messages,
            r#"{"content":[{"type":"new_use","input":{"a":1}}]}"#,
        ),
        (
            Provider::Openai,
            Api::Chat,
            r#"{"choices":[{"message":{"tool_calls":[{"type":"new","new":{"name":"x"}}]}}]}"#,
        ),
    ];
    for (provider, api, body) in cases {
        let mut response = LlmResponse::parse(provider, api, body.as_bytes()).expect("read");
        assert_eq!(response.tool_calls().len(), 1, "{body}");
    }
    let broken = r#"{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{\"a\":1,\"a\":2}"}}]}}]}"#;
    let mut response =
        LlmResponse::parse(Provider::Openai, Api::Chat, broken.as_bytes()).expect("read");
    assert_eq!(response.tool_calls()[0].arguments, None);
}
