//! Every change of a review's state.

use countersign_model::{
    EdgeId, ReviewDecision, ReviewId, ReviewRequest, ReviewState, Timestamp, UserId,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, LockType},
};
use uuid::Uuid;

use super::{ReviewHeader, ReviewRecord, TABLE, read};
use crate::{
    Store, StoreError,
    entity::{
        review_decisions,
        reviews::{ActiveModel, Column, Entity, Model},
    },
    text,
};

/// Reviews that one sweep expires.
const SWEEP: u64 = 500;

/// A decision to make.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// Who decides.
    pub user_id: UserId,
    /// What.
    pub decision: ReviewDecision,
    /// Why, in their words.
    pub comment: String,
    /// The digest of what they saw.
    pub digest: String,
}

/// Why an action is not held.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// Its decision asks for no review.
    #[error("the decision asks for no review")]
    NoReview,
    /// The id names another review.
    #[error("the id names another review")]
    IdTaken,
    /// The database failed.
    #[error("the review was not stored")]
    Store(#[from] StoreError),
}

/// Why a decision does not count.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The review has ended already.
    #[error("the review is not pending")]
    NotPending(ReviewState),
    /// What they saw is not what is held.
    #[error("the digest is not the review's")]
    StaleDigest,
    /// They have decided already.
    #[error("the person has decided already")]
    AlreadyDecided,
    /// The database failed.
    #[error("the decision was not stored")]
    Store(#[from] StoreError),
}

/// Why an approval cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UseError {
    /// It is not approved, not any more, or was used.
    #[error("the review is not approved")]
    NotApproved(ReviewState),
    /// The database failed.
    #[error("the review was not used")]
    Store(#[from] StoreError),
}

impl Store {
    /// Holds an action. The same request again answers the review it made.
    ///
    /// # Errors
    /// `IdTaken` when another edge or other bytes have that id.
    pub async fn hold(
        &self,
        edge: EdgeId,
        request: &ReviewRequest,
        now: Timestamp,
    ) -> Result<ReviewRecord, HoldError> {
        let header = ReviewHeader::of(request).ok_or(HoldError::NoReview)?;
        let change = self.change().await?;
        if let Some(row) = by_id(change.db(), request.id).await? {
            if row.edge_id != edge.as_uuid() || row.digest != request.digest {
                return Err(HoldError::IdTaken);
            }
            return Ok(read::one(change.db(), request.id).await?);
        }
        let row = ActiveModel {
            id: Set(request.id.as_uuid()),
            edge_id: Set(edge.as_uuid()),
            session_id: Set(request.session_id.as_uuid()),
            state: Set(text::to_name(&ReviewState::Pending)?),
            digest: Set(request.digest.clone()),
            kind: Set(header.kind.clone()),
            quorum: Set(i32::from(header.quorum)),
            header: Set(text::to_json(&header)?),
            request: Set(text::to_json(request)?),
            requested_at: Set(request.requested_at.as_millis()),
            expires_at: Set(request.expires_at.as_millis()),
            created_at: Set(now.as_millis()),
            updated_at: Set(now.as_millis()),
            decided_at: Set(None),
        };
        row.insert(change.db()).await.map_err(StoreError::from)?;
        expire(change.db(), request.id, now).await?;
        let record = read::one(change.db(), request.id).await?;
        change.commit().await?;
        Ok(record)
    }

    /// Writes a decision down. One deny ends the review; the last approval that is needed approves
    /// it.
    ///
    /// # Errors
    /// When it does not count.
    pub async fn decide(
        &self,
        id: ReviewId,
        new: NewDecision,
        now: Timestamp,
    ) -> Result<ReviewRecord, DecideError> {
        let change = self.change().await?;
        expire(change.db(), id, now).await?;
        let row = lock(change.db(), id).await?;
        let state = text::from_name(TABLE, "state", &row.state)?;
        if state != ReviewState::Pending {
            change.commit().await?;
            return Err(DecideError::NotPending(state));
        }
        if row.digest != new.digest {
            return Err(DecideError::StaleDigest);
        }
        let votes =
            review_decisions::Entity::find().filter(review_decisions::Column::ReviewId.eq(row.id));
        let mine = votes
            .clone()
            .filter(review_decisions::Column::UserId.eq(new.user_id.as_uuid()))
            .count(change.db())
            .await
            .map_err(StoreError::from)?;
        if mine > 0 {
            return Err(DecideError::AlreadyDecided);
        }
        let vote = review_decisions::ActiveModel {
            id: Set(Uuid::now_v7()),
            review_id: Set(row.id),
            user_id: Set(new.user_id.as_uuid()),
            decision: Set(text::to_name(&new.decision)?),
            comment: Set(new.comment),
            decided_at: Set(now.as_millis()),
        };
        vote.insert(change.db()).await.map_err(StoreError::from)?;
        let state = match new.decision {
            ReviewDecision::Deny => Some(ReviewState::Denied),
            ReviewDecision::Approve => {
                // Every vote so far approves: a deny would have ended the review.
                let approvals = votes.count(change.db()).await.map_err(StoreError::from)?;
                let enough = i64::try_from(approvals).unwrap_or(0) >= i64::from(row.quorum);
                enough.then_some(ReviewState::Approved)
            }
        };
        if let Some(state) = state {
            let from = &[ReviewState::Pending];
            transition(change.db(), id, from, state, now).await?;
        }
        let record = read::one(change.db(), id).await?;
        change.commit().await?;
        Ok(record)
    }

    /// Uses an approval. Of all callers one succeeds.
    ///
    /// # Errors
    /// `NotApproved` with its state; `NotFound` when the edge has no such review.
    pub async fn use_review(
        &self,
        edge: EdgeId,
        id: ReviewId,
        now: Timestamp,
    ) -> Result<ReviewRecord, UseError> {
        let change = self.change().await?;
        owned(change.db(), edge, id).await?;
        expire(change.db(), id, now).await?;
        let from = &[ReviewState::Approved];
        let used = transition(change.db(), id, from, ReviewState::Used, now).await?;
        let record = read::one(change.db(), id).await?;
        change.commit().await?;
        if used {
            Ok(record)
        } else {
            Err(UseError::NotApproved(record.state))
        }
    }

    /// The client went away: ends a review that has not ended.
    ///
    /// # Errors
    /// `NotFound` when the edge has no such review.
    pub async fn withdraw_review(
        &self,
        edge: EdgeId,
        id: ReviewId,
        now: Timestamp,
    ) -> Result<ReviewRecord, StoreError> {
        let change = self.change().await?;
        owned(change.db(), edge, id).await?;
        expire(change.db(), id, now).await?;
        let from = &[ReviewState::Pending, ReviewState::Approved];
        transition(change.db(), id, from, ReviewState::Withdrawn, now).await?;
        let record = read::one(change.db(), id).await?;
        change.commit().await?;
        Ok(record)
    }

    /// Expires what nobody decided or used in time, and tells which.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire_reviews(&self, now: Timestamp) -> Result<Vec<ReviewRecord>, StoreError> {
        let due: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::State.is_in(open_states()?))
            .filter(Column::ExpiresAt.lte(now.as_millis()))
            .order_by_asc(Column::ExpiresAt)
            .limit(SWEEP)
            .into_tuple()
            .all(&self.read)
            .await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let change = self.change().await?;
        let mut expired = Vec::new();
        for id in due.into_iter().map(ReviewId::from_uuid) {
            if expire(change.db(), id, now).await? {
                expired.push(read::one(change.db(), id).await?);
            }
        }
        change.commit().await?;
        Ok(expired)
    }
}

fn open_states() -> Result<[String; 2], StoreError> {
    Ok([
        text::to_name(&ReviewState::Pending)?,
        text::to_name(&ReviewState::Approved)?,
    ])
}

async fn by_id<C: ConnectionTrait>(
    connection: &C,
    id: ReviewId,
) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id(id.as_uuid()).one(connection).await?)
}

async fn lock<C: ConnectionTrait>(connection: &C, id: ReviewId) -> Result<Model, StoreError> {
    Entity::find_by_id(id.as_uuid())
        .lock(LockType::Update)
        .one(connection)
        .await?
        .ok_or(StoreError::NotFound("review"))
}

/// A review is the edge's that asked for it, and nobody else's.
async fn owned<C: ConnectionTrait>(
    connection: &C,
    edge: EdgeId,
    id: ReviewId,
) -> Result<(), StoreError> {
    match by_id(connection, id).await? {
        Some(row) if row.edge_id == edge.as_uuid() => Ok(()),
        _ => Err(StoreError::NotFound("review")),
    }
}

/// Expires a review whose time has come; whether it did.
async fn expire<C: ConnectionTrait>(
    connection: &C,
    id: ReviewId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = Entity::update_many()
        .col_expr(
            Column::State,
            Expr::value(text::to_name(&ReviewState::Expired)?),
        )
        .col_expr(Column::DecidedAt, Expr::value(now.as_millis()))
        .col_expr(Column::UpdatedAt, Expr::value(now.as_millis()))
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::State.is_in(open_states()?))
        .filter(Column::ExpiresAt.lte(now.as_millis()))
        .exec(connection)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Moves a review from one of the states `from` to `to`, in one statement; whether it did. Leaving
/// `pending` is when it was decided; using an approval leaves that time alone.
async fn transition<C: ConnectionTrait>(
    connection: &C,
    id: ReviewId,
    from: &[ReviewState],
    to: ReviewState,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let from = from.iter().map(text::to_name);
    let from = from.collect::<Result<Vec<_>, _>>()?;
    let mut update = Entity::update_many()
        .col_expr(Column::State, Expr::value(text::to_name(&to)?))
        .col_expr(Column::UpdatedAt, Expr::value(now.as_millis()))
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::State.is_in(from));
    if to != ReviewState::Used {
        update = update.col_expr(Column::DecidedAt, Expr::value(now.as_millis()));
    }
    Ok(update.exec(connection).await?.rows_affected == 1)
}
