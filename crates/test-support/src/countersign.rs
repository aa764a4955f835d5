//! The `countersign` binary as a client: what a user would type, with JSON for an answer.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Who calls, and where.
#[derive(Debug, Clone)]
pub struct Countersign {
    binary: PathBuf,
    url: String,
    token: String,
}

impl Countersign {
    /// Commands of `binary` to the control plane at `url`, with this API token.
    #[must_use]
    pub fn new(binary: &Path, url: &str, token: &str) -> Self {
        Self {
            binary: binary.to_owned(),
            url: url.to_owned(),
            token: token.to_owned(),
        }
    }

    /// The program.
    #[must_use]
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// The same as somebody else.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self::new(&self.binary, &self.url, token)
    }

    /// Runs `countersign <args> --json`.
    pub fn json(&self, args: &[&str]) -> Result<Value> {
        let output = Command::new(&self.binary)
            .args(args)
            .arg("--json")
            .env("COUNTERSIGN_URL", &self.url)
            .env("COUNTERSIGN_TOKEN", &self.token)
            .env_remove("COUNTERSIGN_CONFIG")
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{} cannot be run", self.binary.display()))?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            bail!("countersign {} failed: {}", args.join(" "), words.trim());
        }
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("countersign {} did not print JSON", args.join(" ")))
    }

    /// Runs it for the text at a JSON pointer of its answer.
    pub fn text(&self, args: &[&str], pointer: &str) -> Result<String> {
        let answer = self.json(args)?;
        let text = answer
            .pointer(pointer)
            .and_then(Value::as_str)
            .with_context(|| format!("countersign {} gave no {pointer}", args.join(" ")))?;
        Ok(text.to_owned())
    }
}
