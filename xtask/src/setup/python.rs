//! Python packages, in folders of the project's own.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};

use super::Tools;
use crate::{
    process::{Run, on_path, say},
    workspace::Workspace,
};

/// Unpacks one package, without a virtual environment.
pub fn install_into(folder: &Path, package: &str) -> Result<()> {
    if on_path("python3").is_none() {
        bail!("{package} is missing, and there is no python3 to install it with");
    }
    Run::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"])
        .arg(folder)
        .arg(package)
        .output()?;
    Ok(())
}

/// The virtual environment with the clients that the end-to-end tests drive.
pub fn clients(workspace: &Workspace, tools: &mut Tools) -> Result<()> {
    let folder = workspace.tools().join("python");
    let python = folder.join("bin/python");
    let requirements = workspace.path("cli/tests/clients/python/requirements.txt");
    let wanted = fs::read(&requirements)
        .with_context(|| format!("{} cannot be read", requirements.display()))?;
    let stamp = folder.join("requirements.txt");
    if !fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        say("installing the Python clients into .tools");
        make(&folder)?;
        Run::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(&requirements)
            .output()?;
        fs::write(&stamp, wanted)
            .with_context(|| format!("{} cannot be written", stamp.display()))?;
    }
    tools.set("COUNTERSIGN_TEST_PYTHON", python.display().to_string());
    Ok(())
}

fn make(folder: &Path) -> Result<()> {
    if on_path("python3").is_none() {
        bail!("python3 is missing; the end-to-end tests drive one of its PostgreSQL clients");
    }
    Run::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(folder)
        .output()
        .context("no virtual environment (Debian: python3-venv)")?;
    Ok(())
}
