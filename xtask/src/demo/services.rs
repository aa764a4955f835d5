//! What the edge of the demo reaches beside databases: an HTTP API and a model's provider, both
//! stand-ins that run in this process, and, for people, a real MCP server and a real small model.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use countersign_test_support::{
    Countersign, HttpUpstream, LlmStandIn, McpServer, OrdersApi, SmolLm2,
};
use serde_json::Value;

use crate::process::{first_line, say};

/// The target that is the company's API.
pub const ORDERS: &str = "orders-api";
/// The target that speaks OpenAI's API.
pub const OPENAI: &str = "models";
/// The target that speaks Anthropic's.
pub const ANTHROPIC: &str = "models-anthropic";
/// The target with a real model. It speaks OpenAI's.
pub const SMOLLM2: &str = "smollm2";
/// The target that is an MCP server, and that server.
pub const TOOLS: &str = "tools";
/// The target of the MCP servers that clients start themselves.
pub const LAPTOP: &str = "laptop";
/// Such a server: npm's `server-filesystem`.
pub const FILES: &str = "files";

/// A label of all models.
pub const MODELS: &str = "app=models";

/// Seconds until a client of the API is told that people have to decide.
const API_HOLD: u32 = 1;

/// Seconds that a model's answer waits for people in the middle of its stream.
const MODEL_HOLD: u32 = 120;

/// Seconds that an MCP client waits for them.
const TOOL_HOLD: u32 = 40;

/// A file that the copilot may read.
const LETTER: &str = "\
Dear Sir or Madam,
my order 1042 has not arrived. Please write to jane.roe@example.com.
";

/// All of it. Ends when dropped.
#[derive(Debug)]
pub struct Services {
    pub orders: OrdersApi,
    pub provider: LlmStandIn,
    /// What runs in processes of its own. Absent where nobody plays with it.
    pub real: Option<Real>,
}

/// What others made.
#[derive(Debug)]
pub struct Real {
    pub tools: McpServer,
    /// Absent where it cannot be installed, or is not wanted.
    pub model: Option<SmolLm2>,
    /// The folder with the copilot's files.
    pub files: PathBuf,
}

impl Services {
    /// The stand-ins, which are there in an instant.
    pub fn stand_ins() -> Result<Self> {
        Ok(Self {
            orders: OrdersApi::start()?,
            provider: LlmStandIn::start()?,
            real: None,
        })
    }

    /// Also begins to start the others; the model from the folder into which it was installed.
    pub fn all(folder: &Path, model: Option<&Path>) -> Result<Self> {
        let files = files(folder);
        fs::create_dir_all(files.join("drafts"))
            .and_then(|()| fs::write(files.join("letter.txt"), LETTER))
            .with_context(|| format!("{} cannot be filled", files.display()))?;
        let log = folder.join("model.log");
        let model = model.and_then(|packages| kept(SmolLm2::start(packages, &log)));
        let mut services = Self::stand_ins()?;
        services.real = Some(Real {
            tools: McpServer::start(&folder.join("tools.log"))?,
            model,
            files,
        });
        Ok(services)
    }

    /// Waits until all of it serves.
    pub async fn ready(&mut self) -> Result<()> {
        let Some(real) = &mut self.real else {
            return Ok(());
        };
        real.tools.ready().await?;
        if let Some(model) = &mut real.model {
            match kept(model.loaded().await) {
                Some(seconds) => say(&format!(
                    "the small language model was loaded in {seconds} s"
                )),
                None => real.model = None,
            }
        }
        Ok(())
    }

    /// Where the edge finds them, and how it signs in.
    pub fn upstreams(&self) -> Vec<HttpUpstream> {
        let provider = self.provider.url();
        let bearer = "authorization";
        let (key, token) = (LlmStandIn::KEY, OrdersApi::TOKEN);
        let mut upstreams = vec![
            upstream(ORDERS, self.orders.url(), Some((bearer, token)), API_HOLD),
            upstream(OPENAI, provider.clone(), Some((bearer, key)), MODEL_HOLD),
            upstream(ANTHROPIC, provider, Some(("x-api-key", key)), MODEL_HOLD),
        ];
        if let Some(real) = &self.real {
            upstreams.push(upstream(TOOLS, real.tools.url(), None, TOOL_HOLD));
        }
        if let Some(model) = self.model() {
            let key = Some((bearer, SmolLm2::KEY));
            upstreams.push(upstream(SMOLLM2, model.url(), key, MODEL_HOLD));
        }
        upstreams
    }

    /// The real model.
    pub fn model(&self) -> Option<&SmolLm2> {
        self.real.as_ref()?.model.as_ref()
    }

    /// Makes their targets, unless they are there: only what a policy allows runs on them.
    pub fn targets(&self, admin: &Countersign, existing: &Value) -> Result<()> {
        let mut targets = vec![
            (ORDERS, "http", "app=shop"),
            (OPENAI, "openai", MODELS),
            (ANTHROPIC, "anthropic", MODELS),
        ];
        if self.real.is_some() {
            targets.extend([(TOOLS, "mcp", "app=tools"), (LAPTOP, "mcp", "app=tools")]);
        }
        if self.model().is_some() {
            targets.push((SMOLLM2, "openai", MODELS));
        }
        for (name, kind, label) in targets {
            if super::governance::has(existing, "name", name) {
                continue;
            }
            let create = ["target", "create", name, "--kind", kind, "--label", label];
            let rest = ["--label", "env=production", "--default", "deny"];
            admin.json(&[&create[..], &rest].concat())?;
        }
        Ok(())
    }
}

/// The folder with the copilot's files, in that of the demo.
pub fn files(demo: &Path) -> PathBuf {
    demo.join("files")
}

fn upstream(
    target: &str,
    url: String,
    auth: Option<(&str, &str)>,
    hold_seconds: u32,
) -> HttpUpstream {
    HttpUpstream {
        target: target.to_owned(),
        url,
        auth: auth.map(|(header, secret)| (header.to_owned(), secret.to_owned())),
        hold_seconds,
    }
}

/// The demo does without a model that does not start, and says so.
pub fn kept<T>(model: Result<T>) -> Option<T> {
    model
        .inspect_err(|error| {
            say(&format!(
                "no small language model, the stand-in alone: {}",
                first_line(error)
            ));
        })
        .ok()
}
