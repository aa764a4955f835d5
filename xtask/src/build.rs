//! Dashboard first, since the binary carries it; then the policies and the binary.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::{
    process::{Run, say},
    setup::Tools,
    workspace::Workspace,
};

/// How the binary is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Dev,
    Release,
}

impl Profile {
    pub fn release_if(release: bool) -> Self {
        if release { Self::Release } else { Self::Dev }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// Dashboard, binary and policies; returns the binary's path. A release carries the runtimes of Rego
/// and Cedar, which a binary builds: where they were not there, or are others now, it is built again.
pub fn everything(workspace: &Workspace, tools: &Tools, profile: Profile) -> Result<PathBuf> {
    web(workspace)?;
    let before = runtimes(workspace);
    let binary = countersign(workspace, tools, profile)?;
    plugins_with(workspace, tools, &binary)?;
    if profile == Profile::Release && runtimes(workspace) != before {
        return countersign(workspace, tools, profile);
    }
    Ok(binary)
}

/// The runtimes that there are, byte by byte.
fn runtimes(workspace: &Workspace) -> [Option<Vec<u8>>; 2] {
    ["rego.wasm", "cedar.wasm"].map(|file| std::fs::read(workspace.languages().join(file)).ok())
}

/// The same for tests, all of them built with it: one set of features for the whole workspace, so that
/// nothing is compiled twice.
pub fn for_tests(workspace: &Workspace, tools: &Tools) -> Result<()> {
    web(workspace)?;
    say("building the workspace and its tests");
    tools
        .cargo(workspace)
        .args(["test", "--workspace", "--locked", "--no-run", "--quiet"])
        .shown()?;
    plugins_with(workspace, tools, &binary(workspace, Profile::Dev))
}

/// Where the binary is once it is built.
pub fn binary(workspace: &Workspace, profile: Profile) -> PathBuf {
    workspace
        .target()
        .join(profile.folder())
        .join("countersign")
}

/// The dashboard's static files, in web/dist.
pub fn web(workspace: &Workspace) -> Result<()> {
    say("building the dashboard");
    Run::new("npm")
        .args(["run", "--silent", "build"])
        .folder(&workspace.path("web"))
        .output()
        .context("the dashboard cannot be built")?;
    Ok(())
}

/// The `countersign` binary. For development it is built with the features that the whole workspace
/// has, as the tests build it, so that whoever does both compiles the heavy dependencies once.
pub fn countersign(workspace: &Workspace, tools: &Tools, profile: Profile) -> Result<PathBuf> {
    say("building the countersign binary");
    let cargo = tools.cargo(workspace).args(["build", "--locked"]);
    let cargo = match profile {
        Profile::Dev => cargo.args(["--workspace", "--bins"]),
        Profile::Release => cargo.args(["--package", "countersign-cli", "--release"]),
    };
    cargo.shown()?;
    Ok(binary(workspace, profile))
}

/// The built-in policies, as components in target/policies.
pub fn plugins(workspace: &Workspace, tools: &Tools) -> Result<()> {
    let binary = countersign(workspace, tools, Profile::Dev)?;
    plugins_with(workspace, tools, &binary)
}

fn plugins_with(workspace: &Workspace, tools: &Tools, binary: &Path) -> Result<()> {
    say("building the policies");
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(workspace.path("plugins")).context("plugins/ is gone")? {
        let folder = entry.context("plugins/ cannot be read")?.path();
        if folder.join("Cargo.toml").is_file() {
            folders.push(folder);
        }
    }
    folders.sort();
    if folders.is_empty() {
        bail!("plugins/ has no policies");
    }
    policy_build(workspace, tools, binary, &workspace.policies(), &folders)?;
    languages_with(workspace, tools, binary)
}

/// The runtimes of Rego and Cedar, as components in target/languages.
fn languages_with(workspace: &Workspace, tools: &Tools, binary: &Path) -> Result<()> {
    say("building the runtimes of Rego and Cedar");
    let folders = ["rego", "cedar"].map(|language| workspace.path("languages").join(language));
    policy_build(workspace, tools, binary, &workspace.languages(), &folders)
}

fn policy_build(
    workspace: &Workspace,
    tools: &Tools,
    binary: &Path,
    out: &Path,
    folders: &[PathBuf],
) -> Result<()> {
    Run::new(binary)
        .args(["policy", "build", "--out"])
        .arg(out)
        .args(folders)
        .envs(tools.environment())
        .folder(workspace.root())
        .shown()?;
    Ok(())
}

/// The components that [`plugins`] made.
pub fn policy_files(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let folder = workspace.policies();
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .with_context(|| format!("{} is gone", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .collect();
    files.sort();
    Ok(files)
}
