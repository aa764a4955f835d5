//! Signing in a program on behalf of its person: by a code that the browser hands over, or by one
//! that the person types into a browser elsewhere (RFC 8628). What comes of either is an API token,
//! which ends with the person's session at the identity provider.

use countersign_model::{ApiTokenId, Timestamp, UserId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    QueryFilter, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    ApiTokenRecord, Store, StoreError, UserRecord,
    entity::{api_tokens, authorization_codes, users, web_sessions},
    tokens,
};

/// How long what is over is remembered, so that a code's second use is noticed.
const REMEMBERED_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// A code to keep.
#[derive(Debug, Clone)]
pub struct NewAuthorizationCode {
    /// SHA-256 of the code.
    pub code_sha256: String,
    /// Who signs the program in.
    pub user_id: UserId,
    /// The session they do it from.
    pub web_session_id: Uuid,
    /// The program.
    pub client_id: String,
    /// Where the code goes.
    pub redirect_uri: String,
    /// What the program's verifier must hash to.
    pub challenge: String,
    /// When the code stops working.
    pub expires_at: Timestamp,
}

/// What a program shows to get its token.
#[derive(Debug, Clone)]
pub struct CodeProof<'a> {
    /// SHA-256 of the code.
    pub code_sha256: &'a str,
    /// The program.
    pub client_id: &'a str,
    /// Where the code went.
    pub redirect_uri: &'a str,
    /// What its verifier hashes to.
    pub challenge: &'a str,
}

/// A program's token to keep.
#[derive(Debug, Clone)]
pub struct NewLoginToken {
    /// What it is for.
    pub name: String,
    /// SHA-256 of the token.
    pub token_sha256: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// A token with whose it is.
pub type LoginToken = (ApiTokenRecord, UserRecord);

/// What came of a code.
#[derive(Debug, Clone)]
pub enum CodeRedeemed {
    /// A token.
    Token(Box<LoginToken>),
    /// It was used before: whoever has the token of then may be a thief, so that it ends.
    Reused,
    /// It is unknown, too late, another program's, or its person's session is over.
    Refused,
}

impl Store {
    /// Keeps a code, and forgets those of long ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_authorization_code(
        &self,
        new: NewAuthorizationCode,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        use authorization_codes::{ActiveModel, Column, Entity};
        let change = self.change().await?;
        Entity::delete_many()
            .filter(Column::ExpiresAt.lt(now.as_millis().saturating_sub(REMEMBERED_MILLIS)))
            .exec(change.db())
            .await?;
        let row = ActiveModel {
            id: Set(Uuid::now_v7()),
            code_sha256: Set(new.code_sha256),
            user_id: Set(new.user_id.as_uuid()),
            web_session_id: Set(new.web_session_id),
            client_id: Set(new.client_id),
            redirect_uri: Set(new.redirect_uri),
            challenge: Set(new.challenge),
            created_at: Set(now.as_millis()),
            expires_at: Set(new.expires_at.as_millis()),
            used_at: Set(None),
            api_token_id: Set(None),
        };
        row.insert(change.db()).await?;
        change.commit().await
    }

    /// Uses a code up for a token. A wrong proof uses it up all the same.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn redeem_authorization_code(
        &self,
        proof: CodeProof<'_>,
        token: NewLoginToken,
        now: Timestamp,
    ) -> Result<CodeRedeemed, StoreError> {
        use authorization_codes::{Column, Entity};
        let mut change = self.change().await?;
        // One statement decides who was first.
        let used = Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(now.as_millis()))
            .filter(Column::CodeSha256.eq(proof.code_sha256))
            .filter(Column::UsedAt.is_null())
            .exec(change.db())
            .await?;
        let found = Entity::find()
            .filter(Column::CodeSha256.eq(proof.code_sha256))
            .one(change.db())
            .await?;
        let Some(code) = found else {
            return Ok(CodeRedeemed::Refused);
        };
        if used.rows_affected == 0 {
            if let Some(id) = code.api_token_id {
                let this = Condition::all().add(api_tokens::Column::Id.eq(id));
                tokens::revoke(&mut change, this, now).await?;
            }
            change.commit().await?;
            return Ok(CodeRedeemed::Reused);
        }
        let proved = code.client_id == proof.client_id
            && code.redirect_uri == proof.redirect_uri
            && code.challenge == proof.challenge
            && code.expires_at > now.as_millis();
        let issued = if proved {
            let user = UserId::from_uuid(code.user_id);
            issue(change.db(), user, code.web_session_id, token, now).await?
        } else {
            None
        };
        if let Some((token, _)) = &issued {
            Entity::update_many()
                .col_expr(Column::ApiTokenId, Expr::value(token.id.as_uuid()))
                .filter(Column::Id.eq(code.id))
                .exec(change.db())
                .await?;
        }
        change.commit().await?;
        Ok(match issued {
            Some(token) => CodeRedeemed::Token(Box::new(token)),
            None => CodeRedeemed::Refused,
        })
    }

    /// Revokes the token with this hash where a login gave it; whether one was in force.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_login_token(
        &self,
        sha256: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let this = Condition::all()
            .add(api_tokens::Column::TokenSha256.eq(sha256))
            .add(api_tokens::Column::WebSessionId.is_not_null());
        let revoked = tokens::revoke(&mut change, this, now).await?;
        change.commit().await?;
        Ok(revoked > 0)
    }

    /// Revokes the token with this hash; whether one was in force.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_api_token_by_hash(
        &self,
        sha256: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let this = Condition::all().add(api_tokens::Column::TokenSha256.eq(sha256));
        let revoked = tokens::revoke(&mut change, this, now).await?;
        change.commit().await?;
        Ok(revoked > 0)
    }
}

/// Keeps a token for a person whose session is not over; `None` where it is, or the person disabled.
pub(crate) async fn issue<C: ConnectionTrait>(
    connection: &C,
    user: UserId,
    session: Uuid,
    new: NewLoginToken,
    now: Timestamp,
) -> Result<Option<LoginToken>, StoreError> {
    let found = web_sessions::Entity::find_by_id(session)
        .filter(web_sessions::Column::UserId.eq(user.as_uuid()))
        .filter(web_sessions::Column::RevokedAt.is_null())
        .filter(web_sessions::Column::ExpiresAt.gt(now.as_millis()))
        .find_also_related(users::Entity)
        .one(connection)
        .await?;
    let Some((session, Some(user))) = found else {
        return Ok(None);
    };
    if user.revoked_at.is_some() {
        return Ok(None);
    }
    let row = api_tokens::ActiveModel {
        id: Set(ApiTokenId::new().as_uuid()),
        user_id: Set(user.id),
        name: Set(new.name),
        token_sha256: Set(new.token_sha256),
        created_at: Set(now.as_millis()),
        expires_at: Set(Some(new.expires_at.as_millis())),
        revoked_at: Set(None),
        web_session_id: Set(Some(session.id)),
    };
    let token = row.insert(connection).await?;
    Ok(Some((token.into(), user.try_into()?)))
}
