//! Deciding a request for access.

use std::time::Duration;

use countersign_model::{GrantId, GrantState, ReviewDecision, Timestamp, UserId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, QuerySelect, sea_query::LockType,
};
use uuid::Uuid;

use super::{
    GrantRecord, TABLE, end,
    event::{self, Step},
    read,
};
use crate::{
    Store, StoreError,
    entity::{
        grant_votes,
        grants::{ActiveModel, Entity, Model},
    },
    text,
};

/// A decision to make.
#[derive(Debug, Clone)]
pub struct NewGrantVote {
    /// Who decides.
    pub user_id: UserId,
    /// Their e-mail address.
    pub email: String,
    /// What.
    pub decision: ReviewDecision,
    /// Why, in their words.
    pub comment: String,
}

/// Why a decision does not count.
#[derive(Debug, thiserror::Error)]
pub enum GrantVoteError {
    /// The request was decided or has ended already.
    #[error("the grant is not waiting for anybody")]
    NotRequested(GrantState),
    /// They have decided already.
    #[error("the person has decided already")]
    AlreadyDecided,
    /// The database failed.
    #[error("the decision was not stored")]
    Store(#[from] StoreError),
}

impl Store {
    /// Writes a decision down. One deny ends the request; the last approval that is needed puts the
    /// grant in force, and its time begins.
    ///
    /// # Errors
    /// When it does not count.
    pub async fn vote_on_grant(
        &self,
        id: GrantId,
        new: NewGrantVote,
        now: Timestamp,
    ) -> Result<GrantRecord, GrantVoteError> {
        let email = new.email.clone();
        let mut change = self.change().await?;
        let row = lock(change.db(), id).await?;
        let state = text::from_name(TABLE, "state", &row.state)?;
        let too_late = row
            .decide_until
            .is_some_and(|until| until <= now.as_millis());
        if state == GrantState::Requested && too_late {
            return Err(GrantVoteError::NotRequested(GrantState::Expired));
        }
        if state != GrantState::Requested {
            return Err(GrantVoteError::NotRequested(state));
        }
        let votes = grant_votes::Entity::find().filter(grant_votes::Column::GrantId.eq(row.id));
        let mine = votes
            .clone()
            .filter(grant_votes::Column::UserId.eq(new.user_id.as_uuid()))
            .count(change.db())
            .await
            .map_err(StoreError::from)?;
        if mine > 0 {
            return Err(GrantVoteError::AlreadyDecided);
        }
        let vote = grant_votes::ActiveModel {
            id: Set(Uuid::now_v7()),
            grant_id: Set(row.id),
            user_id: Set(new.user_id.as_uuid()),
            decision: Set(text::to_name(&new.decision)?),
            comment: Set(new.comment.clone()),
            decided_at: Set(now.as_millis()),
        };
        vote.insert(change.db()).await.map_err(StoreError::from)?;
        match new.decision {
            ReviewDecision::Deny => deny(change.db(), &row, new, now).await?,
            ReviewDecision::Approve => {
                // Every vote so far approves: a deny would have ended the request.
                let approvals = votes.count(change.db()).await.map_err(StoreError::from)?;
                if i64::try_from(approvals).unwrap_or(0) >= i64::from(row.quorum) {
                    begin(change.db(), &row, now).await?;
                    change.matters_to_edges().await?;
                }
            }
        }
        let record = read::one(change.db(), id).await?;
        let step = match record.state {
            GrantState::Requested => Step::Endorsed,
            _ => Step::Came,
        };
        event::keep(change.db(), &record, step, Some(&email), now).await?;
        change.commit().await?;
        Ok(record)
    }
}

/// The row, which nobody else changes until this change is made: PostgreSQL locks it, and SQLite
/// has one writer.
pub(super) async fn lock<C: ConnectionTrait>(
    connection: &C,
    id: GrantId,
) -> Result<Model, StoreError> {
    Entity::find_by_id(id.as_uuid())
        .lock(LockType::Update)
        .one(connection)
        .await?
        .ok_or(StoreError::NotFound("grant"))
}

async fn begin<C: ConnectionTrait>(
    connection: &C,
    row: &Model,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seconds = text::to_u64(TABLE, "duration_seconds", row.duration_seconds)?;
    let expires_at = now.after(Duration::from_secs(seconds));
    ActiveModel {
        id: Set(row.id),
        state: Set(GrantState::Active.as_str().to_owned()),
        decided_at: Set(Some(now.as_millis())),
        expires_at: Set(Some(expires_at.as_millis())),
        updated_at: Set(now.as_millis()),
        ..Default::default()
    }
    .update(connection)
    .await?;
    Ok(())
}

async fn deny<C: ConnectionTrait>(
    connection: &C,
    row: &Model,
    vote: NewGrantVote,
    now: Timestamp,
) -> Result<(), StoreError> {
    let why = Some(vote.comment).filter(|comment| !comment.is_empty());
    end::finish(
        connection,
        row.id,
        GrantState::Denied,
        Some(vote.email),
        why,
        now,
    )
    .await
}
