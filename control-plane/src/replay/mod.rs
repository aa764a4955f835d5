//! Judging recorded actions again, in the background: one thread reads journals in their order, two
//! judge. A session is judged by one thread, in its order, and so are all sessions of one principal.
//! Nothing is held but what is under way: a few batches, the sessions that are open where the
//! reading is, and a bounded number of earlier decisions.

mod archive;
mod feed;
mod groups;
mod record;
mod worker;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use countersign_model::ReplayId;
use countersign_policy_engine::replay::{Candidates, Replayer};
use countersign_store::{ReplayEnd, ReplaySpan, ReplayState};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use groups::ReplayGroup;

use self::{
    archive::StoreArchive,
    feed::{Feed, Wanted},
    groups::Groups,
    worker::Worker,
};
use crate::{api::service::dto::LiveMessage, state::AppState};

/// Threads that judge.
const WORKERS: usize = 2;

/// Replays that run at once.
const AT_ONCE: usize = 2;

/// Parts of batches that wait for a thread.
const WAITING: usize = 4;

/// How often dashboards are told that a replay has come further.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// How long the server waits for replays when it shuts down.
const DRAIN: Duration = Duration::from_secs(5);

/// What to judge again.
pub struct Plan {
    /// From when to when.
    pub span: ReplaySpan,
    /// Only sessions of the principal with this name.
    pub principal: Option<String>,
    /// Only sessions on the target with this name.
    pub target: Option<String>,
    /// At most so many decisions.
    pub limit: u64,
    /// What takes another's place; the same versions where absent.
    pub candidates: Option<Candidates>,
}

/// How far a replay is.
#[derive(Debug)]
pub struct Progress {
    /// Decisions judged again.
    pub judged: AtomicU64,
    /// Decisions that could not be judged again.
    pub skipped: AtomicU64,
    /// Decisions that came out otherwise.
    pub differing: AtomicU64,
    /// Records read.
    pub records: AtomicU64,
    /// Records to read.
    pub total: AtomicU64,
    began: Instant,
    stop: CancellationToken,
    limit: u64,
}

impl Progress {
    fn new(stop: CancellationToken, limit: u64) -> Self {
        Self {
            judged: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            differing: AtomicU64::new(0),
            records: AtomicU64::new(0),
            total: AtomicU64::new(0),
            began: Instant::now(),
            stop,
            limit,
        }
    }

    /// The part that is read, from 0 to 1.
    pub fn part(&self) -> f64 {
        let total = self.total.load(Relaxed);
        if total == 0 {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "it is shown as per cent")]
        let part = self.records.load(Relaxed) as f64 / total as f64;
        part.min(1.0)
    }

    /// Decisions a second so far.
    pub fn per_second(&self) -> u64 {
        let millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.judged.load(Relaxed).saturating_mul(1000) / millis.max(1)
    }

    /// Whether nothing more is to be judged.
    fn is_over(&self) -> bool {
        self.stop.is_cancelled() || self.judged.load(Relaxed) >= self.limit
    }
}

/// What came of a replay, as it is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// Decisions judged again.
    pub judged: u64,
    /// Decisions that could not be judged again, by reason.
    pub skipped: std::collections::BTreeMap<String, u64>,
    /// Decisions that came out otherwise.
    pub differing: u64,
    /// Of these, the ones for which a policy asked what it had not asked then: the answer was
    /// made up from what the replay had seen.
    pub simulated: u64,
    /// Records read.
    pub records: u64,
    /// Decisions a second.
    pub per_second: u64,
    /// The differences, the most frequent first.
    pub groups: Vec<ReplayGroup>,
}

/// The replays that run.
#[derive(Debug, Default)]
pub struct ReplayJobs {
    running: Mutex<HashMap<ReplayId, Arc<Progress>>>,
    tasks: TaskTracker,
}

impl ReplayJobs {
    /// Whether another one may begin.
    pub fn has_room(&self) -> bool {
        self.running().len() < AT_ONCE
    }

    /// How far a replay is, while it runs.
    pub fn progress(&self, id: ReplayId) -> Option<Arc<Progress>> {
        self.running().get(&id).cloned()
    }

    /// Stops a replay; `false` when it does not run.
    pub fn cancel(&self, id: ReplayId) -> bool {
        let progress = self.progress(id);
        if let Some(progress) = &progress {
            progress.stop.cancel();
        }
        progress.is_some()
    }

    /// Begins a replay that the store already knows.
    pub fn begin(&self, state: &AppState, id: ReplayId, plan: Plan) {
        let progress = Progress::new(state.shutdown.child_token(), plan.limit);
        let progress = Arc::new(progress);
        self.running().insert(id, Arc::clone(&progress));
        let state = state.clone();
        self.tasks.spawn(async move {
            let end = run(&state, id, plan, Arc::clone(&progress)).await;
            if let Err(error) = state.store.end_replay(id, &end, state.now()).await {
                tracing::error!(replay.id = %id, %error, "what came of a replay was not kept");
            }
            state.replays.running().remove(&id);
            announce(&state, id);
        });
    }

    /// Waits a while until those that run have ended: the shutdown has stopped them.
    pub async fn drain(&self) {
        self.tasks.close();
        if tokio::time::timeout(DRAIN, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("a replay did not end in time");
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<ReplayId, Arc<Progress>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn announce(state: &AppState, id: ReplayId) {
    state
        .live
        .announce(LiveMessage::Replay { id: id.as_uuid() });
}

/// Runs a replay to its end.
async fn run(state: &AppState, id: ReplayId, plan: Plan, progress: Arc<Progress>) -> ReplayEnd {
    tracing::info!(replay.id = %id, "a replay begins");
    let judged = judge(state, plan, &progress);
    tokio::pin!(judged);
    let mut ticks = tokio::time::interval(TELL_EVERY);
    let judged = loop {
        tokio::select! {
            judged = &mut judged => break judged,
            _ = ticks.tick() => announce(state, id),
        }
    };
    let cancelled = progress.stop.is_cancelled();
    let (outcome, error) = judged;
    let end = match (&error, cancelled) {
        (Some(_), _) => ReplayState::Failed,
        (None, true) => ReplayState::Cancelled,
        (None, false) => ReplayState::Done,
    };
    tracing::info!(
        replay.id = %id,
        replay.judged = outcome.judged,
        replay.differing = outcome.differing,
        replay.per_second = outcome.per_second,
        "a replay has ended"
    );
    ReplayEnd {
        state: end,
        result: serde_json::to_value(outcome).unwrap_or_default(),
        error,
    }
}

/// Reads and judges; also tells why it ended early, where it did.
async fn judge(
    state: &AppState,
    plan: Plan,
    progress: &Arc<Progress>,
) -> (Outcome, Option<String>) {
    let handle = tokio::runtime::Handle::current();
    let archive = StoreArchive::new(state.clone(), handle.clone());
    let Plan {
        span,
        principal,
        target,
        candidates,
        ..
    } = plan;
    let wants_outcomes = candidates.is_some();
    let replayer = Replayer::new(state.engine.clone(), Arc::new(archive), candidates);
    let mut senders = Vec::with_capacity(WORKERS);
    let mut workers = Vec::with_capacity(WORKERS);
    for _ in 0..WORKERS {
        let (sender, receiver) = mpsc::channel(WAITING);
        senders.push(sender);
        let worker = Worker::new(
            replayer.clone(),
            state.store.clone(),
            handle.clone(),
            span,
            Arc::clone(progress),
        );
        workers.push(tokio::task::spawn_blocking(move || worker.run(receiver)));
    }
    let feed = Feed::new(
        state.store.clone(),
        handle,
        Wanted {
            principal,
            target,
            outcomes: wants_outcomes,
        },
        senders,
        Arc::clone(progress),
    );
    let fed = tokio::task::spawn_blocking(move || feed.run(span)).await;
    let mut error = match fed {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(failed("the records could not be read", &error)),
        Err(error) => Some(failed("the reading broke off", &error)),
    };
    let mut groups = Groups::default();
    for worker in workers {
        match worker.await {
            Ok(theirs) => groups.merge(theirs),
            Err(broken) => error = Some(failed("the judging broke off", &broken)),
        }
    }
    let outcome = Outcome {
        judged: progress.judged.load(Relaxed),
        differing: progress.differing.load(Relaxed),
        simulated: groups.simulated,
        records: progress.records.load(Relaxed),
        per_second: progress.per_second(),
        skipped: std::mem::take(&mut groups.skipped),
        groups: groups.sorted(),
    };
    (outcome, error)
}

/// What the log learns, and what people do.
fn failed(what: &str, error: &dyn std::error::Error) -> String {
    tracing::error!(%error, "a replay failed: {what}");
    what.to_owned()
}
