//! What an admin has stopped, and when it was let go again.

use sea_orm::entity::prelude::*;

/// One row of `locks`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "locks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub subject: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    pub created_at: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub created_by: Option<String>,
    pub expires_at: Option<i64>,
    pub lifted_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub lifted_by: Option<String>,
}

/// What a row refers to: nothing that is joined.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
