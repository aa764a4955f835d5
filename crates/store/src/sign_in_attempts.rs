//! Ways to the identity provider and back. Each belongs to one browser and ends once; what it needs
//! to come back is in that browser alone, so that a row lets nobody in.

use countersign_model::{Timestamp, UserId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel,
    QueryFilter, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::sign_in_attempts::{ActiveModel, Column, Entity, Model},
};

/// How long an attempt is remembered once it cannot end any more.
const REMEMBERED_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// A way to the identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInAttempt {
    /// Which.
    pub id: Uuid,
    /// The local path to end at.
    pub return_to: String,
    /// The admin who only tries the provider; no session comes of it.
    pub test_by: Option<UserId>,
    /// What came of a try, as JSON.
    pub test_result: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it came back.
    pub used_at: Option<Timestamp>,
}

/// A way to the identity provider that begins.
#[derive(Debug, Clone)]
pub struct NewSignInAttempt {
    /// SHA-256 of the `state` that the provider gives back.
    pub state_sha256: String,
    /// SHA-256 of the secret in the browser's cookie.
    pub browser_sha256: String,
    /// The local path to end at.
    pub return_to: String,
    /// The admin who only tries the provider.
    pub test_by: Option<UserId>,
    /// When it cannot end any more.
    pub expires_at: Timestamp,
}

/// What coming back with a `state` means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptReturn {
    /// It is this attempt's, and the first time.
    First(SignInAttempt),
    /// It came back before.
    Again(SignInAttempt),
    /// It is nobody's, another browser's, or too late.
    Unknown,
}

impl From<Model> for SignInAttempt {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            return_to: row.return_to,
            test_by: row.test_by.map(UserId::from_uuid),
            test_result: row.test_result,
            created_at: Timestamp::from_millis(row.created_at),
            used_at: row.used_at.map(Timestamp::from_millis),
        }
    }
}

impl Store {
    /// Begins an attempt.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_sign_in(
        &self,
        new: NewSignInAttempt,
        now: Timestamp,
    ) -> Result<SignInAttempt, StoreError> {
        let change = self.change().await?;
        let row = ActiveModel {
            id: Set(Uuid::now_v7()),
            state_sha256: Set(new.state_sha256),
            browser_sha256: Set(new.browser_sha256),
            return_to: Set(new.return_to),
            test_by: Set(new.test_by.map(|user| user.as_uuid())),
            test_result: Set(None),
            created_at: Set(now.as_millis()),
            expires_at: Set(new.expires_at.as_millis()),
            used_at: Set(None),
        };
        let row = row.insert(change.db()).await?;
        change.commit().await?;
        Ok(row.into())
    }

    /// Forgets the attempts of long ago, and each try once its time is over: the claims that came
    /// back are somebody's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_sign_ins(&self, now: Timestamp) -> Result<(), StoreError> {
        let long_ago = now.as_millis().saturating_sub(REMEMBERED_MILLIS);
        let tries = Condition::all()
            .add(Column::TestBy.is_not_null())
            .add(Column::ExpiresAt.lte(now.as_millis()));
        let over = Condition::any()
            .add(Column::ExpiresAt.lt(long_ago))
            .add(tries);
        let any = Entity::find().filter(over.clone()).one(&self.read).await?;
        if any.is_none() {
            return Ok(());
        }
        let change = self.change().await?;
        Entity::delete_many().filter(over).exec(change.db()).await?;
        change.commit().await
    }

    /// Uses the attempt up that this browser began with this state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn return_sign_in(
        &self,
        state_sha256: &str,
        browser_sha256: &str,
        now: Timestamp,
    ) -> Result<AttemptReturn, StoreError> {
        let change = self.change().await?;
        // One statement decides who was first.
        let used = Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(now.as_millis()))
            .filter(Column::StateSha256.eq(state_sha256))
            .filter(Column::BrowserSha256.eq(browser_sha256))
            .filter(Column::UsedAt.is_null())
            .filter(Column::ExpiresAt.gt(now.as_millis()))
            .exec(change.db())
            .await?;
        let found = Entity::find()
            .filter(Column::StateSha256.eq(state_sha256))
            .one(change.db())
            .await?;
        change.commit().await?;
        Ok(match found {
            Some(row) if used.rows_affected == 1 => AttemptReturn::First(row.into()),
            Some(row) if row.used_at.is_some() => AttemptReturn::Again(row.into()),
            _ => AttemptReturn::Unknown,
        })
    }

    /// Keeps what came of a try.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn finish_sign_in_test(&self, id: Uuid, result: String) -> Result<(), StoreError> {
        let change = self.change().await?;
        let row = Entity::find_by_id(id)
            .one(change.db())
            .await?
            .ok_or(StoreError::NotFound("sign-in test"))?;
        let mut row = row.into_active_model();
        row.test_result = Set(Some(result));
        row.update(change.db()).await?;
        change.commit().await
    }

    /// A try of the provider.
    ///
    /// # Errors
    /// `NotFound` when it is none.
    pub async fn sign_in_test(&self, id: Uuid) -> Result<SignInAttempt, StoreError> {
        Entity::find_by_id(id)
            .filter(Column::TestBy.is_not_null())
            .one(&self.read)
            .await?
            .map(Into::into)
            .ok_or(StoreError::NotFound("sign-in test"))
    }
}
