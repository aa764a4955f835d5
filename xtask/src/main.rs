//! `cargo xtask`: every command that the README and CI name.
#![expect(clippy::print_stdout, reason = "a command-line tool prints")]

mod arrows;
mod bench;
mod build;
mod demo;
mod identity;
mod process;
mod secret;
mod setup;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use workspace::Workspace;

/// Builds, runs, tests and measures Countersign
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start everything on this machine, with two seeded databases; Ctrl-C ends it
    Demo(demo::DemoCommand),
    /// Run every test
    Test(test::TestCommand),
    /// Measure against peers
    Bench(bench::BenchCommand),
    /// Find or install what building and testing need
    Setup,
    /// Compile the built-in policies to components in target/policies
    BuildPlugins,
    /// Build dashboard, policies and the `countersign` binary
    Build {
        /// With optimisations
        #[arg(long)]
        release: bool,
    },
    /// Check that crates depend on each other only as ARCHITECTURE.md says
    Arrows,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            process::error_line(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    let workspace = Workspace::find()?;
    // One thread: the kernel ends children with the thread that started them.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the async runtime cannot be started")?;
    match cli.command {
        Command::Demo(command) => runtime.block_on(command.run(&workspace)),
        Command::Test(command) => command.run(&workspace),
        Command::Bench(command) => runtime.block_on(command.run(&workspace)),
        Command::Setup => setup::everything(&workspace).map(|_| ()),
        Command::BuildPlugins => {
            let tools = setup::for_building(&workspace)?;
            build::plugins(&workspace, &tools)
        }
        Command::Build { release } => {
            let tools = setup::for_building(&workspace)?;
            build::everything(&workspace, &tools, build::Profile::release_if(release)).map(|_| ())
        }
        Command::Arrows => arrows::check(&workspace),
    }
}
