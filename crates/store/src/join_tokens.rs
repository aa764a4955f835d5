//! Tokens that enroll one edge each.

use countersign_model::{EdgeId, JoinTokenId, Timestamp};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};

use crate::{
    Store, StoreError,
    entity::join_tokens::{ActiveModel, Column, Entity, Model},
    text,
};

/// A join token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinTokenRecord {
    /// Which.
    pub id: JoinTokenId,
    /// The edge's name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// The edge that used it.
    pub edge_id: Option<EdgeId>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl From<Model> for JoinTokenRecord {
    fn from(row: Model) -> Self {
        Self {
            id: JoinTokenId::from_uuid(row.id),
            name: row.name,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            used_at: text::moment(row.used_at),
            edge_id: row.edge_id.map(EdgeId::from_uuid),
            revoked_at: text::moment(row.revoked_at),
        }
    }
}

impl Store {
    /// Keeps a join token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_join_token(
        &self,
        name: &str,
        token_sha256: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<JoinTokenRecord, StoreError> {
        let change = self.change().await?;
        let row = ActiveModel {
            id: Set(JoinTokenId::new().as_uuid()),
            name: Set(name.to_owned()),
            secret_sha256: Set(token_sha256.to_owned()),
            created_at: Set(now.as_millis()),
            expires_at: Set(expires_at.as_millis()),
            used_at: Set(None),
            edge_id: Set(None),
            revoked_at: Set(None),
        };
        let row = row.insert(change.db()).await?;
        change.commit().await?;
        Ok(row.into())
    }

    /// Join tokens, newest first, from behind `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn join_tokens(
        &self,
        after: Option<JoinTokenId>,
        limit: u64,
    ) -> Result<Vec<JoinTokenRecord>, StoreError> {
        let mut query = Entity::find().order_by_desc(Column::Id).limit(limit);
        if let Some(after) = after {
            query = query.filter(Column::Id.lt(after.as_uuid()));
        }
        let rows = query.all(&self.read).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Revokes a join token that was not used.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it was used or revoked already.
    pub async fn revoke_join_token(
        &self,
        id: JoinTokenId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let change = self.change().await?;
        let revoked = Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(now.as_millis()))
            .filter(Column::Id.eq(id.as_uuid()))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::UsedAt.is_null())
            .exec(change.db())
            .await?;
        if revoked.rows_affected == 0 {
            return Err(StoreError::NotFound("unused join token"));
        }
        change.commit().await
    }
}
