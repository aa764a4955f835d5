//! Assertions that were shown, so that each is good for once, whichever control plane it is shown
//! to.

use countersign_model::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, TryInsertResult};

use crate::{
    Store, StoreError,
    entity::used_assertions::{ActiveModel, Column, Entity},
};

impl Store {
    /// Uses an assertion up; `false` when it was used before. Those whose end has come are
    /// forgotten, since nobody accepts them any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_assertion(
        &self,
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
            sha256: Set(sha256.to_owned()),
            expires_at: Set(expires_at.as_millis()),
        };
        // The primary key decides who was first.
        let inserted = Entity::insert(row)
            .on_conflict_do_nothing()
            .exec_without_returning(change.db())
            .await?;
        change.commit().await?;
        Ok(matches!(inserted, TryInsertResult::Inserted(1)))
    }
}
