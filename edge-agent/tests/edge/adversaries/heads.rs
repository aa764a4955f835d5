//! Heads and framings that two servers might read differently: refused, and never forwarded.

use rand::{SeedableRng as _, rngs::StdRng};

use super::scene::{KINDS, Kind, Scene, auth, honest, pick};

const SEED: u64 = 20_261_123;
/// Of each kind of target; a multiple of [`FAMILIES`].
const CASES: usize = 140;
const FAMILIES: usize = 28;

/// What a request hides behind its end.
fn hidden(kind: Kind) -> String {
    format!("POST {} HTTP/1.1\r\nHost: x\r\n{}\r\n", kind.path, auth())
}

/// A hostile request by its number; its path holds a mark that must never reach the upstream.
fn hostile(kind: Kind, number: usize, random: &mut StdRng) -> Vec<u8> {
    let text = match number % FAMILIES {
        family @ 0..10 => framing(kind, family, random),
        family @ 10..20 => lines(kind, family, random),
        family => headers(kind, family, random),
    };
    text.into_bytes()
}

/// Lengths and codings.
fn framing(kind: Kind, family: usize, random: &mut StdRng) -> String {
    let blank = *pick(random, &["", " ", "\t", "\x0b", "  "]);
    let hidden = hidden(kind);
    let length = hidden.len();
    let head = |more: &str| post(kind, more);
    let chunked = "Transfer-Encoding: chunked\r\n";
    match family {
        0 => {
            let second = format!("Content-Length:{blank}{length}\r\n");
            head(&format!("Content-Length: 4\r\n{second}")) + &hidden
        }
        1 => {
            let coding = format!("Transfer-Encoding:{blank}chunked\r\n");
            head(&format!("Content-Length: {length}\r\n{coding}")) + "0\r\n\r\n"
        }
        2 => {
            let coding = format!("Transfer-Encoding:{blank}chunked, identity\r\n");
            head(&coding) + "0\r\n\r\n" + &hidden
        }
        3 => head("Transfer-Encoding: identity\r\nContent-Length: 0\r\n") + &hidden,
        4 => head(&format!("Transfer-Encoding: x{blank}chunked\r\n")) + "0\r\n\r\n",
        5 => {
            let lengths = ["0x5", "5_0", "", "1e1", "99999999999999999999", "٥"];
            head(&format!("Content-Length: {}\r\n", pick(random, &lengths))) + "12345"
        }
        6 => {
            let lengths = ["+5", "-5", "5,5", "5, 6", "1 5"];
            head(&format!("Content-Length: {}\r\n", pick(random, &lengths))) + "12345"
        }
        7 => {
            let sizes = [
                "3;a=\"\r\n",
                "3 \r\n",
                "0x3\r\n",
                "+3\r\n",
                "3\n",
                "3\r\r\n",
                "FFFFFFFFFFFFFFFFF\r\n",
            ];
            head(chunked) + pick::<&str>(random, &sizes) + "abc\r\n0\r\n\r\n"
        }
        8 => head(&chunked.repeat(2)) + "0\r\n\r\n",
        _ => {
            let trailers = ["X: a\n\r\n", "X: a\rb\r\n\r\n", "X: a\n\n"];
            head(chunked) + "0\r\n" + pick::<&str>(random, &trailers)
        }
    }
}

/// Request lines, line ends and folds.
fn lines(kind: Kind, family: usize, random: &mut StdRng) -> String {
    let (path, auth) = (kind.path, auth());
    let hidden = hidden(kind);
    let rest = format!("HTTP/1.1\r\nHost: x\r\n{auth}\r\n");
    match family {
        10 => {
            let fold = pick::<&str>(random, &[" ", "\t"]);
            post(
                kind,
                &format!("X: a\r\n{fold}Content-Length: {}\r\n", hidden.len()),
            ) + &hidden
        }
        11 => post(kind, &format!("Content-Length: {}\n", hidden.len())) + &hidden,
        12 => format!("GET {path} HTTP/1.1\nHost: x\n{auth}\n"),
        13 => post(
            kind,
            &format!("X: a{}Y: b\r\n", pick::<&str>(random, &["\r", "\0", "\n"])),
        ),
        14 => {
            let authority = pick::<&str>(random, &["x", "evil", "x@evil", "x:80", "127.0.0.1"]);
            format!("GET http://{authority}{path} {rest}")
        }
        15 => {
            let hosts = ["Host: x\r\n", "Host: evil\r\n", "host:\r\n"];
            post(kind, pick::<&str>(random, &hosts))
        }
        16 => format!("GET {path} HTTP/1.1\r\n{auth}\r\n"),
        17 => {
            let version = pick::<&str>(random, &["1.1 ", "2.0", "9.9", "1.1x", "1.2", "01.1"]);
            format!("GET {path} HTTP/{version}\r\nHost: x\r\n{auth}\r\n")
        }
        18 => {
            let method = pick::<&str>(random, &["GE T", "G\tT", "(GET)", "", "CONNECT", "GET\0"]);
            format!("{method} {path} {rest}")
        }
        _ => format!("GET {path}?a=\x01b {rest}"),
    }
}

/// Headers that one server takes and another does not.
fn headers(kind: Kind, family: usize, random: &mut StdRng) -> String {
    let sized = "Content-Length: 2\r\n";
    let with = |more: &str| post(kind, &format!("{more}{sized}")) + "{}";
    match family {
        20 => {
            let blank = pick::<&str>(random, &[" ", "\t", "\x0b"]);
            post(kind, &format!("Content-Length{blank}: 2\r\n")) + "{}"
        }
        21 => {
            let names = [
                "Content_Length",
                "Transfer_Encoding",
                "content_type",
                "Content_Encoding",
            ];
            with(&format!("{}: 5\r\n", pick::<&str>(random, &names)))
        }
        22 => {
            let kinds = ["text/plain", "application/json", "application/x-yaml"];
            with(&format!(
                "Content-Type: {}\r\n",
                pick::<&str>(random, &kinds)
            ))
        }
        23 => {
            let codings = ["gzip", "br", "identity", "deflate"];
            let coding = pick::<&str>(random, &codings);
            with(&format!(
                "Content-Encoding: identity\r\nContent-Encoding: {coding}\r\n"
            ))
        }
        24 => with(&"X: a\r\n".repeat(101)),
        25 => with(&format!("X: {}\r\n", "a".repeat(70_000))),
        26 => {
            let names = [": a", "X y: a", "X(): a", "é: a", "nothing at all"];
            with(&format!("{}\r\n", pick::<&str>(random, &names)))
        }
        _ => {
            let codings = ["gzip", "br", "zstd", "x-gzip", "gzip, identity", "GZIP", ""];
            let coding = pick::<&str>(random, &codings);
            post(
                kind,
                &format!("Content-Encoding: {coding}\r\nContent-Length: 4\r\n"),
            ) + "\x1f\x08ab"
        }
    }
}

fn post(kind: Kind, more: &str) -> String {
    format!(
        "POST {} HTTP/1.1\r\nHost: x\r\n{}{more}\r\n",
        kind.path,
        honest()
    )
}

#[tokio::test]
async fn nothing_ambiguous_is_forwarded() {
    let scene = Scene::new(|_, _| {}).await;
    let mut random = StdRng::seed_from_u64(SEED);
    for kind in KINDS {
        for number in 0..CASES {
            let bytes = hostile(kind, number, &mut random);
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(400)]).into_owned();
            let case = format!("{number} ({}): {shown:?}", number % FAMILIES);
            scene.refused(kind, &bytes, &case).await;
        }
    }
}

#[tokio::test]
async fn no_path_is_read_in_two_ways() {
    let scene = Scene::new(|_, _| {}).await;
    let paths = [
        "%2f",
        "%5c",
        "%00",
        "%",
        "%zz",
        "\\",
        "a%2F..%2F",
        "%c0%ae",
        "%ff",
        "%0d%0a",
        "a\x7f",
        "?a=\x02",
        "?a=\"",
        "?a=\\",
    ];
    for kind in KINDS {
        for path in paths {
            let case = format!("{path:?}");
            let head = format!("GET {}/{path}/zq9 HTTP/1.1\r\nHost: x\r\n", kind.path);
            let bytes = [head, honest(), "\r\n".to_owned()].concat();
            scene.refused(kind, bytes.as_bytes(), &case).await;
        }
    }
}

#[tokio::test]
async fn no_header_stands_for_the_method() {
    let scene = Scene::new(|_, _| {}).await;
    let kind = super::scene::API;
    for name in [
        "X-HTTP-Method-Override",
        "x-http-method",
        "X_Method-Override",
    ] {
        let more = format!("{name}: DELETE\r\nContent-Length: 2\r\n");
        let bytes = post(kind, &more) + "{}";
        scene.refused(kind, bytes.as_bytes(), name).await;
    }
    // It still serves the honest.
    scene
        .upstream
        .answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let bytes = post(kind, "Content-Length: 2\r\n") + "{}";
    let answer = scene.send(bytes.as_bytes()).await.expect("an answer");
    assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
}
