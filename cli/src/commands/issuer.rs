//! `countersign issuer`: whose workload identities are trusted, and whom they stand for.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{key_value, resolve};
use crate::{
    config::ClientOptions,
    output::{self, cell, pairs},
};

/// Trusted issuers: clusters, CI systems and clouds whose tokens stand for principals
#[derive(Debug, Args)]
pub struct IssuerCommand {
    #[command(flatten)]
    options: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the issuers and their rules
    #[command(after_help = "Example:\n  countersign issuer list")]
    List,
    /// Trust an issuer: its tokens with these claims stand for this principal
    #[command(after_help = "Examples:
  countersign issuer add cluster --issuer https://kubernetes.default.svc --audience countersign \\
    --principal shop-agent --claim sub=system:serviceaccount:shop:agent
  countersign issuer add ci --issuer https://token.actions.githubusercontent.com \\
    --audience countersign --principal release-bot \\
    --claim repository=acme/shop --claim ref=refs/heads/main

In a claim's value, * stands for any characters. A claim whose name begins with / is a JSON pointer:
--claim /kubernetes.io/namespace=shop. Adding a principal to an issuer that is there adds a rule.")]
    Add(Add),
    /// Trust an issuer no more
    #[command(after_help = "Example:\n  countersign issuer remove cluster")]
    Remove {
        /// Its name or id
        issuer: String,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// A name for it
    name: String,

    /// What its tokens name as `iss`
    #[arg(long, value_name = "URL")]
    issuer: String,

    /// What its tokens must name as `aud`
    #[arg(long)]
    audience: String,

    /// Where its keys are; found by its discovery document where absent
    #[arg(long, value_name = "URL")]
    jwks_uri: Option<String>,

    /// The principal that its tokens stand for
    #[arg(long, value_name = "NAME")]
    principal: String,

    /// What the tokens must claim for that; may be given more than once
    #[arg(long = "claim", value_name = "KEY=VALUE", required = true, value_parser = key_value)]
    claims: Vec<(String, String)>,
}

impl IssuerCommand {
    pub async fn run(self) -> Result<()> {
        let client = self.options.client()?;
        let as_json = self.options.json;
        let all = client.list("trusted-issuers", &[], usize::MAX).await?;
        match self.action {
            Action::List => {
                if as_json {
                    return output::json(&all);
                }
                let rows: Vec<[String; 5]> = all.iter().flat_map(rows).collect();
                output::table(["NAME", "ISSUER", "AUDIENCE", "PRINCIPAL", "CLAIMS"], &rows)
            }
            Action::Add(add) => {
                let known = all.iter().find(|issuer| cell(issuer, "/name") == add.name);
                let made = match known {
                    Some(issuer) => {
                        let mut rules = issuer["rules"].as_array().cloned().unwrap_or_default();
                        rules.push(add.rule());
                        let path = format!("trusted-issuers/{}", resolve::id(issuer)?);
                        client.patch(&path, &json!({ "rules": rules })).await?
                    }
                    None => client.post("trusted-issuers", &add.body()).await?,
                };
                output::made("trusted issuer", &made, as_json)
            }
            Action::Remove { issuer } => {
                let path = "trusted-issuers";
                let id = resolve::by_name(&client, path, "trusted issuer", &issuer).await?;
                client.delete(&format!("{path}/{id}")).await?;
                output::removed("trusted issuer", &issuer, as_json)
            }
        }
    }
}

impl Add {
    fn rule(&self) -> Value {
        let claims: BTreeMap<_, _> = self.claims.iter().cloned().collect();
        json!({"claims": claims, "principal": self.principal})
    }

    fn body(&self) -> Value {
        json!({
            "name": self.name,
            "issuer": self.issuer,
            "audience": self.audience,
            "jwks_uri": self.jwks_uri,
            "rules": [self.rule()],
        })
    }
}

/// A line for each rule.
fn rows(issuer: &Value) -> Vec<[String; 5]> {
    let rules = issuer["rules"].as_array().cloned().unwrap_or_default();
    let row = |rule: &Value| {
        [
            cell(issuer, "/name"),
            cell(issuer, "/issuer"),
            cell(issuer, "/audience"),
            cell(rule, "/principal"),
            pairs(rule.get("claims")),
        ]
    };
    if rules.is_empty() {
        return vec![row(&Value::Null)];
    }
    rules.iter().map(row).collect()
}
