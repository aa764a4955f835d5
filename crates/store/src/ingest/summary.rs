//! What a batch adds to its sessions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use countersign_model::{
    ActionId, Effect, Event, EventBody, OutcomeStatus, ReviewState, SessionId, SessionOpened,
    Timestamp,
};

use super::glance::Glance;
use crate::SessionCounts;

/// What a batch adds to its sessions.
#[derive(Debug, Default)]
pub struct Summary {
    /// By session, in the order of their ids.
    pub sessions: BTreeMap<SessionId, SessionDelta>,
    /// Effects of decisions that are recorded in full: later actions may refer to them.
    pub decisions: HashMap<ActionId, (SessionId, Effect)>,
    /// Actions whose decision is that of an action in an earlier batch.
    pub unresolved: Vec<(SessionId, ActionId)>,
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
}

impl Summary {
    /// Adds a record. Opening and closing events are rare and read whole.
    pub fn add(&mut self, glance: &Glance<'_>, record: &str) -> Result<(), serde_json::Error> {
        let Some(session_id) = glance.session_id else {
            return Ok(());
        };
        let session = self.sessions.entry(session_id).or_default();
        session.last_event_at = Some(glance.at);
        let counts = &mut session.counts;
        match glance.kind {
            "session_opened" | "session_closed" => {
                match serde_json::from_str::<Event>(record)?.body {
                    EventBody::SessionOpened(opened) => session.opened = Some((opened, glance.at)),
                    EventBody::SessionClosed(closed) => {
                        session.closed = Some((closed.reason, glance.at));
                    }
                    _ => {}
                }
            }
            "action_intent" => self.add_intent(session_id, glance),
            "action_refused" if glance.review_id.is_none() => {
                counts.actions += 1;
                counts.denied += 1;
            }
            "review" if glance.state == Some(ReviewState::Pending) => {
                counts.actions += 1;
                counts.held += 1;
            }
            "action_outcome" => {
                counts.failed += u64::from(glance.status == Some(OutcomeStatus::Failed));
                counts.rows = counts.rows.saturating_add(glance.rows);
                let masked = glance.masked.iter().map(|masked| masked.count).sum::<u64>();
                counts.masked_values = counts.masked_values.saturating_add(masked);
            }
            _ => {}
        }
        Ok(())
    }

    /// An action that a review let through was counted when it was held.
    fn add_intent(&mut self, session_id: SessionId, glance: &Glance<'_>) {
        if glance.review_id.is_some() {
            return;
        }
        let Some(decision) = &glance.decision else {
            return self.count(session_id, Effect::Allow);
        };
        match (&decision.full, decision.same_as, glance.action_id) {
            (Some(full), _, Some(action)) => {
                self.decisions.insert(action, (session_id, full.effect));
                self.count(session_id, full.effect);
            }
            (Some(full), _, None) => self.count(session_id, full.effect),
            (None, Some(other), _) => match self.decisions.get(&other) {
                Some(&(_, effect)) => self.count(session_id, effect),
                None => self.unresolved.push((session_id, other)),
            },
            (None, None, _) => self.count(session_id, Effect::Allow),
        }
    }

    /// Counts an action that ran.
    pub fn count(&mut self, session_id: SessionId, effect: Effect) {
        let counts = &mut self.sessions.entry(session_id).or_default().counts;
        counts.actions += 1;
        match effect {
            Effect::Mask => counts.masked += 1,
            // What ran was allowed, whatever else its record says.
            Effect::Allow | Effect::Review | Effect::Deny => counts.allowed += 1,
        }
    }

    /// Counts what refers to earlier batches, once their effects are known; an action that cannot
    /// be found ran all the same.
    pub fn resolve(&self, effects: &HashMap<ActionId, Effect>) -> Vec<(SessionId, Effect)> {
        self.unresolved
            .iter()
            .map(|(session, action)| {
                let effect = effects.get(action).copied().unwrap_or(Effect::Allow);
                (*session, effect)
            })
            .collect()
    }

    /// The earlier actions that this batch refers to.
    pub fn references(&self) -> BTreeSet<ActionId> {
        self.unresolved.iter().map(|(_, action)| *action).collect()
    }

    /// Every session with a record in the batch.
    pub fn session_ids(&self) -> Vec<SessionId> {
        self.sessions.keys().copied().collect()
    }
}
