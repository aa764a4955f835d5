//! Programs without a browser: each shows a short code, waits, and asks now and then (RFC 8628).

use countersign_model::{Timestamp, UserId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::device_logins::{ActiveModel, Column, Entity, Model},
    logins::{self, LoginToken, NewLoginToken},
};

const PENDING: &str = "pending";
const APPROVED: &str = "approved";
const DENIED: &str = "denied";
const USED: &str = "used";

/// A program that asks too soon has to wait so much longer.
const SLOWER_BY_SECONDS: i32 = 5;

/// Programs and networks are not that exact.
const TOLERANCE_MILLIS: i64 = 500;

/// A program that waits for its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLogin {
    /// The program.
    pub client_id: String,
    /// When it asked.
    pub created_at: Timestamp,
    /// When it stops waiting.
    pub expires_at: Timestamp,
}

/// A program that begins to wait.
#[derive(Debug, Clone)]
pub struct NewDeviceLogin {
    /// SHA-256 of the code that it keeps.
    pub device_sha256: String,
    /// SHA-256 of the code that its person types.
    pub user_code_sha256: String,
    /// The program.
    pub client_id: String,
    /// Seconds between its questions.
    pub interval_seconds: u16,
    /// When it stops waiting.
    pub expires_at: Timestamp,
}

/// What a waiting program learns.
#[derive(Debug, Clone)]
pub enum DevicePoll {
    /// Nobody has decided.
    Pending,
    /// It asks too often.
    SlowDown,
    /// The person said no.
    Denied,
    /// It waited too long.
    Expired,
    /// Its token.
    Token(Box<LoginToken>),
    /// It is unknown, another program's, used, or its person's session is over.
    Unknown,
}

impl From<Model> for DeviceLogin {
    fn from(row: Model) -> Self {
        Self {
            client_id: row.client_id,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: Timestamp::from_millis(row.expires_at),
        }
    }
}

impl Store {
    /// Begins to wait, and forgets who waited in vain.
    ///
    /// # Errors
    /// `NameTaken` when another program shows that code.
    pub async fn create_device_login(
        &self,
        new: NewDeviceLogin,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let change = self.change().await?;
        Entity::delete_many()
            .filter(Column::ExpiresAt.lt(now.as_millis().saturating_sub(3_600_000)))
            .exec(change.db())
            .await?;
        let row = ActiveModel {
            id: Set(Uuid::now_v7()),
            device_sha256: Set(new.device_sha256),
            user_code_sha256: Set(new.user_code_sha256),
            client_id: Set(new.client_id),
            state: Set(PENDING.to_owned()),
            user_id: Set(None),
            web_session_id: Set(None),
            interval_seconds: Set(i32::from(new.interval_seconds)),
            created_at: Set(now.as_millis()),
            expires_at: Set(new.expires_at.as_millis()),
            polled_at: Set(None),
        };
        row.insert(change.db())
            .await
            .map_err(crate::error::taken("device login"))?;
        change.commit().await
    }

    /// The program that waits with this code.
    ///
    /// # Errors
    /// `NotFound` when none does.
    pub async fn device_login(
        &self,
        user_code_sha256: &str,
        now: Timestamp,
    ) -> Result<DeviceLogin, StoreError> {
        Entity::find()
            .filter(Column::UserCodeSha256.eq(user_code_sha256))
            .filter(Column::State.eq(PENDING))
            .filter(Column::ExpiresAt.gt(now.as_millis()))
            .one(&self.read)
            .await?
            .map(Into::into)
            .ok_or(StoreError::NotFound("device login"))
    }

    /// Lets the program in that waits with this code, or turns it away.
    ///
    /// # Errors
    /// `NotFound` when none waits.
    pub async fn decide_device_login(
        &self,
        user_code_sha256: &str,
        approve: bool,
        user: UserId,
        session: Uuid,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let change = self.change().await?;
        let state = if approve { APPROVED } else { DENIED };
        let decided = Entity::update_many()
            .col_expr(Column::State, Expr::value(state))
            .col_expr(Column::UserId, Expr::value(user.as_uuid()))
            .col_expr(Column::WebSessionId, Expr::value(session))
            .filter(Column::UserCodeSha256.eq(user_code_sha256))
            .filter(Column::State.eq(PENDING))
            .filter(Column::ExpiresAt.gt(now.as_millis()))
            .exec(change.db())
            .await?;
        if decided.rows_affected == 0 {
            return Err(StoreError::NotFound("device login"));
        }
        change.commit().await
    }

    /// A waiting program asks.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn poll_device_login(
        &self,
        device_sha256: &str,
        client_id: &str,
        token: NewLoginToken,
        now: Timestamp,
    ) -> Result<DevicePoll, StoreError> {
        let change = self.change().await?;
        let found = Entity::find()
            .filter(Column::DeviceSha256.eq(device_sha256))
            .filter(Column::ClientId.eq(client_id))
            .one(change.db())
            .await?;
        let Some(login) = found else {
            return Ok(DevicePoll::Unknown);
        };
        let state = login.state.clone();
        let over = login.expires_at <= now.as_millis();
        let interval = i64::from(login.interval_seconds) * 1000 - TOLERANCE_MILLIS;
        let too_soon = login
            .polled_at
            .is_some_and(|at| now.as_millis() - at < interval);
        let slower = login.interval_seconds.saturating_add(SLOWER_BY_SECONDS);
        let decided_by = login.user_id.zip(login.web_session_id);
        let mut row = login.into_active_model();
        row.polled_at = Set(Some(now.as_millis()));
        let answer = match (state.as_str(), decided_by) {
            (USED, _) => DevicePoll::Unknown,
            (DENIED, _) => DevicePoll::Denied,
            _ if over => DevicePoll::Expired,
            _ if too_soon => {
                row.interval_seconds = Set(slower);
                DevicePoll::SlowDown
            }
            (APPROVED, Some((user, session))) => {
                let user = UserId::from_uuid(user);
                row.state = Set(USED.to_owned());
                // One statement decides who was first, where two ask at once.
                let used = Entity::update_many()
                    .col_expr(Column::State, Expr::value(USED))
                    .filter(Column::DeviceSha256.eq(device_sha256))
                    .filter(Column::State.eq(APPROVED))
                    .exec(change.db())
                    .await?;
                let issued = match used.rows_affected {
                    1 => logins::issue(change.db(), user, session, token, now).await?,
                    _ => None,
                };
                match issued {
                    Some(token) => DevicePoll::Token(Box::new(token)),
                    None => DevicePoll::Unknown,
                }
            }
            _ => DevicePoll::Pending,
        };
        row.update(change.db()).await?;
        change.commit().await?;
        Ok(answer)
    }
}
