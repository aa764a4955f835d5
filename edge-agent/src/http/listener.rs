//! The listener itself: what it is bound to, and what its connections share.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::TcpStream,
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Error, Shared, admit::Pendings, connection::Connection, leases, masks::Keeper,
    upstream::Upstream,
};
use crate::{
    ask::Asked,
    budget::Budget,
    config,
    listen::{Socket, Tls},
    mcp,
    pipeline::Pipeline,
};

/// The protocol's name in TLS.
const ALPN: &[u8] = b"http/1.1";
/// Bytes that all bodies together may take.
const BODY_BYTES: usize = 512 << 20;
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The HTTP listener, bound and not serving yet.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
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
        let tls = Tls::of(
            config.tls_certificate.as_deref(),
            config.tls_key.as_deref(),
            ALPN,
        )?;
        let (known, servers) = reach(upstreams)?;
        let socket = Socket::bind(config.listen).await?;
        Ok(Self {
            socket,
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
        self.socket.address()
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
        let Self {
            socket,
            tls,
            connections,
            shared,
        } = self;
        socket
            .serve(
                &connections,
                tasks,
                shutdown.clone(),
                |socket, client, permit| {
                    let (tls, shared) = (tls.clone(), Arc::clone(&shared));
                    let shutdown = shutdown.clone();
                    async move {
                        connect(socket, client, tls, shared, shutdown).await;
                        drop(permit);
                    }
                },
            )
            .await;
    }
}

async fn connect(
    socket: TcpStream,
    client: SocketAddr,
    tls: Option<Tls>,
    shared: Arc<Shared>,
    shutdown: CancellationToken,
) {
    match tls {
        None => {
            Connection::new(socket, client, false, shared)
                .serve(shutdown)
                .await
        }
        Some(tls) => {
            if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(socket)).await {
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
