//! What one command does.

use countersign_model::{ShellCommand, StatementClass};

use super::word::Arg;

/// The worst of what a command does, and what it names.
#[derive(Debug, Clone)]
pub(super) struct Effect {
    pub(super) class: StatementClass,
    pub(super) reads: Vec<String>,
    pub(super) writes: Vec<String>,
    pub(super) hosts: Vec<String>,
}

impl From<StatementClass> for Effect {
    fn from(class: StatementClass) -> Self {
        Self {
            class,
            reads: Vec::new(),
            writes: Vec::new(),
            hosts: Vec::new(),
        }
    }
}

impl Effect {
    /// Adds another effect of the same command.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.class = self.class.max(other.class);
        self.reads.extend(other.reads);
        self.writes.extend(other.writes);
        self.hosts.extend(other.hosts);
        self
    }

    /// It is at least this bad.
    pub(super) fn at_least(mut self, class: StatementClass) -> Self {
        self.class = self.class.max(class);
        self
    }

    pub(super) fn reading(mut self, paths: impl IntoIterator<Item = String>) -> Self {
        self.reads.extend(paths);
        self
    }

    /// Names paths to change; a device that is one is no file but a disk.
    pub(super) fn writing(mut self, paths: impl IntoIterator<Item = String>) -> Self {
        for path in paths {
            self = self.at_least(written(&path));
            if let Some(host) = tcp_host(&path) {
                self.hosts.push(host);
            } else if !is_sink(&path) {
                self.writes.push(path);
            }
        }
        self
    }

    pub(super) fn host(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        if !name.is_empty() && !self.hosts.contains(&name) {
            self.hosts.push(name);
        }
        self
    }

    pub(super) fn into_command(self, argv: &[Arg]) -> ShellCommand {
        ShellCommand {
            argv: argv.iter().map(|arg| arg.text.clone()).collect(),
            class: self.class,
            paths_read: sorted(self.reads),
            paths_written: sorted(self.writes),
            hosts: sorted(self.hosts),
        }
    }
}

/// A command without words.
pub(super) fn command(class: StatementClass) -> ShellCommand {
    Effect::from(class).into_command(&[])
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    names
}

/// What writing to a path is.
pub(super) fn written(path: &str) -> StatementClass {
    if is_sink(path) {
        StatementClass::Read
    } else if tcp_host(path).is_some() {
        StatementClass::Exec
    } else if is_disk(path) {
        StatementClass::Destructive
    } else if path.starts_with("/proc/") || path.starts_with("/sys/") {
        StatementClass::Admin
    } else {
        StatementClass::Write
    }
}

/// Where what is written goes nowhere, or back to who reads the answer.
fn is_sink(path: &str) -> bool {
    matches!(
        path,
        "/dev/null" | "/dev/stdout" | "/dev/stderr" | "/dev/tty" | "-"
    ) || path.starts_with("/dev/fd/")
}

fn is_disk(path: &str) -> bool {
    const DISKS: [&str; 9] = [
        "sd", "hd", "vd", "xvd", "nvme", "mmcblk", "disk", "dm-", "mapper/",
    ];
    path.strip_prefix("/dev/")
        .is_some_and(|name| DISKS.iter().any(|disk| name.starts_with(disk)) || name == "mem")
}

/// The host of bash's `/dev/tcp/host/port`.
pub(super) fn tcp_host(path: &str) -> Option<String> {
    let rest = path
        .strip_prefix("/dev/tcp/")
        .or_else(|| path.strip_prefix("/dev/udp/"))?;
    rest.split('/').next().map(str::to_owned)
}
