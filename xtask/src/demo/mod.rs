//! `cargo xtask demo`: the whole house on one machine, set up as a user would set it up.

mod agent;
mod copilot;
mod databases;
mod governance;
mod scenario;
mod services;
mod task;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use countersign_test_support::{LlmStandIn, Plane, Ports, Upstream, Upstreams};
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
pub use governance::policies as push_and_bind;
use services::{ANTHROPIC, OPENAI, ORDERS, Services};

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
        let mut interrupt = signal(SignalKind::interrupt()).context("no signals")?;
        let mut terminate = signal(SignalKind::terminate()).context("no signals")?;
        let ended = tokio::select! {
            ended = self.play(workspace, &tools, &binary) => ended,
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        };
        say("everything has ended");
        ended
    }

    /// Runs until something fails, or, with `--exit`, until the scenario has ended. Whoever drops
    /// this ends every process.
    async fn play(&self, workspace: &Workspace, tools: &Tools, binary: &Path) -> Result<()> {
        let folder = self.folder(workspace)?;
        let mut house = House::start(Ports::usual()?, workspace, tools, binary, &folder).await?;
        let House {
            plane,
            access,
            services,
            ..
        } = &mut house;
        welcome(plane, access, &folder);
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
        let folder = workspace.path(".demo");
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
    ) -> Result<Self> {
        say("starting PostgreSQL, for production and for staging");
        let shops = databases::start(folder, tools.postgres()).await?;
        say("starting the control plane and an edge");
        let upstreams: Vec<Upstream> = shops.iter().map(Shop::upstream).collect();
        let services = Services::start()?;
        let upstreams = Upstreams {
            databases: &upstreams,
            apis: &services.upstreams(),
        };
        let mut plane = Plane::start_on(ports, binary, folder, upstreams).await?;
        say("pushing and binding the policies");
        let access = governance::set_up(workspace, &plane, &shops)?;
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
    let house = House::start(Ports::free()?, workspace, tools, binary, &folder).await?;
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

fn welcome(plane: &Plane, access: &Access, folder: &Path) {
    let port = plane.edge_port;
    println!(
        "
  Countersign is running.

  Dashboard      {url}
  Sign in (once) {link}

  An AI agent    {agent}, on behalf of {human}
  Its credential {secret}

  psql on production, as the agent:
    PGPASSWORD={secret} psql -h 127.0.0.1 -p {port} -U {agent} -d shop-production
  and on staging:
    PGPASSWORD={secret} psql -h 127.0.0.1 -p {port} -U {agent} -d shop-staging

  Try: SELECT * FROM customers;           masked and capped
       DELETE FROM orders;                waits for you in the dashboard, under Reviews
       DROP TABLE payments;               blocked
       SELECT count(*) FROM orders;       just runs

  An HTTP API, and models (a stand-in that echoes, in two wire formats), as the agent:
    curl -H \"Authorization: Bearer {secret}\" {orders}/v1/orders/1042
    openai.OpenAI(base_url=\"{openai}/v1\", api_key=\"{secret}\")
    anthropic.Anthropic(base_url=\"{anthropic}\", api_key=\"{secret}\")
  Try, of the model `{model}`: write to ada@example.com    hidden from the provider
       use tool refund_order with {{\"cents\": 90000}}    waits for you
       use tool drop_table with {{}}    blocked

  The command line, in another terminal:
    export COUNTERSIGN_CONFIG={config}
    {binary} review list

  Logs are in {folder}. Ctrl-C ends everything.
",
        url = plane.url,
        link = access.sign_in_link,
        agent = access.agent.name,
        human = governance::HUMAN,
        secret = access.agent.secret,
        orders = plane.target_url(ORDERS),
        openai = plane.target_url(OPENAI),
        anthropic = plane.target_url(ANTHROPIC),
        model = LlmStandIn::MODEL,
        config = folder.join("cli.toml").display(),
        binary = plane.admin.binary().display(),
        folder = folder.display(),
    );
}
