//! Streams of server-sent events that are not what they should be. However a line ends, an honest stream
//! comes out as what it says; of a hostile one nothing comes out that was not judged, and it ends with an
//! error as the provider would send it.

use std::fmt::Write as _;

use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use super::{
    answers::{answer, clean, guarded, request},
    scene::{ANTHROPIC, Kind, MARK, OPENAI, Scene, pick},
    wire::Answer,
};

const SEED: u64 = 20_261_125;
const WORDS: [&str; 4] = ["Write to jane@", "exam", "ple.com, or do", "n't."];
const HEARD: &str = "Write to [EMAIL_ADDRESS], or don't.";

/// One event: its type, where the format names it, and its data.
type Event = (Option<&'static str>, String);

fn event(kind: Kind, data: &Value) -> Event {
    let name = match kind.target {
        "claude" => data["type"].as_str().map(|name| &*name.to_owned().leak()),
        _ => None,
    };
    (name, data.to_string())
}

/// The beginning of a stream, with words that hold a secret.
fn begun(kind: Kind) -> Vec<Event> {
    let words = WORDS.iter();
    if kind.target == "gpt" {
        let chunk = |words: &&str| chunk(json!({"content": words}), Value::Null);
        return words.map(chunk).map(|data| event(kind, &data)).collect();
    }
    let mut events = vec![
        json!({"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant",
            "model": "m", "content": [], "usage": {"input_tokens": 1, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
    ];
    events.extend(words.map(|words| {
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": words}})
    }));
    events.push(json!({"type": "content_block_stop", "index": 0}));
    events.iter().map(|data| event(kind, data)).collect()
}

/// The honest end of a stream.
fn ended(kind: Kind) -> Vec<Event> {
    if kind.target == "gpt" {
        let last = chunk(json!({}), json!("stop"));
        return vec![event(kind, &last), (None, "[DONE]".to_owned())];
    }
    let events = [
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ];
    events.iter().map(|data| event(kind, data)).collect()
}

fn chunk(delta: Value, reason: Value) -> Value {
    json!({"id": "c", "object": "chat.completion.chunk", "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
}

/// How a stream is written.
struct Written<'a> {
    ends: &'a [&'a str],
    /// What stands before the first line, and between events.
    first: &'a str,
    between: &'a str,
    space: &'a str,
    /// Whether data is parted into several lines, at commas.
    parted: bool,
}

const PLAIN: Written = Written {
    ends: &["\n"],
    first: "",
    between: "",
    space: " ",
    parted: false,
};

impl Written<'_> {
    fn write(&self, events: &[Event], random: &mut StdRng) -> String {
        let mut out = self.first.to_owned();
        // A line feed behind a carriage return would be one end of two.
        let end = |random: &mut StdRng| *pick::<&str>(random, self.ends);
        for (name, data) in events {
            if let Some(name) = name {
                let _ = write!(out, "event:{}{name}{}", self.space, end(random));
            }
            let data = match self.parted {
                true => data.replace("\":", "\":\n"),
                false => data.clone(),
            };
            let last = end(random);
            for line in data.split('\n') {
                let _ = write!(out, "data:{}{line}{last}", self.space);
            }
            let _ = write!(out, "{last}{}", self.between);
        }
        out
    }
}

const EVENTS: &str = "Content-Type: text/event-stream\r\n";

async fn streamed(scene: &Scene, kind: Kind, body: &[u8], case: &str) -> Answer {
    scene.upstream.answers(answer("200 OK", EVENTS, body));
    let answer = scene.send(&request(kind, true)).await;
    let answer = answer.unwrap_or_else(|| panic!("{}: {case}: no answer", kind.target));
    clean(&answer, case);
    assert_eq!(answer.status, 200, "{case}: {answer:?}");
    answer
}

/// The documents of a stream, as any reader of the standard gets them.
fn documents(answer: &Answer) -> Vec<Value> {
    let text = answer.text();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    let read = |data: &str| serde_json::from_str(data).expect("JSON");
    data.filter(|data| *data != "[DONE]").map(read).collect()
}

/// What the model said.
fn heard(answer: &Answer) -> String {
    let documents = documents(answer);
    let of = |document: &Value| {
        let words = [
            &document["choices"][0]["delta"]["content"],
            &document["delta"]["text"],
        ];
        words
            .iter()
            .filter_map(|words| words.as_str())
            .collect::<String>()
    };
    documents.iter().map(of).collect()
}

#[tokio::test]
async fn an_honest_stream_is_heard_however_it_is_written() {
    let scene = guarded().await;
    let mut random = StdRng::seed_from_u64(SEED);
    let flood = ": nothing\n".repeat(20_000) + "\n";
    let cases = [
        ("LF", Written { ..PLAIN }),
        (
            "CR",
            Written {
                ends: &["\r"],
                ..PLAIN
            },
        ),
        (
            "CRLF",
            Written {
                ends: &["\r\n"],
                ..PLAIN
            },
        ),
        (
            "any end",
            Written {
                ends: &["\n", "\r", "\r\n"],
                ..PLAIN
            },
        ),
        ("no space", Written { space: "", ..PLAIN }),
        (
            "a byte-order mark",
            Written {
                first: "\u{feff}",
                ..PLAIN
            },
        ),
        (
            "empty lines",
            Written {
                first: "\n\n\r\n",
                between: "\n\n",
                ..PLAIN
            },
        ),
        (
            "comments",
            Written {
                between: ": one\n\n:\n",
                ..PLAIN
            },
        ),
        (
            "a flood of comments",
            Written {
                first: &flood,
                ..PLAIN
            },
        ),
        (
            "fields nobody knows",
            Written {
                between: "retry: 1\nzq9: zq9\nzq9\n\n",
                ..PLAIN
            },
        ),
        (
            "an id",
            Written {
                between: "id: zq9\n",
                ..PLAIN
            },
        ),
        (
            "data in several lines",
            Written {
                parted: true,
                ..PLAIN
            },
        ),
        (
            "data in several lines, CR",
            Written {
                parted: true,
                ends: &["\r"],
                ..PLAIN
            },
        ),
        (
            "data in several lines, CRLF",
            Written {
                parted: true,
                ends: &["\r\n"],
                ..PLAIN
            },
        ),
    ];
    for kind in [OPENAI, ANTHROPIC] {
        for (case, written) in &cases {
            let events = [begun(kind), ended(kind)].concat();
            let body = written.write(&events, &mut random);
            let answer = streamed(&scene, kind, body.as_bytes(), case).await;
            assert_eq!(heard(&answer), HEARD, "{}: {case}: {answer:?}", kind.target);
            assert!(answer.whole, "{case}");
            let failed = documents(&answer)
                .iter()
                .any(|data| kind.form.is_error(data));
            assert!(!failed, "{case}: {answer:?}");
        }
    }
}

/// Bytes within a stream that end it.
fn broken(kind: Kind) -> Vec<(String, Vec<u8>)> {
    let whole = match kind.target {
        "gpt" => chunk(json!({"content": MARK}), Value::Null).to_string(),
        _ => json!({"type": "content_block_start", "index": 1,
            "content_block": {"type": "text", "text": MARK}})
        .to_string(),
    };
    let key = match kind.target {
        "gpt" => "\"delta\":",
        _ => "\"content_block\":",
    };
    let twice = whole.replacen(key, &format!("{key}{{}},{key}"), 1);
    let first = &key[1..2];
    let code = u32::from(first.as_bytes()[0]);
    let escaped = key.replacen(first, &format!("\\u{code:04x}"), 1);
    let escaped = whole.replacen(key, &format!("{escaped}{{}},{key}"), 1);
    let deep = format!(
        "{{\"type\":\"ping\",\"x\":{}{}}}",
        "[".repeat(90),
        "]".repeat(90)
    );
    let line = |data: &str| format!("data: {data}\n\n").into_bytes();
    let mut cases: Vec<(String, Vec<u8>)> = vec![
        ("a name twice".to_owned(), line(&twice)),
        ("a name twice, escaped".to_owned(), line(&escaped)),
        ("too deep".to_owned(), line(&deep)),
        ("no JSON".to_owned(), line("hello zq9")),
        ("two documents".to_owned(), line(&format!("{whole}{whole}"))),
        ("NaN".to_owned(), line("{\"type\":\"ping\",\"x\":NaN}")),
        ("a list".to_owned(), line(&format!("[{whole}]"))),
        (
            "half a surrogate pair".to_owned(),
            line(&whole.replace("zq9", "zq9\\ud800")),
        ),
        (
            "a mark in the middle".to_owned(),
            line(&format!("\u{feff}{whole}")),
        ),
    ];
    let broken: [&[u8]; 5] = [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xe2\x82", b"\x80"];
    for bytes in broken {
        let mut event = line(&whole);
        event.splice(12..12, bytes.iter().copied());
        cases.push((format!("no UTF-8: {bytes:?}"), event));
    }
    let endless = "a".repeat(2 << 20);
    cases.push((
        "an event without end".to_owned(),
        format!("data: {whole}{endless}").into(),
    ));
    let lines = "data: 1\n".repeat(400_000);
    cases.push(("lines without end".to_owned(), lines.into()));
    let names = format!("event: {}", "zq9".repeat(1 << 20));
    cases.push(("a name without end".to_owned(), names.into()));
    let comment = format!(": {endless}");
    cases.push(("a comment without end".to_owned(), comment.into()));
    cases
}

/// Events of which something must not come out: calls that are denied, or whose parts contradict each
/// other, and what nobody knows.
fn hostile(kind: Kind) -> Vec<(&'static str, Vec<Value>)> {
    match kind.target {
        "gpt" => hostile_chat(),
        _ => hostile_messages(),
    }
}

fn hostile_chat() -> Vec<(&'static str, Vec<Value>)> {
    let said = |delta: Value| chunk(delta, Value::Null);
    let calls = |calls: Value| said(json!({"tool_calls": calls}));
    let wipe = json!({"name": "wipe", "arguments": "{\"zq9\":1}"});
    let call = json!({"index": 0, "id": MARK, "type": "function", "function": wipe});
    let with = |name: &str, value: Value| {
        let mut call = call.clone();
        call[name] = value;
        vec![calls(json!([call]))]
    };
    let more = |arguments: &str| calls(json!([{"index": 0, "function": {"arguments": arguments}}]));
    vec![
        ("a call that is denied", vec![calls(json!([call]))]),
        ("a call twice", vec![calls(json!([call, call]))]),
        ("an index that is a text", with("index", json!("0"))),
        ("a negative index", with("index", json!(-1))),
        ("an index that is no integer", with("index", json!(0.5))),
        ("an index far away", with("index", json!(4_000_000_000_u64))),
        ("no index", with("index", Value::Null)),
        (
            "another id",
            vec![
                calls(json!([call])),
                calls(json!([{"index": 0, "id": "zq9b"}])),
            ],
        ),
        (
            "another name",
            vec![
                calls(json!([call])),
                calls(json!([{"index": 0, "function": {"name": "x"}}])),
            ],
        ),
        (
            "a function that is a text",
            with("function", json!("wipe zq9")),
        ),
        ("a function that is a list", with("function", json!([wipe]))),
        (
            "arguments that are an object",
            vec![calls(
                json!([{"index": 0, "id": MARK, "function": {"name": "wipe", "arguments": {"zq9": 1}}}]),
            )],
        ),
        (
            "arguments that are no JSON",
            vec![calls(json!([call])), more("{\"zq9")],
        ),
        (
            "arguments with a name twice",
            vec![calls(
                json!([{"index": 0, "id": MARK, "function": {"name": "read", "arguments": "{\"a\":1,\"a\":\"zq9\"}"}}]),
            )],
        ),
        ("calls that are no list", vec![calls(json!({"0": call}))]),
        ("calls that are a text", vec![calls(json!("zq9"))]),
        ("a call that is a text", vec![calls(json!(["zq9"]))]),
        (
            "the old kind of call",
            vec![said(json!({"function_call": wipe}))],
        ),
        (
            "the old kind as a list",
            vec![said(json!({"function_call": [wipe]}))],
        ),
        (
            "a call of a kind nobody knows",
            vec![said(json!({"new_calls": [call]}))],
        ),
        (
            "a call in a message",
            vec![
                json!({"choices": [{"index": 0, "delta": {}, "message": {"tool_calls": [call]}}]}),
            ],
        ),
        (
            "a call beside the choices",
            vec![json!({"choices": [], "tool_calls": [call]})],
        ),
        (
            "choices that are no list",
            vec![json!({"choices": {"0": {"delta": {"content": MARK}}}})],
        ),
        ("a delta that is a list", vec![said(json!([call]))]),
        ("a choice that is a text", vec![json!({"choices": [MARK]})]),
        (
            "a choice without end",
            vec![json!({"choices": [{"index": -7, "delta": {"content": MARK}}]})],
        ),
        (
            "content that is an object",
            vec![said(json!({"content": {"text": MARK}}))],
        ),
        (
            "content that is a list",
            vec![said(json!({"content": [{"text": MARK, "type": "text"}]}))],
        ),
        (
            "a call behind the end",
            vec![chunk(json!({}), json!("stop")), calls(json!([call]))],
        ),
        (
            "a call without an end, and words",
            vec![calls(json!([call])), said(json!({"content": "on"}))],
        ),
        (
            "a call of another choice",
            vec![
                json!({"choices": [{"index": 1, "delta": {"tool_calls": [call]}, "finish_reason": null}]}),
            ],
        ),
        (
            "words piece by piece",
            vec![
                json!({"choices": [{"index": 0, "delta": {"content": "a"}, "logprobs": {"content": [{"token": MARK}]}}]}),
            ],
        ),
    ]
}

fn hostile_messages() -> Vec<(&'static str, Vec<Value>)> {
    let start = |index: Value, block: Value| json!({"type": "content_block_start", "index": index, "content_block": block});
    let delta = |index: Value, delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    let stop = |index: u64| json!({"type": "content_block_stop", "index": index});
    let wipe = || json!({"type": "tool_use", "id": MARK, "name": "wipe", "input": {}});
    let json_delta = |text: &str| json!({"type": "input_json_delta", "partial_json": text});
    let one = |block: Value| vec![start(json!(1), block), stop(1)];
    vec![
        (
            "a call that is denied",
            vec![
                start(json!(1), wipe()),
                delta(json!(1), json_delta("{\"zq9\":1}")),
                stop(1),
            ],
        ),
        (
            "a call that does not end",
            vec![
                start(json!(1), wipe()),
                delta(json!(1), json_delta("{\"zq9\"")),
            ],
        ),
        (
            "a call in a call",
            vec![start(json!(1), wipe()), start(json!(1), wipe()), stop(1)],
        ),
        (
            "a call where words are",
            vec![start(json!(0), wipe()), stop(0), start(json!(0), wipe())],
        ),
        ("an index that is a text", vec![start(json!("1"), wipe())]),
        ("a negative index", vec![start(json!(-1), wipe())]),
        ("no index", vec![start(Value::Null, wipe())]),
        (
            "a block that is a list",
            vec![start(json!(1), json!([wipe()])), stop(1)],
        ),
        (
            "a block that is a text",
            vec![start(json!(1), json!("zq9")), stop(1)],
        ),
        (
            "a call of a kind nobody knows",
            one(json!({"type": "new_tool_use", "id": MARK, "name": "wipe", "input": {"zq9": 1}})),
        ),
        (
            "a call whose kind is in capitals",
            one(json!({"type": "TOOL_USE", "id": MARK, "name": "wipe", "input": {"zq9": 1}})),
        ),
        (
            "a call without a name",
            one(json!({"type": "tool_use", "id": MARK, "input": {"zq9": 1}})),
        ),
        (
            "a call without a kind",
            one(json!({"id": MARK, "name": "wipe", "input": {"zq9": 1}})),
        ),
        (
            "arguments of no block",
            vec![delta(json!(7), json_delta("{\"zq9\":1}"))],
        ),
        (
            "words of no block",
            vec![delta(json!(7), json!({"type": "text_delta", "text": MARK}))],
        ),
        (
            "arguments that are no JSON",
            vec![
                start(json!(1), wipe()),
                delta(json!(1), json_delta("{\"zq9")),
                stop(1),
            ],
        ),
        (
            "arguments with a name twice",
            vec![
                start(
                    json!(1),
                    json!({"type": "tool_use", "id": MARK, "name": "read", "input": {}}),
                ),
                delta(json!(1), json_delta("{\"a\":1,\"a\":\"zq9\"}")),
                stop(1),
            ],
        ),
        (
            "words for a call",
            vec![
                start(json!(1), wipe()),
                delta(json!(1), json!({"type": "text_delta", "text": MARK})),
                stop(1),
            ],
        ),
        (
            "a delta of a kind nobody knows",
            vec![
                start(json!(1), json!({"type": "text", "text": ""})),
                delta(
                    json!(1),
                    json!({"type": "new_delta", "text": MARK, "call": {"name": MARK}}),
                ),
                stop(1),
            ],
        ),
        (
            "arguments for words",
            vec![
                start(json!(1), json!({"type": "text", "text": ""})),
                delta(json!(1), json_delta(MARK)),
            ],
        ),
        (
            "a stop of nothing",
            vec![
                stop(9),
                start(json!(1), json!({"type": "text", "text": MARK})),
            ],
        ),
        (
            "a call in the message",
            vec![
                json!({"type": "message_start", "message": {"role": "assistant", "content": [wipe()]}}),
            ],
        ),
        (
            "an event of a kind nobody knows",
            vec![json!({"type": "new", "content_block": wipe()})],
        ),
        ("a kind that is no word", vec![json!({"type": "a zq9"})]),
        (
            "a kind that begins an event",
            vec![json!({"type": "x\ndata: {\"type\":\"content_block_start\",\"zq9\":1}\n\n"})],
        ),
        ("no kind", vec![json!({"content_block": wipe()})]),
        (
            "a kind that is a list",
            vec![json!({"type": ["content_block_start"], "content_block": wipe()})],
        ),
        (
            "a call in a ping",
            vec![json!({"type": "ping", "content": [wipe()], "words": MARK})],
        ),
        (
            "a call at the end",
            vec![
                json!({"type": "message_delta", "delta": {"stop_reason": "tool_use", "content": [wipe()]}, "content": [wipe()]}),
            ],
        ),
    ]
}

/// Panics unless the stream ends with an error of its provider.
fn ends_badly(kind: Kind, answer: &Answer, case: &str) {
    let last = documents(answer);
    let failed = last.last().is_some_and(|data| kind.form.is_error(data));
    assert!(failed, "{}: {case}: {answer:?}", kind.target);
    assert!(!answer.text().contains("[DONE]"), "{case}: {answer:?}");
}

#[tokio::test]
async fn what_is_no_stream_ends_with_the_providers_error() {
    let scene = guarded().await;
    let mut random = StdRng::seed_from_u64(SEED);
    for kind in [OPENAI, ANTHROPIC] {
        for (case, bytes) in broken(kind) {
            let before = PLAIN.write(&begun(kind), &mut random);
            let behind = PLAIN.write(&ended(kind), &mut random);
            let body = [before.as_bytes(), &bytes, behind.as_bytes()].concat();
            let answer = streamed(&scene, kind, &body, &case).await;
            ends_badly(kind, &answer, &case);
        }
    }
}

#[tokio::test]
async fn no_unjudged_call_comes_out_of_a_hostile_stream() {
    let scene = guarded().await;
    let mut random = StdRng::seed_from_u64(SEED);
    for kind in [OPENAI, ANTHROPIC] {
        for (case, events) in hostile(kind) {
            let hostile: Vec<Event> = events.iter().map(|data| event(kind, data)).collect();
            // With an honest end, with the end that calls have, and with none.
            let mut called = ended(kind);
            called[0].1 = called[0].1.replace("\"stop\"", "\"tool_calls\"");
            for end in [ended(kind), called, Vec::new()] {
                let events = [begun(kind), hostile.clone(), end.clone()].concat();
                let body = PLAIN.write(&events, &mut random);
                let answer = streamed(&scene, kind, body.as_bytes(), case).await;
                let text = answer.text();
                assert!(!text.contains("\"tool_use\",\"id\""), "{case}: {answer:?}");
                if end.is_empty() && kind.target == "claude" {
                    ends_badly(kind, &answer, case);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_stream_that_is_cut_says_so() {
    let scene = guarded().await;
    let mut random = StdRng::seed_from_u64(SEED);
    for kind in [OPENAI, ANTHROPIC] {
        let call = hostile(kind).swap_remove(0).1;
        let call: Vec<Event> = call.iter().map(|data| event(kind, data)).collect();
        let body = PLAIN.write(&[begun(kind), call].concat(), &mut random);
        for cut in (1..body.len()).step_by(29) {
            // The connection breaks: so does the client's.
            let head = format!("HTTP/1.1 200 OK\r\n{EVENTS}Content-Length: 999999\r\n\r\n");
            let broken = [head.as_bytes(), &body.as_bytes()[..cut]].concat();
            scene.upstream.answers(broken);
            let answer = scene.send(&request(kind, true)).await.expect("a head");
            clean(&answer, "cut");
            assert!(!answer.whole, "{cut}: {answer:?}");
            // It ends without its last events.
            let case = format!("ended at {cut}");
            let answer = streamed(&scene, kind, &body.as_bytes()[..cut], &case).await;
            let complete = documents(&answer)
                .iter()
                .all(|data| !kind.form.is_error(data));
            // Some servers leave out the end of a chat.
            assert!(!complete || kind.target == "gpt", "{case}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_stream_without_end_is_not_held() {
    let scene = guarded().await;
    for kind in [OPENAI, ANTHROPIC] {
        for unit in [
            "data: ",
            "data: a",
            ":",
            "a",
            "event: x\n",
            "data: {\"a\":\n",
        ] {
            let unit = unit.repeat(1 + (1 << 16) / unit.len());
            let body = unit.repeat((50 << 20) / unit.len());
            let answer = streamed(&scene, kind, body.as_bytes(), &unit[..8]).await;
            assert!(answer.body.len() < 1 << 16, "{} bytes", answer.body.len());
            ends_badly(kind, &answer, &unit[..8]);
        }
    }
}
