//! `countersign login` against a real control plane: by the browser of this machine and by a code
//! that is typed elsewhere.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result};
use countersign_test_support::{Service, free_port, wait_until};
use reqwest::{Client, Url};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_countersign");

/// A person at the dashboard.
pub struct Dashboard {
    http: Client,
    url: String,
    cookie: String,
    csrf: String,
}

impl Dashboard {
    /// Signs in with the link that the first start printed.
    async fn sign_in(url: &str, service: &Service) -> Result<Self> {
        let token = wait_until("the link is printed", Duration::from_secs(60), || {
            let log = service.log();
            let token = log.split("#token=").nth(1);
            let token = token.map(|rest| rest.split_whitespace().next().unwrap_or("").to_owned());
            async move { token }
        })
        .await?;
        Self::with_token(url, &token).await
    }

    /// Signs in with a link's token.
    pub async fn with_token(url: &str, token: &str) -> Result<Self> {
        let http = Client::new();
        let answer = http
            .post(format!("{url}/api/v1/session"))
            .json(&json!({ "token": token }))
            .send()
            .await?;
        let set = answer.headers().get("set-cookie").context("no cookie")?;
        let cookie = set.to_str()?.split(';').next().unwrap_or("").to_owned();
        let session: Value = answer.json().await?;
        Ok(Self {
            http,
            url: url.to_owned(),
            cookie,
            csrf: session["csrf_token"].as_str().unwrap_or("").to_owned(),
        })
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<reqwest::Response> {
        let request = self
            .http
            .post(format!("{}/api/v1/{path}", self.url))
            .header("cookie", &self.cookie)
            .header("x-csrf-token", &self.csrf)
            .json(body);
        Ok(request.send().await?.error_for_status()?)
    }
}

/// A command with a configuration file of its own.
fn countersign(config: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command
        .args(args)
        .env("COUNTERSIGN_CONFIG", config)
        .env_remove("COUNTERSIGN_TOKEN")
        .env_remove("COUNTERSIGN_URL")
        .stdin(Stdio::null());
    command
}

/// What a command that waits has told the person so far, up to the word that is looked for.
fn told(child: &mut Child, wanted: impl Fn(&str) -> bool) -> Result<String> {
    let stderr = child.stderr.as_mut().context("no standard error")?;
    for line in BufReader::new(stderr).lines() {
        let line = line?.trim().to_owned();
        if wanted(&line) {
            return Ok(line);
        }
    }
    anyhow::bail!("it never said so")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_the_command_line_in_and_out() -> Result<()> {
    // One that another test installed is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir()?;
    let url = format!("http://127.0.0.1:{}", free_port()?);
    let listen = url.trim_start_matches("http://");
    let data = folder.path().join("data");
    let args = ["server", "--listen", listen, "--data-dir"].map(Into::into);
    let args = args.into_iter().chain([data.into_os_string()]);
    let log = folder.path().join("server.log");
    let service = Service::start("the control plane", Path::new(BINARY), args, &[], &log)?;
    let dashboard = Dashboard::sign_in(&url, &service).await?;

    // By the browser.
    let config = folder.path().join("mine").join("config.toml");
    let mut login = countersign(&config, &["login", "--no-browser", "--url", &url])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let page = Url::parse(&told(&mut login, |line| line.starts_with("http"))?)?;
    assert_eq!(page.path(), "/authorize");
    let of = |name: &str| {
        let found = page.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    };
    let wanted = json!({
        "client_id": of("client_id"), "redirect_uri": of("redirect_uri"),
        "code_challenge": of("code_challenge"), "state": of("state"),
    });
    let answer = dashboard.post("oauth/authorizations", &wanted).await?;
    let answer: Value = answer.json().await?;
    let back = answer["redirect_to"].as_str().context("nowhere to go")?;
    // A page that guesses the port is turned away.
    let forged = back.replace("state=", "state=x");
    assert_eq!(reqwest::get(forged).await?.status(), 400);
    let done = reqwest::get(back).await?.text().await?;
    assert!(done.contains("You are signed in"), "{done}");
    let output = login.wait_with_output()?;
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout)?;
    assert!(said.contains("as admin@localhost (admin)"), "{said}");
    let mode = std::fs::metadata(&config)?.permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let whoami = countersign(&config, &["whoami", "--json"]).output()?;
    let session: Value = serde_json::from_slice(&whoami.stdout)?;
    assert_eq!(session["user"]["email"], "admin@localhost");
    assert!(
        countersign(&config, &["target", "list"])
            .output()?
            .status
            .success()
    );
    let kept = std::fs::read_to_string(&config)?;
    assert!(countersign(&config, &["logout"]).output()?.status.success());
    assert!(!std::fs::read_to_string(&config)?.contains("cst_"));
    // Who had copied the token has nothing.
    std::fs::write(&config, kept)?;
    let refused = countersign(&config, &["whoami"]).output()?;
    assert_eq!(refused.status.code(), Some(3));

    // By a code.
    let mut login = countersign(&config, &["login", "--device", "--url", &url])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let code = told(&mut login, |line| line.len() == 9 && line.contains('-'))?;
    let approve = format!("oauth/devices/{code}/approve");
    dashboard.post(&approve, &json!({})).await?;
    let output = login.wait_with_output()?;
    assert!(output.status.success());
    assert!(countersign(&config, &["whoami"]).output()?.status.success());
    Ok(())
}
