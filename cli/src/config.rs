//! Which control plane the client commands talk to, and as whom: options, then the environment, then
//! the configuration file.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use secrecy::SecretString;
use serde::Deserialize;

use crate::client::Client;

/// Where `countersign server` listens unless told otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:7400";

/// Options that every client command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub struct ClientOptions {
    /// The control plane [default: http://127.0.0.1:7400]
    #[arg(long, global = true, env = "COUNTERSIGN_URL", value_name = "URL")]
    url: Option<String>,

    /// An API token (`cst_…`); rather set the variable, which does not show in process lists
    #[arg(
        long,
        global = true,
        env = "COUNTERSIGN_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,

    /// A TOML file with `url` and `token` or `token_file` [default: ~/.config/countersign/config.toml]
    #[arg(long, global = true, env = "COUNTERSIGN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    /// Print the server's answer as JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ConfigFile {
    url: Option<String>,
    token: Option<SecretString>,
    token_file: Option<PathBuf>,
}

impl ClientOptions {
    /// A client for the chosen control plane.
    pub fn client(&self) -> Result<Client> {
        let file = self.file()?;
        let url = self
            .url
            .clone()
            .or(file.url)
            .unwrap_or_else(|| DEFAULT_URL.to_owned());
        let token = match (&self.token, file.token, file.token_file) {
            (Some(token), ..) => token.clone().into(),
            (None, Some(token), _) => token,
            (None, None, Some(path)) => read_token(&path)?,
            (None, None, None) => bail!(
                "no API token: set COUNTERSIGN_TOKEN, pass --token, or name a `token_file` in the \
                 configuration file"
            ),
        };
        Client::new(&url, token)
    }

    fn file(&self) -> Result<ConfigFile> {
        match (&self.config, default_path()) {
            (Some(path), _) => read(path),
            (None, Some(path)) if path.is_file() => read(&path),
            _ => Ok(ConfigFile::default()),
        }
    }
}

fn default_path() -> Option<PathBuf> {
    let folder = match env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env::var_os("HOME")?).join(".config"),
    };
    Some(folder.join("countersign").join("config.toml"))
}

/// Reads the file; a relative `token_file` is relative to it.
fn read(path: &Path) -> Result<ConfigFile> {
    let text =
        fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut file: ConfigFile =
        toml::from_str(&text).with_context(|| format!("{} is not valid", path.display()))?;
    if let (Some(token_file), Some(folder)) = (&mut file.token_file, path.parent()) {
        *token_file = folder.join(&token_file);
    }
    Ok(file)
}

fn read_token(path: &Path) -> Result<SecretString> {
    let text =
        fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(text.trim().to_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_token_file_is_beside_the_configuration() {
        let folder = env::temp_dir().join(format!("countersign-config-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("config.toml");
        fs::write(
            &path,
            "url = \"http://here\"\ntoken_file = \"admin.token\"\n",
        )
        .unwrap();
        let file = read(&path).unwrap();
        assert_eq!(file.token_file, Some(folder.join("admin.token")));

        fs::write(&path, "urll = \"http://here\"\n").unwrap();
        let error = format!("{:#}", read(&path).unwrap_err());
        assert!(error.contains("urll"), "{error}");
        fs::remove_dir_all(&folder).unwrap();
    }
}
