//! `countersign principal key`: public keys with which principals prove who they are.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::resolve;
use crate::{
    client::Client,
    config::ClientOptions,
    oauth::PrivateKey,
    output::{self, cell},
};

/// Public keys with which a principal proves who it is
#[derive(Debug, Args)]
pub struct KeyCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a public key: one that is there, or the public half of a new one
    #[command(after_help = "Examples:
  countersign principal key add batch --generate batch.jwk
  countersign principal key add batch --jwk batch-public.jwk

The file of --generate holds the private half and stays with the principal, who signs in by it:
countersign access token --agent batch --key batch.jwk --target shop-production")]
    Add {
        /// The principal's name or id
        principal: String,
        /// A file with a public key as a JWK: RSA, EC on P-256 or OKP on Ed25519
        #[arg(long, value_name = "FILE", required_unless_present = "generate")]
        jwk: Option<PathBuf>,
        /// Where a new private key goes; a file that is there is left alone
        #[arg(long, value_name = "FILE", conflicts_with = "jwk")]
        generate: Option<PathBuf>,
    },
    /// List the keys
    #[command(after_help = "Example:\n  countersign principal key list batch")]
    List {
        /// The principal's name or id
        principal: String,
    },
    /// Remove a key: what it signs is accepted no more
    #[command(after_help = "Example:
  countersign principal key remove batch kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    Remove {
        /// The principal's name or id
        principal: String,
        /// The key's `kid`
        kid: String,
    },
}

impl KeyCommand {
    pub async fn run(self, options: &ClientOptions) -> Result<()> {
        let client = options.client()?;
        let as_json = options.json;
        match self.action {
            Action::Add {
                principal,
                jwk,
                generate,
            } => {
                let path = keys(&client, &principal).await?;
                let made = match generate {
                    Some(file) => generated(&client, &path, &file).await?,
                    None => {
                        let jwk = read(&jwk.context("--jwk or --generate is needed")?)?;
                        client.post(&path, &json!({ "jwk": jwk })).await?
                    }
                };
                if as_json {
                    return output::json(&made);
                }
                output::line(&format!("key {} of {principal}", cell(&made, "/kid")))
            }
            Action::List { principal } => {
                let path = keys(&client, &principal).await?;
                let all = client.list(&path, &[], usize::MAX).await?;
                if as_json {
                    return output::json(&all);
                }
                let rows: Vec<[String; 5]> = all.iter().map(row).collect();
                output::table(["KEY", "KIND", "ADDED", "BY", "LAST USED"], &rows)
            }
            Action::Remove { principal, kid } => {
                let path = keys(&client, &principal).await?;
                client.delete(&format!("{path}/{kid}")).await?;
                output::removed("key", &kid, as_json)
            }
        }
    }
}

async fn keys(client: &Client, principal: &str) -> Result<String> {
    let id = resolve::by_name(client, "principals", "principal", principal).await?;
    Ok(format!("principals/{id}/keys"))
}

/// The file first: a key that is registered and lost would only be in the way.
async fn generated(client: &Client, path: &str, file: &Path) -> Result<Value> {
    let key = PrivateKey::generate();
    let written = || format!("{} cannot be written", file.display());
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .with_context(written)?;
    let made = client.post(path, &json!({"jwk": key.public()})).await;
    let made = match made {
        Ok(made) => made,
        Err(error) => {
            let _ = fs::remove_file(file);
            return Err(error);
        }
    };
    writeln!(out, "{}", key.private(&cell(&made, "/kid"))).with_context(written)?;
    Ok(made)
}

fn read(file: &Path) -> Result<Value> {
    let text =
        fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not a JWK", file.display()))
}

fn row(key: &Value) -> [String; 5] {
    [
        cell(key, "/kid"),
        cell(key, "/jwk/kty"),
        cell(key, "/created_at"),
        cell(key, "/created_by"),
        cell(key, "/last_used_at"),
    ]
}
