//! `countersign policy bind`, `unbind`, `rollout` and `rollback`: putting versions to work.

use std::{collections::BTreeMap, fs, io::Read as _};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::{change, versions};
use crate::{
    client::Client,
    commands::{key_value, resolve},
    output::{self, cell},
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign policy bind destructive-guard --target-label env=production
  countersign policy bind pii-mask@2 --kind agent --settings @pii.json --stage shadow
  countersign policy bind bulk-read-guard --settings '{\"row_cap\":100}'

Every option that is absent covers everything. The newest version is bound unless @N names another.")]
pub struct Bind {
    /// The policy's name, with @VERSION where it is not the newest
    policy: String,

    /// Settings as JSON, or @FILE, or @- for standard input
    #[arg(long, default_value = "{}")]
    settings: String,

    /// How far it counts
    #[arg(long, value_enum, default_value = "enforced")]
    stage: Stage,

    /// Of how many sessions in a hundred a canary is obeyed
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
    percent: Option<u8>,

    /// Only these kinds of principals
    #[arg(long = "kind", value_name = "KIND", value_parser = ["human", "agent", "service"])]
    kinds: Vec<String>,

    /// Only these principals
    #[arg(long = "principal", value_name = "NAME")]
    principals: Vec<String>,

    /// Only members of these groups
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,

    /// Only these targets
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,

    /// Only targets with all of these labels; `*` matches any value
    #[arg(long = "target-label", value_name = "KEY=VALUE", value_parser = key_value)]
    target_labels: Vec<(String, String)>,

    /// Only these kinds of operation
    #[arg(long = "operation", value_name = "KIND")]
    operations: Vec<String>,

    /// Place in the order of evaluation
    #[arg(long)]
    position: Option<u32>,

    /// Why, for those who approve and for the record
    #[arg(long, default_value = "")]
    comment: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// Kept, and not judged
    Draft,
    /// Judged and logged, not obeyed
    Shadow,
    /// Obeyed in a part of the sessions
    Canary,
    /// Obeyed
    Enforced,
}

impl Stage {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Shadow => "shadow",
            Self::Canary => "canary",
            Self::Enforced => "enforced",
        }
    }
}

impl Bind {
    pub async fn run(&self, client: &Client, as_json: bool) -> Result<()> {
        let made = client.post("bindings", &self.body(client).await?).await?;
        let done = format!("{} bound ({})", self.policy, cell(&made, "/id"));
        change::told(&made, &done, as_json)
    }

    async fn body(&self, client: &Client) -> Result<Value> {
        let labels: BTreeMap<_, _> = self.target_labels.iter().cloned().collect();
        let mut body = json!({
            "policy_version_id": versions::id(client, &self.policy).await?,
            "settings": settings(&self.settings)?,
            "selector": {
                "principals": {
                    "kinds": self.kinds,
                    "names": self.principals,
                    "groups": self.groups,
                },
                "targets": { "names": self.targets, "labels": labels },
                "operations": self.operations,
            },
            "stage": self.stage.as_str(),
            "position": self.position,
            "comment": self.comment,
        });
        if let Some(percent) = self.percent {
            body["canary_percent"] = percent.into();
        }
        Ok(body)
    }
}

/// JSON, `@FILE`, or `@-`.
fn settings(given: &str) -> Result<Value> {
    let text = match given.strip_prefix('@') {
        None => given.to_owned(),
        Some("-") => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .context("standard input cannot be read")?;
            text
        }
        Some(file) => fs::read_to_string(file).with_context(|| format!("{file} cannot be read"))?,
    };
    serde_json::from_str(&text).context("the settings are not JSON")
}

#[derive(Debug, Args)]
#[command(
    disable_version_flag = true,
    after_help = "Examples:
  countersign policy rollout row-guard --stage shadow
  countersign policy rollout row-guard --stage canary --percent 10 --version 3
  countersign policy rollout row-guard --stage canary --percent 50
  countersign policy rollout row-guard --stage enforced

A canary is bound beside the enforced binding, with its selector and, unless others are given, its
settings; in the sessions that fall to it it is obeyed instead. Enforcing it takes the other one's place.
The guard puts the last good version back by itself when the canary fails or refuses more than it may."
)]
pub struct Rollout {
    /// The policy
    policy: String,

    /// How far it shall count
    #[arg(long, value_enum)]
    stage: Stage,

    /// Of how many sessions in a hundred a canary is obeyed
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
    percent: Option<u8>,

    /// The version; the newest, or that of the canary under way
    #[arg(long, value_name = "N")]
    version: Option<u64>,

    /// Settings as JSON, or @FILE, or @- for standard input
    #[arg(long)]
    settings: Option<String>,

    /// The binding, where the policy has several
    #[arg(long, value_name = "ID")]
    binding: Option<String>,

    /// Failures after which the canary is taken back
    #[arg(long, value_name = "N")]
    guard_failures: Option<u64>,

    /// Failures in a hundred decisions likewise
    #[arg(long, value_name = "PERCENT")]
    guard_failure_percent: Option<u32>,

    /// Refusals and holds in a hundred, above those of the version in force, likewise
    #[arg(long, value_name = "POINTS")]
    guard_denial_rise: Option<u32>,

    /// Decisions before which rises do not count
    #[arg(long, value_name = "N")]
    guard_decisions: Option<u64>,

    /// Why, for those who approve and for the record
    #[arg(long, default_value = "")]
    comment: String,
}

impl Rollout {
    pub async fn run(&self, client: &Client, as_json: bool) -> Result<()> {
        let all = client.list("bindings", &[], usize::MAX).await?;
        let ours: Vec<&Value> = all
            .iter()
            .filter(|b| cell(b, "/policy") == self.policy)
            .collect();
        let at = |stage: &str| -> Vec<&Value> {
            ours.iter()
                .filter(|b| cell(b, "/stage") == stage)
                .copied()
                .collect()
        };
        let canary = match &self.binding {
            Some(id) => ours
                .iter()
                .filter(|b| cell(b, "/id") == *id)
                .copied()
                .collect(),
            None => at("canary"),
        };
        let enforced = at("enforced");
        let answer = match (self.stage, canary.as_slice(), enforced.as_slice()) {
            (_, [one], _) => self.change(client, one).await?,
            (Stage::Canary, [], [enforced]) => self.beside(client, enforced).await?,
            (_, [], []) | (Stage::Draft | Stage::Shadow, [], _) if ours.len() <= 1 => {
                match ours.first() {
                    Some(one) => self.change(client, one).await?,
                    None => self.first(client).await?,
                }
            }
            (_, [], [one]) => self.change(client, one).await?,
            _ => bail!(
                "{} has several bindings: name one with --binding (see `countersign policy bindings`)",
                self.policy
            ),
        };
        let done = format!("{} is {}", self.policy, self.stage.as_str());
        change::told(&answer, &done, as_json)
    }

    async fn wanted_version(&self, client: &Client) -> Result<Value> {
        let name = match self.version {
            Some(number) => format!("{}@{number}", self.policy),
            None => self.policy.clone(),
        };
        Ok(versions::id(client, &name).await?.into())
    }

    fn fields(&self) -> Result<Map<String, Value>> {
        let mut fields = Map::new();
        fields.insert("stage".to_owned(), self.stage.as_str().into());
        fields.insert("comment".to_owned(), self.comment.clone().into());
        if let Some(percent) = self.percent {
            fields.insert("canary_percent".to_owned(), percent.into());
        }
        if let Some(given) = &self.settings {
            fields.insert("settings".to_owned(), settings(given)?);
        }
        if let Some(guard) = self.guard() {
            fields.insert("guard".to_owned(), guard);
        }
        Ok(fields)
    }

    fn guard(&self) -> Option<Value> {
        let mut guard = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                guard.insert(key.to_owned(), value);
            }
        };
        put("max_failures", self.guard_failures.map(Into::into));
        put(
            "max_failure_percent",
            self.guard_failure_percent.map(Into::into),
        );
        put(
            "max_denial_rise_percent",
            self.guard_denial_rise.map(Into::into),
        );
        put("min_decisions", self.guard_decisions.map(Into::into));
        (!guard.is_empty()).then(|| guard.into())
    }

    async fn change(&self, client: &Client, binding: &Value) -> Result<Value> {
        let mut fields = self.fields()?;
        if self.version.is_some() {
            fields.insert(
                "policy_version_id".to_owned(),
                self.wanted_version(client).await?,
            );
        }
        client
            .patch(&format!("bindings/{}", cell(binding, "/id")), &fields)
            .await
    }

    /// A canary that covers what the enforced binding covers.
    async fn beside(&self, client: &Client, enforced: &Value) -> Result<Value> {
        let mut fields = self.fields()?;
        fields.insert(
            "policy_version_id".to_owned(),
            self.wanted_version(client).await?,
        );
        fields.insert("replaces".to_owned(), cell(enforced, "/id").into());
        fields.entry("canary_percent").or_insert_with(|| 10.into());
        for key in ["selector", "position", "settings"] {
            if let (None, Some(value)) = (fields.get(key), enforced.get(key)) {
                fields.insert(key.to_owned(), value.clone());
            }
        }
        client.post("bindings", &fields).await
    }

    async fn first(&self, client: &Client) -> Result<Value> {
        let mut fields = self.fields()?;
        fields.insert(
            "policy_version_id".to_owned(),
            self.wanted_version(client).await?,
        );
        client.post("bindings", &fields).await
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  countersign policy rollback row-guard --comment \"refuses the nightly job\"

Puts the policy's bindings back to how they were in the newest policy set in which they differed.")]
pub struct Rollback {
    /// The policy
    policy: String,

    /// Why, for the record
    #[arg(long, default_value = "")]
    comment: String,
}

impl Rollback {
    pub async fn run(&self, client: &Client, as_json: bool) -> Result<()> {
        let id = resolve::by_name(client, "policies", "policy", &self.policy).await?;
        let body = json!({"comment": self.comment});
        let answer = client
            .post(&format!("policies/{id}/rollback"), &body)
            .await?;
        change::told(
            &answer,
            &format!("{} is as it was before", self.policy),
            as_json,
        )
    }
}

/// `countersign policy unbind`.
pub async fn unbind(client: &Client, binding: &str, as_json: bool) -> Result<()> {
    let answer = client.delete(&format!("bindings/{binding}")).await?;
    if answer.is_null() {
        return output::removed("binding", binding, as_json);
    }
    change::told(&answer, &format!("binding {binding} removed"), as_json)
}
