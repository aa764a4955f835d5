//! Named data documents that policies look things up in.

use sea_orm::entity::prelude::*;

/// One row of `documents`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "documents")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub version: Option<i32>,
    #[sea_orm(column_type = "Text", nullable)]
    pub pull: Option<String>,
    pub pulled_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub pull_error: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
}

/// What a row refers to: nothing that is joined.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
