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
mod listener;
pub(crate) mod masks;
pub(crate) mod response;
mod routes;
mod serve;
pub(crate) mod upstream;

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use countersign_model::TargetKind;
use http::{HeaderMap, Method};

use self::{admit::Pendings, leases::Leases, masks::Keeper, upstream::Upstream};
use crate::{
    ask::Asked,
    budget::{Budget, Share},
    listen::{BindError, TlsError},
    mcp,
    pipeline::Pipeline,
};

pub use listener::Listener;
pub(crate) use serve::{Closed, ask_session, open};
pub use upstream::UpstreamError;

/// The listener cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be bound.
    #[error(transparent)]
    Bind(#[from] BindError),
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
    share: Share,
}

impl Request {
    /// Lets go of what was sent on: an answer may take as long as it likes.
    pub(crate) fn forget(&mut self) {
        self.headers = HeaderMap::new();
        self.body = Bytes::new();
        // Giving back never fails.
        let _ = self.share.resize(0);
    }
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
