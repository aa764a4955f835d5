//! Compiled policies on disk, so that a restart need not compile: named by the component's digest
//! and the engine's compatibility hash, and authenticated, since loading one runs it.

use std::{
    fs, io,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use hmac::{Hmac, KeyInit, Mac};
use rand::Rng;
use sha2::Sha256;

const MAC_BYTES: usize = 32;
/// A block of SHA-256, the size at which HMAC takes a key as it is.
const KEY_BYTES: usize = 64;
/// Compiled policies that are kept; each has some hundred kilobytes.
const MAX_ARTEFACTS: usize = 256;

/// Bytes whose MAC was right.
pub(crate) struct Verified(Vec<u8>);

impl Verified {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.get(MAC_BYTES..).unwrap_or_default()
    }
}

/// The cache. Losing it costs the time to compile again.
pub(crate) struct Artefacts {
    dir: PathBuf,
    key: [u8; KEY_BYTES],
    compatibility: String,
}

impl Artefacts {
    /// Opens the cache in `dir`; makes it and the key where there are none.
    pub(crate) fn open(dir: &Path, key_file: &Path, compatibility: String) -> io::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)?;
        Ok(Self {
            dir: dir.to_owned(),
            key: load_or_create_key(key_file)?,
            compatibility,
        })
    }

    /// The compiled form of a component, where there is one and it is untouched.
    pub(crate) fn get(&self, digest: &str) -> Option<Verified> {
        let path = self.path(digest);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(policy.digest = digest, %error, "cannot read a compiled policy");
                return None;
            }
        };
        let (mac, code) = bytes.split_first_chunk::<MAC_BYTES>()?;
        if self.mac(digest, code).verify_slice(mac).is_err() {
            tracing::warn!(
                policy.digest = digest,
                "a compiled policy on disk is damaged or foreign and is not used"
            );
            return None;
        }
        Some(Verified(bytes))
    }

    /// Whether there is a compiled form; not whether it is untouched.
    pub(crate) fn has(&self, digest: &str) -> bool {
        self.path(digest).is_file()
    }

    /// Keeps the compiled form of a component.
    pub(crate) fn put(&self, digest: &str, code: &[u8]) {
        if let Err(error) = self.write(digest, code) {
            tracing::warn!(policy.digest = digest, %error, "cannot keep a compiled policy");
        }
    }

    fn write(&self, digest: &str, code: &[u8]) -> io::Result<()> {
        self.prune()?;
        let path = self.path(digest);
        let unfinished = path.with_extension(format!("{:016x}", rand::rng().next_u64()));
        let mut file = private_file(&unfinished)?;
        file.write_all(&self.mac(digest, code).finalize().into_bytes())?;
        file.write_all(code)?;
        // Neither is synced: a torn file fails its MAC and is compiled again.
        fs::rename(&unfinished, &path)
    }

    /// Forgets the oldest artefacts where there are too many.
    fn prune(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e != "key") {
                let modified = fs::metadata(&path)?.modified()?;
                files.push((modified, path));
            }
        }
        files.sort_unstable();
        let surplus = (files.len() + 1).saturating_sub(MAX_ARTEFACTS);
        for (_, path) in files.into_iter().take(surplus) {
            fs::remove_file(path)?;
        }
        Ok(())
    }

    fn path(&self, digest: &str) -> PathBuf {
        let compatibility = &self.compatibility;
        self.dir.join(format!("{digest}-{compatibility}.cwasm"))
    }

    /// Over all that the artefact stands for. The digest and the hash have a fixed length each, so
    /// that nothing can be moved from one part to the next.
    fn mac(&self, digest: &str, code: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.key.into());
        mac.update(b"countersign-artefact-v1\n");
        for part in [digest, &self.compatibility] {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        mac.update(code);
        mac
    }
}

fn private_file(path: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

fn load_or_create_key(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    match fs::read(path) {
        Ok(bytes) => bytes.try_into().map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{} is no key of {KEY_BYTES} bytes", path.display()),
            )
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(dir) = path.parent() {
                fs::DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(dir)?;
            }
            let mut key = [0; KEY_BYTES];
            rand::rng().fill_bytes(&mut key);
            let mut file = private_file(path)?;
            file.write_all(&key)?;
            file.sync_all()?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &Path, compatibility: &str) -> Artefacts {
        Artefacts::open(dir, &dir.join("artefact.key"), compatibility.to_owned()).expect("opens")
    }

    #[test]
    fn only_what_was_put_is_got() {
        let dir = tempfile::tempdir().expect("a directory");
        let cache = open(dir.path(), "aa");
        assert!(cache.get("d1").is_none());
        cache.put("d1", b"code");
        let found = open(dir.path(), "aa").get("d1").expect("found");
        assert_eq!(found.bytes(), b"code");
        assert!(open(dir.path(), "bb").get("d1").is_none());

        // The same bytes under another component's name.
        fs::copy(cache.path("d1"), cache.path("d2")).expect("copied");
        assert!(cache.get("d2").is_none());

        let whole = fs::read(cache.path("d1")).expect("read");
        for (what, bytes) in [
            (
                "cut",
                whole.get(..whole.len() - 1).expect("a part").to_vec(),
            ),
            ("empty", Vec::new()),
            ("longer", [whole.as_slice(), b"x"].concat()),
            ("flipped", {
                let mut bytes = whole.clone();
                if let Some(last) = bytes.last_mut() {
                    *last ^= 1;
                }
                bytes
            }),
        ] {
            fs::write(cache.path("d1"), bytes).expect("written");
            assert!(cache.get("d1").is_none(), "{what}");
        }
        fs::write(cache.path("d1"), &whole).expect("written");
        assert!(cache.get("d1").is_some());

        fs::write(dir.path().join("artefact.key"), [7; KEY_BYTES]).expect("written");
        assert!(open(dir.path(), "aa").get("d1").is_none(), "another key");
    }

    #[test]
    fn a_bad_key_is_no_key() {
        let dir = tempfile::tempdir().expect("a directory");
        let key = dir.path().join("artefact.key");
        fs::write(&key, b"short").expect("written");
        assert!(Artefacts::open(dir.path(), &key, "aa".to_owned()).is_err());
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let dir = tempfile::tempdir().expect("a directory");
        let cache = open(dir.path(), "aa");
        for i in 0..MAX_ARTEFACTS + 5 {
            cache.put(&format!("d{i}"), b"code");
        }
        let count = fs::read_dir(dir.path()).expect("listed").count();
        assert_eq!(count, MAX_ARTEFACTS + 1, "the artefacts and the key");
        assert!(cache.get(&format!("d{}", MAX_ARTEFACTS + 4)).is_some());
    }
}
