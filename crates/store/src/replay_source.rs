//! Reading a span of time back for a replay: journal by journal, batch by batch, never more than a
//! few batches at once.

use countersign_model::{EdgeId, Timestamp};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::{
    Store, StoreError,
    entity::{
        event_batches::{Column, Entity, Model},
        journals,
    },
    events::decompress,
    text::{to_i64, to_u64},
};

/// Batches that one query reads.
const AT_ONCE: u64 = 4;

/// From when to when, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplaySpan {
    /// From here on.
    pub since: Timestamp,
    /// Up to here.
    pub until: Timestamp,
}

/// A journal that has records within the span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayJournal {
    /// The edge.
    pub edge_id: EdgeId,
    /// The epoch.
    pub epoch: u64,
}

/// The exact lines of one batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayBatch {
    /// Its first record.
    pub first_seq: u64,
    /// Its last record.
    pub last_seq: u64,
    /// The records, a line each.
    pub text: String,
}

#[derive(FromQueryResult)]
struct Records {
    first: i64,
    last: i64,
}

fn within(span: ReplaySpan) -> Select<Entity> {
    Entity::find()
        .filter(Column::LastAt.gte(span.since.as_millis()))
        .filter(Column::FirstAt.lte(span.until.as_millis()))
}

impl Store {
    /// The journals with records within the span, and how many records their batches hold.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replay_journals(
        &self,
        span: ReplaySpan,
    ) -> Result<(Vec<ReplayJournal>, u64), StoreError> {
        let rows = journals::Entity::find()
            .order_by_asc(journals::Column::EdgeId)
            .order_by_asc(journals::Column::Epoch)
            .all(&self.read)
            .await?;
        let mut found = Vec::new();
        let mut records = 0_u64;
        for row in rows {
            let bounds: Vec<Records> = within(span)
                .select_only()
                .column_as(Column::FirstSeq, "first")
                .column_as(Column::LastSeq, "last")
                .filter(Column::EdgeId.eq(row.edge_id))
                .filter(Column::Epoch.eq(row.epoch))
                .into_model()
                .all(&self.read)
                .await?;
            if bounds.is_empty() {
                continue;
            }
            let mine = bounds.iter().map(|b| b.last - b.first + 1).sum::<i64>();
            records = records.saturating_add(to_u64("event_batches", "last_seq", mine)?);
            found.push(ReplayJournal {
                edge_id: EdgeId::from_uuid(row.edge_id),
                epoch: row.epoch.cast_unsigned(),
            });
        }
        Ok((found, records))
    }

    /// The next few batches of a journal behind record `after`; none at its end.
    ///
    /// # Errors
    /// When the database fails, or a batch cannot be unpacked.
    pub async fn replay_batches(
        &self,
        journal: ReplayJournal,
        span: ReplaySpan,
        after: u64,
    ) -> Result<Vec<ReplayBatch>, StoreError> {
        let rows = within(span)
            .filter(Column::EdgeId.eq(journal.edge_id.as_uuid()))
            .filter(Column::Epoch.eq(journal.epoch.cast_signed()))
            .filter(Column::FirstSeq.gt(to_i64(after)))
            .order_by_asc(Column::FirstSeq)
            .limit(AT_ONCE)
            .all(&self.read)
            .await?;
        tokio::task::spawn_blocking(move || rows.iter().map(unpack).collect())
            .await
            .map_err(|error| StoreError::Database(Box::new(error)))?
    }
}

fn unpack(row: &Model) -> Result<ReplayBatch, StoreError> {
    let text = decompress(&row.records).map_err(|_| StoreError::Unreadable {
        table: "event_batches",
        column: "records",
        source: None,
    })?;
    Ok(ReplayBatch {
        first_seq: to_u64("event_batches", "first_seq", row.first_seq)?,
        last_seq: to_u64("event_batches", "last_seq", row.last_seq)?,
        text,
    })
}
