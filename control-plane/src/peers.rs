//! Other control planes on the same database: what happens at one is told to the dashboards and
//! edges of all.

use std::{collections::HashSet, time::Duration};

use countersign_model::{EdgeId, ReviewId};
use countersign_store::{PeerNews, Store};
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast::error::RecvError, mpsc};

use crate::{api::service::dto::LiveMessage, state::AppState};

/// How long news are gathered, so that a busy minute is a few messages.
const GATHER: Duration = Duration::from_millis(50);

/// News in one message: a message of PostgreSQL's holds less than 8,000 bytes.
const AT_ONCE: usize = 50;

/// Something that another control plane's dashboards or edges must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
pub enum News {
    /// What a dashboard shows is out of date.
    Live(LiveMessage),
    /// A review went on, for its edge.
    Review(ReviewId),
    /// An edge's streams have to end.
    EdgeRevoked(EdgeId),
}

/// Where news for the others are put. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    sender: Option<mpsc::UnboundedSender<News>>,
}

impl Outbox {
    /// An outbox, and what is put into it.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<News>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let outbox = Self {
            sender: Some(sender),
        };
        (outbox, receiver)
    }

    /// Tells the others, a moment later.
    pub fn put(&self, news: News) {
        if let Some(sender) = &self.sender {
            // At shutdown nobody takes it any more.
            let _ = sender.send(news);
        }
    }
}

/// Sends what is put into the outbox, until the server shuts down.
pub async fn send(state: AppState, mut outbox: mpsc::UnboundedReceiver<News>) {
    loop {
        let first = tokio::select! {
            () = state.shutdown.cancelled() => return,
            first = outbox.recv() => first,
        };
        let Some(first) = first else {
            return;
        };
        tokio::time::sleep(GATHER).await;
        let mut news = HashSet::from([first]);
        while let Ok(more) = outbox.try_recv() {
            news.insert(more);
        }
        let news: Vec<News> = news.into_iter().collect();
        for part in news.chunks(AT_ONCE) {
            tell(&state.store, part).await;
        }
    }
}

async fn tell(store: &Store, news: &[News]) {
    let told = match serde_json::to_string(news) {
        Ok(text) => store.tell_peers(&text).await,
        Err(error) => {
            tracing::warn!(%error, "news cannot be written");
            return;
        }
    };
    if let Err(error) = told {
        tracing::warn!(%error, "other control planes cannot be told");
    }
}

/// Passes on what the others tell, until the server shuts down.
pub async fn listen(state: AppState) {
    let mut heard = state.store.peer_news();
    loop {
        let received = tokio::select! {
            () = state.shutdown.cancelled() => return,
            received = heard.recv() => received,
        };
        match received {
            Ok(PeerNews::Told(text)) => match serde_json::from_str::<Vec<News>>(&text) {
                Ok(news) => {
                    for one in news {
                        pass_on(&state, one).await;
                    }
                }
                Err(error) => tracing::debug!(%error, "news that this version does not know"),
            },
            Ok(PeerNews::Missed) | Err(RecvError::Lagged(_)) => {
                state.live.hear(LiveMessage::Reset);
            }
            Err(RecvError::Closed) => return,
        }
    }
}

async fn pass_on(state: &AppState, news: News) {
    match news {
        News::Live(message) => state.live.hear(message),
        News::EdgeRevoked(edge) => state.edges.hear_revoked(edge),
        News::Review(id) => match state.store.review(id).await {
            Ok(review) => state.hear_review(&review),
            Err(error) => tracing::debug!(%error, review.id = %id, "a review cannot be read"),
        },
    }
}
