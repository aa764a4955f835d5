//! Actions held for people.

pub mod authority;
mod decide;
pub mod dto;

use std::sync::Arc;

use axum::extract::State;
use countersign_model::{EntityCount, RawOperation, ReviewId, ReviewState, Timestamp};
use countersign_store::{ReviewQuery, ReviewRecord, StoredReview, UserRecord};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{Review, ReviewFilter, ReviewStatistics, ReviewSummary, ReviewVote};
use super::{Page, PageQuery};
use crate::{
    api_error::ApiError,
    auth::{Caller, access::Reader},
    extract::{Path, Query},
    state::AppState,
};

const TAG: &str = "reviews";

/// Pending reviews among which those that wait for the caller are counted.
const PENDING: u64 = 1000;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_reviews))
        .routes(routes!(get_review))
        .routes(routes!(get_review_statistics))
        .merge(decide::router())
}

/// Reviews, newest first.
#[utoipa::path(
    get,
    path = "/reviews",
    tag = TAG,
    params(PageQuery, ReviewFilter),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Reviews", body = Page<ReviewSummary>)),
)]
pub async fn list_reviews(
    State(state): State<AppState>,
    caller: Caller<Reader>,
    Query(page): Query<PageQuery>,
    Query(filter): Query<ReviewFilter>,
) -> Result<axum::Json<Page<ReviewSummary>>, ApiError> {
    let query = ReviewQuery {
        state: filter.state,
        session_id: filter.session_id,
        kind: filter.kind,
        before: page.key()?,
        ..ReviewQuery::default()
    };
    let records = state.store.reviews(query, page.limit_and_one()).await?;
    let page = page.cut(records, |record| record.id);
    let now = state.now();
    Ok(axum::Json(
        page.map(|record| summary(record, &caller.user, now)),
    ))
}

/// One review, with exactly what will run.
#[utoipa::path(
    get,
    path = "/reviews/{id}",
    tag = TAG,
    params(("id" = ReviewId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The review", body = Review)),
)]
pub async fn get_review(
    State(state): State<AppState>,
    caller: Caller<Reader>,
    Path(id): Path<ReviewId>,
) -> Result<axum::Json<Review>, ApiError> {
    let stored = state.store.stored_review(id).await?;
    Ok(axum::Json(view(stored, &caller.user, state.now())))
}

/// How the reviews go.
#[utoipa::path(
    get,
    path = "/review_statistics",
    tag = TAG,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Numbers", body = ReviewStatistics)),
)]
pub async fn get_review_statistics(
    State(state): State<AppState>,
    caller: Caller<Reader>,
) -> Result<axum::Json<ReviewStatistics>, ApiError> {
    let now = state.now();
    let midnight = now.as_millis() - now.as_millis().rem_euclid(DAY_MILLIS);
    let tally = state
        .store
        .review_tally(Timestamp::from_millis(midnight))
        .await?;
    let query = ReviewQuery {
        state: Some(ReviewState::Pending),
        expires_after: Some(now),
        ..ReviewQuery::default()
    };
    let pending = state.store.reviews(query, PENDING).await?;
    let waiting = pending
        .iter()
        .filter(|record| authority::may_decide(&caller.user, record, now).is_ok());
    Ok(axum::Json(ReviewStatistics {
        waiting_for_you: waiting.count() as u64,
        pending: pending.len() as u64,
        approved_today: tally.approved,
        denied_today: tally.denied,
        expired_today: tally.expired,
        median_decision_ms: tally.median_decision_ms,
    }))
}

fn summary(record: ReviewRecord, user: &UserRecord, now: Timestamp) -> ReviewSummary {
    let may_not_decide = authority::may_decide(user, &record, now).err();
    let approvals = u32::try_from(record.approvals()).unwrap_or(u32::MAX);
    let header = record.header;
    ReviewSummary {
        id: record.id,
        state: record.state,
        edge_id: record.edge_id,
        edge: record.edge,
        session_id: record.session_id,
        action_id: header.action_id,
        principal: header.principal,
        target_id: header.target_id,
        target: header.target,
        labels: header.labels,
        kind: header.kind,
        class: header.class,
        grant: header.grant,
        excerpt: header.excerpt,
        reason: header.reason,
        reviewers: header.reviewers,
        quorum: header.quorum,
        approvals,
        requested_at: record.requested_at,
        expires_at: record.expires_at,
        decided_at: record.decided_at,
        may_decide: may_not_decide.is_none(),
        may_not_decide,
    }
}

fn view(stored: StoredReview, user: &UserRecord, now: Timestamp) -> Review {
    let votes = stored.record.votes.iter().map(|vote| ReviewVote {
        user_id: vote.user_id,
        user: vote.user.clone(),
        email: vote.email.clone(),
        decision: vote.decision,
        comment: vote.comment.clone(),
        decided_at: vote.decided_at,
    });
    Review {
        decisions: votes.collect(),
        digest: stored.record.digest.clone(),
        summary: summary(stored.record, user, now),
        text: stored.request.text,
        parameters: stored.request.parameters,
        facts: stored.request.facts,
        findings: findings(stored.request.request.as_deref()),
        request: stored.request.request.map(Arc::unwrap_or_clone),
        decision: stored.request.decision,
    }
}

/// What the detectors see in an operation that is not SQL.
fn findings(request: Option<&RawOperation>) -> Vec<EntityCount> {
    let json = |value: &Arc<serde_json::Value>| value.to_string();
    let text = match request {
        None | Some(RawOperation::Sql(_) | RawOperation::Access(_)) => return Vec::new(),
        Some(RawOperation::Http(request)) => {
            let query = request.query.iter().map(|(_, value)| value.as_str());
            let body = request.body.as_deref();
            let parts: Vec<&str> = [&*request.path]
                .into_iter()
                .chain(query)
                .chain(body)
                .collect();
            parts.join("\n")
        }
        Some(RawOperation::ToolCall(call)) => json(&call.arguments),
        Some(RawOperation::Mcp(request)) => json(&request.params),
        Some(RawOperation::Shell(text)) => text.clone(),
        Some(RawOperation::Llm(request)) => {
            let texts: Vec<&str> = request.messages.iter().map(|m| m.text.as_str()).collect();
            texts.join("\n")
        }
    };
    let counts = countersign_inspect::detect::counts(&text, &[]).into_iter();
    counts
        .map(|(entity, count)| EntityCount {
            entity,
            count: count.into(),
        })
        .collect()
}
