//! From a question to an answer.

use std::{sync::Arc, time::Duration};

use countersign_model::Obligations;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    bad_request, body,
    question::{Circumstances, Question},
};
use crate::{
    http::{
        Closed, Request, Shared,
        admit::{Stopped, admit},
        ask_session,
        fault::Fault,
        response::Response,
    },
    pipeline::{Judged, Phase, Session, code},
};

/// Questions that may be asked at once.
const MAX_QUESTIONS: usize = 64;

/// Several questions.
#[derive(Debug, Deserialize)]
struct Questions {
    #[serde(flatten)]
    common: Question,
    #[serde(default)]
    evaluations: Vec<Question>,
    #[serde(default)]
    options: Options,
}

#[derive(Debug, Default, Deserialize)]
struct Options {
    #[serde(default)]
    evaluations_semantic: Semantic,
}

/// How far several questions are answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Semantic {
    #[default]
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

/// Answers one question.
pub(super) async fn one(shared: &Arc<Shared>, request: &Request) -> Result<Response, Fault> {
    let question: Question = body(&request.body)?;
    let answer = evaluate(shared, request, &question).await?;
    Ok(Response::json(StatusCode::OK, &answer))
}

/// Answers several, in order.
pub(super) async fn many(shared: &Arc<Shared>, request: &Request) -> Result<Response, Fault> {
    let questions: Questions = body(&request.body)?;
    if questions.evaluations.is_empty() {
        // Then it is one question (Authorization API 1.0, section 7.1).
        let answer = evaluate(shared, request, &questions.common).await?;
        return Ok(Response::json(StatusCode::OK, &answer));
    }
    if questions.evaluations.len() > MAX_QUESTIONS {
        return Err(bad_request("at most 64 questions may be asked at once"));
    }
    let mut answers = Vec::new();
    for question in questions.evaluations {
        let question = question.or(&questions.common);
        let answer = match evaluate(shared, request, &question).await {
            Ok(answer) => answer,
            Err(fault) if fault.status == StatusCode::UNAUTHORIZED => return Err(fault),
            Err(fault) => refused(&fault),
        };
        let permitted = answer["decision"] == json!(true);
        answers.push(answer);
        let stops = match questions.options.evaluations_semantic {
            Semantic::ExecuteAll => false,
            Semantic::DenyOnFirstDeny => !permitted,
            Semantic::PermitOnFirstPermit => permitted,
        };
        if stops {
            break;
        }
    }
    Ok(Response::json(
        StatusCode::OK,
        &json!({"evaluations": answers}),
    ))
}

async fn evaluate(
    shared: &Arc<Shared>,
    request: &Request,
    question: &Question,
) -> Result<Value, Fault> {
    let resource = question.target()?;
    let circumstances = question.circumstances()?;
    let mut session = match ask_session(shared, request, &resource.id) {
        Ok(session) => session,
        Err(Closed::Fault(fault)) => return Err(fault),
        Err(Closed::Refused(refused)) => {
            tokio::time::sleep(refused.delay).await;
            return Err(Fault::from(&refused));
        }
    };
    let kind = session.target().kind.as_str();
    if resource
        .kind
        .as_deref()
        .is_some_and(|k| k != kind && k != "target")
    {
        let message = format!("the target \"{}\" is of the kind {kind}", resource.id);
        return Err(bad_request(message));
    }
    let principal = session.principal();
    let somebody_else = |id: &str| id != principal.name && id != principal.id.to_string();
    if question
        .subject
        .as_ref()
        .is_some_and(|s| somebody_else(&s.id))
    {
        let message = "the subject is not the principal of the credential";
        return Err(Fault::new(StatusCode::FORBIDDEN, "other_subject", message));
    }
    let inspected = question.inspect(&mut session, &circumstances)?;
    let wait = Duration::from_secs(circumstances.wait_seconds);
    let admitted = admit(&shared.pendings, &mut session, Phase::Ask, &inspected, wait).await;
    let judged = match admitted {
        Ok(judged) => judged,
        Err(stopped) => return Ok(stopped_answer(stopped)),
    };
    if let Some(what) = beyond(&judged, &circumstances) {
        let reason = format!("it may run only with {what}, which the asker does not keep");
        let refusal = session.refuse(&judged, code::NOT_ENFORCEABLE, reason);
        return Ok(refused(&Fault::from(&refusal)));
    }
    permit(shared, &mut session, &judged, circumstances).await
}

/// The intent is durable before the asker hears that it may act.
async fn permit(
    shared: &Arc<Shared>,
    session: &mut Session,
    judged: &Judged,
    circumstances: Circumstances,
) -> Result<Value, Fault> {
    let running = match session.record_intent(judged).await {
        Ok(running) => running,
        Err(refusal) => return Ok(refused(&Fault::from(&refusal))),
    };
    shared.asked.add(session, running, circumstances.key);
    let decision = judged.decision();
    let mut context = json!({"id": judged.action_id(), "reasons": decision.reasons});
    if let Some(review) = judged.review_id() {
        context["review"] = json!({"id": review, "short": review.short()});
    }
    let Obligations { masks, limits, .. } = &decision.obligations;
    if !masks.is_empty() {
        context["masks"] = json!(masks);
    }
    if *limits != Default::default() {
        context["limits"] = json!(limits);
    }
    Ok(json!({"decision": true, "context": context}))
}

/// What is asked for and the asker has not said that it keeps.
fn beyond(judged: &Judged, circumstances: &Circumstances) -> Option<&'static str> {
    let keeps = |what: &str| circumstances.enforces.iter().any(|kept| kept == what);
    let Obligations { masks, limits, .. } = &judged.decision().obligations;
    if judged.is_filtered() {
        return Some("a filter of its response");
    }
    if !masks.is_empty() && !keeps("masks") {
        return Some("masks on its response");
    }
    (*limits != Default::default() && !keeps("limits")).then_some("limits on its response")
}

fn stopped_answer(stopped: Stopped) -> Value {
    refused(&Fault::from(stopped))
}

/// A refusal, or a review that is pending.
fn refused(fault: &Fault) -> Value {
    let mut context = json!({"code": fault.code, "reason": fault.message});
    if let Some(action) = fault.action {
        context["id"] = json!(action);
    }
    if let Some((review, expires_at)) = &fault.review {
        context["review"] = json!({"id": review, "short": review.short()});
        if let Some(at) = expires_at {
            context["review"]["expires_at"] = json!(at);
        }
    }
    json!({"decision": false, "context": context})
}
