//! Where PostgreSQL's server programs are.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

/// Names a folder to look in first.
const VARIABLE: &str = "COUNTERSIGN_POSTGRES_BIN";

/// Debian keeps the server's programs off PATH, in a folder a version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// A folder with `initdb` and `postgres`.
#[derive(Debug, Clone)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The folder that `COUNTERSIGN_POSTGRES_BIN` names, else the one on PATH, else Debian's newest.
    pub fn find() -> Result<Self> {
        if let Some(folder) = env::var_os(VARIABLE) {
            let folder = PathBuf::from(folder);
            return Self::in_folder(&folder).with_context(|| {
                format!(
                    "{VARIABLE} is {}, which has no initdb and postgres",
                    folder.display()
                )
            });
        }
        let beside_postgres = on_path("postgres").and_then(|program| {
            let program = fs::canonicalize(program).ok()?;
            Self::in_folder(program.parent()?)
        });
        match beside_postgres.or_else(|| newest_in(Path::new(DEBIAN))) {
            Some(found) => Ok(found),
            None => bail!(
                "no PostgreSQL server found on PATH or under {DEBIAN}: `cargo xtask setup` installs \
                 one, or {VARIABLE} names its folder"
            ),
        }
    }

    /// The programs in `folder`, when it has them.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Option<Self> {
        let complete = ["initdb", "postgres"]
            .iter()
            .all(|name| folder.join(name).is_file());
        complete.then(|| Self {
            folder: folder.to_owned(),
        })
    }

    /// The folder they are in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of one of them.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Debian's folders are named by major version; the highest that is complete wins.
fn newest_in(root: &Path) -> Option<Binaries> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(root)
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    versions
        .iter()
        .rev()
        .find_map(|(_, folder)| Binaries::in_folder(folder))
}

/// The first file of this name on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_complete_version_wins() {
        let root = tempfile::tempdir().unwrap();
        for (version, programs) in [
            ("9", &["initdb", "postgres"][..]),
            ("15", &["initdb", "postgres"]),
            ("16", &["initdb"]),
            ("lost+found", &[]),
        ] {
            let folder = root.path().join(version).join("bin");
            fs::create_dir_all(&folder).unwrap();
            for program in programs {
                fs::write(folder.join(program), "").unwrap();
            }
        }
        let found = newest_in(root.path()).unwrap();
        assert_eq!(found.folder(), root.path().join("15/bin"));
    }
}
