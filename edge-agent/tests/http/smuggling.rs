//! Requests that two servers might read differently: refused, and never forwarded.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    scene::Scene,
    support::{SECRET, kind},
};

const SEED: u64 = 20_261_123;
const CASES: usize = 320;

/// A hostile request by its number, with a marker in its path that must never reach the upstream.
fn hostile(number: usize, random: &mut StdRng) -> Vec<u8> {
    let blank = *pick(random, &["", " ", "\t", "\x0b", "  "]);
    let auth = format!("Authorization: Bearer {SECRET}\r\n");
    let hidden = "GET /api/marked HTTP/1.1\r\nHost: x\r\n\r\n";
    let length = hidden.len();
    let head = |more: &str| format!("POST /api/marked HTTP/1.1\r\nHost: x\r\n{auth}{more}\r\n");
    let text = match number % 20 {
        0 => {
            head(&format!(
                "Content-Length: 4\r\nContent-Length:{blank}{length}\r\n"
            )) + hidden
        }
        1 => {
            head(&format!(
                "Content-Length: {length}\r\nTransfer-Encoding:{blank}chunked\r\n"
            )) + "0\r\n\r\n"
        }
        2 => {
            head(&format!("Transfer-Encoding:{blank}chunked, identity\r\n")) + "0\r\n\r\n" + hidden
        }
        3 => head("Transfer-Encoding: identity\r\nContent-Length: 0\r\n") + hidden,
        4 => head(&format!("Transfer-Encoding: x{blank}chunked\r\n")) + "0\r\n\r\n",
        5 => {
            head(&format!(
                "X: a\r\n{}Content-Length: {length}\r\n",
                pick(random, &[" ", "\t"])
            )) + hidden
        }
        6 => head(&format!("Content-Length: {length}\n")) + hidden,
        7 => format!("GET /api/marked HTTP/1.1\nHost: x\n{auth}\n"),
        8 => format!(
            "GET http://{}/api/marked HTTP/1.1\r\nHost: x\r\n{auth}\r\n",
            pick(random, &["x", "evil", "x@evil", "x:80"])
        ),
        9 => format!(
            "GET /api/marked HTTP/1.1\r\nHost: x\r\nHost: {}\r\n{auth}\r\n",
            pick(random, &["x", "evil"])
        ),
        10 => head("Content-Length: 0x5\r\n") + "12345",
        11 => {
            head(&format!(
                "Content-Length: {}5\r\n",
                pick(random, &["+", "-", "5,", "1 "])
            )) + "12345"
        }
        12 => {
            head("Transfer-Encoding: chunked\r\n")
                + *pick(
                    random,
                    &[
                        "3;a=\"\r\n",
                        "3 \r\n",
                        "0x3\r\n",
                        "+3\r\n",
                        "3\n",
                        "FFFFFFFFFFFFFFFFF\r\n",
                    ],
                )
                + "abc\r\n0\r\n\r\n"
        }
        13 => head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
        14 => format!(
            "GET /api/{}marked HTTP/1.1\r\nHost: x\r\n{auth}\r\n",
            pick(
                random,
                &["%2f", "%5c", "%00", "%", "%zz", "\\", "a%2F..%2F"]
            )
        ),
        15 => format!(
            "GET /api/marked HTTP/{} \r\nHost: x\r\n{auth}\r\n",
            pick(random, &["1.1", "2.0", "9.9", "1.1x"])
        ),
        16 => {
            head(&format!(
                "Content-Length{}: {length}\r\n",
                pick(random, &[" ", "\t", "\x0b"])
            )) + hidden
        }
        17 => format!(
            "{} /api/marked HTTP/1.1\r\nHost: x\r\n{auth}\r\n",
            pick(random, &["GE T", "G\tT", "(GET)", "", "CONNECT"])
        ),
        18 => head("Content-Encoding: gzip\r\nContent-Length: 4\r\n") + "\x1f\x08ab",
        _ => format!("GET /api/marked?a=\x01{blank}b HTTP/1.1\r\nHost: x\r\n{auth}\r\n"),
    };
    text.into_bytes()
}

#[tokio::test]
async fn nothing_ambiguous_is_forwarded() {
    let scene = Scene::new(|_, _| {}).await;
    let mut random = StdRng::seed_from_u64(SEED);
    for number in 0..CASES {
        let bytes = hostile(number, &mut random);
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        let mut socket = TcpStream::connect(scene.address()).await.expect("connects");
        socket.write_all(&bytes).await.expect("sends");
        // What is malformed ends the connection; of what is only refused the client may go on.
        socket.shutdown().await.expect("half closed");
        let mut answer = Vec::new();
        let read = timeout(Duration::from_secs(5), socket.read_to_end(&mut answer)).await;
        assert!(read.is_ok(), "{number}: still open: {shown:?}");
        let answer = String::from_utf8_lossy(&answer);
        let refused = ["400", "413", "431", "505"];
        let is_refused = refused
            .iter()
            .any(|code| answer.starts_with(&format!("HTTP/1.1 {code} ")));
        assert!(
            answer.is_empty() || is_refused,
            "{number}: {shown:?}: {answer}"
        );
        // Nothing behind it is taken for a request of its own.
        assert!(
            answer
                .lines()
                .filter(|line| line.starts_with("HTTP/1.1 "))
                .count()
                <= 1,
            "{number}: {shown:?}: {answer}"
        );
        let requests = scene.upstream.requests();
        assert!(requests.is_empty(), "{number}: {shown:?}: {requests:?}");
    }
    // It still serves the honest, and the violations are on record.
    assert_eq!(scene.get("/api/customers/7").await.status(), 200);
    let events = scene.events("violation").await;
    assert!(events.iter().any(|event| kind(event) == "violation"));
}

fn pick<'a, T>(random: &mut StdRng, from: &'a [T]) -> &'a T {
    &from[random.random_range(0..from.len())]
}
