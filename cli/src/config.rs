//! Which control plane the client commands talk to, and as whom: options, then the environment, then
//! the configuration file.

use std::{
    env, fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
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
        Client::new(&self.address()?, self.token()?)
    }

    /// The token that was chosen.
    pub fn token(&self) -> Result<SecretString> {
        let file = self.file()?;
        match (&self.token, file.token, file.token_file) {
            (Some(token), ..) => Ok(token.clone().into()),
            (None, Some(token), _) => Ok(token),
            (None, None, Some(path)) => read_token(&path),
            (None, None, None) => bail!(
                "nobody is signed in: `countersign login`, or set COUNTERSIGN_TOKEN, pass --token, or \
                 name a `token_file` in the configuration file"
            ),
        }
    }

    /// Where the chosen control plane is.
    pub fn address(&self) -> Result<String> {
        if let Some(url) = &self.url {
            return Ok(url.clone());
        }
        Ok(self.file()?.url.unwrap_or_else(|| DEFAULT_URL.to_owned()))
    }

    /// A client with this token.
    pub fn client_as(&self, url: &str, token: &SecretString) -> Result<Client> {
        Client::new(url, token.clone())
    }

    /// The token that the configuration file itself holds.
    pub fn kept(&self) -> Result<Option<SecretString>> {
        Ok(self.file()?.token)
    }

    /// Keeps a token in the configuration file, which only its owner reads from then on.
    pub fn keep(&self, url: &str, token: &SecretString) -> Result<PathBuf> {
        let path = self.path()?;
        // What is wrong with a file that is there must not be lost by writing over it.
        if path.exists() {
            read(&path)?;
        }
        write(&path, url, Some(token))?;
        Ok(path)
    }

    /// Takes the token out of the configuration file.
    pub fn forget(&self) -> Result<PathBuf> {
        let path = self.path()?;
        write(&path, &self.address()?, None)?;
        Ok(path)
    }

    fn path(&self) -> Result<PathBuf> {
        self.config
            .clone()
            .or_else(default_path)
            .context("there is no home folder for a configuration file; name one with --config")
    }

    fn file(&self) -> Result<ConfigFile> {
        match (&self.config, default_path()) {
            (Some(path), _) => read(path),
            (None, Some(path)) if path.is_file() => read(&path),
            _ => Ok(ConfigFile::default()),
        }
    }
}

/// Writes the file anew, whole or not at all, for its owner alone.
fn write(path: &Path, url: &str, token: Option<&SecretString>) -> Result<()> {
    let unwritable = || format!("{} cannot be written", path.display());
    let quote = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut text = format!("url = {}\n", quote(url));
    if let Some(token) = token {
        text.push_str(&format!("token = {}\n", quote(token.expose_secret())));
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(unwritable)?;
    }
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)
        .with_context(unwritable)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&new, path))
        .with_context(unwritable)
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
    fn a_kept_token_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = env::temp_dir().join(format!("countersign-keep-{}", std::process::id()));
        let path = folder.join("new").join("config.toml");
        let token = SecretString::from("cst_\"odd".to_owned());
        write(&path, "http://here", Some(&token)).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let file = read(&path).unwrap();
        assert_eq!(file.url.as_deref(), Some("http://here"));
        assert_eq!(file.token.unwrap().expose_secret(), "cst_\"odd");

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write(&path, "http://here", None).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "whoever had read it reads it no more");
        assert!(read(&path).unwrap().token.is_none());
        fs::remove_dir_all(&folder).unwrap();
    }

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
