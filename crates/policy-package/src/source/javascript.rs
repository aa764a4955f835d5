//! JavaScript and TypeScript, by way of npm and componentize-js: the component holds a JavaScript
//! engine that was started when it was built, and imports nothing but the policy world.

use std::{path::Path, process::Command};

use super::{SourceError, toolchain};

const SCRIPT: &str = include_str!("component.mjs");

/// Builds the policy in `dir`: a folder with the manifest `policy.json` and a `package.json` that
/// names its source as `main` and its tools, `@bytecodealliance/componentize-js` and `rolldown`. The
/// first build installs them. The component describes itself, and carries no manifest yet.
///
/// # Errors
///
/// When the folder is no policy, or a tool fails.
pub fn build(dir: &Path) -> Result<Vec<u8>, SourceError> {
    let manifest = toolchain::manifest(dir)?;
    install(dir)?;
    let dir = dir.canonicalize().map_err(|source| SourceError::Read {
        path: dir.to_owned(),
        source,
    })?;
    // Inside node_modules, from where the policy's tools are found.
    let work = dir.join("node_modules/.countersign");
    toolchain::write_wit(&work)?;
    let script = work.join("component.mjs");
    toolchain::write(&script, SCRIPT)?;
    let mut node = Command::new("node");
    node.arg(&script)
        .args([&dir, &work])
        .arg(toolchain::world(&manifest))
        .current_dir(&dir);
    toolchain::run(node)?;
    toolchain::read(&work.join("policy.wasm"))
}

fn install(dir: &Path) -> Result<(), SourceError> {
    let packages = dir.join("node_modules");
    let tools = ["@bytecodealliance/componentize-js", "rolldown"];
    if tools.iter().all(|tool| packages.join(tool).is_dir()) {
        return Ok(());
    }
    // Not `ci`: a lock file that was written on another platform lacks this one's binaries.
    let mut npm = Command::new("npm");
    npm.arg("install")
        .args([
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
        ])
        .current_dir(dir);
    toolchain::run(npm)
}
