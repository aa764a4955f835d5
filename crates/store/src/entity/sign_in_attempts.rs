//! Ways to the identity provider and back.

use sea_orm::entity::prelude::*;

/// One row of `sign_in_attempts`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_attempts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub state_sha256: String,
    #[sea_orm(column_type = "Text")]
    pub browser_sha256: String,
    #[sea_orm(column_type = "Text")]
    pub return_to: String,
    pub test_by: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub test_result: Option<String>,
    pub created_at: i64,
    pub expires_at: i64,
    pub used_at: Option<i64>,
}

/// What a row refers to: nothing that is joined.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
