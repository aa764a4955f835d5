//! `cargo xtask bench`: measured against peers, in the same run, on the same machine.

mod conformance;
mod idle;
mod latency;
mod llm;
mod nginx;
mod pace;
mod pgbench;
mod pgbouncer;
mod policy;
mod postgres;
mod wrk;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::workspace::Workspace;

#[derive(Debug, Args)]
pub struct BenchCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// pgbench -S through the edge, through PgBouncer and directly
    Postgres(postgres::PostgresBench),
    /// MCP's conformance suite against servers directly and through the edge
    McpConformance(conformance::McpConformance),
    /// Requests to a model through the edge and through nginx, and what a stream waits longer
    Llm(llm::LlmBench),
    /// One rule by this engine, native Rust, Rego and Cedar, on the same actions
    Policy(policy::PolicyBench),
}

impl BenchCommand {
    pub async fn run(self, workspace: &Workspace) -> Result<()> {
        match self.what {
            What::Postgres(bench) => bench.run(workspace).await,
            What::McpConformance(bench) => bench.run(workspace).await,
            What::Llm(bench) => bench.run(workspace).await,
            What::Policy(bench) => bench.run(workspace),
        }
    }
}
