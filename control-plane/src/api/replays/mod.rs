//! Recorded decisions, judged again.

mod candidate;
pub mod dto;

use std::{collections::BTreeMap, time::Duration};

use axum::{extract::State, http::StatusCode};
use countersign_model::{ReplayId, Timestamp};
use countersign_store::{ReplayRecord, ReplaySpan, ReplayState as Stored};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{KeptRequest, Moment, NewReplay, Replay, ReplayBegun, ReplayState, ReplaySummary};
use super::{Page, PageQuery, rules, service::dto::LiveMessage};
use crate::{
    api_error::ApiError,
    auth::{
        Caller,
        access::{Reader, Replayer},
    },
    extract::{Json, Path, Query},
    replay::{Outcome, Plan},
    state::AppState,
};

const TAG: &str = "replays";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_replay, list_replays))
        .routes(routes!(get_replay))
        .routes(routes!(cancel_replay))
}

/// Begins to judge recorded decisions again, in the background: with the same versions and settings,
/// or with a candidate. Host calls are answered from the record. Two may run at once.
#[utoipa::path(
    post,
    path = "/replays",
    tag = TAG,
    request_body = NewReplay,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer"]))),
    responses((status = 202, description = "It has begun", body = ReplayBegun)),
)]
pub async fn create_replay(
    State(state): State<AppState>,
    caller: Caller<Replayer>,
    Json(asked): Json<NewReplay>,
) -> Result<(StatusCode, axum::Json<ReplayBegun>), ApiError> {
    let now = state.now();
    let span = span(&asked, now)?;
    for (pointer, name) in [("/target", &asked.target), ("/principal", &asked.principal)] {
        if let Some(name) = name {
            rules::name(pointer, name)?;
        }
    }
    if asked.limit == Some(0) {
        return Err(ApiError::invalid_field("/limit", "must be at least 1"));
    }
    let chosen = match &asked.candidate {
        Some(candidate) => Some(candidate::choose(&state, candidate).await?),
        None => None,
    };
    if !state.replays.has_room() {
        return Err(ApiError::conflict(
            "replays_running",
            "Two replays are running; wait for one or cancel it.",
        ));
    }
    let kept = KeptRequest {
        since: span.since,
        until: span.until,
        candidate: asked.candidate,
        policy: chosen.as_ref().map(|chosen| chosen.policy.clone()),
        version: chosen.as_ref().and_then(|chosen| chosen.version),
        target: asked.target.clone(),
        principal: asked.principal.clone(),
        limit: asked.limit,
    };
    let request = serde_json::to_value(kept).map_err(ApiError::internal)?;
    let id = state
        .store
        .begin_replay(&request, caller.user.id, now)
        .await?;
    let plan = Plan {
        span,
        principal: asked.principal,
        target: asked.target,
        limit: asked.limit.unwrap_or(u64::MAX),
        candidates: chosen.map(|chosen| chosen.candidates),
    };
    state.replays.begin(&state, id, plan);
    state
        .live
        .announce(LiveMessage::Replay { id: id.as_uuid() });
    Ok((StatusCode::ACCEPTED, axum::Json(ReplayBegun { id })))
}

fn span(asked: &NewReplay, now: Timestamp) -> Result<ReplaySpan, ApiError> {
    let day_ago = Moment::SecondsAgo(DAY.as_secs());
    let since = moment(asked.since.unwrap_or(day_ago), now);
    let until = asked.until.map_or(now, |until| moment(until, now));
    if since > until {
        return Err(ApiError::invalid_field("/since", "must be before `until`"));
    }
    Ok(ReplaySpan { since, until })
}

fn moment(moment: Moment, now: Timestamp) -> Timestamp {
    match moment {
        Moment::At(at) => at,
        Moment::SecondsAgo(seconds) => {
            let millis = i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
            Timestamp::from_millis(now.as_millis().saturating_sub(millis))
        }
    }
}

/// Replays, newest first.
#[utoipa::path(
    get,
    path = "/replays",
    tag = TAG,
    params(PageQuery),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Replays", body = Page<ReplaySummary>)),
)]
pub async fn list_replays(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<ReplaySummary>>, ApiError> {
    let records = state
        .store
        .replays(page.key()?, page.limit_and_one())
        .await?;
    let page = page.cut(records, |record| record.id);
    let items = page.items.into_iter().map(|record| view(&state, record));
    Ok(axum::Json(Page {
        items: items
            .map(|replay| replay.map(|replay| replay.summary))
            .collect::<Result<_, _>>()?,
        next_cursor: page.next_cursor,
    }))
}

/// One replay, with its differences once it has ended.
#[utoipa::path(
    get,
    path = "/replays/{id}",
    tag = TAG,
    params(("id" = ReplayId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The replay", body = Replay)),
)]
pub async fn get_replay(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<ReplayId>,
) -> Result<axum::Json<Replay>, ApiError> {
    let record = state.store.replay(id).await?;
    Ok(axum::Json(view(&state, record)?))
}

/// Stops a replay; what it found so far is kept.
#[utoipa::path(
    post,
    path = "/replays/{id}/cancel",
    tag = TAG,
    params(("id" = ReplayId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer"]))),
    responses((status = 204, description = "It stops, or has ended")),
)]
pub async fn cancel_replay(
    State(state): State<AppState>,
    _caller: Caller<Replayer>,
    Path(id): Path<ReplayId>,
) -> Result<StatusCode, ApiError> {
    state.store.replay(id).await?;
    state.replays.cancel(id);
    Ok(StatusCode::NO_CONTENT)
}

fn view(state: &AppState, record: ReplayRecord) -> Result<Replay, ApiError> {
    let asked: KeptRequest = serde_json::from_value(record.request).map_err(ApiError::internal)?;
    let kept: Outcome = match record.result {
        Some(result) => serde_json::from_value(result).map_err(ApiError::internal)?,
        None => Outcome::default(),
    };
    let running = state.replays.progress(record.id);
    let running = running.filter(|_| record.state == Stored::Running);
    let skipped = kept.skipped.values().sum();
    let mut summary = ReplaySummary {
        id: record.id,
        state: match record.state {
            Stored::Running => ReplayState::Running,
            Stored::Done => ReplayState::Done,
            Stored::Failed => ReplayState::Failed,
            Stored::Cancelled => ReplayState::Cancelled,
        },
        since: asked.since,
        until: asked.until,
        candidate: asked.candidate,
        policy: asked.policy,
        version: asked.version,
        target: asked.target,
        principal: asked.principal,
        limit: asked.limit,
        requested_by_name: record.requested_by_name,
        progress: if record.state == Stored::Done {
            1.0
        } else {
            0.0
        },
        judged: kept.judged,
        skipped,
        differing: kept.differing,
        per_second: kept.per_second,
        error: record.error,
        started_at: record.started_at,
        finished_at: record.finished_at,
    };
    if let Some(running) = running {
        let count = |counter: &std::sync::atomic::AtomicU64| {
            counter.load(std::sync::atomic::Ordering::Relaxed)
        };
        summary.progress = running.part();
        summary.judged = count(&running.judged);
        summary.skipped = count(&running.skipped);
        summary.differing = count(&running.differing);
        summary.per_second = running.per_second();
    }
    let skipped_by_reason: BTreeMap<String, u64> = kept.skipped;
    Ok(Replay {
        summary,
        skipped_by_reason,
        simulated: kept.simulated,
        groups: kept.groups,
    })
}
