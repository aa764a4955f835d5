//! Writing a verified batch in one transaction.

use std::collections::{BTreeMap, HashMap};

use countersign_model::{ActionId, EdgeId, Effect, SessionId, Timestamp};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QuerySelect,
};
use uuid::Uuid;

use super::{
    head,
    prepare::Prepared,
    summary::{SessionDelta, Summary},
};
use crate::{
    SessionCounts, Store, StoreError,
    entity::{event_batches, journals, session_batches, session_decisions},
    sessions,
    text::{self, to_i64},
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
        let effects = effects(db, &batch.summary).await?;
        let extra = resolved_counts(&batch.summary, &effects);
        for (id, delta) in &batch.summary.sessions {
            let counts = delta
                .counts
                .plus(extra.get(id).copied().unwrap_or_default());
            write_session(db, edge, *id, delta, counts).await?;
        }
        insert_decisions(db, &batch.summary).await?;
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

/// The effects of the earlier decisions that the batch refers to.
async fn effects<C: ConnectionTrait>(
    db: &C,
    summary: &Summary,
) -> Result<HashMap<ActionId, Effect>, StoreError> {
    let ids: Vec<Uuid> = summary.references().iter().map(ActionId::as_uuid).collect();
    let mut effects = HashMap::new();
    for chunk in ids.chunks(CHUNK) {
        let rows: Vec<(Uuid, String)> = session_decisions::Entity::find()
            .select_only()
            .columns([
                session_decisions::Column::ActionId,
                session_decisions::Column::Effect,
            ])
            .filter(session_decisions::Column::ActionId.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        for (id, effect) in rows {
            let effect = text::from_name("session_decisions", "effect", &effect)?;
            effects.insert(ActionId::from_uuid(id), effect);
        }
    }
    Ok(effects)
}

fn resolved_counts(
    summary: &Summary,
    effects: &HashMap<ActionId, Effect>,
) -> BTreeMap<SessionId, SessionCounts> {
    let mut resolved = Summary::default();
    for (session, effect) in summary.resolve(effects) {
        resolved.count(session, effect);
    }
    let counts = |(id, delta): (SessionId, SessionDelta)| (id, delta.counts);
    resolved.sessions.into_iter().map(counts).collect()
}

async fn write_session<C: ConnectionTrait>(
    db: &C,
    edge: EdgeId,
    id: SessionId,
    delta: &SessionDelta,
    counts: SessionCounts,
) -> Result<(), StoreError> {
    match &delta.opened {
        Some((opened, at)) => sessions::insert(db, edge, opened, *at, delta, counts).await?,
        None => sessions::add(db, edge, id, delta, counts).await?,
    }
    if delta.closed.is_some() {
        session_decisions::Entity::delete_many()
            .filter(session_decisions::Column::SessionId.eq(id.as_uuid()))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Keeps the effects of full decisions for as long as their session may refer to them.
async fn insert_decisions<C: ConnectionTrait>(db: &C, summary: &Summary) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (action, (session, effect)) in &summary.decisions {
        let closed = summary
            .sessions
            .get(session)
            .is_some_and(|s| s.closed.is_some());
        if !closed {
            rows.push(session_decisions::ActiveModel {
                action_id: Set(action.as_uuid()),
                session_id: Set(session.as_uuid()),
                effect: Set(text::to_name(effect)?),
            });
        }
    }
    for chunk in rows.chunks(CHUNK) {
        session_decisions::Entity::insert_many(chunk.to_vec())
            .on_conflict_do_nothing()
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}
