//! The edge's side of reviews: who waits for which, and what the stream says of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use countersign_model::{FollowEvent, ReviewId, ReviewRequest, ReviewState};
use tokio::sync::watch;

use super::{Backoff, Client, ClientError};

/// How long the control plane may take to take a review; the client waits for it.
const ASK_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a withdrawal is tried; the review's own expiry ends it otherwise.
const WITHDRAW_FOR: Duration = Duration::from_secs(120);

/// Where a review stands, and who brought it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewUpdate {
    /// Its state.
    pub state: ReviewState,
    /// Who decided last.
    pub by: Option<String>,
    /// Their comment.
    pub comment: Option<String>,
}

impl ReviewUpdate {
    const PENDING: Self = Self {
        state: ReviewState::Pending,
        by: None,
        comment: None,
    };
}

/// Asks for reviews and hears of them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reviews {
    client: Client,
    waiting: Arc<Mutex<HashMap<ReviewId, watch::Sender<ReviewUpdate>>>>,
}

impl Reviews {
    /// Nobody waits yet.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            waiting: Arc::default(),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<ReviewId, watch::Sender<ReviewUpdate>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody waits for this review from now on. Before [`Reviews::ask`]: the decision may come
    /// through the stream before the answer does.
    #[must_use]
    pub fn expect(&self, id: ReviewId) -> watch::Receiver<ReviewUpdate> {
        let sender = watch::Sender::new(ReviewUpdate::PENDING);
        let receiver = sender.subscribe();
        self.waiting().insert(id, sender);
        receiver
    }

    /// Puts a review before people. Idempotent, so that a broken connection is tried once more.
    ///
    /// # Errors
    /// When the control plane does not take it in time; it may have arrived all the same.
    pub async fn ask(&self, request: &ReviewRequest) -> Result<(), ClientError> {
        let ask = async {
            match self.client.create_review(request).await {
                Err(ClientError::Unreachable(_)) => self.client.create_review(request).await,
                answer => answer,
            }
        };
        let answer = tokio::time::timeout(ASK_TIMEOUT, ask).await;
        let response = answer.unwrap_or(Err(ClientError::Malformed("reviews in time")))?;
        self.update(response.id, response.state, None, None);
        Ok(())
    }

    /// Uses an approval; `Ok(false)` when it is not there to be used.
    ///
    /// # Errors
    /// When the control plane does not answer; the approval may be used up then.
    pub async fn claim(&self, id: ReviewId) -> Result<bool, ClientError> {
        let claimed = tokio::time::timeout(ASK_TIMEOUT, self.client.use_review(id)).await;
        match claimed.unwrap_or(Err(ClientError::Malformed("use in time"))) {
            Ok(response) => Ok(response.state == ReviewState::Used),
            Err(ClientError::Refused {
                status: 400..=499, ..
            }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Nobody waits for this review any more: tells the control plane, in the background, for as
    /// long as it makes sense.
    pub fn withdraw(&self, id: ReviewId) {
        self.forget(id);
        let client = self.client.clone();
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return; // The edge is going down; the review expires.
        };
        runtime.spawn(async move {
            let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(15));
            let attempts = async {
                while let Err(ClientError::Unreachable(_)) = client.withdraw_review(id).await {
                    tokio::time::sleep(backoff.next_wait()).await;
                }
            };
            let _ = tokio::time::timeout(WITHDRAW_FOR, attempts).await;
        });
    }

    /// Nobody waits here any more; the review itself is as it was.
    pub fn forget(&self, id: ReviewId) {
        self.waiting().remove(&id);
    }

    /// What the stream says.
    pub fn hear(&self, event: FollowEvent) {
        if let FollowEvent::Review {
            review_id,
            state,
            decided_by,
            comment,
        } = event
        {
            self.update(review_id, state, decided_by, comment);
        }
    }

    fn update(
        &self,
        id: ReviewId,
        state: ReviewState,
        by: Option<String>,
        comment: Option<String>,
    ) {
        if let Some(waiter) = self.waiting().get(&id) {
            waiter.send_if_modified(|update| {
                // A final state stays, whatever is sent again.
                let news = matches!(update.state, ReviewState::Pending | ReviewState::Approved)
                    && update.state != state;
                if news {
                    *update = ReviewUpdate { state, by, comment };
                }
                news
            });
        }
    }
}
