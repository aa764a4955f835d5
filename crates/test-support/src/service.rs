//! A long-running child that ends with its owner: asked to when dropped, by the kernel when the owner
//! is killed.

use std::{
    ffi::OsStr,
    fs::File,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::{postgres::on_path, wait_until};

/// How long a service may take to end before it is killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may take until it serves, on a machine that builds something else.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How much of the log an error shows.
const LAST_LINES: usize = 15;

/// A running child with its log.
#[derive(Debug)]
pub struct Service {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Service {
    /// Starts `program` in the background with both outputs appended to `log`.
    pub fn start<S: AsRef<OsStr>>(
        name: &str,
        program: &Path,
        args: impl IntoIterator<Item = S>,
        envs: &[(String, String)],
        log: &Path,
    ) -> Result<Self> {
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("{} cannot be written", log.display()))?;
        let mut command = tied(program);
        command
            .args(args)
            .envs(envs.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null())
            .stdout(output.try_clone().context("the log cannot be shared")?)
            .stderr(output)
            // Ctrl-C in a terminal is for xtask, which ends its services in order.
            .process_group(0);
        Ok(Self {
            name: name.to_owned(),
            child: command
                .spawn()
                .with_context(|| format!("{name} cannot be started"))?,
            log: log.to_owned(),
        })
    }

    /// Fails when it has ended by itself, with the last lines of its log.
    pub fn check(&mut self) -> Result<()> {
        let status = self
            .child
            .try_wait()
            .with_context(|| format!("{} is lost", self.name))?;
        let Some(status) = status else {
            return Ok(());
        };
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.split_at(lines.len().saturating_sub(LAST_LINES)).1;
        bail!(
            "{} ended ({status}), the end of {}:\n{}",
            self.name,
            self.log.display(),
            last.join("\n")
        );
    }

    /// Waits until it writes a line `listening …`, and returns what stands there.
    pub async fn listening(&mut self) -> Result<String> {
        let what = format!("{} listens", self.name);
        let mut ended = Ok(());
        let said = wait_until(&what, START_LIMIT, || {
            ended = self.check();
            let log = self.log();
            let mut lines = log.split_inclusive('\n');
            let said = lines.find_map(|line| line.strip_prefix("listening ")?.strip_suffix('\n'));
            let answer = said.map(|said| said.trim().to_owned());
            let answer = answer.or_else(|| ended.is_err().then(String::new));
            async move { answer }
        })
        .await?;
        ended?;
        Ok(said)
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has written to its outputs.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Kills it (SIGKILL) and waits until it is gone.
    pub fn kill(&mut self) -> Result<()> {
        self.child
            .kill()
            .and_then(|()| self.child.wait())
            .map(|_| ())
            .with_context(|| format!("{} cannot be killed", self.name))
    }

    /// Asks it to end, waits, and kills it when it does not.
    pub fn stop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Removes what an earlier run has written: a port that it said is not this one's.
pub(crate) fn fresh_log(log: &Path) {
    let _ = std::fs::remove_file(log);
}

/// A command that the kernel ends when this thread ends, where `setpriv` (util-linux) is there.
fn tied(program: &Path) -> Command {
    match on_path("setpriv") {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig=TERM", "--"]).arg(program);
            command
        }
        None => Command::new(program),
    }
}
