//! `countersign policy`: build, push, bind, list.

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use countersign_policy_package::Package;
use serde_json::{Value, json};

use super::{key_value, policy_build, policy_test, resolve};
use crate::{
    client::Client,
    config::ClientOptions,
    output::{self, cell, pairs},
};

/// Policies: build, push and bind them
#[derive(Debug, Args)]
pub struct PolicyCommand {
    #[command(flatten)]
    options: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Compile policy crates to components that carry their manifest
    #[command(after_help = "Examples:
  countersign policy build
  countersign policy build plugins/pii-mask plugins/destructive-guard --out dist

Runs cargo for wasm32-unknown-unknown in the policy's folder, then makes a component of it. Needs no
control plane.")]
    Build {
        /// Folders of policy crates
        #[arg(default_value = ".")]
        folders: Vec<PathBuf>,
        /// Where the components go
        #[arg(long, default_value = "target/policies")]
        out: PathBuf,
    },
    /// Upload components; the same component again changes nothing
    #[command(after_help = "Example:
  countersign policy push target/policies/*.wasm --changelog \"holds TRUNCATE too\"")]
    Push {
        /// Components made by `policy build`
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// What is new, for people
        #[arg(long)]
        changelog: Option<String>,
    },
    /// Bind a policy version to principals, targets and operations
    #[command(after_help = "Examples:
  countersign policy bind destructive-guard --target-label env=production
  countersign policy bind pii-mask@2 --kind agent --settings @pii.json --stage shadow
  countersign policy bind bulk-read-guard --settings '{\"row_cap\":100}'

Every option that is absent covers everything. The newest version is bound unless @N names another.")]
    Bind(Box<Bind>),
    /// Remove a binding
    #[command(after_help = "Example:
  countersign policy unbind 019a3c1e-7b5d-7f00-8000-0123456789ab")]
    Unbind {
        /// The binding's id
        binding: String,
    },
    /// List the policies
    #[command(after_help = "Example:\n  countersign policy list")]
    List,
    /// List the bindings, in the order of evaluation
    #[command(after_help = "Example:\n  countersign policy bindings")]
    Bindings,
    /// Judge the cases that components carry in their manifests, without a control plane
    #[command(after_help = "Example:\n  countersign policy test target/policies/*.wasm")]
    Test {
        /// Components made by `policy build`
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Show a component's manifest, without a control plane
    #[command(after_help = "Example:\n  countersign policy manifest target/policies/pii-mask.wasm")]
    Manifest {
        /// A component made by `policy build`
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
struct Bind {
    /// The policy's name, with @VERSION where it is not the newest
    policy: String,

    /// Settings as JSON, or @FILE, or @- for standard input
    #[arg(long, default_value = "{}")]
    settings: String,

    /// Whether it is obeyed, or only judged and logged
    #[arg(long, value_enum, default_value = "enforced")]
    stage: Stage,

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
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Stage {
    Shadow,
    Enforced,
}

impl Stage {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::Enforced => "enforced",
        }
    }
}

impl PolicyCommand {
    pub async fn run(self) -> Result<()> {
        let as_json = self.options.json;
        match self.action {
            Action::Build { folders, out } => policy_build::build(&folders, &out, as_json),
            Action::Test { files } => policy_test::test(&files, as_json),
            Action::Manifest { file } => output::json(&package(&file)?.1.manifest),
            Action::Push { files, changelog } => {
                push(&self.options.client()?, &files, changelog, as_json).await
            }
            Action::Bind(bind) => {
                let client = self.options.client()?;
                let body = bind.body(&client).await?;
                let made = client.post("bindings", &body).await?;
                if as_json {
                    return output::json(&made);
                }
                output::line(&format!("{} bound ({})", bind.policy, cell(&made, "/id")))
            }
            Action::Unbind { binding } => {
                let client = self.options.client()?;
                client.delete(&format!("bindings/{binding}")).await?;
                output::removed("binding", &binding, as_json)
            }
            Action::List => list(&self.options.client()?, as_json).await,
            Action::Bindings => bindings(&self.options.client()?, as_json).await,
        }
    }
}

/// The component's bytes and what they say of themselves.
pub fn package(file: &Path) -> Result<(Vec<u8>, Package)> {
    let component = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let package =
        Package::read(&component).with_context(|| format!("{} is not a policy", file.display()))?;
    Ok((component, package))
}

async fn push(
    client: &Client,
    files: &[PathBuf],
    changelog: Option<String>,
    as_json: bool,
) -> Result<()> {
    // Nothing is uploaded when one of them is not a policy.
    let components = files
        .iter()
        .map(|file| Ok(package(file)?.0))
        .collect::<Result<Vec<_>>>()?;
    let query: Vec<_> = changelog
        .map(|text| ("changelog", text))
        .into_iter()
        .collect();
    let mut versions = Vec::new();
    for (component, file) in components.into_iter().zip(files) {
        let version = client
            .post_wasm("policy_versions", &query, component)
            .await
            .with_context(|| format!("{} was not taken", file.display()))?;
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

impl Bind {
    async fn body(&self, client: &Client) -> Result<Value> {
        let labels: BTreeMap<_, _> = self.target_labels.iter().cloned().collect();
        Ok(json!({
            "policy_version_id": version_id(client, &self.policy).await?,
            "settings": self.settings()?,
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
        }))
    }

    fn settings(&self) -> Result<Value> {
        let text = match self.settings.strip_prefix('@') {
            None => self.settings.clone(),
            Some("-") => {
                let mut text = String::new();
                std::io::stdin()
                    .read_to_string(&mut text)
                    .context("standard input cannot be read")?;
                text
            }
            Some(file) => {
                fs::read_to_string(file).with_context(|| format!("{file} cannot be read"))?
            }
        };
        serde_json::from_str(&text).context("the settings are not JSON")
    }
}

/// The version that `name` or `name@N` means.
async fn version_id(client: &Client, text: &str) -> Result<String> {
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
    let id = resolve::by_name(client, "policies", "policy", name).await?;
    let policy = client.get(&format!("policies/{id}")).await?;
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

async fn list(client: &Client, as_json: bool) -> Result<()> {
    let policies = client.list("policies", &[], usize::MAX).await?;
    if as_json {
        return output::json(&policies);
    }
    let rows: Vec<[String; 6]> = policies
        .iter()
        .map(|policy| {
            [
                cell(policy, "/name"),
                cell(policy, "/newest_version/version"),
                cell(policy, "/enforced_bindings"),
                cell(policy, "/shadow_bindings"),
                output::short(&cell(policy, "/description"), 60),
                cell(policy, "/id"),
            ]
        })
        .collect();
    output::table(
        ["NAME", "VERSION", "ENFORCED", "SHADOW", "DESCRIPTION", "ID"],
        &rows,
    )
}

async fn bindings(client: &Client, as_json: bool) -> Result<()> {
    let bindings = client.list("bindings", &[], usize::MAX).await?;
    if as_json {
        return output::json(&bindings);
    }
    let rows: Vec<[String; 6]> = bindings
        .iter()
        .map(|binding| {
            [
                cell(binding, "/policy"),
                cell(binding, "/version"),
                cell(binding, "/stage"),
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
