//! What comes out of guarded streams, however they are cut.

mod support;

use countersign_inspect::detect::Detectors;
use countersign_inspect::llm::stream::sse::{Event, Splitter};
use countersign_inspect::llm::stream::{Output, StreamGuard, Verdict};
use countersign_inspect::llm::{Api, CallId, Provider, TokenMap};
use countersign_inspect::mask::{PseudonymKey, TextMasker};
use countersign_model::MaskStyle;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::{PIECES, Random};

const MARK: &str = "zq9";

fn masker() -> TextMasker {
    let all: Vec<_> = countersign_inspect::detect::ENTITIES
        .iter()
        .map(|name| ((*name).to_owned(), MaskStyle::Redact))
        .collect();
    TextMasker::new(&all, &PseudonymKey::from_bytes([3; 32]))
}

/// What a client is told in the end: texts and calls.
#[derive(Debug, Default, PartialEq)]
struct Said {
    texts: BTreeMap<String, String>,
    calls: Vec<(String, String)>,
    ends: Vec<String>,
    error: bool,
}

/// What the model says and calls.
struct Script {
    texts: Vec<String>,
    /// Per choice: the names and arguments of its calls.
    calls: Vec<Vec<(String, String)>>,
}

fn script(random: &mut Random, choices: usize) -> Script {
    let text = |random: &mut Random| {
        (0..random.below(7))
            .map(|_| *random.pick(PIECES))
            .collect::<String>()
    };
    Script {
        texts: (0..choices).map(|_| text(random)).collect(),
        calls: (0..choices)
            .map(|_| {
                (0..random.below(3))
                    .map(|n| {
                        let arguments = json!({MARK: random.below(1000), "s": "é\"\\\n"});
                        (format!("{MARK}tool{n}"), arguments.to_string())
                    })
                    .collect()
            })
            .collect(),
    }
}

/// Cuts a text into pieces at characters.
fn pieces(text: &str, random: &mut Random) -> Vec<String> {
    let mut out = vec![String::new()];
    for character in text.chars() {
        if random.below(4) == 0 {
            out.push(String::new());
        }
        out.last_mut().expect("a piece").push(character);
    }
    out
}

/// JSON as servers write it: sometimes with every character escaped.
fn written(value: &Value, random: &mut Random) -> String {
    let plain = value.to_string();
    if random.below(3) > 0 {
        return plain;
    }
    let mut out = String::new();
    for character in plain.chars() {
        if character.is_ascii() && !matches!(character, '@' | '4') {
            out.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    // An escape must not follow a backslash that escapes it.
    if serde_json::from_str::<Value>(&out).ok().as_ref() == Some(value) {
        out
    } else {
        plain
    }
}

fn sse(name: Option<&str>, data: &str, random: &mut Random) -> String {
    let end = *random.pick(&["\n", "\r\n", "\r"]);
    let mut out = String::new();
    if random.below(10) == 0 {
        out.push_str(&format!(": ping{end}{end}"));
    }
    if let Some(name) = name {
        out.push_str(&format!("event: {name}{end}"));
    }
    let space = if random.below(2) == 0 { " " } else { "" };
    out.push_str(&format!("data:{space}{data}{end}{end}"));
    out
}

fn chat_stream(script: &Script, random: &mut Random) -> String {
    let mut lanes: Vec<Vec<Value>> = Vec::new();
    for (index, text) in script.texts.iter().enumerate() {
        let choice = |delta: Value, reason: Value| json!({"index": index, "delta": delta, "finish_reason": reason});
        let mut events = vec![choice(
            json!({"role": "assistant", "content": ""}),
            Value::Null,
        )];
        for piece in pieces(text, random) {
            events.push(choice(json!({"content": piece}), Value::Null));
        }
        let calls = &script.calls[index];
        for (number, (name, arguments)) in calls.iter().enumerate() {
            let call = json!({"index": number, "id": format!("{MARK}{number}"), "type": "function",
                "function": {"name": name, "arguments": ""}});
            events.push(choice(json!({"tool_calls": [call]}), Value::Null));
            for piece in pieces(arguments, random) {
                let call = json!({"index": number, "function": {"arguments": piece}});
                events.push(choice(json!({"tool_calls": [call]}), Value::Null));
            }
        }
        let reason = if calls.is_empty() {
            "stop"
        } else {
            "tool_calls"
        };
        events.push(choice(json!({}), json!(reason)));
        events.reverse();
        lanes.push(events);
    }
    let mut out = String::new();
    while lanes.iter().any(|lane| !lane.is_empty()) {
        let lane = random.below(lanes.len());
        if let Some(choice) = lanes[lane].pop() {
            let chunk = json!({"id": "x", "object": "chat.completion.chunk", "model": "m", "choices": [choice]});
            let data = written(&chunk, random);
            out.push_str(&sse(None, &data, random));
        }
    }
    let usage =
        json!({"id": "x", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}});
    out.push_str(&sse(None, &usage.to_string(), random));
    out.push_str("data: [DONE]\n\n");
    out
}

fn messages_stream(script: &Script, random: &mut Random) -> String {
    let mut events = vec![
        json!({"type": "message_start", "message": {"id": "m", "type": "message",
        "role": "assistant", "model": "m", "content": [], "usage": {"input_tokens": 3, "output_tokens": 1}}}),
    ];
    let mut index = 0;
    for text in &script.texts {
        let kind = *random.pick(&["text", "thinking"]);
        events.push(json!({"type": "content_block_start", "index": index, "content_block": {"type": kind, kind: ""}}));
        for piece in pieces(text, random) {
            let kind_delta = format!("{kind}_delta");
            events.push(json!({"type": "content_block_delta", "index": index, "delta": {"type": kind_delta, kind: piece}}));
        }
        if kind == "thinking" {
            events.push(json!({"type": "content_block_delta", "index": index, "delta": {"type": "signature_delta", "signature": "s"}}));
        }
        events.push(json!({"type": "content_block_stop", "index": index}));
        index += 1;
        for (name, arguments) in &script.calls[0] {
            events.push(json!({"type": "ping"}));
            events.push(
                json!({"type": "content_block_start", "index": index, "content_block":
                {"type": "tool_use", "id": format!("{MARK}id"), "name": name, "input": {}}}),
            );
            for piece in pieces(arguments, random) {
                events.push(json!({"type": "content_block_delta", "index": index,
                    "delta": {"type": "input_json_delta", "partial_json": piece}}));
            }
            events.push(json!({"type": "content_block_stop", "index": index}));
            index += 1;
        }
    }
    let reason = if script.calls[0].is_empty() {
        "end_turn"
    } else {
        "tool_use"
    };
    events.push(json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 4}}));
    events.push(json!({"type": "message_stop"}));
    encode(events, random)
}

fn encode(events: Vec<Value>, random: &mut Random) -> String {
    let mut out = String::new();
    for event in events {
        let data = written(&event, random);
        out.push_str(&sse(event["type"].as_str(), &data, random));
    }
    out
}

fn responses_stream(script: &Script, random: &mut Random) -> String {
    let mut events = vec![
        json!({"type": "response.created", "response": {"id": "r", "model": "m", "output": []}}),
    ];
    let mut output = Vec::new();
    for (number, text) in script.texts.iter().enumerate() {
        let index = output.len();
        let id = format!("msg{number}");
        let at = |kind: &str, more: Value| {
            let mut event =
                json!({"type": kind, "output_index": index, "item_id": id, "content_index": 0});
            event
                .as_object_mut()
                .expect("an object")
                .extend(more.as_object().expect("an object").clone());
            event
        };
        let part = |text: &str| json!({"type": "output_text", "text": text, "annotations": []});
        let item = json!({"type": "message", "id": id, "role": "assistant", "status": "completed", "content": [part(text)]});
        events.push(
            json!({"type": "response.output_item.added", "output_index": index,
            "item": {"type": "message", "id": id, "role": "assistant", "content": []}}),
        );
        events.push(at("response.content_part.added", json!({"part": part("")})));
        for piece in pieces(text, random) {
            events.push(at(
                "response.output_text.delta",
                json!({"delta": piece, "logprobs": [{"token": MARK}]}),
            ));
        }
        events.push(at("response.output_text.done", json!({"text": text})));
        events.push(at(
            "response.content_part.done",
            json!({"part": part(text)}),
        ));
        events.push(
            json!({"type": "response.output_item.done", "output_index": index, "item": item}),
        );
        output.push(item);
        for (name, arguments) in &script.calls[number] {
            let index = output.len();
            let id = format!("{MARK}fc{index}");
            let item = |arguments: &str| json!({"type": "function_call", "id": id, "call_id": id, "name": name, "arguments": arguments});
            events.push(json!({"type": "response.output_item.added", "output_index": index, "item": item("")}));
            for piece in pieces(arguments, random) {
                events.push(json!({"type": "response.function_call_arguments.delta", "item_id": id, "output_index": index, "delta": piece}));
            }
            events.push(json!({"type": "response.function_call_arguments.done", "item_id": id, "output_index": index, "arguments": arguments}));
            events.push(json!({"type": "response.output_item.done", "output_index": index, "item": item(arguments)}));
            output.push(item(arguments));
        }
    }
    events.push(
        json!({"type": "response.completed", "response": {"id": "r", "model": "m", "output": output,
        "usage": {"input_tokens": 3, "output_tokens": 4}}}),
    );
    encode(events, random)
}

fn stream(provider: Provider, api: Api, script: &Script, random: &mut Random) -> String {
    match (provider, api) {
        (Provider::Anthropic, _) => messages_stream(script, random),
        (_, Api::Responses) => responses_stream(script, random),
        _ => chat_stream(script, random),
    }
}

/// Reads what a client would.
fn said(bytes: &[u8]) -> Said {
    let mut splitter = Splitter::default();
    let mut events: Vec<Event> = Vec::new();
    splitter.push(bytes, &mut events).expect("events");
    let mut said = Said::default();
    let mut calls: BTreeMap<String, (String, String)> = BTreeMap::new();
    for event in events
        .iter()
        .filter(|event| !event.comment && event.data != "[DONE]")
    {
        let data: Value = serde_json::from_str(&event.data).expect("JSON");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        said.error |= !data["error"].is_null() || data["type"] == "error";
        for choice in data["choices"].as_array().into_iter().flatten() {
            let index = choice["index"].to_string();
            let delta = &choice["delta"];
            said.texts
                .entry(index.clone())
                .or_default()
                .push_str(&text(&delta["content"]));
            for call in delta["tool_calls"].as_array().into_iter().flatten() {
                let known = calls
                    .entry(format!("{index} {}", call["index"]))
                    .or_default();
                known.0.push_str(&text(&call["function"]["name"]));
                known.1.push_str(&text(&call["function"]["arguments"]));
            }
            said.ends
                .extend(choice["finish_reason"].as_str().map(str::to_owned));
        }
        let index = format!(
            "{:04}",
            data["index"]
                .as_u64()
                .or(data["output_index"].as_u64())
                .unwrap_or(0)
        );
        match data["type"].as_str().unwrap_or_default() {
            "content_block_start" if data["content_block"]["type"] == "tool_use" => {
                calls.entry(index).or_default().0 = text(&data["content_block"]["name"]);
            }
            "content_block_start" => drop(said.texts.entry(index).or_default()),
            "content_block_delta" => {
                let delta = &data["delta"];
                let json = text(&delta["partial_json"]);
                if !json.is_empty() {
                    calls.entry(index.clone()).or_default().1.push_str(&json);
                }
                if let Some(known) = said.texts.get_mut(&index) {
                    known.push_str(&text(&delta["text"]));
                    known.push_str(&text(&delta["thinking"]));
                }
            }
            "message_delta" => said.ends.push(text(&data["delta"]["stop_reason"])),
            "response.output_item.added" if data["item"]["type"] == "function_call" => {
                calls.entry(index).or_default().0 = text(&data["item"]["name"]);
            }
            "response.function_call_arguments.delta" => {
                calls
                    .entry(index)
                    .or_default()
                    .1
                    .push_str(&text(&data["delta"]));
            }
            "response.output_text.delta" => {
                said.texts
                    .entry(index)
                    .or_default()
                    .push_str(&text(&data["delta"]));
            }
            "response.output_text.done" => {
                // What repeats the text says the same.
                assert_eq!(*said.texts.entry(index).or_default(), text(&data["text"]));
            }
            "response.completed" => said.ends.push("completed".to_owned()),
            _ => {}
        }
    }
    said.calls = calls.into_values().collect();
    said
}

/// Sends a stream through a guard in pieces; `judge` says whether a call is released.
fn through(
    guard: &mut StreamGuard,
    bytes: &[u8],
    random: &mut Random,
    most: usize,
    judge: &mut dyn FnMut(&str) -> bool,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut waiting: Vec<(CallId, bool)> = Vec::new();
    let mut rest = bytes;
    loop {
        let (chunk, behind) = rest.split_at((1 + random.below(most)).min(rest.len()));
        let pushed = match chunk {
            [] => guard.finish(),
            chunk => guard.push(chunk),
        };
        rest = behind;
        loop {
            while let Some(output) = guard.next_output() {
                match output {
                    Output::Release(bytes) => out.extend_from_slice(&bytes),
                    Output::ToolCall(call) => waiting.push((call.id, judge(&call.name))),
                }
            }
            // Verdicts come late, and in any order.
            if waiting.is_empty() || (!chunk.is_empty() && random.below(3) > 0) {
                break;
            }
            let (id, release) = waiting.swap_remove(random.below(waiting.len()));
            let verdict = if release {
                Verdict::Release
            } else {
                Verdict::Refuse("no".to_owned())
            };
            guard.resolve(id, verdict).ok();
        }
        if pushed.is_err() || (chunk.is_empty() && waiting.is_empty()) {
            return out;
        }
    }
}

const KINDS: [(Provider, Api); 3] = [
    (Provider::Openai, Api::Chat),
    (Provider::Openai, Api::Responses),
    (Provider::Anthropic, Api::Messages),
];

#[test]
fn a_masked_chat_is_masked_as_the_whole() {
    masked_alike(Provider::Openai, Api::Chat, 11);
}

#[test]
fn a_masked_chat_is_masked_as_the_whole_again() {
    masked_alike(Provider::Openai, Api::Chat, 21);
}

#[test]
fn masked_responses_are_masked_as_the_whole() {
    masked_alike(Provider::Openai, Api::Responses, 31);
}

#[test]
fn masked_messages_are_masked_as_the_whole() {
    masked_alike(Provider::Anthropic, Api::Messages, 41);
}

/// What is hidden of the texts, as JSON has it.
fn hidden(script: &Script, masked: &[String]) -> Vec<String> {
    let mut values = Vec::new();
    for text in &script.texts {
        for found in Detectors::all().scan(text) {
            let value = &text[found.start..found.end];
            // A short one may stand in numbers and names of the stream itself.
            if value.len() >= 8 && !masked.iter().any(|text| text.contains(value)) {
                let written = Value::from(value).to_string();
                values.push(written[1..written.len() - 1].to_owned());
            }
        }
    }
    values
}

/// Of each test; four of them make 100,000.
const CHUNKINGS: usize = 25_000;

fn masked_alike(provider: Provider, api: Api, seed: u64) {
    let masker = masker();
    let mut random = Random::new(seed);
    let mut chunkings = 0;
    while chunkings < CHUNKINGS {
        let choices = 1 + random.below(3);
        let script = script(&mut random, choices);
        let bytes = stream(provider, api, &script, &mut random);
        let expected: Vec<String> = script
            .texts
            .iter()
            .map(|text| masker.mask_segmented(text, &mut |_| {}))
            .collect();
        let mut first: Option<Vec<u8>> = None;
        for most in [4000, 1, 2, 3, 5, 8, 20, 60, 150, 400, 900, 2000] {
            let mut guard = StreamGuard::new(provider, api, Some(&masker), TokenMap::default());
            let out = through(&mut guard, bytes.as_bytes(), &mut random, most, &mut |_| {
                true
            });
            chunkings += 1;
            if let Some(first) = &first {
                // How the bytes came changes nothing at all.
                assert!(out == *first, "{bytes} by {most}");
                continue;
            }
            let said = said(&out);
            assert!(
                !said.error,
                "{:?} {}",
                guard.failure(),
                String::from_utf8_lossy(&out)
            );
            let texts: Vec<String> = said.texts.into_values().collect();
            assert_eq!(texts, expected, "{bytes}");
            let sent = String::from_utf8_lossy(&out);
            for value in hidden(&script, &expected) {
                assert!(!sent.contains(&value), "{value} leaks: {sent}");
            }
            let calls: usize = match provider {
                Provider::Anthropic => script.calls[0].len() * choices,
                Provider::Openai => script.calls.iter().map(Vec::len).sum(),
            };
            assert_eq!(said.calls.len(), calls);
            assert_eq!(
                guard.usage().map(|usage| (usage.input, usage.output)),
                Some((3, 4))
            );
            assert_eq!(guard.model(), Some("m"));
            first = Some(out);
        }
    }
}

#[test]
fn no_byte_of_a_refused_call_is_released() {
    let masker = masker();
    let mut random = Random::new(12);
    for _ in 0..4_000 {
        let (provider, api) = *random.pick(&KINDS);
        let choices = 1 + random.below(3);
        let mut script = script(&mut random, choices);
        script.texts = vec!["plain words".to_owned(); choices];
        let bytes = stream(provider, api, &script, &mut random);
        let cut = match random.below(3) {
            0 => random.below(bytes.len()),
            _ => bytes.len(),
        };
        let masker = (random.below(2) == 0).then_some(&masker);
        let mut guard = StreamGuard::new(provider, api, masker, TokenMap::default());
        let most = 1 + random.below(200);
        let part = &bytes.as_bytes()[..cut];
        let out = through(&mut guard, part, &mut random, most, &mut |_| false);
        let text = String::from_utf8_lossy(&out).into_owned();
        let named = text.matches("tool `").count();
        // The refusal names the tool; nothing else of it is there.
        let naked = text.replace(&format!("tool `{MARK}tool"), "");
        let probable = masker.is_none() && api == Api::Responses;
        assert!(probable || !naked.contains(MARK), "{text}");
        let said = said(&out);
        assert!(said.calls.is_empty());
        if cut == bytes.len() {
            assert!(!said.error, "{:?} {text}", guard.failure());
            let calls = script.calls.iter().any(|calls| !calls.is_empty());
            assert!(
                named > 0
                    || !calls
                    || (provider == Provider::Anthropic && script.calls[0].is_empty())
            );
            assert!(
                !said
                    .ends
                    .iter()
                    .any(|end| end == "tool_calls" || end == "tool_use"),
                "{text}"
            );
        }
    }
}

#[test]
fn unjudged_calls_never_appear() {
    let mut random = Random::new(13);
    for _ in 0..2_000 {
        let (provider, api) = *random.pick(&KINDS);
        let mut script = script(&mut random, 2);
        script.texts = vec!["plain words".to_owned(); 2];
        let bytes = stream(provider, api, &script, &mut random);
        let masker = masker_of_nothing();
        let mut guard = StreamGuard::new(provider, api, Some(&masker), TokenMap::default());
        for chunk in bytes.as_bytes().chunks(1 + random.below(300)) {
            guard.push(chunk).expect("a stream");
            while let Some(output) = guard.next_output() {
                if let Output::Release(bytes) = output {
                    assert!(!String::from_utf8_lossy(&bytes).contains(MARK));
                }
            }
        }
    }
}

fn masker_of_nothing() -> TextMasker {
    TextMasker::new(&[], &PseudonymKey::from_bytes([3; 32]))
}

#[test]
fn some_are_released_and_some_refused() {
    let mut random = Random::new(14);
    for (provider, api) in KINDS {
        for _ in 0..300 {
            let script = script(&mut random, 1);
            let bytes = stream(provider, api, &script, &mut random);
            let mut guard = StreamGuard::new(provider, api, None, TokenMap::default());
            let judge = &mut |name: &str| name.ends_with('1');
            let out = through(&mut guard, bytes.as_bytes(), &mut random, 50, judge);
            let said = said(&out);
            let released: Vec<_> = script.calls[0]
                .iter()
                .filter(|(name, _)| name.ends_with('1'))
                .collect();
            assert_eq!(said.calls.len(), released.len());
            for ((name, arguments), (known, sent)) in said.calls.iter().zip(released) {
                assert_eq!(name, known);
                let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
                assert_eq!(read(arguments), read(sent));
            }
        }
    }
}

#[test]
fn what_is_malformed_is_ended_with_an_error() {
    let chat = (Provider::Openai, Api::Chat);
    let responses = (Provider::Openai, Api::Responses);
    let messages = (Provider::Anthropic, Api::Messages);
    let cases = [
        (chat, "data: {\"a\":1,\"a\":2}\n\n"),
        (chat, "data: hello\n\n"),
        (chat, "data: {\"choices\":{}}\n\n"),
        (chat, "data: [{\"choices\":[],\"zq9\":1}]\n\n"),
        (chat, "data: \"zq9\"\n\n"),
        (chat, "data: {\"choices\":[{\"index\":0,\"delta\":[]}]}\n\n"),
        (
            chat,
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"zq9\"}}]}}]}\n\ndata: [DONE]\n\n",
        ),
        (chat, ""),
        (responses, "data: {}\n\n"),
        (
            responses,
            "data: {\"type\":\"response.output_item.added\",\"item\":{\"type\":\"function_call\",\"name\":\"zq9\"}}\n\n",
        ),
        (
            responses,
            "data: {\"type\":\"response.created\",\"response\":{}}\n\n",
        ),
        (
            messages,
            "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"zq9\"}}\n\n",
        ),
        (
            messages,
            "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
        ),
        (
            messages,
            "data: {\"type\":\"x\\ndata: {\\\"zq9\\\":1}\\n\\n\"}\n\n",
        ),
        (responses, "data: {\"type\":\"x\\r\\rdata: zq9\"}\n\n"),
        (messages, "data: {\"type\":\"the zq9\"}\n\n"),
        (responses, "data: {\"type\":\"\"}\n\n"),
        (
            messages,
            "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"name\":\"zq9\"}}\n\n",
        ),
    ];
    for ((provider, api), text) in cases {
        let mut random = Random::new(15);
        let mut guard = StreamGuard::new(provider, api, None, TokenMap::default());
        let out = through(&mut guard, text.as_bytes(), &mut random, 9, &mut |_| true);
        let sent = String::from_utf8_lossy(&out).into_owned();
        assert!(
            guard.failure().is_some() && said(&out).error,
            "{text}: {sent}"
        );
        assert!(!sent.contains(MARK), "{text}: {sent}");
        assert!(guard.push(b"data: {}\n\n").is_err());
        assert_eq!(guard.next_output(), None);
    }
}

#[test]
fn what_nobody_knows_is_left_out() {
    let chat = (Provider::Openai, Api::Chat);
    let messages = (Provider::Anthropic, Api::Messages);
    let responses = (Provider::Openai, Api::Responses);
    let cases = [
        (
            chat,
            r#"{"choices":[{"index":0,"delta":{"new_calls":[{"name":"zq9"}]}}]}"#,
        ),
        (
            chat,
            r#"{"choices":[{"index":0,"message":{"tool_calls":[{"name":"zq9"}]},"delta":{}}]}"#,
        ),
        (chat, r#"{"choices":[],"message":{"content":"zq9"}}"#),
        (chat, "{\"choices\":[]}\nid: zq9"),
        (messages, "{\"type\":\"ping\"}\nid: zq9"),
        (
            messages,
            r#"{"type":"message_start","message":{"content":[{"type":"tool_use","name":"zq9"}]}}"#,
        ),
        (messages, r#"{"type":"new","delta":{"name":"zq9"}}"#),
        (
            messages,
            r#"{"type":"ping","content":[{"name":"zq9"}],"words":"zq9"}"#,
        ),
        (responses, r#"{"type":"response.new.delta","delta":"zq9"}"#),
        (
            responses,
            r#"{"type":"response.new","item":{"name":"zq9"},"more":{"a":"zq9"}}"#,
        ),
        (
            responses,
            r#"{"type":"response.completed","response":{"output":[{"type":"function_call","name":"zq9"}]}}"#,
        ),
    ];
    for ((provider, api), data) in cases {
        let mut guard = StreamGuard::new(provider, api, None, TokenMap::default());
        guard
            .push(format!("data: {data}\n\n").as_bytes())
            .expect("a stream");
        while let Some(output) = guard.next_output() {
            let text = format!("{:?}", output);
            let Output::Release(bytes) = output else {
                panic!("{text}")
            };
            assert!(!String::from_utf8_lossy(&bytes).contains(MARK), "{data}");
        }
    }
}

#[test]
fn only_what_was_judged_is_released() {
    let call = json!({"index": 0, "id": "c", "type": "function", "name": MARK, "arguments": MARK,
        "custom": {"name": MARK, "input": MARK},
        "function": {"name": "f", "arguments": {"a": 1}, "input": MARK}});
    let chunk = json!({"choices": [{"index": 0, "finish_reason": "tool_calls", "delta": {"tool_calls": [call]}}]});
    let mut guard = StreamGuard::new(Provider::Openai, Api::Chat, None, TokenMap::default());
    guard
        .push(format!("data: {chunk}\n\ndata: [DONE]\n\n").as_bytes())
        .expect("a stream");
    let Some(Output::ToolCall(call)) = guard.next_output() else {
        panic!("no call")
    };
    assert_eq!(
        (call.name.as_str(), call.arguments),
        ("f", Some(json!({"a": 1})))
    );
    guard.resolve(call.id, Verdict::Release).expect("a stream");
    let mut sent = String::new();
    while let Some(Output::Release(bytes)) = guard.next_output() {
        sent.push_str(&String::from_utf8_lossy(&bytes));
    }
    assert!(sent.contains("{\"a\":1}") && !sent.contains(MARK), "{sent}");
}

#[test]
fn what_is_held_is_bounded() {
    let mut guard = StreamGuard::new(Provider::Openai, Api::Chat, None, TokenMap::default());
    let piece = json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function":
        {"name": "f", "arguments": "a".repeat(100_000)}}]}}]});
    let chunk = format!("data: {piece}\n\n");
    let pushed = (0..20).try_for_each(|_| guard.push(chunk.as_bytes()));
    assert!(pushed.is_err());

    let mut guard = StreamGuard::new(
        Provider::Anthropic,
        Api::Messages,
        None,
        TokenMap::default(),
    );
    let call = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}}});
    let stop = json!({"type": "content_block_stop", "index": 0});
    guard
        .push(format!("data: {call}\n\ndata: {stop}\n\n").as_bytes())
        .expect("a call");
    assert!(guard.is_waiting() && guard.wants_more());
    let ping = format!(
        "data: {}\n\n",
        json!({"type": "ping", "x": "a".repeat(500_000)})
    );
    let pushed = (0..10).try_for_each(|_| guard.push(ping.as_bytes()));
    assert!(pushed.is_err() && !guard.wants_more());
}

#[test]
fn tokens_come_back_in_streams() {
    let token = "EMAIL_ADDRESS_7F3K2M9QXA";
    let tokens = TokenMap::new([(token.to_owned(), "jane@example.com".to_owned())].into());
    let masker = masker();
    let mut random = Random::new(16);
    for (provider, api) in KINDS {
        let script = Script {
            texts: vec![format!("to {token} and joe@example.com")],
            calls: vec![vec![("tool1".to_owned(), json!({"to": token}).to_string())]],
        };
        for _ in 0..200 {
            let bytes = stream(provider, api, &script, &mut random);
            let mut guard = StreamGuard::new(provider, api, Some(&masker), tokens.clone());
            let out = through(&mut guard, bytes.as_bytes(), &mut random, 20, &mut |_| true);
            let said = said(&out);
            let texts: Vec<String> = said.texts.into_values().collect();
            assert_eq!(texts, ["to jane@example.com and [EMAIL_ADDRESS]"]);
            assert_eq!(
                said.calls,
                [(
                    "tool1".to_owned(),
                    r#"{"to":"jane@example.com"}"#.to_owned()
                )]
            );
        }
    }
}
