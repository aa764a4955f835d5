//! A model's answer that comes in one piece.

use std::sync::Arc;

use countersign_inspect::llm::LlmResponse;
use countersign_model::{ActionId, OutcomeStatus};
use http::{StatusCode, response::Parts};
use hyper::body::Incoming;

use super::{Asked, calls};
use crate::{
    http::{
        answer::{Unusable, collect, respond},
        fault::Fault,
        headers,
        masks::is_coded,
        response::{Body, Response},
    },
    pipeline::Outcome,
};

/// Reads, judges and masks an answer.
pub(super) async fn answer(mut asked: Asked, parts: &Parts, body: Incoming) -> Response {
    let mut share = asked.exchange.shared.budget.share();
    let most = asked.exchange.upstream.config.max_answer_bytes;
    let parsed = match collect(body, most, &mut share).await {
        // The client would take what was read here for something else.
        Ok(_) if is_coded(&parts.headers) => {
            Err("the answer says that it is compressed".to_owned())
        }
        Ok(body) => {
            LlmResponse::parse(asked.provider, asked.api, &body).map_err(|error| error.to_string())
        }
        Err(error) => Err(Unusable::to_string(&error)),
    };
    match parsed {
        Ok(response) => judged(asked, parts, response).await,
        Err(problem) => {
            let outcome = Outcome::new(OutcomeStatus::Failed);
            asked
                .exchange
                .session
                .record_outcome(asked.running, outcome);
            let mut fault = Fault::new(StatusCode::BAD_GATEWAY, "bad_answer", problem);
            fault.action = Some(asked.action);
            fault.render(asked.exchange.kind)
        }
    }
}

async fn judged(mut asked: Asked, parts: &Parts, mut response: LlmResponse) -> Response {
    // Before the calls are looked at: they are judged as the client gets them.
    for (entity, count) in response.mask(asked.masks.answer(), &asked.tokens) {
        asked.counts.add("answer", entity, count);
    }
    let tool_calls = calls_of(&mut asked, &mut response).await;
    let usage = response.usage();
    let model = response.model().map(str::to_owned);
    let text = response.text();
    let body = response.body();
    let mut kept = asked.exchange.shared.keeper.keep(parts.status, Some(&text));
    kept.usage = usage;
    kept.model = model;
    kept.tool_calls = tool_calls;
    let mut outcome = Outcome::new(OutcomeStatus::Completed);
    outcome.bytes = body.len() as u64;
    outcome.masked = asked.counts.into_masked();
    outcome.response = Some(Arc::new(kept));
    asked
        .exchange
        .session
        .record_outcome(asked.running, outcome);
    let headers = headers::to_client(&parts.headers);
    respond(parts.status, headers, Body::Full(body.into()), asked.action)
}

async fn calls_of(asked: &mut Asked, response: &mut LlmResponse) -> Vec<ActionId> {
    let wait = asked.exchange.upstream.config.hold();
    let mut actions = Vec::new();
    for call in response.tool_calls() {
        let judged = calls::judge(&mut asked.exchange, &call.name, call.arguments, wait).await;
        match judged {
            calls::Judged::Released(action) => actions.push(action),
            calls::Judged::Refused(action, words) => {
                actions.extend(action);
                response.refuse(call.id, &words);
            }
        }
    }
    actions
}
