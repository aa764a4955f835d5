//! MCP servers: one or several behind a target, over Streamable HTTP in both directions, and servers that
//! a client starts itself.
//!
//! ```text
//! POST ─► endpoint (origin, version, headers, whose session) ─► request ─► admit ─► intent ─► server
//!                                                                                      │
//! client ◄── JSON or events ◄── outcome ◄── relay (masks, judged requests of the server) ◄┘
//! ```
//!
//! - Every request is judged, but for the handshake, `ping`, `logging/setLevel` and lists. Of a list those
//!   items are left out that the policies would deny: they are judged for each, a tool with `arguments`
//!   that are `null`, without counting and without a record.
//! - [`pins`] keeps what a tool's definition was when it was first seen; [`catalogue`] compares.
//! - [`relay`] passes a server's messages on: masked, and its own requests judged.
//! - [`tasks`] keeps calls whose clients ask for the answer later.
//! - [`stdio`] does the same for servers behind `countersign mcp`.

mod answers;
mod catalogue;
mod conversation;
mod endpoint;
mod handshake;
mod hold;
mod judged;
mod lists;
mod metadata;
mod outward;
pub(crate) mod pins;
mod relay;
mod request;
pub(crate) mod stdio;
mod tasks;
mod wire;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use countersign_inspect::mcp::Namer;
use countersign_model::PrincipalId;

use self::{catalogue::Catalogue, conversation::Conversations, pins::Pins, tasks::Tasks};
use crate::{config, http::upstream::Upstream};

pub(crate) use endpoint::serve;
pub(crate) use metadata::{challenged, protected_resource};

/// The key of the edge's own question to a client that opens links.
const OWN_INPUT: &str = "countersign";

/// A client waits for people no longer than this, whatever the configuration says: clients give up
/// after a minute.
const LONGEST_HOLD: Duration = Duration::from_secs(44);

/// One server of a target.
#[derive(Debug)]
pub(crate) struct Server {
    /// The operator's name for it: the target's, where it is alone.
    name: String,
    /// Absent where the client starts it itself.
    upstream: Option<Arc<Upstream>>,
    /// Its tools, as clients without a session were told last.
    catalogue: Mutex<Option<Arc<Catalogue>>>,
}

/// The servers of a target.
#[derive(Debug)]
pub(crate) struct Servers {
    list: Vec<Server>,
    namer: Namer,
    hold: Duration,
}

impl Servers {
    /// One server alone.
    pub(crate) fn single(target: &str, upstream: Arc<Upstream>) -> Self {
        Self {
            hold: upstream.config.hold().min(LONGEST_HOLD),
            list: vec![Server::new(target, Some(upstream))],
            namer: Namer::single(),
        }
    }

    /// Several servers behind one endpoint.
    pub(crate) fn joined(
        config: &config::McpUpstream,
        upstreams: Vec<(String, Arc<Upstream>)>,
    ) -> Self {
        let names: Vec<&str> = upstreams.iter().map(|(name, _)| name.as_str()).collect();
        // The configuration was checked; a name that is none serves nothing.
        let namer = Namer::joined(&names).unwrap_or(Namer::single());
        let list = upstreams.into_iter();
        Self {
            list: list
                .map(|(name, upstream)| Server::new(&name, Some(upstream)))
                .collect(),
            namer,
            hold: config.hold().min(LONGEST_HOLD),
        }
    }

    /// One that the client starts itself.
    fn local(name: &str) -> Self {
        Self {
            list: vec![Server::new(name, None)],
            namer: Namer::single(),
            hold: LONGEST_HOLD,
        }
    }

    /// Whether a principal may make one more request now.
    fn within_rate(&self, principal: PrincipalId) -> bool {
        let mut servers = self.list.iter();
        servers.all(|server| {
            let upstream = server.upstream.as_ref();
            upstream.is_none_or(|upstream| upstream.within_rate(principal))
        })
    }

    fn server(&self, index: usize) -> Option<&Server> {
        self.list.get(index)
    }

    fn index_of(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|server| server.name == name)
    }
}

impl Server {
    fn new(name: &str, upstream: Option<Arc<Upstream>>) -> Self {
        Self {
            name: name.to_owned(),
            upstream,
            catalogue: Mutex::default(),
        }
    }

    /// Bytes that a message of it may have.
    fn longest(&self) -> usize {
        let upstream = self.upstream.as_ref();
        upstream.map_or(16 << 20, |upstream| upstream.config.max_answer_bytes)
    }
}

/// What all MCP targets share.
pub(crate) struct Mcp {
    targets: BTreeMap<String, Arc<Servers>>,
    conversations: Conversations,
    tasks: Tasks,
    pins: Pins,
    /// Where people decide: the control plane.
    plane: String,
    /// Where clients find this edge, if that is known.
    public_url: Option<String>,
}

impl std::fmt::Debug for Mcp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mcp")
            .field("targets", &self.targets)
            .finish_non_exhaustive()
    }
}

impl Mcp {
    pub(crate) fn new(
        targets: BTreeMap<String, Arc<Servers>>,
        pins: Pins,
        plane: &str,
        public_url: Option<&str>,
    ) -> Self {
        Self {
            targets,
            conversations: Conversations::default(),
            tasks: Tasks::default(),
            pins,
            plane: plane.trim_end_matches('/').to_owned(),
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
        }
    }

    /// The servers of a target.
    pub(crate) fn servers(&self, target: &str) -> Option<&Arc<Servers>> {
        self.targets.get(target)
    }
}
