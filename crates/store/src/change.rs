//! A transaction that changes something, and may raise the bundle's revision with it.

use std::sync::Arc;

use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr,
};
use tokio::sync::watch;

use crate::{
    StoreError,
    connection::revision,
    entity::bundle_revisions,
    peers::{self, Peers},
};

/// A transaction that changes something. Dropped without a commit, nothing happened.
pub struct Change {
    transaction: DatabaseTransaction,
    revisions: Arc<watch::Sender<u64>>,
    peers: Arc<Peers>,
    raised_to: Option<u64>,
}

impl Change {
    pub(crate) fn new(
        transaction: DatabaseTransaction,
        revisions: Arc<watch::Sender<u64>>,
        peers: Arc<Peers>,
    ) -> Self {
        Self {
            transaction,
            revisions,
            peers,
            raised_to: None,
        }
    }

    /// The connection to change things by.
    pub(crate) fn db(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Raises the revision: edges must know of this change. The row lock that this takes puts such
    /// changes one behind another, so that a higher revision always holds every lower one's changes.
    pub(crate) async fn matters_to_edges(&mut self) -> Result<(), StoreError> {
        if self.raised_to.is_some() {
            return Ok(());
        }
        bundle_revisions::Entity::update_many()
            .col_expr(
                bundle_revisions::Column::Revision,
                Expr::col(bundle_revisions::Column::Revision).add(1),
            )
            .filter(bundle_revisions::Column::Id.eq(1))
            .exec(&self.transaction)
            .await?;
        let raised_to = revision(&self.transaction).await?;
        self.peers
            .tell_revision(&self.transaction, raised_to)
            .await?;
        self.raised_to = Some(raised_to);
        Ok(())
    }

    /// The revision that this change makes, where it makes one.
    pub(crate) const fn revision(&self) -> Option<u64> {
        self.raised_to
    }

    /// Makes the change durable, then tells of the new revision where there is one.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.transaction.commit().await?;
        if let Some(raised_to) = self.raised_to {
            peers::raise(&self.revisions, raised_to);
        }
        Ok(())
    }
}
