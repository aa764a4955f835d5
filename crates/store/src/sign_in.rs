//! One-time links and the sessions of people in the dashboard.

use countersign_model::{Timestamp, UserId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    QueryFilter, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    Store, StoreError, UserRecord,
    entity::{api_tokens, sign_in_links, users, web_sessions},
    tokens,
};

/// Writing down every request's time would make every read a write.
const TOUCH_EVERY_MILLIS: i64 = 60_000;

/// A person's session in the dashboard.
#[derive(Debug, Clone)]
pub struct WebSession {
    /// Which.
    pub id: Uuid,
    /// Whose.
    pub user: UserRecord,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub struct WebSessionLimits {
    /// Milliseconds without a request after which a session is over.
    pub idle_millis: i64,
    /// Milliseconds after which it is over in any case.
    pub absolute_millis: i64,
}

impl Store {
    /// Keeps a one-time link.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_sign_in_link(
        &self,
        user: UserId,
        token_sha256: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let change = self.change().await?;
        let row = sign_in_links::ActiveModel {
            id: Set(Uuid::now_v7()),
            user_id: Set(user.as_uuid()),
            token_sha256: Set(token_sha256.to_owned()),
            created_at: Set(now.as_millis()),
            expires_at: Set(expires_at.as_millis()),
            used_at: Set(None),
        };
        row.insert(change.db()).await?;
        change.commit().await
    }

    /// Uses a link up and begins a session; `None` when the link is unknown, used, expired or its
    /// person disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn redeem_sign_in_link(
        &self,
        link_sha256: &str,
        session_sha256: &str,
        limits: WebSessionLimits,
        now: Timestamp,
    ) -> Result<Option<WebSession>, StoreError> {
        let change = self.change().await?;
        // One statement decides who was first.
        let used = sign_in_links::Entity::update_many()
            .col_expr(sign_in_links::Column::UsedAt, Expr::value(now.as_millis()))
            .filter(sign_in_links::Column::TokenSha256.eq(link_sha256))
            .filter(sign_in_links::Column::UsedAt.is_null())
            .filter(sign_in_links::Column::ExpiresAt.gt(now.as_millis()))
            .exec(change.db())
            .await?;
        if used.rows_affected != 1 {
            return Ok(None);
        }
        let link = sign_in_links::Entity::find()
            .filter(sign_in_links::Column::TokenSha256.eq(link_sha256))
            .one(change.db())
            .await?
            .ok_or(StoreError::NotFound("sign-in link"))?;
        let user = users::Entity::find_by_id(link.user_id)
            .filter(users::Column::RevokedAt.is_null())
            .one(change.db())
            .await?;
        let Some(user) = user else {
            return Ok(None);
        };
        let row = web_sessions::ActiveModel {
            id: Set(Uuid::now_v7()),
            user_id: Set(user.id),
            token_sha256: Set(session_sha256.to_owned()),
            created_at: Set(now.as_millis()),
            last_seen_at: Set(now.as_millis()),
            expires_at: Set(now.as_millis().saturating_add(limits.absolute_millis)),
            revoked_at: Set(None),
            issuer: Set(None),
            provider_subject: Set(None),
            provider_session: Set(None),
            id_token: Set(None),
        };
        let session = row.insert(change.db()).await?;
        users::Entity::update_many()
            .col_expr(users::Column::LastSignInAt, Expr::value(now.as_millis()))
            .filter(users::Column::Id.eq(user.id))
            .exec(change.db())
            .await?;
        change.commit().await?;
        Ok(Some(WebSession {
            id: session.id,
            user: user.try_into()?,
            expires_at: Timestamp::from_millis(session.expires_at),
        }))
    }

    /// The session with this cookie; `None` when it is unknown, over, or its person disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn web_session(
        &self,
        token_sha256: &str,
        limits: WebSessionLimits,
        now: Timestamp,
    ) -> Result<Option<WebSession>, StoreError> {
        let idle_since = now.as_millis().saturating_sub(limits.idle_millis);
        let found = web_sessions::Entity::find()
            .filter(web_sessions::Column::TokenSha256.eq(token_sha256))
            .filter(web_sessions::Column::RevokedAt.is_null())
            .filter(web_sessions::Column::ExpiresAt.gt(now.as_millis()))
            .filter(web_sessions::Column::LastSeenAt.gt(idle_since))
            .find_also_related(users::Entity)
            .one(&self.read)
            .await?;
        let Some((session, Some(user))) = found else {
            return Ok(None);
        };
        if user.revoked_at.is_some() {
            return Ok(None);
        }
        if now.as_millis() - session.last_seen_at > TOUCH_EVERY_MILLIS {
            self.touch_web_session(session.id, now).await?;
        }
        Ok(Some(WebSession {
            id: session.id,
            user: user.try_into()?,
            expires_at: Timestamp::from_millis(session.expires_at),
        }))
    }

    async fn touch_web_session(&self, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        let change = self.change().await?;
        web_sessions::Entity::update_many()
            .col_expr(
                web_sessions::Column::LastSeenAt,
                Expr::value(now.as_millis()),
            )
            .filter(web_sessions::Column::Id.eq(id))
            .exec(change.db())
            .await?;
        change.commit().await
    }

    /// Ends a session, and the tokens that came of it. Tells how many tokens.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_web_session(&self, id: Uuid, now: Timestamp) -> Result<u64, StoreError> {
        let mut change = self.change().await?;
        web_sessions::Entity::update_many()
            .col_expr(
                web_sessions::Column::RevokedAt,
                Expr::value(now.as_millis()),
            )
            .col_expr(web_sessions::Column::IdToken, Expr::value(None::<String>))
            .filter(web_sessions::Column::Id.eq(id))
            .filter(web_sessions::Column::RevokedAt.is_null())
            .exec(change.db())
            .await?;
        let its = Condition::all().add(api_tokens::Column::WebSessionId.eq(id));
        let tokens = tokens::revoke(&mut change, its, now).await?;
        change.commit().await?;
        Ok(tokens)
    }
}

/// Ends every session and every unused link of a person.
pub(crate) async fn end_all<C: ConnectionTrait>(
    connection: &C,
    user: UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    web_sessions::Entity::update_many()
        .col_expr(
            web_sessions::Column::RevokedAt,
            Expr::value(now.as_millis()),
        )
        .filter(web_sessions::Column::UserId.eq(user.as_uuid()))
        .filter(web_sessions::Column::RevokedAt.is_null())
        .exec(connection)
        .await?;
    sign_in_links::Entity::update_many()
        .col_expr(sign_in_links::Column::UsedAt, Expr::value(now.as_millis()))
        .filter(sign_in_links::Column::UserId.eq(user.as_uuid()))
        .filter(sign_in_links::Column::UsedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}
