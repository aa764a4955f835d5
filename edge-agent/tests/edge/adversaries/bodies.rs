//! Bodies that two parsers might read differently, that say something else than their head, or that are
//! too much. Those of MCP stand in [`super::mcp`].

use countersign_test_support::own_memory;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{
    scene::{ANTHROPIC, API, KINDS, Kind, MOST, OPENAI, Scene, auth, honest},
    wire::{self, post},
};

const SEED: u64 = 20_261_124;
/// The kinds whose requests are one document.
const DOCUMENTS: [Kind; 3] = [API, OPENAI, ANTHROPIC];

const BODY: &str = r#"{"model":"m","max_tokens":5,"stream":false,"messages":[{"role":"user","content":[{"type":"text","text":"zq9"}]}],"tools":[{"name":"f","input_schema":{"type":"object"}}],"x":[1,{"y":2}]}"#;

/// A gzip of a gzip of 10 MiB of nothing.
const BOMB: &str = "H4sIAAAAAAACA+3YOw3CYBhA0a+UoTwCEmCukM4siEAFTTqyoABwgAZW0p3UA+CA1y+D5pzpariLXRHJIL9fsuwX9f59fhbjAAAAAHqu7po8zYBYfm7Vag0AAAD03WY+G6UXMHxtH9OJOQIA/+AYbXk9RJziC161MrztJwAA";

pub fn bomb() -> Vec<u8> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.decode(BOMB).expect("base64")
}

/// Bodies that no strict reader takes.
fn malformed() -> Vec<(String, Vec<u8>)> {
    let mut cases: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: String, body: &str| cases.push((name, body.as_bytes().to_vec()));
    // A member twice, at every place where there is one, plain and escaped.
    for key in [
        "model",
        "max_tokens",
        "stream",
        "messages",
        "role",
        "content",
        "type",
        "text",
        "tools",
        "name",
        "input_schema",
        "x",
        "y",
    ] {
        let once = format!("\"{key}\":");
        let twice = format!("\"{key}\":0,\"{key}\":");
        add(format!("{key} twice"), &BODY.replacen(&once, &twice, 1));
        let first = u32::from(key.as_bytes()[0]);
        let escaped = format!("\"\\u{first:04x}{}\":0,\"{key}\":", &key[1..]);
        add(
            format!("{key} twice, escaped"),
            &BODY.replacen(&once, &escaped, 1),
        );
    }
    for depth in [65, 100, 1_000, 10_000] {
        let arrays = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        add(
            format!("{depth} arrays"),
            &BODY.replace("[1,{\"y\":2}]", &arrays),
        );
        let objects = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        add(
            format!("{depth} objects"),
            &BODY.replace("[1,{\"y\":2}]", &objects),
        );
        add(
            format!("{depth} arrays that do not end"),
            &"[".repeat(depth),
        );
    }
    for (name, body) in [
        ("two documents", format!("{BODY}\n{BODY}")),
        ("a tail", format!("{BODY}x")),
        ("a NUL behind it", format!("{BODY}\0")),
        ("a byte-order mark", format!("\u{feff}{BODY}")),
        ("a comment", format!("/* */{BODY}")),
        ("a comment at the end", format!("{BODY}//")),
        ("a trailing comma", BODY.replace("]}", "],}")),
        ("single quotes", BODY.replace('"', "'")),
        ("names without quotes", BODY.replace("\"model\"", "model")),
        ("half a surrogate pair", BODY.replace("zq9", "zq9\\ud800")),
        ("the other half", BODY.replace("zq9", "zq9\\udc00")),
        ("an escape that is none", BODY.replace("zq9", "zq9\\x41")),
        ("NaN", BODY.replace("[1,", "[NaN,")),
        ("infinity", BODY.replace("[1,", "[-Infinity,")),
        ("a leading zero", BODY.replace("[1,", "[01,")),
        ("a plus sign", BODY.replace("[1,", "[+1,")),
        ("a hexadecimal number", BODY.replace("[1,", "[0x1,")),
        ("a raw line end in a text", BODY.replace("zq9", "z\nq9")),
        ("a raw control character", BODY.replace("zq9", "z\x01q9")),
        ("True", BODY.replace("false", "False")),
        ("a form feed between", BODY.replacen(',', ",\x0c", 1)),
        ("a no-break space between", BODY.replacen(',', ",\u{a0}", 1)),
    ] {
        add(name.to_owned(), &body);
    }
    let mut random = StdRng::seed_from_u64(SEED);
    let broken: [&[u8]; 6] = [
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
        b"\x80",
    ];
    for number in 0..24 {
        let mut body = BODY.as_bytes().to_vec();
        let at = random.random_range(0..body.len());
        body.splice(at..at, broken[number % broken.len()].iter().copied());
        cases.push((format!("broken UTF-8 at {at}"), body));
    }
    for _ in 0..12 {
        let at = random.random_range(1..BODY.len());
        cases.push((format!("cut at {at}"), BODY.as_bytes()[..at].to_vec()));
    }
    cases
}

#[tokio::test]
async fn what_two_parsers_might_read_differently_is_refused() {
    let scene = Scene::new(|_, _| {}).await;
    let cases = malformed();
    for kind in DOCUMENTS {
        for (name, body) in &cases {
            let bytes = post(kind.path, &honest(), body);
            let answer = scene.refused(kind, &bytes, name).await;
            assert_eq!(answer.status, 400, "{}: {name}: {answer:?}", kind.target);
        }
    }
}

#[tokio::test]
async fn fields_that_decide_are_what_they_are_to_every_server() {
    let scene = Scene::new(|_, _| {}).await;
    let bodies = [
        r#"[{"model":"m"}]"#,
        r#""zq9""#,
        "7",
        "null",
        r#"{"model":1}"#,
        r#"{"model":["m"]}"#,
        r#"{"stream":"true","messages":[]}"#,
        r#"{"stream":1,"messages":[]}"#,
        r#"{"messages":"zq9"}"#,
        r#"{"messages":{"0":{}}}"#,
        r#"{"tools":{"name":"zq9"}}"#,
        r#"{"messages":[],"Messages":[{"role":"user","content":"zq9"}]}"#,
        r#"{"model":"m","MODEL":"zq9","messages":[]}"#,
        r#"{"messages":[],"tool\u017f":[{"name":"zq9"}]}"#,
        r#"{"messages":[],"Stream":true}"#,
    ];
    for kind in [OPENAI, ANTHROPIC] {
        for body in bodies {
            let bytes = post(kind.path, &honest(), body.as_bytes());
            scene.refused(kind, &bytes, body).await;
        }
    }
}

#[tokio::test]
async fn a_body_is_what_its_head_says() {
    let scene = Scene::new(|_, _| {}).await;
    // What says nothing of JSON, and is read as that by policies and by most frameworks.
    let twice = br#"{"amount":1,"amount":900}"#;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "a/b",
        "*/*",
        "",
    ] {
        let headers = format!("{}Content-Type: {kind}\r\n", auth());
        let bytes = post(API.path, &headers, twice);
        scene.refused(API, &bytes, kind).await;
    }
    let bytes = post(API.path, &auth(), twice);
    scene.refused(API, &bytes, "no type at all").await;
    // What says JSON and is something else.
    let form: &[u8] = b"amount=1&amount=900";
    for kind in [
        "application/json",
        "APPLICATION/JSON ; charset=utf-8",
        "a/b+json",
    ] {
        let headers = format!("{}Content-Type: {kind}\r\n", auth());
        let bytes = post(API.path, &headers, form);
        scene.refused(API, &bytes, kind).await;
        let utf16: Vec<u8> = BODY.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let bytes = post(API.path, &headers, &utf16);
        scene.refused(API, &bytes, "UTF-16").await;
    }
}

#[tokio::test]
async fn what_is_compressed_is_not_judged_unseen() {
    let scene = Scene::new(|_, _| {}).await;
    let codings = [
        "gzip",
        "x-gzip",
        "br",
        "deflate",
        "zstd",
        "compress",
        "gzip, gzip",
        "identity, gzip",
        "Identity",
        "aes128gcm",
        ",",
    ];
    for kind in KINDS {
        for coding in codings {
            for body in [bomb(), BODY.as_bytes().to_vec()] {
                let headers = format!("{}Content-Encoding: {coding}\r\n", honest());
                let bytes = post(kind.path, &headers, &body);
                scene.refused(kind, &bytes, coding).await;
            }
        }
        // Compressed, and not said to be.
        let bytes = post(kind.path, &honest(), &bomb());
        scene
            .refused(kind, &bytes, "a bomb that says it is JSON")
            .await;
    }
}

#[tokio::test]
async fn bodies_of_50_megabytes_are_refused_and_not_held() {
    const LARGE: usize = 50 << 20;
    let scene = Scene::new(|_, _| {}).await;
    let before = own_memory(std::process::id()).expect("Linux");
    for kind in KINDS {
        let body = vec![b' '; LARGE];
        let whole = post(kind.path, &honest(), &body);
        let answer = scene.refused(kind, &whole, "50 MB").await;
        assert_eq!(answer.status, 413, "{answer:?}");
        let head = |more: &str| {
            let head = format!("POST {} HTTP/1.1\r\nHost: x\r\n", kind.path);
            [head, honest(), more.to_owned(), "\r\n".to_owned()].concat()
        };
        // In chunks: many, and one that says it is as large.
        let mut many = head("Transfer-Encoding: chunked\r\n").into_bytes();
        for chunk in body.chunks(64 << 10) {
            many.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            many.extend_from_slice(chunk);
            many.extend_from_slice(b"\r\n");
        }
        let answer = scene.refused(kind, &many, "50 MB in chunks").await;
        assert_eq!(answer.status, 413, "{answer:?}");
        let one = head("Transfer-Encoding: chunked\r\n") + "3200000\r\nabc";
        let answer = scene
            .refused(kind, one.as_bytes(), "a chunk of 50 MB")
            .await;
        assert_eq!(answer.status, 413, "{answer:?}");
        // Who asks first is not told to go on.
        let asks = head("Expect: 100-continue\r\nContent-Length: 52428800\r\n");
        let answer = scene
            .refused(kind, asks.as_bytes(), "50 MB, announced")
            .await;
        assert_eq!(answer.status, 413, "{answer:?}");
    }
    let grown = own_memory(std::process::id())
        .expect("Linux")
        .saturating_sub(before);
    // This process has the cases themselves, too: one at a time.
    assert!(grown < 4 * LARGE as u64, "{grown} bytes more");
    // One byte less than too many is taken.
    scene
        .upstream
        .answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let fits = format!("\"{}\"", "a".repeat(MOST - 2));
    let bytes = post(API.path, &honest(), fits.as_bytes());
    let answer = wire::send(scene.address(), &bytes).await.expect("answered");
    assert_eq!(answer.status, 200, "{answer:?}");
}
