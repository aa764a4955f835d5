//! Public keys with which principals sign in by themselves.

use countersign_model::{PrincipalId, Timestamp};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::principal_keys::{ActiveModel, Column, Entity, Model},
    principals, text,
};

const TABLE: &str = "principal_keys";

/// A principal's public key.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalKeyRecord {
    /// What assertions name it by.
    pub kid: String,
    /// The key as a JWK, public members alone.
    pub jwk: serde_json::Value,
    /// Who added it.
    pub created_by: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last signed an assertion that was accepted.
    pub last_used_at: Option<Timestamp>,
}

impl TryFrom<Model> for PrincipalKeyRecord {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            jwk: text::from_json(TABLE, "jwk", &row.jwk)?,
            kid: row.kid,
            created_by: row.created_by,
            created_at: Timestamp::from_millis(row.created_at),
            last_used_at: text::moment(row.last_used_at),
        })
    }
}

impl Store {
    /// Adds a key.
    ///
    /// # Errors
    /// `NotFound` when there is no such principal, `NameTaken` when it has a key of that name.
    pub async fn create_principal_key(
        &self,
        principal: PrincipalId,
        kid: &str,
        jwk: &serde_json::Value,
        created_by: &str,
        now: Timestamp,
    ) -> Result<PrincipalKeyRecord, StoreError> {
        let change = self.change().await?;
        principals::find(change.db(), principal).await?;
        if find(change.db(), principal, kid).await?.is_some() {
            return Err(StoreError::NameTaken("key"));
        }
        let row = ActiveModel {
            id: Set(Uuid::now_v7()),
            principal_id: Set(principal.as_uuid()),
            kid: Set(kid.to_owned()),
            jwk: Set(text::to_json(jwk)?),
            created_by: Set(created_by.to_owned()),
            created_at: Set(now.as_millis()),
            last_used_at: Set(None),
            revoked_at: Set(None),
        };
        let row = row.insert(change.db()).await?;
        change.commit().await?;
        row.try_into()
    }

    /// A principal's keys, newest first.
    ///
    /// # Errors
    /// `NotFound` when there is no such principal.
    pub async fn principal_keys(
        &self,
        principal: PrincipalId,
    ) -> Result<Vec<PrincipalKeyRecord>, StoreError> {
        principals::find(&self.read, principal).await?;
        let rows = Entity::find()
            .filter(Column::PrincipalId.eq(principal.as_uuid()))
            .filter(Column::RevokedAt.is_null())
            .order_by_desc(Column::Id)
            .all(&self.read)
            .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Says that a key's assertion was accepted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_principal_key(
        &self,
        principal: PrincipalId,
        kid: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let change = self.change().await?;
        set(change.db(), principal, kid, Column::LastUsedAt, now).await?;
        change.commit().await
    }

    /// Removes a key.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_principal_key(
        &self,
        principal: PrincipalId,
        kid: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let change = self.change().await?;
        if set(change.db(), principal, kid, Column::RevokedAt, now).await? == 0 {
            return Err(StoreError::NotFound("key"));
        }
        change.commit().await
    }
}

async fn find<C: ConnectionTrait>(
    connection: &C,
    principal: PrincipalId,
    kid: &str,
) -> Result<Option<Model>, StoreError> {
    let query = Entity::find()
        .filter(Column::PrincipalId.eq(principal.as_uuid()))
        .filter(Column::Kid.eq(kid))
        .filter(Column::RevokedAt.is_null());
    Ok(query.one(connection).await?)
}

/// Sets a moment of a key that is there.
async fn set<C: ConnectionTrait>(
    connection: &C,
    principal: PrincipalId,
    kid: &str,
    column: Column,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let done = Entity::update_many()
        .col_expr(column, Expr::value(now.as_millis()))
        .filter(Column::PrincipalId.eq(principal.as_uuid()))
        .filter(Column::Kid.eq(kid))
        .filter(Column::RevokedAt.is_null())
        .exec(connection)
        .await?;
    Ok(done.rows_affected)
}
