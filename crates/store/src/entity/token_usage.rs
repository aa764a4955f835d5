//! Tokens of models, summed up by session, hour, model and grant.

use sea_orm::entity::prelude::*;

/// One row of `token_usage`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token_usage")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub edge_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub hour: i64,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub model: String,
    /// The nil UUID for none: a key has no nulls.
    #[sea_orm(primary_key, auto_increment = false)]
    pub grant_id: Uuid,
    pub answers: i64,
    pub input: i64,
    pub output: i64,
    pub cached: i64,
}

/// What a row refers to.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::sessions::Entity",
        from = "(Column::SessionId, Column::EdgeId)",
        to = "(super::sessions::Column::Id, super::sessions::Column::EdgeId)"
    )]
    Session,
}

impl Related<super::sessions::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Session.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
