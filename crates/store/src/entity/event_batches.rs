//! Journal records as they were shipped: the exact lines, compressed, with their place in the chain.

use sea_orm::entity::prelude::*;

/// One row of `event_batches`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_batches")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub edge_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub epoch: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub first_seq: i64,
    pub last_seq: i64,
    #[sea_orm(column_type = "Text")]
    pub prev_hash: String,
    #[sea_orm(column_type = "Text")]
    pub last_hash: String,
    pub first_at: i64,
    pub last_at: i64,
    #[sea_orm(column_type = "Blob")]
    pub records: Vec<u8>,
    pub created_at: i64,
}

/// What a row refers to: nothing that is joined.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
