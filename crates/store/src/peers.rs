//! Several control planes on one PostgreSQL: what one commits wakes the others (`LISTEN`/`NOTIFY`).
//!
//! A new revision is told in the transaction that makes it, so that nobody hears of what was not
//! committed. News of other kinds are told beside it; who misses them reads the database anyway. On
//! SQLite there is nobody else.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, Statement,
    sqlx::postgres::{PgListener, PgNotification},
};
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

use crate::{Store, StoreError, connection::revision};

/// The channel. A database is one installation's, and channels are a database's own.
const CHANNEL: &str = "countersign";

/// News that a slow listener may be behind.
const BACKLOG: usize = 1024;

/// Bytes of the news in one message: PostgreSQL takes less than 8,000 with what is around them.
pub(crate) const MAX_NEWS: usize = 7_000;

/// How long to wait after the connection was lost and could not be had again.
const RETRY: Duration = Duration::from_millis(500);

/// How often the revision is read where nothing is heard: a notification may be lost with the
/// connection that carried it.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// What other control planes tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerNews {
    /// Something that one of them told.
    Told(String),
    /// Some may have been missed.
    Missed,
}

/// What is sent.
#[derive(Debug, Serialize, Deserialize)]
struct Message<'a> {
    from: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    news: Option<std::borrow::Cow<'a, str>>,
}

/// This control plane among those on the same database.
#[derive(Debug)]
pub(crate) struct Peers {
    me: Uuid,
    heard: broadcast::Sender<PeerNews>,
}

impl Default for Peers {
    fn default() -> Self {
        Self {
            me: Uuid::now_v7(),
            heard: broadcast::Sender::new(BACKLOG),
        }
    }
}

impl Peers {
    /// Tells of a new revision when the transaction commits.
    pub(crate) async fn tell_revision<C: ConnectionTrait>(
        &self,
        connection: &C,
        revision: u64,
    ) -> Result<(), StoreError> {
        let message = Message {
            from: self.me,
            revision: Some(revision),
            news: None,
        };
        notify(connection, &message).await
    }
}

impl Store {
    /// Whether there may be other control planes on this database.
    #[must_use]
    pub fn has_peers(&self) -> bool {
        self.read.get_database_backend() == DbBackend::Postgres
    }

    /// Tells the others something, of at most 7,000 bytes. On SQLite there are none.
    ///
    /// # Errors
    /// When the database fails, or the text is too long.
    pub async fn tell_peers(&self, news: &str) -> Result<(), StoreError> {
        if news.len() > MAX_NEWS {
            return Err(StoreError::TooLong("news"));
        }
        let message = Message {
            from: self.peers.me,
            revision: None,
            news: Some(news.into()),
        };
        notify(&self.read, &message).await
    }

    /// What the others tell.
    #[must_use]
    pub fn peer_news(&self) -> broadcast::Receiver<PeerNews> {
        self.peers.heard.subscribe()
    }
}

async fn notify<C: ConnectionTrait>(
    connection: &C,
    message: &Message<'_>,
) -> Result<(), StoreError> {
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT pg_notify($1, $2)",
        [CHANNEL.into(), crate::text::to_json(message)?.into()],
    );
    connection.execute_raw(statement).await?;
    Ok(())
}

/// Listens, on a connection of its own, for as long as anybody wants to know revisions.
pub(crate) fn listen(
    url: String,
    read: DatabaseConnection,
    peers: Arc<Peers>,
    revisions: Arc<watch::Sender<u64>>,
) {
    let weak = Arc::downgrade(&revisions);
    drop(revisions);
    tokio::spawn(async move {
        loop {
            let listened = async {
                let mut listener = PgListener::connect(&url).await?;
                listener.listen(CHANNEL).await?;
                Ok::<_, sea_orm::sqlx::Error>(listener)
            };
            match listened.await {
                Ok(mut listener) => {
                    while let Some(revisions) = weak.upgrade() {
                        // What was committed while nobody listened.
                        look(&read, &revisions).await;
                        if !hear(&mut listener, &peers, &revisions).await {
                            break;
                        }
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot listen for other control planes; trying again");
                }
            }
            if weak.strong_count() == 0 {
                return;
            }
            // The address or a name in it may be a secret: the error above names neither.
            let _ = peers.heard.send(PeerNews::Missed);
            tokio::time::sleep(RETRY).await;
        }
    });
}

/// Hears until it is time to look at the database again; whether the connection is still good.
async fn hear(listener: &mut PgListener, peers: &Peers, revisions: &watch::Sender<u64>) -> bool {
    let deadline = tokio::time::Instant::now() + LOOK_EVERY;
    loop {
        match tokio::time::timeout_at(deadline, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => heard(&notification, peers, revisions),
            Ok(Ok(None) | Err(_)) => return false,
            Err(_) => return true,
        }
    }
}

fn heard(notification: &PgNotification, peers: &Peers, revisions: &watch::Sender<u64>) {
    let Ok(message) = serde_json::from_str::<Message<'_>>(notification.payload()) else {
        tracing::debug!("a message of a kind this version does not know");
        return;
    };
    if message.from == peers.me {
        return;
    }
    if let Some(revision) = message.revision {
        raise(revisions, revision);
    }
    if let Some(news) = message.news {
        // Nobody listening is fine.
        let _ = peers.heard.send(PeerNews::Told(news.into_owned()));
    }
}

async fn look(read: &DatabaseConnection, revisions: &watch::Sender<u64>) {
    match revision(read).await {
        Ok(newest) => raise(revisions, newest),
        Err(error) => tracing::debug!(%error, "the revision cannot be read"),
    }
}

/// Tells of a revision that is newer than the newest.
pub(crate) fn raise(revisions: &watch::Sender<u64>, to: u64) {
    revisions.send_if_modified(|revision| {
        let higher = to > *revision;
        if higher {
            *revision = to;
        }
        higher
    });
}
