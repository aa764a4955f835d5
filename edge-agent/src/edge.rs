//! An edge, put together.

use std::{
    fs::DirBuilder, future::Future, net::SocketAddr, os::unix::fs::DirBuilderExt as _, path::Path,
    sync::Arc, time::Duration,
};

use countersign_inspect::mask::PseudonymKey;
use countersign_ledger::{
    journal::{Journal, JournalOptions},
    keys::load_or_create_secret,
};
use countersign_model::{EventBody, Timestamp};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    Config, Error,
    bundle::{Activator, Bundles, Lane, Trust, describe},
    control_plane::{
        Client, IdentityKeeper, Reviews, StatusSource, count_start, fetch_missing, follow,
        load_or_enroll, refresh_bundles, report_status, rotate_keys, ship_events,
    },
    http,
    mcp::pins::Pins,
    pipeline::{Parts, Pipeline, UsedCredentials},
    postgres::Listener,
};

/// How long open connections have to end at shutdown.
const DRAIN: Duration = Duration::from_secs(10);

/// Runs an edge until `shutdown` ends.
///
/// # Errors
/// When it cannot start. Once it runs, nothing but `shutdown` ends it.
pub async fn run(config: Config, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
    Edge::start(config).await?.serve(shutdown).await;
    Ok(())
}

/// An edge that listens and is not serving yet.
#[derive(Debug)]
pub struct Edge {
    client: Client,
    keeper: IdentityKeeper,
    journal: Journal,
    bundles: Arc<Bundles>,
    activator: Activator,
    reviews: Reviews,
    pipeline: Pipeline,
    listener: Listener,
    http: Option<http::Listener>,
    status: StatusSource,
}

impl Edge {
    /// Checks the configuration, opens the journal, enrolls where that was not done before, takes
    /// up the bundle on disk and binds the listener.
    ///
    /// # Errors
    /// When any of that fails, save for the bundle: without one everything is refused until the
    /// control plane gives one.
    pub async fn start(config: Config) -> Result<Self, Error> {
        let started_at = Timestamp::now();
        config.validate()?;
        make_data_dir(&config.data_dir)?;
        // Before anybody hears of this start.
        let instance = count_start(&config.data_dir)?;
        let journal = open_journal(&config)?;
        let client = Client::new(&config.control_plane)?;
        let identity = load_or_enroll(&config, &client).await?;
        let keeper = IdentityKeeper::new(&config.data_dir, identity.clone());
        let client = client.signed_in(identity.edge_id, identity.key);
        let bundles = Arc::new(Bundles::default());
        let trust = Trust {
            edge_id: identity.edge_id,
            control_plane: keeper.clone(),
            authors: config.policies.authors()?,
        };
        let activator = Activator::new(
            &config.data_dir,
            trust,
            journal.clone(),
            Arc::clone(&bundles),
        )?;
        if let Err(error) = activator.activate_stored().await {
            let error = format!("the bundle on disk: {}", describe(&error));
            tracing::warn!(
                error,
                "the bundle on disk is not enforced; everything is denied until there is one"
            );
            bundles.offered(Some(error));
        }
        let reviews = Reviews::new(client.clone());
        let key = load_or_create_secret(&config.data_dir.join("pseudonym.key"))?;
        let pipeline = Pipeline::new(Parts {
            journal: journal.clone(),
            bundles: Arc::clone(&bundles),
            reviews: reviews.clone(),
            upstreams: config.upstreams.keys().cloned().collect(),
            pseudonym_key: PseudonymKey::from_bytes(key),
            used: open_used(&config.data_dir)?,
        });
        let targets = config.upstreams.keys().cloned().collect();
        let upstreams = &config.upstreams;
        let listener = Listener::bind(&config.postgres, upstreams, pipeline.clone()).await?;
        let http = match &config.http {
            Some(http) => {
                let pins = open_pins(&config.data_dir)?;
                let plane = &config.control_plane.url;
                let bound = http::Listener::bind(http, upstreams, pipeline.clone(), pins, plane);
                Some(bound.await?)
            }
            None => None,
        };
        tracing::info!(
            edge.id = %identity.edge_id,
            edge.name = identity.name,
            address = %listener.local_addr(),
            "the edge listens for PostgreSQL clients"
        );
        let status = StatusSource {
            started_at,
            instance,
            bundles: Arc::clone(&bundles),
            journal: journal.clone(),
            pipeline: pipeline.clone(),
            targets,
            listeners: listeners(&listener, http.as_ref()),
        };
        Ok(Self {
            client,
            keeper,
            journal,
            bundles,
            activator,
            reviews,
            pipeline,
            listener,
            http,
            status,
        })
    }

    /// Where PostgreSQL clients connect.
    #[must_use]
    pub fn postgres_addr(&self) -> SocketAddr {
        self.listener.local_addr()
    }

    /// Where HTTP clients connect, where there is such a listener.
    #[must_use]
    pub fn http_addr(&self) -> Option<SocketAddr> {
        self.http.as_ref().map(http::Listener::local_addr)
    }

    /// What its listeners ask, for a listener of somebody else's.
    #[must_use]
    pub const fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Serves until `shutdown` ends; then open sessions are ended and the journal is closed.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let Self {
            client,
            keeper,
            journal,
            bundles,
            activator,
            reviews,
            pipeline,
            listener,
            http,
            status,
        } = self;
        let stop = CancellationToken::new();
        let revision = Arc::new(watch::Sender::new(0));
        let named = revision.subscribe();
        let mut tasks = JoinSet::new();
        tasks.spawn(follow(
            client.clone(),
            revision,
            reviews,
            activator.clone(),
            stop.clone(),
        ));
        for lane in Lane::ALL {
            let fetching = fetch_missing(client.clone(), activator.clone(), lane, stop.clone());
            tasks.spawn(fetching);
        }
        tasks.spawn(activator.clone().take_up_prepared(stop.clone()));
        tasks.spawn(refresh_bundles(
            client.clone(),
            activator,
            bundles,
            named,
            stop.clone(),
        ));
        tasks.spawn(rotate_keys(keeper, client.clone(), stop.clone()));
        tasks.spawn(ship_events(client.clone(), journal.clone(), stop.clone()));
        tasks.spawn(report_status(client, status, stop.clone()));
        tasks.spawn(pipeline.watch_sessions(stop.clone()));
        let mut serving = tokio::spawn(serve_all(listener, http, stop.clone()));
        tokio::select! {
            () = shutdown => tracing::info!("the edge shuts down"),
            _ = &mut serving => tracing::error!("the listener ended by itself"),
        }
        stop.cancel();
        if !serving.is_finished() && tokio::time::timeout(DRAIN, &mut serving).await.is_err() {
            tracing::warn!("connections did not end in time and are cut off");
            serving.abort();
        }
        while tasks.join_next().await.is_some() {}
        if let Err(error) = journal.sync().await {
            tracing::error!(error = %error, "the journal could not be synced at shutdown");
        }
    }
}

fn make_data_dir(path: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| Error::DataDir {
            path: path.to_owned(),
            source,
        })
}

fn open_used(data_dir: &Path) -> Result<UsedCredentials, Error> {
    UsedCredentials::open(data_dir, Timestamp::now()).map_err(|source| Error::DataDir {
        path: data_dir.to_owned(),
        source,
    })
}

fn open_pins(data_dir: &Path) -> Result<Pins, Error> {
    Pins::open(data_dir).map_err(|source| Error::DataDir {
        path: data_dir.to_owned(),
        source,
    })
}

fn open_journal(config: &Config) -> Result<Journal, Error> {
    let options = JournalOptions {
        max_spool_bytes: config.journal.max_spool_bytes,
        ..JournalOptions::default()
    };
    let journal = Journal::open(config.data_dir.join("journal"), options)?;
    let started = EventBody::EdgeStarted {
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    if let Err(error) = journal.append(&started) {
        tracing::error!(error = %error, "the journal does not write; everything is refused");
    }
    Ok(journal)
}

/// Where clients connect, by protocol.
fn listeners(postgres: &Listener, http: Option<&http::Listener>) -> Vec<String> {
    let postgres = format!("postgres://{}", postgres.local_addr());
    let http = http.map(|http| format!("{}://{}", http.scheme(), http.local_addr()));
    std::iter::once(postgres).chain(http).collect()
}

/// Serves every protocol until all have ended.
async fn serve_all(postgres: Listener, http: Option<http::Listener>, stop: CancellationToken) {
    let http = async {
        if let Some(http) = http {
            http.serve(stop.clone()).await;
        }
    };
    tokio::join!(postgres.serve(stop.clone()), http);
}
