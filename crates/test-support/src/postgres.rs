//! A real PostgreSQL server, for as long as its owner lives.

mod account;
mod binaries;
mod cluster;
mod server;

use std::{
    fs::{self, File},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_postgres::NoTls;

pub use account::Account;
pub use binaries::Binaries;
pub(crate) use binaries::on_path;
use server::Server;

use crate::{free_port, wait_until};

const SUPERUSER: &str = "postgres";
const SUPERUSER_PASSWORD: &str = "postgres";

/// How long a server may take to answer its first query.
const START_LIMIT: Duration = Duration::from_secs(30);

/// What differs from a throw-away server for one test.
#[derive(Debug, Clone, Default)]
pub struct PostgresOptions {
    /// Where the cluster is kept; a fresh one is made when it does not exist. A temporary folder,
    /// removed at the end, where absent.
    pub folder: Option<PathBuf>,
    /// The server's programs; those that [`Binaries::find`] finds where absent.
    pub binaries: Option<Binaries>,
    /// The port to listen on; a free one where absent.
    pub port: Option<u16>,
    /// Whether commits reach the disk, and the server ends in order, everything written out. Without,
    /// it is quicker, and a folder that is kept may have lost its last commits.
    pub durable: bool,
    /// Settings as in `postgresql.conf`, such as `("log_statement", "all")`.
    pub settings: Vec<(String, String)>,
}

/// A running PostgreSQL server. It ends when this is dropped, and when the process ends in any other
/// way, `kill -9` included.
///
/// Over TCP it asks for a password by SCRAM-SHA-256, over its Unix socket for none.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    folder: PathBuf,
    port: u16,
    durable: bool,
    /// Removed after the server has ended: fields are dropped in order.
    _temporary: Option<TempDir>,
}

impl Postgres {
    /// A throw-away server with an empty cluster.
    pub async fn start() -> Result<Self> {
        Self::start_with(PostgresOptions::default()).await
    }

    /// One server for all tests of this process.
    pub async fn shared() -> Result<&'static Self> {
        static SHARED: OnceCell<Postgres> = OnceCell::const_new();
        SHARED.get_or_try_init(Self::start).await
    }

    /// A server with these options.
    pub async fn start_with(options: PostgresOptions) -> Result<Self> {
        let mut tries = 1;
        loop {
            match Self::try_start(options.clone()).await {
                Err(error) if tries < 3 && options.port.is_none() && port_was_taken(&error) => {
                    tries += 1;
                }
                result => return result,
            }
        }
    }

    async fn try_start(options: PostgresOptions) -> Result<Self> {
        let binaries = match &options.binaries {
            Some(binaries) => binaries.clone(),
            None => Binaries::find()?,
        };
        let account = Account::unprivileged()?;
        let (folder, temporary) = match &options.folder {
            Some(folder) => (folder.clone(), None),
            None => {
                let temporary = temporary_folder()?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be created", folder.display()))?;
        account.own(&folder)?;
        let data = folder.join("data");
        if !data.exists() {
            cluster::create(&data, &binaries, &account)?;
        }
        let port = match options.port {
            Some(port) => port,
            None => free_port()?,
        };
        let log = folder.join("postgres.log");
        let log_file =
            File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        let mut command = account.command(&binaries.program("postgres"), true);
        // Ctrl-C in a terminal is for its owner, who ends it in an orderly way.
        command.process_group(0);
        command
            .arg("-D")
            .arg(&data)
            .args(settings(&folder, port, &options))
            .stdin(std::process::Stdio::null())
            .stdout(log_file.try_clone().context("the log cannot be shared")?)
            .stderr(log_file);
        let postgres = Self {
            server: Server::spawn(command)?,
            folder,
            port,
            durable: options.durable,
            _temporary: temporary,
        };
        postgres.answers().await?;
        Ok(postgres)
    }

    /// Waits for the first answer; what the server wrote to its log is the error.
    async fn answers(&self) -> Result<()> {
        let up = wait_until("PostgreSQL answers", START_LIMIT, || async {
            if !self.server.runs() {
                return Some(false);
            }
            let client = self.connect("postgres").await.ok()?;
            client.simple_query("SELECT 1").await.ok().map(|_| true)
        })
        .await;
        if matches!(up, Ok(true)) {
            return Ok(());
        }
        let log = self.log()?;
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.split_at(lines.len().saturating_sub(10)).1.join("\n");
        bail!("PostgreSQL did not start on port {}:\n{last}", self.port)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The superuser's name and password, for connections over TCP.
    #[must_use]
    pub fn superuser(&self) -> (&'static str, &'static str) {
        (SUPERUSER, SUPERUSER_PASSWORD)
    }

    /// The folder of its Unix socket, its cluster (`data`) and its log.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The postmaster's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// The superuser's URL of a database, over TCP.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.url_as(SUPERUSER, SUPERUSER_PASSWORD, database)
    }

    /// A role's URL of a database, over TCP. The password must need no escaping.
    #[must_use]
    pub fn url_as(&self, role: &str, password: &str, database: &str) -> String {
        format!(
            "postgres://{role}:{password}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    /// A superuser's connection to a database.
    pub async fn connect(&self, database: &str) -> Result<tokio_postgres::Client> {
        let (client, connection) = tokio_postgres::connect(&self.url(database), NoTls)
            .await
            .with_context(|| format!("no connection to database {database}"))?;
        tokio::spawn(async move {
            // Its errors are also the client's.
            let _ = connection.await;
        });
        Ok(client)
    }

    /// Makes an empty database and returns its URL.
    pub async fn create_database(&self, name: &str) -> Result<String> {
        let client = self.connect("postgres").await?;
        let quoted = name.replace('"', "\"\"");
        client
            .batch_execute(&format!("CREATE DATABASE \"{quoted}\""))
            .await
            .with_context(|| format!("database {name} cannot be created"))?;
        Ok(self.url(name))
    }

    /// Everything the server has logged.
    pub fn log(&self) -> Result<String> {
        let path = self.folder.join("postgres.log");
        let bytes = fs::read(&path).with_context(|| format!("{} is gone", path.display()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one.
        let signal = if self.durable {
            Signal::INT
        } else {
            Signal::QUIT
        };
        self.server.end(signal);
    }
}

fn settings(folder: &Path, port: u16, options: &PostgresOptions) -> Vec<String> {
    let switch = if options.durable { "on" } else { "off" };
    let mut settings = vec![
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", folder.display()),
        "max_connections=100".to_owned(),
        "shared_buffers=64MB".to_owned(),
        format!("fsync={switch}"),
        format!("synchronous_commit={switch}"),
        format!("full_page_writes={switch}"),
    ];
    settings.extend(options.settings.iter().map(|(k, v)| format!("{k}={v}")));
    settings
        .into_iter()
        .flat_map(|setting| ["-c".to_owned(), setting])
        .collect()
}

fn port_was_taken(error: &anyhow::Error) -> bool {
    let words = format!("{error:#}");
    words.contains("could not bind") || words.contains("lock file")
}

/// A short path, since a Unix socket's is limited to some hundred bytes. Folders of processes that
/// were killed are removed on the way.
fn temporary_folder() -> Result<TempDir> {
    const PREFIX: &str = "countersign-pg-";
    let root = std::env::temp_dir();
    for entry in fs::read_dir(&root).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    tempfile::Builder::new()
        .prefix(&format!("{PREFIX}{}-", std::process::id()))
        .tempdir_in(&root)
        .with_context(|| format!("no temporary folder in {}", root.display()))
}
