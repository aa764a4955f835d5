//! `countersign policy export` and `sync`: the whole policy set as files, for review and for Git.
//!
//! A folder holds `bindings.yaml`, the policies it names under `policies/` (components, or folders that
//! are built), and the data documents under `documents/`. What the folder does not hold is removed.

mod apply;
mod export;
mod files;
mod plan;
mod server;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use self::{files::Files, plan::Plan, server::Server};
use crate::{client::Client, output};

#[derive(Debug, Args)]
#[command(after_help = "Example:
  countersign policy export policies-in-force && git -C policies-in-force add .

Writes bindings.yaml, policies/ and documents/; what is there already is replaced.")]
pub struct Export {
    /// The folder
    folder: PathBuf,
}

impl Export {
    pub async fn run(&self, client: &Client, as_json: bool) -> Result<()> {
        let server = Server::read(client).await?;
        let written = export::write(client, &server, &self.folder).await?;
        if as_json {
            return output::json(&json!({"folder": self.folder, "files": written}));
        }
        output::line(&format!(
            "{} files in {}",
            written.len(),
            self.folder.display()
        ))
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign policy sync policies-in-force
  countersign policy sync policies-in-force --apply --comment \"release 41\"

Without --apply it only says what it would do: + makes, ~ changes, - removes. What has been applied makes an
empty plan. Where changes need approval, each one waits for it.")]
pub struct Sync {
    /// The folder
    folder: PathBuf,

    /// Do it
    #[arg(long)]
    apply: bool,

    /// Why, for those who approve and for the record
    #[arg(long, default_value = "")]
    comment: String,

    /// End with exit code 1 when there is something to do and --apply is not given
    #[arg(long, conflicts_with = "apply")]
    check: bool,
}

impl Sync {
    pub async fn run(&self, client: &Client, as_json: bool) -> Result<()> {
        // Everything is read, built and checked before anything is changed.
        let files = Files::read(&self.folder)?;
        let server = Server::read(client).await?;
        let plan = Plan::of(&files, &server)?;
        if as_json && !self.apply {
            output::json(&plan.to_json())?;
        } else if !as_json {
            plan.print()?;
        }
        if self.check && !plan.is_empty() {
            anyhow::bail!("the control plane is not as the files say");
        }
        if !self.apply {
            return Ok(());
        }
        let pending = apply::apply(client, &plan, &server, &self.comment).await?;
        if as_json {
            return output::json(&json!({"applied": plan.to_json(), "pending": pending}));
        }
        match (plan.is_empty(), pending) {
            (true, _) => Ok(()),
            (false, 0) => output::line("applied"),
            (false, n) => output::line(&format!("{n} changes wait for another admin's approval")),
        }
    }
}
