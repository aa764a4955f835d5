//! Tokens that may be used once: remembered by a hash until they would have expired anyway.

use countersign_model::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};

use crate::{
    Store, StoreError,
    entity::seen_tokens::{ActiveModel, Column, Entity},
};

impl Store {
    /// Whether this is the first time that a token is seen; `kind` keeps one sort of tokens from
    /// another.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_use(
        &self,
        kind: &str,
        sha256: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let change = self.change().await?;
        Entity::delete_many()
            .filter(Column::ExpiresAt.lte(now.as_millis()))
            .exec(change.db())
            .await?;
        let row = ActiveModel {
            key: Set(format!("{kind}:{sha256}")),
            expires_at: Set(expires_at.as_millis()),
        };
        // One statement decides who was first.
        let inserted = Entity::insert(row)
            .on_conflict(OnConflict::column(Column::Key).do_nothing().to_owned())
            .exec_without_returning(change.db())
            .await?;
        change.commit().await?;
        Ok(inserted > 0)
    }
}
