//! MCP: a server that the client starts itself, and a client that signs its person in by itself.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use countersign_test_support::{HttpUpstream, McpServer, Plane, Ports, Upstreams};
use reqwest::Url;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    login::Dashboard,
    support::{binary, component, models::printed, python},
};

const AGENT: &str = "copilot";

/// An edge in front of npm's `server-everything`, and of what a client starts itself.
struct House {
    plane: Plane,
    secret: String,
    folder: TempDir,
    _server: McpServer,
}

impl House {
    async fn start() -> Result<Self> {
        let folder = TempDir::new().context("no temporary folder")?;
        let mut server = McpServer::start(&folder.path().join("mcp.log"))?;
        server.ready().await?;
        let apis = [HttpUpstream {
            target: "tools".to_owned(),
            url: server.url(),
            auth: None,
            hold_seconds: 1,
        }];
        let upstreams = Upstreams {
            databases: &[],
            apis: &apis,
        };
        let mut plane = Plane::start_on(Ports::free()?, binary(), folder.path(), upstreams).await?;
        let admin = plane.admin.clone();
        for target in ["tools", "laptop"] {
            let create = ["target", "create", target, "--kind", "mcp"];
            admin.json(&[&create[..], &["--default", "allow"]].concat())?;
        }
        admin.json(&["principal", "create", AGENT, "--kind", "agent"])?;
        let secret = admin.text(
            &["principal", "credential", AGENT, "--ttl", "1h"],
            "/secret",
        )?;
        let write = json!({"tool": "write_*", "then": "deny", "reason": "this is to be read"});
        let guard = json!({"tools": [write], "other_tools": "allow", "other_requests": "allow"});
        let mask = json!({"entities": [{"entity": "EMAIL_ADDRESS", "style": "redact"}]});
        for (policy, settings) in [("tool-guard", guard), ("pii-mask", mask)] {
            let file = component(policy)?.display().to_string();
            admin.json(&["policy", "push", &file])?;
            let settings = settings.to_string();
            admin.json(&["policy", "bind", policy, "--settings", &settings])?;
        }
        plane.in_force().await?;
        Ok(Self {
            plane,
            secret,
            folder,
            _server: server,
        })
    }
}

/// The clients' scripts, beside the packages that they use.
fn home() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../crates/test-support/mcp"]
        .iter()
        .collect()
}

/// `countersign mcp` in front of npm's `server-filesystem`, as a client's configuration has it.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_the_client_starts() -> Result<()> {
    let house = House::start().await?;
    let files = house.folder.path().canonicalize()?.join("files");
    std::fs::create_dir(&files)?;
    std::fs::write(files.join("a.txt"), "mail jane@example.com")?;
    let talk = |edge: String| {
        let server = McpServer::of_files(&files)?;
        let mut command = Command::new(python());
        command
            .arg("client_stdio.py")
            .arg(&files)
            .arg(binary())
            .args(["mcp", "--server", "files", "--"])
            .args(server)
            .current_dir(home())
            .env("COUNTERSIGN_EDGE", edge)
            .env("COUNTERSIGN_TARGET", "laptop")
            .env("COUNTERSIGN_CREDENTIAL", &house.secret);
        printed(command)
    };
    let seen = talk(format!("http://127.0.0.1:{}", house.plane.http_port))?;
    let read = seen["read"].to_string();
    ensure!(
        read.contains("[EMAIL_ADDRESS]") && !read.contains("jane@"),
        "{seen}"
    );
    ensure!(
        seen["write"].to_string().contains("this is to be read"),
        "{seen}"
    );
    ensure!(!files.join("b.txt").exists());
    let tools = seen["tools"].as_array().context("no tools")?;
    ensure!(tools.iter().any(|tool| tool == "read_text_file"), "{seen}");
    ensure!(tools.iter().all(|tool| tool != "write_file"), "{seen}");
    // An edge that cannot be asked lets nothing through.
    ensure!(talk("http://127.0.0.1:1".to_owned()).is_err());
    Ok(())
}

/// The TypeScript SDK, which knows nothing but the server's address.
#[tokio::test(flavor = "multi_thread")]
async fn a_standard_client_signs_its_person_in() -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut house = House::start().await?;
    let plane = &mut house.plane;
    let link = ["user", "sign-in-link", "admin@localhost"];
    let link = plane.admin.text(&link, "/url")?;
    let token = link
        .split("#token=")
        .nth(1)
        .context("no token in the link")?;
    let dashboard = Dashboard::with_token(&plane.url, token).await?;

    let mut client = Command::new("node")
        .arg("signin.mjs")
        .arg(plane.target_url("tools"))
        .current_dir(home())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut said = BufReader::new(client.stdout.take().context("no standard output")?);
    let mut line = String::new();
    said.read_line(&mut line)?;
    let page = line
        .trim()
        .strip_prefix("open ")
        .context("no page to open")?;
    let page = Url::parse(page)?;
    ensure!(
        page.as_str()
            .starts_with(&format!("{}/authorize?", plane.url)),
        "{page}"
    );
    let of = |name: &str| {
        let found = page.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    };
    ensure!(of("resource") == Some(plane.target_url("tools")), "{page}");
    // What the person sees and allows.
    let allowed = json!({
        "client_id": of("client_id"), "redirect_uri": of("redirect_uri"), "state": of("state"),
        "code_challenge": of("code_challenge"), "resource": of("resource"),
    });
    let answer = dashboard.post("oauth/authorizations", &allowed).await?;
    let answer: Value = answer.json().await?;
    // The edge has to know the person first.
    plane.in_force().await?;
    let back = answer["redirect_to"].as_str().context("nowhere to go")?;
    reqwest::get(back).await?.error_for_status()?;
    let mut rest = String::new();
    said.read_to_string(&mut rest)?;
    ensure!(client.wait()?.success(), "{rest}");
    let seen: Value = serde_json::from_str(&rest)?;
    ensure!(seen["echo"].to_string().contains("signed in"), "{seen}");
    ensure!(seen["client"] == "countersign-mcp", "{seen}");

    // What it got is for that target alone, and not for the control plane.
    let token = seen["token"].as_str().context("no token")?;
    let http = reqwest::Client::new();
    let status = async |url: String| -> Result<u16> {
        let answer = http.post(url).bearer_auth(token).send().await?;
        Ok(answer.status().as_u16())
    };
    let elsewhere = plane.target_url("laptop");
    ensure!(matches!(status(elsewhere).await?, 401 | 403));
    let api = http
        .get(format!("{}/api/v1/targets", plane.url))
        .bearer_auth(token);
    ensure!(api.send().await?.status().as_u16() == 401);
    Ok(())
}
