//! MCP servers that others wrote, from npm.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::{Service, postgres::on_path, service::fresh_log};

/// npm's `server-everything` over Streamable HTTP, in a process of its own. Ends when dropped.
#[derive(Debug)]
pub struct McpServer {
    service: Service,
    port: String,
}

impl McpServer {
    /// Begins to start it.
    pub fn start(log: &Path) -> Result<Self> {
        let node = on_path("node").context("Node.js is not on PATH")?;
        let script = home()?.join("everything.mjs").into_os_string();
        fresh_log(log);
        let args = ["--max-old-space-size=128".into(), script];
        let service = Service::start("the MCP server", &node, args, &[], log)?;
        Ok(Self {
            service,
            port: String::new(),
        })
    }

    /// Waits until it serves.
    pub async fn ready(&mut self) -> Result<()> {
        self.port = self.service.listening().await?;
        Ok(())
    }

    /// Its endpoint, once it is ready.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/mcp", self.port)
    }

    /// The command of npm's `server-filesystem` for this folder, which a client starts itself.
    pub fn of_files(folder: &Path) -> Result<[PathBuf; 3]> {
        let node = on_path("node").context("Node.js is not on PATH")?;
        let server = "node_modules/@modelcontextprotocol/server-filesystem/dist/index.js";
        Ok([node, home()?.join(server), folder.to_owned()])
    }
}

/// Where the packages are.
fn home() -> Result<PathBuf> {
    let home: PathBuf = [env!("CARGO_MANIFEST_DIR"), "mcp"].iter().collect();
    if !home.join("node_modules/@modelcontextprotocol").is_dir() {
        bail!(
            "the MCP packages are missing: run `npm ci` in {}",
            home.display()
        );
    }
    Ok(home)
}
