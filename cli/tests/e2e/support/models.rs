//! A house without a database: a stand-in for a model's provider, behind an edge.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use countersign_test_support::{
    Countersign, HttpUpstream, LlmStandIn, Plane, Ports, Upstreams, wait_until,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{AGENT, HUMAN, PATIENCE, binary, component};

/// The target that speaks OpenAI's API.
pub const GPT: &str = "gpt";
/// The target that speaks Anthropic's.
pub const CLAUDE: &str = "claude";

/// Everything a test of models talks to. Ends with the test.
pub struct ModelHouse {
    pub plane: Plane,
    pub provider: LlmStandIn,
    pub secret: String,
    pub reviewer: Countersign,
    _folder: TempDir,
}

impl ModelHouse {
    /// Two targets of one provider, with rules for prompts and tools.
    pub async fn start() -> Result<Self> {
        let provider = LlmStandIn::start()?;
        let folder = TempDir::new().context("no temporary folder")?;
        let apis = [
            upstream(GPT, provider.url(), "authorization"),
            upstream(CLAUDE, provider.url(), "x-api-key"),
        ];
        let upstreams = Upstreams {
            databases: &[],
            apis: &apis,
        };
        let mut plane = Plane::start_on(Ports::free()?, binary(), folder.path(), upstreams).await?;
        let admin = plane.admin.clone();
        for (name, kind) in [(GPT, "openai"), (CLAUDE, "anthropic")] {
            let create = ["target", "create", name, "--kind", kind];
            admin.json(&[&create[..], &["--default", "deny", "--label", "app=models"]].concat())?;
        }
        let agent = ["principal", "create", AGENT, "--kind", "agent"];
        admin.json(&[&agent[..], &["--on-behalf-of", HUMAN]].concat())?;
        let credential = ["principal", "credential", AGENT, "--ttl", "1h"];
        let secret = admin.text(&credential, "/secret")?;
        for (policy, settings) in policies() {
            let file = component(policy)?.display().to_string();
            admin.json(&["policy", "push", &file])?;
            let settings = settings.to_string();
            admin.json(&["policy", "bind", policy, "--settings", &settings])?;
        }
        let bob = "bob@example.com";
        let create = [
            "user", "create", bob, "--name", "Bob Ng", "--role", "reviewer",
        ];
        admin.json(&create)?;
        let token = admin.text(&["user", "token", bob, "--ttl", "1h"], "/token")?;
        plane.in_force().await?;
        Ok(Self {
            plane,
            provider,
            secret,
            reviewer: admin.with_token(&token),
            _folder: folder,
        })
    }

    /// Runs an SDK's script with the edge's address and the agent's credential.
    pub fn script(&self, program: &str, file: &str, more: &[&str]) -> Command {
        let mut command = Command::new(program);
        let edge = format!("http://127.0.0.1:{}", self.plane.http_port);
        let script = super::client_script(file);
        command.arg(script).arg(edge).arg(&self.secret).args(more);
        command
    }

    /// The one review that is pending.
    pub async fn pending_review(&self) -> Result<Value> {
        wait_until("a review is pending", PATIENCE, || async {
            let pending = ["review", "list", "--state", "pending"];
            self.reviewer.json(&pending).ok()?.get(0).cloned()
        })
        .await
    }

    /// Everything that left for the provider.
    pub fn left(&self) -> String {
        let requests = self.provider.requests();
        let texts = requests
            .iter()
            .map(|got| format!("{} {}\n", got.path, got.text()));
        texts.collect()
    }
}

fn upstream(target: &str, url: String, header: &str) -> HttpUpstream {
    HttpUpstream {
        target: target.to_owned(),
        url,
        auth: Some((header.to_owned(), LlmStandIn::KEY.to_owned())),
        hold_seconds: 40,
    }
}

fn policies() -> [(&'static str, Value); 2] {
    let small = json!([{ "at": "/amount", "at_most": 50 }]);
    [
        (
            "prompt-guard",
            json!({ "entities": [
                { "entity": "PRIVATE_KEY", "then": "deny" },
                { "entity": "EMAIL_ADDRESS", "then": "tokenise" },
                { "entity": "PHONE_NUMBER", "then": "redact" },
                { "entity": "CREDIT_CARD", "then": "redact" },
            ] }),
        ),
        (
            "tool-guard",
            json!({ "tools": [
                { "tool": "look_up", "then": "allow" },
                { "tool": "drop_*", "then": "deny", "reason": "tables are dropped by migrations alone" },
                { "tool": "refund_*", "arguments": small, "then": "allow" },
            ] }),
        ),
    ]
}

/// Runs a client and reads the JSON object it prints.
pub fn printed(mut command: Command) -> Result<Value> {
    let output = command
        .output()
        .with_context(|| format!("{command:?} cannot be run"))?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("the client printed no JSON")
}
