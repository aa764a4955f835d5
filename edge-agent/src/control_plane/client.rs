//! Requests to the control plane, each with a fresh token of the edge.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use countersign_ledger::{key_proof, keys::SigningKey, token};
use countersign_model::{
    EdgeId, EdgeStatus, EnrollRequest, EnrollResponse, EventAck, EventBatch, ReviewId,
    ReviewRequest, ReviewResponse, RotateKeyRequest, SignedBundle, Timestamp,
};
use futures::StreamExt as _;
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url, header::CONTENT_TYPE};
use serde::{Deserialize, de::DeserializeOwned};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use crate::{
    bundle::{Item, ItemKind},
    config,
};

/// How long one request may take; a stream has its own bounds.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// Large things may take longer, as over a link that carries so much.
const SLOWEST_BYTES_PER_SECOND: u64 = 64 << 10;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes of the largest answer that is JSON.
const MAX_JSON_BYTES: usize = 64 << 20;

/// Bytes of the largest refusal that is read.
const MAX_PROBLEM_BYTES: usize = 64 << 10;

/// The control plane did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The client cannot be made: its TLS settings or its URL are unusable.
    #[error("the control plane's address or certificate authority cannot be used: {0}")]
    Setup(String),
    /// No answer: not reachable, too slow, or broken off.
    #[error("the control plane does not answer")]
    Unreachable(#[source] reqwest::Error),
    /// It does not know this edge (any more), and the clocks agree, so that it is not about the time.
    #[error(
        "the control plane does not accept this edge: it was revoked, or is not enrolled there"
    )]
    NotAccepted,
    /// It refused.
    #[error("the control plane refused: {status} {code}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The problem's stable code; empty where it gave none.
        code: String,
        /// The problem's words; empty where it gave none.
        detail: String,
        /// The last record it has, when it refused a batch.
        acked_seq: Option<u64>,
    },
    /// The answer is not what was asked for.
    #[error("the control plane's answer to {0} is malformed")]
    Malformed(&'static str),
}

impl ClientError {
    /// The HTTP status of a refusal.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// The answer to a batch of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventsAnswer {
    /// Committed up to here.
    Acked(u64),
    /// The batch does not continue what is there; go on after this record.
    ContinueAfter(u64),
    /// What is there is not what this journal says: one of them went back in time.
    Forked,
}

/// A problem document (RFC 9457), as far as the edge reads it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    code: String,
    detail: String,
    acked_seq: Option<u64>,
}

/// Talks to one control plane, as one edge. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Arc<Url>,
    edge: Option<(EdgeId, Arc<ArcSwap<SigningKey>>)>,
}

impl Client {
    /// A client that is not enrolled yet.
    ///
    /// # Errors
    /// When the URL or the certificate authority is unusable.
    pub fn new(config: &config::ControlPlane) -> Result<Self, ClientError> {
        let setup = |error: &dyn std::fmt::Display| ClientError::Setup(error.to_string());
        let mut url = config.url.trim_end_matches('/').to_owned();
        url.push_str("/api/v1/edge/");
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("countersign-edge/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        if let Some(path) = &config.tls_ca {
            let pem = std::fs::read(path).map_err(|error| setup(&error))?;
            let authorities =
                reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| setup(&error))?;
            http = http.tls_certs_only(authorities);
        }
        Ok(Self {
            http: http.build().map_err(|error| setup(&error))?,
            base: Arc::new(Url::parse(&url).map_err(|error| setup(&error))?),
            edge: None,
        })
    }

    /// The same client, signing its requests as an edge.
    #[must_use]
    pub fn signed_in(mut self, edge_id: EdgeId, key: SigningKey) -> Self {
        self.edge = Some((edge_id, Arc::new(ArcSwap::from_pointee(key))));
        self
    }

    /// Signs with another key from now on, as do all clones.
    pub fn sign_with(&self, key: SigningKey) {
        if let Some((_, current)) = &self.edge {
            current.store(Arc::new(key));
        }
    }

    /// A client of the same edge that signs with another key, by itself.
    #[must_use]
    pub fn signing_with(&self, key: SigningKey) -> Self {
        match &self.edge {
            Some((edge_id, _)) => self.clone().signed_in(*edge_id, key),
            None => self.clone(),
        }
    }

    /// Puts a key in the place of the one that signs the request.
    ///
    /// # Errors
    /// When there is no answer, or a refusal.
    pub async fn rotate_key(&self, to: &SigningKey) -> Result<(), ClientError> {
        let Some((edge_id, _)) = &self.edge else {
            return Err(ClientError::NotAccepted);
        };
        let body = RotateKeyRequest {
            public_key: to.verifying_key().to_string(),
            proof: key_proof::prove(to, *edge_id),
        };
        send(self.request(Method::POST, "rotate-key")?.json(&body)).await?;
        Ok(())
    }

    /// Enrolls.
    ///
    /// # Errors
    /// When the token is not accepted or there is no answer.
    pub async fn enroll(&self, request: &EnrollRequest) -> Result<EnrollResponse, ClientError> {
        let request = self.request(Method::POST, "enroll")?.json(request);
        json(send(request).await?, "enroll").await
    }

    /// The newest bundle.
    ///
    /// # Errors
    /// When there is no answer, or not the right one.
    pub async fn bundle(&self) -> Result<SignedBundle, ClientError> {
        json(send(self.request(Method::GET, "bundle")?).await?, "bundle").await
    }

    /// A module or a document of at most the bytes that the bundle says. Its digest is the caller's
    /// to check.
    ///
    /// # Errors
    /// When there is no answer, or a larger one.
    pub async fn item(&self, item: &Item) -> Result<Vec<u8>, ClientError> {
        let (path, to) = match item.kind {
            ItemKind::Module => (format!("modules/{}", item.digest), "modules"),
            ItemKind::Document => (format!("documents/{}", item.digest), "documents"),
        };
        let transfer = Duration::from_secs(item.size / SLOWEST_BYTES_PER_SECOND);
        let request = self.request(Method::GET, &path)?;
        let request = request.timeout(REQUEST_TIMEOUT + transfer);
        let limit = usize::try_from(item.size).unwrap_or(usize::MAX);
        body(send(request).await?, limit, to).await
    }

    /// Sends records.
    ///
    /// # Errors
    /// When there is no answer, or a refusal that is not about their order.
    pub async fn events(&self, batch: &EventBatch) -> Result<EventsAnswer, ClientError> {
        let request = self.request(Method::POST, "events")?;
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .body(written(batch).map_err(|_| ClientError::Malformed("events"))?);
        match send(request).await {
            Ok(response) => {
                let ack: EventAck = json(response, "events").await?;
                if ack.epoch == batch.epoch {
                    Ok(EventsAnswer::Acked(ack.acked_seq))
                } else {
                    Err(ClientError::Malformed("events"))
                }
            }
            Err(ClientError::Refused { code, .. }) if code == "journal_forked" => {
                Ok(EventsAnswer::Forked)
            }
            Err(ClientError::Refused {
                status: 409,
                acked_seq: Some(seq),
                ..
            }) => Ok(EventsAnswer::ContinueAfter(seq)),
            Err(error) => Err(error),
        }
    }

    /// Says what the edge runs.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn status(&self, status: &EdgeStatus) -> Result<(), ClientError> {
        send(self.request(Method::POST, "status")?.json(status)).await?;
        Ok(())
    }

    /// Asks for a review.
    ///
    /// # Errors
    /// When there is no answer, or a refusal.
    pub async fn create_review(
        &self,
        request: &ReviewRequest,
    ) -> Result<ReviewResponse, ClientError> {
        let request = self.request(Method::POST, "reviews")?.json(request);
        json(send(request).await?, "reviews").await
    }

    /// Withdraws a review: nobody waits for it any more.
    ///
    /// # Errors
    /// When there is no answer, or it has ended already.
    pub async fn withdraw_review(&self, id: ReviewId) -> Result<ReviewResponse, ClientError> {
        let request = self.request(Method::POST, &format!("reviews/{id}/withdraw"))?;
        json(send(request).await?, "withdraw").await
    }

    /// Uses an approval. Exactly one caller is told that it may.
    ///
    /// # Errors
    /// When there is no answer, or it may not be used (any more).
    pub async fn use_review(&self, id: ReviewId) -> Result<ReviewResponse, ClientError> {
        let request = self.request(Method::POST, &format!("reviews/{id}/use"))?;
        json(send(request).await?, "use").await
    }

    /// Opens the stream of what the edge must know. It has no end of its own.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn follow(&self) -> Result<Response, ClientError> {
        let request = self
            .request(Method::GET, "follow")?
            .header("accept", "text/event-stream")
            .timeout(Duration::from_secs(24 * 3600));
        send(request).await
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, ClientError> {
        let url = self
            .base
            .join(path)
            .map_err(|error| ClientError::Setup(error.to_string()))?;
        let request = self.http.request(method, url).timeout(REQUEST_TIMEOUT);
        Ok(match &self.edge {
            Some((edge_id, key)) => {
                let token = token::mint_edge_token(&key.load(), *edge_id, Timestamp::now());
                request.bearer_auth(token)
            }
            None => request,
        })
    }
}

/// A batch as JSON, with room for its escapes set aside: a buffer that grows to its size would take more
/// than twice as much.
fn written(batch: &EventBatch) -> serde_json::Result<Vec<u8>> {
    let records = batch.records.iter().map(|record| record.len() * 5 / 4 + 8);
    let mut body = Vec::with_capacity(records.sum::<usize>() + 256);
    serde_json::to_writer(&mut body, batch)?;
    Ok(body)
}

/// Sends, and turns every status but success into a refusal.
async fn send(request: RequestBuilder) -> Result<Response, ClientError> {
    let response = request.send().await.map_err(ClientError::Unreachable)?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let clocks_agree = clocks_agree(&response);
    let problem = body(response, MAX_PROBLEM_BYTES, "anything")
        .await
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Problem>(&bytes).ok())
        .unwrap_or_default();
    if status == StatusCode::UNAUTHORIZED && problem.code == "unauthenticated" && clocks_agree {
        return Err(ClientError::NotAccepted);
    }
    Err(ClientError::Refused {
        status: status.as_u16(),
        code: problem.code,
        detail: problem.detail,
        acked_seq: problem.acked_seq,
    })
}

/// Whether the answer's `Date` is near enough to the local time for the edge's token to hold.
fn clocks_agree(response: &Response) -> bool {
    let date = response.headers().get(reqwest::header::DATE);
    let date = date.and_then(|date| OffsetDateTime::parse(date.to_str().ok()?, &Rfc2822).ok());
    date.is_some_and(|date| {
        let apart = OffsetDateTime::now_utc() - date;
        apart.whole_seconds().abs() < token::SKEW_SECONDS
    })
}

async fn json<T: DeserializeOwned>(response: Response, to: &'static str) -> Result<T, ClientError> {
    let bytes = body(response, MAX_JSON_BYTES, to).await?;
    serde_json::from_slice(&bytes).map_err(|_| ClientError::Malformed(to))
}

/// Reads an answer of at most `limit` bytes.
async fn body(response: Response, limit: usize, to: &'static str) -> Result<Vec<u8>, ClientError> {
    let mut bytes = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(ClientError::Unreachable)?;
        if bytes.len() + chunk.len() > limit {
            return Err(ClientError::Malformed(to));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
