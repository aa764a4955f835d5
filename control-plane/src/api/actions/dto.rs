//! An action explained, as JSON.

use countersign_model::{
    ActionId, ActionOutcome, BindingId, ChainedEvent, Decision, EdgeId, HostCall, Parameter,
    PolicyVerdict, Principal, RawOperation, ReviewId, SessionId, SqlFacts, Stage, Target,
    Timestamp, Timing,
};
use serde::Serialize;
use utoipa::ToSchema;

/// An action: who, where, what, what was decided, by whom and why, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedAction {
    /// Which.
    pub action_id: ActionId,
    /// Its session.
    pub session_id: SessionId,
    /// The edge that judged it.
    pub edge: ExplainedEdge,
    /// When it was recorded first.
    pub at: Timestamp,
    /// Who, as of then.
    pub principal: Principal,
    /// On what, as of then.
    pub target: Target,
    /// What exactly was tried; null where the record does not say.
    pub operation: Option<ExplainedOperation>,
    /// What the parser knew of it; null where it could not be parsed.
    pub facts: Option<SqlFacts>,
    /// The decision, of a held action the one that held it; null where it was refused before it was
    /// judged.
    pub decision: Option<Decision>,
    /// The earlier action of the session in whose record decision and facts stand.
    pub same_as: Option<ActionId>,
    /// Each bound policy's part, in the order of evaluation.
    pub policies: Vec<ExplainedPolicy>,
    /// Microseconds by step, over all of its records.
    pub timing: Timing,
    /// The review that it went through.
    pub review_id: Option<ReviewId>,
    /// Why it did not run, where it did not.
    pub refused: Option<ExplainedRefusal>,
    /// How it ended; null where it did not run, still runs, or its end is unknown.
    pub outcome: Option<ActionOutcome>,
    /// Its records, in order, the review's steps among them.
    pub events: Vec<ChainedEvent>,
}

/// An edge by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedEdge {
    /// Which.
    pub id: EdgeId,
    /// Its name.
    pub name: String,
}

/// What exactly was tried.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedOperation {
    /// Of SQL `simple`, `parse`, `execute`, `copy`; else `http`, `llm_request`, `llm_tool_call`,
    /// `mcp`, `mcp_tool_call`, `ask`.
    pub phase: String,
    /// The SQL text as the client sent it; of anything else a line for people.
    pub text: String,
    /// The bound values.
    pub parameters: Vec<Parameter>,
    /// The operation, where it is not SQL.
    pub request: Option<RawOperation>,
}

/// One bound policy's part.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedPolicy {
    /// The binding.
    pub binding: BindingId,
    /// The policy's name.
    pub policy: String,
    /// The version, as people count it.
    pub version: u32,
    /// The version's digest.
    pub digest: String,
    /// Whether it was obeyed: `canary` and `enforced` are.
    pub stage: Stage,
    /// Its settings then; null where no policy set of that time is kept.
    #[schema(value_type = Option<Object>)]
    pub settings: Option<serde_json::Value>,
    /// What it said, or why it could not.
    pub verdict: PolicyVerdict,
    /// Why, where it gave a reason.
    pub reason: Option<String>,
    /// What it asked the host, its log lines included.
    pub host_calls: Vec<HostCall>,
    /// Microseconds; 0 when its verdict was known from equal facts.
    pub micros: u32,
}

/// Why an action did not run.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedRefusal {
    /// Stable, for programs: `denied`, `review_denied`, ….
    pub code: String,
    /// As the client was told.
    pub reason: String,
}
