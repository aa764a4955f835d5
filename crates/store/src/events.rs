//! Reading recorded events back: whole batches are stored, the exact lines that were hashed.

use std::io::Read as _;

use countersign_ledger::chain::link;
use countersign_model::{ChainedEvent, EdgeId, Event, SessionId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Store, StoreError,
    entity::{
        event_batches::{Column, Entity, Model},
        journals, session_batches,
    },
    ingest::to_link,
    text::{to_i64, to_u64},
};

/// Batches that one query reads: a batch is a few hundred kilobytes at most.
const BATCHES: u64 = 8;

/// What one batch may unpack to. A batch that arrives is bounded by its request's size.
const MAX_UNPACKED: u64 = 64 * 1024 * 1024;

const COMPRESSION_LEVEL: i32 = 1;

/// A page of events.
#[derive(Debug, Clone, PartialEq)]
pub struct EventPage {
    /// The events, in order.
    pub events: Vec<ChainedEvent>,
    /// Where the next page begins: behind this record of this epoch. `None` on the last page.
    pub next: Option<(u64, u64)>,
}

/// Records as one compressed text, line by line.
pub(crate) fn compress(records: &[String]) -> std::io::Result<Vec<u8>> {
    let text = records.join("\n");
    zstd::bulk::compress(text.as_bytes(), COMPRESSION_LEVEL)
}

pub(crate) fn decompress(records: &[u8]) -> std::io::Result<String> {
    let mut text = String::new();
    zstd::stream::read::Decoder::new(records)?
        .take(MAX_UNPACKED)
        .read_to_string(&mut text)?;
    Ok(text)
}

impl Store {
    /// What happened in a session, from behind record `after` of an epoch.
    ///
    /// # Errors
    /// `NotFound` when there is no such session.
    pub async fn session_events(
        &self,
        session: SessionId,
        after: Option<(u64, u64)>,
        limit: usize,
    ) -> Result<EventPage, StoreError> {
        let edge = self.session(session).await?.edge_id;
        let key = session.as_uuid();
        let mine = session_batches::Entity::find()
            .filter(session_batches::Column::SessionId.eq(key))
            .filter(session_batches::Column::EdgeId.eq(edge.as_uuid()));
        // A session lives in one run of its edge's process, and so in one epoch.
        let first = mine
            .clone()
            .order_by_asc(session_batches::Column::FirstSeq)
            .one(&self.read)
            .await?;
        let Some(first) = first else {
            return Ok(EventPage {
                events: Vec::new(),
                next: None,
            });
        };
        let epoch = first.epoch.cast_unsigned();
        let after = after.map_or(0, |(_, seq)| seq);
        let mut collector = Collector::new(edge, epoch, after, limit).only(session);
        // The batch that holds `after` may hold later events too.
        let mut from = mine
            .clone()
            .filter(session_batches::Column::FirstSeq.lte(to_i64(after)))
            .order_by_desc(session_batches::Column::FirstSeq)
            .one(&self.read)
            .await?
            .map_or(0, |row| row.first_seq);
        loop {
            let keys: Vec<i64> = mine
                .clone()
                .select_only()
                .column(session_batches::Column::FirstSeq)
                .filter(session_batches::Column::Epoch.eq(first.epoch))
                .filter(session_batches::Column::FirstSeq.gte(from))
                .order_by_asc(session_batches::Column::FirstSeq)
                .limit(BATCHES)
                .into_tuple()
                .all(&self.read)
                .await?;
            let Some(last) = keys.last() else { break };
            from = last.saturating_add(1);
            let batches = Entity::find()
                .filter(Column::EdgeId.eq(edge.as_uuid()))
                .filter(Column::Epoch.eq(first.epoch))
                .filter(Column::FirstSeq.is_in(keys))
                .order_by_asc(Column::FirstSeq)
                .all(&self.read)
                .await?;
            collector = collector.take_all(batches).await?;
            if collector.full() {
                break;
            }
        }
        Ok(collector.page())
    }

    /// What an edge recorded in an epoch, from behind record `after`; the newest epoch where none is
    /// given.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn edge_events(
        &self,
        edge: EdgeId,
        epoch: Option<u64>,
        after: u64,
        limit: usize,
    ) -> Result<EventPage, StoreError> {
        let epoch = match epoch {
            Some(epoch) => Some(epoch),
            None => self.newest_epoch(edge).await?,
        };
        let mut collector = Collector::new(edge, epoch.unwrap_or(0), after, limit);
        let mut from = after;
        loop {
            let batches = Entity::find()
                .filter(Column::EdgeId.eq(edge.as_uuid()))
                .filter(Column::Epoch.eq(collector.epoch.cast_signed()))
                .filter(Column::LastSeq.gt(to_i64(from)))
                .order_by_asc(Column::FirstSeq)
                .limit(BATCHES)
                .all(&self.read)
                .await?;
            let Some(last) = batches.last() else { break };
            from = to_u64("event_batches", "last_seq", last.last_seq)?;
            collector = collector.take_all(batches).await?;
            if collector.full() {
                break;
            }
        }
        Ok(collector.page())
    }

    async fn newest_epoch(&self, edge: EdgeId) -> Result<Option<u64>, StoreError> {
        let row = journals::Entity::find()
            .filter(journals::Column::EdgeId.eq(edge.as_uuid()))
            .order_by_desc(journals::Column::UpdatedAt)
            .one(&self.read)
            .await?;
        Ok(row.map(|row| row.epoch.cast_unsigned()))
    }
}

/// Gathers a page from batches.
struct Collector {
    edge: EdgeId,
    epoch: u64,
    after: u64,
    limit: usize,
    session: Option<SessionId>,
    events: Vec<ChainedEvent>,
}

impl Collector {
    fn new(edge: EdgeId, epoch: u64, after: u64, limit: usize) -> Self {
        Self {
            edge,
            epoch,
            after,
            limit,
            session: None,
            events: Vec::new(),
        }
    }

    fn only(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    fn full(&self) -> bool {
        self.events.len() >= self.limit
    }

    fn page(self) -> EventPage {
        let next = match self.events.last() {
            Some(last) if self.full() => Some((self.epoch, last.event.seq)),
            _ => None,
        };
        EventPage {
            events: self.events,
            next,
        }
    }

    /// Unpacking and hashing keep a processor busy: not on an async thread.
    async fn take_all(mut self, batches: Vec<Model>) -> Result<Self, StoreError> {
        let work = move || {
            for batch in &batches {
                if self.full() {
                    break;
                }
                self.take(batch)?;
            }
            Ok(self)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| StoreError::Database(Box::new(error)))?
    }

    fn take(&mut self, batch: &Model) -> Result<(), StoreError> {
        let unreadable = |column| StoreError::Unreadable {
            table: "event_batches",
            column,
            source: None,
        };
        let text = decompress(&batch.records).map_err(|_| unreadable("records"))?;
        let mut at = to_link(&batch.prev_hash).ok_or(unreadable("prev_hash"))?;
        let wanted = self.session.map(|session| session.to_string());
        let first = to_u64("event_batches", "first_seq", batch.first_seq)?;
        for (seq, line) in (first..).zip(text.split('\n')) {
            at = link(&at, line.as_bytes());
            // A line that does not name the session cannot be its event; that saves reading it.
            let skip = wanted
                .as_ref()
                .is_some_and(|id| !line.contains(id.as_str()));
            if seq <= self.after || skip {
                continue;
            }
            let Ok(event) = serde_json::from_str::<Event>(line) else {
                tracing::warn!(edge.id = %self.edge, event.seq = seq, "recorded event is of an unknown kind");
                continue;
            };
            if self.session.is_some() && event.body.session_id() != self.session {
                continue;
            }
            self.events.push(ChainedEvent {
                edge_id: self.edge,
                epoch: self.epoch,
                event,
                hash: hex::encode(at),
            });
            if self.full() {
                break;
            }
        }
        Ok(())
    }
}
