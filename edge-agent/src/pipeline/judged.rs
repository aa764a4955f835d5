//! What is tried as the parser sees it, and an action as the policies see it.

use std::sync::{Arc, LazyLock};

use countersign_ledger::digest;
use countersign_model::{
    ActionId, BindingId, Decision, Effect, Operation, Parameter, RawOperation, ReviewId, SqlFacts,
    SqlOperation, StatementClass, TargetId, Timing,
};
use countersign_policy_engine::FactsKey;

use crate::bundle::Operations;

/// The kind of message in which an action came, as the journal names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// PostgreSQL's simple query.
    Simple,
    /// A prepared statement's text, before anything is bound.
    Parse,
    /// A prepared statement with its bound values.
    Execute,
    /// Data that flows into or out of a COPY.
    Copy,
    /// An HTTP request.
    Http,
    /// A request to a model.
    LlmRequest,
    /// A tool call in a model's answer.
    LlmToolCall,
    /// A request to an MCP server.
    Mcp,
    /// A tool call of an MCP client.
    McpToolCall,
    /// What somebody asks about before they do it themselves.
    Ask,
}

impl Phase {
    /// The phase's name in the journal.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Parse => "parse",
            Self::Execute => "execute",
            Self::Copy => "copy",
            Self::Http => "http",
            Self::LlmRequest => "llm_request",
            Self::LlmToolCall => "llm_tool_call",
            Self::Mcp => "mcp",
            Self::McpToolCall => "mcp_tool_call",
            Self::Ask => "ask",
        }
    }
}

/// A SQL text with its facts, computed once and shared by every session that sends the same text; or
/// one request of another protocol.
#[derive(Debug)]
pub struct Inspected {
    /// The SQL text, or a line that tells people what the request is.
    pub(super) text: Arc<str>,
    /// Of SQL alone; else empty.
    pub(super) facts: Arc<SqlFacts>,
    /// The operation, where it is not SQL.
    pub(super) request: Option<Request>,
    pub(super) class: StatementClass,
    pub(super) side_effects: bool,
    /// What a grant has to allow for it.
    pub(super) needs: Operations,
    pub(super) key: FactsKey,
    pub(super) parse_us: u64,
}

/// An operation that is not SQL.
#[derive(Debug)]
pub(super) struct Request {
    /// As policies see it.
    pub(super) operation: Operation,
    /// As it is recorded.
    pub(super) raw: Arc<RawOperation>,
    /// Exactly what will run; an approval is bound to its digest.
    pub(super) content: RequestContent,
}

/// The exact bytes that will run, part by part, such as method, path, headers and body.
pub type RequestContent = Vec<bytes::Bytes>;

impl Inspected {
    /// An operation other than SQL: a line that tells people what it is, its worst effect, and the
    /// exact bytes that will run, which an approval is bound to.
    #[must_use]
    pub fn request(
        line: &str,
        operation: Operation,
        class: StatementClass,
        content: RequestContent,
        parse_us: u64,
    ) -> Arc<Self> {
        static NO_FACTS: LazyLock<Arc<SqlFacts>> = LazyLock::new(Arc::default);
        Arc::new(Self {
            text: line.into(),
            facts: Arc::clone(&NO_FACTS),
            class,
            side_effects: class.has_side_effects(),
            needs: Operations::needed_for_class(class),
            key: FactsKey::of_operation(&operation),
            parse_us,
            request: Some(Request {
                raw: Arc::new(operation.to_raw()),
                operation,
                content,
            }),
        })
    }

    /// What the policies see of it, with these bound values.
    pub(super) fn operation(&self, parameters: &Arc<[Parameter]>) -> Operation {
        match &self.request {
            Some(request) => request.operation.clone(),
            None => Operation::Sql(SqlOperation {
                text: Arc::clone(&self.text),
                facts: Arc::clone(&self.facts),
                parameters: Arc::clone(parameters),
            }),
        }
    }

    /// The operation's kind, by its name in selectors, manifests and JSON.
    pub(super) fn kind(&self) -> &'static str {
        self.request.as_ref().map_or("sql", |r| r.operation.kind())
    }

    /// What is recorded where it is not SQL.
    pub(super) fn raw(&self) -> Option<&Arc<RawOperation>> {
        self.request.as_ref().map(|request| &request.raw)
    }

    /// The facts to record, where it is SQL.
    pub(super) fn recorded_facts(&self) -> Option<&Arc<SqlFacts>> {
        self.request.is_none().then_some(&self.facts)
    }

    /// SHA-256 over exactly what will run on the target, in hex.
    pub(super) fn digest(&self, target: TargetId, parameters: &[Parameter]) -> String {
        match &self.request {
            Some(request) => digest::request(target, request.operation.kind(), &request.content),
            None => digest::sql_action(target, &self.text, parameters),
        }
    }

    /// The text as the client sent it; exactly this text may be sent on.
    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// What the parser knows of it.
    #[must_use]
    pub fn facts(&self) -> &Arc<SqlFacts> {
        &self.facts
    }

    /// The worst class of its statements.
    #[must_use]
    pub const fn class(&self) -> StatementClass {
        self.class
    }

    /// Whether any of its statements may change something beyond its own session and transaction.
    #[must_use]
    pub const fn has_side_effects(&self) -> bool {
        self.side_effects
    }
}

/// An action with the verdict on it. It is good for one run, under the bundle that judged it.
#[derive(Debug, Clone)]
pub struct Judged {
    pub(super) action_id: ActionId,
    pub(super) phase: Phase,
    pub(super) inspected: Arc<Inspected>,
    pub(super) parameters: Arc<[Parameter]>,
    pub(super) decision: Arc<Decision>,
    /// Bindings whose policies filter the response.
    pub(super) filters: Vec<BindingId>,
    pub(super) reused: bool,
    /// The bundle that judged.
    pub(super) generation: u64,
    pub(super) review_id: Option<ReviewId>,
    pub(super) timing: Timing,
}

impl Judged {
    /// Names the action in every event, review and log line.
    #[must_use]
    pub const fn action_id(&self) -> ActionId {
        self.action_id
    }

    /// What happens to it. After an approval this is what holds now: `Allow` or `Mask`.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self.decision.effect {
            Effect::Review if self.review_id.is_none() => Effect::Review,
            Effect::Review if self.decision.obligations.masks.is_empty() => Effect::Allow,
            Effect::Review => Effect::Mask,
            effect => effect,
        }
    }

    /// The decision with its obligations and every policy's part.
    #[must_use]
    pub const fn decision(&self) -> &Arc<Decision> {
        &self.decision
    }

    /// Whether policies filter the response: see [`super::Session::begin_filters`].
    #[must_use]
    pub const fn is_filtered(&self) -> bool {
        !self.filters.is_empty()
    }

    /// The text and its facts.
    #[must_use]
    pub const fn inspected(&self) -> &Arc<Inspected> {
        &self.inspected
    }

    /// The bound values it was judged with; exactly these may be sent on.
    #[must_use]
    pub const fn parameters(&self) -> &Arc<[Parameter]> {
        &self.parameters
    }

    /// The review that approved it, where one did.
    #[must_use]
    pub const fn review_id(&self) -> Option<ReviewId> {
        self.review_id
    }

    /// The reasons that led to the effect, as one line.
    #[must_use]
    pub fn reasons(&self) -> String {
        self.decision.reasons.join("; ")
    }
}
