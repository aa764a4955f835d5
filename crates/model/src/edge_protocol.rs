//! What edges and the control plane say to each other: plain JSON over HTTPS and server-sent events.

use serde::{Deserialize, Serialize};

use crate::{
    BindingId, Decision, EdgeId, KeyHandover, Parameter, Principal, ReviewDecision, ReviewId,
    ReviewState, SessionId, SqlFacts, Stage, TargetId, Timestamp,
};

/// `POST /api/v1/edge/enroll`: a new edge shows its join token and its public key.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrollRequest {
    /// The single-use token. It also carries the control plane's key, which the edge pins.
    pub join_token: String,
    /// The edge's Ed25519 public key, base64.
    pub public_key: String,
    /// A name for people; the join token's where absent.
    #[serde(default)]
    pub name: Option<String>,
    /// The edge's software version.
    pub version: String,
}

/// The answer to `enroll`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EnrollResponse {
    /// The edge's id, the subject of its tokens.
    pub edge_id: EdgeId,
    /// Its name.
    pub name: String,
    /// The control plane's Ed25519 public key, base64; must be the pinned one, or what it handed
    /// over to.
    pub control_plane_key: String,
    /// How that key came to be the one, oldest first: the pinned one may be an earlier one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handovers: Vec<KeyHandover>,
}

/// `POST /api/v1/edge/rotate-key`: a fresh key in the place of the one that signs the request.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateKeyRequest {
    /// The new Ed25519 public key, base64.
    pub public_key: String,
    /// The new key's signature (RFC 8032) over `countersign-edge-key-v1\n`, the edge's id, a line
    /// break and the new key as above; base64.
    pub proof: String,
}

/// Which start of its data folder an edge is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EdgeInstance {
    /// Made anew with each start.
    pub id: String,
    /// Counts the starts of the folder: a copy of it, or an older one, comes to a number that was
    /// used before.
    pub generation: u64,
}

/// One message of `GET /api/v1/edge/follow` (SSE `data:`; the SSE event's name is the tag).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FollowEvent {
    /// The newest bundle's revision; the edge fetches it when it is higher than its own.
    Bundle {
        /// The revision.
        revision: u64,
    },
    /// A review that this edge asked for was decided, or ended by itself.
    Review {
        /// Which.
        review_id: ReviewId,
        /// Its state now.
        state: ReviewState,
        /// Who decided last, for the journal and the client.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decided_by: Option<String>,
        /// Their comment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
    /// Says that the stream is alive, and what time the control plane has.
    Ping {
        /// The control plane's clock.
        at: Timestamp,
    },
}

/// `POST /api/v1/edge/reviews`: an action is held. Idempotent by `id`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReviewRequest {
    /// Chosen by the edge.
    pub id: ReviewId,
    /// The action that is held.
    pub action_id: crate::ActionId,
    /// Its session.
    pub session_id: SessionId,
    /// Who asks.
    pub principal: Principal,
    /// On what.
    pub target_id: TargetId,
    /// The target's name.
    pub target: String,
    /// The target's labels.
    pub labels: crate::Labels,
    /// The exact SQL text that will run; of anything else a line for people.
    pub text: String,
    /// The exact bound values.
    pub parameters: Vec<Parameter>,
    /// SHA-256 over the exact bytes that will run, in hex.
    pub digest: String,
    /// What the parser knows of it; empty where it is not SQL.
    pub facts: SqlFacts,
    /// The operation, where it is not SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<std::sync::Arc<crate::RawOperation>>,
    /// Its worst effect; that of `facts` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<crate::StatementClass>,
    /// Under which grant, where it is under one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<std::sync::Arc<crate::GrantRef>>,
    /// Why it is held, by whom it may be decided.
    pub decision: Decision,
    /// When the edge held it.
    pub requested_at: Timestamp,
    /// When it expires undecided.
    pub expires_at: Timestamp,
}

/// The answer to a held action, to its withdrawal and to its use
/// (`POST /api/v1/edge/reviews/{id}/withdraw`, `…/use`).
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReviewResponse {
    /// Which.
    pub id: ReviewId,
    /// Its state now. `use` answers `used` to exactly one caller; to any other it is a 409.
    pub state: ReviewState,
    /// Its last decision, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<ReviewDecision>,
}

/// `POST /api/v1/edge/events`: consecutive journal records, oldest first.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventBatch {
    /// The journal's epoch: a new one begins only when a journal is started afresh.
    pub epoch: u64,
    /// Sequence number of the first record.
    pub first_seq: u64,
    /// Chain hash before the first record, in hex; 64 zeros before the very first.
    pub prev_hash: String,
    /// The records, each the exact JSON text that was hashed (an `Event`).
    pub records: Vec<String>,
}

/// The answer to `events`: everything up to and including `acked_seq` is committed.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventAck {
    /// The epoch.
    pub epoch: u64,
    /// The last committed sequence number; the edge goes on with the next one.
    pub acked_seq: u64,
}

impl ReviewRequest {
    /// What kind of operation is held, by its name in selectors, manifests and JSON.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        let request = self.request.as_deref();
        request.map_or("sql", crate::RawOperation::kind)
    }

    /// The worst effect of what is held.
    #[must_use]
    pub fn class(&self) -> crate::StatementClass {
        self.class.unwrap_or_else(|| self.facts.class())
    }
}

/// How far an edge is with a binding's version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicyReadiness {
    /// It runs.
    #[default]
    Ready,
    /// It is being fetched or compiled; the version before it runs on, where there was one.
    Preparing,
    /// It does not run, for the reason in `error`; the version before it runs on, where there was
    /// one.
    Failed,
}

/// What verdicts a policy gave, since the edge started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct VerdictCounts {
    /// Nothing to say, or conditions alone.
    pub abstain: u64,
    /// Allowed.
    pub allow: u64,
    /// Held.
    pub review: u64,
    /// Refused.
    pub deny: u64,
    /// Could not say: refused.
    pub failed: u64,
}

/// What a canary said where it was obeyed, beside what the binding it replaces said of the same
/// actions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CanaryCounts {
    /// The canary's verdicts where it was obeyed.
    pub canary: VerdictCounts,
    /// The replaced binding's verdicts on the same actions.
    pub baseline: VerdictCounts,
}

/// One binding as an edge runs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BoundPolicyStatus {
    /// Which.
    pub binding_id: BindingId,
    /// The policy's name.
    pub policy: String,
    /// The version that runs.
    pub version: u32,
    /// The version's digest.
    pub digest: String,
    /// Its stage in the bundle.
    pub stage: Stage,
    /// Whether the bundle's version is the one that runs.
    #[serde(default)]
    pub readiness: PolicyReadiness,
    /// The bundle's version, where another one still runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted_version: Option<u32>,
    /// Decisions since the edge started.
    pub decisions: u64,
    /// Traps, deadlines and limits since the edge started.
    pub failures: u64,
    /// The last failure in words, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<String>,
    /// Its verdicts since the edge started.
    #[serde(default)]
    pub verdicts: VerdictCounts,
    /// Of a canary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<CanaryCounts>,
    /// Microseconds that half of the latest decisions took at most; 0 for none, or none that asked
    /// the policy.
    #[serde(default)]
    pub p50_us: u32,
    /// Microseconds that 99 of 100 of the latest decisions took at most.
    #[serde(default)]
    pub p99_us: u32,
    /// Why the bundle's version could not be loaded, where it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// `POST /api/v1/edge/status`, every few seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EdgeStatus {
    /// The edge's software version.
    pub version: String,
    /// When the process started.
    pub started_at: Timestamp,
    /// Which start of its data folder it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<EdgeInstance>,
    /// The edge's clock when it sent this.
    pub at: Timestamp,
    /// The bundle it enforces; 0 for none.
    pub bundle_revision: u64,
    /// Why the newest bundle it was offered is not the one it enforces, while that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle_error: Option<String>,
    /// What it runs.
    pub policies: Vec<BoundPolicyStatus>,
    /// Targets for which it has an upstream, by name.
    pub targets: Vec<String>,
    /// Addresses it listens on.
    pub listeners: Vec<String>,
    /// Open sessions.
    pub sessions: u64,
    /// Journal records that are not acknowledged yet.
    pub spool_records: u64,
    /// Their bytes.
    pub spool_bytes: u64,
    /// Why the journal cannot write, while it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal_error: Option<String>,
    /// Resident memory in bytes.
    pub resident_bytes: u64,
}
