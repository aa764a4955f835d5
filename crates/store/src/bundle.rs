//! What an edge enforces, read in one piece.

use std::{collections::BTreeSet, sync::Arc};

use countersign_model::{
    Binding, BundleCredential, BundleDocument, BundleModule, BundlePrincipal, CredentialId, Grant,
    Lock, PolicySource, SignedVersion, Stage, Target, Timestamp, TokenKey, ToolPin,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    SetBinding, SetDocument, Store, StoreError, TargetRecord, bindings, changes, connection,
    credentials,
    entity::{principals, targets},
    grants, issued_tokens, locks, policies, policy_settings,
    principals::to_principal,
    signatures, token_keys, tool_definitions,
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
    /// Data documents.
    pub documents: Vec<BundleDocument>,
    /// Authors' signatures on the bound versions.
    pub signatures: Vec<SignedVersion>,
    /// Edges among which sliding windows are split.
    pub counter_split: u32,
    /// Grants in force.
    pub grants: Vec<Grant>,
    /// Locks in force.
    pub locks: Vec<Lock>,
    /// Keys whose signed credentials are accepted.
    pub token_keys: Vec<TokenKey>,
    /// Signed credentials that were revoked before their end.
    pub revoked_tokens: Vec<CredentialId>,
    /// Definitions of tools that people have accepted.
    pub tool_pins: Vec<ToolPin>,
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
        let mut bound = bindings::all(&snapshot).await?;
        // What is a draft stays here.
        bound.retain(|binding| binding.stage != Stage::Draft);
        let digests: BTreeSet<String> = bound.iter().map(|b| b.digest.clone()).collect();
        let sources = policies::sources(&snapshot, digests).await?;
        let versions = bound.iter().map(|b| b.policy_version_id.as_uuid());
        let mut signed = signatures::of(&snapshot, versions).await?;
        let mut signatures = Vec::new();
        for binding in &bound {
            if let Some(by) = signed.remove(&binding.policy_version_id.as_uuid()) {
                signatures.push(SignedVersion {
                    digest: binding.digest.clone(),
                    signatures: by.into_iter().map(|record| record.signature).collect(),
                });
            }
        }
        let bindings: Vec<_> = bound
            .into_iter()
            .map(|record| {
                let source = sources.get(&record.digest).cloned();
                to_binding(SetBinding::from(&record), source)
            })
            .collect();
        let needed: BTreeSet<String> = bindings.iter().map(|b| b.module().to_owned()).collect();
        let sizes = policies::sizes(&snapshot, needed).await?;
        let documents = changes::documents_in_force(&snapshot).await?;
        let counter_split = policy_settings::split(&snapshot).await?;
        let grants = grants::in_force(&snapshot, now).await?;
        let locks = locks::for_bundle(&snapshot, now).await?;
        let token_keys = token_keys::trusted(&snapshot, now).await?;
        let revoked_tokens = issued_tokens::revoked(&snapshot, now).await?;
        let tool_pins = tool_definitions::accepted(&snapshot).await?;
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
            bindings,
            modules,
            documents: documents.into_iter().map(to_document).collect(),
            signatures,
            counter_split,
            grants,
            locks,
            token_keys: token_keys.into_iter().map(|record| record.key).collect(),
            revoked_tokens,
            tool_pins,
        })
    }
}

fn to_credential(row: crate::entity::credentials::Model) -> BundleCredential {
    BundleCredential {
        id: CredentialId::from_uuid(row.id),
        secret_sha256: row.secret_sha256,
        expires_at: Timestamp::from_millis(row.expires_at),
        grant_id: None,
    }
}

pub(crate) fn to_document(document: SetDocument) -> BundleDocument {
    BundleDocument {
        name: document.name,
        version: document.version,
        digest: document.digest,
        size: document.size,
    }
}

pub(crate) fn to_binding(record: SetBinding, source: Option<Arc<PolicySource>>) -> Binding {
    let is_canary = record.stage == Stage::Canary;
    Binding {
        id: record.id,
        policy_id: record.policy_id,
        policy: record.policy,
        version: record.version,
        digest: record.digest,
        settings: record.settings,
        selector: record.selector,
        stage: record.stage,
        canary_percent: record.canary_percent.filter(|_| is_canary),
        replaces: record.replaces.filter(|_| is_canary),
        source,
    }
}
