//! Node.js, for the dashboard and one of the end-to-end clients.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};

use crate::process::{Run, on_path, say};

const OLDEST: u32 = 20;

/// Whether node and npm are there and new enough.
pub fn check() -> Result<()> {
    if on_path("node").is_none() || on_path("npm").is_none() {
        bail!("Node.js {OLDEST} or newer with npm is needed, and is not on PATH");
    }
    let version = Run::new("node").arg("--version").output()?;
    let major = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST) {
        bail!(
            "Node.js {OLDEST} or newer is needed, this is {}",
            version.trim()
        );
    }
    Ok(())
}

/// The packages that the folder's lock file names, unless they are there already.
pub fn packages(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let wanted = fs::read(&lock).with_context(|| format!("{} cannot be read", lock.display()))?;
    let stamp = folder.join("node_modules/.countersign-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    say(&format!("installing npm packages in {}", folder.display()));
    Run::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .folder(folder)
        .output()?;
    fs::write(&stamp, wanted).with_context(|| format!("{} cannot be written", stamp.display()))
}
