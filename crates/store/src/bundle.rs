//! What an edge enforces, read in one piece.

use std::collections::BTreeSet;

use countersign_model::{
    Binding, BundleCredential, BundleModule, BundlePrincipal, CredentialId, Target, Timestamp,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    Store, StoreError, TargetRecord, bindings, connection, credentials,
    entity::{principals, targets},
    policies,
    principals::to_principal,
};

/// What an edge enforces, before it is addressed and signed.
#[derive(Debug, Clone, PartialEq)]
pub struct BundleContent {
    /// Rises with every change.
    pub revision: u64,
    /// Targets that may be served.
    pub targets: Vec<Target>,
    /// Principals who may sign in, with the credentials that work now.
    pub principals: Vec<BundlePrincipal>,
    /// What is enforced, in the order of evaluation.
    pub bindings: Vec<Binding>,
    /// Modules the bindings need.
    pub modules: Vec<BundleModule>,
}

impl Store {
    /// What an edge enforces at `now`, as of one revision.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bundle(&self, now: Timestamp) -> Result<BundleContent, StoreError> {
        let snapshot = self.snapshot().await?;
        let revision = connection::revision(&snapshot).await?;
        let targets = targets::Entity::find()
            .filter(targets::Column::RevokedAt.is_null())
            .order_by_asc(targets::Column::Name)
            .all(&snapshot)
            .await?;
        let principals = principals::Entity::find()
            .filter(principals::Column::RevokedAt.is_null())
            .order_by_asc(principals::Column::Name)
            .all(&snapshot)
            .await?;
        let mut credentials = credentials::active(&snapshot, now).await?;
        let bindings = bindings::all(&snapshot).await?;
        let digests: BTreeSet<String> = bindings.iter().map(|b| b.digest.clone()).collect();
        let sizes = policies::sizes(&snapshot, digests).await?;
        snapshot.commit().await?;

        let mut modules: Vec<_> = sizes
            .into_iter()
            .map(|(digest, size)| BundleModule { digest, size })
            .collect();
        modules.sort_by(|a, b| a.digest.cmp(&b.digest));
        let principals = principals.iter().map(|row| {
            let valid = credentials.remove(&row.id).unwrap_or_default();
            Ok(BundlePrincipal {
                principal: to_principal(row)?,
                credentials: valid.into_iter().map(to_credential).collect(),
            })
        });
        Ok(BundleContent {
            revision,
            principals: principals.collect::<Result<_, StoreError>>()?,
            targets: targets
                .into_iter()
                .map(|row| TargetRecord::try_from(row).map(|record| record.target))
                .collect::<Result<_, _>>()?,
            bindings: bindings.into_iter().map(to_binding).collect(),
            modules,
        })
    }
}

fn to_credential(row: crate::entity::credentials::Model) -> BundleCredential {
    BundleCredential {
        id: CredentialId::from_uuid(row.id),
        secret_sha256: row.secret_sha256,
        expires_at: Timestamp::from_millis(row.expires_at),
    }
}

fn to_binding(record: crate::BindingRecord) -> Binding {
    Binding {
        id: record.id,
        policy_id: record.policy_id,
        policy: record.policy,
        version: record.version,
        digest: record.digest,
        settings: record.settings,
        selector: record.selector,
        stage: record.stage,
        canary_percent: None,
        replaces: None,
        source: None,
    }
}
