//! The PostgreSQL listener: clients connect to it as to a server, and every statement is judged
//! before the target's server sees it.
//!
//! ```text
//! startup ─► sign-in ─► upstream ─► relay ⇄ (pipeline: inspect, judge, hold, record)
//! ```
//!
//! - [`frame`] and [`wire`] read bytes strictly; [`frontend`] parses a client's messages and writes
//!   them again from what it parsed; the upstream never gets a client's own bytes.
//! - [`startup`] speaks with a client until its password has come; [`upstream`] signs the edge in.
//! - [`relay`] is one connection from then on; [`mask`] and [`catalog`] decide what rows look like.

mod backend;
mod cancel;
mod catalog;
mod frame;
mod frontend;
mod mask;
mod relay;
mod settings;
mod startup;
mod stream;
mod upstream;
mod wire;

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::TcpStream,
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    backend::{
        Report, TxStatus, write_authentication, write_key_data, write_negotiate,
        write_parameter_status, write_ready,
    },
    cancel::CancelKeys,
    catalog::Catalog,
    mask::{Masking, Maskings},
    relay::Relay,
    startup::{Client, Opened, StartupError, write_report},
    stream::Channel,
    upstream::Upstream,
};
use crate::{
    budget::{self, Budget},
    config,
    listen::{BindError, Socket, Tls, TlsError},
    pipeline::{Pipeline, Secret, Session, SignIn, code},
};

/// The protocol's name in TLS, as clients that begin with TLS at once must send it.
const ALPN: &[u8] = b"postgresql";
/// How long a client may take to sign in.
const STARTUP_LIMIT: Duration = Duration::from_secs(30);
/// Connections that may be signing in or cancelling at a time; more are closed at once.
const MAX_STARTING: usize = 1_024;
/// Bytes that all connections together may hold in buffers beyond their small fixed ones.
const BUFFER_BYTES: usize = 512 << 20;

/// The listener cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be bound.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A certificate, key or authority cannot be used.
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
}

/// Everything that all connections share.
#[derive(Debug)]
struct Shared {
    pipeline: Pipeline,
    targets: BTreeMap<String, Arc<Target>>,
    tls: Option<Tls>,
    allow_cleartext_password: bool,
    budget: Arc<Budget>,
    cancel_keys: Arc<CancelKeys>,
    maskings: Maskings,
    no_masking: Arc<Masking>,
    sessions: Arc<Semaphore>,
}

/// A target that this edge can reach.
#[derive(Debug)]
struct Target {
    upstream: Upstream,
    catalog: Catalog,
}

/// The PostgreSQL listener, bound and not serving yet.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    shared: Arc<Shared>,
}

impl Listener {
    /// Binds the address and reads certificates; nothing is served yet.
    ///
    /// # Errors
    /// When the address cannot be bound or TLS cannot be set up.
    pub async fn bind(
        config: &config::Postgres,
        upstreams: &BTreeMap<String, config::Upstream>,
        pipeline: Pipeline,
    ) -> Result<Self, Error> {
        let tls = Tls::of(
            config.tls_certificate.as_deref(),
            config.tls_key.as_deref(),
            ALPN,
        )?;
        let budget = Budget::new(BUFFER_BYTES);
        let mut targets = BTreeMap::new();
        for (name, upstream) in upstreams {
            let config::Upstream::Postgres(upstream) = upstream else {
                continue;
            };
            let upstream = Upstream::new(upstream.clone())?;
            let catalog = Catalog::new(upstream.clone(), &budget);
            targets.insert(name.clone(), Arc::new(Target { upstream, catalog }));
        }
        let socket = Socket::bind(config.listen).await?;
        let maskings = Maskings::new(pipeline.pseudonym_key());
        Ok(Self {
            socket,
            shared: Arc::new(Shared {
                no_masking: maskings.none(),
                maskings,
                pipeline,
                targets,
                tls,
                allow_cleartext_password: config.allow_cleartext_password,
                budget,
                cancel_keys: Arc::default(),
                sessions: Arc::new(Semaphore::new(config.max_connections)),
            }),
        })
    }

    /// The address it listens on, with the real port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.socket.address()
    }

    /// Serves until `shutdown`, and then until every session has ended.
    pub async fn serve(self, shutdown: CancellationToken) {
        let shared = self.shared;
        let starting = Arc::new(Semaphore::new(MAX_STARTING));
        self.socket
            .serve(
                &starting,
                TaskTracker::new(),
                shutdown,
                |socket, client, permit| {
                    let shared = Arc::clone(&shared);
                    async move {
                        let relay = timeout(STARTUP_LIMIT, shared.start(socket, client)).await;
                        drop(permit);
                        if let Ok(Some((relay, _slot))) = relay {
                            relay.run().await;
                        }
                    }
                },
            )
            .await;
    }
}

type Slot = tokio::sync::OwnedSemaphorePermit;

impl Shared {
    /// From an accepted socket to a signed-in client with its upstream; `None` when it came to
    /// nothing, and the client knows why.
    async fn start(
        self: Arc<Self>,
        socket: TcpStream,
        client: SocketAddr,
    ) -> Option<(Relay, Slot)> {
        let opened = startup::open(socket, self.tls.as_ref()).await;
        match opened {
            Ok(Opened::Client(opened)) => self.sign_in(*opened, client).await,
            Ok(Opened::Cancel(key, stream)) => {
                if let Some(signal) = self.cancel_keys.find(key) {
                    signal.ask().await;
                }
                drop(stream);
                None
            }
            Err(error) => {
                self.note_startup_error(&error, client);
                None
            }
        }
    }

    fn note_startup_error(&self, error: &StartupError, client: SocketAddr) {
        if matches!(
            error,
            StartupError::Violation(_) | StartupError::Malformed(_)
        ) {
            self.pipeline.violation(client, &error.to_string());
        }
    }

    async fn sign_in(
        self: Arc<Self>,
        mut opened: Client,
        client: SocketAddr,
    ) -> Option<(Relay, Slot)> {
        match self.try_sign_in(&mut opened, client).await {
            Ok((session, target, slot)) => {
                let relay = self.connect(opened, session, target).await?;
                Some((relay, slot))
            }
            Err(StartupError::Refused(report)) => {
                // The client may be gone; it was refused all the same.
                let _ = write_report(&mut opened.stream, &report).await;
                None
            }
            Err(error) => {
                self.note_startup_error(&error, client);
                None
            }
        }
    }

    async fn try_sign_in(
        &self,
        opened: &mut Client,
        client: SocketAddr,
    ) -> Result<(Session, Arc<Target>, Slot), StartupError> {
        let startup = &opened.startup;
        if !startup::may_ask_password(opened.tls, client, self.allow_cleartext_password) {
            return Err(Report::fatal(
                "28000",
                "a password may only be sent over an encrypted connection",
            )
            .hint("Connect with sslmode=require.")
            .into());
        }
        let Ok(slot) = Arc::clone(&self.sessions).try_acquire_owned() else {
            return Err(Report::fatal("53300", "too many connections to this edge").into());
        };
        let secret = startup::ask_password(&mut opened.stream).await?;
        let signed_in = self.pipeline.sign_in(SignIn {
            protocol: "postgres",
            client,
            tls: opened.tls,
            principal: Some(&startup.user),
            secret: Secret(&secret),
            target: &startup.database,
            application: startup.application.as_deref(),
        });
        let session = match signed_in {
            Ok(session) => session,
            Err(refused) => {
                sleep(refused.delay).await;
                let code = match refused.code {
                    _ if refused.is_identity() => "28P01",
                    "unknown_target" => "3D000",
                    code::LOCKED => "28000",
                    code::NO_GRANT | code::GRANT_ENDED => "42501",
                    _ => "57P03",
                };
                let report = Report::fatal(code, refused.to_string());
                return Err(match refused.advice {
                    Some(advice) => report.hint(advice).into(),
                    None => report.into(),
                });
            }
        };
        let Some(target) = self.targets.get(session.target().name.as_str()) else {
            session.close("no_upstream");
            return Err(Report::fatal(
                "3D000",
                format!("this edge has no upstream for \"{}\"", startup.database),
            )
            .hint("Its operator adds one under [upstreams] in the edge's configuration.")
            .into());
        };
        Ok((session, Arc::clone(target), slot))
    }

    /// Connects the upstream and tells the client that it is let in.
    async fn connect(
        self: Arc<Self>,
        opened: Client,
        session: Session,
        target: Arc<Target>,
    ) -> Option<Relay> {
        let Client {
            stream,
            startup,
            tls: _,
        } = opened;
        let mut client = Channel::new(stream, &self.budget);
        let connected = target
            .upstream
            .connect(&startup.settings, &self.budget)
            .await;
        let connected = match connected {
            Ok(connected) => connected,
            Err(error) => {
                tracing::warn!(session.id = %session.id(), "cannot connect to the upstream: {error}");
                session.close("upstream_unavailable");
                upstream_report(&error).write(&mut client.output);
                // The client may be gone; there is nothing more to do for it.
                let _ = client.drain().await;
                client.shut().await;
                return None;
            }
        };
        let registration = self.cancel_keys.register();
        let out = &mut client.output;
        if startup.newer_minor || !startup.unknown_options.is_empty() {
            write_negotiate(out, &startup.unknown_options);
        }
        write_authentication(out, 0);
        let mut role = None;
        for (name, value) in &connected.parameters {
            if name == "session_authorization" {
                role = Some(value.clone());
            }
            write_parameter_status(out, name, value);
        }
        write_key_data(out, registration.key);
        write_ready(out, TxStatus::Idle);
        Some(Relay::new(
            self,
            target,
            session,
            client,
            connected.channel,
            connected.key,
            role,
            registration,
        ))
    }
}

/// What the client is told; the server's own words only where they are about the client's wishes.
fn upstream_report(error: &upstream::UpstreamError) -> Report {
    use upstream::UpstreamError;
    match error {
        // A setting of the startup message that the server does not take.
        UpstreamError::Refused { code, message } if code.starts_with("22") => {
            Report::fatal("22023", message.clone())
        }
        UpstreamError::Refused { code, .. } if code == "53300" => {
            Report::fatal("53300", "the database server has too many connections")
        }
        _ => Report::fatal("08001", "the edge cannot connect to the database server")
            .hint("The edge's log says why; ask its operator."),
    }
}
