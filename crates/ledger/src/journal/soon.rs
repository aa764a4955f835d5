//! Writes what was appended to be written soon, where no other record takes it along.

use std::{
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::handle::Shared;

/// How long a record waits at most.
const SOON: Duration = Duration::from_millis(2);

/// Rounds without anything to write after which the thread sleeps until it is woken. Under load it
/// stays awake, so that appending never has to wake it.
const IDLE_ROUNDS: u32 = 25;

/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_millis(100);

/// Where appending and the thread meet.
#[derive(Debug, Default)]
pub(super) struct Soon {
    asleep: AtomicBool,
    stop: Mutex<bool>,
    wake: Condvar,
}

impl Soon {
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There is something to write.
    pub(super) fn request(&self) {
        if self.asleep.load(Ordering::SeqCst) && self.asleep.swap(false, Ordering::SeqCst) {
            // The thread either sees that it may not sleep, or waits already.
            drop(self.lock());
            self.wake.notify_one();
        }
    }

    pub(super) fn stop(&self) {
        *self.lock() = true;
        self.wake.notify_one();
    }

    /// Waits so long; answers whether to stop.
    fn rest(&self, time: Duration) -> bool {
        let stop = self.lock();
        let waited = self.wake.wait_timeout_while(stop, time, |stop| !*stop);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits until there is something to write; answers whether to stop.
    fn sleep(&self, shared: &Shared) -> bool {
        self.asleep.store(true, Ordering::SeqCst);
        // What was appended before this thread was seen to sleep woke nobody.
        if shared.tail().waits() {
            self.asleep.store(false, Ordering::SeqCst);
        }
        let asleep = |stop: &mut bool| !*stop && self.asleep.load(Ordering::SeqCst);
        let stop = self.wake.wait_while(self.lock(), asleep);
        *stop.unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread.
pub(super) fn run(shared: &Shared) {
    let soon = &shared.soon;
    let mut idle = 0;
    loop {
        let stop = match shared.write_waiting() {
            Ok(true) => {
                idle = 0;
                soon.rest(SOON)
            }
            Ok(false) if idle < IDLE_ROUNDS => {
                idle += 1;
                soon.rest(SOON)
            }
            // Slept enough, it waits before it looks: one record after another may come.
            Ok(false) => {
                idle = 0;
                soon.sleep(shared) || soon.rest(SOON)
            }
            Err(_) => soon.rest(PAUSE),
        };
        if stop {
            return;
        }
    }
}
