//! One action's records. No index names actions: an id holds the time it was made, batches are
//! found by time, and the text of an id is looked for in them.

use std::collections::BTreeSet;

use countersign_ledger::chain::link;
use countersign_model::{ActionId, ChainedEvent, EdgeId, Event, EventBody, SessionId, Timestamp};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::{
        event_batches::{Column, Entity, Model},
        session_batches,
    },
    events::decompress,
    ingest::to_link,
    text::to_u64,
};

/// Batches that one query reads whole.
const AT_ONCE: usize = 8;

/// Batches that are searched for an action's first record. They come in the order in which they end,
/// so that the right one is among the first of each edge.
const MOST_BATCHES: u64 = 2048;

/// A record may be this much older than its action's id, where a clock was set back.
const CLOCK_STEP: i64 = 2_000;

/// A record is written within this time of its action's making.
const WRITTEN_WITHIN: i64 = 60 * 60 * 1000;

/// Batches of the session that are searched for what became of an action.
const SESSION_BATCHES: u64 = 256;

/// The newest batches that are searched for a short id.
const RECENT_BATCHES: u64 = 64;

/// A batch without its records.
type Key = (Uuid, i64, i64);

/// Everything that was recorded of an action.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionRecord {
    /// Which.
    pub id: ActionId,
    /// The edge that recorded it.
    pub edge_id: EdgeId,
    /// Its session.
    pub session_id: SessionId,
    /// Its events, in order; at least one.
    pub events: Vec<ChainedEvent>,
}

/// The action that an event is about.
#[must_use]
pub fn action_of(body: &EventBody) -> Option<ActionId> {
    match body {
        EventBody::ActionIntent(event) => Some(event.action_id),
        EventBody::ActionOutcome(event) => Some(event.action_id),
        EventBody::ActionRefused(event) => Some(event.action_id),
        EventBody::Review(event) => Some(event.action_id),
        _ => None,
    }
}

/// When an id was made: a UUIDv7 begins with the milliseconds since the Unix epoch.
#[must_use]
pub fn made_at(id: ActionId) -> Option<Timestamp> {
    let uuid = id.as_uuid();
    let millis = (uuid.get_version_num() == 7).then(|| uuid.as_u128() >> 80)?;
    i64::try_from(millis).ok().map(Timestamp::from_millis)
}

impl Store {
    /// What was recorded of an action.
    ///
    /// # Errors
    /// `NotFound` when nothing was, or it has not arrived yet.
    pub async fn action(&self, id: ActionId) -> Result<ActionRecord, StoreError> {
        let unknown = || StoreError::NotFound("action");
        let made = made_at(id).ok_or_else(unknown)?.as_millis();
        let keys: Vec<Key> = Entity::find()
            .select_only()
            .columns([Column::EdgeId, Column::Epoch, Column::FirstSeq])
            .filter(Column::LastAt.gte(made - CLOCK_STEP))
            .filter(Column::FirstAt.lte(made + WRITTEN_WITHIN))
            .order_by_asc(Column::LastAt)
            .limit(MOST_BATCHES)
            .into_tuple()
            .all(&self.read)
            .await?;
        let mut trail = None;
        for keys in keys.chunks(AT_ONCE) {
            let found = self.search(keys, id).await?;
            if !found.is_empty() {
                trail = Some(found);
                break;
            }
        }
        let (edge, epoch, _) = trail
            .as_ref()
            .and_then(|found| found.first())
            .map(place)
            .ok_or_else(unknown)?;
        let mut events = trail.unwrap_or_default();
        events.retain(|event| place(event).0 == edge && place(event).1 == epoch);
        let session = events
            .first()
            .and_then(|event| event.event.body.session_id())
            .ok_or_else(unknown)?;
        let last = events.last().map_or(0, |event| event.event.seq);
        self.follow(id, session, (edge, epoch, last), &mut events)
            .await?;
        Ok(ActionRecord {
            id,
            edge_id: edge,
            session_id: session,
            events,
        })
    }

    /// The distinct actions among the newest records whose ids end with `suffix`, which must be hex
    /// digits in lower case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recent_actions(&self, suffix: &str) -> Result<Vec<ActionId>, StoreError> {
        let keys: Vec<Key> = Entity::find()
            .select_only()
            .columns([Column::EdgeId, Column::Epoch, Column::FirstSeq])
            .order_by_desc(Column::LastAt)
            .limit(RECENT_BATCHES)
            .into_tuple()
            .all(&self.read)
            .await?;
        let mut found = BTreeSet::new();
        for keys in keys.chunks(AT_ONCE) {
            let batches = self.batches(keys).await?;
            let needle = format!("{suffix}\"");
            found.extend(
                blocking(move || {
                    let mut ids = Vec::new();
                    for batch in &batches {
                        let text = text(batch)?;
                        let lines = text.split('\n').filter(|line| line.contains(&needle));
                        ids.extend(lines.filter_map(|line| {
                            let event: Event = serde_json::from_str(line).ok()?;
                            let id = action_of(&event.body)?;
                            id.to_string()
                                .ends_with(&needle[..needle.len() - 1])
                                .then_some(id)
                        }));
                    }
                    Ok(ids)
                })
                .await?,
            );
        }
        Ok(found.into_iter().collect())
    }

    /// Adds what the session's later batches hold of the action, until it has ended.
    async fn follow(
        &self,
        id: ActionId,
        session: SessionId,
        (edge, epoch, last): (EdgeId, u64, u64),
        events: &mut Vec<ChainedEvent>,
    ) -> Result<(), StoreError> {
        if events.iter().any(|event| is_end(&event.event.body)) {
            return Ok(());
        }
        let firsts: Vec<i64> = session_batches::Entity::find()
            .select_only()
            .column(session_batches::Column::FirstSeq)
            .filter(session_batches::Column::SessionId.eq(session.as_uuid()))
            .filter(session_batches::Column::EdgeId.eq(edge.as_uuid()))
            .filter(session_batches::Column::Epoch.eq(epoch.cast_signed()))
            .filter(session_batches::Column::FirstSeq.gt(crate::text::to_i64(last)))
            .order_by_asc(session_batches::Column::FirstSeq)
            .limit(SESSION_BATCHES)
            .into_tuple()
            .all(&self.read)
            .await?;
        let keys: Vec<Key> = firsts
            .into_iter()
            .map(|first| (edge.as_uuid(), epoch.cast_signed(), first))
            .collect();
        for keys in keys.chunks(AT_ONCE) {
            events.extend(self.search(keys, id).await?);
            if events.iter().any(|event| is_end(&event.event.body)) {
                break;
            }
        }
        Ok(())
    }

    /// The action's events in these batches, in order within a journal.
    async fn search(&self, keys: &[Key], id: ActionId) -> Result<Vec<ChainedEvent>, StoreError> {
        let batches = self.batches(keys).await?;
        blocking(move || {
            let needle = id.to_string();
            let mut found = Vec::new();
            for batch in &batches {
                collect(batch, id, &needle, &mut found)?;
            }
            found.sort_by_key(place);
            Ok(found)
        })
        .await
    }

    async fn batches(&self, keys: &[Key]) -> Result<Vec<Model>, StoreError> {
        let any = keys
            .iter()
            .fold(Condition::any(), |any, (edge, epoch, first)| {
                any.add(
                    Expr::col(Column::EdgeId)
                        .eq(*edge)
                        .and(Expr::col(Column::Epoch).eq(*epoch))
                        .and(Expr::col(Column::FirstSeq).eq(*first)),
                )
            });
        Ok(Entity::find().filter(any).all(&self.read).await?)
    }
}

fn place(event: &ChainedEvent) -> (EdgeId, u64, u64) {
    (event.edge_id, event.epoch, event.event.seq)
}

/// Whether nothing follows on it.
fn is_end(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::ActionOutcome(_) | EventBody::ActionRefused(_)
    )
}

fn unreadable(column: &'static str) -> StoreError {
    StoreError::Unreadable {
        table: "event_batches",
        column,
        source: None,
    }
}

fn text(batch: &Model) -> Result<String, StoreError> {
    decompress(&batch.records).map_err(|_| unreadable("records"))
}

/// Adds the action's events of a batch. Only a batch that names it is read line by line.
fn collect(
    batch: &Model,
    id: ActionId,
    needle: &str,
    found: &mut Vec<ChainedEvent>,
) -> Result<(), StoreError> {
    let text = text(batch)?;
    if !text.contains(needle) {
        return Ok(());
    }
    let mut at = to_link(&batch.prev_hash).ok_or_else(|| unreadable("prev_hash"))?;
    let first = to_u64("event_batches", "first_seq", batch.first_seq)?;
    for (_, line) in (first..).zip(text.split('\n')) {
        at = link(&at, line.as_bytes());
        if !line.contains(needle) {
            continue;
        }
        let Ok(event) = serde_json::from_str::<Event>(line) else {
            continue;
        };
        if action_of(&event.body) == Some(id) {
            found.push(ChainedEvent {
                edge_id: EdgeId::from_uuid(batch.edge_id),
                epoch: batch.epoch.cast_unsigned(),
                event,
                hash: hex::encode(at),
            });
        }
    }
    Ok(())
}

/// Unpacking keeps a processor busy: not on an async thread.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::Database(Box::new(error)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_when_it_was_made() {
        let before = Timestamp::now();
        let made = made_at(ActionId::new()).unwrap();
        assert!(before <= made && made <= Timestamp::now(), "{made}");
        let random =
            ActionId::from_uuid(Uuid::from_u128(0x6e3b_35ad_2a34_4bd2_8d1c_9de5_1a2b_3c4d));
        assert_eq!(made_at(random), None, "version 4");
    }
}
