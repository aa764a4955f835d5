//! Files that only their owner reads, and that appear whole or not at all.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// Makes a file with mode 0600 that appears whole or not at all; refuses where one exists.
///
/// # Errors
/// `AlreadyExists`, or what the file system says.
pub fn create_secret_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = write_beside(path, content)?;
    // A hard link refuses to replace, which a rename would not.
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    linked?;
    sync_parent(path)
}

/// Replaces a file with one of mode 0600; readers see the old content or the new, never a part.
///
/// # Errors
/// What the file system says; the old file is then as it was.
pub fn replace_secret_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = write_beside(path, content)?;
    if let Err(error) = fs::rename(&temporary, path) {
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    sync_parent(path)
}

fn write_beside(path: &Path, content: &[u8]) -> io::Result<PathBuf> {
    let suffix: u64 = rand::random();
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{suffix:016x}.tmp"));
    let temporary = path.with_file_name(name);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        });
    match written {
        Ok(()) => Ok(temporary),
        Err(error) => {
            let _ = fs::remove_file(&temporary);
            Err(error)
        }
    }
}

fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => fs::File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn creating_refuses_what_exists_and_replacing_does_not() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("secret");
        create_secret_file(&path, b"first").expect("created");
        let again = create_secret_file(&path, b"second").expect_err("exists");
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).expect("read"), b"first");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("chmod");
        replace_secret_file(&path, b"third").expect("replaced");
        assert_eq!(fs::read(&path).expect("read"), b"third");
        let mode = fs::metadata(&path).expect("exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            fs::read_dir(dir.path()).expect("dir").count(),
            1,
            "no leftovers"
        );
        assert!(create_secret_file(&dir.path().join("no/such"), b"x").is_err());
    }
}
