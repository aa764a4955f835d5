//! What a policy did lately, as JSON.

use countersign_model::{BindingId, EdgeId, PolicyReadiness, Stage, Timestamp, VerdictCounts};
use serde::Serialize;
use utoipa::ToSchema;

/// What a policy did lately.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyActivity {
    /// The last 60 minutes, oldest first; the last one still runs. Counted since the control plane
    /// started.
    pub per_minute: Vec<ActivityMinute>,
    /// Microseconds that half of its latest decisions took at most: the median of its edges; 0
    /// where none asked it.
    pub p50_us: u32,
    /// Microseconds that 99 of 100 of its latest decisions took at most, on the slowest edge.
    pub p99_us: u32,
    /// Failures since the edges started.
    pub failures: u64,
    /// The last failure in words, of any edge.
    pub last_failure: Option<String>,
    /// How far each edge is with each of the policy's bindings.
    pub edges: Vec<EdgeReadiness>,
}

/// A minute's decisions by verdict.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityMinute {
    /// When it began.
    pub at: Timestamp,
    /// The decisions.
    #[serde(flatten)]
    pub counts: VerdictCounts,
}

/// How far an edge is with a binding.
#[derive(Debug, Serialize, ToSchema)]
pub struct EdgeReadiness {
    /// The edge.
    pub edge_id: EdgeId,
    /// Its name.
    pub edge: String,
    /// The binding.
    pub binding_id: BindingId,
    /// Its stage.
    pub stage: Stage,
    /// Whether the bound version is the one that runs.
    pub readiness: PolicyReadiness,
    /// The version that runs.
    pub version: u32,
    /// The bound version, where another one still runs.
    pub wanted_version: Option<u32>,
    /// Decisions since the edge started.
    pub decisions: u64,
    /// Why the bound version does not run.
    pub error: Option<String>,
    /// When the edge said so.
    pub reported_at: Timestamp,
}
