//! PostgreSQL refuses to run as root; as root its programs run as an unprivileged account.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use super::binaries::on_path;

/// The account that PostgreSQL's programs run as.
#[derive(Debug, Clone)]
pub struct Account {
    /// Who to become; absent when this process is unprivileged already.
    switch: Option<Identity>,
    setpriv: Option<PathBuf>,
}

#[derive(Debug, Clone)]
struct Identity {
    user: String,
    uid: u32,
    gid: u32,
}

impl Account {
    /// This process's own account, or, for root, `postgres`, or else `nobody`.
    pub fn unprivileged() -> Result<Self> {
        let setpriv = on_path("setpriv");
        if !rustix::process::geteuid().is_root() {
            return Ok(Self {
                switch: None,
                setpriv,
            });
        }
        if setpriv.is_none() {
            bail!("PostgreSQL does not run as root, and `setpriv` (util-linux) is not on PATH");
        }
        let passwd = fs::read_to_string("/etc/passwd").context("/etc/passwd cannot be read")?;
        let identity = ["postgres", "nobody"]
            .iter()
            .find_map(|name| Identity::in_passwd(&passwd, name))
            .context("PostgreSQL does not run as root, and there is no `postgres` or `nobody`")?;
        Ok(Self {
            switch: Some(identity),
            setpriv,
        })
    }

    /// A command that runs `program` as this account. With `until_parent_ends`, the kernel ends the
    /// program when the thread that started it does, however that happens (Linux).
    #[must_use]
    pub fn command(&self, program: &Path, until_parent_ends: bool) -> Command {
        let Some(setpriv) = &self.setpriv else {
            return Command::new(program);
        };
        let mut command = Command::new(setpriv);
        if let Some(identity) = &self.switch {
            command
                .arg(format!("--reuid={}", identity.uid))
                .arg(format!("--regid={}", identity.gid))
                .arg("--clear-groups");
            command.env("HOME", "/").env("USER", &identity.user);
        }
        if until_parent_ends {
            command.arg("--pdeathsig=QUIT");
        }
        command.arg("--").arg(program);
        command.current_dir("/");
        command
    }

    /// Gives everything under `path` to this account.
    pub fn own(&self, path: &Path) -> Result<()> {
        let Some(identity) = &self.switch else {
            return Ok(());
        };
        let owner = format!("{}:{}", identity.uid, identity.gid);
        run(Command::new("chown").arg("-R").arg(owner).arg(path))
            .with_context(|| format!("{} cannot be given away", path.display()))
    }

    /// Whether this account can enter `path`; root's home, for one, it cannot.
    #[must_use]
    pub fn can_enter(&self, path: &Path) -> bool {
        self.switch.is_none()
            || path.ancestors().all(|folder| {
                fs::metadata(folder).map_or(true, |meta| meta.permissions().mode() & 0o001 != 0)
            })
    }
}

impl Identity {
    fn in_passwd(passwd: &str, name: &str) -> Option<Self> {
        let line = passwd
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some(Self {
            user: name.to_owned(),
            uid: fields.next()?.parse().ok()?,
            gid: fields.next()?.parse().ok()?,
        })
    }
}

/// Runs `command` to its end; what it wrote to its standard error is the error.
pub(super) fn run(command: &mut Command) -> Result<()> {
    let program = PathBuf::from(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(OsStr::new("command"))
        .to_owned();
    let output = command
        .output()
        .with_context(|| format!("{} cannot be run", name.display()))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed: {}", name.display(), words.trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_account_by_its_whole_name() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\npostgres-old:x:7:8::/:\npostgres:x:101:104::/:/bin/sh\n";
        let found = Identity::in_passwd(passwd, "postgres").unwrap();
        assert_eq!((found.uid, found.gid), (101, 104));
        assert!(Identity::in_passwd(passwd, "nobody").is_none());
    }
}
