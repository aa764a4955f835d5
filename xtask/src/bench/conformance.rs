//! `cargo xtask bench mcp-conformance`: the protocol's own conformance suite against servers directly and
//! through the edge, scenario by scenario.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use countersign_test_support::{
    HttpUpstream, Plane, Ports, Service, Upstreams, free_port, wait_until,
};
use serde::Serialize;

use crate::{
    build::{self, Profile},
    process::{Run, say},
    setup,
    workspace::Workspace,
};

const PRINCIPAL: &str = "conformance";
const SUITE: &str = "node_modules/@modelcontextprotocol/conformance/dist/index.js";
const START_LIMIT: Duration = Duration::from_secs(60);

/// A server, and what the version that it speaks requires.
struct Subject {
    target: &'static str,
    args: &'static [&'static str],
    requirements: &'static str,
}

const SUBJECTS: [Subject; 3] = [
    Subject {
        target: "fixture",
        args: &["fixture.mjs"],
        requirements: "2025-11-25",
    },
    Subject {
        target: "everything",
        args: &[
            "node_modules/@modelcontextprotocol/server-everything/dist/index.js",
            "streamableHttp",
        ],
        requirements: "2025-11-25",
    },
    Subject {
        target: "fixture2",
        args: &["fixture2.mjs"],
        requirements: "2026-07-28",
    },
];

/// What is different through the edge, and why. No reason is good enough for a check that fails there and
/// not directly.
const KNOWN: [(&str, &str, &str); 5] = [
    (
        "*",
        "dns-rebinding-protection",
        "the edge refuses foreign origins, which these servers do not",
    ),
    (
        "*",
        "server-sse-multiple-streams",
        "lists are filtered whole and answered as JSON; the second check is about events",
    ),
    (
        "everything",
        "server-session-lifecycle",
        "the edge answers an ended session with 404 as it must, this server with 400",
    ),
    (
        "fixture2",
        "tasks-capability-negotiation",
        "the edge has tasks of its own and offers them, this server has none",
    ),
    (
        "fixture2",
        "tasks-dispatch-and-envelope",
        "the edge has tasks of its own and offers them, this server has none",
    ),
];

#[derive(Debug, Args)]
pub struct McpConformance {
    /// Print one JSON object, and nothing else, on standard output
    #[arg(long)]
    json: bool,

    /// Drive this binary, without building
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// Passed and failed checks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
struct Checks {
    passed: u32,
    failed: u32,
}

/// One line of the table.
#[derive(Debug, Serialize)]
struct Row {
    server: &'static str,
    scenario: String,
    direct: Checks,
    edge: Checks,
    /// Why they differ, where they do and that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

impl Row {
    fn new(server: &'static str, scenario: String, direct: Checks, edge: Checks) -> Self {
        let known = KNOWN
            .iter()
            .find(|(target, known, _)| *known == scenario && (*target == "*" || *target == server));
        let no_worse = edge.passed > 0 && edge.failed <= direct.failed;
        Self {
            why: known
                .filter(|_| direct != edge && no_worse)
                .map(|(_, _, why)| *why),
            server,
            scenario,
            direct,
            edge,
        }
    }

    fn surprises(&self) -> bool {
        self.direct != self.edge && self.why.is_none()
    }
}

impl McpConformance {
    pub async fn run(self, workspace: &Workspace) -> Result<()> {
        let (tools, node) = setup::for_mcp_conformance(workspace)?;
        let binary = match &self.binary {
            Some(binary) => binary.clone(),
            None => {
                build::web(workspace)?;
                build::countersign(workspace, &tools, Profile::Dev)?
            }
        };
        let folder = workspace.path(".demo/bench-mcp");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).context(".demo/bench-mcp cannot be emptied")?;
        }
        std::fs::create_dir_all(&folder).context(".demo/bench-mcp cannot be made")?;
        let suite = Suite {
            home: workspace.path("crates/test-support/mcp"),
            folder,
            node,
        };
        let rows = suite.compare(&binary).await?;
        if self.json {
            let text = serde_json::to_string_pretty(&rows).context("no JSON")?;
            println!("{text}");
        } else {
            print(&rows);
        }
        let surprises: Vec<&str> = rows
            .iter()
            .filter(|row| row.surprises())
            .map(|row| row.scenario.as_str())
            .collect();
        if !surprises.is_empty() {
            bail!("different through the edge: {}", surprises.join(", "));
        }
        Ok(())
    }
}

struct Suite {
    /// Where the packages are.
    home: PathBuf,
    folder: PathBuf,
    /// Node.js, new enough for the suite.
    node: PathBuf,
}

impl Suite {
    async fn compare(&self, binary: &Path) -> Result<Vec<Row>> {
        let mut servers = Vec::new();
        for subject in &SUBJECTS {
            let args = subject.args.iter().map(|arg| (*arg).to_owned()).collect();
            servers.push(self.listening(subject.target, args).await?);
        }
        let urls: Vec<String> = servers.iter().map(|(_, url)| url.clone()).collect();
        let (plane, secret) = self.plane(binary, &urls).await?;
        let mut rows = Vec::new();
        for (subject, url) in SUBJECTS.iter().zip(&urls) {
            say(&format!(
                "{} ({}): directly, then through the edge",
                subject.target, subject.requirements
            ));
            let direct = self.results(subject, url)?;
            let target = plane.target_url(subject.target);
            let args = vec!["credential.mjs".to_owned(), target, secret.clone()];
            let front = format!("{}-front", subject.target);
            let (_front, url) = self.listening(&front, args).await?;
            let mut edge = self.results(subject, &url)?;
            for (scenario, direct) in direct {
                let through = edge.remove(&scenario).unwrap_or_default();
                rows.push(Row::new(subject.target, scenario, direct, through));
            }
        }
        Ok(rows)
    }

    /// A program of Node.js that listens on a port of its own.
    async fn listening(&self, name: &str, args: Vec<String>) -> Result<(Service, String)> {
        let port = free_port()?;
        let mut args = args.into_iter();
        let script = self.home.join(args.next().unwrap_or_default());
        let args = std::iter::once(script.display().to_string()).chain(args);
        let log = self.folder.join(format!("{name}.log"));
        let envs = [("PORT".to_owned(), port.to_string())];
        let service = Service::start(name, &self.node, args, &envs, &log)?;
        wait_until(&format!("{name} listens"), START_LIMIT, || async move {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
        })
        .await?;
        Ok((service, format!("http://127.0.0.1:{port}/mcp")))
    }

    /// Control plane and edge in front of the servers, without policies.
    async fn plane(&self, binary: &Path, urls: &[String]) -> Result<(Plane, String)> {
        let apis: Vec<HttpUpstream> = SUBJECTS
            .iter()
            .zip(urls)
            .map(|(subject, url)| HttpUpstream {
                target: subject.target.to_owned(),
                url: url.clone(),
                auth: None,
                hold_seconds: 1,
            })
            .collect();
        let upstreams = Upstreams {
            databases: &[],
            apis: &apis,
        };
        let mut plane = Plane::start_on(Ports::free()?, binary, &self.folder, upstreams).await?;
        let admin = plane.admin.clone();
        for subject in &SUBJECTS {
            let name = subject.target;
            admin.json(&[
                "target",
                "create",
                name,
                "--kind",
                "mcp",
                "--default",
                "allow",
            ])?;
        }
        admin.json(&["principal", "create", PRINCIPAL, "--kind", "agent"])?;
        let secret = admin.text(&["principal", "credential", PRINCIPAL], "/secret")?;
        plane.in_force().await?;
        Ok((plane, secret))
    }

    /// What the suite says of one endpoint, by scenario.
    fn results(&self, subject: &Subject, url: &str) -> Result<BTreeMap<String, Checks>> {
        let said = Run::new(&self.node)
            .arg(self.home.join(SUITE))
            .args([
                "server",
                "--requirements",
                subject.requirements,
                "--url",
                url,
            ])
            .folder(&self.home)
            .output_of_any_end()?;
        let (_, summary) = said
            .split_once("=== SUMMARY ===")
            .context("the suite has no summary")?;
        let scored = summary.split("\nTotal:").next().unwrap_or_default();
        Ok(scored.lines().filter_map(scenario).collect())
    }
}

/// `✓ tools-list: 4 passed, 0 failed`
fn scenario(line: &str) -> Option<(String, Checks)> {
    let (name, counts) = line.split_once(": ")?;
    let name = name.trim_start_matches(['✓', '✗', ' ']);
    let (passed, failed) = counts.split_once(" passed, ")?;
    let checks = Checks {
        passed: passed.parse().ok()?,
        failed: failed.split(' ').next()?.parse().ok()?,
    };
    Some((name.to_owned(), checks))
}

fn print(rows: &[Row]) {
    println!(
        "\nchecks passed/failed, against the server directly and through the edge\n\n{:<12} {:<48} {:>8} {:>8}",
        "server", "scenario", "direct", "edge"
    );
    let counts = |checks: Checks| format!("{}/{}", checks.passed, checks.failed);
    for row in rows {
        let note = match (row.why, row.surprises()) {
            (Some(why), _) => why,
            (None, true) => "DIFFERENT",
            (None, false) => "",
        };
        let line = format!(
            "{:<12} {:<48} {:>8} {:>8}  {note}",
            row.server,
            row.scenario,
            counts(row.direct),
            counts(row.edge)
        );
        println!("{}", line.trim_end());
    }
    let same = rows.iter().filter(|row| row.direct == row.edge).count();
    println!("\n{same} of {} scenarios are equal", rows.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_summary_is_read() {
        let checks = Checks {
            passed: 4,
            failed: 1,
        };
        let cases = [
            (
                "✓ tools-list: 4 passed, 1 failed",
                Some(("tools-list", checks)),
            ),
            (
                "✗ tools-list: 4 passed, 1 failed (2 skipped)",
                Some(("tools-list", checks)),
            ),
            ("  ✓ tasks-lifecycle (extension)", None),
            ("Total: 119", None),
            ("", None),
        ];
        for (line, expected) in cases {
            let expected = expected.map(|(name, checks)| (name.to_owned(), checks));
            assert_eq!(scenario(line), expected, "{line}");
        }
    }

    #[test]
    fn a_difference_without_a_reason_surprises() {
        let checks = |passed, failed| Checks { passed, failed };
        let row = |name: &str, direct, edge| Row::new("fixture", name.to_owned(), direct, edge);
        let known = "dns-rebinding-protection";
        assert!(!row("tools-list", checks(1, 0), checks(1, 0)).surprises());
        assert!(row("tools-list", checks(1, 0), checks(2, 0)).surprises());
        assert!(!row(known, checks(1, 1), checks(2, 0)).surprises());
        assert!(!row("server-session-lifecycle", checks(1, 0), checks(1, 0)).surprises());
        assert!(row("server-session-lifecycle", checks(2, 1), checks(3, 0)).surprises());
    }

    #[test]
    fn no_reason_is_good_enough_for_a_check_that_fails_through_the_edge_alone() {
        let checks = |passed, failed| Checks { passed, failed };
        for (direct, edge) in [
            (checks(2, 0), checks(1, 1)),
            (checks(2, 0), checks(0, 0)),
            (checks(1, 1), checks(0, 2)),
        ] {
            let name = "server-sse-multiple-streams".to_owned();
            assert!(Row::new("everything", name, direct, edge).surprises());
        }
    }
}
