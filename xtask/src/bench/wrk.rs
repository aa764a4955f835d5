//! wrk: as many requests as a way takes.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};

use super::llm::{self, Way};

const CONNECTIONS: u32 = 64;

/// What a way took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Load {
    pub rps: f64,
}

impl Load {
    /// The run that was disturbed less.
    pub fn better(self, other: Self) -> Self {
        if other.rps > self.rps { other } else { self }
    }
}

/// Loads a way for so many seconds, with another question in every request: a verdict on one that was
/// judged before is known.
pub fn run(folder: &Path, way: &Way, seconds: u32) -> Result<Load> {
    let script = folder.join("post.lua");
    let text = format!(
        "wrk.method = \"POST\"\n\
         wrk.headers[\"Content-Type\"] = \"application/json\"\n\
         wrk.headers[\"Authorization\"] = \"Bearer {}\"\n\
         local body, asked = [==[{}]==], 100000\n\
         function request()\n\
         asked = asked + 1\n\
         return wrk.format(nil, nil, nil, (body:gsub(\"{}\", asked)))\n\
         end\n",
        way.credential,
        llm::request(false),
        llm::ORDER,
    );
    fs::write(&script, text).with_context(|| format!("{} cannot be written", script.display()))?;
    let output = Command::new("wrk")
        .args([
            "-t",
            "1",
            "-c",
            &CONNECTIONS.to_string(),
            "-d",
            &format!("{seconds}s"),
            "-s",
        ])
        .arg(&script)
        .arg(format!("http://127.0.0.1:{}{}", way.port, way.path))
        .output()
        .context("wrk cannot be run")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && !text.contains("Non-2xx"),
        "wrk was not answered as it should: {text}"
    );
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"));
    let rps = line.context("wrk printed no figure")?.trim().parse();
    Ok(Load {
        rps: rps.context("wrk printed no number")?,
    })
}
