//! The effects of decisions that were recorded in full, for the actions that refer to them.

use sea_orm::entity::prelude::*;

/// One row of `session_decisions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session_decisions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub action_id: Uuid,
    pub session_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub effect: String,
}

/// What a row refers to: nothing that is joined.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
