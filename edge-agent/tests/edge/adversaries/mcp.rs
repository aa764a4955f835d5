//! MCP: bodies and headers that two readers might take differently, sessions of others, names that
//! collide, tools that hide something, and answers that are none. Each is refused in the protocol's own
//! form, and the server sees none of it.

use serde_json::{Value, json};

use crate::{
    mcp::scene::{ACCEPT, OTHER, Scene, call, request, tool},
    support::{SECRET, bind_plugin},
};

use super::scene::MARK;

/// A generator with a seed, so that a failure can be repeated.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("small") % below
    }
}

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"a":{"b":[1,{"c":2}]}}}}"#;

/// Bodies that no strict reader takes.
fn bodies() -> Vec<(String, Vec<u8>)> {
    let mut cases: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: String, body: Vec<u8>| cases.push((name, body));
    // A member twice, at every place where there is one, plain and escaped.
    for key in [
        "jsonrpc",
        "id",
        "method",
        "params",
        "name",
        "arguments",
        "a",
        "b",
        "c",
    ] {
        let plain = CALL.replacen(
            &format!("\"{key}\":"),
            &format!("\"{key}\":0,\"{key}\":"),
            1,
        );
        add(format!("{key} twice"), plain.into_bytes());
        let first = key.chars().next().expect("a letter");
        let escaped = format!("\"\\u{:04x}{}\":0,\"{key}\":", u32::from(first), &key[1..]);
        let escaped = CALL.replacen(&format!("\"{key}\":"), &escaped, 1);
        add(format!("{key} twice, escaped"), escaped.into_bytes());
    }
    for depth in [65, 100, 1_000, 10_000, 100_000] {
        let deep = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        add(
            format!("{depth} arrays"),
            CALL.replace("[1,{\"c\":2}]", &deep).into_bytes(),
        );
        let deep = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        add(
            format!("{depth} objects"),
            CALL.replace("[1,{\"c\":2}]", &deep).into_bytes(),
        );
        add(
            format!("{depth} arrays that do not end"),
            "[".repeat(depth).into_bytes(),
        );
    }
    // Broken UTF-8 at seeded places.
    let mut seeded = Seeded(7);
    let broken: [&[u8]; 5] = [
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
    ];
    for number in 0..30 {
        let mut body = CALL.as_bytes().to_vec();
        let at = seeded.next(body.len());
        let bytes = broken[number % broken.len()];
        body.splice(at..at, bytes.iter().copied());
        add(format!("broken UTF-8 at {at}"), body);
    }
    // Cut at seeded places.
    for _ in 0..20 {
        let at = seeded.next(CALL.len());
        add(format!("cut at {at}"), CALL.as_bytes()[..at].to_vec());
    }
    let odd = [
        ("a batch", format!("[{CALL}]")),
        ("two messages", format!("{CALL}\n{CALL}")),
        ("a tail", format!("{CALL}x")),
        ("nothing", String::new()),
        ("a comment", format!("/* */{CALL}")),
        ("a trailing comma", CALL.replace("]}}", "],}}")),
        ("single quotes", CALL.replace('"', "'")),
        ("a lone surrogate", CALL.replace("echo", "\\ud800")),
        ("NaN", CALL.replace("[1,", "[NaN,")),
        ("a leading zero", CALL.replace("[1,", "[01,")),
        ("a raw line end in a text", CALL.replace("echo", "ec\nho")),
        ("no version", CALL.replace("\"jsonrpc\":\"2.0\",", "")),
        ("another version", CALL.replace("\"2.0\"", "\"1.0\"")),
        (
            "an id that is null",
            CALL.replace("\"id\":1", "\"id\":null"),
        ),
        (
            "an id that is an object",
            CALL.replace("\"id\":1", "\"id\":{}"),
        ),
        (
            "an id that is no integer",
            CALL.replace("\"id\":1", "\"id\":1.5"),
        ),
        (
            "params that are an array",
            CALL.replace("{\"name\"", "[{\"name\"")
                .replace("}}}}", "}}}]}"),
        ),
        (
            "a method that is no text",
            CALL.replace("\"tools/call\"", "7"),
        ),
        (
            "a result beside a method",
            CALL.replace("\"id\":1", "\"id\":1,\"result\":{}"),
        ),
        (
            "an answer nobody asked for",
            "{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}".to_owned(),
        ),
        (
            "a notification nobody knows",
            "{\"jsonrpc\":\"2.0\",\"method\":\"x/y\"}".to_owned(),
        ),
    ];
    cases.extend(odd.map(|(name, body)| (name.to_owned(), body.into_bytes())));
    cases
}

#[tokio::test]
async fn what_two_readers_might_take_differently_is_refused() {
    let scene = Scene::new(|_, _| {}).await;
    let session = scene.begin("/tools", json!({})).await;
    let before = scene.server.count();
    let bearer = format!("Bearer {SECRET}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("accept", ACCEPT),
        ("content-type", "application/json"),
        ("mcp-session-id", session.as_str()),
    ];
    let cases = bodies();
    assert!(cases.len() >= 100, "{} cases", cases.len());
    for (name, body) in cases {
        let answer = scene.send("/tools", &headers, body).await;
        assert!(
            (400..500).contains(&answer.status),
            "{name}: {} {}",
            answer.status,
            answer.text
        );
        assert_eq!(answer.json()["jsonrpc"], "2.0", "{name}: {}", answer.text);
        assert!(
            answer.json()["error"]["code"].is_i64(),
            "{name}: {}",
            answer.text
        );
        assert_eq!(scene.server.count(), before, "{name} was sent on");
    }
    // The session is as good as before.
    let answer = scene
        .send("/tools", &headers, CALL.as_bytes().to_vec())
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn heads_that_do_not_fit_are_refused() {
    let scene = Scene::new(|_, _| {}).await;
    let session = scene.begin("/tools", json!({})).await;
    let before = scene.server.count();
    let bearer = format!("Bearer {SECRET}");
    let base = [
        ("authorization", bearer.as_str()),
        ("accept", ACCEPT),
        ("content-type", "application/json"),
        ("mcp-session-id", session.as_str()),
    ];
    let cases: &[(&str, &str, u16)] = &[
        ("origin", "http://evil.example", 403),
        ("origin", "null", 403),
        ("origin", "http://localhost.evil.example", 403),
        ("accept", "application/json", 406),
        ("accept", "text/html", 406),
        ("content-type", "text/plain", 415),
        ("content-type", "application/x-www-form-urlencoded", 415),
        ("content-encoding", "gzip", 415),
        ("mcp-session-id", "0", 404),
        ("mcp-session-id", "", 404),
        ("mcp-protocol-version", "1999-01-01", 400),
        ("mcp-protocol-version", "2025-06-18", 400),
        ("mcp-protocol-version", "2026-07-28", 400),
        ("mcp-method", "tools/list", 400),
        ("mcp-name", "refund", 400),
        ("mcp-name", "=?base64?!!?=", 400),
        ("authorization", "Bearer csp_wrong", 401),
    ];
    for (name, value, status) in cases {
        let mut headers: Vec<_> = base
            .iter()
            .filter(|(known, _)| known != name)
            .copied()
            .collect();
        headers.push((name, value));
        let answer = scene
            .send("/tools", &headers, CALL.as_bytes().to_vec())
            .await;
        assert_eq!(answer.status, *status, "{name}: {value}: {}", answer.text);
        assert_eq!(scene.server.count(), before, "{name}: {value} was sent on");
    }
    let mut twice = base.to_vec();
    twice.push(("mcp-session-id", "x"));
    assert_eq!(
        scene
            .send("/tools", &twice, CALL.as_bytes().to_vec())
            .await
            .status,
        400
    );
    let near = [&base[..], &[("origin", "http://localhost:6274")]].concat();
    assert_eq!(
        scene
            .send("/tools", &near, CALL.as_bytes().to_vec())
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_body_of_50_megabytes_is_not_held() {
    let scene = Scene::new(|_, _| {}).await;
    let session = scene.begin("/tools", json!({})).await;
    let before = scene.server.count();
    let body = CALL.replace("\"b\"", &format!("\"{}\"", "b".repeat(50 << 20)));
    let request = scene.client.post(scene.url("/tools")).bearer_auth(SECRET);
    let request = request
        .header("accept", ACCEPT)
        .header("content-type", "application/json");
    let sent = request
        .header("mcp-session-id", &session)
        .body(body)
        .send()
        .await;
    // The edge answers and closes; a client that is still writing may see that alone.
    if let Ok(answer) = sent {
        assert_eq!(answer.status(), 413);
        let answer: Value = answer.json().await.expect("JSON");
        assert!(answer["error"]["code"].is_i64(), "{answer}");
    }
    assert_eq!(scene.server.count(), before);
}

#[tokio::test]
async fn tools_that_hide_something_are_not_offered() {
    let scene = Scene::new(|_, _| {}).await;
    let hidden: Vec<Value> = [
        "\u{e0041}\u{e0042}",
        "\u{200b}",
        "\u{202e}",
        "\u{1b}[8m",
        "\u{feff}",
        "\u{2066}",
    ]
    .iter()
    .enumerate()
    .map(|(n, mark)| tool(&format!("t{n}"), &format!("Adds.{mark}"), json!({})))
    .collect();
    *scene.server.tools.lock().expect("not poisoned") = hidden;
    let session = scene.begin("/tools", json!({})).await;
    let list = request(1, "tools/list", json!({}));
    let list = scene.post("/tools", Some(&session), &list).await.json();
    assert_eq!(list["result"]["tools"], json!([]), "{list}");
    let call = call(2, "t0", json!({}));
    let call = scene.post("/tools", Some(&session), &call).await.json();
    assert_eq!(call["result"]["isError"], true, "{call}");
    assert!(scene.server.calls().is_empty());
}

#[tokio::test]
async fn nobody_has_anothers_session() {
    let scene = Scene::new(|_, _| {}).await;
    let session = scene.begin("/tools", json!({})).await;
    let before = scene.server.count();
    let other = format!("Bearer {OTHER}");
    for id in [session.as_str(), &session.to_uppercase(), "../x", "*", " "] {
        let headers = [
            ("authorization", other.as_str()),
            ("accept", ACCEPT),
            ("content-type", "application/json"),
            ("mcp-session-id", id),
        ];
        for method in ["POST", "GET", "DELETE"] {
            let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
            let mut request = scene.client.request(method, scene.url("/tools")).body(CALL);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 404, "{id}");
            let answer: Value = answer.json().await.expect("JSON");
            assert!(answer["error"]["code"].is_i64(), "{id}: {answer}");
        }
        // Of another target it is none either, whoever asks.
        let mut own = headers;
        let bearer = format!("Bearer {SECRET}");
        own[0].1 = &bearer;
        let answer = scene.send("/joined", &own, CALL.into()).await;
        assert_eq!(answer.status, 404, "{id}: {}", answer.text);
    }
    assert_eq!(scene.server.count(), before);
    // It is still its owner's.
    let answer = scene
        .post("/tools", Some(&session), &call(5, "echo", json!({})))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn names_that_collide_are_not_guessed() {
    let scene = Scene::new(|_, _| {}).await;
    let echo = |words: &str| tool("echo", words, json!({}));
    let tools = vec![
        echo("Says it."),
        echo("Says zq9."),
        tool("read", "Reads.", json!({})),
    ];
    *scene.server.tools.lock().expect("not poisoned") = tools;
    for target in ["/tools", "/joined"] {
        let session = scene.begin(target, json!({})).await;
        let list = request(1, "tools/list", json!({}));
        let list = scene.post(target, Some(&session), &list).await.json();
        let names = list["result"]["tools"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let mut names: Vec<&str> = names
            .iter()
            .filter_map(|tool| tool["name"].as_str())
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{list}");
    }
    // A name without its server, or with one that there is not, is nobody's.
    let session = scene.begin("/joined", json!({})).await;
    for name in ["echo", "other__echo", "__echo", "FILES__echo"] {
        let answer = scene
            .post("/joined", Some(&session), &call(2, name, json!({})))
            .await;
        let answer = answer.json();
        let refused = answer["error"]["code"].is_i64() || answer["result"]["isError"] == true;
        assert!(refused, "{name}: {answer}");
    }
    assert!(scene.server.calls().is_empty());
    // The first `__` ends the server's name: what follows is the tool's, whatever it looks like.
    let answer = scene
        .post(
            "/joined",
            Some(&session),
            &call(2, "files__mail__echo", json!({})),
        )
        .await;
    assert!(answer.json()["result"].is_object());
    assert_eq!(scene.server.calls()[0]["name"], "mail__echo");
}

const JSON: (&str, &str) = ("content-type", "application/json");
const STREAM: (&str, &str) = ("content-type", "text/event-stream");

/// Answers to a call that are none, with a mark that must not come out.
fn answers() -> Vec<(&'static str, crate::mcp::scene::Raw)> {
    let good = r#"{"jsonrpc":"2.0","id":{id},"result":{"content":[{"type":"text","text":"zq9"}]}}"#;
    let json = |text: String| (200, vec![JSON], text.into_bytes());
    let with =
        |header: (&'static str, &'static str)| (200, vec![JSON, header], good.as_bytes().to_vec());
    let event = |data: &str| (200, vec![STREAM], format!("data: {data}\n\n").into_bytes());
    let mut broken = good.as_bytes().to_vec();
    let at = broken.len() - 9;
    broken.insert(at, 0xff);
    vec![
        ("compressed", with(("content-encoding", "gzip"))),
        ("compressed otherwise", with(("content-encoding", "br"))),
        (
            "a page",
            (200, vec![("content-type", "text/html")], good.into()),
        ),
        ("no type", (200, vec![], good.into())),
        (
            "a name twice",
            json(good.replace("\"result\":", "\"result\":{},\"result\":")),
        ),
        (
            "a name twice, escaped",
            json(good.replace("\"text\":\"zq9", "\"\\u0074ext\":\"\",\"text\":\"zq9")),
        ),
        ("two documents", json(format!("{good}{good}"))),
        ("a batch", json(format!("[{good}]"))),
        ("cut", json(good[..good.len() - 2].to_owned())),
        (
            "a result and an error",
            json(good.replace("\"result\"", "\"error\":{\"code\":1},\"result\"")),
        ),
        (
            "an answer to something else",
            json(good.replace("{id}", "\"zq9\"")),
        ),
        ("broken UTF-8", (200, vec![JSON], broken.clone())),
        (
            "too deep",
            json(good.replace(
                "\"zq9\"",
                &format!("{}\"zq9\"{}", "[".repeat(90), "]".repeat(90)),
            )),
        ),
        (
            "elsewhere",
            (307, vec![("location", "http://zq9.example/")], Vec::new()),
        ),
        (
            "a stream with a name twice",
            event(&good.replace("\"result\":", "\"result\":{},\"result\":")),
        ),
        ("a stream of nonsense", event("zq9")),
        (
            "a stream that ends early",
            (200, vec![STREAM], format!("data: {good}\n").into_bytes()),
        ),
        (
            "a stream of broken UTF-8",
            (
                200,
                vec![STREAM],
                [b"data: ", &broken[..], b"\n\n"].concat(),
            ),
        ),
    ]
}

#[tokio::test]
async fn what_is_no_answer_is_an_error_to_the_client() {
    let scene = Scene::new(|_, _| {}).await;
    let session = scene.begin("/tools", json!({})).await;
    for (name, raw) in answers() {
        *scene.server.raw.lock().expect("not poisoned") = Some(raw);
        let answer = scene
            .post("/tools", Some(&session), &call(3, "echo", json!({})))
            .await;
        assert!(!answer.text.contains(MARK), "{name}: {}", answer.text);
        let message = answer.json();
        assert_eq!(
            message["id"], 3,
            "{name}: {} {}",
            answer.status, answer.text
        );
        let failed = message["error"]["code"].is_i64() || message["result"]["isError"] == true;
        assert!(failed, "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn an_answer_is_masked_however_its_stream_is_written() {
    let scene = Scene::new(|bundle, plane| {
        let masks = json!({"entities": [{"entity": "EMAIL_ADDRESS", "style": "redact"}]});
        bind_plugin(bundle, plane, "pii-mask", masks);
    })
    .await;
    let session = scene.begin("/tools", json!({})).await;
    let good = r#"{"jsonrpc":"2.0","id":{id},"result":{"content":[{"type":"text","text":"jane@example.com"}]}}"#;
    let parted = good.replace("\":", "\":\ndata:");
    for (name, text) in [
        ("LF", format!("data: {good}\n\n")),
        ("CR", format!("data: {good}\r\r")),
        ("CRLF", format!("data: {good}\r\n\r\n")),
        ("a mark", format!("\u{feff}data: {good}\n\n")),
        ("parted", format!("data:{parted}\n\n")),
        (
            "comments",
            format!("{}data: {good}\n\n", ": x\n".repeat(10_000)),
        ),
    ] {
        let raw = (200, vec![STREAM], text.into_bytes());
        *scene.server.raw.lock().expect("not poisoned") = Some(raw);
        let answer = scene
            .post("/tools", Some(&session), &call(4, "echo", json!({})))
            .await;
        assert!(!answer.text.contains("jane"), "{name}: {}", answer.text);
        assert!(
            answer.text.contains("[EMAIL_ADDRESS]"),
            "{name}: {}",
            answer.text
        );
    }
}
