//! Replays: what was asked, and what came of it.

use countersign_model::{ReplayId, Timestamp, UserId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Store, StoreError,
    entity::{
        replays::{ActiveModel, Column, Entity, Model},
        users,
    },
    text,
};

const TABLE: &str = "replays";

/// Replays that are kept; the oldest go.
const KEPT: u64 = 200;

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplayState {
    /// It reads and judges.
    Running,
    /// It has judged everything it was asked to.
    Done,
    /// It ended early, for the reason in `error`.
    Failed,
    /// Somebody stopped it, or the control plane was.
    Cancelled,
}

/// A replay. Request and result are the caller's own JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayRecord {
    /// Which.
    pub id: ReplayId,
    /// How far it is.
    pub state: ReplayState,
    /// What was asked.
    pub request: Value,
    /// What came of it, once it has ended.
    pub result: Option<Value>,
    /// Why it failed.
    pub error: Option<String>,
    /// Who asked.
    pub requested_by: UserId,
    /// Their name.
    pub requested_by_name: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// How a replay ended.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayEnd {
    /// Any but `running`.
    pub state: ReplayState,
    /// What came of it.
    pub result: Value,
    /// Why it failed.
    pub error: Option<String>,
}

fn to_record(row: Model, user: Option<users::Model>) -> Result<ReplayRecord, StoreError> {
    let result = row.result.as_deref();
    Ok(ReplayRecord {
        id: ReplayId::from_uuid(row.id),
        state: text::from_name(TABLE, "state", &row.state)?,
        request: text::from_json(TABLE, "request", &row.request)?,
        result: result
            .map(|result| text::from_json(TABLE, "result", result))
            .transpose()?,
        error: row.error,
        requested_by: UserId::from_uuid(row.requested_by),
        requested_by_name: user.map(|user| user.name).unwrap_or_default(),
        started_at: Timestamp::from_millis(row.started_at),
        finished_at: text::moment(row.finished_at),
    })
}

impl Store {
    /// Keeps a replay that begins, and lets the oldest go.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_replay(
        &self,
        request: &Value,
        by: UserId,
        now: Timestamp,
    ) -> Result<ReplayId, StoreError> {
        let change = self.change().await?;
        let id = ReplayId::new();
        let row = ActiveModel {
            id: Set(id.as_uuid()),
            state: Set(text::to_name(&ReplayState::Running)?),
            request: Set(text::to_json(request)?),
            result: Set(None),
            error: Set(None),
            requested_by: Set(by.as_uuid()),
            started_at: Set(now.as_millis()),
            finished_at: Set(None),
        };
        row.insert(change.db()).await?;
        let last_kept = Entity::find()
            .order_by_desc(Column::Id)
            .offset(KEPT)
            .limit(1)
            .one(change.db())
            .await?;
        if let Some(row) = last_kept {
            Entity::delete_many()
                .filter(Column::Id.lte(row.id))
                .exec(change.db())
                .await?;
        }
        change.commit().await?;
        Ok(id)
    }

    /// Keeps what came of a replay.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_replay(
        &self,
        id: ReplayId,
        end: &ReplayEnd,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let change = self.change().await?;
        Entity::update_many()
            .col_expr(Column::State, Expr::value(text::to_name(&end.state)?))
            .col_expr(Column::Result, Expr::value(text::to_json(&end.result)?))
            .col_expr(Column::Error, Expr::value(end.error.clone()))
            .col_expr(Column::FinishedAt, Expr::value(now.as_millis()))
            .filter(Column::Id.eq(id.as_uuid()))
            .exec(change.db())
            .await?;
        change.commit().await
    }

    /// Ends every replay that still stands as running: its process is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn abandon_replays(&self, now: Timestamp) -> Result<(), StoreError> {
        let change = self.change().await?;
        Entity::update_many()
            .col_expr(
                Column::State,
                Expr::value(text::to_name(&ReplayState::Cancelled)?),
            )
            .col_expr(
                Column::Error,
                Expr::value("the control plane was stopped meanwhile"),
            )
            .col_expr(Column::FinishedAt, Expr::value(now.as_millis()))
            .filter(Column::State.eq(text::to_name(&ReplayState::Running)?))
            .exec(change.db())
            .await?;
        change.commit().await
    }

    /// One replay.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn replay(&self, id: ReplayId) -> Result<ReplayRecord, StoreError> {
        let found = Entity::find_by_id(id.as_uuid())
            .find_also_related(users::Entity)
            .one(&self.read)
            .await?;
        let (row, user) = found.ok_or(StoreError::NotFound("replay"))?;
        to_record(row, user)
    }

    /// Replays, newest first, older than `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replays(
        &self,
        before: Option<ReplayId>,
        limit: u64,
    ) -> Result<Vec<ReplayRecord>, StoreError> {
        let mut query = Entity::find().order_by_desc(Column::Id).limit(limit);
        if let Some(before) = before {
            query = query.filter(Column::Id.lt(before.as_uuid()));
        }
        let rows = query
            .find_also_related(users::Entity)
            .all(&self.read)
            .await?;
        rows.into_iter()
            .map(|(row, user)| to_record(row, user))
            .collect()
    }
}
