//! The two records of every statement, borrowing what they are made of. They are written exactly as
//! [`EventBody`] writes them.

use countersign_ledger::journal::Body;
#[cfg(doc)]
use countersign_model::EventBody;
use countersign_model::{
    ActionId, Decision, EntityCount, GrantRef, MaskedCount, OutcomeStatus, Parameter, RawOperation,
    RecordedResponse, ReviewId, SessionId, SqlFacts, Timing,
};
use serde::Serialize;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Record<'a> {
    ActionIntent(Intent<'a>),
    ActionOutcome(Ended<'a>),
}

impl Body for Record<'_> {}

#[derive(Serialize)]
pub(super) struct Intent<'a> {
    pub session_id: SessionId,
    pub action_id: ActionId,
    pub operation: Operation<'a>,
    pub decision: DecisionRef<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_id: Option<ReviewId>,
    pub timing: Timing,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<&'a GrantRef>,
}

#[derive(Serialize)]
pub(super) struct Operation<'a> {
    pub phase: &'static str,
    pub text: &'a str,
    #[serde(skip_serializing_if = "<[Parameter]>::is_empty")]
    pub parameters: &'a [Parameter],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<&'a SqlFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<&'a RawOperation>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DecisionRef<'a> {
    Full(&'a Decision),
    SameAs(ActionId),
}

#[derive(Serialize)]
pub(super) struct Ended<'a> {
    pub session_id: SessionId,
    pub action_id: ActionId,
    pub status: OutcomeStatus,
    pub rows: u64,
    pub bytes: u64,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<&'a str>,
    #[serde(skip_serializing_if = "<[MaskedCount]>::is_empty")]
    pub masked: &'a [MaskedCount],
    #[serde(skip_serializing_if = "<[EntityCount]>::is_empty")]
    pub findings: &'a [EntityCount],
    pub timing: Timing,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<&'a GrantRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<&'a RecordedResponse>,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use countersign_model::{
        ActionIntent, ActionOutcome, DecisionRecord, DefaultVerdict, EventBody, GrantId,
        RecordedOperation,
    };

    use super::*;

    fn grant() -> Arc<GrantRef> {
        Arc::new(GrantRef {
            id: GrantId::new(),
            task: "refund order 1042".into(),
            break_glass: true,
        })
    }

    #[test]
    fn an_intent_is_written_as_the_model_writes_it() {
        let (session_id, action_id, earlier) = (SessionId::new(), ActionId::new(), ActionId::new());
        let decision = Arc::new(Decision::combine(Vec::new(), DefaultVerdict::Allow, 7));
        let facts = Arc::new(SqlFacts::default());
        let timing = Timing {
            judge_us: Some(3),
            ..Timing::default()
        };
        let parameters: Arc<[Parameter]> = Arc::new([Parameter::Null, Parameter::Text("a".into())]);
        for (full, review_id, parameters, grant) in [
            (true, None, Arc::from([]), None),
            (false, Some(ReviewId::new()), parameters, Some(grant())),
        ] {
            let request = grant
                .is_some()
                .then(|| Arc::new(RawOperation::Shell("ls".to_owned())));
            let borrowed = Record::ActionIntent(Intent {
                session_id,
                action_id,
                operation: Operation {
                    phase: "execute",
                    text: "select \"a\"",
                    parameters: &parameters,
                    facts: full.then_some(&*facts),
                    request: request.as_deref(),
                },
                decision: if full {
                    DecisionRef::Full(&decision)
                } else {
                    DecisionRef::SameAs(earlier)
                },
                review_id,
                timing,
                grant: grant.as_deref(),
            });
            let owned = EventBody::ActionIntent(ActionIntent {
                session_id,
                action_id,
                operation: RecordedOperation {
                    phase: "execute".to_owned(),
                    text: "select \"a\"".into(),
                    parameters: Arc::clone(&parameters),
                    facts: full.then(|| Arc::clone(&facts)),
                    request: request.clone(),
                },
                decision: if full {
                    DecisionRecord::Full(Arc::clone(&decision))
                } else {
                    DecisionRecord::SameAs(earlier)
                },
                review_id,
                timing,
                grant: grant.clone(),
            });
            assert_eq!(
                serde_json::to_string(&borrowed).expect("text"),
                serde_json::to_string(&owned).expect("text")
            );
        }
    }

    #[test]
    fn an_outcome_is_written_as_the_model_writes_it() {
        let (session_id, action_id) = (SessionId::new(), ActionId::new());
        let tags = vec!["DELETE 3".to_owned()];
        let masked = vec![MaskedCount {
            column: "email".to_owned(),
            entity: "EMAIL_ADDRESS".to_owned(),
            count: 3,
        }];
        let findings = vec![EntityCount {
            entity: "PHONE_NUMBER".to_owned(),
            count: 1,
        }];
        for (tags, masked, findings, sqlstate, grant) in [
            (vec![], vec![], vec![], None, None),
            (
                tags,
                masked,
                findings,
                Some("22P02".to_owned()),
                Some(grant()),
            ),
        ] {
            let response = grant.is_some().then(|| {
                Arc::new(RecordedResponse {
                    status: Some(200),
                    ..RecordedResponse::default()
                })
            });
            let borrowed = Record::ActionOutcome(Ended {
                session_id,
                action_id,
                status: OutcomeStatus::Completed,
                rows: 3,
                bytes: 99,
                tags: &tags,
                sqlstate: sqlstate.as_deref(),
                masked: &masked,
                findings: &findings,
                timing: Timing::default(),
                grant: grant.as_deref(),
                response: response.as_deref(),
            });
            let borrowed = serde_json::to_string(&borrowed).expect("text");
            let owned = EventBody::ActionOutcome(ActionOutcome {
                session_id,
                action_id,
                status: OutcomeStatus::Completed,
                rows: 3,
                bytes: 99,
                tags,
                sqlstate,
                masked,
                findings,
                timing: Timing::default(),
                grant: grant.clone(),
                response,
            });
            assert_eq!(borrowed, serde_json::to_string(&owned).expect("text"));
        }
    }
}
