//! Actions held for people.

use sea_orm::entity::prelude::*;

/// One row of `reviews`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reviews")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub edge_id: Uuid,
    pub session_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub state: String,
    #[sea_orm(column_type = "Text")]
    pub digest: String,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    pub quorum: i32,
    #[sea_orm(column_type = "Text")]
    pub header: String,
    #[sea_orm(column_type = "Text")]
    pub request: String,
    pub requested_at: i64,
    pub expires_at: i64,
    pub created_at: i64,
    pub updated_at: i64,
    pub decided_at: Option<i64>,
}

/// What a row refers to.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::edges::Entity",
        from = "Column::EdgeId",
        to = "super::edges::Column::Id"
    )]
    Edge,
}

impl Related<super::edges::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Edge.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
