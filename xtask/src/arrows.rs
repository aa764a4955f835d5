//! The dependency arrows of ARCHITECTURE.md, held by `deny.toml`: a banned crate may be used by its
//! `wrappers` alone. Checked here with Cargo's own metadata, so that no other tool is needed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::{
    process::{Run, on_path, say},
    workspace::Workspace,
};

#[derive(Deserialize)]
struct Deny {
    bans: Bans,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

/// A crate that only `wrappers` may depend on.
#[derive(Debug, Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    #[serde(default)]
    wrappers: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    /// Absent for the workspace's own.
    source: Option<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

/// Fails with every arrow that `deny.toml` does not allow.
pub fn check(workspace: &Workspace) -> Result<()> {
    let path = workspace.path("deny.toml");
    let text =
        fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let deny: Deny = toml::from_str(&text).context("deny.toml is not as expected")?;
    let mut all = packages(workspace, "Cargo.toml")?;
    all.extend(packages(workspace, "languages/Cargo.toml")?);
    let wrong = wrong_arrows(&deny.bans.deny, &all);
    if !wrong.is_empty() {
        bail!(
            "arrows that deny.toml does not allow:\n  {}",
            wrong.join("\n  ")
        );
    }
    let own: BTreeSet<&str> = all.iter().map(|p| p.name.as_str()).collect();
    let held = deny
        .bans
        .deny
        .iter()
        .filter(|ban| own.contains(ban.name.as_str()))
        .count();
    say(&format!(
        "arrows: {} crates of ours, {held} of them restricted, all as in deny.toml",
        own.len()
    ));
    if on_path("cargo-deny").is_some() {
        Run::new("cargo")
            .args(["deny", "check", "bans", "licenses", "sources"])
            .folder(workspace.root())
            .shown()?;
    }
    Ok(())
}

/// The crates of one of our workspaces.
fn packages(workspace: &Workspace, manifest: &str) -> Result<Vec<Package>> {
    let metadata = Run::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .args(["--manifest-path", manifest])
        .folder(workspace.root())
        .output()?;
    let metadata: Metadata =
        serde_json::from_str(&metadata).context("cargo's metadata is not as expected")?;
    Ok(metadata.packages)
}

/// `a -> b` for each of our crates `a` that depends on a banned `b` without being its wrapper.
/// Dependencies of tests alone (`dev`) are free, as in cargo-deny's `exclude-dev`.
fn wrong_arrows(bans: &[Ban], packages: &[Package]) -> Vec<String> {
    let wrappers: BTreeMap<&str, &[String]> = bans
        .iter()
        .map(|ban| (ban.name.as_str(), ban.wrappers.as_slice()))
        .collect();
    packages
        .iter()
        .filter(|package| package.source.is_none())
        .flat_map(|package| {
            package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind.as_deref() != Some("dev"))
                .filter(|dependency| {
                    wrappers
                        .get(dependency.name.as_str())
                        .is_some_and(|allowed| !allowed.contains(&package.name))
                })
                .map(|dependency| format!("{} -> {}", package.name, dependency.name))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependency: &str, kind: Option<&str>) -> Package {
        Package {
            name: name.to_owned(),
            source: None,
            dependencies: vec![Dependency {
                name: dependency.to_owned(),
                kind: kind.map(str::to_owned),
            }],
        }
    }

    #[test]
    fn only_wrappers_may_depend_on_a_banned_crate() {
        let bans = [Ban {
            name: "sea-orm".to_owned(),
            wrappers: vec!["store".to_owned()],
        }];
        let packages = [
            package("store", "sea-orm", None),
            package("control-plane", "sea-orm", None),
            package("edge-agent", "sea-orm", Some("dev")),
            package("edge-agent", "tokio", None),
        ];
        assert_eq!(wrong_arrows(&bans, &packages), ["control-plane -> sea-orm"]);
    }
}
