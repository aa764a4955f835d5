//! A text as the parser sees it, and an action as the policies see it.

use std::sync::Arc;

use countersign_model::{
    ActionId, BindingId, Decision, Effect, Parameter, ReviewId, SqlFacts, StatementClass, Timing,
};
use countersign_policy_engine::FactsKey;

use crate::bundle::Operations;

/// The message in which an action came, as the journal names it.
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
        }
    }
}

/// A SQL text with its facts, computed once and shared by every session that sends the same text.
#[derive(Debug)]
pub struct Inspected {
    pub(super) text: Arc<str>,
    pub(super) facts: Arc<SqlFacts>,
    pub(super) class: StatementClass,
    pub(super) side_effects: bool,
    /// What a grant has to allow for it.
    pub(super) needs: Operations,
    pub(super) key: FactsKey,
    pub(super) parse_us: u64,
}

impl Inspected {
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
