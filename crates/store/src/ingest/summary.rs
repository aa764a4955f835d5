//! What a batch adds to its sessions.

use std::collections::{BTreeMap, HashSet};

use countersign_model::{
    ActionId, Event, EventBody, OutcomeStatus, ReviewState, SessionId, SessionOpened, Timestamp,
    ToolDefinitionChanged,
};

use super::glance::Glance;
use crate::{SessionCounts, TokenSums, session_snapshots::NewSnapshot, usage::UsageKey};

/// Why a session ended that its edge could not close.
pub const EDGE_RESTARTED: &str = "edge_restarted";

/// What a batch adds to its sessions.
#[derive(Debug, Default)]
pub struct Summary {
    /// By session, in the order of their ids.
    pub sessions: BTreeMap<SessionId, SessionDelta>,
    /// Actions that were held: an outcome does not say that its action was.
    pub held: BTreeMap<ActionId, SessionId>,
    /// Actions with at least one masked value.
    pub masked: Vec<(SessionId, ActionId)>,
    /// Who acted from which record on, and on what.
    pub snapshots: Vec<NewSnapshot>,
    /// When the edge's process last started, if it did: sessions from before have ended with it.
    pub restarted_at: Option<Timestamp>,
    /// Tools of MCP servers that were seen first, or changed.
    pub tools: Vec<(ToolDefinitionChanged, Timestamp)>,
}

/// What a batch adds to one session.
#[derive(Debug, Default)]
pub struct SessionDelta {
    /// How it began, if it did.
    pub opened: Option<(SessionOpened, Timestamp)>,
    /// Why and when it ended, if it did.
    pub closed: Option<(String, Timestamp)>,
    /// Its last event.
    pub last_event_at: Option<Timestamp>,
    /// What happened.
    pub counts: SessionCounts,
    /// Tokens of models.
    pub usage: BTreeMap<UsageKey, TokenSums>,
}

impl Summary {
    /// Adds a record. Opening, changing and closing events are rare and read whole.
    pub fn add(&mut self, glance: &Glance<'_>, record: &str) -> Result<(), serde_json::Error> {
        if glance.kind == "edge_started" {
            self.restart(glance.at);
        }
        if glance.kind == "tool_definition_changed" {
            let event: Event = serde_json::from_str(record)?;
            if let EventBody::ToolDefinitionChanged(tool) = event.body {
                self.tools.push((tool, glance.at));
            }
        }
        let Some(session_id) = glance.session_id else {
            return Ok(());
        };
        let session = self.sessions.entry(session_id).or_default();
        session.last_event_at = Some(glance.at);
        let counts = &mut session.counts;
        match glance.kind {
            "session_opened" | "session_changed" | "session_closed" => {
                let event: Event = serde_json::from_str(record)?;
                self.snapshots.extend(NewSnapshot::of(&event));
                match event.body {
                    EventBody::SessionOpened(opened) => session.opened = Some((opened, glance.at)),
                    EventBody::SessionClosed(closed) => {
                        session.closed = Some((closed.reason, glance.at));
                    }
                    _ => {}
                }
            }
            // One that a review let through was counted when it was held.
            "action_intent" if glance.review_id.is_none() => {
                counts.actions += 1;
                counts.allowed += 1;
            }
            "action_refused" if glance.review_id.is_none() => {
                counts.actions += 1;
                counts.denied += 1;
            }
            "review" => {
                if glance.state == Some(ReviewState::Pending) {
                    counts.actions += 1;
                    counts.held += 1;
                }
                let action = glance.action_id;
                self.held.extend(action.map(|action| (action, session_id)));
            }
            "action_outcome" => {
                counts.failed += u64::from(glance.status == Some(OutcomeStatus::Failed));
                counts.rows = counts.rows.saturating_add(glance.rows);
                let masked = glance.masked.iter().map(|masked| masked.count).sum::<u64>();
                counts.masked_values = counts.masked_values.saturating_add(masked);
                if let Some(response) = &glance.response
                    && let Some(usage) = response.usage
                {
                    let grant = glance.grant.as_ref().map(|grant| grant.id);
                    let key = UsageKey::new(glance.at, response.model.as_deref(), grant);
                    session.usage.entry(key).or_default().add(usage);
                }
                let action = glance.action_id.filter(|_| masked > 0);
                self.masked
                    .extend(action.map(|action| (session_id, action)));
            }
            _ => {}
        }
        Ok(())
    }

    /// A process that was killed closed none of its sessions.
    fn restart(&mut self, at: Timestamp) {
        self.restarted_at = Some(at);
        for session in self.sessions.values_mut() {
            if session.closed.is_none() {
                session.closed = Some((EDGE_RESTARTED.to_owned(), at));
            }
        }
    }

    /// How many actions of each session ran with masks and were not held: they were counted as
    /// allowed when they began.
    pub fn masked_by_session(&self, held_earlier: &HashSet<ActionId>) -> BTreeMap<SessionId, u64> {
        let mut by_session = BTreeMap::new();
        for (session, action) in &self.masked {
            if !self.held.contains_key(action) && !held_earlier.contains(action) {
                *by_session.entry(*session).or_default() += 1;
            }
        }
        by_session
    }

    /// Every session with a record in the batch.
    pub fn session_ids(&self) -> Vec<SessionId> {
        self.sessions.keys().copied().collect()
    }
}
