//! Keys that sign credentials: the public halves. Each control plane has a private one of its own
//! and publishes its other half here, so that what one signs is accepted wherever another one's
//! bundle is enforced.

use countersign_model::{Timestamp, TokenKey};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    QueryFilter, QueryOrder, sea_query::Expr,
};

use crate::{
    Store, StoreError,
    entity::token_keys::{ActiveModel, Column, Entity, Model},
    text,
};

/// A key that signs credentials, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKeyRecord {
    /// The key.
    pub key: TokenKey,
    /// When it was published.
    pub created_at: Timestamp,
    /// When nothing that it signed is accepted any more, once another one has taken its place.
    pub retires_at: Option<Timestamp>,
}

impl From<Model> for TokenKeyRecord {
    fn from(row: Model) -> Self {
        Self {
            created_at: Timestamp::from_millis(row.created_at),
            retires_at: text::moment(row.retires_at),
            key: TokenKey {
                kid: row.kid,
                key: row.public_key,
            },
        }
    }
}

impl Store {
    /// Publishes a key, where it is not published yet; edges learn of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn publish_token_key(
        &self,
        key: &TokenKey,
        now: Timestamp,
    ) -> Result<TokenKeyRecord, StoreError> {
        let mut change = self.change().await?;
        let known = Entity::find_by_id(key.kid.as_str())
            .one(change.db())
            .await?;
        if let Some(row) = known {
            return Ok(row.into());
        }
        let row = ActiveModel {
            kid: Set(key.kid.clone()),
            public_key: Set(key.key.clone()),
            created_at: Set(now.as_millis()),
            retires_at: Set(None),
        };
        let row = row.insert(change.db()).await?;
        change.matters_to_edges().await?;
        change.commit().await?;
        Ok(row.into())
    }

    /// Says until when a key still verifies that signs no more. What was said first stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retire_token_key(
        &self,
        kid: &str,
        retires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        Entity::update_many()
            .col_expr(Column::RetiresAt, Expr::value(retires_at.as_millis()))
            .filter(Column::Kid.eq(kid))
            .filter(Column::RetiresAt.is_null())
            .exec(change.db())
            .await?;
        change.matters_to_edges().await?;
        change.commit().await
    }

    /// Keys whose credentials are accepted at `now`, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_keys(&self, now: Timestamp) -> Result<Vec<TokenKeyRecord>, StoreError> {
        trusted(&self.read, now).await
    }
}

pub(crate) async fn trusted<C: ConnectionTrait>(
    connection: &C,
    now: Timestamp,
) -> Result<Vec<TokenKeyRecord>, StoreError> {
    let in_force = Condition::any()
        .add(Column::RetiresAt.is_null())
        .add(Column::RetiresAt.gt(now.as_millis()));
    let rows = Entity::find()
        .filter(in_force)
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Kid)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}
