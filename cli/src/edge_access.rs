//! Which edge is asked, about which target, as whom: for commands that stand beside a copilot.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use reqwest::Url;
use secrecy::SecretString;

/// The options that name an edge, a target and a credential.
#[derive(Debug, Args)]
pub struct EdgeOptions {
    /// The edge's HTTP listener
    #[arg(long, value_name = "URL", env = "COUNTERSIGN_EDGE")]
    edge: Option<String>,

    /// The target that this machine is, or that the server belongs to
    #[arg(long, value_name = "NAME", env = "COUNTERSIGN_TARGET")]
    target: Option<String>,

    /// The client's credential
    #[arg(
        long,
        value_name = "SECRET",
        env = "COUNTERSIGN_CREDENTIAL",
        hide_env_values = true
    )]
    credential: Option<String>,

    /// A file whose first line is the credential
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_CREDENTIAL_FILE")]
    credential_file: Option<PathBuf>,
}

/// What the options name.
#[derive(Debug)]
pub struct EdgeAccess {
    /// The edge's HTTP listener; its path ends with a slash.
    pub base: Url,
    /// The target's name.
    pub target: String,
    /// What signs in.
    pub credential: SecretString,
}

impl EdgeOptions {
    /// Reads what they name.
    ///
    /// # Errors
    /// When one of them is missing or cannot be read.
    pub fn access(&self) -> Result<EdgeAccess> {
        let missing = |what: &str, variable: &str| format!("no {what}: set {variable}");
        let url = self.edge.as_deref();
        let url = url.with_context(|| missing("edge", "COUNTERSIGN_EDGE"))?;
        let mut base: Url = url.parse().context("the edge's URL is none")?;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let target = self.target.clone();
        let target = target.with_context(|| missing("target", "COUNTERSIGN_TARGET"))?;
        let credential = match (&self.credential, &self.credential_file) {
            (Some(secret), _) => secret.clone(),
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path);
                let text = text.with_context(|| format!("{} cannot be read", path.display()))?;
                text.lines().next().unwrap_or_default().trim().to_owned()
            }
            (None, None) => bail!(missing("credential", "COUNTERSIGN_CREDENTIAL_FILE")),
        };
        Ok(EdgeAccess {
            base,
            target,
            credential: credential.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl EdgeOptions {
        /// As given by flags.
        pub fn of(edge: &str, target: &str, credential: &str) -> Self {
            Self {
                edge: Some(edge.to_owned()),
                target: Some(target.to_owned()),
                credential: Some(credential.to_owned()),
                credential_file: None,
            }
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let whole = || EdgeOptions::of("http://127.0.0.1:1/edge", "laptop", "csp_secret");
        let access = whole().access().expect("nothing is missing");
        assert_eq!(access.base.as_str(), "http://127.0.0.1:1/edge/");
        for (without, named) in [
            (
                EdgeOptions {
                    edge: None,
                    ..whole()
                },
                "COUNTERSIGN_EDGE",
            ),
            (
                EdgeOptions {
                    target: None,
                    ..whole()
                },
                "COUNTERSIGN_TARGET",
            ),
            (
                EdgeOptions {
                    credential: None,
                    ..whole()
                },
                "COUNTERSIGN_CREDENTIAL_FILE",
            ),
        ] {
            let error = without.access().expect_err("something is missing");
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}
