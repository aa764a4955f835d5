//! From a policy's sources to WebAssembly: Rust by way of cargo, here; other languages by their own
//! tools.

pub mod javascript;
pub mod python;
mod toolchain;

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;

pub use toolchain::language;

/// The only target a policy is built for: it imports nothing that the SDK does not declare.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Size is load time: every edge compiles every byte.
const PROFILE: [&str; 6] = [
    "profile.policy.inherits='release'",
    "profile.policy.opt-level='s'",
    "profile.policy.lto='fat'",
    "profile.policy.codegen-units=1",
    "profile.policy.strip='symbols'",
    "profile.policy.panic='abort'",
];

/// Why a policy could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Cargo could not be started.
    #[error("cannot run {}", cargo.display())]
    Cargo {
        /// The program.
        cargo: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Cargo failed; it has said why on standard error.
    #[error("cargo could not build the policy in {}", dir.display())]
    Failed {
        /// The crate.
        dir: PathBuf,
    },
    /// The crate makes no `cdylib`.
    #[error("the crate in {} makes no module: its manifest needs crate-type = [\"cdylib\"]", dir.display())]
    NoModule {
        /// The crate.
        dir: PathBuf,
    },
    /// The compiled module, or a file of the policy, could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The manifest beside the source is not one.
    #[error("{} is not a manifest", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A tool of the language could not be started.
    #[error("cannot run {tool}")]
    Tool {
        /// The program.
        tool: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A tool of the language failed.
    #[error("{tool} failed: {said}")]
    ToolFailed {
        /// The program.
        tool: String,
        /// What it said.
        said: String,
    },
}

#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// Compiles the crate in `dir` and returns its core module. Diagnostics go to standard error.
///
/// # Errors
///
/// When cargo fails, or the crate makes no module.
pub fn compile(dir: &Path) -> Result<Vec<u8>, SourceError> {
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let manifest = dir.join("Cargo.toml");
    let mut command = Command::new(&cargo);
    command
        .args(["build", "--target", TARGET, "--profile", "policy"])
        .arg("--message-format=json-render-diagnostics")
        .arg("--manifest-path")
        .arg(&manifest)
        .stderr(Stdio::inherit());
    for setting in PROFILE {
        command.args(["--config", setting]);
    }
    let output = command
        .output()
        .map_err(|source| SourceError::Cargo { cargo, source })?;
    if !output.status.success() {
        return Err(SourceError::Failed {
            dir: dir.to_owned(),
        });
    }
    let path = module_path(&output.stdout, &manifest).ok_or_else(|| SourceError::NoModule {
        dir: dir.to_owned(),
    })?;
    std::fs::read(&path).map_err(|source| SourceError::Read { path, source })
}

/// The module among cargo's messages that this manifest made.
fn module_path(messages: &[u8], manifest: &Path) -> Option<PathBuf> {
    let wanted = manifest.canonicalize().ok()?;
    String::from_utf8_lossy(messages)
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact")
        .filter(|message| {
            message
                .manifest_path
                .canonicalize()
                .is_ok_and(|m| m == wanted)
        })
        .flat_map(|message| message.filenames)
        .find(|file| file.extension().is_some_and(|e| e == "wasm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_the_one_of_this_crate() {
        let dir = tempfile::tempdir().expect("a directory");
        let manifest = dir.path().join("Cargo.toml");
        std::fs::write(&manifest, "").expect("a manifest");
        let artifact = |manifest: &Path, file: &str| {
            serde_json::json!({
                "reason": "compiler-artifact", "manifest_path": manifest, "filenames": [file],
            })
            .to_string()
        };
        let messages = [
            "a line of something else".to_owned(),
            artifact(Path::new("/elsewhere/Cargo.toml"), "other.wasm"),
            artifact(&manifest, "libguard.rlib"),
            artifact(&manifest, "guard.wasm"),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
        ]
        .join("\n");
        assert_eq!(
            module_path(messages.as_bytes(), &manifest),
            Some(PathBuf::from("guard.wasm"))
        );
        assert_eq!(module_path(b"", &manifest), None);
    }

    #[test]
    fn a_directory_without_a_crate_is_an_error() {
        let dir = tempfile::tempdir().expect("a directory");
        assert!(matches!(
            compile(dir.path()),
            Err(SourceError::Failed { .. })
        ));
    }
}
