//! The record before the first byte: what will run, and why it may.

use std::{sync::Arc, time::Instant};

use countersign_model::{ActionId, Decision, Effect, SqlFacts};

use super::{
    Judged, Outcome, Refusal, Running, Session, code, micros,
    record::{self, DecisionRef, Intent, Record},
};

/// Decisions a session may refer back to. A session with more starts recording them in full again.
const MAX_RECORDED: usize = 64;

/// Decisions of a session that stand in full in the journal. A thousand equal statements refer to the
/// first one, and so do a thousand prompts of which the policies say the same.
#[derive(Default)]
pub(super) struct RecordedDecisions(Vec<Recorded>);

struct Recorded {
    decision: Arc<Decision>,
    facts: Arc<SqlFacts>,
    action: ActionId,
}

impl RecordedDecisions {
    /// The earlier action of this session that stands in full with the same facts and decision.
    pub(super) fn of(&self, judged: &Judged) -> Option<ActionId> {
        let same = |recorded: &&Recorded| {
            let facts = &judged.inspected.facts;
            recorded.is_of(judged)
                && (Arc::ptr_eq(&recorded.facts, facts) || recorded.facts == *facts)
        };
        // The latest first: it is the likeliest.
        self.0
            .iter()
            .rev()
            .find(same)
            .map(|recorded| recorded.action)
    }

    fn add(&mut self, judged: &Judged) {
        if self.0.len() >= MAX_RECORDED {
            self.0.clear();
        }
        self.0.push(Recorded {
            decision: Arc::clone(&judged.decision),
            facts: Arc::clone(&judged.inspected.facts),
            action: judged.action_id,
        });
    }
}

impl Recorded {
    /// Whether it tells the same decision. One that the session was given before is that one or none.
    fn is_of(&self, judged: &Judged) -> bool {
        let decision = &judged.decision;
        Arc::ptr_eq(&self.decision, decision)
            || (!judged.reused && self.decision.tells_as(decision))
    }
}

impl Session {
    /// Makes the intent durable; only then may the action be sent. Reads are written (they survive
    /// the process), side effects and approved actions are synced (they survive the power supply).
    /// Reads never wait for the disk.
    ///
    /// # Errors
    /// `verdict_outdated` when the bundle has changed or the verdict does not let it run, and
    /// `journal_unavailable`.
    pub async fn record_intent(&mut self, judged: &Judged) -> Result<Running, Refusal> {
        if !self.is_current(judged) {
            let reason = "the policies changed while this was on its way; try again";
            return Err(self.refuse(judged, code::VERDICT_OUTDATED, reason.to_owned()));
        }
        if judged.effect() > Effect::Mask {
            return Err(self.deny(judged));
        }
        let began = Instant::now();
        let earlier = self.recorded.of(judged);
        let record = Record::ActionIntent(Intent {
            session_id: self.id,
            action_id: judged.action_id,
            operation: record::Operation {
                phase: judged.phase.as_str(),
                text: &judged.inspected.text,
                parameters: &judged.parameters,
                facts: (earlier.is_none())
                    .then(|| judged.inspected.recorded_facts().map(|facts| &**facts))
                    .flatten(),
                request: judged.inspected.raw().map(|raw| &**raw),
            },
            decision: earlier.map_or(DecisionRef::Full(&judged.decision), DecisionRef::SameAs),
            review_id: judged.review_id,
            timing: judged.timing,
            grant: self.grant.as_ref().map(|grant| &*grant.reference),
        });
        let synced = judged.inspected.side_effects || judged.review_id.is_some();
        let journal = &self.shared.journal;
        let written = if synced {
            journal.append_synced(&record).await
        } else if judged.inspected.raw().is_some() {
            // Requests come by many connections at a time.
            journal.append_together(&record).await
        } else {
            journal.append(&record)
        };
        if let Err(error) = written {
            tracing::debug!(error = %error, "an intent could not be recorded");
            let reason = "this edge cannot write its journal; nothing runs unrecorded";
            return Err(self.refuse(judged, code::JOURNAL_UNAVAILABLE, reason.to_owned()));
        }
        if earlier.is_none() {
            self.recorded.add(judged);
        }
        let started = Instant::now();
        Ok(Running {
            shared: Arc::clone(&self.shared),
            session_id: self.id,
            action_id: judged.action_id,
            decision: Arc::clone(&judged.decision),
            grant: self.grant_ref(),
            journal_us: micros(started.duration_since(began)),
            started,
            only_reads: !synced,
            ended: false,
            kind: judged.inspected.kind(),
        })
    }

    /// Records how a running action ended, and adds its rows to the counters the policies named.
    pub fn record_outcome(&mut self, mut running: Running, outcome: Outcome) {
        running.end(&outcome);
    }
}
