//! Tells edges what they must know, and knows which ones listen.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_model::{EdgeId, FollowEvent};
use tokio::sync::broadcast;

use crate::peers::{News, Outbox};

/// Messages that a slow edge may be behind before its stream ends and it connects again.
const BACKLOG: usize = 1024;

/// What an edge's stream is told.
#[derive(Debug, Clone)]
pub enum Notice {
    /// To pass on.
    Event(FollowEvent),
    /// To end: the edge was revoked.
    Revoked,
}

/// Where edges are told what they must know.
#[derive(Debug)]
pub struct EdgeHub {
    sender: broadcast::Sender<(EdgeId, Notice)>,
    online: Arc<Mutex<HashMap<EdgeId, usize>>>,
    outbox: Outbox,
}

/// An edge's stream: it counts as online for as long as this lives.
#[derive(Debug)]
pub struct Listening {
    /// What all edges are told.
    pub receiver: broadcast::Receiver<(EdgeId, Notice)>,
    edge: EdgeId,
    online: Arc<Mutex<HashMap<EdgeId, usize>>>,
}

impl EdgeHub {
    /// A hub that tells other control planes by `outbox`.
    pub fn new(outbox: Outbox) -> Self {
        Self {
            sender: broadcast::Sender::new(BACKLOG),
            online: Arc::default(),
            outbox,
        }
    }

    /// Tells an edge.
    pub fn tell(&self, edge: EdgeId, event: FollowEvent) {
        // An edge that does not listen learns it when it connects.
        let _ = self.sender.send((edge, Notice::Event(event)));
    }

    /// Ends an edge's streams, here and at other control planes.
    pub fn revoke(&self, edge: EdgeId) {
        self.hear_revoked(edge);
        self.outbox.put(News::EdgeRevoked(edge));
    }

    /// Ends an edge's streams here.
    pub fn hear_revoked(&self, edge: EdgeId) {
        let _ = self.sender.send((edge, Notice::Revoked));
    }

    /// Begins to listen for an edge.
    pub fn listen(&self, edge: EdgeId) -> Listening {
        let receiver = self.sender.subscribe();
        let mut online = self.online.lock().unwrap_or_else(PoisonError::into_inner);
        *online.entry(edge).or_default() += 1;
        drop(online);
        Listening {
            receiver,
            edge,
            online: Arc::clone(&self.online),
        }
    }

    /// Whether an edge listens now.
    pub fn is_online(&self, edge: EdgeId) -> bool {
        let online = self.online.lock().unwrap_or_else(PoisonError::into_inner);
        online.contains_key(&edge)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut online = self.online.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(streams) = online.get_mut(&self.edge) {
            *streams -= 1;
            if *streams == 0 {
                online.remove(&self.edge);
            }
        }
    }
}
