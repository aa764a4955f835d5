//! CancelRequests: each session has a random key of the edge's own; a request with that key reaches
//! that session alone, and the upstream's key never leaves the edge.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::backend::CancelKey;

/// A client's wish that its session's current action ends.
#[derive(Debug, Default)]
pub(super) struct CancelSignal {
    asked: Notify,
    done: Notify,
}

impl CancelSignal {
    /// Waits for a request. Cancel-safe.
    pub(super) async fn asked(&self) {
        self.asked.notified().await;
    }

    /// Lets the asking connection go: the request has been acted on.
    pub(super) fn done(&self) {
        self.done.notify_waiters();
    }

    /// Asks, and waits until the session has acted on it.
    pub(super) async fn ask(&self) {
        let done = self.done.notified();
        self.asked.notify_one();
        done.await;
    }
}

/// The keys of all live sessions.
#[derive(Debug, Default)]
pub(super) struct CancelKeys {
    keys: Mutex<HashMap<CancelKey, Arc<CancelSignal>>>,
}

impl CancelKeys {
    fn lock(&self) -> MutexGuard<'_, HashMap<CancelKey, Arc<CancelSignal>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fresh key for a session; it works until the registration is dropped.
    pub(super) fn register(self: &Arc<Self>) -> Registration {
        let signal = Arc::new(CancelSignal::default());
        let mut keys = self.lock();
        let key = loop {
            let key = CancelKey {
                // Some clients keep the process id in a signed integer and show it.
                process: rand::random::<u32>() >> 1,
                secret: rand::random(),
            };
            if !keys.contains_key(&key) {
                break key;
            }
        };
        keys.insert(key, Arc::clone(&signal));
        drop(keys);
        Registration {
            keys: Arc::clone(self),
            key,
            signal,
        }
    }

    /// The session of a key, if it is alive.
    pub(super) fn find(&self, key: CancelKey) -> Option<Arc<CancelSignal>> {
        self.lock().get(&key).cloned()
    }
}

/// A session's key.
#[derive(Debug)]
pub(super) struct Registration {
    keys: Arc<CancelKeys>,
    pub(super) key: CancelKey,
    pub(super) signal: Arc<CancelSignal>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.keys.lock().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_key_reaches_its_session_while_it_lives() {
        let keys = Arc::new(CancelKeys::default());
        let one = keys.register();
        let other = keys.register();
        assert_ne!(one.key, other.key);
        let found = keys.find(one.key).expect("alive");
        assert!(Arc::ptr_eq(&found, &one.signal));
        let key = one.key;
        drop(one);
        assert!(keys.find(key).is_none());
    }

    #[tokio::test]
    async fn the_asker_waits_until_it_is_done() {
        let signal = Arc::new(CancelSignal::default());
        let session = Arc::clone(&signal);
        let served = tokio::spawn(async move {
            session.asked().await;
            session.done();
        });
        signal.ask().await;
        served.await.expect("served");
    }
}
