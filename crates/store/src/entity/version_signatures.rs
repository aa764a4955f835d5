//! Authors' signatures on policy versions.

use sea_orm::entity::prelude::*;

/// One row of `version_signatures`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "version_signatures")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub policy_version_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key: String,
    #[sea_orm(column_type = "Text")]
    pub signature: String,
    pub created_by: Uuid,
    pub created_at: i64,
}

/// What a row refers to: nothing that is joined.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
