//! `countersign policy push`, `diff`, `list` and `bindings`: what there is.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::{Value, json};

use super::candidate::{Body, Candidate};
use crate::{
    client::Client,
    commands::resolve,
    output::{self, cell, pairs},
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign policy push target/policies/*.wasm --changelog \"holds TRUNCATE too\"
  countersign policy push policies/on-call

A folder is built first; one of Rego or Cedar is uploaded as the text that it is. The same policy again
changes nothing.")]
pub struct Push {
    /// Components made by `policy build`, or folders
    #[arg(required = true)]
    paths: Vec<PathBuf>,

    /// What is new, for people
    #[arg(long)]
    changelog: Option<String>,

    /// Where the source is; the manifest's own link unless given
    #[arg(long, value_name = "URL")]
    source_url: Option<String>,
}

impl Push {
    pub async fn run(&self, client: &Client, as_json: bool) -> Result<()> {
        // Nothing is uploaded when one of them is not a policy.
        let candidates = self
            .paths
            .iter()
            .map(|path| Candidate::of(path))
            .collect::<Result<Vec<_>>>()?;
        let mut versions = Vec::new();
        for candidate in &candidates {
            let version = upload(
                client,
                candidate,
                self.changelog.as_deref(),
                self.source_url.as_deref(),
            )
            .await
            .with_context(|| format!("{} was not taken", candidate.path.display()))?;
            if !as_json {
                output::line(&format!(
                    "{} version {} (sha256 {})",
                    cell(&version, "/policy"),
                    cell(&version, "/version"),
                    output::short(&cell(&version, "/digest"), 13),
                ))?;
            }
            versions.push(version);
        }
        if as_json {
            return output::json(&versions);
        }
        Ok(())
    }
}

/// Makes a version of it, or finds the one it is already.
pub async fn upload(
    client: &Client,
    candidate: &Candidate,
    changelog: Option<&str>,
    source_url: Option<&str>,
) -> Result<Value> {
    match &candidate.body {
        Body::Component(component) => {
            let query: Vec<(&str, String)> = [("changelog", changelog), ("source_url", source_url)]
                .into_iter()
                .filter_map(|(key, value)| Some((key, value?.to_owned())))
                .collect();
            client
                .post_wasm("policy_versions", &query, component.clone())
                .await
        }
        Body::Text(text) => {
            let mut body = candidate.upload(text);
            if let Some(changelog) = changelog {
                body["changelog"] = changelog.into();
            }
            if let Some(url) = source_url {
                body["source_url"] = url.into();
            }
            client.post("policy_sources", &body).await
        }
    }
}

/// The policy with its versions.
pub async fn policy(client: &Client, name: &str) -> Result<Value> {
    let id = resolve::by_name(client, "policies", "policy", name).await?;
    client.get(&format!("policies/{id}")).await
}

/// The version that `name` or `name@N` means.
pub async fn id(client: &Client, text: &str) -> Result<String> {
    if resolve::is_id(text) {
        return Ok(text.to_owned());
    }
    let (name, wanted) = match text.split_once('@') {
        Some((name, number)) => {
            let number: u64 = number
                .parse()
                .with_context(|| format!("{number} is not a version number"))?;
            (name, Some(number))
        }
        None => (text, None),
    };
    let policy = policy(client, name).await?;
    let number = |version: &Value| version.get("version").and_then(Value::as_u64);
    let versions = policy.get("versions").and_then(Value::as_array);
    let found = versions
        .into_iter()
        .flatten()
        .filter(|version| wanted.is_none() || number(version) == wanted)
        .max_by_key(|version| number(version));
    match found {
        Some(version) => resolve::id(version),
        None => bail!("policy {name} has no such version"),
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign policy diff row-guard@1 row-guard@2
  countersign policy diff row-guard@1 row-guard

What differs in manifest, settings, imports, size and, of a text, line by line.")]
pub struct Diff {
    /// The older version: NAME@N, or an id
    before: String,

    /// The newer one
    after: String,
}

impl Diff {
    pub async fn run(&self, client: &Client, as_json: bool) -> Result<()> {
        let before = id(client, &self.before).await?;
        let after = id(client, &self.after).await?;
        let diff = client
            .get(&format!("policy_versions/{after}/diff?against={before}"))
            .await?;
        if as_json {
            return output::json(&diff);
        }
        for (title, key) in [("manifest", "manifest"), ("settings", "settings_schema")] {
            let entries = diff.get(key).and_then(Value::as_array);
            for entry in entries.into_iter().flatten() {
                let path = cell(entry, "/path");
                output::line(&match (entry.get("before"), entry.get("after")) {
                    (None | Some(Value::Null), Some(after)) => format!("+ {title} {path}: {after}"),
                    (Some(before), None | Some(Value::Null)) => {
                        format!("- {title} {path}: {before}")
                    }
                    (Some(before), Some(after)) => format!("~ {title} {path}: {before} -> {after}"),
                    (None, None) => continue,
                })?;
            }
        }
        for (sign, key) in [("+", "/imports/added"), ("-", "/imports/removed")] {
            let names = diff.pointer(key).and_then(Value::as_array);
            for name in names.into_iter().flatten() {
                output::line(&format!("{sign} import {}", cell(name, "")))?;
            }
        }
        output::line(&format!(
            "size {} -> {} bytes",
            cell(&diff, "/size/before"),
            cell(&diff, "/size/after")
        ))?;
        match diff.get("text").and_then(Value::as_str) {
            Some(text) => output::line(text.trim_end()),
            None => Ok(()),
        }
    }
}

/// `countersign policy list`.
pub async fn list(client: &Client, as_json: bool) -> Result<()> {
    let policies = client.list("policies", &[], usize::MAX).await?;
    if as_json {
        return output::json(&policies);
    }
    let rows: Vec<[String; 7]> = policies
        .iter()
        .map(|policy| {
            [
                cell(policy, "/name"),
                cell(policy, "/newest_version/version"),
                cell(policy, "/enforced_bindings"),
                cell(policy, "/canary_bindings"),
                cell(policy, "/shadow_bindings"),
                output::short(&cell(policy, "/description"), 60),
                cell(policy, "/id"),
            ]
        })
        .collect();
    output::table(
        [
            "NAME",
            "VERSION",
            "ENFORCED",
            "CANARY",
            "SHADOW",
            "DESCRIPTION",
            "ID",
        ],
        &rows,
    )
}

/// `countersign policy bindings`.
pub async fn bindings(client: &Client, as_json: bool) -> Result<()> {
    let bindings = client.list("bindings", &[], usize::MAX).await?;
    if as_json {
        return output::json(&bindings);
    }
    let rows: Vec<[String; 6]> = bindings
        .iter()
        .map(|binding| {
            let stage = match binding.get("canary_percent").and_then(Value::as_u64) {
                Some(percent) if cell(binding, "/stage") == "canary" => {
                    format!("canary {percent}%")
                }
                _ => cell(binding, "/stage"),
            };
            [
                cell(binding, "/policy"),
                cell(binding, "/version"),
                stage,
                pairs(binding.pointer("/selector/targets/labels")),
                output::short(&cell(binding, "/settings"), 50),
                cell(binding, "/id"),
            ]
        })
        .collect();
    output::table(
        [
            "POLICY",
            "VERSION",
            "STAGE",
            "TARGET LABELS",
            "SETTINGS",
            "ID",
        ],
        &rows,
    )
}

/// The API's body of a signature.
pub fn signature(key: &str, signature: &str) -> Value {
    json!({"key": key, "signature": signature})
}
