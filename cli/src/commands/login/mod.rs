//! `countersign login`, `logout` and `whoami`: the person's own token, kept in the configuration file.

mod browser;
mod device;
mod loopback;
mod oauth;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::{
    config::ClientOptions,
    output::{self, cell},
};

/// Sign in by the browser; the token is kept in the configuration file
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign login --url https://countersign.example.com
  countersign login --device

The browser asks you to sign in at the control plane, by your company's identity provider. Where there
is no browser, --device shows a code to type into one elsewhere. The token works for 12 hours, and ends
when the identity provider ends your session.")]
pub struct LoginCommand {
    #[command(flatten)]
    options: ClientOptions,

    /// Show a code to type into a browser elsewhere
    #[arg(long)]
    device: bool,

    /// Print the address instead of opening a browser
    #[arg(long, conflicts_with = "device")]
    no_browser: bool,
}

/// Sign out: revoke the token that `countersign login` got
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign logout")]
pub struct LogoutCommand {
    #[command(flatten)]
    options: ClientOptions,
}

/// Show who is signed in
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign whoami")]
pub struct WhoamiCommand {
    #[command(flatten)]
    options: ClientOptions,
}

impl LoginCommand {
    pub async fn run(self) -> Result<()> {
        let url = self.options.address()?;
        let server = oauth::Server::new(&url)?;
        let token = if self.device {
            device::sign_in(&server).await?
        } else {
            loopback::sign_in(&server, !self.no_browser).await?
        };
        let file = self.options.keep(&url, &token)?;
        let session = self.options.client_as(&url, &token)?.get("session").await?;
        if self.options.json {
            return output::json(&session);
        }
        output::line(&format!(
            "signed in to {url} as {} ({}); the token is in {}",
            cell(&session, "/user/email"),
            cell(&session, "/user/roles"),
            file.display()
        ))
    }
}

impl LogoutCommand {
    pub async fn run(self) -> Result<()> {
        let Some(token) = self.options.kept()? else {
            bail!("nobody is signed in: the configuration file holds no token");
        };
        // A token that is over already is as good as revoked; the file must not keep it.
        let client = self.options.client_as(&self.options.address()?, &token)?;
        let revoked = client.post("sign-out", &json!({})).await;
        let file = self.options.forget()?;
        match revoked {
            Err(error) if !crate::client::is_unauthenticated(&error) => Err(error),
            _ if self.options.json => output::json(&json!({"signed_out": true})),
            _ => output::line(&format!("signed out; {} holds no token", file.display())),
        }
    }
}

impl WhoamiCommand {
    pub async fn run(self) -> Result<()> {
        let session = self.options.client()?.get("session").await?;
        if self.options.json {
            return output::json(&session);
        }
        output::fields(&[
            ("control plane", self.options.address()?),
            ("e-mail", cell(&session, "/user/email")),
            ("name", cell(&session, "/user/name")),
            ("roles", cell(&session, "/user/roles")),
            ("groups", cell(&session, "/user/groups")),
            (
                "reviews of",
                output::pairs(session.pointer("/user/review_scope")),
            ),
            ("until", cell(&session, "/expires_at")),
        ])
    }
}
