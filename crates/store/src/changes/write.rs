//! Reading what is enforced now, and writing what is to be.

use std::collections::HashMap;

use countersign_model::{DocumentId, Stage, Timestamp};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, sea_query::Expr,
};

use super::{SetBinding, SetDocument, SetState, sets};
use crate::{
    StoreError, bindings,
    change::Change,
    entity::{bindings as binding_rows, document_versions, documents, policy_changes, policy_sets},
    error::taken,
    policies::version_number,
    policy_settings, rollouts, text,
};

/// What is enforced now.
pub(crate) async fn current<C: ConnectionTrait>(connection: &C) -> Result<SetState, StoreError> {
    let bindings = bindings::all(connection).await?;
    let mut state = SetState {
        bindings: bindings.iter().map(SetBinding::from).collect(),
        documents: documents_in_force(connection).await?,
        settings: Some(policy_settings::read(connection).await?),
    };
    state.sort();
    Ok(state)
}

/// Documents that have a version in force.
pub(crate) async fn documents_in_force<C: ConnectionTrait>(
    connection: &C,
) -> Result<Vec<SetDocument>, StoreError> {
    let rows = documents::Entity::find()
        .filter(documents::Column::Version.is_not_null())
        .all(connection)
        .await?;
    let ids = rows.iter().map(|row| row.id);
    let versions: HashMap<_, _> = document_versions::Entity::find()
        .filter(document_versions::Column::DocumentId.is_in(ids))
        .all(connection)
        .await?
        .into_iter()
        .map(|row| ((row.document_id, row.version), row))
        .collect();
    rows.into_iter()
        .map(|row| {
            let version = row
                .version
                .and_then(|version| versions.get(&(row.id, version)))
                .ok_or(StoreError::NotFound("document version"))?;
            Ok(SetDocument {
                id: DocumentId::from_uuid(row.id),
                name: row.name,
                version: version_number(version.version)?,
                digest: version.digest.clone(),
                size: text::to_u64("document_versions", "size", version.size)?,
                pull: row
                    .pull
                    .map(|pull| text::from_json("documents", "pull", &pull))
                    .transpose()?,
            })
        })
        .collect()
}

/// Makes `after` of `before`, and leaves the policy set of the change's revision behind.
pub(super) async fn apply(
    change: &mut Change,
    current: &SetState,
    before: &SetState,
    after: &SetState,
    row: &policy_changes::Model,
    now: Timestamp,
) -> Result<(), StoreError> {
    change.matters_to_edges().await?;
    let revision = change
        .revision()
        .ok_or(StoreError::NotFound("bundle revision"))?;
    for binding in &after.bindings {
        put_binding(change, binding, revision, now).await?;
    }
    for binding in &before.bindings {
        if after.binding(binding.id).is_none() {
            binding_rows::Entity::update_many()
                .col_expr(
                    binding_rows::Column::RevokedAt,
                    Expr::value(now.as_millis()),
                )
                .filter(binding_rows::Column::Id.eq(binding.id.as_uuid()))
                .exec(change.db())
                .await?;
        }
    }
    write_documents(change, before, after, now).await?;
    if let Some(settings) = after.settings {
        policy_settings::write(change.db(), settings).await?;
    }
    let touches_set = |state: &SetState| !state.bindings.is_empty() || !state.documents.is_empty();
    if touches_set(before) || touches_set(after) {
        keep_set(change, current, before, after, row, revision, now).await?;
    }
    Ok(())
}

async fn put_binding(
    change: &Change,
    binding: &SetBinding,
    revision: u64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let existing = binding_rows::Entity::find_by_id(binding.id.as_uuid())
        .one(change.db())
        .await?;
    let is_new = existing.is_none();
    let version = binding.policy_version_id.as_uuid();
    let settings = text::to_json(&binding.settings)?;
    let runs_on = existing.as_ref().is_some_and(|row| {
        row.stage == Stage::Canary.as_str()
            && row.revoked_at.is_none()
            && row.policy_version_id == version
            && row.settings == settings
            && row.replaces == binding.replaces.map(|id| id.as_uuid())
    });
    let mut row = match existing {
        Some(row) => row.into_active_model(),
        None => binding_rows::ActiveModel {
            id: Set(binding.id.as_uuid()),
            created_at: Set(now.as_millis()),
            canary_started_at: Set(None),
            canary_revision: Set(None),
            ..Default::default()
        },
    };
    row.policy_version_id = Set(version);
    row.settings = Set(settings);
    row.selector = Set(text::to_json(&binding.selector)?);
    row.stage = Set(binding.stage.as_str().to_owned());
    row.position = Set(binding.position);
    row.canary_percent = Set(binding.canary_percent.map(i32::from));
    row.replaces = Set(binding.replaces.map(|id| id.as_uuid()));
    row.guard = Set(binding.guard.as_ref().map(text::to_json).transpose()?);
    row.updated_at = Set(now.as_millis());
    row.revoked_at = Set(None);
    let begins = binding.stage == Stage::Canary && !runs_on;
    if begins {
        row.canary_started_at = Set(Some(now.as_millis()));
        row.canary_revision = Set(Some(text::to_i64(revision)));
    }
    if is_new {
        row.insert(change.db()).await?;
    } else {
        row.update(change.db()).await?;
    }
    if begins {
        rollouts::begin(change.db(), binding.id, revision, now).await?;
    }
    Ok(())
}

async fn write_documents(
    change: &Change,
    before: &SetState,
    after: &SetState,
    now: Timestamp,
) -> Result<(), StoreError> {
    let gone = before
        .documents
        .iter()
        .filter(|d| !after.documents.iter().any(|a| a.id == d.id));
    for document in gone {
        documents::Entity::update_many()
            .col_expr(documents::Column::Version, Expr::value(None::<i32>))
            .col_expr(documents::Column::Pull, Expr::value(None::<String>))
            .col_expr(documents::Column::UpdatedAt, Expr::value(now.as_millis()))
            .filter(documents::Column::Id.eq(document.id.as_uuid()))
            .exec(change.db())
            .await?;
    }
    for document in &after.documents {
        let version = i32::try_from(document.version).unwrap_or(i32::MAX);
        let pull = document.pull.as_ref().map(text::to_json).transpose()?;
        documents::Entity::update_many()
            .col_expr(documents::Column::Version, Expr::value(version))
            .col_expr(documents::Column::Pull, Expr::value(pull))
            .col_expr(documents::Column::UpdatedAt, Expr::value(now.as_millis()))
            .filter(documents::Column::Id.eq(document.id.as_uuid()))
            .exec(change.db())
            .await?;
    }
    Ok(())
}

/// Leaves the whole policy set behind, and before the first one what was there until then.
async fn keep_set(
    change: &Change,
    current: &SetState,
    before: &SetState,
    after: &SetState,
    row: &policy_changes::Model,
    revision: u64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let previous = revision.saturating_sub(1);
    let is_first = sets::at(change.db(), previous).await?.is_none();
    let snapshot = |state: SetState| SetState {
        settings: None,
        ..state
    };
    if is_first {
        let first = policy_sets::ActiveModel {
            revision: Set(text::to_i64(previous)),
            state: Set(text::to_json(&snapshot(current.clone()))?),
            kind: Set(String::new()),
            summary: Set("What was there before the first recorded change".to_owned()),
            comment: Set(String::new()),
            change_id: Set(None),
            created_by: Set(None),
            created_at: Set(now.as_millis()),
        };
        first.insert(change.db()).await?;
    }
    let state = current.clone().with(before, after);
    let set = policy_sets::ActiveModel {
        revision: Set(text::to_i64(revision)),
        state: Set(text::to_json(&snapshot(state))?),
        kind: Set(row.kind.clone()),
        summary: Set(row.summary.clone()),
        comment: Set(row.comment.clone()),
        change_id: Set(Some(row.id)),
        created_by: Set(row.requested_by),
        created_at: Set(now.as_millis()),
    };
    set.insert(change.db()).await.map_err(taken("policy set"))?;
    Ok(())
}
