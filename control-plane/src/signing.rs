//! The key that signs bundles, and how it came to be the one: each rotation is a handover that the
//! key before signed, kept beside the key, so that edges that pinned any earlier one follow.
//!
//! `countersign server rotate-key` changes the files; a running control plane takes them up by
//! itself.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use countersign_ledger::{
    handover::hand_over,
    keys::{KeyError, SigningKey, sign_payload},
    secret_file::replace_secret_file,
};
use countersign_model::{KeyHandover, SignedBundle, Timestamp};

/// The key that signs bundles.
const KEY_FILE: &str = "control-plane.key";

/// How it came to be the one.
const HANDOVERS_FILE: &str = "control-plane.handovers.json";

/// Handovers that are kept: an edge that was away for more has to enroll anew.
const MAX_HANDOVERS: usize = 64;

/// The keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The key cannot be read, made or replaced.
    #[error("the signing key cannot be used")]
    Key(#[from] KeyError),
    /// A file beside it cannot be read or written.
    #[error("cannot {doing} {path}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A key with the way that led to it.
#[derive(Debug, Clone)]
pub struct Signing {
    /// What signs now.
    pub key: SigningKey,
    /// How it came to be the one, oldest first.
    pub handovers: Vec<KeyHandover>,
}

impl Signing {
    /// The key in the data folder, made where there is none.
    ///
    /// # Errors
    /// When the files cannot be used.
    pub fn load(data_dir: &Path) -> Result<Self, SigningError> {
        let key = SigningKey::load_or_create(&data_dir.join(KEY_FILE))?;
        let path = data_dir.join(HANDOVERS_FILE);
        let failed = |source| SigningError::File {
            doing: "read",
            path: path.clone(),
            source,
        };
        let mut handovers: Vec<KeyHandover> = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(io::Error::from)
                .map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(error)),
        };
        // A handover is written before its key: where the machine stopped between, it never was.
        let current = key.verifying_key().to_string();
        let reached = handovers.iter().rposition(|one| one.to == current);
        handovers.truncate(reached.map_or(0, |at| at + 1));
        Ok(Self { key, handovers })
    }

    /// Signs a bundle that is JSON text already, and says how its key came to be the one.
    #[must_use]
    pub fn sign(&self, payload: String) -> SignedBundle {
        SignedBundle {
            handovers: self.handovers.clone(),
            ..sign_payload(&self.key, payload)
        }
    }
}

/// Makes a new key that signs from now on. Edges believe the one before for the overlap: for as
/// long as another control plane may still sign with it.
///
/// # Errors
/// When the files cannot be used; the key before then stays the one.
pub fn rotate(data_dir: &Path, overlap: Duration, now: Timestamp) -> Result<Signing, SigningError> {
    let Signing {
        key: old,
        mut handovers,
    } = Signing::load(data_dir)?;
    let key = SigningKey::generate()?;
    handovers.push(hand_over(
        &old,
        &key.verifying_key(),
        now,
        now.after(overlap),
    ));
    let surplus = handovers.len().saturating_sub(MAX_HANDOVERS);
    handovers.drain(..surplus);
    let text = serde_json::to_vec_pretty(&handovers).map_err(io::Error::from);
    let handovers_path = data_dir.join(HANDOVERS_FILE);
    text.and_then(|text| replace_secret_file(&handovers_path, &text))
        .map_err(failed_to_write(handovers_path))?;
    key.replace_file(&data_dir.join(KEY_FILE))?;
    Ok(Signing { key, handovers })
}

fn failed_to_write(path: PathBuf) -> impl FnOnce(io::Error) -> SigningError {
    move |source| SigningError::File {
        doing: "write",
        path,
        source,
    }
}

/// The key of a running control plane, which follows the files.
#[derive(Debug)]
pub struct Signer {
    data_dir: PathBuf,
    current: RwLock<(Changed, Arc<Signing>)>,
}

impl Signer {
    /// The key in the data folder, made where there is none.
    ///
    /// # Errors
    /// When the files cannot be used.
    pub fn open(data_dir: &Path) -> Result<Self, SigningError> {
        let signing = Signing::load(data_dir)?;
        Ok(Self {
            data_dir: data_dir.to_owned(),
            current: RwLock::new((changed_at(data_dir), Arc::new(signing))),
        })
    }

    /// What signs now.
    #[must_use]
    pub fn current(&self) -> Arc<Signing> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current.1)
    }

    /// Takes up another key where there is one on the disk; whether it did.
    ///
    /// # Errors
    /// When the files have changed and cannot be used; the key stays the one it was.
    pub fn reload(&self) -> Result<bool, SigningError> {
        let changed = changed_at(&self.data_dir);
        {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            if current.0 == changed {
                return Ok(false);
            }
        }
        let signing = Signing::load(&self.data_dir)?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let other = signing.key.to_bytes() != current.1.key.to_bytes()
            || signing.handovers != current.1.handovers;
        *current = (changed, Arc::new(signing));
        Ok(other)
    }
}

/// When the two files changed last: somebody may copy them here in either order.
type Changed = [Option<SystemTime>; 2];

fn changed_at(data_dir: &Path) -> Changed {
    [KEY_FILE, HANDOVERS_FILE].map(|file| fs::metadata(data_dir.join(file)).ok()?.modified().ok())
}

#[cfg(test)]
mod tests {
    use countersign_ledger::handover::{PinnedKeys, leads_to};
    use countersign_model::{Bundle, EdgeId};

    use super::*;

    #[test]
    fn who_pinned_any_key_before_believes_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::from_millis(1_000);
        let signer = Signer::open(folder.path()).unwrap();
        let mut before = vec![signer.current().key.verifying_key()];
        for _ in 0..3 {
            let rotated = rotate(folder.path(), Duration::from_secs(60), now).unwrap();
            before.push(rotated.key.verifying_key());
        }
        let loaded = Signing::load(folder.path()).unwrap();
        let newest = loaded.key.verifying_key();
        assert_eq!(Some(&newest), before.last());
        let bundle = Bundle::empty(EdgeId::new(), 1, now, now.after(Duration::from_secs(1)));
        let signed = loaded.sign(serde_json::to_string(&bundle).unwrap());
        for key in before {
            assert!(leads_to(&key, &loaded.handovers, &newest));
            let (_, keys) = PinnedKeys::new(key).verify_bundle(&signed, now).unwrap();
            assert_eq!(keys.current, newest);
        }
    }

    #[test]
    fn a_rotation_that_stopped_halfway_never_was() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::from_millis(1_000);
        let old = Signing::load(folder.path()).unwrap();
        let stray = hand_over(
            &old.key,
            &SigningKey::generate().unwrap().verifying_key(),
            now,
            now,
        );
        let text = serde_json::to_vec(&[stray]).unwrap();
        fs::write(folder.path().join(HANDOVERS_FILE), text).unwrap();
        let loaded = Signing::load(folder.path()).unwrap();
        assert_eq!(loaded.key.to_bytes(), old.key.to_bytes());
        assert!(loaded.handovers.is_empty());
    }

    #[test]
    fn a_running_control_plane_takes_up_the_new_key() {
        let folder = tempfile::tempdir().unwrap();
        let signer = Signer::open(folder.path()).unwrap();
        assert!(!signer.reload().unwrap());
        // Times of files are as coarse as the file system makes them.
        std::thread::sleep(Duration::from_millis(20));
        let now = Timestamp::from_millis(1_000);
        let rotated = rotate(folder.path(), Duration::ZERO, now).unwrap();
        assert!(signer.reload().unwrap());
        assert_eq!(signer.current().key.to_bytes(), rotated.key.to_bytes());
    }
}
