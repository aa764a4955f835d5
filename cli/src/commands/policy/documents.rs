//! `countersign policy documents`: the data that policies look things up in.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::change;
use crate::{
    client::Client,
    output::{self, cell},
};

#[derive(Debug, Args)]
pub struct Documents {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Upload a new version of a document
    #[command(after_help = "Examples:
  countersign policy documents push prices prices.json
  countersign policy documents push on-call on-call.csv --key-column name
  countersign policy documents push prices --pull https://data.example.com/prices.json --every 300

JSON is one object, whose keys are looked up; of CSV each row is an object under its key column. The same
content again changes nothing.")]
    Push(Push),
    /// List the documents
    #[command(after_help = "Example:\n  countersign policy documents list")]
    List,
    /// Show a document's content
    #[command(after_help = "Example:\n  countersign policy documents show prices")]
    Show {
        /// The document's name
        name: String,
    },
    /// Remove a document
    #[command(after_help = "Example:\n  countersign policy documents remove prices")]
    Remove {
        /// The document's name
        name: String,
    },
}

#[derive(Debug, Args)]
struct Push {
    /// The name that policies use
    name: String,

    /// A JSON object or a CSV file
    #[arg(required_unless_present = "pull")]
    file: Option<PathBuf>,

    /// The column of a CSV file whose values are the keys
    #[arg(long, value_name = "COLUMN")]
    key_column: Option<String>,

    /// Fetch it from here by itself
    #[arg(long, value_name = "URL", requires = "every")]
    pull: Option<String>,

    /// So many seconds apart
    #[arg(long, value_name = "SECONDS")]
    every: Option<u32>,
}

impl Documents {
    pub async fn run(&self, client: &Client, as_json: bool) -> Result<()> {
        match &self.action {
            Action::Push(push) => push.run(client, as_json).await,
            Action::List => list(client, as_json).await,
            Action::Show { name } => {
                output::json(&client.get(&format!("documents/{name}/content")).await?)
            }
            Action::Remove { name } => {
                let answer = client.delete(&format!("documents/{name}")).await?;
                if answer.is_null() {
                    return output::removed("document", name, as_json);
                }
                change::told(&answer, &format!("document {name} removed"), as_json)
            }
        }
    }
}

impl Push {
    async fn run(&self, client: &Client, as_json: bool) -> Result<()> {
        let answer = client.post("documents", &self.body()?).await?;
        let done = format!("{} version {}", self.name, cell(&answer, "/version"));
        change::told(&answer, &done, as_json)
    }

    fn body(&self) -> Result<Value> {
        let mut body = json!({"name": self.name, "format": "json"});
        if let Some(file) = &self.file {
            let text = fs::read_to_string(file)
                .with_context(|| format!("{} cannot be read", file.display()))?;
            if file.extension().is_some_and(|ending| ending == "csv") || self.key_column.is_some() {
                body["format"] = "csv".into();
                body["content"] = text.into();
            } else {
                body["content"] = serde_json::from_str(&text)
                    .with_context(|| format!("{} is not JSON", file.display()))?;
            }
        }
        if let Some(column) = &self.key_column {
            body["key_column"] = column.clone().into();
        }
        if let (Some(url), Some(every)) = (&self.pull, self.every) {
            body["pull"] = json!({"url": url, "every_seconds": every});
            if self.file.is_none() && url.ends_with(".csv") {
                body["format"] = "csv".into();
            }
        }
        Ok(body)
    }
}

async fn list(client: &Client, as_json: bool) -> Result<()> {
    let documents = client.list("documents", &[], usize::MAX).await?;
    if as_json {
        return output::json(&documents);
    }
    let rows: Vec<[String; 6]> = documents
        .iter()
        .map(|document| {
            [
                cell(document, "/name"),
                cell(document, "/version"),
                cell(document, "/keys"),
                cell(document, "/size"),
                cell(document, "/pull/url"),
                cell(document, "/created_at"),
            ]
        })
        .collect();
    output::table(["NAME", "VERSION", "KEYS", "BYTES", "FROM", "AT"], &rows)
}
