//! Enrolled edges, with what they last said of themselves.

use sea_orm::entity::prelude::*;

/// One row of `edges`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "edges")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub public_key: String,
    #[sea_orm(column_type = "Text")]
    pub version: String,
    pub enrolled_at: i64,
    pub revoked_at: Option<i64>,
    pub last_seen_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub status: Option<String>,
    pub status_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub previous_key: Option<String>,
    pub key_rotated_at: Option<i64>,
    pub generation: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub instance: Option<String>,
    pub instance_started_at: Option<i64>,
}

/// What a row refers to: nothing that is joined.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
