//! A data folder that runs twice, or was restored from an old copy, with real edges: one is found out,
//! both are locked, and everybody is told why.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use countersign_test_support::{
    Countersign, Plane, Postgres, Service, Upstream, free_port, wait_until,
};
use tempfile::TempDir;

use crate::support::{AGENT, PATIENCE, binary, connect};

/// What clients of a locked edge are told.
const REASON: &str = "this edge's data folder was started twice, or restored from an older copy";

/// A control plane, an edge and an agent that it lets in.
struct House {
    plane: Plane,
    secret: String,
    folder: TempDir,
    _postgres: Postgres,
}

impl House {
    async fn start() -> Result<Self> {
        let postgres = Postgres::start().await?;
        postgres.create_database("shop").await?;
        let (user, password) = postgres.superuser();
        let upstream = Upstream {
            target: "shop".to_owned(),
            port: postgres.port(),
            database: "shop".to_owned(),
            user: user.to_owned(),
            password: password.to_owned(),
        };
        let folder = TempDir::new()?;
        let mut plane = Plane::start(binary(), folder.path(), &[upstream]).await?;
        let admin = plane.admin.clone();
        admin.json(&["target", "create", "shop", "--default", "allow"])?;
        admin.json(&["principal", "create", AGENT, "--kind", "agent"])?;
        let credential = ["principal", "credential", AGENT, "--ttl", "1h"];
        let secret = admin.text(&credential, "/secret")?;
        plane.in_force().await?;
        Ok(Self {
            plane,
            secret,
            folder,
            _postgres: postgres,
        })
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("edge")
    }

    async fn connect(&self, port: u16) -> Result<tokio_postgres::Client> {
        let secret = &self.secret;
        connect(&format!(
            "postgres://{AGENT}:{secret}@127.0.0.1:{port}/shop"
        ))
        .await
    }

    /// A live connection of the agent.
    async fn let_in(&self, port: u16) -> Result<tokio_postgres::Client> {
        let let_in = || async { self.connect(port).await.ok() };
        let client = wait_until("the edge lets the agent in", PATIENCE, let_in).await?;
        client.simple_query("SELECT 1").await?;
        Ok(client)
    }

    /// Waits until the agent is refused there for the right reason.
    async fn told(&self, port: u16) -> Result<()> {
        wait_until("the agent is told why", PATIENCE, || async {
            let refused = self.connect(port).await.err()?;
            format!("{refused:#}").contains(REASON).then_some(())
        })
        .await
    }

    /// Starts a second edge on another folder.
    fn second(&self, data: &Path) -> Result<(Service, u16)> {
        let port = free_port()?;
        let config = fs::read_to_string(self.folder.path().join("edge.toml"))?;
        let at = |port: u16| format!("127.0.0.1:{port}");
        let config = config
            .replace(path(&self.data())?, path(data)?)
            .replace(&at(self.plane.edge_port), &at(port))
            .replace(&at(self.plane.http_port), &at(free_port()?));
        let file = self.folder.path().join("copy.toml");
        fs::write(&file, config)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
        let args = ["edge".into(), "--config".into(), file.into_os_string()];
        let log = self.folder.path().join("copy.log");
        let service = Service::start("the copy", binary(), args, &[], &log)?;
        Ok((service, port))
    }
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is no text")
}

/// Copies a folder, as it is at this moment.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// The lock that the control plane set by itself, once it has.
async fn locked(admin: &Countersign) -> Result<String> {
    let lock = wait_until("the edge is locked", PATIENCE, || async {
        admin.json(&["locks"]).ok()?.get(0).cloned()
    })
    .await?;
    ensure!(lock["subject"]["kind"] == "edge", "{lock}");
    ensure!(lock["reason"] == REASON, "{lock}");
    ensure!(lock["created_by"] == "system", "{lock}");
    Ok(lock["id"].as_str().context("an id")?.to_owned())
}

/// How often a clone was found out.
fn found_out(plane: &Plane) -> Result<usize> {
    let events = plane.get("audit-events?kind=edge.cloned")?;
    let events = events["items"].as_array().context("a list")?.clone();
    for event in &events {
        ensure!(event["subject"] == "edge-1", "{event}");
        ensure!(event["detail"]["reason"] == REASON, "{event}");
    }
    Ok(events.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_edge_is_found_out() -> Result<()> {
    let house = House::start().await?;
    let admin = house.plane.admin.clone();
    let live = house.let_in(house.plane.edge_port).await?;
    let data = house.folder.path().join("copied");
    copy(&house.data(), &data)?;
    let (mut copied, port) = house.second(&data)?;
    let lock = locked(&admin).await?;
    wait_until("the live connection ends", PATIENCE, || async {
        live.is_closed().then_some(())
    })
    .await?;
    house.told(house.plane.edge_port).await?;
    house.told(port).await?;
    ensure!(found_out(&house.plane)? == 1);

    // The copy is stopped and the lock lifted: the right one goes on.
    copied.kill()?;
    admin.json(&["unlock", &lock])?;
    house.let_in(house.plane.edge_port).await?;
    ensure!(found_out(&house.plane)? == 1, "it is not found out again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_edge_is_found_out_and_a_restarted_one_is_none() -> Result<()> {
    let mut house = House::start().await?;
    let admin = house.plane.admin.clone();
    let port = house.plane.edge_port;
    house.let_in(port).await?;
    let backup = house.folder.path().join("backup");
    copy(&house.data(), &backup)?;
    for _ in 0..3 {
        house.plane.kill_edge()?;
        house.plane.restart_edge().await?;
        house.let_in(port).await?;
        house.plane.in_force().await?;
    }
    ensure!(
        admin.json(&["locks"])?.get(0).is_none(),
        "a kill is no copy"
    );

    house.plane.kill_edge()?;
    fs::remove_dir_all(house.data())?;
    copy(&backup, &house.data())?;
    house.plane.restart_edge().await?;
    locked(&admin).await?;
    house.told(port).await?;
    ensure!(found_out(&house.plane)? == 1);

    // Restarting does not get it out of the lock, with the control plane or without.
    house.plane.kill_edge()?;
    house.plane.kill_server()?;
    house.plane.restart_edge().await?;
    house.told(port).await?;
    Ok(())
}
