//! The edge's own configuration: a TOML file. What may be done where comes from the control
//! plane's bundle; this says where things are and how to sign in to them.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

mod http;
mod mcp;

pub use http::{Http, HttpAuth, HttpUpstream};
pub use mcp::McpUpstream;

use countersign_ledger::keys::VerifyingKey;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// The configuration cannot be used. Every variant names the key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, a missing key or a value of the wrong type.
    #[error("invalid configuration: {0}")]
    Parse(String),
    /// A value that makes no sense.
    #[error("invalid configuration: `{key}` {problem}")]
    Invalid {
        /// The key's path in the file.
        key: String,
        /// What is wrong with its value.
        problem: String,
    },
}

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where identity, bundle, modules and journal live; made when missing.
    pub data_dir: PathBuf,
    /// The control plane.
    pub control_plane: ControlPlane,
    /// The PostgreSQL listener.
    #[serde(default)]
    pub postgres: Postgres,
    /// The HTTP listener: APIs, models, MCP servers, and questions before an action. Without this
    /// section there is none.
    #[serde(default)]
    pub http: Option<Http>,
    /// How to reach each target, by the target's name.
    #[serde(default)]
    pub upstreams: BTreeMap<String, Upstream>,
    /// The journal.
    #[serde(default)]
    pub journal: Journal,
    /// Which policies may run here, beside what the control plane says.
    #[serde(default)]
    pub policies: Policies,
    /// The single-use token that enrolls the edge on its first start. Not needed afterwards.
    #[serde(default)]
    pub join_token: Option<SecretString>,
    /// The edge's name for people; the join token's where absent.
    #[serde(default)]
    pub name: Option<String>,
}

/// `[control_plane]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlPlane {
    /// Its base URL, such as `https://countersign.example.com`.
    pub url: String,
    /// PEM file with the only certificate authority to trust for it; the system's where absent.
    #[serde(default)]
    pub tls_ca: Option<PathBuf>,
}

/// `[postgres]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Postgres {
    /// The address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// PEM file with the certificate chain; goes with `tls_key`.
    pub tls_certificate: Option<PathBuf>,
    /// PEM file with the private key.
    pub tls_key: Option<PathBuf>,
    /// Whether a password may come over an unencrypted connection from another machine.
    pub allow_cleartext_password: bool,
    /// Client connections at a time.
    pub max_connections: usize,
}

impl Default for Postgres {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 6432)),
            tls_certificate: None,
            tls_key: None,
            allow_cleartext_password: false,
            max_connections: 500,
        }
    }
}

/// `[upstreams.<target>]`: with a `url` it is one that speaks HTTP, else a PostgreSQL server.
#[derive(Debug, Clone)]
pub enum Upstream {
    /// A PostgreSQL server.
    Postgres(PostgresUpstream),
    /// An API, a model's provider, or an MCP server.
    Http(Box<HttpUpstream>),
    /// Several MCP servers behind one endpoint.
    Mcp(McpUpstream),
}

impl<'de> Deserialize<'de> for Upstream {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = toml::Table::deserialize(deserializer)?;
        let fault = |error: toml::de::Error| serde::de::Error::custom(error.message());
        if table.contains_key("url") {
            let upstream = table.try_into::<HttpUpstream>().map_err(fault)?;
            return Ok(Self::Http(Box::new(upstream)));
        }
        if table.contains_key("servers") {
            return table.try_into().map(Self::Mcp).map_err(fault);
        }
        table.try_into().map(Self::Postgres).map_err(fault)
    }
}

/// `[upstreams.<target>]` of a PostgreSQL server: how the edge itself signs in. Clients never see it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresUpstream {
    /// Host name or address.
    pub host: String,
    /// Port.
    #[serde(default = "default_postgres_port")]
    pub port: u16,
    /// The database.
    pub database: String,
    /// The role.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// Whether the connection is encrypted.
    #[serde(default)]
    pub tls: UpstreamTls,
    /// PEM file with the certificate authority of the server's certificate; needed for
    /// `tls = "require"`, because no public authority signs database servers.
    #[serde(default)]
    pub tls_ca: Option<PathBuf>,
}

/// Whether the connection to an upstream is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamTls {
    /// It is not.
    #[default]
    Disable,
    /// It is, and the server's certificate is verified.
    Require,
}

/// `[policies]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policies {
    /// Ed25519 public keys of authors, in base64. Where there are any, a policy version runs only
    /// when one of them signed it, so that the control plane alone cannot make this edge run a new
    /// one. Settings and selectors are the control plane's all the same.
    pub require_author_signatures: Vec<String>,
}

/// `[journal]`
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Journal {
    /// Bytes of records the control plane does not have yet, beyond which nothing more is let
    /// through. At least 64 MiB.
    pub max_spool_bytes: u64,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            max_spool_bytes: 4 << 30,
        }
    }
}

const MIN_SPOOL_BYTES: u64 = 64 << 20;

const fn default_postgres_port() -> u16 {
    5432
}

impl Config {
    /// Reads and validates the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, parsed or used; the error names the key.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::from_toml(&text)
    }

    /// Parses and validates a TOML text.
    ///
    /// # Errors
    /// When it cannot be parsed or used; the error names the key.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let config: Self =
            toml::from_str(text).map_err(|error| ConfigError::Parse(describe(text, &error)))?;
        config.validate()?;
        Ok(config)
    }

    /// Checks what the types alone do not; `run` calls it before anything is opened or bound.
    ///
    /// # Errors
    /// For the first value that makes no sense.
    pub fn validate(&self) -> Result<(), ConfigError> {
        require(
            !self.data_dir.as_os_str().is_empty(),
            "data_dir",
            "is empty",
        )?;
        let url = &self.control_plane.url;
        require(
            url.starts_with("http://") || url.starts_with("https://"),
            "control_plane.url",
            "must start with http:// or https://",
        )?;
        require(
            reqwest::Url::parse(url).is_ok_and(|url| url.has_host() && url.query().is_none()),
            "control_plane.url",
            "is not a base URL such as https://countersign.example.com",
        )?;
        require(
            self.postgres.tls_certificate.is_some() == self.postgres.tls_key.is_some(),
            "postgres.tls_key",
            "and `postgres.tls_certificate` go together",
        )?;
        require(
            self.postgres.max_connections > 0,
            "postgres.max_connections",
            "must be at least 1",
        )?;
        require(
            self.journal.max_spool_bytes >= MIN_SPOOL_BYTES,
            "journal.max_spool_bytes",
            "must be at least 67108864 (64 MiB)",
        )?;
        self.policies.authors()?;
        if let Some(http) = &self.http {
            http.validate()?;
        }
        for (name, upstream) in &self.upstreams {
            upstream.validate(&format!("upstreams.{name}"))?;
        }
        Ok(())
    }
}

impl Policies {
    /// The keys of the required authors.
    ///
    /// # Errors
    /// When one is no Ed25519 public key.
    pub fn authors(&self) -> Result<Vec<VerifyingKey>, ConfigError> {
        let parse = |key: &String| {
            key.parse().map_err(|_| ConfigError::Invalid {
                key: "policies.require_author_signatures".to_owned(),
                problem: "holds something that is not an Ed25519 public key in base64".to_owned(),
            })
        };
        self.require_author_signatures.iter().map(parse).collect()
    }
}

impl Upstream {
    fn validate(&self, at: &str) -> Result<(), ConfigError> {
        match self {
            Self::Postgres(upstream) => upstream.validate(at),
            Self::Http(upstream) => upstream.validate(at),
            Self::Mcp(upstream) => upstream.validate(at),
        }
    }
}

impl PostgresUpstream {
    fn validate(&self, at: &str) -> Result<(), ConfigError> {
        for (key, value) in [
            ("host", self.host.as_str()),
            ("database", &self.database),
            ("user", &self.user),
            ("password", self.password.expose_secret()),
        ] {
            // A NUL would end the value early on the wire.
            let fits = !value.contains('\0') && (key == "password" || !value.is_empty());
            require(fits, &format!("{at}.{key}"), "is empty or contains NUL")?;
        }
        require(self.port != 0, &format!("{at}.port"), "must not be 0")?;
        require(
            self.tls == UpstreamTls::Disable || self.tls_ca.is_some(),
            &format!("{at}.tls_ca"),
            "is needed for tls = \"require\"",
        )
    }
}

fn require(holds: bool, key: &str, problem: &str) -> Result<(), ConfigError> {
    if holds {
        return Ok(());
    }
    Err(ConfigError::Invalid {
        key: key.to_owned(),
        problem: problem.to_owned(),
    })
}

/// The parser's message with the line it is about, but without the line itself: it may hold a
/// password.
fn describe(text: &str, error: &toml::de::Error) -> String {
    let line = error
        .span()
        .and_then(|span| text.get(..span.start))
        .map(|before| before.matches('\n').count() + 1);
    match line {
        Some(line) => format!("line {line}: {}", error.message()),
        None => error.message().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALLEST: &str =
        "data_dir = \"/var/lib/edge\"\n[control_plane]\nurl = \"http://127.0.0.1:7400\"\n";

    #[test]
    fn the_smallest_file_has_defaults() {
        let config = Config::from_toml(SMALLEST).expect("valid");
        assert_eq!(config.postgres.listen.port(), 6432);
        assert!(config.upstreams.is_empty());
    }

    #[test]
    fn secrets_are_not_printed() {
        let text = format!(
            "{SMALLEST}[upstreams.shop]\nhost = \"h\"\ndatabase = \"d\"\nuser = \"u\"\npassword = \"hunter2\"\n"
        );
        let config = Config::from_toml(&text).expect("valid");
        assert!(!format!("{config:?}").contains("hunter2"));
        let broken = text.replace("\"hunter2\"", "\"hunter2\" x");
        let error = Config::from_toml(&broken).expect_err("broken").to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn errors_name_the_key() {
        let upstream =
            "[upstreams.shop]\nhost = \"h\"\ndatabase = \"d\"\nuser = \"u\"\npassword = \"p\"\n";
        let cases = [
            ("data_dir", String::new()),
            ("postgers", format!("{SMALLEST}[postgers]\n")),
            ("control_plane.url", SMALLEST.replace("http:", "ftp:")),
            (
                "control_plane.url",
                SMALLEST.replace("http://127.0.0.1:7400", "http://?x"),
            ),
            (
                "tls_key",
                format!("{SMALLEST}[postgres]\ntls_key = \"k\"\n"),
            ),
            (
                "max_connections",
                format!("{SMALLEST}[postgres]\nmax_connections = 0\n"),
            ),
            (
                "max_spool_bytes",
                format!("{SMALLEST}[journal]\nmax_spool_bytes = 1\n"),
            ),
            (
                "policies.require_author_signatures",
                format!("{SMALLEST}[policies]\nrequire_author_signatures = [\"AAAA\"]\n"),
            ),
            (
                "password",
                format!("{SMALLEST}{}", upstream.replace("password = \"p\"\n", "")),
            ),
            (
                "upstreams.shop.host",
                format!("{SMALLEST}{}", upstream.replace("\"h\"", "\"\"")),
            ),
            (
                "upstreams.shop.user",
                format!("{SMALLEST}{}", upstream.replace("\"u\"", "\"a\\u0000\"")),
            ),
            (
                "upstreams.shop.port",
                format!("{SMALLEST}{upstream}port = 0\n"),
            ),
            (
                "upstreams.shop.tls_ca",
                format!("{SMALLEST}{upstream}tls = \"require\"\n"),
            ),
        ];
        for (key, text) in cases {
            let error = Config::from_toml(&text).expect_err(key).to_string();
            assert!(error.contains(key), "{key}: {error}");
        }
    }
}
