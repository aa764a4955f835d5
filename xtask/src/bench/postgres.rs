//! `cargo xtask bench postgres`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use clap::Args;
use countersign_test_support::{Account, Plane, Postgres, PostgresOptions, Upstream};
use serde::Serialize;

use super::{
    latency::{self, AddedLatency},
    pgbench::{Figures, Mode, Pgbench, Way},
    pgbouncer::PgBouncer,
};
use crate::{
    build::{self, Profile},
    demo::push_and_bind,
    process::say,
    secret,
    setup::{self, Tools},
    workspace::Workspace,
};

const ROLE: &str = "bench";
const DATABASE: &str = "bench";
const PRINCIPAL: &str = "bench-agent";

#[derive(Debug, Args)]
pub struct PostgresBench {
    /// Print one JSON object, and nothing else, on standard output
    #[arg(long)]
    json: bool,

    /// Seconds of each run
    #[arg(long, default_value_t = 8)]
    seconds: u32,

    /// Runs of each way and mode, in turns; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: u32,

    /// Measure this binary, with the policies in target/policies as they are, without building
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    prepared: ModeReport,
    simple: ModeReport,
    added_latency: AddedLatency,
}

/// Transactions per second and milliseconds by way; `ratio` is the edge's part of PgBouncer's.
#[derive(Debug, Serialize)]
struct ModeReport {
    edge_tps: f64,
    pgbouncer_tps: f64,
    direct_tps: f64,
    ratio: f64,
    edge_latency_ms: f64,
    pgbouncer_latency_ms: f64,
    direct_latency_ms: f64,
}

/// Everything that runs while it is measured. Dropped in this order.
struct Bench {
    plane: Plane,
    pgbouncer: PgBouncer,
    postgres: Postgres,
    pgbench: Pgbench,
    ways: [Way; 3],
}

impl PostgresBench {
    pub async fn run(self, workspace: &Workspace) -> Result<()> {
        let tools = setup::for_bench(workspace)?;
        let binary = match &self.binary {
            Some(binary) => binary.clone(),
            None => build::everything(workspace, &tools, Profile::Release)?,
        };
        let bench = Bench::start(workspace, &tools, &binary).await?;
        say("measuring; keep the machine quiet");
        let mut measured = BTreeMap::new();
        for _ in 0..self.rounds.max(1) {
            for mode in Mode::ALL {
                for way in &bench.ways {
                    let figures = bench.pgbench.select_only(way, mode, self.seconds)?;
                    measured
                        .entry((mode.name(), way.name))
                        .or_insert_with(Vec::new)
                        .push(figures);
                }
            }
        }
        let [direct, _, edge] = &bench.ways;
        let report = Report {
            prepared: ModeReport::of(&measured, Mode::Prepared)?,
            simple: ModeReport::of(&measured, Mode::Simple)?,
            added_latency: latency::measure(direct, edge).await?,
        };
        bench.end();
        if self.json {
            println!(
                "{}",
                serde_json::to_string_pretty(&report).context("no JSON")?
            );
        } else {
            report.print(self.seconds, self.rounds);
        }
        Ok(())
    }
}

impl Bench {
    async fn start(workspace: &Workspace, tools: &Tools, binary: &Path) -> Result<Self> {
        let binaries = tools.postgres().context("setup found no PostgreSQL")?;
        let postgres = Postgres::start_with(PostgresOptions {
            binaries: Some(binaries.clone()),
            settings: vec![("shared_buffers".to_owned(), "512MB".to_owned())],
            ..PostgresOptions::default()
        })
        .await?;
        let password = secret::random()?;
        let admin = postgres.connect("postgres").await?;
        admin
            .batch_execute(&format!("CREATE ROLE {ROLE} LOGIN PASSWORD '{password}'"))
            .await
            .context("the role cannot be made")?;
        admin
            .batch_execute(&format!("CREATE DATABASE {DATABASE} OWNER {ROLE}"))
            .await
            .context("the database cannot be made")?;
        let direct = Way {
            name: "direct",
            port: postgres.port(),
            user: ROLE.to_owned(),
            password,
            database: DATABASE.to_owned(),
        };
        let pgbench = Pgbench::beside(binaries.folder())?;
        say("filling pgbench's tables");
        pgbench.initialise(&direct)?;
        let account = Account::unprivileged()?;
        let pgbouncer =
            PgBouncer::start(&postgres.folder().join("pgbouncer"), &account, &direct).await?;
        let through_pgbouncer = Way {
            name: "pgbouncer",
            port: pgbouncer.port,
            ..direct.clone()
        };
        let (plane, edge) = plane(workspace, binary, &direct).await?;
        Ok(Self {
            plane,
            pgbouncer,
            postgres,
            pgbench,
            ways: [direct, through_pgbouncer, edge],
        })
    }

    /// Ends everything in order.
    fn end(self) {
        drop(self.plane);
        drop(self.pgbouncer);
        drop(self.postgres);
    }
}

/// Control plane and edge with the demo's four policies enforced.
async fn plane(workspace: &Workspace, binary: &Path, direct: &Way) -> Result<(Plane, Way)> {
    let folder = workspace.path(".demo/bench");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context(".demo/bench cannot be emptied")?;
    }
    std::fs::create_dir_all(&folder).context(".demo/bench cannot be made")?;
    let upstream = Upstream {
        target: DATABASE.to_owned(),
        port: direct.port,
        database: DATABASE.to_owned(),
        user: direct.user.clone(),
        password: direct.password.clone(),
    };
    let mut plane = Plane::start(binary, &folder, &[upstream]).await?;
    let admin = plane.admin.clone();
    admin.json(&[
        "target",
        "create",
        DATABASE,
        "--label",
        "env=production",
        "--default",
        "allow",
    ])?;
    admin.json(&["principal", "create", PRINCIPAL, "--kind", "agent"])?;
    push_and_bind(workspace, &admin)?;
    let secret = admin.text(&["principal", "credential", PRINCIPAL], "/secret")?;
    plane.in_force().await?;
    let way = Way {
        name: "edge",
        port: plane.edge_port,
        user: PRINCIPAL.to_owned(),
        password: secret,
        database: DATABASE.to_owned(),
    };
    Ok((plane, way))
}

impl ModeReport {
    fn of(
        measured: &BTreeMap<(&'static str, &'static str), Vec<Figures>>,
        mode: Mode,
    ) -> Result<Self> {
        let figures = |way: &'static str| {
            measured
                .get(&(mode.name(), way))
                .and_then(|all| median(all))
                .with_context(|| format!("{way} was not measured"))
        };
        let (edge, pgbouncer, direct) =
            (figures("edge")?, figures("pgbouncer")?, figures("direct")?);
        Ok(Self {
            edge_tps: edge.tps,
            pgbouncer_tps: pgbouncer.tps,
            direct_tps: direct.tps,
            ratio: edge.tps / pgbouncer.tps,
            edge_latency_ms: edge.latency_ms,
            pgbouncer_latency_ms: pgbouncer.latency_ms,
            direct_latency_ms: direct.latency_ms,
        })
    }
}

/// The run in the middle by transactions per second.
fn median(all: &[Figures]) -> Option<Figures> {
    let mut sorted = all.to_vec();
    sorted.sort_by(|a, b| a.tps.total_cmp(&b.tps));
    sorted.get(sorted.len() / 2).copied()
}

impl Report {
    fn print(&self, seconds: u32, rounds: u32) {
        println!(
            "\npgbench -S, 8 clients, scale 10, median of {rounds} runs of {seconds} s; the edge with \
             four policies enforced and its journal on\n"
        );
        println!(
            "{:<10} {:>12} {:>15} {:>12} {:>16}",
            "mode", "edge tps", "pgbouncer tps", "direct tps", "edge/pgbouncer"
        );
        for (name, mode) in [("prepared", &self.prepared), ("simple", &self.simple)] {
            println!(
                "{name:<10} {:>12.0} {:>15.0} {:>12.0} {:>15.0}%",
                mode.edge_tps,
                mode.pgbouncer_tps,
                mode.direct_tps,
                mode.ratio * 100.0
            );
        }
        let added = &self.added_latency;
        println!(
            "\none query at a time: {:.0} µs p50, {:.0} µs p99 through the edge; {:.0} and {:.0} \
             directly; added {:.0} and {:.0}",
            added.edge.p50_us,
            added.edge.p99_us,
            added.direct.p50_us,
            added.direct.p99_us,
            added.added.p50_us,
            added.added.p99_us,
        );
    }
}
