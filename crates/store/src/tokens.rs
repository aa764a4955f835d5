//! API tokens, which act as a person.

use countersign_model::{ApiTokenId, Timestamp, UserId};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockType},
};
use uuid::Uuid;

use crate::{
    Store, StoreError, UserRecord,
    change::Change,
    entity::{
        api_tokens::{ActiveModel, Column, Entity, Model},
        users,
    },
    issued_tokens, text,
};

/// An API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiTokenRecord {
    /// Which.
    pub id: ApiTokenId,
    /// Whose.
    pub user_id: UserId,
    /// What it is for.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// An API token to keep.
#[derive(Debug, Clone)]
pub struct NewApiToken {
    /// Whose.
    pub user_id: UserId,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the token, in hex.
    pub token_sha256: String,
    /// When it stops working; `None` for never.
    pub expires_at: Option<Timestamp>,
}

impl From<Model> for ApiTokenRecord {
    fn from(row: Model) -> Self {
        Self {
            id: ApiTokenId::from_uuid(row.id),
            user_id: UserId::from_uuid(row.user_id),
            name: row.name,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: text::moment(row.expires_at),
            revoked_at: text::moment(row.revoked_at),
        }
    }
}

impl Store {
    /// Keeps a token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_api_token(
        &self,
        new: NewApiToken,
        now: Timestamp,
    ) -> Result<ApiTokenRecord, StoreError> {
        let change = self.change().await?;
        let row = ActiveModel {
            id: Set(ApiTokenId::new().as_uuid()),
            user_id: Set(new.user_id.as_uuid()),
            name: Set(new.name),
            token_sha256: Set(new.token_sha256),
            created_at: Set(now.as_millis()),
            expires_at: Set(new.expires_at.map(Timestamp::as_millis)),
            revoked_at: Set(None),
            web_session_id: Set(None),
        };
        let row = row.insert(change.db()).await?;
        change.commit().await?;
        Ok(row.into())
    }

    /// The token with this hash and whose it is; `None` when it is unknown, over, or its person
    /// disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn api_token(
        &self,
        token_sha256: &str,
        now: Timestamp,
    ) -> Result<Option<(ApiTokenRecord, UserRecord)>, StoreError> {
        let found = Entity::find()
            .filter(Column::TokenSha256.eq(token_sha256))
            .filter(Column::RevokedAt.is_null())
            .find_also_related(users::Entity)
            .one(&self.read)
            .await?;
        let Some((token, Some(user))) = found else {
            return Ok(None);
        };
        let over = token.expires_at.is_some_and(|at| at <= now.as_millis());
        if over || user.revoked_at.is_some() {
            return Ok(None);
        }
        Ok(Some((token.into(), user.try_into()?)))
    }

    /// A person's tokens, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn api_tokens(&self, user: UserId) -> Result<Vec<ApiTokenRecord>, StoreError> {
        let rows = Entity::find()
            .filter(Column::UserId.eq(user.as_uuid()))
            .order_by_desc(Column::Id)
            .all(&self.read)
            .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Revokes a token, and the credentials that were given for it.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it was revoked already.
    pub async fn revoke_api_token(&self, id: ApiTokenId, now: Timestamp) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let only = Condition::all().add(Column::Id.eq(id.as_uuid()));
        if revoke(&mut change, only, now).await? == 0 {
            return Err(StoreError::NotFound("API token"));
        }
        change.commit().await
    }
}

/// Revokes tokens, and with each the credentials that principals were given for it: whoever signed
/// out acts by nobody any more. Tells how many tokens.
pub(crate) async fn revoke(
    change: &mut Change,
    which: Condition,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(which)
        .filter(Column::RevokedAt.is_null())
        .order_by_asc(Column::Id)
        .lock(LockType::Update)
        .into_tuple()
        .all(change.db())
        .await?;
    let mut revoked = 0;
    // A statement takes only so many values.
    for ids in ids.chunks(500) {
        let done = Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(now.as_millis()))
            .filter(Column::Id.is_in(ids.iter().copied()))
            .filter(Column::RevokedAt.is_null())
            .exec(change.db())
            .await?;
        revoked += done.rows_affected;
        if issued_tokens::revoke_given_for(change.db(), ids, now).await? > 0 {
            change.matters_to_edges().await?;
        }
    }
    Ok(revoked)
}

/// Revokes every token of a person.
pub(crate) async fn revoke_all(
    change: &mut Change,
    user: UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let theirs = Condition::all().add(Column::UserId.eq(user.as_uuid()));
    revoke(change, theirs, now).await?;
    Ok(())
}
