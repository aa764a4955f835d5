//! What each edge process reports of each run of a canary.

use sea_orm::entity::prelude::*;

/// One row of `canary_counts`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "canary_counts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub binding_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub canary_revision: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub edge_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub edge_started_at: i64,
    #[sea_orm(column_type = "Text")]
    pub baseline: String,
    #[sea_orm(column_type = "Text")]
    pub latest: String,
    pub updated_at: i64,
}

/// What a row refers to: nothing that is joined.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
