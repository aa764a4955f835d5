//! `countersign access token`: a short-lived credential, for whoever runs the command.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use secrecy::ExposeSecret as _;

use super::principal::seconds;
use crate::{
    config::ClientOptions,
    oauth::{self, PrivateKey},
    output,
};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  export PGPASSWORD=$(countersign access token --target shop-production)
  countersign access token --target shop-production --agent copilot --for 30m
  countersign access token --target shop-production --workload-jwt /var/run/secrets/tokens/countersign
  countersign access token --target shop-production --agent batch --key batch.jwk --once

Without further options it is a credential of your own. With --agent it is one of an agent that you
answer for: the agent acts, on your behalf. With --workload-jwt it is one of whom a trusted issuer's
token stands for, with --key one of the principal that --agent names; neither needs a sign-in.")]
pub struct Token {
    /// A target that it is for; may be given more than once
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,

    /// The agent that acts, by its name
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,

    /// The grant that it is bound to; it then ends with the grant
    #[arg(long, value_name = "ID")]
    grant: Option<String>,

    /// How long it works: seconds, or with a unit (`30m`, `8h`), 12 hours at most
    #[arg(long = "for", value_name = "TIME", default_value = "1h", value_parser = seconds)]
    lifetime: u64,

    /// Have it open one session and no more
    #[arg(long)]
    once: bool,

    /// Have it work for the control plane's API too
    #[arg(long)]
    api: bool,

    /// A file with the token that your platform gave you
    #[arg(long, value_name = "FILE", conflicts_with_all = ["agent", "key"])]
    workload_jwt: Option<PathBuf>,

    /// The file with the agent's private key (`countersign principal key add --generate`)
    #[arg(long, value_name = "FILE", requires = "agent")]
    key: Option<PathBuf>,
}

impl Token {
    pub async fn run(&self, options: &ClientOptions) -> Result<()> {
        let url = options.address()?;
        let proof = self.proof(options, &url)?;
        let lifetime = self.lifetime.to_string();
        let mut parameters: Vec<(&str, &str)> = proof
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        parameters.push(("expires_in", &lifetime));
        parameters.extend(self.targets.iter().map(|name| ("audience", name.as_str())));
        if self.api {
            parameters.push(("audience", &url));
        }
        if let Some(grant) = &self.grant {
            parameters.push(("grant", grant));
        }
        if self.once {
            parameters.push(("once", "true"));
        }
        let answer = oauth::token(&url, &parameters).await?;
        output::token(&answer, options.json)
    }

    /// What is shown to the token endpoint.
    fn proof(&self, options: &ClientOptions, url: &str) -> Result<Vec<(&'static str, String)>> {
        let text = |value: &str| value.to_owned();
        if let Some(path) = &self.workload_jwt {
            return Ok(vec![
                ("grant_type", text(EXCHANGE)),
                ("subject_token_type", text(JWT)),
                ("subject_token", read(path)?),
            ]);
        }
        if let (Some(path), Some(agent)) = (&self.key, &self.agent) {
            let key = PrivateKey::parse(&read(path)?)
                .with_context(|| format!("{} cannot be used", path.display()))?;
            return Ok(vec![
                ("grant_type", text("client_credentials")),
                ("client_assertion_type", text(ASSERTION)),
                ("client_assertion", key.assertion(agent, url)?),
            ]);
        }
        let mut proof = vec![
            ("grant_type", text(EXCHANGE)),
            ("subject_token_type", text(ACCESS_TOKEN)),
            ("subject_token", text(options.token()?.expose_secret())),
        ];
        if let Some(agent) = &self.agent {
            proof.push(("requested_actor", agent.clone()));
        }
        Ok(proof)
    }
}

fn read(path: &PathBuf) -> Result<String> {
    let text =
        fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(text.trim().to_owned())
}
