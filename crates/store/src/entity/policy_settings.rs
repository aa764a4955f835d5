//! How policies may be changed: one row.

use sea_orm::entity::prelude::*;

/// One row of `policy_settings`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "policy_settings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub require_approval: bool,
    #[sea_orm(column_type = "Text")]
    pub counter_split: String,
}

/// What a row refers to: nothing that is joined.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
