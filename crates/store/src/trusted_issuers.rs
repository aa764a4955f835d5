//! Issuers of workload identities, and which principal their tokens stand for.

use std::collections::BTreeMap;

use countersign_model::{Timestamp, TrustedIssuerId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    entity::trusted_issuers::{ActiveModel, Column, Entity, Model},
    error::taken,
    text,
};

const TABLE: &str = "trusted_issuers";

/// Which principal a token stands for: the first rule all of whose claims fit names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerRule {
    /// What the token must claim: by the claim's name, a value or a pattern in which `*` stands for
    /// anything.
    pub claims: BTreeMap<String, String>,
    /// The principal's name.
    pub principal: String,
}

/// An issuer of workload identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedIssuerRecord {
    /// Which.
    pub id: TrustedIssuerId,
    /// Its name, for people.
    pub name: String,
    /// What its tokens name as `iss`.
    pub issuer: String,
    /// Where its keys are; found by its discovery document where absent.
    pub jwks_uri: Option<String>,
    /// What its tokens must name as `aud`.
    pub audience: String,
    /// Which principal a token stands for.
    pub rules: Vec<IssuerRule>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// An issuer to trust.
#[derive(Debug, Clone)]
pub struct NewTrustedIssuer {
    /// Its name.
    pub name: String,
    /// What its tokens name as `iss`.
    pub issuer: String,
    /// Where its keys are.
    pub jwks_uri: Option<String>,
    /// What its tokens must name as `aud`.
    pub audience: String,
    /// Which principal a token stands for.
    pub rules: Vec<IssuerRule>,
}

/// What to change; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct TrustedIssuerChange {
    /// Its name.
    pub name: Option<String>,
    /// Where its keys are; `Some(None)` to have them found.
    pub jwks_uri: Option<Option<String>>,
    /// What its tokens must name as `aud`.
    pub audience: Option<String>,
    /// Which principal a token stands for.
    pub rules: Option<Vec<IssuerRule>>,
}

impl TryFrom<Model> for TrustedIssuerRecord {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: TrustedIssuerId::from_uuid(row.id),
            rules: text::from_json(TABLE, "rules", &row.rules)?,
            name: row.name,
            issuer: row.issuer,
            jwks_uri: row.jwks_uri,
            audience: row.audience,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

impl Store {
    /// Adds an issuer.
    ///
    /// # Errors
    /// `NameTaken`; `Exists` when the issuer is trusted for the audience already.
    pub async fn create_trusted_issuer(
        &self,
        new: NewTrustedIssuer,
        now: Timestamp,
    ) -> Result<TrustedIssuerRecord, StoreError> {
        let change = self.change().await?;
        once(change.db(), &new.issuer, &new.audience, None).await?;
        let row = ActiveModel {
            id: Set(TrustedIssuerId::new().as_uuid()),
            name: Set(new.name),
            issuer: Set(new.issuer),
            jwks_uri: Set(new.jwks_uri),
            audience: Set(new.audience),
            rules: Set(text::to_json(&new.rules)?),
            created_at: Set(now.as_millis()),
            updated_at: Set(now.as_millis()),
            revoked_at: Set(None),
        };
        let row = row
            .insert(change.db())
            .await
            .map_err(taken("trusted issuer"))?;
        change.commit().await?;
        row.try_into()
    }

    /// Issuers, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trusted_issuers(&self) -> Result<Vec<TrustedIssuerRecord>, StoreError> {
        let rows = Entity::find()
            .filter(Column::RevokedAt.is_null())
            .order_by_asc(Column::Name)
            .all(&self.read)
            .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Issuers whose tokens name this as `iss`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trusted_issuers_named(
        &self,
        issuer: &str,
    ) -> Result<Vec<TrustedIssuerRecord>, StoreError> {
        let rows = Entity::find()
            .filter(Column::RevokedAt.is_null())
            .filter(Column::Issuer.eq(issuer))
            .order_by_asc(Column::Name)
            .all(&self.read)
            .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Changes an issuer.
    ///
    /// # Errors
    /// `NotFound`, `NameTaken`, `Exists`.
    pub async fn update_trusted_issuer(
        &self,
        id: TrustedIssuerId,
        to: TrustedIssuerChange,
        now: Timestamp,
    ) -> Result<TrustedIssuerRecord, StoreError> {
        let change = self.change().await?;
        let found = find(change.db(), id).await?;
        let issuer = found.issuer.clone();
        let mut row = found.into_active_model();
        if let Some(name) = to.name {
            row.name = Set(name);
        }
        if let Some(jwks_uri) = to.jwks_uri {
            row.jwks_uri = Set(jwks_uri);
        }
        if let Some(audience) = to.audience {
            once(change.db(), &issuer, &audience, Some(id)).await?;
            row.audience = Set(audience);
        }
        if let Some(rules) = to.rules {
            row.rules = Set(text::to_json(&rules)?);
        }
        row.updated_at = Set(now.as_millis());
        let row = row
            .update(change.db())
            .await
            .map_err(taken("trusted issuer"))?;
        change.commit().await?;
        row.try_into()
    }

    /// Trusts an issuer no more. Credentials that its tokens were exchanged for end by themselves.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_trusted_issuer(
        &self,
        id: TrustedIssuerId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let change = self.change().await?;
        let mut row = find(change.db(), id).await?.into_active_model();
        row.revoked_at = Set(Some(now.as_millis()));
        row.update(change.db()).await?;
        change.commit().await
    }
}

/// Fails when another one is the same issuer for the same audience. The database holds this too; but
/// it does not say which of the two, name or issuer, is taken.
async fn once<C: ConnectionTrait>(
    connection: &C,
    issuer: &str,
    audience: &str,
    but: Option<TrustedIssuerId>,
) -> Result<(), StoreError> {
    let found = Entity::find()
        .filter(Column::Issuer.eq(issuer))
        .filter(Column::Audience.eq(audience))
        .filter(Column::RevokedAt.is_null())
        .one(connection)
        .await?;
    match found {
        Some(other) if but.is_none_or(|id| id.as_uuid() != other.id) => {
            Err(StoreError::Exists("trusted issuer"))
        }
        _ => Ok(()),
    }
}

async fn find<C: ConnectionTrait>(
    connection: &C,
    id: TrustedIssuerId,
) -> Result<Model, StoreError> {
    Entity::find_by_id(id.as_uuid())
        .filter(Column::RevokedAt.is_null())
        .one(connection)
        .await?
        .ok_or(StoreError::NotFound("trusted issuer"))
}
