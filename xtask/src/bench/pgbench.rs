//! Runs pgbench and reads what it prints.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::process::Run;

/// Clients at a time, and the threads that drive them.
const CLIENTS: &str = "8";
const THREADS: &str = "2";

/// Ten times 100,000 accounts.
const SCALE: &str = "10";

/// Where pgbench connects.
#[derive(Debug, Clone)]
pub struct Way {
    pub name: &'static str,
    pub port: u16,
    pub user: String,
    pub password: String,
    pub database: String,
}

/// How queries are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Prepared,
    Simple,
}

impl Mode {
    pub const ALL: [Self; 2] = [Self::Prepared, Self::Simple];

    pub fn name(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Simple => "simple",
        }
    }
}

/// One run's figures.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    pub tps: f64,
    pub latency_ms: f64,
}

/// The program, beside the server's others.
#[derive(Debug)]
pub struct Pgbench {
    program: PathBuf,
}

impl Pgbench {
    pub fn beside(folder: &Path) -> Result<Self> {
        let beside = folder.join("pgbench");
        let program = if beside.is_file() {
            beside
        } else {
            crate::process::on_path("pgbench")
                .context("there is no pgbench (postgresql-contrib)")?
        };
        Ok(Self { program })
    }

    /// Makes and fills the tables.
    pub fn initialise(&self, way: &Way) -> Result<()> {
        self.run(way)
            .args(["--initialize", "--quiet", "--scale", SCALE])
            .arg(&way.database)
            .output()?;
        Ok(())
    }

    /// `-S`, eight clients, for so many seconds.
    pub fn select_only(&self, way: &Way, mode: Mode, seconds: u32) -> Result<Figures> {
        let output = self
            .run(way)
            .args(["--select-only", "--no-vacuum"])
            .args(["--client", CLIENTS, "--jobs", THREADS])
            .args(["--protocol", mode.name()])
            .args(["--time", &seconds.to_string()])
            .arg(&way.database)
            .output()
            .with_context(|| format!("pgbench through {}", way.name))?;
        parse(&output).with_context(|| format!("pgbench printed no figures:\n{output}"))
    }

    fn run(&self, way: &Way) -> Run {
        Run::new(&self.program)
            .args(["--host", "127.0.0.1", "--port", &way.port.to_string()])
            .args(["--username", &way.user])
            .env("PGPASSWORD", &way.password)
    }
}

fn parse(output: &str) -> Option<Figures> {
    let after = |label: &str| {
        let line = output.lines().find_map(|line| line.strip_prefix(label))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    Some(Figures {
        tps: after("tps = ")?,
        latency_ms: after("latency average = ")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_pgbench_prints() {
        let output = "number of failed transactions: 0 (0.000%)\n\
                      latency average = 0.207 ms\n\
                      initial connection time = 16.2 ms\n\
                      tps = 38654.107338 (without initial connection time)\n";
        let figures = parse(output).unwrap();
        assert_eq!((figures.tps, figures.latency_ms), (38654.107338, 0.207));
        assert!(parse("pgbench: error").is_none());
    }
}
