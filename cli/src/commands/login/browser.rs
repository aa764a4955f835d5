//! Opening an address in the person's browser.

use std::process::{Command, Stdio};

/// Asks the desktop to open the address; whether it could be asked.
pub fn open(url: &str) -> bool {
    let chosen = std::env::var("BROWSER").ok().filter(|b| !b.is_empty());
    let usual = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let program = chosen.as_deref().unwrap_or(usual);
    Command::new(program)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .is_ok()
}
