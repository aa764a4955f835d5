//! Debian's packages, when this process may install them.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::process::{Run, is_root, on_path, say};

/// A program on PATH, installed with its package when it is missing.
pub fn program(name: &str, package: &str) -> Result<PathBuf> {
    // Some packages put their program where only root looks.
    let find = || {
        on_path(name).or_else(|| {
            let path = PathBuf::from("/usr/sbin").join(name);
            path.is_file().then_some(path)
        })
    };
    if let Some(found) = find() {
        return Ok(found);
    }
    install(&[package])?;
    find().with_context(|| format!("{package} was installed, but has no {name}"))
}

/// Whether [`install`] can work here.
pub fn can_install() -> bool {
    is_root() && on_path("apt-get").is_some()
}

/// Installs packages; says so, and fails with one line where it may not.
pub fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !can_install() {
        bail!("{names} is missing: install it with `apt-get install {names}` or the like");
    }
    say(&format!("installing Debian's {names}"));
    let install = || {
        Run::new("apt-get")
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .output()
    };
    if install().is_ok() {
        return Ok(());
    }
    // The lists of packages may be missing or old.
    Run::new("apt-get")
        .args(["update", "--quiet"])
        .output()
        .context("the lists of packages cannot be fetched")?;
    install().map(|_| ())
}
