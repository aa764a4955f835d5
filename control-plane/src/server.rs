//! Starting, serving and stopping.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use axum_server::{Handle, tls_rustls::RustlsConfig};
use countersign_inspect::detect;
use countersign_policy_engine::{ArtefactCache, Engine, EngineError, EngineOptions};
use countersign_store::{Store, StoreError};
use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;

use crate::{
    activity::Activity,
    api::grants::counts::AccessCounts,
    auth::Limiter,
    bundle_cache::BundleCache,
    clock::{Clock, SystemClock},
    config::{Config, ConfigError, TlsConfig},
    document_pull,
    edge_hub::EdgeHub,
    first_start::{self, FirstStartError},
    live::LiveHub,
    oauth::KeySets,
    oidc::{Provider, ProviderError},
    openapi,
    peers::{self, Outbox},
    policy_check::CheckQueue,
    policy_shelf::PolicyShelf,
    replay::ReplayJobs,
    router::router,
    signing::{Signer, SigningError},
    state::{AppState, Parts},
    sweep,
    token_keys::{self, TokenKeyError, TokenKeys},
};

const DATABASE_FILE: &str = "countersign.db";

/// How long requests under way may take once the server shuts down.
const DRAIN: Duration = Duration::from_secs(5);

/// How long a client may take to send its first request.
const FIRST_REQUEST: Duration = Duration::from_secs(20);

/// Why the control plane does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration contradicts itself.
    #[error("the configuration is wrong")]
    Config(#[from] ConfigError),
    /// The data folder cannot be used.
    #[error("the data folder {path} cannot be used")]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The signing key cannot be used.
    #[error("the signing key cannot be used")]
    Signing(#[from] SigningError),
    /// The database cannot be used.
    #[error("the database cannot be used")]
    Store(#[from] StoreError),
    /// The policy engine cannot run.
    #[error("the policy engine cannot run on this machine")]
    Engine(#[from] EngineError),
    /// The key that signs credentials cannot be used.
    #[error("credentials cannot be signed")]
    TokenKey(#[from] TokenKeyError),
    /// The identity provider cannot be used.
    #[error("the identity provider cannot be used")]
    Provider(#[from] ProviderError),
    /// The first start failed.
    #[error("the first start failed")]
    FirstStart(#[from] FirstStartError),
    /// The certificate cannot be used.
    #[error("tls: the certificate or its key cannot be used")]
    Tls(#[source] io::Error),
    /// The address cannot be listened on.
    #[error("listen: cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The OpenAPI document cannot be written.
    #[error("the OpenAPI document cannot be written")]
    OpenApi(#[source] serde_json::Error),
    /// Serving stopped by itself.
    #[error("the server stopped")]
    Serve(#[source] io::Error),
}

/// Runs the control plane until `shutdown` resolves; streams then end at once, other requests within
/// seconds. The first start prints a link that signs the first admin in.
///
/// # Errors
/// When it cannot start, or stops by itself.
pub async fn run(config: Config, shutdown: impl Future<Output = ()> + Send) -> Result<(), Error> {
    config.check()?;
    // A provider that the caller installed already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let state = start(&config, Arc::new(SystemClock)).await?;
    let link =
        first_start::prepare(&state.store, &config.data_dir, &state.base_url, state.now()).await?;
    let listener = bind(config.listen)?;
    let address = listener.local_addr().map_err(Error::Serve)?;
    tracing::info!(%address, url = state.base_url, "the control plane serves");
    if let Some(link) = link.filter(|_| state.sign_in_links) {
        print_link(&link);
    }
    let sweeper = tokio::spawn(sweep::run(state.clone()));
    let puller = tokio::spawn(document_pull::run(state.clone()));
    let rotator = tokio::spawn(token_keys::run(state.clone()));
    let handle = Handle::new();
    let service = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let stop = async {
        shutdown.await;
        tracing::info!("shutting down");
        state.shutdown.cancel();
        handle.graceful_shutdown(Some(DRAIN));
        // The server is what ends; this only tells it to.
        std::future::pending::<()>().await;
    };
    let served = async {
        match &config.tls {
            Some(tls) => {
                let tls = load_tls(tls).await?;
                let server = axum_server::from_tcp_rustls(listener, tls).map_err(Error::Serve)?;
                server
                    .handle(handle.clone())
                    .first_request_timeout(FIRST_REQUEST)
                    .serve(service)
                    .await
                    .map_err(Error::Serve)
            }
            None => axum_server::from_tcp(listener)
                .map_err(Error::Serve)?
                .handle(handle.clone())
                .first_request_timeout(FIRST_REQUEST)
                .serve(service)
                .await
                .map_err(Error::Serve),
        }
    };
    let result = tokio::select! {
        result = served => result,
        () = stop => Ok(()),
    };
    state.shutdown.cancel();
    state.replays.drain().await;
    if let Err(error) = sweeper.await {
        tracing::warn!(%error, "the sweeper ended badly");
    }
    if let Err(error) = puller.await {
        tracing::warn!(%error, "fetching documents ended badly");
    }
    if let Err(error) = rotator.await {
        tracing::warn!(%error, "rotating the key that signs credentials ended badly");
    }
    state.store.clone().close().await?;
    result
}

/// Opens everything that handlers use.
pub(crate) async fn start(config: &Config, clock: Arc<dyn Clock>) -> Result<AppState, Error> {
    let data_dir = |source| Error::DataDir {
        path: config.data_dir.clone(),
        source,
    };
    create_private(&config.data_dir).map_err(data_dir)?;
    let signer = Signer::open(&config.data_dir)?;
    let url = match &config.database_url {
        Some(url) => url.expose_secret().to_owned(),
        None => format!("sqlite://{}", config.data_dir.join(DATABASE_FILE).display()),
    };
    let store = Store::connect(&url).await?;
    store.abandon_replays(clock.now()).await?;
    let token_keys = TokenKeys::open(&config.data_dir, &store, clock.now()).await?;
    let options = EngineOptions {
        artefact_cache: Some(ArtefactCache {
            dir: config.data_dir.join("compiled"),
            key_file: config.data_dir.join("compiled.key"),
        }),
        ..EngineOptions::default()
    };
    let engine = Engine::with_detectors(options, Arc::new(detect::counts))?;
    let (outbox, news) = match store.has_peers() {
        true => {
            let (outbox, news) = Outbox::new();
            (outbox, Some(news))
        }
        false => (Outbox::default(), None),
    };
    let state = AppState::new(Parts {
        store,
        signer,
        engine,
        shelf: PolicyShelf::default(),
        replays: ReplayJobs::default(),
        activity: Activity::default(),
        live: LiveHub::new(outbox.clone()),
        edges: EdgeHub::new(outbox.clone()),
        outbox,
        // Ten tries at once, and one more every six seconds.
        limiter: Limiter::new(10, 6_000),
        // Thirty ways to the provider or back at once, and one more every two seconds.
        sign_ins: Limiter::new(30, 2_000),
        provider: provider(config)?,
        sign_in_links: config.sign_in_links(),
        session_limits: config.sessions.limits(),
        // Sixty uploads at once, and one more each second.
        uploads: Limiter::new(60, 1_000),
        // Thirty requests for access at once, and one more every two seconds.
        access_requests: Limiter::new(30, 2_000),
        access_counts: AccessCounts::default(),
        checks: CheckQueue::default(),
        // Sixty tokens at once, and five more each second.
        token_requests: Limiter::new(60, 200),
        token_keys,
        key_sets: KeySets::default(),
        bundles: BundleCache::new(&config.base_url()),
        pull_private_addresses: config.pull_private_addresses,
        clock,
        base_url: config.base_url(),
        behind_proxy: config.behind_proxy,
        bundle_lifetime: Duration::from_secs(u64::from(config.bundle_seconds)),
        shutdown: CancellationToken::new(),
        openapi: openapi::document().map_err(Error::OpenApi)?,
    });
    if let Some(news) = news {
        tokio::spawn(peers::send(state.clone(), news));
        tokio::spawn(peers::listen(state.clone()));
    }
    Ok(state)
}

fn provider(config: &Config) -> Result<Option<Arc<Provider>>, ProviderError> {
    let Some(oidc) = &config.oidc else {
        return Ok(None);
    };
    // A provider that the caller installed already is as good; a client cannot be built without.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Provider::new(oidc, &config.base_url())
        .map(Arc::new)
        .map(Some)
}

/// A folder that only its owner enters.
fn create_private(path: &std::path::Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

fn bind(address: SocketAddr) -> Result<std::net::TcpListener, Error> {
    let listen = |source| Error::Listen { address, source };
    let listener = std::net::TcpListener::bind(address).map_err(listen)?;
    listener.set_nonblocking(true).map_err(listen)?;
    Ok(listener)
}

async fn load_tls(tls: &TlsConfig) -> Result<RustlsConfig, Error> {
    RustlsConfig::from_pem_file(&tls.certificate, &tls.key)
        .await
        .map_err(Error::Tls)
}

/// The link is a secret: it goes to whoever started the server, and into no log.
fn print_link(link: &str) {
    use std::io::Write as _;
    let mut out = io::stdout().lock();
    // Without anybody to read it, an API token in the data folder still lets the admin in.
    let _ = writeln!(out, "Sign in once, within a day: {link}");
    let _ = out.flush();
}
