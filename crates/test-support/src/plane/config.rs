//! The edge's configuration file, as `countersign edge --help` shows it.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::{Ports, Upstreams};

/// The edge's configuration in the folder.
pub(super) const EDGE_CONFIG: &str = "edge.toml";

#[derive(Serialize)]
struct EdgeConfig<'a> {
    data_dir: PathBuf,
    control_plane: ControlPlane<'a>,
    postgres: Listener,
    http: Listener,
    upstreams: BTreeMap<&'a str, Upstream<'a>>,
}

#[derive(Serialize)]
struct ControlPlane<'a> {
    url: &'a str,
}

#[derive(Serialize)]
struct Listener {
    listen: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Upstream<'a> {
    Postgres {
        host: &'static str,
        port: u16,
        database: &'a str,
        user: &'a str,
        password: &'a str,
    },
    Http {
        url: &'a str,
        hold_seconds: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        auth: Option<Auth<'a>>,
    },
}

#[derive(Serialize)]
struct Auth<'a> {
    header: &'a str,
    secret: &'a str,
}

/// Writes it for an edge of the control plane at `url`.
pub(super) fn write(
    folder: &Path,
    url: &str,
    ports: Ports,
    upstreams: Upstreams<'_>,
) -> Result<()> {
    let listener = |port: u16| Listener {
        listen: format!("127.0.0.1:{port}"),
    };
    let config = EdgeConfig {
        data_dir: folder.join("edge"),
        control_plane: ControlPlane { url },
        postgres: listener(ports.edge),
        http: listener(ports.http),
        upstreams: upstreams.entries(),
    };
    let path = folder.join(EDGE_CONFIG);
    let text = toml::to_string(&config).context("the edge's configuration is not TOML")?;
    // It has the upstreams' passwords.
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{} cannot be written", path.display()))
}

impl<'a> Upstreams<'a> {
    fn entries(self) -> BTreeMap<&'a str, Upstream<'a>> {
        let databases = self.databases.iter().map(|database| {
            let upstream = Upstream::Postgres {
                host: "127.0.0.1",
                port: database.port,
                database: &database.database,
                user: &database.user,
                password: &database.password,
            };
            (database.target.as_str(), upstream)
        });
        let apis = self.apis.iter().map(|api| {
            let auth = api
                .auth
                .as_ref()
                .map(|(header, secret)| Auth { header, secret });
            let upstream = Upstream::Http {
                url: &api.url,
                hold_seconds: api.hold_seconds,
                auth,
            };
            (api.target.as_str(), upstream)
        });
        databases.chain(apis).collect()
    }
}
