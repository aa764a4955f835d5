//! Running other programs.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// How many lines of a failed command's error are shown: npm's begin with the cause, and go on.
const ERROR_LINES: usize = 8;

/// The one line that says why a command failed.
#[expect(clippy::print_stderr, reason = "the command's own error line")]
pub fn error_line(error: &anyhow::Error) {
    eprintln!("error: {}", in_words(error));
}

/// An error without what a program that failed said beyond its first line.
pub fn first_line(error: &anyhow::Error) -> String {
    let words = in_words(error);
    let line = words.lines().next().unwrap_or_default();
    line.trim_end_matches(':').to_owned()
}

fn in_words(error: &anyhow::Error) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.join(": ")
}

/// Says what is about to happen, on standard error: standard output is for results.
#[expect(clippy::print_stderr, reason = "progress of a command")]
pub fn say(text: &str) {
    eprintln!("▸ {text}");
}

/// Whether this process may install Debian's packages.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The first program of this name on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// Whether a variable is what `cargo run` tells a program of its package. Build scripts that watch these
/// (ring's does) would run again, and all that depends on them be compiled again, whenever cargo is
/// started from here after it was started by hand.
fn is_of_this_package(variable: &OsStr) -> bool {
    let name = variable.to_str().unwrap_or_default();
    ["CARGO_PKG_", "CARGO_MANIFEST_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// A command that names itself in errors.
#[derive(Debug)]
pub struct Run {
    command: Command,
    name: String,
}

impl Run {
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let name = Path::new(program)
            .file_name()
            .unwrap_or(program)
            .to_string_lossy()
            .into_owned();
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        for (name, _) in env::vars_os().filter(|(name, _)| is_of_this_package(name)) {
            command.env_remove(name);
        }
        Self { command, name }
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn envs(mut self, variables: &[(String, String)]) -> Self {
        self.command.envs(variables.iter().map(|(k, v)| (k, v)));
        self
    }

    pub fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it with its output on ours.
    pub fn shown(mut self) -> Result<Duration> {
        let start = Instant::now();
        let status = self
            .command
            .status()
            .with_context(|| format!("{} cannot be run", self.name))?;
        if !status.success() {
            bail!("{} failed ({status})", self.name);
        }
        Ok(start.elapsed())
    }

    /// Runs it and returns its standard output; its standard error only when it fails.
    pub fn output(mut self) -> Result<String> {
        let output = self
            .command
            .output()
            .with_context(|| format!("{} cannot be run", self.name))?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            let lines: Vec<&str> = words.trim().lines().take(ERROR_LINES).collect();
            if lines.is_empty() {
                bail!("{} failed ({})", self.name, output.status);
            }
            bail!("{} failed: {}", self.name, lines.join("\n"));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it and returns its standard output, however it ends.
    pub fn output_of_any_end(mut self) -> Result<String> {
        let output = self
            .command
            .output()
            .with_context(|| format!("{} cannot be run", self.name))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether it can be run and succeeds.
    pub fn succeeds(mut self) -> bool {
        self.command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}
