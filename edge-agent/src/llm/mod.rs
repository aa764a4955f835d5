//! Models behind OpenAI's or Anthropic's API, or one like them: prompts are judged before they leave,
//! answers are masked, and each tool call in an answer is an action of its own, which the client does not
//! see a byte of before it is judged.

mod calls;
mod masks;
mod stream;
mod whole;

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use countersign_inspect::llm::{Api, LlmRequest, Provider, TokenMap, parse_request};
use countersign_model::{
    ActionId, LlmOperation, Operation, OutcomeStatus, StatementClass, TargetKind,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use hyper::body::Incoming;

use self::masks::PromptMasks;
use crate::{
    http::{
        Exchange,
        admit::admit,
        answer,
        fault::Fault,
        headers,
        masks::{Content, Counts, content},
        response::Response,
    },
    pipeline::{Inspected, Outcome, Phase, Running, code},
};

/// An exchange with a model whose answer has begun.
struct Asked {
    exchange: Exchange,
    provider: Provider,
    api: Api,
    action: ActionId,
    running: Running,
    masks: PromptMasks,
    tokens: TokenMap,
    counts: Counts,
    /// Whether the client did not ask for the usage that the provider was asked for.
    hides_usage: bool,
}

/// Serves a request for a model's provider.
pub(crate) async fn serve(exchange: Exchange) -> Response {
    let kind = exchange.kind;
    let provider = match kind {
        TargetKind::Anthropic => Provider::Anthropic,
        _ => Provider::Openai,
    };
    match ask(exchange, provider).await {
        Ok((asked, response)) => asked.answer(response).await,
        Err(fault) => fault.render(kind),
    }
}

/// Goes as far as the head of the provider's answer.
async fn ask(
    mut exchange: Exchange,
    provider: Provider,
) -> Result<(Asked, http::Response<Incoming>), Fault> {
    let passed = headers::to_upstream(&exchange.request.headers);
    let (mut request, inspected) = read(&mut exchange, provider, &passed)?;
    let wait = exchange.upstream.config.hold();
    let shared = Arc::clone(&exchange.shared);
    let session = &mut exchange.session;
    let judged = admit(
        &shared.pendings,
        session,
        Phase::LlmRequest,
        &inspected,
        wait,
    )
    .await?;
    let obligations = &judged.decision().obligations;
    let key = shared.pipeline.pseudonym_key();
    let masks = PromptMasks::new(&obligations.masks, &key).and_then(|masks| {
        masks.fit(request.api(), judged.is_filtered())?;
        Ok(masks)
    });
    let masks = match masks {
        Ok(masks) => masks,
        Err(problem) => {
            let problem = problem.to_string();
            return Err(session
                .refuse(&judged, code::NOT_ENFORCEABLE, problem)
                .into());
        }
    };
    let running = session.record_intent(&judged).await?;
    let mut counts = Counts::default();
    let tokens = masks.hide(&mut request, &mut counts);
    let hides_usage = request.ask_for_usage();
    let method = &exchange.request.method;
    let body = body(&request);
    let sent = exchange
        .upstream
        .send(method, &exchange.path, &passed, body);
    let response = match sent.await {
        Ok(response) => response,
        Err(error) => {
            session.record_outcome(running, Outcome::new(OutcomeStatus::Failed));
            return Err(error.fault(judged.action_id()));
        }
    };
    exchange.request.forget();
    let asked = Asked {
        exchange,
        provider,
        api: request.api(),
        action: judged.action_id(),
        running,
        masks,
        tokens,
        counts,
        hides_usage,
    };
    Ok((asked, response))
}

impl Asked {
    async fn answer(self, response: http::Response<Incoming>) -> Response {
        let status = response.status();
        if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
            return self.astray();
        }
        let failed = !status.is_success();
        if failed || matches!(self.api, Api::Other | Api::Models) {
            return self.pass(response).await;
        }
        let (parts, body) = response.into_parts();
        match content(&parts.headers) {
            Content::Stream => stream::answer(self, &parts, body),
            _ => whole::answer(self, &parts, body).await,
        }
    }

    /// The provider points elsewhere. SDKs follow with the prompt as they wrote it and with their
    /// credential, past the edge: no client is told where.
    fn astray(mut self) -> Response {
        let outcome = Outcome::new(OutcomeStatus::Failed);
        self.exchange.session.record_outcome(self.running, outcome);
        let words = "the provider answers with a redirection, which the edge does not pass on";
        let mut fault = Fault::new(StatusCode::BAD_GATEWAY, "bad_answer", words);
        fault.action = Some(self.action);
        fault.render(self.exchange.kind)
    }

    /// An error, a list of models, or what nobody knows: as of any API.
    async fn pass(self, response: http::Response<Incoming>) -> Response {
        let passed = answer::Answer {
            response,
            action: self.action,
            masks: self.masks.into_all(),
            filters: Vec::new(),
            running: self.running,
        };
        answer::serve(self.exchange, passed).await
    }
}

/// Parses a request, and says in a line what it is.
fn read(
    exchange: &mut Exchange,
    provider: Provider,
    passed: &HeaderMap,
) -> Result<(LlmRequest, Arc<Inspected>), Fault> {
    let began = Instant::now();
    let method = exchange.request.method.clone();
    let request = parse(exchange, provider).map_err(|problem| {
        let path = exchange.path.split('?').next().unwrap_or_default();
        let line = format!("{method} {path}");
        Fault::from(
            exchange
                .session
                .unreadable(Phase::LlmRequest, &line, problem),
        )
    })?;
    let line = line(&request.operation);
    let parts = vec![
        Bytes::from(method.as_str().to_owned()),
        Bytes::from(exchange.path.clone()),
        headers::content(passed),
        body(&request),
    ];
    let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    let operation = Operation::Llm(request.operation.clone());
    // A model changes nothing by itself: what its answer asks for is judged on its own.
    let inspected = Inspected::request(&line, operation, StatementClass::Read, parts, took);
    Ok((request, inspected))
}

/// The body that is judged and sent, without a copy of it.
fn body(request: &LlmRequest) -> Bytes {
    struct Text(Arc<str>);

    impl AsRef<[u8]> for Text {
        fn as_ref(&self) -> &[u8] {
            self.0.as_bytes()
        }
    }
    Bytes::from_owner(Text(request.body()))
}

fn parse(exchange: &Exchange, provider: Provider) -> Result<LlmRequest, String> {
    let request = &exchange.request;
    let coding = request.headers.get(header::CONTENT_ENCODING);
    if coding.is_some_and(|coding| coding != HeaderValue::from_static("identity")) {
        return Err("the body is compressed, and policies could not see it".to_owned());
    }
    if !exchange.path.bytes().all(plain) {
        return Err("the path holds characters that no provider's path has".to_owned());
    }
    let method = request.method.as_str();
    parse_request(provider, method, &exchange.path, &request.body)
        .map_err(|error| error.to_string())
}

/// What paths of providers are made of. Nothing is encoded in them, so that nothing can be read in two
/// ways.
const fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'/' | b'-' | b'_' | b'.' | b':' | b'?' | b'=' | b'&' | b',' | b'[' | b']'
        )
}

/// The request in a line, without a word of the prompt.
fn line(operation: &LlmOperation) -> String {
    let what = operation.model.as_deref().unwrap_or(&operation.api);
    let messages = operation.messages.len();
    let tools = operation.tools.len();
    match (messages, tools) {
        (0, 0) => what.to_owned(),
        (messages, 0) => format!("{what}: {messages} messages"),
        (messages, tools) => format!("{what}: {messages} messages, {tools} tools"),
    }
}
