//! A real model, small enough for any machine: SmolLM2-135M-Instruct behind llama.cpp's HTTP server. It
//! speaks OpenAI's and Anthropic's wire formats, knows little, and is no good at tool calls.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{Service, http, postgres::on_path, service::fresh_log};

/// The model in a process of its own. Ends when dropped.
#[derive(Debug)]
pub struct SmolLm2 {
    service: Service,
    url: String,
}

impl SmolLm2 {
    /// What it is called.
    pub const MODEL: &str = "smollm2-135m";

    /// The key it asks for.
    pub const KEY: &str = "smollm2-key";

    /// Begins to start it, from the folder into which `smollm2/requirements.txt` is installed.
    pub fn start(packages: &Path, log: &Path) -> Result<Self> {
        let home: PathBuf = [env!("CARGO_MANIFEST_DIR"), "smollm2"].iter().collect();
        let python = on_path("python3").context("python3 is not on PATH")?;
        let script = home.join("serve.py");
        let args = [
            script.as_os_str(),
            packages.as_os_str(),
            Self::MODEL.as_ref(),
            Self::KEY.as_ref(),
        ];
        fresh_log(log);
        let service = Service::start("the model", &python, args, &[], log)?;
        Ok(Self {
            service,
            url: String::new(),
        })
    }

    /// Waits until it serves; the seconds that it took to load.
    pub async fn loaded(&mut self) -> Result<String> {
        let said = self.service.listening().await?;
        let (url, seconds) = said.split_once(' ').context("the model says no URL")?;
        url.clone_into(&mut self.url);
        Ok(seconds.to_owned())
    }

    /// Where it is, once it is loaded.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Everything that it was asked last, as it went into the model.
    pub async fn last_prompt(&self) -> Result<String> {
        let url = format!("{}/slots", self.url);
        let slots = http("GET", &url, Self::KEY, None).await?.json();
        let prompt = slots.pointer("/0/prompt").and_then(Value::as_str);
        Ok(prompt.context("the model tells no prompt")?.to_owned())
    }
}
