//! PgBouncer in session mode: what a plain relay costs.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context as _, Result};
use countersign_test_support::{Account, Service, free_port, wait_until};

use super::pgbench::Way;
use crate::process::on_path;

/// A running PgBouncer.
#[derive(Debug)]
pub struct PgBouncer {
    _service: Service,
    pub port: u16,
}

impl PgBouncer {
    /// Starts it in front of `upstream`, with the same user and password.
    pub async fn start(folder: &Path, account: &Account, upstream: &Way) -> Result<Self> {
        let program = on_path("pgbouncer")
            .or_else(|| {
                Some("/usr/sbin/pgbouncer".into())
                    .filter(|path: &std::path::PathBuf| path.is_file())
            })
            .context("there is no pgbouncer")?;
        let port = free_port()?;
        fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        let users = folder.join("users.txt");
        write(
            &users,
            &format!("\"{}\" \"{}\"\n", upstream.user, upstream.password),
        )?;
        let config = folder.join("pgbouncer.ini");
        write(
            &config,
            &format!(
                "[databases]\n\
                 {database} = host=127.0.0.1 port={upstream_port} dbname={database}\n\
                 [pgbouncer]\n\
                 listen_addr = 127.0.0.1\n\
                 listen_port = {port}\n\
                 unix_socket_dir =\n\
                 auth_type = scram-sha-256\n\
                 auth_file = {users}\n\
                 pool_mode = session\n\
                 max_client_conn = 200\n\
                 default_pool_size = 50\n\
                 log_connections = 0\n\
                 log_disconnections = 0\n",
                database = upstream.database,
                upstream_port = upstream.port,
                users = users.display(),
            ),
        )?;
        account.own(folder)?;
        let command = account.command(&program, true);
        let args: Vec<_> = command
            .get_args()
            .map(std::ffi::OsStr::to_owned)
            .chain([config.into_os_string()])
            .collect();
        let log = folder.with_extension("log");
        let mut service = Service::start(
            "pgbouncer",
            Path::new(command.get_program()),
            args,
            &[],
            &log,
        )?;
        let mut ended = Ok(());
        wait_until("pgbouncer listens", Duration::from_secs(10), || {
            ended = service.check();
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
        ended?;
        Ok(Self {
            _service: service,
            port,
        })
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}
