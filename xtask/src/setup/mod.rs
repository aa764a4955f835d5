//! Finds what building, running and testing need, and installs what is missing, saying so. Quick when
//! everything is there.

mod clang;
mod debian;
mod node;
mod postgres;
mod python;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use countersign_test_support::Binaries;
pub use python::model;

use crate::{
    process::{Run, on_path, say},
    workspace::Workspace,
};

/// The target that policies are compiled for.
const POLICY_TARGET: &str = "wasm32-unknown-unknown";

/// What was found, as the environment that makes other programs find it too.
#[derive(Debug, Default)]
pub struct Tools {
    environment: Vec<(String, String)>,
    postgres: Option<Binaries>,
}

impl Tools {
    /// Variables for child processes.
    pub fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// PostgreSQL's server programs, where the setup included them.
    pub fn postgres(&self) -> Option<&Binaries> {
        self.postgres.as_ref()
    }

    /// `cargo` in the workspace, with these variables.
    pub fn cargo(&self, workspace: &Workspace) -> Run {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        Run::new(cargo)
            .envs(&self.environment)
            .folder(workspace.root())
    }

    fn set(&mut self, name: &str, value: String) {
        self.environment.push((name.to_owned(), value));
    }
}

/// Compilers, libraries and the dashboard's packages.
pub fn for_building(workspace: &Workspace) -> Result<Tools> {
    let mut tools = Tools::default();
    clang::find(workspace, &mut tools)?;
    policy_target()?;
    node::check()?;
    node::packages(&workspace.path("web"))?;
    Ok(tools)
}

/// Also a PostgreSQL server.
fn with_postgres(workspace: &Workspace) -> Result<Tools> {
    let mut tools = for_building(workspace)?;
    postgres::find(workspace, &mut tools)?;
    Ok(tools)
}

/// Also MCP servers.
pub fn for_demo(workspace: &Workspace) -> Result<Tools> {
    let tools = with_postgres(workspace)?;
    node::packages(&workspace.path("crates/test-support/mcp"))?;
    Ok(tools)
}

/// Also PgBouncer, to compare with.
pub fn for_bench(workspace: &Workspace) -> Result<Tools> {
    let tools = with_postgres(workspace)?;
    debian::program("pgbouncer", "pgbouncer")?;
    Ok(tools)
}

/// What requests to models are measured with.
pub fn for_llm_bench(workspace: &Workspace) -> Result<Tools> {
    let tools = with_postgres(workspace)?;
    debian::program("nginx", "nginx-light")?;
    debian::program("wrk", "wrk")?;
    Ok(tools)
}

/// What MCP's conformance suite needs, with a Node.js that is new enough for it.
pub fn for_mcp_conformance(workspace: &Workspace) -> Result<(Tools, PathBuf)> {
    let tools = for_building(workspace)?;
    node::packages(&workspace.path("crates/test-support/mcp"))?;
    let node = node::newer(workspace)?;
    Ok((tools, node))
}

/// Also a browser, and the clients that the end-to-end tests drive.
pub fn everything(workspace: &Workspace) -> Result<Tools> {
    let mut tools = for_demo(workspace)?;
    let chromium = debian::program("chromium", "chromium")?;
    tools.set("CHROMIUM", chromium.display().to_string());
    debian::program("psql", "postgresql-client")?;
    node::packages(&workspace.path("cli/tests/clients/node"))?;
    node::packages(&workspace.path("crates/test-support/oidc"))?;
    python::clients(workspace, &mut tools)?;
    Ok(tools)
}

fn policy_target() -> Result<()> {
    // Where there is no rustup, the toolchain's own folder tells.
    let sysroot = Run::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .context("Rust is not installed")?;
    let library = std::path::Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(POLICY_TARGET);
    if library.is_dir() {
        return Ok(());
    }
    if on_path("rustup").is_none() {
        bail!("the Rust target {POLICY_TARGET} is missing, and there is no rustup to add it");
    }
    say(&format!("installing the Rust target {POLICY_TARGET}"));
    Run::new("rustup")
        .args(["target", "add", POLICY_TARGET])
        .output()?;
    Ok(())
}
