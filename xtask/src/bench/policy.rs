//! `cargo xtask bench policy`.

use anyhow::Result;
use clap::Args;

use crate::{process::say, setup, workspace::Workspace};

#[derive(Debug, Args)]
pub struct PolicyBench {
    /// Print one JSON object, and nothing else, on standard output
    #[arg(long)]
    json: bool,
}

impl PolicyBench {
    /// Builds the bench with optimisations and runs it. It fails where the engine is slower than it
    /// must be.
    pub fn run(self, workspace: &Workspace) -> Result<()> {
        let tools = setup::for_building(workspace)?;
        say("building the bench and its peers with optimisations; keep the machine quiet");
        let mut run = tools
            .cargo(workspace)
            .args(["run", "--release", "--locked", "--quiet"])
            .args(["--manifest-path", "languages/Cargo.toml"])
            .args(["--package", "countersign-bench-peers"]);
        if self.json {
            run = run.args(["--", "--json"]);
        }
        run.shown().map(|_| ())
    }
}
