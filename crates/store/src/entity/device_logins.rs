//! Programs that wait for their person, by the hashes of their two codes.

use sea_orm::entity::prelude::*;

/// One row of `device_logins`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device_logins")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub device_sha256: String,
    #[sea_orm(column_type = "Text")]
    pub user_code_sha256: String,
    #[sea_orm(column_type = "Text")]
    pub client_id: String,
    #[sea_orm(column_type = "Text")]
    pub state: String,
    pub user_id: Option<Uuid>,
    pub web_session_id: Option<Uuid>,
    pub interval_seconds: i32,
    pub created_at: i64,
    pub expires_at: i64,
    pub polled_at: Option<i64>,
}

/// What a row refers to: nothing that is joined.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
