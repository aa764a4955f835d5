//! Python, by way of pip and componentize-py: the component holds an interpreter that was started when
//! it was built, and imports nothing but the policy world.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{SourceError, toolchain};

const ENTRY: &str = include_str!("entry.py");

/// Where a policy's tools and what is generated are kept, in its folder.
const WORK: &str = ".countersign";

/// Builds the policy in `dir`: a folder with the manifest `policy.json`, the source `policy.py` and a
/// `requirements.txt` that names `componentize-py`. The first build installs it, without dependencies
/// on the system's Python but the interpreter. The component describes itself, and carries no manifest
/// yet.
///
/// # Errors
///
/// When the folder is no policy, or a tool fails.
pub fn build(dir: &Path) -> Result<Vec<u8>, SourceError> {
    let manifest = toolchain::manifest(dir)?;
    let dir = dir.canonicalize().map_err(|source| SourceError::Read {
        path: dir.to_owned(),
        source,
    })?;
    let work = dir.join(WORK);
    let tools = install(&dir, &work)?;
    toolchain::write_wit(&work)?;
    let json = toolchain::read(&dir.join(toolchain::MANIFEST))?;
    // A JSON string is a Python string too.
    let literal = serde_json::to_string(&String::from_utf8_lossy(&json)).map_err(|source| {
        SourceError::Manifest {
            path: dir.join(toolchain::MANIFEST),
            source,
        }
    })?;
    let entry = work.join("app/countersign_entry.py");
    toolchain::write(&entry, &ENTRY.replace("@MANIFEST@", &literal))?;
    let component = work.join("policy.wasm");
    let mut tool = Command::new(tools.join("bin/componentize-py"));
    tool.arg("--wit-path")
        .arg(work.join("wit"))
        .args(["--world", toolchain::world(&manifest)])
        .args(["componentize", "--stub-wasi", "countersign_entry"])
        .arg("--python-path")
        .arg(work.join("app"))
        .arg("--python-path")
        .arg(&dir)
        .arg("--output")
        .arg(&component)
        .env("PYTHONPATH", &tools)
        .current_dir(&dir);
    toolchain::run(tool)?;
    toolchain::read(&component)
}

fn install(dir: &Path, work: &Path) -> Result<PathBuf, SourceError> {
    let tools = work.join("tools");
    if !tools.join("bin/componentize-py").is_file() {
        let mut pip = Command::new("python3");
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(["--requirement", "requirements.txt", "--target"])
        .arg(&tools)
        .current_dir(dir);
        toolchain::run(pip)?;
    }
    Ok(tools)
}
