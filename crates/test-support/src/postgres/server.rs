//! The server's process, owned by a thread of its own: the kernel ends the server when the thread
//! that started it ends, and a test's own thread may end long before its process.

use std::{
    process::{Child, Command},
    sync::mpsc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};

/// How long a server may take to end before it is killed.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Server {
    stop: mpsc::Sender<Signal>,
    owner: Option<JoinHandle<()>>,
    pid: u32,
}

impl Server {
    pub(super) fn spawn(mut command: Command) -> Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let (started, start) = mpsc::channel();
        let owner = std::thread::Builder::new()
            .name("postgres-owner".to_owned())
            .spawn(move || {
                let child = match command.spawn() {
                    Ok(child) => child,
                    Err(error) => {
                        let _ = started.send(Err(error));
                        return;
                    }
                };
                let _ = started.send(Ok(child.id()));
                // A closed channel is an owner that was dropped.
                let signal = stopped.recv().unwrap_or(Signal::QUIT);
                end(child, signal);
            })
            .context("no thread for the PostgreSQL server")?;
        let pid = start
            .recv()
            .context("the PostgreSQL server's thread ended")?
            .context("the PostgreSQL server cannot be started")?;
        Ok(Self {
            stop,
            owner: Some(owner),
            pid,
        })
    }

    /// The process id.
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether the process still runs.
    pub(super) fn runs(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid));
        stat.is_ok_and(|stat| !stat.contains(") Z"))
    }

    /// Ends the server with this signal and waits for it: `INT` writes everything out first, `QUIT`
    /// drops everything at once.
    pub(super) fn end(&mut self, signal: Signal) {
        let _ = self.stop.send(signal);
        if let Some(owner) = self.owner.take() {
            let _ = owner.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end(Signal::QUIT);
    }
}

fn end(mut child: Child, signal: Signal) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let _ = child.kill();
    let _ = child.wait();
}
