//! Recorded sessions and events, as JSON.

use countersign_model::{
    CredentialId, EdgeId, Effect, GrantId, GrantRef, Labels, Principal, ReviewId, SessionId,
    TargetId, TargetKind, Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::usage::dto::UsageTotal;

/// One client connection, from sign-in to close.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionSummary {
    /// Which.
    pub id: SessionId,
    /// The edge that served it.
    pub edge_id: EdgeId,
    /// Its name.
    pub edge: String,
    /// Who.
    pub principal: Principal,
    /// To what.
    pub target_id: TargetId,
    /// The target's name.
    pub target: String,
    /// The target's labels at that time.
    pub labels: Labels,
    /// The kind of the target, such as `postgres`.
    pub protocol: String,
    /// The client's address.
    pub client: String,
    /// What the client calls itself.
    pub application: Option<String>,
    /// Whether the client's connection is encrypted.
    pub tls: bool,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it ended; null while it is open.
    pub closed_at: Option<Timestamp>,
    /// Why it ended.
    pub close_reason: Option<String>,
    /// Its last event.
    pub last_event_at: Timestamp,
    /// The grant under which it began.
    pub grant: Option<GrantRef>,
    /// What happened in it.
    pub counts: SessionCounts,
}

/// What happened in a session, in numbers.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct SessionCounts {
    /// Actions tried; each is one of allowed, masked, held or denied.
    pub actions: u64,
    /// Ran, and nothing that came back was masked.
    pub allowed: u64,
    /// Ran, and at least one value that came back was masked.
    pub masked: u64,
    /// Held for people, however that ended.
    pub held: u64,
    /// Refused without asking people.
    pub denied: u64,
    /// Ran, and the server answered with an error.
    pub failed: u64,
    /// Rows returned.
    pub rows: u64,
    /// Values masked.
    pub masked_values: u64,
}

/// A session with what a list leaves out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    /// The session.
    #[serde(flatten)]
    pub summary: SessionSummary,
    /// The credential that opened it.
    pub credential_id: CredentialId,
    /// Reviews of its actions, oldest first.
    pub reviews: Vec<ReviewId>,
    /// Tokens by the model that answered, the most first.
    pub usage: Vec<UsageTotal>,
}

/// Which sessions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct SessionFilter {
    /// The principal's name.
    pub principal: Option<String>,
    /// The target's name.
    pub target: Option<String>,
    /// The kind of the target, such as `openai`.
    pub kind: Option<TargetKind>,
    /// Only those with at least one action that ended so.
    pub effect: Option<Effect>,
    /// Only open ones, or only closed ones.
    pub open: Option<bool>,
    /// Only those that began at or after this time.
    pub since: Option<Timestamp>,
    /// Only those that began under this grant.
    pub grant: Option<GrantId>,
    /// Only those whose principal, target, application or client contains this, ignoring case.
    pub q: Option<String>,
}

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// The edge that recorded them; the only one where absent.
    pub edge_id: Option<EdgeId>,
    /// The journal's epoch; the newest where absent.
    pub epoch: Option<u64>,
    /// Only those behind this sequence number.
    pub after: Option<u64>,
}
