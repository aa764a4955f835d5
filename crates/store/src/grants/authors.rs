//! Who stands behind a policy version: they judge nothing of what it judged.

use std::collections::BTreeSet;

use countersign_model::UserId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::{policy_versions, version_signatures},
};

impl Store {
    /// Who pushed or signed the versions with these digests.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn version_authors(
        &self,
        digests: BTreeSet<String>,
    ) -> Result<BTreeSet<UserId>, StoreError> {
        let versions: Vec<(Uuid, Uuid)> = policy_versions::Entity::find()
            .select_only()
            .columns([
                policy_versions::Column::Id,
                policy_versions::Column::CreatedBy,
            ])
            .filter(policy_versions::Column::Digest.is_in(digests))
            .into_tuple()
            .all(&self.read)
            .await?;
        let signers: Vec<Uuid> = version_signatures::Entity::find()
            .select_only()
            .column(version_signatures::Column::CreatedBy)
            .filter(
                version_signatures::Column::PolicyVersionId
                    .is_in(versions.iter().map(|(version, _)| *version)),
            )
            .into_tuple()
            .all(&self.read)
            .await?;
        let pushed = versions.into_iter().map(|(_, by)| by);
        Ok(pushed.chain(signers).map(UserId::from_uuid).collect())
    }
}
