//! A control plane with a real identity provider, and an edge with an MCP server, for the dashboard's
//! tests.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use countersign_test_support::{HttpUpstream, McpServer, OidcProvider, Plane, Ports, Upstreams};

/// The MCP server as a target.
const TOOLS: &str = "tools";

/// Starts all of it and lets `browser` sign in; it is given the dashboard's URL, and the MCP server's at
/// the edge.
pub async fn sign_in_by_provider(
    binary: &Path,
    folder: &Path,
    browser: impl FnOnce(&str, &str) -> Result<()>,
) -> Result<()> {
    // What an earlier run left has an administrator already.
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("{} cannot be emptied", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let ports = Ports::free()?;
    let provider = OidcProvider::start(&format!("http://127.0.0.1:{}", ports.server)).await?;
    let config = folder.join(Plane::SERVER_CONFIG);
    fs::write(&config, configuration(&provider))
        .with_context(|| format!("{} cannot be written", config.display()))?;
    let mut server = McpServer::start(&folder.join("mcp.log"))?;
    server.ready().await?;
    let apis = [HttpUpstream {
        target: TOOLS.to_owned(),
        url: server.url(),
        auth: None,
        hold_seconds: 1,
    }];
    let upstreams = Upstreams {
        databases: &[],
        apis: &apis,
    };
    let mut plane = Plane::start_on(ports, binary, folder, upstreams).await?;
    let create = ["target", "create", TOOLS, "--kind", "mcp"];
    plane
        .admin
        .json(&[&create[..], &["--default", "allow"]].concat())?;
    plane.in_force().await?;
    browser(&plane.url, &plane.target_url(TOOLS))
}

fn configuration(provider: &OidcProvider) -> String {
    format!(
        r#"[oidc]
issuer = "{issuer}"
client_id = "{id}"
client_secret = "{secret}"
name = "Example SSO"
roles = [
  {{ group = "ops", role = "admin" }},
  {{ group = "staging-reviewers", role = "reviewer", target_labels = {{ env = "staging" }} }},
  {{ group = "staff", role = "member" }},
]
"#,
        issuer = provider.issuer(),
        id = OidcProvider::CLIENT_ID,
        secret = OidcProvider::CLIENT_SECRET,
    )
}
