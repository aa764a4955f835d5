//! Doing something again at each change of a file.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use notify::{Event, RecursiveMode, Watcher as _};

use crate::output;

/// An editor writes a file in several steps; what comes within this time is one change.
const SETTLED: Duration = Duration::from_millis(150);

/// Runs it once, and then at each change below these paths, until the process is ended. A failure is
/// told and waited out.
pub fn each_change(paths: &[PathBuf], run: impl Fn() -> Result<()>) -> Result<()> {
    let (sender, changes) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event
            .is_ok_and(|event| !event.kind.is_access() && event.paths.iter().any(|p| is_source(p)))
        {
            // A receiver that is gone wants no more changes.
            let _ = sender.send(());
        }
    })
    .context("files cannot be watched here")?;
    for path in paths {
        watcher
            .watch(path, RecursiveMode::Recursive)
            .with_context(|| format!("{} cannot be watched", path.display()))?;
    }
    loop {
        if let Err(error) = run() {
            output::error_line(&error);
        }
        output::line("waiting for a change; Ctrl-C ends")?;
        if changes.recv().is_err() {
            return Ok(());
        }
        loop {
            match changes.recv_timeout(SETTLED) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }
}

/// What a build writes is no reason to build again.
fn is_source(path: &Path) -> bool {
    const BUILT: [&str; 6] = [
        "target",
        "node_modules",
        "dist",
        ".git",
        "__pycache__",
        ".venv",
    ];
    !path
        .components()
        .any(|part| BUILT.iter().any(|name| part.as_os_str() == *name))
        && path.file_name().is_some_and(|name| name != "Cargo.lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_build_writes_is_no_change() {
        let cases = [
            ("/p/src/lib.rs", true),
            ("/p/cases.yaml", true),
            ("/p/target/debug/x", false),
            ("/p/node_modules/a/b.js", false),
            ("/p/Cargo.lock", false),
        ];
        for (path, expected) in cases {
            assert_eq!(is_source(Path::new(path)), expected, "{path}");
        }
    }
}
