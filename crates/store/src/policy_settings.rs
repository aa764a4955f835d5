//! How policies may be changed, and how edges count.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    change::Change,
    entity::{
        edges,
        policy_settings::{ActiveModel, Column, Entity},
    },
    text,
};

const ROW: i32 = 1;

/// How sliding windows count where several edges share a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CounterSplit {
    /// Each edge counts for itself.
    #[default]
    None,
    /// Each enrolled edge has an even part of every limit.
    Even,
}

impl CounterSplit {
    /// Its name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Even => "even",
        }
    }
}

/// How policies may be changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PolicySettings {
    /// Whether a change by an admin waits for another admin.
    pub require_approval: bool,
    /// How sliding windows count.
    pub counter_split: CounterSplit,
}

impl Store {
    /// How policies may be changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policy_settings(&self) -> Result<PolicySettings, StoreError> {
        read(&self.read).await
    }
}

pub(crate) async fn read<C: ConnectionTrait>(connection: &C) -> Result<PolicySettings, StoreError> {
    let Some(row) = Entity::find_by_id(ROW).one(connection).await? else {
        return Ok(PolicySettings::default());
    };
    Ok(PolicySettings {
        require_approval: row.require_approval,
        counter_split: text::from_name("policy_settings", "counter_split", &row.counter_split)?,
    })
}

pub(crate) async fn write<C: ConnectionTrait>(
    connection: &C,
    settings: PolicySettings,
) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(ROW),
        require_approval: Set(settings.require_approval),
        counter_split: Set(settings.counter_split.as_str().to_owned()),
    };
    let columns = [Column::RequireApproval, Column::CounterSplit];
    Entity::insert(row)
        .on_conflict(
            OnConflict::column(Column::Id)
                .update_columns(columns)
                .to_owned(),
        )
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// Among how many edges sliding windows are split.
pub(crate) async fn split<C: ConnectionTrait>(connection: &C) -> Result<u32, StoreError> {
    if read(connection).await?.counter_split == CounterSplit::None {
        return Ok(1);
    }
    let edges = edges::Entity::find()
        .filter(edges::Column::RevokedAt.is_null())
        .count(connection)
        .await?;
    Ok(u32::try_from(edges).unwrap_or(u32::MAX).max(1))
}

/// Edges came or went: where they share limits, all must know.
pub(crate) async fn edges_changed(change: &mut Change) -> Result<(), StoreError> {
    if read(change.db()).await?.counter_split == CounterSplit::Even {
        change.matters_to_edges().await?;
    }
    Ok(())
}
