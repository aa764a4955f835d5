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
pub(crate) mod headers;
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
    ask::{self, Asked},
    budget::{Budget, Share},
    config, mcp,
    pipeline::{ASK, Pipeline, SignInRefused},
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
    pub(crate) asked: Asked,
    pub(crate) mcp: mcp::Mcp,
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

/// Sets up upstreams: one for a target, or several servers of one.
type Reached = (
    BTreeMap<String, Arc<Upstream>>,
    BTreeMap<String, Arc<mcp::Servers>>,
);

fn reach(upstreams: &BTreeMap<String, config::Upstream>) -> Result<Reached, Error> {
    let mut known = BTreeMap::new();
    let mut servers = BTreeMap::new();
    for (target, upstream) in upstreams {
        let set_up = |name: &str, config: &config::HttpUpstream| {
            let upstream = Upstream::new(name, config.clone());
            upstream.map(Arc::new).map_err(|source| Error::Upstream {
                target: target.clone(),
                source,
            })
        };
        match upstream {
            config::Upstream::Postgres(_) => {}
            config::Upstream::Http(config) => {
                let upstream = set_up(target, config)?;
                let alone = mcp::Servers::single(target, Arc::clone(&upstream));
                servers.insert(target.clone(), Arc::new(alone));
                known.insert(target.clone(), upstream);
            }
            config::Upstream::Mcp(config) => {
                let list = config.servers.iter().map(|(name, server)| {
                    let at = format!("{target}.servers.{name}");
                    Ok((name.clone(), set_up(&at, server)?))
                });
                let list = list.collect::<Result<Vec<_>, Error>>()?;
                let joined = mcp::Servers::joined(config, list);
                servers.insert(target.clone(), Arc::new(joined));
            }
        }
    }
    Ok((known, servers))
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
    pub(crate) async fn bind(
        config: &config::Http,
        upstreams: &BTreeMap<String, config::Upstream>,
        pipeline: Pipeline,
        pins: mcp::pins::Pins,
        plane: &str,
    ) -> Result<Self, Error> {
        let tls = match (&config.tls_certificate, &config.tls_key) {
            (Some(certificate), Some(key)) => {
                Some(Tls(acceptor(certificate, key, &[b"http/1.1".as_slice()])?))
            }
            _ => None,
        };
        let (known, servers) = reach(upstreams)?;
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
                asked: Asked::default(),
                mcp: mcp::Mcp::new(servers, pins, plane, config.public_url.as_deref()),
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
        shared.asked.sweep();
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
        "-" | ".well-known" => own(shared, path, &request).await,
        name => {
            let name = name.to_owned();
            proxied(shared, request, &name).await
        }
    }
}

/// The edge's own endpoints, which no target's name hides.
async fn own(shared: &Arc<Shared>, path: &str, request: &Request) -> Response {
    if let Some(answer) = ask::serve(shared, path, request).await {
        return answer;
    }
    if let Some(answer) = mcp::stdio::serve(shared, path, request).await {
        return answer;
    }
    if let Some(answer) = mcp::protected_resource(shared, request, path) {
        return answer;
    }
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
        Err(closed) => {
            let fault = match closed {
                Closed::Fault(fault) => fault,
                Closed::Refused(refused) => {
                    sleep(refused.delay).await;
                    Fault::from(&refused)
                }
            };
            let response = fault.render(kind);
            return match kind {
                TargetKind::Mcp => mcp::challenged(shared, &request, name, response),
                _ => response,
            };
        }
    };
    if kind == TargetKind::Mcp {
        return mcp::serve(shared, session, request, name).await;
    }
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
        TargetKind::Openai | TargetKind::Anthropic => crate::llm::serve(exchange).await,
        TargetKind::Postgres | TargetKind::Shell | TargetKind::Mcp => {
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
    session(shared, request, target, kind.as_str())
}

/// The session of who asks before acting, on a target that needs no upstream for that.
pub(crate) fn ask_session(
    shared: &Arc<Shared>,
    request: &Request,
    target: &str,
) -> Result<leases::Lease, Closed> {
    session(shared, request, target, ASK)
}

fn session(
    shared: &Arc<Shared>,
    request: &Request,
    target: &str,
    protocol: &'static str,
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
        protocol,
        request.client,
        request.tls,
        agent.and_then(|agent| agent.to_str().ok()),
    );
    shared
        .leases
        .take(&shared.pipeline, sign_in)
        .map_err(Closed::Refused)
}
