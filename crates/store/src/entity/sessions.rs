//! One row a recorded session, summed up from its events as they arrive.

use sea_orm::entity::prelude::*;

/// One row of `sessions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub edge_id: Uuid,
    pub credential_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub principal_name: String,
    #[sea_orm(column_type = "Text")]
    pub principal: String,
    pub target_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub target: String,
    #[sea_orm(column_type = "Text")]
    pub labels: String,
    #[sea_orm(column_type = "Text")]
    pub protocol: String,
    #[sea_orm(column_type = "Text")]
    pub client: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub application: Option<String>,
    pub tls: bool,
    pub opened_at: i64,
    pub closed_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub close_reason: Option<String>,
    pub last_event_at: i64,
    pub actions: i64,
    pub allowed: i64,
    pub masked: i64,
    pub held: i64,
    pub denied: i64,
    pub failed: i64,
    pub rows: i64,
    pub masked_values: i64,
    pub grant_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub under_grant: Option<String>,
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
