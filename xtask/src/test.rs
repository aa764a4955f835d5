//! `cargo xtask test`: every test there is, in one command, with a summary at the end.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::{
    arrows,
    build::{self, Profile},
    demo, identity,
    process::{Run, error_line, say},
    setup::{self, Tools},
    workspace::Workspace,
};

#[derive(Debug, Args)]
pub struct TestCommand {
    /// Go on after a stage has failed
    #[arg(long)]
    keep_going: bool,

    /// Only stages with this in their name, on what is built already where they do not build
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// One stage's name, result and time.
struct Stage {
    name: &'static str,
    failed: bool,
    took: Duration,
}

impl TestCommand {
    pub fn run(self, workspace: &Workspace) -> Result<()> {
        let tools = setup::everything(workspace)?;
        let mut stages: Vec<Stage> = Vec::new();
        let wanted = self.only.as_deref().unwrap_or("");
        for (name, run) in ALL.into_iter().filter(|(name, _)| name.contains(wanted)) {
            println!("\n── {name} ──");
            let start = Instant::now();
            let result = run(workspace, &tools);
            if let Err(error) = &result {
                error_line(error);
            }
            stages.push(Stage {
                name,
                failed: result.is_err(),
                took: start.elapsed(),
            });
            if result.is_err() && !self.keep_going {
                break;
            }
        }
        if stages.is_empty() {
            bail!("no stage has `{wanted}` in its name");
        }
        summary(&stages)
    }
}

type RunStage = fn(&Workspace, &Tools) -> Result<()>;

/// What fails fast comes first.
const ALL: [(&str, RunStage); 12] = [
    ("formatting", formatting),
    ("dependency arrows", |workspace, _| arrows::check(workspace)),
    ("dashboard: lint, types, unit tests", dashboard),
    ("build: dashboard, workspace, policies", build_all),
    ("lints", lints),
    ("Rust tests, end to end included", rust_tests),
    ("Rego and Cedar: lints, tests", languages),
    ("documentation examples", doc_tests),
    ("policies as Wasm", policies_as_wasm),
    ("dashboard in headless Chromium", browser),
    ("dashboard on the running house", browser_on_house),
    ("dashboard with an identity provider", browser_with_provider),
];

fn formatting(workspace: &Workspace, tools: &Tools) -> Result<()> {
    tools
        .cargo(workspace)
        .args(["fmt", "--all", "--check"])
        .shown()?;
    Ok(())
}

fn lints(workspace: &Workspace, tools: &Tools) -> Result<()> {
    tools
        .cargo(workspace)
        .args(["clippy", "--workspace", "--all-targets", "--locked"])
        .args(["--", "--deny", "warnings"])
        .shown()?;
    Ok(())
}

fn dashboard(workspace: &Workspace, tools: &Tools) -> Result<()> {
    for script in ["lint", "typecheck", "test"] {
        npm(workspace, tools, script)?;
    }
    Ok(())
}

fn build_all(workspace: &Workspace, tools: &Tools) -> Result<()> {
    build::for_tests(workspace, tools)
}

fn rust_tests(workspace: &Workspace, tools: &Tools) -> Result<()> {
    let nextest = tools
        .cargo(workspace)
        .args(["nextest", "--version"])
        .succeeds();
    if nextest {
        tools
            .cargo(workspace)
            .args([
                "nextest",
                "run",
                "--workspace",
                "--locked",
                "--no-fail-fast",
            ])
            .args(["--status-level", "slow", "--final-status-level", "flaky"])
            .shown()?;
        return Ok(());
    }
    say("cargo-nextest is not installed: using cargo test");
    tools
        .cargo(workspace)
        .args(["test", "--workspace", "--locked", "--no-fail-fast"])
        .args(["--lib", "--bins", "--tests"])
        .shown()?;
    Ok(())
}

/// The runtimes are a workspace of their own.
fn languages(workspace: &Workspace, tools: &Tools) -> Result<()> {
    let manifest = ["--manifest-path", "languages/Cargo.toml"];
    let cargo = |command: &str| tools.cargo(workspace).arg(command).args(manifest);
    cargo("fmt").args(["--all", "--check"]).shown()?;
    cargo("clippy")
        .args(["--all-targets", "--locked", "--", "--deny", "warnings"])
        .shown()?;
    cargo("test")
        .args(["--locked", "--quiet", "--no-fail-fast"])
        .shown()?;
    Ok(())
}

fn doc_tests(workspace: &Workspace, tools: &Tools) -> Result<()> {
    tools
        .cargo(workspace)
        .args(["test", "--workspace", "--locked", "--doc", "--quiet"])
        .shown()?;
    Ok(())
}

/// Each built component is what its manifest says, and judges the manifest's own cases so.
fn policies_as_wasm(workspace: &Workspace, _: &Tools) -> Result<()> {
    Run::new(build::binary(workspace, Profile::Dev))
        .args(["policy", "test"])
        .args(build::policy_files(workspace)?)
        .shown()?;
    Ok(())
}

fn browser(workspace: &Workspace, tools: &Tools) -> Result<()> {
    npm(workspace, tools, "e2e")
}

/// The same browser against a real control plane, edge and database: a person approves what an agent
/// sent, and it runs.
fn browser_on_house(workspace: &Workspace, tools: &Tools) -> Result<()> {
    let binary = build::binary(workspace, Profile::Dev);
    let browser = |url: &str, link: &str| {
        Run::new("npm")
            .args(["run", "--silent", "e2e"])
            .folder(&workspace.path("web"))
            .envs(tools.environment())
            .env("CI", "true")
            .env("COUNTERSIGN_URL", url)
            .env("COUNTERSIGN_SIGN_IN_LINK", link)
            .shown()
            .map(|_| ())
    };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the async runtime cannot be started")?
        .block_on(demo::approve_in_dashboard(
            workspace, tools, &binary, browser,
        ))
}

/// People sign in by a real OpenID provider, try it, let an MCP client act as them, and sign out here or
/// there.
fn browser_with_provider(workspace: &Workspace, tools: &Tools) -> Result<()> {
    let binary = build::binary(workspace, Profile::Dev);
    let folder = workspace.path(".demo/identity");
    let browser = |url: &str, mcp: &str| {
        Run::new("npm")
            .args(["run", "--silent", "e2e", "--", "oidc"])
            .folder(&workspace.path("web"))
            .envs(tools.environment())
            .env("CI", "true")
            .env("COUNTERSIGN_URL", url)
            .env("COUNTERSIGN_OIDC", "true")
            .env("COUNTERSIGN_MCP", mcp)
            .shown()
            .map(|_| ())
    };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the async runtime cannot be started")?
        .block_on(identity::sign_in_by_provider(&binary, &folder, browser))
}

fn npm(workspace: &Workspace, tools: &Tools, script: &str) -> Result<()> {
    Run::new("npm")
        .args(["run", "--silent", script])
        .folder(&workspace.path("web"))
        .envs(tools.environment())
        .env("CI", "true")
        .shown()?;
    Ok(())
}

fn summary(stages: &[Stage]) -> Result<()> {
    println!("\n── summary ──");
    for stage in stages {
        let mark = if stage.failed { "FAILED" } else { "ok" };
        println!(
            "{mark:>7}  {:>5.0} s  {}",
            stage.took.as_secs_f64(),
            stage.name
        );
    }
    let failed = stages.iter().filter(|stage| stage.failed).count();
    println!("stages: {} passed, {failed} failed", stages.len() - failed);
    if failed > 0 {
        bail!("{failed} of {} stages failed", stages.len());
    }
    Ok(())
}
