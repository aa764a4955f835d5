//! The `countersign` binary as a client: what a user would type, with JSON for an answer.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::process::Run;

/// Who calls, and where.
#[derive(Debug, Clone)]
pub struct Countersign {
    binary: PathBuf,
    url: String,
    token: String,
}

impl Countersign {
    pub fn new(binary: &Path, url: &str, token: &str) -> Self {
        Self {
            binary: binary.to_owned(),
            url: url.to_owned(),
            token: token.to_owned(),
        }
    }

    /// The program.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// The same as somebody else.
    pub fn with_token(&self, token: &str) -> Self {
        Self::new(&self.binary, &self.url, token)
    }

    /// Runs `countersign <args> --json`.
    pub fn json(&self, args: &[&str]) -> Result<Value> {
        let output = Run::new(&self.binary)
            .args(args)
            .arg("--json")
            .env("COUNTERSIGN_URL", &self.url)
            .env("COUNTERSIGN_TOKEN", &self.token)
            .output()?;
        serde_json::from_str(&output).context("countersign did not print JSON")
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
