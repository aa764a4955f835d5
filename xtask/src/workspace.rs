//! Where things are in this repository.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The repository's folders.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The repository that this xtask was built from.
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask is not in a workspace")?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Cargo's target folder.
    pub fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.path("target"), PathBuf::from)
    }

    /// Tools that setup brings along and the system does not have.
    pub fn tools(&self) -> PathBuf {
        self.path(".tools")
    }

    /// The built-in policies, compiled.
    pub fn policies(&self) -> PathBuf {
        self.path("target/policies")
    }

    /// The runtimes of policies that are texts, compiled.
    pub fn languages(&self) -> PathBuf {
        self.path("target/languages")
    }
}
