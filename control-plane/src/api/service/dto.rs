//! What changed, as JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Something changed: what a screen shows of it is out of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveMessage {
    /// A review.
    Review {
        /// Which.
        id: Uuid,
    },
    /// A session, or its events.
    Session {
        /// Which.
        id: Uuid,
    },
    /// An edge, or its status.
    Edge {
        /// Which.
        id: Uuid,
    },
    /// A policy.
    Policy {
        /// Which.
        id: Uuid,
    },
    /// A binding.
    Binding {
        /// Which.
        id: Uuid,
    },
    /// A target.
    Target {
        /// Which.
        id: Uuid,
    },
    /// A principal.
    Principal {
        /// Which.
        id: Uuid,
    },
    /// A lock: it was set, was lifted, or expired.
    Lock {
        /// Which.
        id: Uuid,
    },
    /// A grant, or a request for one.
    Grant {
        /// Which.
        id: Uuid,
    },
    /// An admin took a grant without anybody's approval: people must see it.
    BreakGlass {
        /// The grant.
        id: Uuid,
    },
    /// A replay: it came further, or has ended.
    Replay {
        /// Which.
        id: Uuid,
    },
    /// A person.
    User {
        /// Which.
        id: Uuid,
    },
    /// A change of what is enforced.
    PolicyChange {
        /// Which.
        id: Uuid,
    },
    /// A data document.
    Document {
        /// Which.
        id: Uuid,
    },
    /// A change that people must see: a canary was taken back.
    Alert {
        /// The change.
        id: Uuid,
    },
    /// More than the stream could carry: everything may be out of date.
    Reset,
}

impl LiveMessage {
    /// Whether members are told of it, who read nothing but what is their own.
    pub const fn is_for_members(self) -> bool {
        matches!(self, Self::Grant { .. } | Self::Reset)
    }
}
