//! What an edge records. Statement text is kept; result rows are not, only their counts. Of
//! HTTP, model and MCP answers what the client got is kept, up to a bound.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    ActionId, CredentialId, Decision, DefaultVerdict, EntityCount, GrantRef, Labels, Parameter,
    Principal, RawOperation, ReviewId, ReviewState, SessionId, SqlFacts, TargetId, Timestamp,
};

/// One journal record: what is hashed, stored and shipped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Event {
    /// Rises by one with every record of an epoch, from 1.
    pub seq: u64,
    /// The edge's clock.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
}

/// An event with its place in the chain, as the control plane shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChainedEvent {
    /// The edge that recorded it.
    pub edge_id: crate::EdgeId,
    /// The journal's epoch.
    pub epoch: u64,
    /// The record.
    #[serde(flatten)]
    pub event: Event,
    /// SHA-256 over the previous record's hash and this record's exact JSON text, in hex.
    pub hash: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventBody {
    /// The edge's process started.
    EdgeStarted {
        /// Its software version.
        version: String,
    },
    /// A bundle became the enforced one.
    BundleActivated {
        /// Its revision.
        revision: u64,
    },
    /// A client signed in.
    SessionOpened(SessionOpened),
    /// A client was turned away at sign-in.
    SignInRefused {
        /// The client's address.
        client: String,
        /// A stable code: `unknown_principal`, `bad_credential`, `unknown_target`, ….
        code: String,
        /// The name it gave, where it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        principal: Option<String>,
    },
    /// What is known of who acts, or on what, changed within a session: from here on actions are
    /// judged by this.
    SessionChanged(SessionChanged),
    /// A session ended.
    SessionClosed(SessionClosed),
    /// An action is about to run: durable before the upstream sees a byte.
    ActionIntent(ActionIntent),
    /// An action that ran has ended. An intent without one means: outcome unknown.
    ActionOutcome(ActionOutcome),
    /// An action that will not run.
    ActionRefused(ActionRefused),
    /// A step of a review.
    Review(ReviewStep),
    /// The client broke the protocol; the connection was closed.
    ProtocolViolation {
        /// The session, when there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_id: Option<SessionId>,
        /// The client's address.
        client: String,
        /// What was wrong, without the client's bytes.
        detail: String,
    },
    /// A tool of an MCP server was seen for the first time and pinned, or is no longer what is pinned.
    ToolDefinitionChanged(ToolDefinitionChanged),
}

impl EventBody {
    /// The session it belongs to.
    #[must_use]
    pub fn session_id(&self) -> Option<SessionId> {
        match self {
            Self::SessionOpened(event) => Some(event.session_id),
            Self::SessionChanged(event) => Some(event.session_id),
            Self::SessionClosed(event) => Some(event.session_id),
            Self::ActionIntent(event) => Some(event.session_id),
            Self::ActionOutcome(event) => Some(event.session_id),
            Self::ActionRefused(event) => Some(event.session_id),
            Self::Review(event) => Some(event.session_id),
            Self::ProtocolViolation { session_id, .. } => *session_id,
            Self::ToolDefinitionChanged(event) => event.session_id,
            Self::EdgeStarted { .. }
            | Self::BundleActivated { .. }
            | Self::SignInRefused { .. } => None,
        }
    }
}

/// A client signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SessionOpened {
    /// The session.
    pub session_id: SessionId,
    /// Who.
    pub principal: Principal,
    /// With which credential.
    pub credential_id: CredentialId,
    /// To what.
    pub target_id: TargetId,
    /// The target's name.
    pub target: String,
    /// The target's labels at that time.
    #[serde(default)]
    pub labels: Labels,
    /// What happened at that time where no policy took a side.
    #[serde(default)]
    pub default_verdict: DefaultVerdict,
    /// `postgres`.
    pub protocol: String,
    /// The client's address.
    pub client: String,
    /// What the client calls itself (`application_name`), where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Whether the client's connection is encrypted.
    pub tls: bool,
    /// Under which grant, where it is under one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Arc<GrantRef>>,
}

/// What is known of who acts, or on what, changed within a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SessionChanged {
    /// The session.
    pub session_id: SessionId,
    /// Who, as of now.
    pub principal: Principal,
    /// The target's name, as of now.
    pub target: String,
    /// The target's labels, as of now.
    #[serde(default)]
    pub labels: Labels,
    /// What happens from now on where no policy takes a side.
    #[serde(default)]
    pub default_verdict: DefaultVerdict,
    /// Under which grant, where it is under one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Arc<GrantRef>>,
}

/// A session ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SessionClosed {
    /// The session.
    pub session_id: SessionId,
    /// `client_closed`, `upstream_closed`, `protocol_violation`, `revoked`, `shutdown`, ….
    pub reason: String,
    /// Under which grant, where it is under one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Arc<GrantRef>>,
}

/// What exactly was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RecordedOperation {
    /// Of SQL `simple`, `parse`, `execute`, `copy`; else `http`, `llm_request`, `llm_tool_call`,
    /// `mcp`, `mcp_tool_call`, `ask`.
    pub phase: String,
    /// The SQL text as the client sent it; of anything else a line for people.
    pub text: Arc<str>,
    /// The bound values.
    #[serde(default, skip_serializing_if = "<[Parameter]>::is_empty")]
    #[schema(value_type = Vec<Parameter>)]
    pub parameters: Arc<[Parameter]>,
    /// What the parser knows of it; absent where it could not be parsed or stands in `same_as`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Arc<SqlFacts>>,
    /// The operation, where it is not SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Arc<RawOperation>>,
}

/// Tokens, as the model's provider counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct TokenUsage {
    /// Of the prompt, those from the provider's cache included.
    pub input: u64,
    /// Of the answer.
    pub output: u64,
    /// Of the prompt's those that came from the provider's cache.
    pub cached: u64,
}

/// What came back, as the client got it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct RecordedResponse {
    /// The HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body where it is text, masked; of a streamed answer the whole text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Arc<str>>,
    /// Whether the body is longer than what is kept of it.
    pub truncated: bool,
    /// What the provider counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<TokenUsage>,
    /// The model that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The tool calls in the answer, each an action of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ActionId>,
}

/// A decision in full, or a reference to an earlier action of the same session with the same facts
/// and the same decision, so that a thousand equal statements do not record it a thousand times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionRecord {
    /// In full.
    Full(Arc<Decision>),
    /// The decision and the facts of that action.
    SameAs(ActionId),
}

/// Microseconds by step; absent steps were not reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Timing {
    /// Parsing the text into facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parse_us: Option<u64>,
    /// Judging.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge_us: Option<u64>,
    /// Waiting for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_us: Option<u64>,
    /// Making the intent durable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal_us: Option<u64>,
    /// From the upstream's first byte sent to its last byte answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream_us: Option<u64>,
}

/// An action is about to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ActionIntent {
    /// The session.
    pub session_id: SessionId,
    /// The action.
    pub action_id: ActionId,
    /// What will run.
    pub operation: RecordedOperation,
    /// Why it may.
    pub decision: DecisionRecord,
    /// The review that approved it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_id: Option<ReviewId>,
    /// How long it took so far.
    #[serde(default)]
    pub timing: Timing,
    /// Under which grant, where it is under one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Arc<GrantRef>>,
}

/// How an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeStatus {
    /// The server completed it.
    Completed,
    /// The server answered with an error.
    Failed,
    /// The edge stopped it at a limit.
    Limited,
    /// The connection broke before the server had answered.
    Interrupted,
}

/// What was masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MaskedCount {
    /// The result column's label; empty outside rows.
    pub column: String,
    /// The entity, or `COLUMN` for a mask by origin.
    pub entity: String,
    /// Values masked.
    pub count: u64,
}

/// An action that ran has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ActionOutcome {
    /// The session.
    pub session_id: SessionId,
    /// The action.
    pub action_id: ActionId,
    /// How it ended.
    pub status: OutcomeStatus,
    /// Rows returned to the client.
    #[serde(default)]
    pub rows: u64,
    /// Bytes of rows returned to the client.
    #[serde(default)]
    pub bytes: u64,
    /// The server's command tags (`DELETE 3`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The server's SQLSTATE, when it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<String>,
    /// What was masked, by column and entity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<MaskedCount>,
    /// What the detectors saw and no policy asked to mask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<EntityCount>,
    /// How long it took.
    #[serde(default)]
    pub timing: Timing,
    /// Under which grant, where it is under one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Arc<GrantRef>>,
    /// What came back, where it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Arc<RecordedResponse>>,
}

/// An action that will not run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ActionRefused {
    /// The session.
    pub session_id: SessionId,
    /// The action.
    pub action_id: ActionId,
    /// What was tried.
    pub operation: RecordedOperation,
    /// `denied`, `unparseable`, `review_denied`, `review_expired`, `review_unavailable`,
    /// `journal_unavailable`, `bundle_expired`, `not_enforceable`, ….
    pub code: String,
    /// In words, as the client was told.
    pub reason: String,
    /// The decision, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionRecord>,
    /// The review that did not approve it, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_id: Option<ReviewId>,
    /// How long it took so far.
    #[serde(default)]
    pub timing: Timing,
    /// Under which grant, where it is under one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Arc<GrantRef>>,
}

/// A step of a review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReviewStep {
    /// The session.
    pub session_id: SessionId,
    /// The action that is held.
    pub action_id: ActionId,
    /// The review.
    pub review_id: ReviewId,
    /// Its state after the step.
    pub state: ReviewState,
    /// SHA-256 over the exact bytes that will run, in hex.
    pub digest: String,
    /// What is held, with the first step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<RecordedOperation>,
    /// The decision that holds it, with the first step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Arc<Decision>>,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Their comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Under which grant, where it is under one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Arc<GrantRef>>,
}

/// A tool's definition, as an MCP server gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ToolDefinition {
    /// SHA-256 over its canonical form, in lower-case hex.
    pub digest: String,
    /// Its canonical JSON text, cut where it is very long.
    pub text: Arc<str>,
}

/// A tool of an MCP server was seen for the first time and pinned, or is no longer what is pinned:
/// then it is left out of lists and its calls are denied until a person accepts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ToolDefinitionChanged {
    /// The session in which it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The target.
    pub target_id: TargetId,
    /// The target's name.
    pub target: String,
    /// The server, by the operator's name for it.
    pub server: String,
    /// The tool, by the server's name for it.
    pub tool: String,
    /// What is pinned; absent where the tool was seen for the first time, and `after` pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ToolDefinition>,
    /// What the server gives now.
    pub after: ToolDefinition,
}
