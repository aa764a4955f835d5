//! Who acts on targets.

use std::collections::{BTreeMap, HashMap};

use countersign_model::{Principal, PrincipalId, PrincipalKind, Timestamp};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::{
    GrantRecord, Store, StoreError,
    change::Change,
    credentials,
    entity::{
        grants as grant_rows,
        principals::{ActiveModel, Column, Entity, Model},
        sessions,
    },
    error::taken,
    grants, issued_tokens, text,
};

const TABLE: &str = "principals";

/// A principal with what the policies do not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalRecord {
    /// What the policies see.
    pub principal: Principal,
    /// What it is for, in its owner's words.
    pub purpose: String,
    /// Credentials that work now.
    pub active_credentials: u64,
    /// When it last did something on a target.
    pub last_used_at: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A principal to add.
#[derive(Debug, Clone)]
pub struct NewPrincipal {
    /// The name it signs in with.
    pub name: String,
    /// Human, agent or service.
    pub kind: PrincipalKind,
    /// Groups.
    pub groups: Vec<String>,
    /// Claims.
    pub claims: BTreeMap<String, String>,
    /// The human for whom it acts.
    pub on_behalf_of: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What it is for.
    pub purpose: String,
}

/// What to change; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct PrincipalChange {
    /// The name it signs in with.
    pub name: Option<String>,
    /// Human, agent or service.
    pub kind: Option<PrincipalKind>,
    /// Groups.
    pub groups: Option<Vec<String>>,
    /// Claims.
    pub claims: Option<BTreeMap<String, String>>,
    /// The human for whom it acts; `Some(None)` for nobody.
    pub on_behalf_of: Option<Option<String>>,
    /// Who answers for it; `Some(None)` for nobody.
    pub owner: Option<Option<String>>,
    /// What it is for.
    pub purpose: Option<String>,
}

pub(crate) fn to_principal(row: &Model) -> Result<Principal, StoreError> {
    Ok(Principal {
        id: PrincipalId::from_uuid(row.id),
        name: row.name.clone(),
        kind: text::from_name(TABLE, "kind", &row.kind)?,
        groups: text::from_json(TABLE, "groups", &row.groups)?,
        claims: text::from_json(TABLE, "claims", &row.claims)?,
        on_behalf_of: row.on_behalf_of.clone(),
        owner: row.owner.clone(),
    })
}

fn to_record(row: &Model, extra: &Extra) -> Result<PrincipalRecord, StoreError> {
    Ok(PrincipalRecord {
        principal: to_principal(row)?,
        purpose: row.purpose.clone(),
        active_credentials: extra.active.get(&row.id).copied().unwrap_or(0),
        last_used_at: extra.used.get(&row.name).copied(),
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    })
}

impl Store {
    /// Adds a principal.
    ///
    /// # Errors
    /// `NameTaken`.
    pub async fn create_principal(
        &self,
        new: NewPrincipal,
        now: Timestamp,
    ) -> Result<PrincipalRecord, StoreError> {
        let mut change = self.change().await?;
        let row = ActiveModel {
            id: Set(PrincipalId::new().as_uuid()),
            name: Set(new.name),
            kind: Set(text::to_name(&new.kind)?),
            groups: Set(text::to_json(&new.groups)?),
            claims: Set(text::to_json(&new.claims)?),
            on_behalf_of: Set(new.on_behalf_of),
            owner: Set(new.owner),
            purpose: Set(new.purpose),
            created_at: Set(now.as_millis()),
            updated_at: Set(now.as_millis()),
            revoked_at: Set(None),
        };
        let row = row.insert(change.db()).await.map_err(taken("principal"))?;
        change.matters_to_edges().await?;
        change.commit().await?;
        to_record(&row, &Extra::default())
    }

    /// One principal.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it was removed.
    pub async fn principal(
        &self,
        id: PrincipalId,
        now: Timestamp,
    ) -> Result<PrincipalRecord, StoreError> {
        let row = find(&self.read, id).await?;
        let extra = extra(&self.read, std::slice::from_ref(&row), now).await?;
        to_record(&row, &extra)
    }

    /// The principal of this name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn principal_named(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<Option<PrincipalRecord>, StoreError> {
        let row = Entity::find()
            .filter(Column::RevokedAt.is_null())
            .filter(Column::Name.eq(name))
            .one(&self.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let extra = extra(&self.read, std::slice::from_ref(&row), now).await?;
        to_record(&row, &extra).map(Some)
    }

    /// Principals by name, from behind `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn principals(
        &self,
        after: Option<&str>,
        limit: u64,
        now: Timestamp,
    ) -> Result<Vec<PrincipalRecord>, StoreError> {
        let mut query = Entity::find()
            .filter(Column::RevokedAt.is_null())
            .order_by_asc(Column::Name)
            .limit(limit);
        if let Some(after) = after {
            query = query.filter(Column::Name.gt(after));
        }
        let rows = query.all(&self.read).await?;
        let extra = extra(&self.read, &rows, now).await?;
        rows.iter().map(|row| to_record(row, &extra)).collect()
    }

    /// Changes a principal.
    ///
    /// # Errors
    /// `NotFound`, `NameTaken`.
    pub async fn update_principal(
        &self,
        id: PrincipalId,
        to: PrincipalChange,
        now: Timestamp,
    ) -> Result<PrincipalRecord, StoreError> {
        let mut change = self.change().await?;
        let mut row = find(change.db(), id).await?.into_active_model();
        if let Some(name) = to.name {
            row.name = Set(name);
        }
        if let Some(kind) = to.kind {
            row.kind = Set(text::to_name(&kind)?);
        }
        if let Some(groups) = to.groups {
            row.groups = Set(text::to_json(&groups)?);
        }
        if let Some(claims) = to.claims {
            row.claims = Set(text::to_json(&claims)?);
        }
        if let Some(on_behalf_of) = to.on_behalf_of {
            row.on_behalf_of = Set(on_behalf_of);
        }
        if let Some(owner) = to.owner {
            row.owner = Set(owner);
        }
        if let Some(purpose) = to.purpose {
            row.purpose = Set(purpose);
        }
        row.updated_at = Set(now.as_millis());
        let row = row.update(change.db()).await.map_err(taken("principal"))?;
        change.matters_to_edges().await?;
        let extra = extra(change.db(), std::slice::from_ref(&row), now).await?;
        change.commit().await?;
        to_record(&row, &extra)
    }

    /// Removes a principal with its credentials and what it holds; with a human, what is held on
    /// their behalf. Returns the grants and requests that ended.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_principal(
        &self,
        id: PrincipalId,
        by: &str,
        now: Timestamp,
    ) -> Result<Vec<GrantRecord>, StoreError> {
        let mut change = self.change().await?;
        let row = find(change.db(), id).await?;
        let mut held = Condition::any().add(grant_rows::Column::PrincipalId.eq(row.id));
        if row.kind == text::to_name(&PrincipalKind::Human)? {
            held = held.add(grant_rows::Column::OnBehalfOf.eq(row.name.as_str()));
        }
        let mut row = row.into_active_model();
        row.revoked_at = Set(Some(now.as_millis()));
        row.update(change.db()).await?;
        credentials::revoke_all(change.db(), id, now).await?;
        issued_tokens::revoke_all(change.db(), id, now).await?;
        let end = grants::Gone {
            by: Some(by),
            why: "the principal was removed",
        };
        let ended = grants::end_all(&mut change, held, end, now).await?;
        change.matters_to_edges().await?;
        change.commit().await?;
        Ok(ended)
    }
}

/// Ends what a person may do as a principal, by themselves and through agents that act for them:
/// credentials, grants and requests.
pub(crate) async fn end_for_person(
    change: &mut Change,
    email: &str,
    by: Option<&str>,
    now: Timestamp,
) -> Result<Vec<GrantRecord>, StoreError> {
    let human = Entity::find()
        .filter(Column::Name.eq(email))
        .filter(Column::Kind.eq(text::to_name(&PrincipalKind::Human)?))
        .filter(Column::RevokedAt.is_null())
        .one(change.db())
        .await?;
    let mut theirs = Condition::any().add(grant_rows::Column::OnBehalfOf.eq(email));
    if let Some(human) = human {
        let id = PrincipalId::from_uuid(human.id);
        credentials::revoke_all(change.db(), id, now).await?;
        issued_tokens::revoke_all(change.db(), id, now).await?;
        change.matters_to_edges().await?;
        theirs = theirs.add(grant_rows::Column::PrincipalId.eq(human.id));
    }
    let end = grants::Gone {
        by,
        why: "the person was disabled",
    };
    grants::end_all(change, theirs, end, now).await
}

/// What other tables say of principals.
#[derive(Default)]
struct Extra {
    /// Credentials that work, by id.
    active: HashMap<Uuid, u64>,
    /// When each last did something, by name.
    used: HashMap<String, Timestamp>,
}

async fn extra<C: ConnectionTrait>(
    connection: &C,
    rows: &[Model],
    now: Timestamp,
) -> Result<Extra, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut active = credentials::count_active(connection, &ids, now).await?;
    for (principal, count) in issued_tokens::count_active(connection, &ids, now).await? {
        *active.entry(principal).or_default() += count;
    }
    let names = rows.iter().map(|row| row.name.clone());
    let used: Vec<(String, i64)> = sessions::Entity::find()
        .select_only()
        .column(sessions::Column::PrincipalName)
        .column_as(sessions::Column::LastEventAt.max(), "used")
        .filter(sessions::Column::PrincipalName.is_in(names))
        .group_by(sessions::Column::PrincipalName)
        .into_tuple()
        .all(connection)
        .await?;
    let used = used.into_iter();
    Ok(Extra {
        active,
        used: used
            .map(|(name, at)| (name, Timestamp::from_millis(at)))
            .collect(),
    })
}

pub(crate) async fn find<C: ConnectionTrait>(
    connection: &C,
    id: PrincipalId,
) -> Result<Model, StoreError> {
    Entity::find_by_id(id.as_uuid())
        .filter(Column::RevokedAt.is_null())
        .one(connection)
        .await?
        .ok_or(StoreError::NotFound("principal"))
}
