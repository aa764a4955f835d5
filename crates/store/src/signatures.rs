//! Authors' signatures on policy versions, checked by the caller.

use std::collections::HashMap;

use countersign_model::{AuthorSignature, PolicyVersionId, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::version_signatures::{ActiveModel, Column, Entity},
};

/// A signature with when it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureRecord {
    /// The signature.
    pub signature: AuthorSignature,
    /// When it came.
    pub created_at: Timestamp,
}

impl Store {
    /// Keeps a signature on a version. Edges learn of it, since they may wait for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_version(
        &self,
        version: PolicyVersionId,
        signature: AuthorSignature,
        by: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let row = ActiveModel {
            policy_version_id: Set(version.as_uuid()),
            key: Set(signature.key),
            signature: Set(signature.signature),
            created_by: Set(by.as_uuid()),
            created_at: Set(now.as_millis()),
        };
        let added = Entity::insert(row)
            .on_conflict(
                OnConflict::columns([Column::PolicyVersionId, Column::Key])
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(change.db())
            .await?;
        if added > 0 {
            change.matters_to_edges().await?;
        }
        change.commit().await
    }
}

/// The signatures on versions, oldest first.
pub(crate) async fn of<C: ConnectionTrait>(
    connection: &C,
    versions: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<SignatureRecord>>, StoreError> {
    let rows = Entity::find()
        .filter(Column::PolicyVersionId.is_in(versions))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Key)
        .all(connection)
        .await?;
    let mut signatures: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        let signature = SignatureRecord {
            signature: AuthorSignature {
                key: row.key,
                signature: row.signature,
            },
            created_at: Timestamp::from_millis(row.created_at),
        };
        signatures
            .entry(row.policy_version_id)
            .or_default()
            .push(signature);
    }
    Ok(signatures)
}
