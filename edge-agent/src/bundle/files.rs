//! The last good bundle and its modules on disk, so that the edge starts while the control plane is
//! away. Nothing read from here is believed: the signature and the digests are checked again.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use countersign_ledger::secret_file::replace_secret_file;
use countersign_model::SignedBundle;
use sha2::{Digest as _, Sha256};

/// A file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {path}")]
pub struct FileError {
    doing: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// The folder of a bundle and its modules.
#[derive(Debug, Clone)]
pub struct BundleFiles {
    bundle: PathBuf,
    modules: PathBuf,
}

/// Whether `digest` is SHA-256 in lower-case hex, and so a safe file name.
pub(super) fn is_digest(digest: &str) -> bool {
    digest.len() == 64
        && digest
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether `module` is what `digest` names.
pub(super) fn has_digest(module: &[u8], digest: &str) -> bool {
    hex::encode(Sha256::digest(module)) == digest
}

impl BundleFiles {
    /// The files in the edge's data folder; made when missing.
    ///
    /// # Errors
    /// When the folder for modules cannot be made.
    pub fn open(data_dir: &Path) -> Result<Self, FileError> {
        let modules = data_dir.join("modules");
        fs::create_dir_all(&modules).map_err(error("create", &modules))?;
        Ok(Self {
            bundle: data_dir.join("bundle.json"),
            modules,
        })
    }

    /// The bundle that was stored last; `None` where there is none or it is not readable as one.
    #[must_use]
    pub fn load(&self) -> Option<SignedBundle> {
        serde_json::from_slice(&fs::read(&self.bundle).ok()?).ok()
    }

    /// Stores a bundle that is enforced now, whole or not at all.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn store(&self, signed: &SignedBundle) -> Result<(), FileError> {
        serde_json::to_vec(signed)
            .map_err(io::Error::from)
            .and_then(|bytes| replace_secret_file(&self.bundle, &bytes))
            .map_err(error("write", &self.bundle))
    }

    /// Removes the bundle, so that it is not taken up at the next start.
    ///
    /// # Errors
    /// When there is one and the file system refuses.
    pub fn remove(&self) -> Result<(), FileError> {
        match fs::remove_file(&self.bundle) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(error("remove", &self.bundle)(source))
            }
            _ => Ok(()),
        }
    }

    /// A module that was stored before; `None` where there is none or it is not what its digest
    /// says, in which case it is fetched again.
    #[must_use]
    pub fn module(&self, digest: &str) -> Option<Vec<u8>> {
        let module = fs::read(self.module_path(digest)?).ok()?;
        has_digest(&module, digest).then_some(module)
    }

    /// Stores a module whose digest was checked.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn store_module(&self, digest: &str, module: &[u8]) -> Result<(), FileError> {
        let Some(path) = self.module_path(digest) else {
            return Ok(());
        };
        replace_secret_file(&path, module).map_err(error("write", &path))
    }

    /// Removes modules that no bundle needs any more. What cannot be removed stays.
    pub fn prune(&self, needed: &HashSet<&str>) {
        for entry in fs::read_dir(&self.modules).into_iter().flatten().flatten() {
            let path = entry.path();
            let needed = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .is_some_and(|digest| needed.contains(digest));
            if !needed && let Err(error) = fs::remove_file(&path) {
                tracing::debug!(error = %error, "an old module could not be removed");
            }
        }
    }

    fn module_path(&self, digest: &str) -> Option<PathBuf> {
        is_digest(digest).then(|| self.modules.join(format!("{digest}.wasm")))
    }
}

fn error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError {
        doing,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_given_out_only_when_its_digest_fits() {
        let dir = tempfile::tempdir().expect("dir");
        let files = BundleFiles::open(dir.path()).expect("opens");
        let digest = hex::encode(Sha256::digest(b"module"));
        assert_eq!(files.module(&digest), None);
        files.store_module(&digest, b"module").expect("stored");
        assert_eq!(files.module(&digest).as_deref(), Some(&b"module"[..]));
        let path = dir.path().join("modules").join(format!("{digest}.wasm"));
        fs::write(&path, b"changed").expect("written");
        assert_eq!(files.module(&digest), None);
        files.prune(&HashSet::from([digest.as_str()]));
        assert!(path.exists());
        files.prune(&HashSet::new());
        assert!(!path.exists());
    }

    #[test]
    fn a_digest_that_is_a_path_names_nothing() {
        let dir = tempfile::tempdir().expect("dir");
        let files = BundleFiles::open(dir.path()).expect("opens");
        fs::write(dir.path().join("secret.wasm"), b"x").expect("written");
        for digest in ["../secret", "", "/etc/passwd", &"A".repeat(64)] {
            assert_eq!(files.module(digest), None, "{digest}");
            files.store_module(digest, b"y").expect("ignored");
        }
        assert_eq!(
            fs::read(dir.path().join("secret.wasm")).expect("read"),
            b"x"
        );
    }
}
