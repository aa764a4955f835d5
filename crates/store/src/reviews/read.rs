//! Looking reviews up.

use std::collections::HashMap;

use countersign_model::{EdgeId, ReviewId, ReviewState, SessionId, Timestamp, UserId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::{ReviewRecord, ReviewVote, StoredReview, TABLE};
use crate::{
    Store, StoreError,
    entity::{
        edges, review_decisions,
        reviews::{Column, Entity},
        users,
    },
    text,
};

/// Decisions a day that the median looks at.
const MEDIAN_OVER: u64 = 10_000;

/// Which reviews.
#[derive(Debug, Clone, Default)]
pub struct ReviewQuery {
    /// Only those in this state.
    pub state: Option<ReviewState>,
    /// Only those of this session.
    pub session_id: Option<SessionId>,
    /// Only those of this edge.
    pub edge_id: Option<EdgeId>,
    /// Only those of this kind of operation.
    pub kind: Option<String>,
    /// Only those that expire after this time.
    pub expires_after: Option<Timestamp>,
    /// Only those older than this one.
    pub before: Option<ReviewId>,
}

/// How the reviews go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReviewTally {
    /// Approved since then.
    pub approved: u64,
    /// Denied since then.
    pub denied: u64,
    /// Expired undecided or unused since then.
    pub expired: u64,
    /// Median time from held to decided, in milliseconds.
    pub median_decision_ms: Option<u64>,
}

/// A row without the request, which may be large.
#[derive(FromQueryResult)]
pub(super) struct Row {
    id: Uuid,
    edge_id: Uuid,
    session_id: Uuid,
    state: String,
    digest: String,
    header: String,
    requested_at: i64,
    expires_at: i64,
    decided_at: Option<i64>,
}

impl Store {
    /// One review.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn review(&self, id: ReviewId) -> Result<ReviewRecord, StoreError> {
        one(&self.read, id).await
    }

    /// One review with exactly what will run.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn stored_review(&self, id: ReviewId) -> Result<StoredReview, StoreError> {
        let record = one(&self.read, id).await?;
        let row = Entity::find_by_id(id.as_uuid())
            .one(&self.read)
            .await?
            .ok_or(StoreError::NotFound("review"))?;
        Ok(StoredReview {
            record,
            request: text::from_json(TABLE, "request", &row.request)?,
        })
    }

    /// Reviews, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reviews(
        &self,
        query: ReviewQuery,
        limit: u64,
    ) -> Result<Vec<ReviewRecord>, StoreError> {
        let mut select = Entity::find().order_by_desc(Column::Id).limit(limit);
        if let Some(state) = query.state {
            select = select.filter(Column::State.eq(text::to_name(&state)?));
        }
        if let Some(session) = query.session_id {
            select = select.filter(Column::SessionId.eq(session.as_uuid()));
        }
        if let Some(edge) = query.edge_id {
            select = select.filter(Column::EdgeId.eq(edge.as_uuid()));
        }
        if let Some(kind) = query.kind {
            select = select.filter(Column::Kind.eq(kind));
        }
        if let Some(after) = query.expires_after {
            select = select.filter(Column::ExpiresAt.gt(after.as_millis()));
        }
        if let Some(before) = query.before {
            select = select.filter(Column::Id.lt(before.as_uuid()));
        }
        records(&self.read, select).await
    }

    /// How the reviews have gone since `since`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn review_tally(&self, since: Timestamp) -> Result<ReviewTally, StoreError> {
        let ended: Vec<(String, i64, Option<i64>)> = Entity::find()
            .select_only()
            .columns([Column::State, Column::RequestedAt, Column::DecidedAt])
            .filter(Column::DecidedAt.gte(since.as_millis()))
            .order_by_desc(Column::DecidedAt)
            .limit(MEDIAN_OVER)
            .into_tuple()
            .all(&self.read)
            .await?;
        let mut tally = ReviewTally::default();
        let mut took = Vec::new();
        for (state, requested_at, decided_at) in ended {
            match text::from_name(TABLE, "state", &state)? {
                ReviewState::Approved | ReviewState::Used => tally.approved += 1,
                ReviewState::Denied => tally.denied += 1,
                ReviewState::Expired => {
                    tally.expired += 1;
                    continue;
                }
                ReviewState::Pending | ReviewState::Withdrawn => continue,
            }
            let millis = decided_at.unwrap_or(requested_at) - requested_at;
            took.push(u64::try_from(millis).unwrap_or(0));
        }
        took.sort_unstable();
        tally.median_decision_ms = took.get(took.len() / 2).copied();
        Ok(tally)
    }
}

/// One review, as `connection` sees it.
pub(super) async fn one<C: ConnectionTrait>(
    connection: &C,
    id: ReviewId,
) -> Result<ReviewRecord, StoreError> {
    records(connection, Entity::find_by_id(id.as_uuid()))
        .await?
        .pop()
        .ok_or(StoreError::NotFound("review"))
}

/// The selected reviews with their votes and the names of their edges.
pub(super) async fn records<C: ConnectionTrait>(
    connection: &C,
    select: Select<Entity>,
) -> Result<Vec<ReviewRecord>, StoreError> {
    let rows: Vec<Row> = select
        .select_only()
        .columns([
            Column::Id,
            Column::EdgeId,
            Column::SessionId,
            Column::State,
            Column::Digest,
            Column::Header,
            Column::RequestedAt,
            Column::ExpiresAt,
            Column::DecidedAt,
        ])
        .into_model()
        .all(connection)
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut votes = votes(connection, &ids).await?;
    let edge_ids: Vec<Uuid> = rows.iter().map(|row| row.edge_id).collect();
    let names = edge_names(connection, edge_ids).await?;
    rows.into_iter()
        .map(|row| {
            Ok(ReviewRecord {
                id: ReviewId::from_uuid(row.id),
                edge_id: EdgeId::from_uuid(row.edge_id),
                edge: names.get(&row.edge_id).cloned().unwrap_or_default(),
                session_id: SessionId::from_uuid(row.session_id),
                state: text::from_name(TABLE, "state", &row.state)?,
                digest: row.digest,
                header: text::from_json(TABLE, "header", &row.header)?,
                requested_at: Timestamp::from_millis(row.requested_at),
                expires_at: Timestamp::from_millis(row.expires_at),
                decided_at: text::moment(row.decided_at),
                votes: votes.remove(&row.id).unwrap_or_default(),
            })
        })
        .collect()
}

async fn votes<C: ConnectionTrait>(
    connection: &C,
    reviews: &[Uuid],
) -> Result<HashMap<Uuid, Vec<ReviewVote>>, StoreError> {
    let rows = review_decisions::Entity::find()
        .filter(review_decisions::Column::ReviewId.is_in(reviews.iter().copied()))
        .order_by_asc(review_decisions::Column::Id)
        .find_also_related(users::Entity)
        .all(connection)
        .await?;
    let mut by_review: HashMap<Uuid, Vec<ReviewVote>> = HashMap::new();
    for (row, user) in rows {
        let (name, email) = user.map(|u| (u.name, u.email)).unwrap_or_default();
        let vote = ReviewVote {
            user_id: UserId::from_uuid(row.user_id),
            user: name,
            email,
            decision: text::from_name("review_decisions", "decision", &row.decision)?,
            comment: row.comment,
            decided_at: Timestamp::from_millis(row.decided_at),
        };
        by_review.entry(row.review_id).or_default().push(vote);
    }
    Ok(by_review)
}

/// The names of edges, revoked ones included.
pub(crate) async fn edge_names<C: ConnectionTrait>(
    connection: &C,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, String>, StoreError> {
    let names: Vec<(Uuid, String)> = edges::Entity::find()
        .select_only()
        .columns([edges::Column::Id, edges::Column::Name])
        .filter(edges::Column::Id.is_in(ids))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(names.into_iter().collect())
}
