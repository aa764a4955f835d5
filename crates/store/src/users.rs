//! People who sign in to the control plane.

use countersign_model::{Labels, Role, Roles, Timestamp, UserId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::{
    GrantRecord, Store, StoreError,
    entity::users::{ActiveModel, Column, Entity, Model},
    error::taken,
    principals, sign_in, text, tokens,
};

const TABLE: &str = "users";

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// Who.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their e-mail address, lower case; unique.
    pub email: String,
    /// What they may do.
    pub roles: Roles,
    /// Groups whose reviews they may decide.
    pub groups: Vec<String>,
    /// Labels of the targets whose reviews a reviewer may decide; `None` for all targets.
    pub review_scope: Option<Labels>,
    /// Who says who they are.
    pub source: UserSource,
    /// When they last signed in to the dashboard.
    pub last_sign_in_at: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they were disabled.
    pub disabled_at: Option<Timestamp>,
}

/// Who says who a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserSource {
    /// An admin, who added them here.
    Local,
    /// The identity provider, whose claims say what they may do.
    Oidc,
}

/// A person to add.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Their name.
    pub name: String,
    /// Their e-mail address, lower case.
    pub email: String,
    /// What they may do.
    pub roles: Roles,
    /// Groups whose reviews they may decide.
    pub groups: Vec<String>,
    /// Labels of the targets whose reviews a reviewer may decide; `None` for all targets.
    pub review_scope: Option<Labels>,
}

/// What to change; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// Their name.
    pub name: Option<String>,
    /// What they may do.
    pub roles: Option<Roles>,
    /// Groups whose reviews they may decide.
    pub groups: Option<Vec<String>>,
    /// Labels of the targets whose reviews a reviewer may decide; `Some(None)` for all targets.
    pub review_scope: Option<Option<Labels>>,
    /// Whether they are disabled.
    pub disabled: Option<bool>,
    /// Who changes it.
    pub by: Option<String>,
}

/// What came of a change of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct UserChanged {
    /// The person now.
    pub user: UserRecord,
    /// Grants and requests that ended with it.
    pub ended: Vec<GrantRecord>,
}

impl UserRecord {
    /// Whether one of their roles is `role`.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

impl TryFrom<Model> for UserRecord {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: UserId::from_uuid(row.id),
            roles: text::from_json(TABLE, "roles", &row.roles)?,
            groups: text::from_json(TABLE, "groups", &row.groups)?,
            review_scope: row
                .review_scope
                .as_deref()
                .map(|scope| text::from_json(TABLE, "review_scope", scope))
                .transpose()?,
            source: match row.issuer {
                Some(_) => UserSource::Oidc,
                None => UserSource::Local,
            },
            name: row.name,
            email: row.email,
            last_sign_in_at: text::moment(row.last_sign_in_at),
            created_at: Timestamp::from_millis(row.created_at),
            disabled_at: text::moment(row.revoked_at),
        })
    }
}

impl Store {
    /// Adds a person.
    ///
    /// # Errors
    /// `NameTaken` when somebody has that e-mail address.
    pub async fn create_user(
        &self,
        new: NewUser,
        now: Timestamp,
    ) -> Result<UserRecord, StoreError> {
        let change = self.change().await?;
        let row = ActiveModel {
            id: Set(UserId::new().as_uuid()),
            name: Set(new.name),
            email: Set(new.email),
            roles: Set(text::to_json(&new.roles)?),
            groups: Set(text::to_json(&new.groups)?),
            review_scope: Set(scope_text(new.review_scope.as_ref())?),
            created_at: Set(now.as_millis()),
            revoked_at: Set(None),
            issuer: Set(None),
            provider_subject: Set(None),
            last_sign_in_at: Set(None),
        };
        let row = row.insert(change.db()).await.map_err(taken("user"))?;
        change.commit().await?;
        row.try_into()
    }

    /// One person, disabled or not.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn user(&self, id: UserId) -> Result<UserRecord, StoreError> {
        find(&self.read, id).await?.try_into()
    }

    /// The person with this e-mail address (lower case), disabled or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<UserRecord>, StoreError> {
        Entity::find()
            .filter(Column::Email.eq(email))
            .one(&self.read)
            .await?
            .map(TryInto::try_into)
            .transpose()
    }

    /// People by e-mail address, from behind `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn users(
        &self,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Vec<UserRecord>, StoreError> {
        let mut query = Entity::find().order_by_asc(Column::Email).limit(limit);
        if let Some(after) = after {
            query = query.filter(Column::Email.gt(after));
        }
        let rows = query.all(&self.read).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// How many people there are, disabled ones included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_users(&self) -> Result<u64, StoreError> {
        Ok(Entity::find().count(&self.read).await?)
    }

    /// Changes a person. Disabling one ends their sessions, links and tokens with it, and what they and
    /// agents on their behalf may do on targets.
    ///
    /// # Errors
    /// `NotFound`; `InUse` when it would leave no admin.
    pub async fn update_user(
        &self,
        id: UserId,
        to: UserChange,
        now: Timestamp,
    ) -> Result<UserChanged, StoreError> {
        let mut change = self.change().await?;
        let found = find(change.db(), id).await?;
        let email = found.email.clone();
        let mut ended = Vec::new();
        let mut row = found.into_active_model();
        if let Some(name) = to.name {
            row.name = Set(name);
        }
        if let Some(roles) = to.roles {
            row.roles = Set(text::to_json(&roles)?);
        }
        if let Some(scope) = to.review_scope {
            row.review_scope = Set(scope_text(scope.as_ref())?);
        }
        if let Some(groups) = to.groups {
            row.groups = Set(text::to_json(&groups)?);
        }
        match to.disabled {
            Some(true) => {
                row.revoked_at = Set(Some(now.as_millis()));
                sign_in::end_all(change.db(), id, now).await?;
                tokens::revoke_all(&mut change, id, now).await?;
                let by = to.by.as_deref();
                ended = principals::end_for_person(&mut change, &email, by, now).await?;
            }
            Some(false) => row.revoked_at = Set(None),
            None => {}
        }
        let row = if row.is_changed() {
            row.update(change.db()).await?
        } else {
            find(change.db(), id).await?
        };
        let admins = Entity::find()
            .filter(Column::Roles.contains(format!("\"{}\"", Role::Admin.as_str())))
            .filter(Column::RevokedAt.is_null())
            .count(change.db())
            .await?;
        if admins == 0 {
            return Err(StoreError::InUse("control plane that needs an admin"));
        }
        change.commit().await?;
        let user = row.try_into()?;
        Ok(UserChanged { user, ended })
    }
}

fn scope_text(scope: Option<&Labels>) -> Result<Option<String>, StoreError> {
    scope.map(text::to_json).transpose()
}

async fn find<C: ConnectionTrait>(connection: &C, id: UserId) -> Result<Model, StoreError> {
    Entity::find_by_id(id.as_uuid())
        .one(connection)
        .await?
        .ok_or(StoreError::NotFound("user"))
}
