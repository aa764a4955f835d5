//! An action's records put together.

use std::sync::Arc;

use countersign_model::{
    ActionId, ActionOutcome, Decision, DecisionRecord, EventBody, RecordedOperation, ReviewId,
    SqlFacts, Timing,
};
use countersign_store::ActionRecord;

use super::dto::{ExplainedOperation, ExplainedRefusal};

/// What an action's records say together.
#[derive(Debug, Default)]
pub struct Story {
    /// What was tried.
    pub operation: Option<ExplainedOperation>,
    /// What was known of it.
    pub facts: Option<Arc<SqlFacts>>,
    /// The decision; of a held action the one that held it.
    pub decision: Option<Arc<Decision>>,
    /// Where decision and facts stand, where that is not here.
    pub same_as: Option<ActionId>,
    /// Microseconds by step.
    pub timing: Timing,
    /// The review.
    pub review_id: Option<ReviewId>,
    /// Why it did not run.
    pub refused: Option<ExplainedRefusal>,
    /// How it ended.
    pub outcome: Option<ActionOutcome>,
}

impl Story {
    /// What the records say.
    pub fn of(record: &ActionRecord) -> Self {
        let mut story = Self::default();
        for event in &record.events {
            story.add(&event.event.body);
        }
        story
    }

    /// Takes decision and facts from the record that this one refers to.
    pub fn adopt(&mut self, earlier: &ActionRecord) {
        let earlier = Self::of(earlier);
        self.decision = self.decision.take().or(earlier.decision);
        self.facts = self.facts.take().or(earlier.facts);
    }

    fn add(&mut self, body: &EventBody) {
        match body {
            EventBody::Review(step) => {
                self.review_id = Some(step.review_id);
                if let Some(operation) = &step.operation {
                    self.operate(operation);
                }
                if let Some(decision) = &step.decision {
                    self.decision.get_or_insert_with(|| Arc::clone(decision));
                }
            }
            EventBody::ActionIntent(intent) => {
                self.operate(&intent.operation);
                self.decide(&intent.decision);
                self.review_id = self.review_id.or(intent.review_id);
                self.time(intent.timing);
            }
            EventBody::ActionRefused(refused) => {
                self.operate(&refused.operation);
                if let Some(decision) = &refused.decision {
                    self.decide(decision);
                }
                self.review_id = self.review_id.or(refused.review_id);
                self.time(refused.timing);
                self.refused = Some(ExplainedRefusal {
                    code: refused.code.clone(),
                    reason: refused.reason.clone(),
                });
            }
            EventBody::ActionOutcome(outcome) => {
                self.time(outcome.timing);
                self.outcome = Some(outcome.clone());
            }
            _ => {}
        }
    }

    fn operate(&mut self, operation: &RecordedOperation) {
        if let Some(facts) = &operation.facts {
            self.facts.get_or_insert_with(|| Arc::clone(facts));
        }
        self.operation.get_or_insert_with(|| ExplainedOperation {
            phase: operation.phase.clone(),
            text: operation.text.to_string(),
            parameters: operation.parameters.to_vec(),
            request: operation.request.as_deref().cloned(),
        });
    }

    /// An action that was approved is judged again; what held it is what explains it.
    fn decide(&mut self, decision: &DecisionRecord) {
        if self.decision.is_some() {
            return;
        }
        match decision {
            DecisionRecord::Full(decision) => self.decision = Some(Arc::clone(decision)),
            DecisionRecord::SameAs(earlier) => self.same_as = Some(*earlier),
        }
    }

    fn time(&mut self, timing: Timing) {
        let mine = &mut self.timing;
        mine.parse_us = mine.parse_us.or(timing.parse_us);
        mine.judge_us = mine.judge_us.or(timing.judge_us);
        mine.hold_us = mine.hold_us.or(timing.hold_us);
        mine.journal_us = mine.journal_us.or(timing.journal_us);
        mine.upstream_us = mine.upstream_us.or(timing.upstream_us);
    }
}
