//! Hooks of coding copilots, run as the copilots run them, with the inputs of `tests/fixtures/hooks`.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use anyhow::{Context as _, Result};
use countersign_test_support::{Countersign, HttpUpstream, Plane, Ports, Upstreams, wait_until};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{AGENT, HUMAN, PATIENCE, binary, component};

/// A workstation whose copilots ask an edge.
struct Workstation {
    plane: Plane,
    secret: String,
    reviewer: Countersign,
    _folder: TempDir,
}

impl Workstation {
    async fn start() -> Result<Self> {
        let folder = TempDir::new().context("no temporary folder")?;
        // Nobody is reached through it; it is there so that the edge listens for HTTP.
        let apis = [HttpUpstream {
            target: "unused".to_owned(),
            url: "http://127.0.0.1:1".to_owned(),
            auth: None,
            hold_seconds: 1,
        }];
        let upstreams = Upstreams {
            databases: &[],
            apis: &apis,
        };
        let mut plane = Plane::start_on(Ports::free()?, binary(), folder.path(), upstreams).await?;
        let admin = plane.admin.clone();
        let create = ["target", "create", "laptop", "--kind", "shell"];
        admin.json(
            &[
                &create[..],
                &["--default", "deny", "--label", "env=workstation"],
            ]
            .concat(),
        )?;
        let agent = ["principal", "create", AGENT, "--kind", "agent"];
        admin.json(&[&agent[..], &["--on-behalf-of", HUMAN]].concat())?;
        let credential = ["principal", "credential", AGENT, "--ttl", "1h"];
        let secret = admin.text(&credential, "/secret")?;
        let file = component("shell-guard")?.display().to_string();
        admin.json(&["policy", "push", &file])?;
        admin.json(&["policy", "bind", "shell-guard", "--settings", "{}"])?;
        let bob = "bob@example.com";
        let create = [
            "user", "create", bob, "--name", "Bob Ng", "--role", "reviewer",
        ];
        admin.json(&create)?;
        let token = admin.text(&["user", "token", bob, "--ttl", "1h"], "/token")?;
        plane.in_force().await?;
        Ok(Self {
            plane,
            secret,
            reviewer: admin.with_token(&token),
            _folder: folder,
        })
    }

    fn hook(&self, copilot: &str, input: &str, wait: &str) -> Result<Output> {
        let edge = format!("http://127.0.0.1:{}", self.plane.http_port);
        hook(copilot, input, &edge, &self.secret, &["--wait", wait])
    }

    fn said(&self, copilot: &str, input: &str) -> Result<Value> {
        let output = self.hook(copilot, input, "0")?;
        assert!(output.status.success(), "{output:?}");
        if output.stdout.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&output.stdout).context("no JSON")
    }
}

fn hook(copilot: &str, input: &str, edge: &str, secret: &str, more: &[&str]) -> Result<Output> {
    let mut child = Command::new(binary())
        .args(["hook", copilot])
        .args(more)
        .env("COUNTERSIGN_EDGE", edge)
        .env("COUNTERSIGN_TARGET", "laptop")
        .env("COUNTERSIGN_CREDENTIAL", secret)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().context("no standard input")?;
    stdin.write_all(input.as_bytes())?;
    drop(stdin);
    Ok(child.wait_with_output()?)
}

fn fixture(name: &str) -> Result<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/hooks")
        .join(name);
    std::fs::read_to_string(&file).with_context(|| format!("{} is missing", file.display()))
}

#[tokio::test(flavor = "multi_thread")]
async fn copilots_are_answered_in_their_own_form() -> Result<()> {
    let workstation = Workstation::start().await?;
    let cases = [
        (
            "claude-code",
            "write",
            "/hookSpecificOutput/permissionDecision",
            json!("deny"),
        ),
        (
            "codex",
            "bash",
            "/hookSpecificOutput/permissionDecision",
            json!("deny"),
        ),
        (
            "codex",
            "apply_patch",
            "/hookSpecificOutput/permissionDecision",
            json!("deny"),
        ),
        ("cursor", "read", "/permission", json!("deny")),
        ("cursor", "write", "/permission", json!("allow")),
        ("cursor", "shell", "/permission", json!("deny")),
        // What only tells an end is not answered.
        ("claude-code", "post", "", json!(null)),
    ];
    for (copilot, name, pointer, expected) in cases {
        let said = workstation.said(copilot, &fixture(&format!("{copilot}/{name}.json"))?)?;
        assert_eq!(
            said.pointer(pointer),
            Some(&expected),
            "{copilot} {name}: {said}"
        );
    }
    // What is let pass is reported when it has ended, and is in the record with its end.
    let cwd = "/home/ada/shop";
    let before = json!({"hook_event_name": "PreToolUse", "tool_name": "Bash", "cwd": cwd,
        "tool_input": {"command": "ls -la"}, "tool_use_id": "toolu_9"});
    let said = workstation.said("claude-code", &before.to_string())?;
    assert_eq!(
        said["hookSpecificOutput"]["permissionDecision"], "allow",
        "{said}"
    );
    let after = json!({"hook_event_name": "PostToolUse", "tool_name": "Bash", "cwd": cwd,
        "tool_input": {"command": "ls -la"}, "tool_use_id": "toolu_9",
        "tool_response": {"stdout": "README.md", "stderr": "", "interrupted": false}});
    let output = workstation.hook("claude-code", &after.to_string(), "0")?;
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_runs_when_a_person_has_approved_it() -> Result<()> {
    let workstation = Workstation::start().await?;
    let input = fixture("claude-code/bash.json")?;
    let held = workstation.said("claude-code", &input)?;
    let reason = held["hookSpecificOutput"]["permissionDecisionReason"].as_str();
    let reason = reason.context("a reason")?;
    assert!(reason.contains("waits for review R-"), "{reason}");
    let review = wait_until("a review is pending", PATIENCE, || async {
        let pending = ["review", "list", "--state", "pending"];
        workstation.reviewer.json(&pending).ok()?.get(0).cloned()
    })
    .await?;
    assert!(review.to_string().contains("rm -rf build"), "{review}");
    let id = review["id"].as_str().context("an id")?;
    workstation.reviewer.json(&["review", "approve", id])?;
    let output = workstation.hook("claude-code", &input, "20")?;
    let said: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(
        said["hookSpecificOutput"]["permissionDecision"], "allow",
        "{said}"
    );
    let again = workstation.said("claude-code", &input)?;
    assert_eq!(again["hookSpecificOutput"]["permissionDecision"], "deny");
    Ok(())
}

#[test]
fn whatever_goes_wrong_is_a_refusal() -> Result<()> {
    // Nobody listens on port 1.
    let away = "http://127.0.0.1:1";
    let bash = fixture("claude-code/bash.json")?;
    let output = hook("claude-code", &bash, away, "csp_secret", &["--wait", "0"])?;
    let said: Value = serde_json::from_slice(&output.stdout)?;
    let answer = &said["hookSpecificOutput"];
    assert_eq!(answer["permissionDecision"], "deny", "{said}");
    let reason = answer["permissionDecisionReason"].as_str();
    assert!(reason.is_some_and(|r| r.contains("cannot be asked") && !r.contains("csp_secret")));

    let left_to_people = ["--wait", "0", "--when-unreachable", "ask"];
    for (copilot, name, pointer, expected) in [
        (
            "claude-code",
            "bash",
            "/hookSpecificOutput/permissionDecision",
            "ask",
        ),
        ("cursor", "shell", "/permission", "ask"),
        (
            "codex",
            "bash",
            "/hookSpecificOutput/permissionDecision",
            "deny",
        ),
    ] {
        let input = fixture(&format!("{copilot}/{name}.json"))?;
        let output = hook(copilot, &input, away, "csp_secret", &left_to_people)?;
        let said: Value = serde_json::from_slice(&output.stdout)?;
        assert_eq!(
            said.pointer(pointer),
            Some(&json!(expected)),
            "{copilot}: {said}"
        );
    }

    for (copilot, event) in [
        ("claude-code", "PreToolUse"),
        ("cursor", "beforeShellExecution"),
        ("codex", "PreToolUse"),
    ] {
        let nothing = json!({ "hook_event_name": event }).to_string();
        for input in ["", "{", "[]", "{}", &nothing] {
            let output = hook(copilot, input, away, "csp_secret", &[])?;
            assert_eq!(output.status.code(), Some(2), "{copilot} {input:?}");
            assert!(!output.stderr.is_empty());
        }
    }
    Ok(())
}
