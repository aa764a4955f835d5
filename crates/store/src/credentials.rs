//! Principals' credentials.

use std::collections::HashMap;

use countersign_model::{CredentialId, PrincipalId, Timestamp};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::credentials::{ActiveModel, Column, Entity, Model},
    principals, text,
};

/// A credential, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRecord {
    /// Which.
    pub id: CredentialId,
    /// Whose.
    pub principal_id: PrincipalId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl From<Model> for CredentialRecord {
    fn from(row: Model) -> Self {
        Self {
            id: CredentialId::from_uuid(row.id),
            principal_id: PrincipalId::from_uuid(row.principal_id),
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            revoked_at: text::moment(row.revoked_at),
        }
    }
}

impl Store {
    /// Keeps a credential.
    ///
    /// # Errors
    /// `NotFound` when there is no such principal.
    pub async fn create_credential(
        &self,
        principal: PrincipalId,
        secret_sha256: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<CredentialRecord, StoreError> {
        let mut change = self.change().await?;
        principals::find(change.db(), principal).await?;
        let row = ActiveModel {
            id: Set(CredentialId::new().as_uuid()),
            principal_id: Set(principal.as_uuid()),
            secret_sha256: Set(secret_sha256.to_owned()),
            created_at: Set(now.as_millis()),
            expires_at: Set(expires_at.as_millis()),
            revoked_at: Set(None),
        };
        let row = row.insert(change.db()).await?;
        change.matters_to_edges().await?;
        change.commit().await?;
        Ok(row.into())
    }

    /// A principal's credentials, newest first.
    ///
    /// # Errors
    /// `NotFound` when there is no such principal.
    pub async fn credentials(
        &self,
        principal: PrincipalId,
    ) -> Result<Vec<CredentialRecord>, StoreError> {
        principals::find(&self.read, principal).await?;
        let rows = Entity::find()
            .filter(Column::PrincipalId.eq(principal.as_uuid()))
            .order_by_desc(Column::Id)
            .all(&self.read)
            .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Revokes a credential, and tells whose it was.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it was revoked already.
    pub async fn revoke_credential(
        &self,
        id: CredentialId,
        now: Timestamp,
    ) -> Result<PrincipalId, StoreError> {
        let mut change = self.change().await?;
        let row = Entity::find_by_id(id.as_uuid())
            .filter(Column::RevokedAt.is_null())
            .one(change.db())
            .await?
            .ok_or(StoreError::NotFound("credential"))?;
        Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(now.as_millis()))
            .filter(Column::Id.eq(row.id))
            .exec(change.db())
            .await?;
        change.matters_to_edges().await?;
        change.commit().await?;
        Ok(PrincipalId::from_uuid(row.principal_id))
    }
}

/// Credentials that work at `now`, by principal.
pub(crate) async fn active<C: ConnectionTrait>(
    connection: &C,
    now: Timestamp,
) -> Result<HashMap<Uuid, Vec<Model>>, StoreError> {
    let rows = Entity::find()
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .order_by_asc(Column::Id)
        .all(connection)
        .await?;
    let mut by_principal: HashMap<Uuid, Vec<Model>> = HashMap::new();
    for row in rows {
        by_principal.entry(row.principal_id).or_default().push(row);
    }
    Ok(by_principal)
}

/// How many credentials of these principals work at `now`.
pub(crate) async fn count_active<C: ConnectionTrait>(
    connection: &C,
    principals: &[Uuid],
    now: Timestamp,
) -> Result<HashMap<Uuid, u64>, StoreError> {
    let counts: Vec<(Uuid, i64)> = Entity::find()
        .select_only()
        .column(Column::PrincipalId)
        .column_as(Column::Id.count(), "active")
        .filter(Column::PrincipalId.is_in(principals.iter().copied()))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .group_by(Column::PrincipalId)
        .into_tuple()
        .all(connection)
        .await?;
    counts
        .into_iter()
        .map(|(principal, count)| Ok((principal, text::to_u64("credentials", "count", count)?)))
        .collect()
}

/// Revokes every credential of a principal.
pub(crate) async fn revoke_all<C: ConnectionTrait>(
    connection: &C,
    principal: PrincipalId,
    now: Timestamp,
) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now.as_millis()))
        .filter(Column::PrincipalId.eq(principal.as_uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}
