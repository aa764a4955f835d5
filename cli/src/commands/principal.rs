//! `countersign principal`: who acts, and the short-lived credentials they sign in with.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{key_value, principal_key, resolve};
use crate::{
    config::ClientOptions,
    output::{self, cell, pairs},
};

/// Principals: who acts on targets
#[derive(Debug, Args)]
pub struct PrincipalCommand {
    #[command(flatten)]
    options: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the principals
    #[command(after_help = "Example:\n  countersign principal list")]
    List,
    /// Make a principal
    #[command(after_help = "Example:
  countersign principal create release-bot --kind agent --owner alice@example.com \\
    --purpose \"deploys the shop\" --claim env=staging")]
    Create(Create),
    /// Remove a principal; its live sessions end
    #[command(after_help = "Example:\n  countersign principal delete release-bot")]
    Delete {
        /// Its name or id
        principal: String,
    },
    /// Public keys with which it proves who it is
    Key(principal_key::KeyCommand),
    /// Make a credential; the secret is shown this once
    #[command(after_help = "Example:\n  countersign principal credential release-bot --ttl 8h")]
    Credential {
        /// The principal's name or id
        principal: String,
        /// How long it works: seconds, or with a unit (`30m`, `8h`, `7d`)
        #[arg(long, default_value = "8h", value_parser = seconds)]
        ttl: u64,
    },
    /// Revoke a credential; live sessions that used it end
    #[command(after_help = "Example:
  countersign principal revoke 019a3c1e-7b5d-7f00-8000-0123456789ab")]
    Revoke {
        /// The credential's id
        credential: String,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// The name it signs in with
    name: String,

    /// What kind of actor it is
    #[arg(long, value_enum)]
    kind: Kind,

    /// A group that selectors and policies may name
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,

    /// What you say of it, for policies
    #[arg(long = "claim", value_name = "KEY=VALUE", value_parser = key_value)]
    claims: Vec<(String, String)>,

    /// The human for whom an agent acts
    #[arg(long, value_name = "EMAIL")]
    on_behalf_of: Option<String>,

    /// Who answers for it: an e-mail address, or `group:NAME`
    #[arg(long, value_name = "EMAIL")]
    owner: Option<String>,

    /// What it is for
    #[arg(long, default_value = "")]
    purpose: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Human,
    Agent,
    Service,
}

impl PrincipalCommand {
    pub async fn run(self) -> Result<()> {
        let client = self.options.client()?;
        let as_json = self.options.json;
        match self.action {
            Action::Key(command) => command.run(&self.options).await,
            Action::List => {
                let all = client.list("principals", &[], usize::MAX).await?;
                if as_json {
                    return output::json(&all);
                }
                let rows: Vec<[String; 7]> = all.iter().map(row).collect();
                output::table(
                    [
                        "NAME",
                        "KIND",
                        "OWNER",
                        "ON BEHALF OF",
                        "GROUPS",
                        "CLAIMS",
                        "ID",
                    ],
                    &rows,
                )
            }
            Action::Create(create) => {
                let made = client.post("principals", &create.body()).await?;
                output::made("principal", &made, as_json)
            }
            Action::Delete { principal } => {
                let id = resolve::by_name(&client, "principals", "principal", &principal).await?;
                client.delete(&format!("principals/{id}")).await?;
                output::removed("principal", &principal, as_json)
            }
            Action::Credential { principal, ttl } => {
                let id = resolve::by_name(&client, "principals", "principal", &principal).await?;
                let made = client
                    .post(
                        &format!("principals/{id}/credentials"),
                        &json!({ "ttl_seconds": ttl }),
                    )
                    .await?;
                output::secret(&made, "/secret", as_json)
            }
            Action::Revoke { credential } => {
                client.delete(&format!("credentials/{credential}")).await?;
                output::removed("credential", &credential, as_json)
            }
        }
    }
}

impl Create {
    fn body(self) -> Value {
        let claims: BTreeMap<_, _> = self.claims.into_iter().collect();
        json!({
            "name": self.name,
            "kind": match self.kind {
                Kind::Human => "human",
                Kind::Agent => "agent",
                Kind::Service => "service",
            },
            "groups": self.groups,
            "claims": claims,
            "on_behalf_of": self.on_behalf_of,
            "owner": self.owner,
            "purpose": self.purpose,
        })
    }
}

fn row(principal: &Value) -> [String; 7] {
    [
        cell(principal, "/name"),
        cell(principal, "/kind"),
        cell(principal, "/owner"),
        cell(principal, "/on_behalf_of"),
        cell(principal, "/groups"),
        pairs(principal.pointer("/claims")),
        cell(principal, "/id"),
    ]
}

/// Seconds, or a number with the unit `s`, `m`, `h` or `d`.
pub fn seconds(text: &str) -> Result<u64, String> {
    let (number, unit) = match text.char_indices().last() {
        Some((at, 's')) => (text.get(..at), 1),
        Some((at, 'm')) => (text.get(..at), 60),
        Some((at, 'h')) => (text.get(..at), 3_600),
        Some((at, 'd')) => (text.get(..at), 86_400),
        _ => (Some(text), 1),
    };
    number
        .and_then(|number| number.parse::<u64>().ok()?.checked_mul(unit))
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| "expected seconds, or a number with s, m, h or d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(seconds("90"), Ok(90));
        assert_eq!(seconds("8h"), Ok(28_800));
        assert_eq!(seconds("7d"), Ok(604_800));
        for wrong in ["", "h", "-1", "0", "1w", "99999999999999999999d"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
