//! The HTTP listener: APIs, models and MCP servers behind one address, each under its target's name,
//! and questions before an action.
//!
//! ```text
//! connection ─► head, body (strict) ─► route ─► session ─► admit (judge, hold) ─► intent ─► upstream
//!                                                                                      │
//! client ◄── response ◄── outcome ◄── masks ◄──────────────────────────────────────────┘
//! ```
//!
//! - [`head`] and [`body`] read HTTP/1.1 so that no two servers could read it differently;
//!   [`connection`] answers one request after the other.
//! - [`leases`] keeps a client's session over its connections; [`admit`] holds for people.
//! - [`api`] is any HTTP API. What the upstream gets is written from what was parsed.

pub(crate) mod admit;
pub(crate) mod answer;
mod api;
mod body;
mod connection;
pub(crate) mod fault;
mod head;
mod headers;
pub(crate) mod leases;
pub(crate) mod masks;
pub(crate) mod response;
mod routes;
pub(crate) mod upstream;

use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use countersign_model::TargetKind;
use http::{HeaderMap, Method, StatusCode};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    admit::Pendings, connection::Connection, fault::Fault, leases::Leases, masks::Keeper,
    response::Response, upstream::Upstream,
};
use crate::{
    budget::{Budget, Share},
    config,
    pipeline::{Pipeline, SignInRefused},
    postgres::{TlsError, acceptor},
};

pub use upstream::UpstreamError;

/// Bytes that all bodies together may take.
const BODY_BYTES: usize = 512 << 20;
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long exchanges have to end when the edge shuts down.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait after the system refused to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The listener cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be bound.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// A certificate or key cannot be used.
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
    /// An upstream cannot be used.
    #[error("the upstream of \"{target}\" cannot be set up")]
    Upstream {
        /// The target's name.
        target: String,
        /// Why.
        source: UpstreamError,
    },
}

/// Everything that all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) pipeline: Pipeline,
    pub(crate) upstreams: BTreeMap<String, Arc<Upstream>>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) pendings: Pendings,
    pub(crate) budget: Arc<Budget>,
    pub(crate) keeper: Keeper,
    max_body_bytes: usize,
    allow_cleartext: bool,
}

/// A request, read whole.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path and query, as they came.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) client: SocketAddr,
    pub(crate) tls: bool,
    /// What its body holds of the memory for bodies.
    #[expect(dead_code, reason = "held until the exchange is over")]
    share: Share,
}

/// A request for a target, by somebody who is known.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) shared: Arc<Shared>,
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) session: leases::Lease,
    pub(crate) kind: TargetKind,
    pub(crate) request: Request,
    /// The path behind the target's name, with its query.
    pub(crate) path: String,
}

/// The HTTP listener, bound and not serving yet.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    connections: Arc<Semaphore>,
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Tls(TlsAcceptor);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls(..)")
    }
}

impl Listener {
    /// Binds the address and reads certificates and credentials; nothing is served yet.
    ///
    /// # Errors
    /// When the address cannot be bound, or TLS or an upstream cannot be set up.
    pub async fn bind(
        config: &config::Http,
        upstreams: &BTreeMap<String, config::Upstream>,
        pipeline: Pipeline,
    ) -> Result<Self, Error> {
        let tls = match (&config.tls_certificate, &config.tls_key) {
            (Some(certificate), Some(key)) => {
                Some(Tls(acceptor(certificate, key, &[b"http/1.1".as_slice()])?))
            }
            _ => None,
        };
        let mut known = BTreeMap::new();
        for (name, upstream) in upstreams {
            let config::Upstream::Http(upstream) = upstream else {
                continue;
            };
            let upstream = Upstream::new(name, (**upstream).clone());
            let upstream = upstream.map_err(|source| Error::Upstream {
                target: name.clone(),
                source,
            })?;
            known.insert(name.clone(), Arc::new(upstream));
        }
        let bound = |source| Error::Bind {
            address: config.listen,
            source,
        };
        let socket = TcpListener::bind(config.listen).await.map_err(bound)?;
        let address = socket.local_addr().map_err(bound)?;
        Ok(Self {
            socket,
            address,
            tls,
            connections: Arc::new(Semaphore::new(config.max_connections)),
            shared: Arc::new(Shared {
                keeper: Keeper::new(&pipeline.pseudonym_key()),
                pipeline,
                upstreams: known,
                leases: Arc::default(),
                pendings: Pendings::default(),
                budget: Budget::new(BODY_BYTES),
                max_body_bytes: config.max_body_bytes,
                allow_cleartext: config.allow_cleartext_credentials,
            }),
        })
    }

    /// The address it listens on, with the real port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The scheme clients use.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Serves until `shutdown`, and then until every exchange has ended.
    pub async fn serve(self, shutdown: CancellationToken) {
        let tasks = TaskTracker::new();
        tasks.spawn(sweep(Arc::clone(&self.shared), shutdown.clone()));
        loop {
            let accepted = tokio::select! {
                () = shutdown.cancelled() => break,
                accepted = self.socket.accept() => accepted,
            };
            match accepted {
                Ok((socket, client)) => {
                    let Ok(permit) = Arc::clone(&self.connections).try_acquire_owned() else {
                        continue;
                    };
                    let connected = connect(
                        socket,
                        client,
                        self.tls.clone(),
                        Arc::clone(&self.shared),
                        shutdown.clone(),
                    );
                    tasks.spawn(async move {
                        connected.await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!("cannot accept a connection: {error}");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(self.socket);
        tasks.close();
        if timeout(DRAIN_LIMIT, tasks.wait()).await.is_err() {
            tracing::warn!("{} exchanges did not end in time", tasks.len());
        }
    }
}

async fn connect(
    socket: TcpStream,
    client: SocketAddr,
    tls: Option<Tls>,
    shared: Arc<Shared>,
    shutdown: CancellationToken,
) {
    // It cannot fail on a connected socket; without it answers wait for acknowledgements.
    let _ = socket.set_nodelay(true);
    match tls {
        None => {
            Connection::new(socket, client, false, shared)
                .serve(shutdown)
                .await
        }
        Some(Tls(acceptor)) => {
            if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(socket)).await {
                Connection::new(stream, client, true, shared)
                    .serve(shutdown)
                    .await;
            }
        }
    }
}

async fn sweep(shared: Arc<Shared>, shutdown: CancellationToken) {
    while shutdown
        .run_until_cancelled(sleep(leases::SWEEP))
        .await
        .is_some()
    {
        shared.leases.sweep();
        shared.pendings.sweep();
    }
}

/// Answers a request.
async fn handle(shared: &Arc<Shared>, request: Request) -> Response {
    let path = request.target.split('?').next().unwrap_or_default();
    let Some((name, _)) = path
        .get(1..)
        .map(|rest| rest.split_once('/').unwrap_or((rest, "")))
    else {
        return nothing_here();
    };
    match name {
        "" => Response::json(
            StatusCode::OK,
            &json!({"service": "countersign-edge", "targets": "under /{target}/…"}),
        ),
        "-" => own(shared, path, &request).await,
        name => {
            let name = name.to_owned();
            proxied(shared, request, &name).await
        }
    }
}

/// The edge's own endpoints, which no target's name hides.
async fn own(_shared: &Arc<Shared>, path: &str, _request: &Request) -> Response {
    match path {
        "/-/health" => Response::json(StatusCode::OK, &json!({"status": "ok"})),
        _ => nothing_here(),
    }
}

fn nothing_here() -> Response {
    let message = "there is nothing here: a target is served under /{its name}/";
    Fault::new(StatusCode::NOT_FOUND, "not_found", message).problem()
}

async fn proxied(shared: &Arc<Shared>, request: Request, name: &str) -> Response {
    // An error is told in the form of the protocol that the client speaks, known or not.
    let kind = shared
        .pipeline
        .target_kind(name)
        .unwrap_or(TargetKind::Http);
    let session = match open(shared, &request, name, kind) {
        Ok(session) => session,
        Err(Closed::Fault(fault)) => return fault.render(kind),
        Err(Closed::Refused(refused)) => {
            sleep(refused.delay).await;
            return Fault::from(&refused).render(kind);
        }
    };
    let Some(upstream) = shared.upstreams.get(name) else {
        let message = format!("\"{name}\" is no target that is reached by HTTP");
        return Fault::new(StatusCode::NOT_FOUND, "unknown_target", message).render(kind);
    };
    if !upstream.within_rate(session.principal().id) {
        let message = "too many requests a second to this target";
        let fault = Fault::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message);
        return fault.render(kind).with(http::header::RETRY_AFTER, "1");
    }
    let path = request.target.get(1 + name.len()..).unwrap_or_default();
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    };
    let exchange = Exchange {
        shared: Arc::clone(shared),
        upstream: Arc::clone(upstream),
        session,
        kind,
        request,
        path,
    };
    match kind {
        TargetKind::Http => api::serve(exchange).await,
        TargetKind::Postgres
        | TargetKind::Shell
        | TargetKind::Openai
        | TargetKind::Anthropic
        | TargetKind::Mcp => {
            let message = format!(
                "\"{}\" is not served over HTTP",
                exchange.session.target().name
            );
            Fault::new(StatusCode::NOT_FOUND, "unknown_target", message).render(kind)
        }
    }
}

/// Why nobody is let in.
pub(crate) enum Closed {
    Fault(Fault),
    Refused(SignInRefused),
}

/// The session of who sends the request.
pub(crate) fn open(
    shared: &Arc<Shared>,
    request: &Request,
    target: &str,
    kind: TargetKind,
) -> Result<leases::Lease, Closed> {
    let secret = headers::credential(&request.headers).map_err(Closed::Fault)?;
    let near = request.client.ip().to_canonical().is_loopback();
    if !(request.tls || near || shared.allow_cleartext) {
        let message = "a credential may only be sent over an encrypted connection";
        return Err(Closed::Fault(Fault::new(
            StatusCode::FORBIDDEN,
            "cleartext",
            message,
        )));
    }
    let agent = request.headers.get(http::header::USER_AGENT);
    let sign_in = leases::sign_in(
        secret,
        target,
        kind.as_str(),
        request.client,
        request.tls,
        agent.and_then(|agent| agent.to_str().ok()),
    );
    shared
        .leases
        .take(&shared.pipeline, sign_in)
        .map_err(Closed::Refused)
}
