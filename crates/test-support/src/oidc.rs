//! A real OpenID provider (npm's `oidc-provider`) as a child process, on a free port, steered by the
//! tests: who signs in, which key signs, what goes wrong.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Service, postgres::on_path};

/// How long it may take for a command of the tests.
const COMMAND_LIMIT: Duration = Duration::from_secs(20);

/// A running provider.
#[derive(Debug)]
pub struct OidcProvider {
    service: Service,
    port: u16,
    _folder: TempDir,
}

impl OidcProvider {
    /// Who the control plane is there.
    pub const CLIENT_ID: &str = "countersign";

    /// Its secret.
    pub const CLIENT_SECRET: &str = "a-secret-of-the-tests";

    /// Starts one that knows the control plane at `client_url`.
    pub async fn start(client_url: &str) -> Result<Self> {
        let home: PathBuf = [env!("CARGO_MANIFEST_DIR"), "oidc"].iter().collect();
        if !home.join("node_modules/oidc-provider").is_dir() {
            bail!(
                "the test provider's packages are missing: run `npm ci` in {}",
                home.display()
            );
        }
        let node = on_path("node").context("Node.js is not on PATH")?;
        let folder = tempfile::tempdir().context("no temporary folder")?;
        let script = home.join("provider.mjs").into_os_string();
        let options = json!({ "client_url": client_url }).to_string();
        let log = folder.path().join("provider.log");
        let args = [script, options.into()];
        let mut service = Service::start("the OpenID provider", &node, args, &[], &log)?;
        let port = service.listening().await?;
        let port = port.parse().context("the OpenID provider says no port")?;
        Ok(Self {
            service,
            port,
            _folder: folder,
        })
    }

    /// Its issuer.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From here on this account signs in by itself.
    pub fn signs_in(&self, account: &str) -> Result<()> {
        self.command("account", &json!({ "account": account }))?;
        Ok(())
    }

    /// From here on this goes wrong, and nothing else: `{"down": true}`, `{"skew": -600}`, …; the
    /// names are those in `provider.mjs`.
    pub fn faults(&self, faults: &Value) -> Result<()> {
        self.command("faults", faults)?;
        Ok(())
    }

    /// Signs with a new key from here on, and publishes that alone.
    pub fn rotate_keys(&self) -> Result<()> {
        self.command("rotate", &json!({}))?;
        Ok(())
    }

    /// Changes an account's groups.
    pub fn set_groups(&self, account: &str, groups: &[&str]) -> Result<()> {
        self.command("groups", &json!({ "account": account, "groups": groups }))?;
        Ok(())
    }

    /// A logout token: a real one with `change` over its claims, where null takes one out.
    pub fn logout_token(&self, change: &Value) -> Result<String> {
        self.any_logout_token(&json!({ "change": change }))
    }

    /// A logout token with `change`, signed with another `key` (`foreign`) or of another `typ`.
    pub fn any_logout_token(&self, what: &Value) -> Result<String> {
        let answer = self.command("logout_token", what)?;
        let token = answer.get("token").and_then(Value::as_str);
        Ok(token.context("the provider gave no token")?.to_owned())
    }

    /// Everything it has written to its outputs.
    #[must_use]
    pub fn log(&self) -> String {
        self.service.log()
    }

    fn command(&self, name: &str, body: &Value) -> Result<Value> {
        let body = body.to_string();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
            .context("the OpenID provider is gone")?;
        stream.set_read_timeout(Some(COMMAND_LIMIT))?;
        write!(
            stream,
            "POST /test/{name} HTTP/1.0\r\nhost: 127.0.0.1\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        if !head.contains(" 200 ") {
            bail!("the OpenID provider refused {name}: {head}");
        }
        serde_json::from_str(body).context("the OpenID provider's answer is no JSON")
    }
}
