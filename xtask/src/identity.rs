//! A control plane with a real identity provider, for the dashboard's tests.

use std::{fs, net::TcpStream, path::Path, time::Duration};

use anyhow::{Context as _, Result};
use countersign_test_support::{OidcProvider, Service, free_port, wait_until};

/// How long the control plane may take until it serves.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Starts both and lets `browser` sign in; it is given the dashboard's URL.
pub async fn sign_in_by_provider(
    binary: &Path,
    folder: &Path,
    browser: impl FnOnce(&str) -> Result<()>,
) -> Result<()> {
    // What an earlier run left has an administrator already.
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("{} cannot be emptied", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let port = free_port()?;
    let url = format!("http://127.0.0.1:{port}");
    let provider = OidcProvider::start(&url).await?;
    let config = folder.join("server.toml");
    fs::write(&config, configuration(&provider))
        .with_context(|| format!("{} cannot be written", config.display()))?;
    let args = [
        "server".into(),
        "--config".into(),
        config.into_os_string(),
        "--listen".into(),
        format!("127.0.0.1:{port}").into(),
        "--data-dir".into(),
        folder.join("control-plane").into_os_string(),
    ];
    let log = folder.join("control-plane.log");
    let mut server = Service::start("the control plane", binary, args, &[], &log)?;
    let mut ended = Ok(());
    wait_until("the control plane listens", START_LIMIT, || {
        ended = server.check();
        let answer = ended.is_err() || TcpStream::connect(("127.0.0.1", port)).is_ok();
        async move { answer.then_some(()) }
    })
    .await?;
    ended?;
    browser(&url)
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
]
"#,
        issuer = provider.issuer(),
        id = OidcProvider::CLIENT_ID,
        secret = OidcProvider::CLIENT_SECRET,
    )
}
