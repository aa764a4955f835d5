//! The last good bundle and what it needs on disk, so that the edge starts while the control plane
//! is away. Nothing read from here is believed: signatures and digests are checked again.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
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

/// What a bundle names by digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ItemKind {
    /// A data document.
    Document,
    /// A policy's component.
    Module,
}

impl ItemKind {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Module => "module",
        }
    }
}

/// Files that no bundle needs any more and that stay, the latest ones: a rollback finds what it
/// puts back, and need not fetch it.
const SPARE_FILES: usize = 32;

/// Bytes of them.
const SPARE_BYTES: u64 = 256 << 20;

/// Earlier bundles from which bindings keep their last good version; more are not kept.
const MAX_EARLIER: usize = 8;

/// The folder of a bundle and what it needs.
#[derive(Debug, Clone)]
pub struct BundleFiles {
    bundle: PathBuf,
    earlier: PathBuf,
    modules: PathBuf,
    documents: PathBuf,
}

/// Whether `digest` is SHA-256 in lower-case hex, and so a safe file name.
pub(super) fn is_digest(digest: &str) -> bool {
    digest.len() == 64
        && digest
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether `bytes` are what `digest` names.
pub(super) fn has_digest(bytes: &[u8], digest: &str) -> bool {
    hex::encode(Sha256::digest(bytes)) == digest
}

impl BundleFiles {
    /// The files in the edge's data folder; made when missing.
    ///
    /// # Errors
    /// When the folders cannot be made.
    pub fn open(data_dir: &Path) -> Result<Self, FileError> {
        let folder = |name| {
            let path = data_dir.join(name);
            fs::create_dir_all(&path).map_err(error("create", &path))?;
            Ok(path)
        };
        Ok(Self {
            bundle: data_dir.join("bundle.json"),
            earlier: data_dir.join("earlier-bundles.json"),
            modules: folder("modules")?,
            documents: folder("documents")?,
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

    /// Earlier bundles, of which some bindings still run; none where there are none or they are not
    /// readable as such.
    #[must_use]
    pub fn load_earlier(&self) -> Vec<SignedBundle> {
        let read = || serde_json::from_slice(&fs::read(&self.earlier).ok()?).ok();
        let mut bundles: Vec<SignedBundle> = read().unwrap_or_default();
        bundles.truncate(MAX_EARLIER);
        bundles
    }

    /// Stores the earlier bundles of which some bindings still run, newest first.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn store_earlier<'a>(
        &self,
        bundles: impl Iterator<Item = &'a SignedBundle>,
    ) -> Result<(), FileError> {
        let bundles: Vec<&SignedBundle> = bundles.take(MAX_EARLIER).collect();
        if bundles.is_empty() {
            return remove(&self.earlier);
        }
        serde_json::to_vec(&bundles)
            .map_err(io::Error::from)
            .and_then(|bytes| replace_secret_file(&self.earlier, &bytes))
            .map_err(error("write", &self.earlier))
    }

    /// Removes the bundles, so that none is taken up at the next start.
    ///
    /// # Errors
    /// When there is one and the file system refuses.
    pub fn remove(&self) -> Result<(), FileError> {
        remove(&self.bundle).and(remove(&self.earlier))
    }

    /// What was stored before under this digest; `None` where there is nothing or it is not what
    /// its digest says, in which case it is fetched again.
    #[must_use]
    pub fn item(&self, kind: ItemKind, digest: &str) -> Option<Vec<u8>> {
        let bytes = fs::read(self.item_path(kind, digest)?).ok()?;
        has_digest(&bytes, digest).then_some(bytes)
    }

    /// Stores what was fetched and whose digest was checked.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn store_item(&self, kind: ItemKind, digest: &str, bytes: &[u8]) -> Result<(), FileError> {
        let Some(path) = self.item_path(kind, digest) else {
            return Ok(());
        };
        replace_secret_file(&path, bytes).map_err(error("write", &path))
    }

    /// Removes what no bundle needs any more, save for the latest. What cannot be removed stays.
    pub fn prune(&self, needed: &HashSet<&str>) {
        for folder in [&self.modules, &self.documents] {
            for path in surplus(folder, needed) {
                if let Err(error) = fs::remove_file(&path) {
                    tracing::debug!(error = %error, "an old file could not be removed");
                }
            }
        }
    }

    fn item_path(&self, kind: ItemKind, digest: &str) -> Option<PathBuf> {
        let (folder, extension) = match kind {
            ItemKind::Module => (&self.modules, "wasm"),
            ItemKind::Document => (&self.documents, "json"),
        };
        is_digest(digest).then(|| folder.join(format!("{digest}.{extension}")))
    }
}

/// Files of a folder that are not needed and not among the latest.
fn surplus(folder: &Path, needed: &HashSet<&str>) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut spare: Vec<(SystemTime, u64, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            if stem.is_some_and(|digest| needed.contains(digest)) {
                return None;
            }
            let metadata = entry.metadata().ok()?;
            let at = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            Some((at, metadata.len(), path))
        })
        .collect();
    spare.sort_unstable_by(|a, b| b.cmp(a));
    let mut bytes = 0_u64;
    let kept = spare.iter().take(SPARE_FILES).take_while(|(_, size, _)| {
        bytes = bytes.saturating_add(*size);
        bytes <= SPARE_BYTES
    });
    let kept = kept.count();
    spare
        .into_iter()
        .skip(kept)
        .map(|(.., path)| path)
        .collect()
}

fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(error("remove", path)(source))
        }
        _ => Ok(()),
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

    const MODULE: ItemKind = ItemKind::Module;

    #[test]
    fn a_module_is_given_out_only_when_its_digest_fits() {
        let dir = tempfile::tempdir().expect("dir");
        let files = BundleFiles::open(dir.path()).expect("opens");
        let digest = hex::encode(Sha256::digest(b"module"));
        assert_eq!(files.item(MODULE, &digest), None);
        files
            .store_item(MODULE, &digest, b"module")
            .expect("stored");
        assert_eq!(files.item(MODULE, &digest).as_deref(), Some(&b"module"[..]));
        assert_eq!(files.item(ItemKind::Document, &digest), None);
        let path = dir.path().join("modules").join(format!("{digest}.wasm"));
        fs::write(&path, b"changed").expect("written");
        assert_eq!(files.item(MODULE, &digest), None);
    }

    #[test]
    fn what_is_needed_and_the_latest_others_stay() {
        let dir = tempfile::tempdir().expect("dir");
        let files = BundleFiles::open(dir.path()).expect("opens");
        let digests: Vec<String> = (0..SPARE_FILES + 10)
            .map(|n| hex::encode(Sha256::digest(n.to_le_bytes())))
            .collect();
        for (n, digest) in digests.iter().enumerate() {
            files
                .store_item(MODULE, digest, &n.to_le_bytes())
                .expect("stored");
            let path = dir.path().join("modules").join(format!("{digest}.wasm"));
            let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(n as u64);
            let file = fs::File::options().write(true).open(path).expect("there");
            file.set_modified(at).expect("set");
        }
        files.prune(&HashSet::from([digests[0].as_str()]));
        let left: Vec<usize> = (0..digests.len())
            .filter(|n| files.item(MODULE, &digests[*n]).is_some())
            .collect();
        let expected: Vec<usize> = std::iter::once(0).chain(10..digests.len()).collect();
        assert_eq!(left, expected);
    }

    #[test]
    fn a_digest_that_is_a_path_names_nothing() {
        let dir = tempfile::tempdir().expect("dir");
        let files = BundleFiles::open(dir.path()).expect("opens");
        fs::write(dir.path().join("secret.wasm"), b"x").expect("written");
        for digest in ["../secret", "", "/etc/passwd", &"A".repeat(64)] {
            assert_eq!(files.item(MODULE, digest), None, "{digest}");
            files.store_item(MODULE, digest, b"y").expect("ignored");
        }
        assert_eq!(
            fs::read(dir.path().join("secret.wasm")).expect("read"),
            b"x"
        );
    }
}
