//! Opening the database.

use std::{sync::Arc, time::Duration};

use countersign_migrations::Migrator;
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction,
    DbBackend, EntityTrait, IsolationLevel, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use sea_orm_migration::MigratorTrait;
use tokio::sync::watch;

use crate::{
    StoreError,
    change::Change,
    entity::bundle_revisions,
    peers::{self, Peers},
    text::to_u64,
};

/// How long a writer waits for another process to let go of an SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;

/// The control plane's database.
#[derive(Debug, Clone)]
pub struct Store {
    /// For reading.
    pub(crate) read: DatabaseConnection,
    /// For writing. SQLite has one writer at a time: one connection, so that writers queue here in
    /// order rather than collide there.
    write: DatabaseConnection,
    pub(crate) revisions: Arc<watch::Sender<u64>>,
    pub(crate) peers: Arc<Peers>,
}

impl Store {
    /// Opens the database at `url` (`sqlite:…` or `postgres:…`) and brings its schema up to date.
    ///
    /// # Errors
    /// When it cannot be opened, or its schema not be changed.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let (read, write) = if url.starts_with("sqlite:") {
            // The writer first: it creates the file and turns on write-ahead logging.
            let write = Database::connect(sqlite(url, 1)).await?;
            Migrator::up(&write, None).await?;
            (Database::connect(sqlite(url, SQLITE_READERS)).await?, write)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(POSTGRES_CONNECTIONS)
                .acquire_timeout(Duration::from_secs(10))
                .sqlx_logging(false);
            let connection = Database::connect(options).await?;
            Migrator::up(&connection, None).await?;
            (connection.clone(), connection)
        } else {
            return Err(StoreError::UnknownDatabase);
        };
        let store = Self {
            read,
            write,
            revisions: Arc::new(watch::Sender::new(0)),
            peers: Arc::default(),
        };
        let revision = store.revision().await?;
        store.revisions.send_replace(revision);
        if store.has_peers() {
            peers::listen(
                url.to_owned(),
                store.read.clone(),
                Arc::clone(&store.peers),
                Arc::clone(&store.revisions),
            );
        }
        Ok(store)
    }

    /// The newest bundle's revision, as the database has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revision(&self) -> Result<u64, StoreError> {
        revision(&self.read).await
    }

    /// Tells of every new revision, whichever control plane on this database commits it.
    #[must_use]
    pub fn revisions(&self) -> watch::Receiver<u64> {
        self.revisions.subscribe()
    }

    /// Raises the revision although nothing changed but who signs: edges fetch the bundle anew.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew_bundle(&self) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        change.matters_to_edges().await?;
        change.commit().await
    }

    /// Closes the database.
    ///
    /// # Errors
    /// When it cannot be closed cleanly.
    pub async fn close(self) -> Result<(), StoreError> {
        self.read.close().await?;
        self.write.close().await?;
        Ok(())
    }

    /// Begins a change.
    pub(crate) async fn change(&self) -> Result<Change, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.write.begin_with_options(options).await?;
        Ok(Change::new(
            transaction,
            Arc::clone(&self.revisions),
            Arc::clone(&self.peers),
        ))
    }

    /// Begins a read whose queries all see the same state.
    pub(crate) async fn snapshot(&self) -> Result<DatabaseTransaction, StoreError> {
        let options = match self.read.get_database_backend() {
            DbBackend::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
            _ => TransactionOptions::default(),
        };
        Ok(self.read.begin_with_options(options).await?)
    }
}

/// The newest bundle's revision.
pub(crate) async fn revision<C: ConnectionTrait>(connection: &C) -> Result<u64, StoreError> {
    let row = bundle_revisions::Entity::find_by_id(1)
        .one(connection)
        .await?
        .ok_or(StoreError::NotFound("bundle revision"))?;
    to_u64("bundle_revisions", "revision", row.revision)
}

fn sqlite(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|options| {
            options
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                // An acknowledged event must survive power loss.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(BUSY_TIMEOUT)
        });
    options
}
