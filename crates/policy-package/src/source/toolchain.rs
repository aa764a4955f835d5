//! What the builders of JavaScript and Python share: the contract as files, and running the tools.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use countersign_model::{PolicyLanguage, PolicyManifest};

use super::SourceError;

/// The contract, as it is published.
const WIT: &str = include_str!("../../../../policy-sdk/wit/policy.wit");

/// The file with the manifest of a policy that is not written in Rust.
pub(crate) const MANIFEST: &str = "policy.json";

/// Lines of a failed tool that are told: the first say what is wrong.
const MAX_LINES: usize = 20;

/// The manifest in a policy's folder.
pub(crate) fn manifest(dir: &Path) -> Result<PolicyManifest, SourceError> {
    let path = dir.join(MANIFEST);
    let json = read(&path)?;
    serde_json::from_slice(&json).map_err(|source| SourceError::Manifest { path, source })
}

/// The world that a policy is built for.
pub(crate) fn world(manifest: &PolicyManifest) -> &'static str {
    if manifest.filters {
        "filtering-policy"
    } else {
        "policy"
    }
}

/// Writes the contract into a folder of its own under `work`.
pub(crate) fn write_wit(work: &Path) -> Result<(), SourceError> {
    write(&work.join("wit/policy.wit"), WIT)
}

/// Writes a file and the folders above it.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), SourceError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|source| SourceError::Write {
            path: path.to_owned(),
            source,
        })
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, SourceError> {
    fs::read(path).map_err(|source| SourceError::Read {
        path: path.to_owned(),
        source,
    })
}

/// Runs a tool; what it prints is kept for its error.
pub(crate) fn run(mut command: Command) -> Result<(), SourceError> {
    let tool = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|source| SourceError::Tool {
            tool: tool.clone(),
            source,
        })?;
    if output.status.success() {
        return Ok(());
    }
    let words = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<&str> = text.trim().lines().take(MAX_LINES).collect();
        lines.join("\n")
    };
    let mut said = words(&output.stderr);
    if said.is_empty() {
        said = words(&output.stdout);
    }
    Err(SourceError::ToolFailed { tool, said })
}

/// What a folder's policy is written in; `None` where it holds no policy.
#[must_use]
pub fn language(dir: &Path) -> Option<PolicyLanguage> {
    match manifest(dir) {
        Ok(manifest) => Some(manifest.language),
        Err(_) => dir
            .join("Cargo.toml")
            .is_file()
            .then_some(PolicyLanguage::Rust),
    }
}
