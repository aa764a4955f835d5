//! Bodies and headers that two readers might take differently: each is refused in the protocol's own
//! form, and the server sees none of it.

use serde_json::{Value, json};

use crate::{
    mcp::scene::{ACCEPT, Scene},
    support::SECRET,
};

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
    .map(|(n, mark)| crate::mcp::scene::tool(&format!("t{n}"), &format!("Adds.{mark}"), json!({})))
    .collect();
    *scene.server.tools.lock().expect("not poisoned") = hidden;
    let session = scene.begin("/tools", json!({})).await;
    let list = crate::mcp::scene::request(1, "tools/list", json!({}));
    let list = scene.post("/tools", Some(&session), &list).await.json();
    assert_eq!(list["result"]["tools"], json!([]), "{list}");
    let call = crate::mcp::scene::call(2, "t0", json!({}));
    let call = scene.post("/tools", Some(&session), &call).await.json();
    assert_eq!(call["result"]["isError"], true, "{call}");
    assert!(scene.server.calls().is_empty());
}
