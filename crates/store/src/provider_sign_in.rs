//! Signing in by the identity provider: the person as it describes them, and sessions that end when
//! it says so.

use countersign_model::{Labels, Roles, Timestamp, UserId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, QueryFilter, QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    Store, StoreError, UserRecord, WebSession, WebSessionLimits,
    entity::{api_tokens, users, web_sessions},
    text, tokens,
};

/// A person as the identity provider describes them.
#[derive(Debug, Clone)]
pub struct ProviderPerson {
    /// Who says so.
    pub issuer: String,
    /// Who they are there, for good.
    pub subject: String,
    /// Their e-mail address, lower case.
    pub email: String,
    /// Whether the provider vouches for the address.
    pub email_verified: bool,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub roles: Roles,
    /// Their groups.
    pub groups: Vec<String>,
    /// Labels of the targets whose reviews they may decide; `None` for all targets.
    pub review_scope: Option<Labels>,
}

/// A session that begins at the identity provider.
#[derive(Debug, Clone)]
pub struct NewProviderSession {
    /// SHA-256 of the new cookie.
    pub cookie_sha256: String,
    /// SHA-256 of the cookie that the browser came with, whose session ends here.
    pub replaces_sha256: Option<String>,
    /// The provider's own session (`sid`).
    pub session: Option<String>,
    /// What the provider wants to see again on signing out.
    pub id_token: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum ProviderSignIn {
    /// A session began.
    Began(WebSession),
    /// The person is disabled here.
    Disabled(UserRecord),
    /// Another person has the e-mail address.
    EmailTaken,
}

/// Which sessions the provider ends: those of a person, one, or both.
#[derive(Debug, Clone)]
pub struct ProviderLogout<'a> {
    /// Who says so.
    pub issuer: &'a str,
    /// Whose.
    pub subject: Option<&'a str>,
    /// Which of its own sessions.
    pub session: Option<&'a str>,
}

/// What the provider ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProviderLogoutEnded {
    /// Sessions in the dashboard.
    pub sessions: u64,
    /// API tokens that came of such sessions.
    pub tokens: u64,
}

/// How a session that began at the provider is ended there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionProvider {
    /// Who vouched for it.
    pub issuer: String,
    /// What the provider wants to see again.
    pub id_token: Option<String>,
}

impl Store {
    /// Makes the person what the provider says they are, and begins a session under a fresh cookie.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_by_provider(
        &self,
        person: ProviderPerson,
        new: NewProviderSession,
        limits: WebSessionLimits,
        now: Timestamp,
    ) -> Result<ProviderSignIn, StoreError> {
        let change = self.change().await?;
        let (issuer, subject) = (person.issuer.clone(), person.subject.clone());
        let user = match upsert(change.db(), person, now).await? {
            Upserted::User(user) => user,
            Upserted::Disabled(user) => return Ok(ProviderSignIn::Disabled(user.try_into()?)),
            Upserted::EmailTaken => return Ok(ProviderSignIn::EmailTaken),
        };
        if let Some(old) = &new.replaces_sha256 {
            web_sessions::Entity::update_many()
                .col_expr(
                    web_sessions::Column::RevokedAt,
                    Expr::value(now.as_millis()),
                )
                .filter(web_sessions::Column::TokenSha256.eq(old))
                .filter(web_sessions::Column::RevokedAt.is_null())
                .exec(change.db())
                .await?;
        }
        let row = web_sessions::ActiveModel {
            id: Set(Uuid::now_v7()),
            user_id: Set(user.id),
            token_sha256: Set(new.cookie_sha256),
            created_at: Set(now.as_millis()),
            last_seen_at: Set(now.as_millis()),
            expires_at: Set(now.as_millis().saturating_add(limits.absolute_millis)),
            revoked_at: Set(None),
            issuer: Set(Some(issuer)),
            provider_subject: Set(Some(subject)),
            provider_session: Set(new.session),
            id_token: Set(new.id_token),
        };
        let session = row.insert(change.db()).await?;
        change.commit().await?;
        Ok(ProviderSignIn::Began(WebSession {
            id: session.id,
            user: user.try_into()?,
            expires_at: Timestamp::from_millis(session.expires_at),
        }))
    }

    /// Ends the sessions that the provider names, and the tokens that came of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_provider_sessions(
        &self,
        logout: ProviderLogout<'_>,
        now: Timestamp,
    ) -> Result<ProviderLogoutEnded, StoreError> {
        if logout.subject.is_none() && logout.session.is_none() {
            return Ok(ProviderLogoutEnded::default());
        }
        let mut change = self.change().await?;
        let mut named = Condition::all().add(web_sessions::Column::Issuer.eq(logout.issuer));
        if let Some(subject) = logout.subject {
            named = named.add(web_sessions::Column::ProviderSubject.eq(subject));
        }
        if let Some(session) = logout.session {
            named = named.add(web_sessions::Column::ProviderSession.eq(session));
        }
        // A session that is over may have left a token that is not.
        let ids: Vec<Uuid> = web_sessions::Entity::find()
            .select_only()
            .column(web_sessions::Column::Id)
            .filter(named.clone())
            .into_tuple()
            .all(change.db())
            .await?;
        let sessions = web_sessions::Entity::update_many()
            .col_expr(
                web_sessions::Column::RevokedAt,
                Expr::value(now.as_millis()),
            )
            .col_expr(web_sessions::Column::IdToken, Expr::value(None::<String>))
            .filter(named)
            .filter(web_sessions::Column::RevokedAt.is_null())
            .exec(change.db())
            .await?;
        let mut tokens = 0;
        // A statement takes only so many values.
        for ids in ids.chunks(500) {
            let theirs = api_tokens::Column::WebSessionId.is_in(ids.iter().copied());
            let theirs = Condition::all().add(theirs);
            tokens += tokens::revoke(&mut change, theirs, now).await?;
        }
        change.commit().await?;
        Ok(ProviderLogoutEnded {
            sessions: sessions.rows_affected,
            tokens,
        })
    }

    /// How a session is ended at the provider; `None` when it began elsewhere.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_provider(&self, id: Uuid) -> Result<Option<SessionProvider>, StoreError> {
        let found = web_sessions::Entity::find_by_id(id).one(&self.read).await?;
        Ok(found.and_then(|row| {
            Some(SessionProvider {
                issuer: row.issuer?,
                id_token: row.id_token,
            })
        }))
    }
}

enum Upserted {
    User(users::Model),
    Disabled(users::Model),
    EmailTaken,
}

async fn upsert<C: ConnectionTrait>(
    connection: &C,
    person: ProviderPerson,
    now: Timestamp,
) -> Result<Upserted, StoreError> {
    let known = users::Entity::find()
        .filter(users::Column::Issuer.eq(&person.issuer))
        .filter(users::Column::ProviderSubject.eq(&person.subject))
        .one(connection)
        .await?;
    let by_email = users::Entity::find()
        .filter(users::Column::Email.eq(&person.email))
        .one(connection)
        .await?;
    let row = match (known, by_email) {
        (Some(known), Some(other)) if known.id != other.id => return Ok(Upserted::EmailTaken),
        (Some(known), _) => Some(known),
        // Somebody who was added by hand, whom the provider now vouches for. A person of another
        // subject with the same address is somebody else.
        (None, Some(local)) if local.issuer.is_none() && person.email_verified => Some(local),
        (None, Some(_)) => return Ok(Upserted::EmailTaken),
        (None, None) => None,
    };
    if let Some(disabled) = row.as_ref().filter(|row| row.revoked_at.is_some()) {
        return Ok(Upserted::Disabled(disabled.clone()));
    }
    let scope = person.review_scope.as_ref().map(text::to_json);
    let mut active = match row {
        Some(row) => row.into_active_model(),
        None => users::ActiveModel {
            id: Set(UserId::new().as_uuid()),
            created_at: Set(now.as_millis()),
            revoked_at: Set(None),
            ..<users::ActiveModel as Default>::default()
        },
    };
    let is_new = matches!(active.created_at, Set(_));
    active.name = Set(person.name);
    active.email = Set(person.email);
    active.roles = Set(text::to_json(&person.roles)?);
    active.groups = Set(text::to_json(&person.groups)?);
    active.review_scope = Set(scope.transpose()?);
    active.issuer = Set(Some(person.issuer));
    active.provider_subject = Set(Some(person.subject));
    active.last_sign_in_at = Set(Some(now.as_millis()));
    let row = if is_new {
        active.insert(connection).await?
    } else {
        active.update(connection).await?
    };
    Ok(Upserted::User(row))
}
