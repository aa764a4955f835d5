//! Writing a verified batch in one transaction.

use std::collections::{BTreeSet, HashSet};

use countersign_model::{ActionId, EdgeId, SessionId, Timestamp};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QuerySelect,
};
use uuid::Uuid;

use super::{
    head,
    prepare::Prepared,
    summary::{EDGE_RESTARTED, SessionDelta, Summary},
};
use crate::{
    Store, StoreError,
    entity::{event_batches, held_actions, journals, session_batches},
    issued_tokens, session_snapshots, sessions,
    text::to_i64,
    tool_definitions, usage,
};

/// Rows a statement: SQLite takes 32,766 values in one, PostgreSQL 65,535.
const CHUNK: usize = 1000;

impl Store {
    /// Writes a batch; `false` when the journal's head is not the one it was verified against.
    pub(super) async fn write_batch(
        &self,
        edge: EdgeId,
        batch: &Prepared,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let change = self.change().await?;
        let db = change.db();
        if head::lock(db, edge, batch.epoch).await? != batch.head {
            return Ok(false);
        }
        advance_journal(db, edge, batch, now).await?;
        insert_batch(db, edge, batch, now).await?;
        insert_session_batches(db, edge, batch).await?;
        if let Some(at) = batch.summary.restarted_at {
            sessions::close_all(db, edge, EDGE_RESTARTED, at).await?;
        }
        let held_earlier = held_earlier(db, &batch.summary).await?;
        let masked = batch.summary.masked_by_session(&held_earlier);
        for (id, delta) in &batch.summary.sessions {
            let masked = masked.get(id).copied().unwrap_or(0);
            write_session(db, edge, *id, delta, masked).await?;
            usage::add(db, edge, *id, &delta.usage).await?;
        }
        insert_held(db, &batch.summary).await?;
        for chunk in batch.summary.snapshots.chunks(CHUNK) {
            session_snapshots::insert(db, edge, chunk).await?;
        }
        for (tool, at) in &batch.summary.tools {
            tool_definitions::note(db, tool, *at).await?;
        }
        change.commit().await?;
        Ok(true)
    }
}

/// Moves the journal's head. A first batch of a journal that races with another one is refused by
/// the primary key.
async fn advance_journal<C: ConnectionTrait>(
    db: &C,
    edge: EdgeId,
    batch: &Prepared,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = journals::ActiveModel {
        edge_id: Set(edge.as_uuid()),
        epoch: Set(batch.epoch.cast_signed()),
        acked_seq: Set(to_i64(batch.last_seq)),
        last_hash: Set(hex::encode(batch.last_link)),
        updated_at: Set(now.as_millis()),
    };
    if batch.head.known {
        row.update(db).await?;
    } else {
        row.insert(db).await?;
    }
    Ok(())
}

async fn insert_batch<C: ConnectionTrait>(
    db: &C,
    edge: EdgeId,
    batch: &Prepared,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = event_batches::ActiveModel {
        edge_id: Set(edge.as_uuid()),
        epoch: Set(batch.epoch.cast_signed()),
        first_seq: Set(to_i64(batch.first_seq)),
        last_seq: Set(to_i64(batch.last_seq)),
        prev_hash: Set(hex::encode(batch.head.link)),
        last_hash: Set(hex::encode(batch.last_link)),
        first_at: Set(batch.first_at.as_millis()),
        last_at: Set(batch.last_at.as_millis()),
        records: Set(batch.records.clone()),
        created_at: Set(now.as_millis()),
    };
    event_batches::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

async fn insert_session_batches<C: ConnectionTrait>(
    db: &C,
    edge: EdgeId,
    batch: &Prepared,
) -> Result<(), StoreError> {
    let rows: Vec<_> = batch
        .summary
        .sessions
        .keys()
        .map(|session| session_batches::ActiveModel {
            session_id: Set(session.as_uuid()),
            edge_id: Set(edge.as_uuid()),
            epoch: Set(batch.epoch.cast_signed()),
            first_seq: Set(to_i64(batch.first_seq)),
        })
        .collect();
    for chunk in rows.chunks(CHUNK) {
        session_batches::Entity::insert_many(chunk.to_vec())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Actions that were held in earlier batches, of sessions whose outcomes were masked in this one.
async fn held_earlier<C: ConnectionTrait>(
    db: &C,
    summary: &Summary,
) -> Result<HashSet<ActionId>, StoreError> {
    let sessions: BTreeSet<Uuid> = summary.masked.iter().map(|(id, _)| id.as_uuid()).collect();
    let sessions: Vec<Uuid> = sessions.into_iter().collect();
    let mut held = HashSet::new();
    for chunk in sessions.chunks(CHUNK) {
        let ids: Vec<Uuid> = held_actions::Entity::find()
            .select_only()
            .column(held_actions::Column::ActionId)
            .filter(held_actions::Column::SessionId.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        held.extend(ids.into_iter().map(ActionId::from_uuid));
    }
    Ok(held)
}

async fn write_session<C: ConnectionTrait>(
    db: &C,
    edge: EdgeId,
    id: SessionId,
    delta: &SessionDelta,
    masked: u64,
) -> Result<(), StoreError> {
    match &delta.opened {
        Some((opened, at)) => {
            sessions::insert(db, edge, opened, *at, delta, masked).await?;
            let credential = opened.credential_id.as_uuid();
            issued_tokens::touch(db, credential, at.as_millis()).await?;
        }
        None => sessions::add(db, edge, id, delta, masked).await?,
    }
    if delta.closed.is_some() {
        held_actions::Entity::delete_many()
            .filter(held_actions::Column::SessionId.eq(id.as_uuid()))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Keeps which actions were held for as long as their outcomes may come.
async fn insert_held<C: ConnectionTrait>(db: &C, summary: &Summary) -> Result<(), StoreError> {
    let is_open = |id: &SessionId| summary.sessions.get(id).is_some_and(|s| s.closed.is_none());
    let rows: Vec<_> = summary
        .held
        .iter()
        .filter(|(_, session)| is_open(session))
        .map(|(action, session)| held_actions::ActiveModel {
            action_id: Set(action.as_uuid()),
            session_id: Set(session.as_uuid()),
        })
        .collect();
    for chunk in rows.chunks(CHUNK) {
        held_actions::Entity::insert_many(chunk.to_vec())
            .on_conflict_do_nothing()
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}
