//! The control plane of the tests.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response, Sse, sse},
    routing::{get, post},
};
use countersign_ledger::{
    chain,
    join::JoinToken,
    keys::{SigningKey, VerifyingKey, sign_bundle},
    token,
};
use countersign_model::{
    Bundle, EdgeId, EdgeStatus, EnrollRequest, EnrollResponse, Event, EventAck, EventBatch,
    FollowEvent, ReviewId, ReviewRequest, ReviewResponse, ReviewState, RotateKeyRequest,
    SignedBundle, Timestamp,
};
use futures::{Stream, StreamExt as _, stream};
use serde_json::json;
use tokio::{net::TcpListener, sync::broadcast};
use tokio_util::sync::CancellationToken;

/// How the control plane misbehaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Every request is answered with 503.
    pub down: bool,
    /// Events are committed, and the answer is lost, every other time.
    pub lose_acks: bool,
    /// Modules are sent with a byte changed.
    pub change_modules: bool,
    /// Only the first half of a module is sent.
    pub cut_modules: bool,
}

pub struct PlaneState {
    pub edge_id: EdgeId,
    pub key: SigningKey,
    pub edge_key: Option<VerifyingKey>,
    pub token: JoinToken,
    pub token_used: bool,
    pub signed: Option<SignedBundle>,
    pub revision: u64,
    pub modules: HashMap<String, Vec<u8>>,
    pub faults: Faults,
    pub epochs: Vec<Epoch>,
    pub batches: u64,
    pub reviews: HashMap<ReviewId, (ReviewRequest, ReviewState)>,
    pub statuses: Vec<EdgeStatus>,
    pub module_requests: u64,
    /// Streams end when it is cancelled.
    pub streams: CancellationToken,
}

/// The records of one epoch.
pub struct Epoch {
    pub number: u64,
    pub link: chain::Link,
    pub events: Vec<Event>,
}

#[derive(Clone)]
pub struct Plane {
    state: Arc<Mutex<PlaneState>>,
    news: broadcast::Sender<FollowEvent>,
    address: SocketAddr,
}

impl Plane {
    pub async fn start() -> Self {
        let key = SigningKey::generate().expect("key");
        let token = JoinToken::generate(key.verifying_key()).expect("token");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let plane = Self {
            address: listener.local_addr().expect("bound"),
            news: broadcast::channel(64).0,
            state: Arc::new(Mutex::new(PlaneState {
                edge_id: EdgeId::new(),
                key,
                edge_key: None,
                token,
                token_used: false,
                signed: None,
                revision: 0,
                modules: HashMap::new(),
                faults: Faults::default(),
                epochs: Vec::new(),
                batches: 0,
                reviews: HashMap::new(),
                statuses: Vec::new(),
                module_requests: 0,
                streams: CancellationToken::new(),
            })),
        };
        let routes = Router::new()
            .route("/enroll", post(enroll))
            .route("/follow", get(follow))
            .route("/bundle", get(bundle))
            .route("/modules/{digest}", get(module))
            .route("/documents/{digest}", get(module))
            .route("/events", post(events))
            .route("/status", post(status))
            .route("/rotate-key", post(rotate_key))
            .route("/reviews", post(create_review))
            .route("/reviews/{id}/withdraw", post(withdraw))
            .route("/reviews/{id}/use", post(use_review))
            .layer(DefaultBodyLimit::max(16 << 20))
            .with_state(plane.clone());
        let app = Router::new().nest("/api/v1/edge", routes);
        tokio::spawn(async move { axum::serve(listener, app).await });
        plane
    }

    pub fn state(&self) -> MutexGuard<'_, PlaneState> {
        self.state.lock().expect("not poisoned")
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn edge_id(&self) -> EdgeId {
        self.state().edge_id
    }

    pub fn join_token(&self) -> String {
        self.state().token.encode()
    }

    pub fn fault(&self, faults: Faults) {
        let mut state = self.state();
        state.faults = faults;
        if faults.down {
            std::mem::take(&mut state.streams).cancel();
        }
    }

    /// Forgets the edge's key, which it answers.
    pub fn revoke(&self) -> Option<VerifyingKey> {
        let mut state = self.state();
        std::mem::take(&mut state.streams).cancel();
        state.edge_key.take()
    }

    /// Signs and announces a bundle.
    pub fn publish(&self, bundle: &Bundle) {
        let mut state = self.state();
        let signed = sign_bundle(&state.key, bundle).expect("signed");
        state.signed = Some(signed);
        state.revision = bundle.revision;
        let _ = self.news.send(FollowEvent::Bundle {
            revision: bundle.revision,
        });
    }

    /// Announces something that was signed elsewhere.
    pub fn publish_signed(&self, revision: u64, signed: SignedBundle) {
        let mut state = self.state();
        state.signed = Some(signed);
        state.revision = revision;
        let _ = self.news.send(FollowEvent::Bundle { revision });
    }

    pub fn add_module(&self, digest: &str, module: &[u8]) {
        self.state()
            .modules
            .insert(digest.to_owned(), module.to_vec());
    }

    /// Whether people are asked for this review: the edge may have recorded it a moment before.
    pub fn is_asked(&self, id: ReviewId) -> bool {
        self.state().reviews.contains_key(&id)
    }

    /// Decides a review as a person would.
    pub fn decide(&self, id: ReviewId, to: ReviewState) {
        let mut state = self.state();
        state.reviews.get_mut(&id).expect("asked for").1 = to;
        let _ = self.news.send(review_event(id, to));
    }

    pub fn review_state(&self, id: ReviewId) -> ReviewState {
        self.state().reviews[&id].1
    }

    pub fn events(&self) -> Vec<Event> {
        let state = self.state();
        state
            .epochs
            .iter()
            .flat_map(|epoch| epoch.events.clone())
            .collect()
    }
}

fn review_event(review_id: ReviewId, state: ReviewState) -> FollowEvent {
    FollowEvent::Review {
        review_id,
        state,
        decided_by: Some("reviewer@example.com".to_owned()),
        comment: Some("as you say".to_owned()),
    }
}

fn problem(status: StatusCode, code: &str) -> Response {
    (status, Json(json!({"code": code, "detail": code}))).into_response()
}

impl Plane {
    /// The edge behind a request, or what it is told.
    fn caller(&self, headers: &HeaderMap) -> Result<(), Box<Response>> {
        let state = self.state();
        if state.faults.down {
            return Err(Box::new(problem(StatusCode::SERVICE_UNAVAILABLE, "down")));
        }
        let bearer = headers
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        let claims = bearer
            .zip(state.edge_key.as_ref())
            .and_then(|(bearer, key)| token::verify_edge_token(key, bearer, Timestamp::now()).ok());
        match claims {
            Some(claims) if claims.sub == state.edge_id => Ok(()),
            _ => Err(Box::new(problem(
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
            ))),
        }
    }
}

async fn enroll(State(plane): State<Plane>, Json(request): Json<EnrollRequest>) -> Response {
    let mut state = plane.state();
    if state.faults.down {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "down");
    }
    if state.token_used || request.join_token != state.token.encode() {
        return problem(StatusCode::FORBIDDEN, "join_token_invalid");
    }
    state.token_used = true;
    state.edge_key = Some(request.public_key.parse().expect("a key"));
    let response = EnrollResponse {
        edge_id: state.edge_id,
        name: "edge-1".to_owned(),
        control_plane_key: state.key.verifying_key().to_string(),
        handovers: Vec::new(),
    };
    (StatusCode::CREATED, Json(response)).into_response()
}

async fn follow(State(plane): State<Plane>, headers: HeaderMap) -> Response {
    if let Err(response) = plane.caller(&headers) {
        return *response;
    }
    let news = plane.news.subscribe();
    let (first, ended) = {
        let state = plane.state();
        let mut first = vec![FollowEvent::Bundle {
            revision: state.revision,
        }];
        first.extend(
            state
                .reviews
                .iter()
                .map(|(id, (_, to))| review_event(*id, *to)),
        );
        (first, state.streams.clone())
    };
    Sse::new(messages(first, news).take_until(ended.cancelled_owned())).into_response()
}

fn messages(
    first: Vec<FollowEvent>,
    news: broadcast::Receiver<FollowEvent>,
) -> impl Stream<Item = Result<sse::Event, Infallible>> {
    let rest = stream::unfold(news, |mut news| async move {
        loop {
            tokio::select! {
                received = news.recv() => match received {
                    Ok(event) => return Some((event, news)),
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                () = tokio::time::sleep(Duration::from_secs(5)) => {
                    return Some((FollowEvent::Ping { at: Timestamp::now() }, news));
                }
            }
        }
    });
    stream::iter(first)
        .chain(rest)
        .map(|event| Ok(sse::Event::default().json_data(event).expect("JSON")))
}

async fn bundle(State(plane): State<Plane>, headers: HeaderMap) -> Response {
    if let Err(response) = plane.caller(&headers) {
        return *response;
    }
    match &plane.state().signed {
        Some(signed) => Json(signed.clone()).into_response(),
        None => problem(StatusCode::NOT_FOUND, "no_bundle"),
    }
}

async fn module(
    State(plane): State<Plane>,
    headers: HeaderMap,
    Path(digest): Path<String>,
) -> Response {
    if let Err(response) = plane.caller(&headers) {
        return *response;
    }
    let mut state = plane.state();
    state.module_requests += 1;
    let Faults {
        change_modules,
        cut_modules,
        ..
    } = state.faults;
    match state.modules.get(&digest) {
        Some(module) => {
            let mut module = module.clone();
            if cut_modules {
                module.truncate(module.len() / 2);
            }
            if change_modules {
                module[9] ^= 1;
            }
            module.into_response()
        }
        None => problem(StatusCode::NOT_FOUND, "no_module"),
    }
}

async fn events(
    State(plane): State<Plane>,
    headers: HeaderMap,
    Json(batch): Json<EventBatch>,
) -> Response {
    if let Err(response) = plane.caller(&headers) {
        return *response;
    }
    let mut state = plane.state();
    state.batches += 1;
    let lose = state.faults.lose_acks && state.batches % 2 == 1;
    if state
        .epochs
        .last()
        .is_none_or(|epoch| epoch.number < batch.epoch)
    {
        state.epochs.push(Epoch {
            number: batch.epoch,
            link: chain::START,
            events: Vec::new(),
        });
    }
    let epoch = state
        .epochs
        .iter_mut()
        .find(|epoch| epoch.number == batch.epoch)
        .expect("known");
    let have = epoch.events.len() as u64;
    if batch.first_seq != have + 1 || batch.prev_hash != hex::encode(epoch.link) {
        let refusal = json!({"code": "journal_gap", "detail": "", "acked_seq": have});
        return (StatusCode::CONFLICT, Json(refusal)).into_response();
    }
    epoch.link = chain::fold(&epoch.link, batch.first_seq, &batch.records).expect("a chain");
    for record in &batch.records {
        epoch
            .events
            .push(serde_json::from_str(record).expect("an event"));
    }
    let acked_seq = epoch.events.len() as u64;
    if lose {
        return problem(StatusCode::BAD_GATEWAY, "lost");
    }
    Json(EventAck {
        epoch: batch.epoch,
        acked_seq,
    })
    .into_response()
}

async fn status(
    State(plane): State<Plane>,
    headers: HeaderMap,
    Json(status): Json<EdgeStatus>,
) -> Response {
    if let Err(response) = plane.caller(&headers) {
        return *response;
    }
    plane.state().statuses.push(status);
    StatusCode::NO_CONTENT.into_response()
}

async fn rotate_key(
    State(plane): State<Plane>,
    headers: HeaderMap,
    Json(request): Json<RotateKeyRequest>,
) -> Response {
    if let Err(response) = plane.caller(&headers) {
        return *response;
    }
    plane.state().edge_key = Some(request.public_key.parse().expect("a key"));
    StatusCode::NO_CONTENT.into_response()
}

async fn create_review(
    State(plane): State<Plane>,
    headers: HeaderMap,
    Json(request): Json<ReviewRequest>,
) -> Response {
    if let Err(response) = plane.caller(&headers) {
        return *response;
    }
    let id = request.id;
    let mut state = plane.state();
    let entry = state.reviews.entry(id);
    let state = entry.or_insert((request, ReviewState::Pending)).1;
    (StatusCode::CREATED, Json(answer(id, state))).into_response()
}

fn answer(id: ReviewId, state: ReviewState) -> ReviewResponse {
    ReviewResponse {
        id,
        state,
        decision: None,
    }
}

async fn withdraw(
    State(plane): State<Plane>,
    headers: HeaderMap,
    Path(id): Path<ReviewId>,
) -> Response {
    step(
        &plane,
        &headers,
        id,
        &[ReviewState::Pending, ReviewState::Approved],
        ReviewState::Withdrawn,
    )
}

async fn use_review(
    State(plane): State<Plane>,
    headers: HeaderMap,
    Path(id): Path<ReviewId>,
) -> Response {
    step(
        &plane,
        &headers,
        id,
        &[ReviewState::Approved],
        ReviewState::Used,
    )
}

fn step(
    plane: &Plane,
    headers: &HeaderMap,
    id: ReviewId,
    from: &[ReviewState],
    to: ReviewState,
) -> Response {
    if let Err(response) = plane.caller(headers) {
        return *response;
    }
    let mut state = plane.state();
    match state.reviews.get_mut(&id) {
        Some((_, now)) if from.contains(now) => {
            *now = to;
            Json(answer(id, to)).into_response()
        }
        Some(_) => problem(StatusCode::CONFLICT, "review_not_open"),
        None => problem(StatusCode::NOT_FOUND, "no_review"),
    }
}
