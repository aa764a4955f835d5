//! Signed credentials that were issued. Issuing one is no business of the edges: they check it by
//! itself. Taking one back is.

use std::collections::HashMap;

use countersign_model::{ApiTokenId, CredentialId, GrantId, PrincipalId, TargetId, Timestamp};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockType},
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::{
        api_tokens,
        issued_tokens::{ActiveModel, Column, Entity, Model},
    },
    text,
};

const TABLE: &str = "issued_tokens";

/// A signed credential, without itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedTokenRecord {
    /// Which: its `jti`.
    pub id: CredentialId,
    /// Who acts by it.
    pub principal_id: PrincipalId,
    /// The human for whom.
    pub human_id: Option<PrincipalId>,
    /// The grant it is bound to.
    pub grant_id: Option<GrantId>,
    /// On what.
    pub targets: Vec<TargetId>,
    /// How its holder came by it: `workload`, `on_behalf_of`, `private_key`, `grant`, ….
    pub via: String,
    /// Whether it opens one session and no more.
    pub once: bool,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it last opened a session.
    pub last_used_at: Option<Timestamp>,
}

/// A signed credential to remember.
#[derive(Debug, Clone)]
pub struct NewIssuedToken {
    /// Which: its `jti`.
    pub id: CredentialId,
    /// Who acts by it.
    pub principal_id: PrincipalId,
    /// The human for whom.
    pub human_id: Option<PrincipalId>,
    /// The grant it is bound to.
    pub grant_id: Option<GrantId>,
    /// On what.
    pub targets: Vec<TargetId>,
    /// How its holder came by it.
    pub via: String,
    /// Whether it opens one session and no more.
    pub once: bool,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// The person's token that it was given for, and ends with.
    pub api_token: Option<ApiTokenId>,
}

impl TryFrom<Model> for IssuedTokenRecord {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: CredentialId::from_uuid(row.id),
            principal_id: PrincipalId::from_uuid(row.principal_id),
            human_id: row.human_id.map(PrincipalId::from_uuid),
            grant_id: row.grant_id.map(GrantId::from_uuid),
            targets: text::from_json(TABLE, "targets", &row.targets)?,
            via: row.via,
            once: row.once,
            issued_at: Timestamp::from_millis(row.issued_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            revoked_at: text::moment(row.revoked_at),
            last_used_at: text::moment(row.last_used_at),
        })
    }
}

impl Store {
    /// Remembers a credential that is about to be handed out.
    ///
    /// # Errors
    /// `NotFound` when the person's token was revoked meanwhile.
    pub async fn create_issued_token(&self, new: NewIssuedToken) -> Result<(), StoreError> {
        let change = self.change().await?;
        if let Some(token) = new.api_token {
            // Whoever revokes it waits for this change, and then revokes this credential too.
            api_tokens::Entity::find_by_id(token.as_uuid())
                .filter(api_tokens::Column::RevokedAt.is_null())
                .lock(LockType::Update)
                .one(change.db())
                .await?
                .ok_or(StoreError::NotFound("API token"))?;
        }
        let row = ActiveModel {
            id: Set(new.id.as_uuid()),
            principal_id: Set(new.principal_id.as_uuid()),
            human_id: Set(new.human_id.map(|id| id.as_uuid())),
            grant_id: Set(new.grant_id.map(|id| id.as_uuid())),
            targets: Set(text::to_json(&new.targets)?),
            via: Set(new.via),
            once: Set(new.once),
            issued_at: Set(new.issued_at.as_millis()),
            expires_at: Set(new.expires_at.as_millis()),
            revoked_at: Set(None),
            last_used_at: Set(None),
            api_token_id: Set(new.api_token.map(|id| id.as_uuid())),
        };
        row.insert(change.db()).await?;
        change.commit().await
    }

    /// A credential that was issued; `None` for one that never was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issued_token(
        &self,
        id: CredentialId,
    ) -> Result<Option<IssuedTokenRecord>, StoreError> {
        let row = Entity::find_by_id(id.as_uuid()).one(&self.read).await?;
        row.map(TryInto::try_into).transpose()
    }

    /// The credentials of a principal, or for a human, newest first; those that are long over are
    /// left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issued_tokens(
        &self,
        principal: PrincipalId,
        limit: u64,
    ) -> Result<Vec<IssuedTokenRecord>, StoreError> {
        let rows = Entity::find()
            .filter(theirs(principal))
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(&self.read)
            .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Revokes a credential, and tells whose it was; `None` when it is unknown, over or revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_issued_token(
        &self,
        id: CredentialId,
        now: Timestamp,
    ) -> Result<Option<PrincipalId>, StoreError> {
        let mut change = self.change().await?;
        let Some(row) = Entity::find_by_id(id.as_uuid()).one(change.db()).await? else {
            return Ok(None);
        };
        let only = Condition::all().add(Column::Id.eq(row.id));
        if revoke(change.db(), only, now).await? == 0 {
            return Ok(None);
        }
        change.matters_to_edges().await?;
        change.commit().await?;
        Ok(Some(PrincipalId::from_uuid(row.principal_id)))
    }

    /// Says when credentials last opened a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_issued_token(
        &self,
        id: CredentialId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let change = self.change().await?;
        touch(change.db(), id.as_uuid(), now.as_millis()).await?;
        change.commit().await
    }
}

/// Credentials that this principal acts by, or that act for it.
fn theirs(principal: PrincipalId) -> Condition {
    Condition::any()
        .add(Column::PrincipalId.eq(principal.as_uuid()))
        .add(Column::HumanId.eq(principal.as_uuid()))
}

async fn revoke<C: ConnectionTrait>(
    connection: &C,
    which: Condition,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let done = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now.as_millis()))
        .filter(which)
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .exec(connection)
        .await?;
    Ok(done.rows_affected)
}

/// Revokes every credential of a principal, and those that act for it.
pub(crate) async fn revoke_all<C: ConnectionTrait>(
    connection: &C,
    principal: PrincipalId,
    now: Timestamp,
) -> Result<(), StoreError> {
    revoke(connection, theirs(principal), now).await?;
    Ok(())
}

/// Revokes what was given for these tokens of people; how many credentials.
pub(crate) async fn revoke_given_for<C: ConnectionTrait>(
    connection: &C,
    tokens: &[Uuid],
    now: Timestamp,
) -> Result<u64, StoreError> {
    let given = Column::ApiTokenId.is_in(tokens.iter().copied());
    revoke(connection, Condition::all().add(given), now).await
}

/// Credentials that were revoked before their end has come.
pub(crate) async fn revoked<C: ConnectionTrait>(
    connection: &C,
    now: Timestamp,
) -> Result<Vec<CredentialId>, StoreError> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::RevokedAt.is_not_null())
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(ids.into_iter().map(CredentialId::from_uuid).collect())
}

/// How many signed credentials of these principals work at `now`.
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
        .map(|(principal, count)| Ok((principal, text::to_u64(TABLE, "count", count)?)))
        .collect()
}

/// Says when a credential last opened a session, later than any time said before.
pub(crate) async fn touch<C: ConnectionTrait>(
    connection: &C,
    id: Uuid,
    at: i64,
) -> Result<(), StoreError> {
    let earlier = Condition::any()
        .add(Column::LastUsedAt.is_null())
        .add(Column::LastUsedAt.lt(at));
    Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .filter(earlier)
        .exec(connection)
        .await?;
    Ok(())
}
