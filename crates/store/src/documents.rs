//! Data documents that policies look things up in: versions by digest, of which changes put one in
//! force.

use std::collections::HashMap;

use countersign_model::{DocumentId, Timestamp, UserId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr, sea_query::LockType, sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    DocumentPull, SetDocument, Store, StoreError,
    entity::{document_contents, document_versions, documents},
    policies::version_number,
    text,
};

const TABLE: &str = "documents";

/// What a document was before it became an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentFormat {
    /// A JSON object.
    Json,
    /// Comma-separated values, of which one column is the key.
    Csv,
}

/// A version to keep.
#[derive(Debug, Clone)]
pub struct NewDocumentVersion {
    /// The document's name.
    pub name: String,
    /// SHA-256 of the bytes, in hex.
    pub digest: String,
    /// The object as JSON.
    pub bytes: Vec<u8>,
    /// What it was.
    pub format: DocumentFormat,
    /// Of CSV: the column whose values are the keys.
    pub key_column: Option<String>,
    /// How many keys it has.
    pub keys: u64,
    /// Where it is fetched from.
    pub pull: Option<DocumentPull>,
    /// Who brings it; `None` for the control plane, which fetched it.
    pub created_by: Option<UserId>,
}

/// An immutable version of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentVersionRecord {
    /// As people count it.
    pub version: u32,
    /// SHA-256 of its bytes, in hex.
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// How many keys it has.
    pub keys: u64,
    /// What it was.
    pub format: DocumentFormat,
    /// Of CSV: the column whose values are the keys.
    pub key_column: Option<String>,
    /// Who brought it, by name; `None` for the control plane, which fetched it.
    pub created_by_name: Option<String>,
    /// When it came.
    pub created_at: Timestamp,
}

/// A document with the version in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRecord {
    /// Which.
    pub id: DocumentId,
    /// Its name.
    pub name: String,
    /// The version in force.
    pub current: DocumentVersionRecord,
    /// Where it is fetched from.
    pub pull: Option<DocumentPull>,
    /// When it was last fetched.
    pub pulled_at: Option<Timestamp>,
    /// Why the last fetch brought nothing, where it did not.
    pub pull_error: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Store {
    /// Keeps a version of a document, which is not in force by that. The same bytes as the newest
    /// version are that version.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_document_version(
        &self,
        new: NewDocumentVersion,
        now: Timestamp,
    ) -> Result<SetDocument, StoreError> {
        let change = self.change().await?;
        let document = lock(change.db(), &new.name, now).await?;
        let newest = document_versions::Entity::find()
            .filter(document_versions::Column::DocumentId.eq(document))
            .order_by_desc(document_versions::Column::Version)
            .one(change.db())
            .await?;
        let size = new.bytes.len() as u64;
        let same = newest.as_ref().filter(|row| row.digest == new.digest);
        let version = match same {
            Some(row) => row.version,
            None => {
                let version = newest.map_or(0, |row| row.version).saturating_add(1);
                insert(change.db(), document, version, &new, now).await?;
                version
            }
        };
        change.commit().await?;
        Ok(SetDocument {
            id: DocumentId::from_uuid(document),
            name: new.name,
            version: version_number(version)?,
            digest: new.digest,
            size,
            pull: new.pull,
        })
    }

    /// Documents that have a version in force, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn documents(&self) -> Result<Vec<DocumentRecord>, StoreError> {
        let rows = documents::Entity::find()
            .filter(documents::Column::Version.is_not_null())
            .order_by_asc(documents::Column::Name)
            .all(&self.read)
            .await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            records.push(self.to_document(row).await?);
        }
        Ok(records)
    }

    /// The document of this name that has a version in force.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn document(&self, name: &str) -> Result<DocumentRecord, StoreError> {
        let row = documents::Entity::find()
            .filter(documents::Column::Name.eq(name))
            .filter(documents::Column::Version.is_not_null())
            .one(&self.read)
            .await?
            .ok_or(StoreError::NotFound("document"))?;
        self.to_document(row).await
    }

    /// A document's versions, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn document_versions(
        &self,
        id: DocumentId,
        limit: u64,
    ) -> Result<Vec<DocumentVersionRecord>, StoreError> {
        let rows = document_versions::Entity::find()
            .filter(document_versions::Column::DocumentId.eq(id.as_uuid()))
            .order_by_desc(document_versions::Column::Version)
            .limit(limit)
            .all(&self.read)
            .await?;
        let people = rows.iter().filter_map(|row| row.created_by).collect();
        let names = self.user_names(people).await?;
        rows.into_iter()
            .map(|row| to_version(row, &names))
            .collect()
    }

    /// A document's bytes.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn document_content(&self, digest: &str) -> Result<Vec<u8>, StoreError> {
        document_contents::Entity::find_by_id(digest.to_owned())
            .one(&self.read)
            .await?
            .map(|row| row.bytes)
            .ok_or(StoreError::NotFound("document"))
    }

    /// Takes on the next fetch of a document, where it is due: one control plane of many does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_pull(&self, id: DocumentId, now: Timestamp) -> Result<bool, StoreError> {
        let row = documents::Entity::find_by_id(id.as_uuid())
            .one(&self.read)
            .await?
            .ok_or(StoreError::NotFound("document"))?;
        let change = self.change().await?;
        let mut claim = documents::Entity::update_many()
            .col_expr(documents::Column::PulledAt, Expr::value(now.as_millis()))
            .filter(documents::Column::Id.eq(id.as_uuid()));
        claim = match row.pulled_at {
            Some(at) => claim.filter(documents::Column::PulledAt.eq(at)),
            None => claim.filter(documents::Column::PulledAt.is_null()),
        };
        let claimed = claim.exec(change.db()).await?;
        change.commit().await?;
        Ok(claimed.rows_affected == 1)
    }

    /// Notes how the last fetch went.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_pull(
        &self,
        id: DocumentId,
        error: Option<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let change = self.change().await?;
        documents::Entity::update_many()
            .col_expr(documents::Column::PulledAt, Expr::value(now.as_millis()))
            .col_expr(documents::Column::PullError, Expr::value(error))
            .filter(documents::Column::Id.eq(id.as_uuid()))
            .exec(change.db())
            .await?;
        change.commit().await
    }

    async fn to_document(&self, row: documents::Model) -> Result<DocumentRecord, StoreError> {
        let version = row.version.unwrap_or_default();
        let current = document_versions::Entity::find_by_id((row.id, version))
            .one(&self.read)
            .await?
            .ok_or(StoreError::NotFound("document version"))?;
        let names = self
            .user_names(current.created_by.into_iter().collect())
            .await?;
        Ok(DocumentRecord {
            id: DocumentId::from_uuid(row.id),
            name: row.name,
            current: to_version(current, &names)?,
            pull: row
                .pull
                .map(|pull| text::from_json(TABLE, "pull", &pull))
                .transpose()?,
            pulled_at: text::moment(row.pulled_at),
            pull_error: row.pull_error,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

fn to_version(
    row: document_versions::Model,
    names: &HashMap<Uuid, String>,
) -> Result<DocumentVersionRecord, StoreError> {
    Ok(DocumentVersionRecord {
        version: version_number(row.version)?,
        digest: row.digest,
        size: text::to_u64("document_versions", "size", row.size)?,
        keys: text::to_u64("document_versions", "keys", row.keys)?,
        format: text::from_name("document_versions", "format", &row.format)?,
        key_column: row.key_column,
        created_by_name: row
            .created_by
            .map(|id| names.get(&id).cloned().unwrap_or_default()),
        created_at: Timestamp::from_millis(row.created_at),
    })
}

/// The document of this name, made where there is none, locked so that its versions are numbered
/// one at a time.
async fn lock<C: ConnectionTrait>(
    connection: &C,
    name: &str,
    now: Timestamp,
) -> Result<Uuid, StoreError> {
    let row = documents::ActiveModel {
        id: Set(DocumentId::new().as_uuid()),
        name: Set(name.to_owned()),
        version: Set(None),
        pull: Set(None),
        pulled_at: Set(None),
        pull_error: Set(None),
        created_at: Set(now.as_millis()),
        updated_at: Set(now.as_millis()),
    };
    documents::Entity::insert(row)
        .on_conflict(
            OnConflict::column(documents::Column::Name)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(connection)
        .await?;
    let row = documents::Entity::find()
        .filter(documents::Column::Name.eq(name))
        .lock(LockType::Update)
        .one(connection)
        .await?
        .ok_or(StoreError::NotFound("document"))?;
    Ok(row.id)
}

async fn insert<C: ConnectionTrait>(
    connection: &C,
    document: Uuid,
    version: i32,
    new: &NewDocumentVersion,
    now: Timestamp,
) -> Result<(), StoreError> {
    let size = text::to_i64(new.bytes.len() as u64);
    let content = document_contents::ActiveModel {
        digest: Set(new.digest.clone()),
        bytes: Set(new.bytes.clone()),
        size: Set(size),
        created_at: Set(now.as_millis()),
    };
    document_contents::Entity::insert(content)
        .on_conflict(
            OnConflict::column(document_contents::Column::Digest)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(connection)
        .await?;
    let row = document_versions::ActiveModel {
        document_id: Set(document),
        version: Set(version),
        digest: Set(new.digest.clone()),
        format: Set(text::to_name(&new.format)?),
        key_column: Set(new.key_column.clone()),
        keys: Set(text::to_i64(new.keys)),
        size: Set(size),
        created_by: Set(new.created_by.map(|id| id.as_uuid())),
        created_at: Set(now.as_millis()),
    };
    row.insert(connection).await?;
    Ok(())
}
