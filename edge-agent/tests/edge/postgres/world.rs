//! A real server, an edge in front of it, and a control plane that the test decides for.

use std::{net::SocketAddr, path::PathBuf, sync::Mutex, time::Duration};

use countersign_edge_agent::{Config, Edge};
use countersign_model::{Bundle, Event, EventBody, ReviewId, ReviewState};
use countersign_test_support::Postgres;
use serde_json::{Value, json};
use tokio::{sync::OnceCell, task::JoinHandle};
use tokio_postgres::{Client, NoTls};
use tokio_util::sync::CancellationToken;

use crate::support::{
    self, SECRET,
    guest::{Guest, Says},
    plane::Plane,
};

/// Tables as an agent would find them.
const SEED: &str = "
    CREATE TABLE customers (
        id int PRIMARY KEY, name text, email text UNIQUE, ssn text, born date, card bigint,
        profile jsonb);
    INSERT INTO customers
        SELECT n, 'Jane Roe ' || n, 'jane' || n || '@example.com', '123-45-' || (1000 + n),
            date '1980-01-01' + n, 4111111111111111,
            jsonb_build_object('mail', 'jane' || n || '@example.com', 'n', n)
        FROM generate_series(1, 50) n;
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int, note text);
    INSERT INTO orders SELECT n, n, 'note ' || n FROM generate_series(1, 50) n;
    CREATE TABLE big AS SELECT n, repeat('x', 100) AS filler FROM generate_series(1, 20000) n;
    CREATE VIEW contacts AS SELECT id, name AS who, 'secret: ' || ssn AS code FROM customers;
    CREATE VIEW contacts2 AS SELECT who AS x, code AS y FROM contacts;
    CREATE TABLE people (id int, ssn text) PARTITION BY RANGE (id);
    CREATE TABLE people_1 PARTITION OF people FOR VALUES FROM (0) TO (100);
    INSERT INTO people VALUES (1, 'plain words');
";

async fn server() -> &'static Postgres {
    Postgres::shared().await.expect("a server")
}

async fn component(plugin: &'static str) -> &'static [u8] {
    static GUARD: OnceCell<Vec<u8>> = OnceCell::const_new();
    static MASK: OnceCell<Vec<u8>> = OnceCell::const_new();
    static BULK: OnceCell<Vec<u8>> = OnceCell::const_new();
    static FILTER: OnceCell<Vec<u8>> = OnceCell::const_new();
    if plugin == FILTERING {
        let guest = Guest {
            filters: true,
            ..Guest::new("filtering", Says::Allow)
        };
        return FILTER
            .get_or_init(|| async move { guest.component() })
            .await;
    }
    let cell = match plugin {
        "destructive-guard" => &GUARD,
        "pii-mask" => &MASK,
        _ => &BULK,
    };
    cell.get_or_init(|| async move {
        let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../plugins")
            .join(plugin);
        let module = countersign_policy_package::source::compile(&dir).expect("compiles");
        countersign_policy_engine::build_policy(&module).expect("builds")
    })
    .await
}

/// Settings that hold DELETE, deny DROP and what cannot be told, and speak to nothing else.
pub fn guard() -> (&'static str, Value) {
    ("destructive-guard", json!({}))
}

/// Settings that mask e-mail addresses and cards wherever they are, and SSNs and births by column.
pub fn masks() -> (&'static str, Value) {
    (
        "pii-mask",
        json!({
            "entities": [
                {"entity": "EMAIL_ADDRESS", "style": "redact"},
                {"entity": "CREDIT_CARD", "style": "redact"},
            ],
            "columns": [
                {"table": "customers", "column": "ssn", "style": "redact"},
                {"table": "customers", "column": "born", "style": "redact"},
                {"table": "people", "column": "ssn", "style": "redact"},
            ],
        }),
    )
}

const FILTERING: &str = "filtering";

/// A policy that allows everything and filters what is returned: digits become `#`, and it traps
/// on `!`.
pub fn filtering() -> (&'static str, Value) {
    (FILTERING, json!({}))
}

/// Settings that cap reads of `big` at 500 rows.
pub fn cap() -> (&'static str, Value) {
    (
        "bulk-read-guard",
        json!({"tables": ["big"], "row_cap": 500, "unbounded": "cap"}),
    )
}

pub struct World {
    pub plane: Plane,
    bundle: Mutex<Bundle>,
    pub database: String,
    server: &'static Postgres,
    pub address: SocketAddr,
    /// Where HTTP clients connect.
    pub http: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    _dir: tempfile::TempDir,
}

impl World {
    pub async fn new(policies: &[(&'static str, Value)]) -> Self {
        Self::with(policies, server().await, |_| ()).await
    }

    /// A world on another server, or with another configuration of the edge.
    pub async fn with(
        policies: &[(&'static str, Value)],
        server: &'static Postgres,
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let database = format!("t{:016x}", rand::random::<u64>());
        server.create_database(&database).await.expect("a database");
        let direct = server.connect(&database).await.expect("a connection");
        direct.batch_execute(SEED).await.expect("the seed");

        let plane = Plane::start().await;
        let mut bundle = support::bundle(plane.edge_id());
        for (plugin, settings) in policies {
            let component = component(plugin).await;
            support::bind(&mut bundle, component, settings.clone());
            let digest = bundle.modules.last().expect("a module").digest.clone();
            plane.add_module(&digest, component);
        }
        plane.publish(&bundle);
        let dir = tempfile::tempdir().expect("a folder");
        let mut config: Config = support::config(dir.path(), &plane);
        config.http = Some(countersign_edge_agent::config::Http {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            ..Default::default()
        });
        let upstream = support::shop_server(&mut config);
        upstream.port = server.port();
        upstream.database.clone_from(&database);
        let (user, password) = server.superuser();
        upstream.user = user.to_owned();
        upstream.password = password.to_owned().into();
        configure(&mut config);
        let edge = Edge::start(config).await.expect("an edge");
        let address = edge.postgres_addr();
        let http = edge.http_addr().expect("an HTTP listener");
        let stop = CancellationToken::new();
        let serving = tokio::spawn(edge.serve(stop.clone().cancelled_owned()));
        let world = Self {
            plane,
            bundle: Mutex::new(bundle),
            database,
            server,
            address,
            http,
            stop,
            serving,
            _dir: dir,
        };
        world.client().await;
        world
    }

    /// What is published.
    pub fn bundle(&self) -> Bundle {
        self.bundle.lock().expect("not poisoned").clone()
    }

    /// Publishes the bundle with a change, as its next revision.
    pub fn publish(&self, change: impl FnOnce(&mut Bundle)) {
        let mut bundle = self.bundle();
        change(&mut bundle);
        bundle.revision += 1;
        self.plane.publish(&bundle);
        *self.bundle.lock().expect("not poisoned") = bundle;
    }

    /// A client through the edge, as soon as the edge lets it in.
    pub async fn client(&self) -> Client {
        let address = self.address;
        countersign_test_support::wait_until(
            "the edge lets the agent in",
            support::SOON,
            || async { connect(address).await.ok() },
        )
        .await
        .expect("let in")
    }

    /// A client that does not pass the edge.
    pub async fn direct(&self) -> Client {
        self.server
            .connect(&self.database)
            .await
            .expect("a connection")
    }

    /// The review that is held now.
    pub async fn held(&self) -> ReviewId {
        support::until("something is held", || {
            let state = self.plane.state();
            let held = state
                .reviews
                .iter()
                .find(|(_, (_, state))| *state == ReviewState::Pending);
            held.map(|(id, _)| *id)
        })
        .await
    }

    /// Waits until an event that fits has arrived at the control plane.
    pub async fn event(&self, what: &str, fits: impl Fn(&EventBody) -> bool) -> Event {
        support::until(what, || {
            let events = self.plane.events();
            events.into_iter().find(|event| fits(&event.body))
        })
        .await
    }

    pub async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(30), self.serving)
            .await
            .expect("ends in time")
            .expect("ends well");
    }
}

pub async fn connect(address: SocketAddr) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::Config::new()
        .host("127.0.0.1")
        .port(address.port())
        .user("agent")
        .password(SECRET)
        .dbname("shop")
        .application_name("tests")
        .connect(NoTls)
        .await?;
    tokio::spawn(async move {
        // Its errors are also the client's.
        let _ = connection.await;
    });
    Ok(client)
}

/// The SQLSTATE of an error.
pub fn code(error: &tokio_postgres::Error) -> String {
    error
        .code()
        .map_or_else(|| error.to_string(), |code| code.code().to_owned())
}
