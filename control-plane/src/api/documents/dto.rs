//! Data documents, as JSON.

use countersign_model::{DocumentId, Timestamp};
use countersign_store::{DocumentFormat, DocumentPull, DocumentRecord, DocumentVersionRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A data document with the version in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentSummary {
    /// Which.
    pub id: DocumentId,
    /// The name that policies use.
    pub name: String,
    /// The version in force.
    pub version: u32,
    /// SHA-256 of its bytes, in hex.
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// What it was before it became an object.
    pub format: DocumentFormat,
    /// Of CSV: the column whose values are the keys.
    pub key_column: Option<String>,
    /// How many keys it has.
    pub keys: u64,
    /// Where it is fetched from; null where it is uploaded.
    pub pull: Option<PullView>,
    /// When this version came.
    pub created_at: Timestamp,
    /// Who brought this version, by name; `system` where it was fetched.
    pub created_by_name: String,
}

/// Where a document is fetched from, and how that went.
#[derive(Debug, Serialize, ToSchema)]
pub struct PullView {
    /// The address.
    pub url: String,
    /// Seconds between two fetches.
    pub every_seconds: u32,
    /// When it was last fetched.
    pub last_at: Option<Timestamp>,
    /// Why the last fetch brought nothing, where it did not.
    pub error: Option<String>,
}

/// A data document with its versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Document {
    /// The document.
    #[serde(flatten)]
    pub summary: DocumentSummary,
    /// Its newest versions, newest first.
    pub versions: Vec<DocumentVersion>,
}

/// An immutable version of a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentVersion {
    /// As people count it.
    pub version: u32,
    /// SHA-256 of its bytes, in hex.
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// How many keys it has.
    pub keys: u64,
    /// When it came.
    pub created_at: Timestamp,
    /// Who brought it, by name; `system` where it was fetched.
    pub created_by_name: String,
}

impl From<DocumentRecord> for DocumentSummary {
    fn from(record: DocumentRecord) -> Self {
        let (last_at, error) = (record.pulled_at, record.pull_error);
        Self {
            id: record.id,
            name: record.name,
            version: record.current.version,
            digest: record.current.digest,
            size: record.current.size,
            format: record.current.format,
            key_column: record.current.key_column,
            keys: record.current.keys,
            pull: record.pull.map(|pull| PullView {
                url: pull.url,
                every_seconds: pull.every_seconds,
                last_at,
                error,
            }),
            created_at: record.current.created_at,
            created_by_name: by(record.current.created_by_name),
        }
    }
}

impl From<DocumentVersionRecord> for DocumentVersion {
    fn from(record: DocumentVersionRecord) -> Self {
        Self {
            version: record.version,
            digest: record.digest,
            size: record.size,
            keys: record.keys,
            created_at: record.created_at,
            created_by_name: by(record.created_by_name),
        }
    }
}

fn by(name: Option<String>) -> String {
    name.unwrap_or_else(|| "system".to_owned())
}

/// A document to bring, or a new version of one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateDocument {
    /// The name that policies use.
    pub name: String,
    /// A JSON object, or CSV as a text; fetched where absent.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub content: Option<serde_json::Value>,
    /// What the content is.
    pub format: DocumentFormat,
    /// Of CSV: the column whose values are the keys; the first where absent.
    #[serde(default)]
    pub key_column: Option<String>,
    /// Where it is fetched from, every so many seconds.
    #[serde(default)]
    pub pull: Option<DocumentPull>,
    /// Why, up to 2,000 characters.
    #[serde(default)]
    pub comment: String,
}
