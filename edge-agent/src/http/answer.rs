//! The answer of an HTTP API on its way to the client: whole where it must be changed, else as it
//! comes.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use countersign_model::{ActionId, OutcomeStatus};
use countersign_policy_engine::ResponseFilter;
use futures::Stream;
use http::{HeaderName, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

use super::{
    Exchange,
    fault::Fault,
    headers,
    masks::{Content, Counts, Keeper, MAX_KEPT, Masks, content},
    response::{Body, BrokenOff, Response},
};
use crate::{
    budget::Share,
    pipeline::{Outcome, Running},
};

/// An answer whose head has come, and what is to be done to it.
pub(crate) struct Answer {
    pub(crate) response: http::Response<Incoming>,
    pub(crate) action: ActionId,
    pub(crate) masks: Option<Masks>,
    pub(crate) filters: Vec<ResponseFilter>,
    pub(crate) running: Running,
}

/// Why an answer does not reach the client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("the upstream's answer broke off")]
    BrokenOff,
    #[error("the upstream's answer is larger than {0} bytes, and must be read whole")]
    TooLarge(usize),
    #[error("this edge has no memory left for the upstream's answer")]
    NoMemory,
    #[error(
        "the upstream answers with a part, which cannot be masked: what it holds may be cut in two"
    )]
    Part,
    #[error("{0}")]
    NotEnforceable(#[from] super::masks::NotEnforceable),
    #[error("a policy's filter failed on the answer")]
    Filter,
}

/// Passes an answer on.
pub(crate) async fn serve(exchange: Exchange, answer: Answer) -> Response {
    let headers = answer.response.headers();
    let textual = matches!(content(headers), Content::Json | Content::Text);
    let small = answer.response.body().size_hint().exact();
    let changed = answer.masks.is_some() || !answer.filters.is_empty();
    if changed || (textual && small.is_some_and(|length| length <= MAX_KEPT as u64)) {
        whole(exchange, answer).await
    } else {
        passing(exchange, answer)
    }
}

/// Reads an answer whole.
pub(crate) async fn collect(
    body: Incoming,
    most: usize,
    share: &mut Share,
) -> Result<Bytes, Unusable> {
    if body
        .size_hint()
        .exact()
        .is_some_and(|length| length > most as u64)
    {
        return Err(Unusable::TooLarge(most));
    }
    let mut body = body;
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Unusable::BrokenOff)?;
        // Trailers are left out: nobody judged them.
        if let Ok(data) = frame.into_data() {
            if data.len() > most - all.len() {
                return Err(Unusable::TooLarge(most));
            }
            share.grow(data.len()).map_err(|_| Unusable::NoMemory)?;
            all.extend_from_slice(&data);
        }
    }
    Ok(all.freeze())
}

async fn whole(mut exchange: Exchange, answer: Answer) -> Response {
    let Answer {
        response,
        action,
        masks,
        filters,
        running,
    } = answer;
    let (parts, body) = response.into_parts();
    let mut share = exchange.shared.budget.share();
    let mut counts = Counts::default();
    let most = exchange.upstream.config.max_answer_bytes;
    let part = parts.status == StatusCode::PARTIAL_CONTENT;
    let changed = match collect(body, most, &mut share).await {
        Ok(_) if part && (masks.is_some() || !filters.is_empty()) => Err(Unusable::Part),
        Ok(body) => change(masks.as_ref(), filters, &parts.headers, body, &mut counts),
        Err(error) => Err(error),
    };
    let mut outcome = Outcome::new(status_of(parts.status));
    outcome.masked = counts.into_masked();
    let keeper = &exchange.shared.keeper;
    match changed {
        Ok(body) => {
            outcome.bytes = body.len() as u64;
            let kept = keeper.keep(parts.status, std::str::from_utf8(&body).ok());
            outcome.response = Some(Arc::new(kept));
            exchange.session.record_outcome(running, outcome);
            let headers = headers::to_client(&parts.headers);
            respond(parts.status, headers, Body::Full(body), action)
        }
        Err(error) => {
            outcome.status = OutcomeStatus::Failed;
            outcome.response = Some(Arc::new(keeper.keep(parts.status, None)));
            exchange.session.record_outcome(running, outcome);
            let mut fault = Fault::new(
                StatusCode::BAD_GATEWAY,
                "not_enforceable",
                error.to_string(),
            );
            fault.action = Some(action);
            fault.render(exchange.kind)
        }
    }
}

fn change(
    masks: Option<&Masks>,
    filters: Vec<ResponseFilter>,
    headers: &http::HeaderMap,
    body: Bytes,
    counts: &mut Counts,
) -> Result<Bytes, Unusable> {
    let mut body = match masks {
        Some(masks) => masks.body(headers, &body, counts)?,
        None => body,
    };
    for mut filter in filters {
        let text = std::str::from_utf8(&body).map_err(|_| Unusable::Filter)?;
        let mut filtered = filter.push(text).map_err(|_| Unusable::Filter)?;
        filtered.push_str(&filter.finish().map_err(|_| Unusable::Filter)?);
        body = filtered.into();
    }
    Ok(body)
}

fn status_of(status: StatusCode) -> OutcomeStatus {
    if status.is_client_error() || status.is_server_error() {
        OutcomeStatus::Failed
    } else {
        OutcomeStatus::Completed
    }
}

pub(crate) fn respond(
    status: StatusCode,
    headers: http::HeaderMap,
    body: Body,
    action: ActionId,
) -> Response {
    let response = Response {
        status,
        headers,
        body,
        end: None,
    };
    response.with(
        HeaderName::from_static("x-countersign-action"),
        &action.to_string(),
    )
}

/// An answer as it comes, with its outcome recorded when it ends, however it does.
fn passing(mut exchange: Exchange, answer: Answer) -> Response {
    drop(exchange.session.rest());
    let (parts, body) = answer.response.into_parts();
    let end = exchange.session.end_signal();
    let textual = content(&parts.headers) != Content::Other;
    let passing = Passing {
        exchange,
        running: Some(answer.running),
        status: parts.status,
        bytes: 0,
        kept: textual.then(BytesMut::new),
    };
    let body = Body::Stream(Box::pin(passing.pieces(body)));
    let mut response = respond(
        parts.status,
        headers::to_client(&parts.headers),
        body,
        answer.action,
    );
    response.end = Some(end);
    response
}

struct Passing {
    exchange: Exchange,
    running: Option<Running>,
    status: StatusCode,
    bytes: u64,
    /// The beginning of a text, for the record.
    kept: Option<BytesMut>,
}

impl Passing {
    fn pieces(self, body: Incoming) -> impl Stream<Item = Result<Bytes, BrokenOff>> {
        futures::stream::unfold((self, Some(body)), |(mut passing, body)| async move {
            let mut body = body?;
            loop {
                match body.frame().await {
                    Some(Ok(frame)) => {
                        if let Ok(data) = frame.into_data() {
                            passing.saw(&data);
                            return Some((Ok(data), (passing, Some(body))));
                        }
                    }
                    Some(Err(_)) => {
                        passing.end(OutcomeStatus::Failed);
                        return Some((Err(BrokenOff), (passing, None)));
                    }
                    None => {
                        passing.end(status_of(passing.status));
                        return None;
                    }
                }
            }
        })
    }

    fn saw(&mut self, data: &[u8]) {
        self.bytes += data.len() as u64;
        if let Some(kept) = &mut self.kept {
            let left = (MAX_KEPT + 1).saturating_sub(kept.len());
            kept.extend_from_slice(data.get(..data.len().min(left)).unwrap_or_default());
        }
    }

    fn end(&mut self, status: OutcomeStatus) {
        let Some(running) = self.running.take() else {
            return;
        };
        let keeper: &Keeper = &self.exchange.shared.keeper;
        let text = self
            .kept
            .take()
            .map(|kept| String::from_utf8_lossy(&kept).into_owned());
        let mut outcome = Outcome::new(status);
        outcome.bytes = self.bytes;
        outcome.response = Some(Arc::new(keeper.keep(self.status, text.as_deref())));
        self.exchange.session.record_outcome(running, outcome);
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        self.end(OutcomeStatus::Interrupted);
    }
}
