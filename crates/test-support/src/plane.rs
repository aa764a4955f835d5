//! A control plane and one edge as two processes, set up by the commands that a user would type.

mod config;

use std::{
    ffi::OsString,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{Countersign, Service, free_port, wait_until};
use config::EDGE_CONFIG;

/// How long a process may take until it serves.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How long an edge may take to compile the policies, on a machine that compiles something else.
const PREPARE_LIMIT: Duration = Duration::from_secs(240);

/// A database as the edge's configuration names it, on 127.0.0.1.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// The target's name.
    pub target: String,
    /// The server's port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The role.
    pub user: String,
    /// Its password.
    pub password: String,
}

/// An HTTP API, or a model's provider, as the edge's configuration names it.
#[derive(Debug, Clone)]
pub struct HttpUpstream {
    /// The target's name.
    pub target: String,
    /// Its base URL.
    pub url: String,
    /// The header with which the edge signs in, and the secret; `authorization` has it as a bearer
    /// token.
    pub auth: Option<(String, String)>,
    /// Seconds that a client waits for people before it is told to come back.
    pub hold_seconds: u32,
}

/// Everything that the edge reaches.
#[derive(Debug, Clone, Copy)]
pub struct Upstreams<'a> {
    /// Its databases.
    pub databases: &'a [Upstream],
    /// What speaks HTTP.
    pub apis: &'a [HttpUpstream],
}

impl<'a> From<&'a [Upstream]> for Upstreams<'a> {
    fn from(databases: &'a [Upstream]) -> Self {
        Self {
            databases,
            apis: &[],
        }
    }
}

/// Where the two listen, on 127.0.0.1.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// The control plane's.
    pub server: u16,
    /// The edge's, for PostgreSQL clients.
    pub edge: u16,
    /// The edge's, for HTTP clients.
    pub http: u16,
}

impl Ports {
    /// Ports that nobody else is given while this process lives.
    pub fn free() -> Result<Self> {
        Ok(Self {
            server: free_port()?,
            edge: free_port()?,
            http: free_port()?,
        })
    }

    /// 7400, 6432 and 6480 where these are free, as in the documentation.
    pub fn usual() -> Result<Self> {
        Ok(Self {
            server: free_or(7400)?,
            edge: free_or(6432)?,
            http: free_or(6480)?,
        })
    }
}

/// A running control plane and edge. The edge ends first.
#[derive(Debug)]
pub struct Plane {
    edge: Service,
    server: Service,
    binary: PathBuf,
    folder: PathBuf,
    /// Commands as the administrator.
    pub admin: Countersign,
    /// The control plane.
    pub url: String,
    /// Where PostgreSQL clients connect.
    pub edge_port: u16,
    /// Where HTTP clients connect.
    pub http_port: u16,
}

impl Plane {
    /// The control plane's configuration in the folder, where there is one.
    pub const SERVER_CONFIG: &str = "server.toml";

    /// Starts both in `folder`, on free ports. The edge enrolls with a join token when the folder has
    /// none yet.
    pub async fn start(binary: &Path, folder: &Path, upstreams: &[Upstream]) -> Result<Self> {
        Self::start_on(Ports::free()?, binary, folder, upstreams.into()).await
    }

    /// Starts both on these ports; the control plane with the `server.toml` of the folder, where it
    /// has one.
    pub async fn start_on(
        ports: Ports,
        binary: &Path,
        folder: &Path,
        upstreams: Upstreams<'_>,
    ) -> Result<Self> {
        let url = format!("http://127.0.0.1:{}", ports.server);
        let data = folder.join("control-plane");
        let mut args = vec![
            OsString::from("server"),
            "--data-dir".into(),
            data.clone().into_os_string(),
            "--listen".into(),
            format!("127.0.0.1:{}", ports.server).into(),
        ];
        let config = folder.join(Self::SERVER_CONFIG);
        if config.exists() {
            args.extend(["--config".into(), config.into_os_string()]);
        }
        let mut server = Service::start(
            "the control plane",
            binary,
            args,
            &[],
            &folder.join("control-plane.log"),
        )?;
        let admin = sign_in(binary, &url, &data, &mut server).await?;
        // Commands typed in another terminal find the control plane with COUNTERSIGN_CONFIG.
        fs::write(
            folder.join("cli.toml"),
            format!("url = \"{url}\"\ntoken_file = \"control-plane/admin.token\"\n"),
        )
        .context("the CLI's configuration cannot be written")?;
        let enrolled = folder.join("edge").exists();
        config::write(folder, &url, ports, upstreams)?;
        let token = if enrolled {
            None
        } else {
            Some(admin.text(&["join-token", "create", "edge-1"], "/token")?)
        };
        let mut edge = start_edge(binary, folder, token)?;
        listens(ports.edge, &mut edge).await?;
        Ok(Self {
            edge,
            server,
            binary: binary.to_owned(),
            folder: folder.to_owned(),
            admin,
            url,
            edge_port: ports.edge,
            http_port: ports.http,
        })
    }

    /// Fails when one of the two has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        self.server.check()?;
        self.edge.check()
    }

    /// Waits until the edge enforces the newest revision with every policy loaded.
    pub async fn in_force(&mut self) -> Result<()> {
        let admin = self.admin.clone();
        wait_until(
            "the edge enforces the newest bundle",
            PREPARE_LIMIT,
            || async {
                let edges = admin.json(&["edge", "list"]).ok()?;
                enforces_newest(edges.get(0)?).then_some(())
            },
        )
        .await?;
        self.check()
    }

    /// `GET /api/v1/<path>` with the administrator's token, such as `events?after=7`.
    pub fn get(&self, path: &str) -> Result<Value> {
        self.admin.json(&["api", "get", path])
    }

    /// Where the edge serves a target that speaks HTTP.
    #[must_use]
    pub fn target_url(&self, target: &str) -> String {
        format!("http://127.0.0.1:{}/{target}", self.http_port)
    }

    /// The edge's process id.
    #[must_use]
    pub fn edge_pid(&self) -> u32 {
        self.edge.pid()
    }

    /// Everything the edge has written to its outputs, earlier lives included.
    #[must_use]
    pub fn edge_log(&self) -> String {
        self.edge.log()
    }

    /// Ends the control plane, as for an upgrade, and waits until it is gone.
    pub fn stop_server(&mut self) {
        self.server.stop();
    }

    /// Kills the edge (SIGKILL) and waits until it is gone.
    pub fn kill_edge(&mut self) -> Result<()> {
        self.edge.kill()
    }

    /// Kills the control plane (SIGKILL) and waits until it is gone.
    pub fn kill_server(&mut self) -> Result<()> {
        self.server.kill()
    }

    /// Starts the edge again in the same folder and waits until it listens.
    pub async fn restart_edge(&mut self) -> Result<()> {
        self.edge = start_edge(&self.binary, &self.folder, None)?;
        listens(self.edge_port, &mut self.edge).await
    }
}

fn start_edge(binary: &Path, folder: &Path, join_token: Option<String>) -> Result<Service> {
    let envs: Vec<_> = join_token
        .map(|token| ("COUNTERSIGN_JOIN_TOKEN".to_owned(), token))
        .into_iter()
        .collect();
    Service::start(
        "the edge",
        binary,
        [
            "edge".into(),
            "--config".into(),
            folder.join(EDGE_CONFIG).into_os_string(),
        ],
        &envs,
        &folder.join("edge.log"),
    )
}

fn enforces_newest(edge: &Value) -> bool {
    let newest = edge.get("newest_revision").and_then(Value::as_u64);
    let enforced = edge
        .pointer("/status/bundle_revision")
        .and_then(Value::as_u64);
    let loaded = edge
        .pointer("/status/policies")
        .and_then(Value::as_array)
        .is_some_and(|policies| policies.iter().all(runs));
    newest.is_some() && newest == enforced && loaded
}

/// Whether the version that the bundle names is the one that runs.
fn runs(policy: &Value) -> bool {
    policy.get("error").is_none()
        && policy
            .get("readiness")
            .is_none_or(|readiness| readiness == "ready")
}

/// Waits for the control plane and reads the token that its first start wrote.
async fn sign_in(
    binary: &Path,
    url: &str,
    data: &Path,
    server: &mut Service,
) -> Result<Countersign> {
    let file = data.join("admin.token");
    let mut ended = Ok(());
    wait_until("the control plane serves", START_LIMIT, || {
        ended = server.check();
        let answer = ended.is_err().then_some(()).or_else(|| {
            let token = fs::read_to_string(&file).ok()?;
            let admin = Countersign::new(binary, url, token.trim());
            admin.json(&["target", "list"]).ok().map(|_| ())
        });
        async move { answer }
    })
    .await?;
    ended?;
    let token = fs::read_to_string(&file).with_context(|| format!("{} is gone", file.display()))?;
    Ok(Countersign::new(binary, url, token.trim()))
}

async fn listens(port: u16, edge: &mut Service) -> Result<()> {
    let mut ended = Ok(());
    wait_until("the edge listens", START_LIMIT, || {
        ended = edge.check();
        let failed = ended.is_err();
        async move {
            if failed {
                return Some(());
            }
            tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .ok()
                .map(|_| ())
        }
    })
    .await?;
    ended
}

/// This port of the loopback address, or, where it is taken, a free one.
fn free_or(usual: u16) -> Result<u16> {
    match TcpListener::bind(("127.0.0.1", usual)) {
        Ok(_) => Ok(usual),
        Err(_) => free_port(),
    }
}
