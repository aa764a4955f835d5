//! Two control planes on one PostgreSQL: what is made at one is in force at the other, and at edges
//! that follow either.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use countersign_test_support::{
    Countersign, OidcProvider, Postgres, Service, free_port, wait_until,
};
use reqwest::{Client, Response, Url, header, redirect::Policy};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{AGENT, HUMAN, PATIENCE, binary, connect};

/// How soon the other one knows.
const SOON: Duration = Duration::from_secs(1);

/// The files that control planes on one database share.
const KEYS: [&str; 1] = ["control-plane.key"];

struct Server {
    _service: Service,
    url: String,
}

impl Server {
    async fn start(folder: &Path, name: &str, database: &str, config: &str) -> Result<Self> {
        let port = free_port()?;
        let url = format!("http://127.0.0.1:{port}");
        let file = folder.join(format!("{name}.toml"));
        fs::write(&file, config)?;
        let service = Service::start(
            "a control plane",
            binary(),
            [
                "server".into(),
                "--config".into(),
                file.into_os_string(),
                "--data-dir".into(),
                folder.join(name).into_os_string(),
                "--listen".into(),
                format!("127.0.0.1:{port}").into(),
            ],
            &[("COUNTERSIGN_DATABASE_URL".to_owned(), database.to_owned())],
            &folder.join(format!("{name}.log")),
        )?;
        let health = format!("{url}/healthz");
        wait_until("the control plane serves", PATIENCE, || async {
            let answer = reqwest::get(&health).await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await?;
        Ok(Self {
            _service: service,
            url,
        })
    }
}

fn edge(
    folder: &Path,
    server: &Server,
    postgres: &Postgres,
    token: &str,
) -> Result<(Service, u16)> {
    let port = free_port()?;
    let (user, password) = postgres.superuser();
    let config = folder.join("edge.toml");
    fs::write(
        &config,
        format!(
            "data_dir = \"{}\"\n[control_plane]\nurl = \"{}\"\n\
             [postgres]\nlisten = \"127.0.0.1:{port}\"\n\
             [upstreams.shop]\nhost = \"127.0.0.1\"\nport = {}\ndatabase = \"shop\"\n\
             user = \"{user}\"\npassword = \"{password}\"\n",
            folder.join("edge").display(),
            server.url,
            postgres.port(),
        ),
    )?;
    fs::set_permissions(&config, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let service = Service::start(
        "the edge",
        binary(),
        ["edge".into(), "--config".into(), config.into_os_string()],
        &[("COUNTERSIGN_JOIN_TOKEN".to_owned(), token.to_owned())],
        &folder.join("edge.log"),
    )?;
    Ok((service, port))
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    Ok(found.with_context(|| format!("no {pointer}"))?.to_owned())
}

/// Two control planes on one database, and commands to each.
struct Pair {
    first: Server,
    second: Server,
    one: Countersign,
    other: Countersign,
    postgres: Postgres,
    folder: TempDir,
}

impl Pair {
    /// Both with this configuration.
    async fn start(config: &str) -> Result<Self> {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let postgres = Postgres::start().await?;
        postgres.create_database("shop").await?;
        let database = postgres.create_database("countersign").await?;
        let folder = TempDir::new()?;
        let first = Server::start(folder.path(), "first", &database, config).await?;
        let second_dir = folder.path().join("second");
        fs::create_dir(&second_dir)?;
        for key in KEYS {
            fs::copy(folder.path().join("first").join(key), second_dir.join(key))?;
        }
        let second = Server::start(folder.path(), "second", &database, config).await?;
        let token = fs::read_to_string(folder.path().join("first/admin.token"))?;
        Ok(Self {
            one: Countersign::new(binary(), &first.url, token.trim()),
            other: Countersign::new(binary(), &second.url, token.trim()),
            first,
            second,
            postgres,
            folder,
        })
    }

    /// An edge that enrolled with a token of the first, and follows the second.
    fn edge(&self) -> Result<(Service, u16)> {
        let join = text(
            &self.one.json(&["join-token", "create", "edge-1"])?,
            "/token",
        )?;
        edge(self.folder.path(), &self.second, &self.postgres, &join)
    }

    /// A new person's API token.
    fn person(&self, email: &str, role: &str) -> Result<String> {
        self.one.json(&["user", "create", email, "--role", role])?;
        self.one
            .text(&["user", "token", email, "--ttl", "1h"], "/token")
    }
}

/// Makes sure that the connection ends within a second of `began`, and says how long it took.
async fn ends(client: &tokio_postgres::Client, began: Instant) -> Result<Duration> {
    wait_until("the connection ends", PATIENCE, || async {
        client.is_closed().then_some(())
    })
    .await?;
    let took = began.elapsed();
    ensure!(took < SOON, "{took:?}");
    Ok(took)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_makes_is_in_force_at_the_other() -> Result<()> {
    let pair = Pair::start("").await?;
    let (one, other) = (&pair.one, &pair.other);

    // A sign-in at one is one at the other.
    one.json(&["target", "create", "shop", "--default", "allow"])?;
    ensure!(other.json(&["target", "list"])?[0]["name"] == "shop");
    one.json(&["principal", "create", AGENT, "--kind", "agent"])?;
    let secret = text(
        &other.json(&["principal", "credential", AGENT, "--ttl", "1h"])?,
        "/secret",
    )?;
    let (_edge, port) = pair.edge()?;
    let url = format!("postgres://{AGENT}:{secret}@127.0.0.1:{port}/shop");
    let let_in = || async { connect(&url).await.ok() };
    let mut took = Vec::new();
    for _ in 0..5 {
        let client = wait_until("the edge lets the agent in", PATIENCE, let_in).await?;
        client.simple_query("SELECT 1").await?;
        let began = Instant::now();
        let lock = one.json(&["lock", "principal", AGENT, "--reason", "incident 4711"])?;
        let id = text(&lock, "/id")?;
        took.push(ends(&client, began).await?);
        ensure!(other.json(&["locks"])?[0]["id"] == id.as_str(), "{lock}");
        one.json(&["unlock", &id])?;
    }
    took.sort_unstable();
    report("lock", &took);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_of_one_opens_and_closes_the_edge_of_the_other() -> Result<()> {
    // Credentials name the address that both are known by.
    let pair = Pair::start("public_url = \"https://countersign.example\"\n").await?;
    let (one, other) = (&pair.one, &pair.other);
    one.json(&[
        "target",
        "create",
        "shop",
        "--default",
        "allow",
        "--access",
        "grant",
    ])?;
    one.json(&[
        "principal",
        "create",
        AGENT,
        "--kind",
        "agent",
        "--owner",
        HUMAN,
    ])?;
    let alice = pair.person(HUMAN, "member")?;
    let carol = pair.person("carol@example.com", "reviewer")?;
    let (_edge, port) = pair.edge()?;
    let mut took = Vec::new();
    // Where it is asked for, approved, and revoked.
    for [asks, approves, revokes] in [
        [one, one, other],
        [one, other, one],
        [other, one, one],
        [other, other, other],
    ] {
        let grant = asks.with_token(&alice).json(&[
            "access", "request", "--agent", AGENT, "--target", "shop", "--task", "count", "--for",
            "10m",
        ])?;
        let id = text(&grant, "/id")?;
        let approved = approves
            .with_token(&carol)
            .json(&["access", "approve", &id])?;
        ensure!(approved["state"] == "active", "{approved}");
        // The key of either control plane signs it; the edge knows both.
        let credential = bound_credential(&pair.first.url, &alice, &id).await?;
        let url = format!("postgres://{AGENT}:{credential}@127.0.0.1:{port}/shop");
        let let_in = || async { connect(&url).await.ok() };
        let client = wait_until("the grant opens the edge", PATIENCE, let_in).await?;
        client.simple_query("SELECT 1").await?;
        let began = Instant::now();
        revokes.json(&["access", "revoke", &id, "--reason", "done"])?;
        took.push(ends(&client, began).await?);
        ensure!(
            connect(&url).await.is_err(),
            "a revoked grant opens nothing"
        );
        for plane in [one, other] {
            let seen = plane.json(&["access", "show", &id])?;
            ensure!(seen["state"] == "revoked", "{seen}");
        }
    }
    took.sort_unstable();
    report("revocation", &took);
    Ok(())
}

/// A credential that is bound to a grant.
async fn bound_credential(plane: &str, token: &str, grant: &str) -> Result<String> {
    let answer = Client::new()
        .post(format!("{plane}/api/v1/grants/{grant}/credentials"))
        .bearer_auth(token)
        .json(&json!({}))
        .send()
        .await?
        .error_for_status()?;
    text(&answer.json().await?, "/credential")
}

/// A browser before a balancer that sends it to any of the control planes.
struct Browser {
    http: Client,
    cookies: Vec<(Url, String)>,
}

impl Browser {
    fn new() -> Result<Self> {
        Ok(Self {
            http: Client::builder().redirect(Policy::none()).build()?,
            cookies: Vec::new(),
        })
    }

    /// Asks a server, with the cookies of the site that the browser believes to be at.
    async fn get(&mut self, site: &str, at: &str) -> Result<Response> {
        let site = Url::parse(site)?;
        let sent: Vec<&str> = self
            .cookies
            .iter()
            .filter(|kept| kept.0 == site)
            .map(|kept| kept.1.as_str())
            .collect();
        let request = self.http.get(at).header(header::COOKIE, sent.join("; "));
        let response = request.send().await?;
        for set in response.headers().get_all(header::SET_COOKIE) {
            let set = set.to_str()?.split(';').next().unwrap_or_default();
            let name = set.split('=').next().unwrap_or_default().to_owned();
            let same =
                |kept: &(Url, String)| kept.0 == site && kept.1.split('=').next() == Some(&name);
            self.cookies.retain(|kept| !same(kept));
            if !set.ends_with('=') {
                self.cookies.push((site.clone(), set.to_owned()));
            }
        }
        Ok(response)
    }
}

fn location(response: &Response) -> Result<String> {
    let to = response.headers().get(header::LOCATION);
    Ok(to
        .with_context(|| format!("{} sends nowhere", response.url()))?
        .to_str()?
        .to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_begun_at_one_ends_at_the_other() -> Result<()> {
    // Behind one address; the test is the balancer.
    let public = format!("http://127.0.0.1:{}", free_port()?);
    let provider = OidcProvider::start(&public).await?;
    provider.signs_in("alice")?;
    let config = format!(
        "public_url = \"{public}\"\n[oidc]\nissuer = \"{}\"\nclient_id = \"{}\"\n\
         client_secret = \"{}\"\nroles = [{{ group = \"ops\", role = \"admin\" }}]\n",
        provider.issuer(),
        OidcProvider::CLIENT_ID,
        OidcProvider::CLIENT_SECRET,
    );
    let pair = Pair::start(&config).await?;
    let planes = [&pair.first.url, &pair.second.url];
    for [begins, ends] in [planes, [planes[1], planes[0]]] {
        let mut browser = Browser::new()?;
        let start = format!("{begins}/auth/oidc/start?return_to=/audit");
        let mut at = location(&browser.get(&public, &start).await?)?;
        while !at.starts_with(&public) {
            let base = Url::parse(&at)?;
            let next = location(&browser.get(&provider.issuer(), &at).await?)?;
            at = base.join(&next)?.into();
        }
        let callback = at.replace(&public, ends);
        let landed = location(&browser.get(&public, &callback).await?)?;
        ensure!(landed == "/audit", "{landed}");
        // Each of them knows the session, and that the way back was gone.
        for plane in planes {
            let session = browser
                .get(&public, &format!("{plane}/api/v1/session"))
                .await?;
            let session: Value = session.error_for_status()?.json().await?;
            ensure!(session["user"]["email"] == "alice@example.com", "{session}");
        }
        let again = at.replace(&public, begins);
        let landed = location(&browser.get(&public, &again).await?)?;
        ensure!(landed == "/sign-in?error=replayed", "{landed}");
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the figures of a test of time")]
fn report(what: &str, took: &[Duration]) {
    eprintln!("{what} at one control plane to the end at an edge of the other: {took:?}");
}
