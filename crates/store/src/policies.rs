//! Policies, their immutable versions and their modules.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use countersign_model::{
    PolicyId, PolicyLanguage, PolicyManifest, PolicySource, PolicyVersionId, Stage, Timestamp,
    UserId,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{LockType, OnConflict},
};
use uuid::Uuid;

use crate::{
    BindingRecord, SignatureRecord, Store, StoreError,
    entity::{modules, policies, policy_versions, users},
    error::taken,
    signatures, text,
};

const TABLE: &str = "policy_versions";

/// A policy: a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRecord {
    /// Which.
    pub id: PolicyId,
    /// Its name.
    pub name: String,
    /// When its first version arrived.
    pub created_at: Timestamp,
}

/// A policy as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyOverview {
    /// The policy.
    pub policy: PolicyRecord,
    /// Its newest version.
    pub newest: VersionRecord,
    /// How many versions there are.
    pub versions: u64,
    /// How many bindings are enforced.
    pub enforced_bindings: u64,
    /// How many bindings are in shadow.
    pub shadow_bindings: u64,
    /// How many bindings are canaries.
    pub canary_bindings: u64,
    /// How many bindings are drafts.
    pub draft_bindings: u64,
}

/// An immutable version of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRecord {
    /// Which.
    pub id: PolicyVersionId,
    /// The policy.
    pub policy_id: PolicyId,
    /// As people count it.
    pub version: u32,
    /// What it is written in.
    pub language: PolicyLanguage,
    /// SHA-256 of the component or of the [`PolicySource`], in hex.
    pub digest: String,
    /// The component's bytes, or the source's.
    pub size: u64,
    /// Of a text: the text, and what runs it.
    pub source: Option<Arc<PolicySource>>,
    /// Where its source is.
    pub source_url: Option<String>,
    /// Authors' signatures.
    pub signatures: Vec<SignatureRecord>,
    /// What the policy says of itself.
    pub manifest: PolicyManifest,
    /// What it imports.
    pub imports: Vec<String>,
    /// What changed.
    pub changelog: String,
    /// Who pushed it.
    pub created_by: UserId,
    /// Their name.
    pub created_by_name: String,
    /// When.
    pub created_at: Timestamp,
}

/// A version to keep.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// SHA-256 of the bytes, in hex.
    pub digest: String,
    /// The component; of a text the [`PolicySource`] as JSON.
    pub bytes: Vec<u8>,
    /// What the policy says of itself; names the policy.
    pub manifest: PolicyManifest,
    /// What it imports.
    pub imports: Vec<String>,
    /// What changed.
    pub changelog: String,
    /// Where its source is.
    pub source_url: Option<String>,
    /// Who pushes it.
    pub created_by: UserId,
}

/// What became of a pushed version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedVersion {
    /// The version.
    pub version: VersionRecord,
    /// Whether it is new; the same bytes again are the version they were.
    pub created: bool,
}

impl From<policies::Model> for PolicyRecord {
    fn from(row: policies::Model) -> Self {
        Self {
            id: PolicyId::from_uuid(row.id),
            name: row.name,
            created_at: Timestamp::from_millis(row.created_at),
        }
    }
}

impl Store {
    /// Keeps a version under its manifest's name, as the next number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn push_version(
        &self,
        new: NewVersion,
        now: Timestamp,
    ) -> Result<PushedVersion, StoreError> {
        if let Some(version) = self.version_by_digest(&new.digest).await? {
            return Ok(PushedVersion {
                version,
                created: false,
            });
        }
        let change = self.change().await?;
        let policy = lock_policy(change.db(), &new.manifest.name, now).await?;
        let newest: Option<i32> = policy_versions::Entity::find()
            .select_only()
            .column_as(policy_versions::Column::Version.max(), "newest")
            .filter(policy_versions::Column::PolicyId.eq(policy.id))
            .into_tuple::<Option<i32>>()
            .one(change.db())
            .await?
            .flatten();
        let module = modules::ActiveModel {
            digest: Set(new.digest.clone()),
            size: Set(text::to_i64(new.bytes.len() as u64)),
            bytes: Set(new.bytes),
            created_at: Set(now.as_millis()),
        };
        module.insert(change.db()).await.map_err(taken("module"))?;
        let row = policy_versions::ActiveModel {
            id: Set(PolicyVersionId::new().as_uuid()),
            policy_id: Set(policy.id),
            version: Set(newest.unwrap_or(0).saturating_add(1)),
            digest: Set(new.digest),
            manifest: Set(text::to_json(&new.manifest)?),
            imports: Set(text::to_json(&new.imports)?),
            changelog: Set(new.changelog),
            language: Set(new.manifest.language.as_str().to_owned()),
            source_url: Set(new.source_url),
            created_by: Set(new.created_by.as_uuid()),
            created_at: Set(now.as_millis()),
        };
        let row = row.insert(change.db()).await.map_err(taken("version"))?;
        change.commit().await?;
        Ok(PushedVersion {
            version: self
                .policy_version(PolicyVersionId::from_uuid(row.id))
                .await?,
            created: true,
        })
    }

    /// One policy.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn policy(&self, id: PolicyId) -> Result<PolicyRecord, StoreError> {
        policies::Entity::find_by_id(id.as_uuid())
            .one(&self.read)
            .await?
            .map(Into::into)
            .ok_or(StoreError::NotFound("policy"))
    }

    /// Policies by name, from behind `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policies(
        &self,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Vec<PolicyOverview>, StoreError> {
        let mut query = policies::Entity::find()
            .order_by_asc(policies::Column::Name)
            .limit(limit);
        if let Some(after) = after {
            query = query.filter(policies::Column::Name.gt(after));
        }
        let rows = query.all(&self.read).await?;
        let ids = rows.iter().map(|row| row.id);
        let versions = policy_versions::Entity::find()
            .filter(policy_versions::Column::PolicyId.is_in(ids))
            .order_by_desc(policy_versions::Column::Version)
            .find_also_related(users::Entity)
            .all(&self.read)
            .await?;
        let versions = self.to_records(versions).await?;
        let bindings = self.bindings().await?;
        let overviews = rows
            .into_iter()
            .filter_map(|row| overview(row.into(), &versions, &bindings));
        Ok(overviews.collect())
    }

    /// A policy's versions, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policy_versions(
        &self,
        policy: PolicyId,
    ) -> Result<Vec<VersionRecord>, StoreError> {
        let rows = policy_versions::Entity::find()
            .filter(policy_versions::Column::PolicyId.eq(policy.as_uuid()))
            .order_by_desc(policy_versions::Column::Version)
            .find_also_related(users::Entity)
            .all(&self.read)
            .await?;
        self.to_records(rows).await
    }

    /// One version.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn policy_version(&self, id: PolicyVersionId) -> Result<VersionRecord, StoreError> {
        let rows = policy_versions::Entity::find_by_id(id.as_uuid())
            .find_also_related(users::Entity)
            .all(&self.read)
            .await?;
        let mut records = self.to_records(rows).await?;
        records.pop().ok_or(StoreError::NotFound("policy version"))
    }

    /// The version with these bytes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn version_by_digest(
        &self,
        digest: &str,
    ) -> Result<Option<VersionRecord>, StoreError> {
        let rows = policy_versions::Entity::find()
            .filter(policy_versions::Column::Digest.eq(digest))
            .find_also_related(users::Entity)
            .all(&self.read)
            .await?;
        Ok(self.to_records(rows).await?.pop())
    }

    /// A module's bytes.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn module(&self, digest: &str) -> Result<Vec<u8>, StoreError> {
        modules::Entity::find_by_id(digest.to_owned())
            .one(&self.read)
            .await?
            .map(|row| row.bytes)
            .ok_or(StoreError::NotFound("module"))
    }

    /// Keeps the component that runs a language, where it is not kept yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_module(
        &self,
        digest: &str,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !sizes(&self.read, [digest.to_owned()]).await?.is_empty() {
            return Ok(());
        }
        let change = self.change().await?;
        let module = modules::ActiveModel {
            digest: Set(digest.to_owned()),
            size: Set(text::to_i64(bytes.len() as u64)),
            bytes: Set(bytes.to_vec()),
            created_at: Set(now.as_millis()),
        };
        modules::Entity::insert(module)
            .on_conflict(
                OnConflict::column(modules::Column::Digest)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(change.db())
            .await?;
        change.commit().await
    }

    async fn to_records(
        &self,
        rows: Vec<(policy_versions::Model, Option<users::Model>)>,
    ) -> Result<Vec<VersionRecord>, StoreError> {
        let digests = rows.iter().map(|(row, _)| row.digest.clone());
        let sizes = sizes(&self.read, digests).await?;
        let texts = rows.iter().filter(|(row, _)| is_text(row));
        let texts = texts.map(|(row, _)| row.digest.clone()).collect();
        let sources = sources(&self.read, texts).await?;
        let ids = rows.iter().map(|(row, _)| row.id);
        let mut signed = signatures::of(&self.read, ids).await?;
        rows.into_iter()
            .map(|(row, user)| {
                let signatures = signed.remove(&row.id).unwrap_or_default();
                let source = sources.get(&row.digest).cloned();
                to_record(row, user, &sizes, source, signatures)
            })
            .collect()
    }
}

fn is_text(row: &policy_versions::Model) -> bool {
    [PolicyLanguage::Rego, PolicyLanguage::Cedar]
        .iter()
        .any(|language| row.language == language.as_str())
}

/// Those of the versions that are texts, by digest.
pub(crate) async fn sources<C: ConnectionTrait>(
    connection: &C,
    digests: BTreeSet<String>,
) -> Result<HashMap<String, Arc<PolicySource>>, StoreError> {
    if digests.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = policy_versions::Entity::find()
        .filter(policy_versions::Column::Digest.is_in(digests))
        .all(connection)
        .await?;
    let texts: Vec<_> = rows.iter().filter(|row| is_text(row)).collect();
    if texts.is_empty() {
        return Ok(HashMap::new());
    }
    let digests = texts.into_iter().map(|row| row.digest.clone());
    let rows = modules::Entity::find()
        .filter(modules::Column::Digest.is_in(digests))
        .all(connection)
        .await?;
    rows.into_iter()
        .map(|row| {
            let source =
                serde_json::from_slice(&row.bytes).map_err(|error| StoreError::Unreadable {
                    table: "modules",
                    column: "bytes",
                    source: Some(Box::new(error)),
                })?;
            Ok((row.digest, Arc::new(source)))
        })
        .collect()
}

/// The bytes of modules, without reading them.
pub(crate) async fn sizes<C: ConnectionTrait>(
    connection: &C,
    digests: impl IntoIterator<Item = String>,
) -> Result<HashMap<String, u64>, StoreError> {
    let rows: Vec<(String, i64)> = modules::Entity::find()
        .select_only()
        .column(modules::Column::Digest)
        .column(modules::Column::Size)
        .filter(modules::Column::Digest.is_in(digests))
        .into_tuple()
        .all(connection)
        .await?;
    rows.into_iter()
        .map(|(digest, size)| Ok((digest, text::to_u64("modules", "size", size)?)))
        .collect()
}

fn to_record(
    row: policy_versions::Model,
    user: Option<users::Model>,
    sizes: &HashMap<String, u64>,
    source: Option<Arc<PolicySource>>,
    signatures: Vec<SignatureRecord>,
) -> Result<VersionRecord, StoreError> {
    Ok(VersionRecord {
        language: text::from_name(TABLE, "language", &row.language)?,
        source,
        source_url: row.source_url,
        signatures,
        id: PolicyVersionId::from_uuid(row.id),
        policy_id: PolicyId::from_uuid(row.policy_id),
        version: version_number(row.version)?,
        size: sizes.get(&row.digest).copied().unwrap_or(0),
        digest: row.digest,
        manifest: text::from_json(TABLE, "manifest", &row.manifest)?,
        imports: text::from_json(TABLE, "imports", &row.imports)?,
        changelog: row.changelog,
        created_by: UserId::from_uuid(row.created_by),
        created_by_name: user.map(|user| user.name).unwrap_or_default(),
        created_at: Timestamp::from_millis(row.created_at),
    })
}

pub(crate) fn version_number(version: i32) -> Result<u32, StoreError> {
    u32::try_from(version).map_err(|error| StoreError::Unreadable {
        table: TABLE,
        column: "version",
        source: Some(Box::new(error)),
    })
}

/// `versions` newest first; a policy without one was never pushed whole.
fn overview(
    policy: PolicyRecord,
    versions: &[VersionRecord],
    bindings: &[BindingRecord],
) -> Option<PolicyOverview> {
    let mut mine = versions.iter().filter(|v| v.policy_id == policy.id);
    let newest = mine.next()?.clone();
    let bound = |stage| {
        let of = |b: &&BindingRecord| b.policy_id == policy.id && b.stage == stage;
        bindings.iter().filter(of).count() as u64
    };
    Some(PolicyOverview {
        newest,
        versions: 1 + mine.count() as u64,
        enforced_bindings: bound(Stage::Enforced),
        shadow_bindings: bound(Stage::Shadow),
        canary_bindings: bound(Stage::Canary),
        draft_bindings: bound(Stage::Draft),
        policy,
    })
}

/// The policy of this name, made where there is none, locked so that its versions are numbered one
/// at a time.
async fn lock_policy<C: ConnectionTrait>(
    connection: &C,
    name: &str,
    now: Timestamp,
) -> Result<policies::Model, StoreError> {
    let row = policies::ActiveModel {
        id: Set(Uuid::now_v7()),
        name: Set(name.to_owned()),
        created_at: Set(now.as_millis()),
    };
    policies::Entity::insert(row)
        .on_conflict(
            OnConflict::column(policies::Column::Name)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(connection)
        .await?;
    policies::Entity::find()
        .filter(policies::Column::Name.eq(name))
        .lock(LockType::Update)
        .one(connection)
        .await?
        .ok_or(StoreError::NotFound("policy"))
}
