//! Edges and join tokens, as JSON.

use countersign_model::{EdgeId, EdgeStatus, JoinTokenId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An enrolled edge.
#[derive(Debug, Serialize, ToSchema)]
pub struct Edge {
    /// Which.
    pub id: EdgeId,
    /// Its name.
    pub name: String,
    /// Its Ed25519 public key, base64.
    pub public_key: String,
    /// When it enrolled.
    pub enrolled_at: Timestamp,
    /// When it was revoked: it is refused since.
    pub revoked_at: Option<Timestamp>,
    /// Whether it follows the control plane right now.
    pub online: bool,
    /// When it last said anything.
    pub last_seen_at: Option<Timestamp>,
    /// What it last said of itself.
    pub status: Option<EdgeStatus>,
    /// Its clock against the control plane's, in milliseconds, transport included; positive when it
    /// is ahead.
    pub clock_skew_ms: Option<i64>,
    /// The newest bundle's revision, to compare with `status.bundle_revision`.
    pub newest_revision: u64,
    /// The last journal record that was committed here.
    pub acked_seq: u64,
}

/// A token that enrolls one edge.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateJoinToken {
    /// The edge's name, unless the edge brings its own.
    pub name: String,
    /// Seconds, from 60 to 604,800 (a week); an hour where absent.
    #[schema(minimum = 60, maximum = 604800)]
    pub ttl_seconds: Option<u32>,
}

/// A new join token with its secret.
#[derive(Serialize, ToSchema)]
pub struct IssuedJoinToken {
    /// Which.
    pub id: JoinTokenId,
    /// `csj_…`; carries the control plane's public key too. Shown here alone.
    pub token: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// A join token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct JoinTokenView {
    /// Which.
    pub id: JoinTokenId,
    /// The edge's name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// The edge that used it.
    pub edge_id: Option<EdgeId>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}
