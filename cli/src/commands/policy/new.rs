//! `countersign policy new`: a folder that builds and passes its tests.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::template;
use crate::output;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign policy new row-guard && cd row-guard && countersign policy test
  countersign policy new pager --language rego
  countersign policy new row-guard --sdk ~/src/countersign/policy-sdk

The folder needs nothing but cargo and the target wasm32-unknown-unknown (Rust), npm (TypeScript), Python
(Python), or nothing at all (Rego, Cedar). The SDK's sources are written into it, unless it is made
inside a checkout of Countersign or --sdk names them.")]
pub struct New {
    /// The policy's name: lower case, digits and hyphens
    name: String,

    /// What it is written in
    #[arg(long, value_enum, default_value = "rust")]
    language: Language,

    /// The folder [default: the name]
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,

    /// Use the SDK in this folder instead of a copy
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    Rust,
    Typescript,
    Python,
    Rego,
    Cedar,
}

impl Language {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Typescript => "typescript",
            Self::Python => "python",
            Self::Rego => "rego",
            Self::Cedar => "cedar",
        }
    }
}

impl New {
    pub fn run(self, as_json: bool) -> Result<()> {
        if !is_name(&self.name) {
            bail!(
                "{:?} is no name of a policy: use lower-case letters, digits and hyphens, a letter \
                 first, 63 at most",
                self.name
            );
        }
        let folder = self
            .path
            .clone()
            .unwrap_or_else(|| PathBuf::from(&self.name));
        if folder.exists() && fs::read_dir(&folder).is_ok_and(|mut files| files.next().is_some()) {
            bail!("{} is there already, and is not empty", folder.display());
        }
        fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        let sdk = self.sdk(&folder)?;
        let sdk_path = sdk.as_deref().map_or("sdk".into(), Path::to_string_lossy);
        template::write(self.language.as_str(), &self.name, &sdk_path, &folder)?;
        if self.language == Language::Rust && sdk.is_none() {
            template::write_sdk(&folder.join("sdk"))?;
            let lock = folder.join("Cargo.lock");
            fs::write(&lock, template::lock()?)
                .with_context(|| format!("{} cannot be written", lock.display()))?;
        }
        if as_json {
            return output::json(&json!({
                "name": self.name, "language": self.language.as_str(), "folder": folder,
            }));
        }
        output::line(&format!(
            "{} is in {}. Next:\n  cd {}\n  countersign policy test",
            self.name,
            folder.display(),
            folder.display()
        ))
    }

    /// Where the SDK is, where it is not to be copied.
    fn sdk(&self, folder: &Path) -> Result<Option<PathBuf>> {
        if self.language != Language::Rust {
            return Ok(None);
        }
        let absolute = |path: &Path| {
            path.canonicalize()
                .with_context(|| format!("{} cannot be found", path.display()))
        };
        if let Some(sdk) = &self.sdk {
            if !sdk.join("wit/policy.wit").is_file() {
                bail!("{} is not the SDK: it has no wit/policy.wit", sdk.display());
            }
            return absolute(sdk).map(Some);
        }
        let folder = absolute(folder)?;
        let checkout = folder
            .ancestors()
            .skip(1)
            .map(|ancestor| ancestor.join("policy-sdk"))
            .find(|sdk| sdk.join("wit/policy.wit").is_file() && sdk.join("Cargo.toml").is_file());
        Ok(checkout)
    }
}

/// As a manifest takes it.
fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(allowed)
}
