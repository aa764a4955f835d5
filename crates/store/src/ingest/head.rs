//! How far a journal is committed.

use countersign_ledger::chain::{Link, START};
use countersign_model::EdgeId;
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect, sea_query::LockType};

use crate::{StoreError, entity::journals, text::to_u64};

/// Where a journal's next record belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last committed record; 0 for none.
    pub acked_seq: u64,
    /// The chain's link after it.
    pub link: Link,
    /// Whether the journal is known.
    pub known: bool,
}

/// The head as `connection` sees it.
pub async fn read<C: ConnectionTrait>(
    connection: &C,
    edge: EdgeId,
    epoch: u64,
) -> Result<Head, StoreError> {
    let key = (edge.as_uuid(), epoch.cast_signed());
    head(journals::Entity::find_by_id(key).one(connection).await?)
}

/// The head, which stays as it is until the transaction ends.
pub async fn lock<C: ConnectionTrait>(
    connection: &C,
    edge: EdgeId,
    epoch: u64,
) -> Result<Head, StoreError> {
    let key = (edge.as_uuid(), epoch.cast_signed());
    let row = journals::Entity::find_by_id(key)
        .lock(LockType::Update)
        .one(connection)
        .await?;
    head(row)
}

fn head(row: Option<journals::Model>) -> Result<Head, StoreError> {
    let Some(row) = row else {
        return Ok(Head {
            acked_seq: 0,
            link: START,
            known: false,
        });
    };
    Ok(Head {
        acked_seq: to_u64("journals", "acked_seq", row.acked_seq)?,
        link: to_link(&row.last_hash).ok_or(StoreError::Unreadable {
            table: "journals",
            column: "last_hash",
            source: None,
        })?,
        known: true,
    })
}

/// A link from its hex.
pub fn to_link(hex: &str) -> Option<Link> {
    let mut link = Link::default();
    hex::decode_to_slice(hex, &mut link).ok()?;
    Some(link)
}
