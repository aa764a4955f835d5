//! Judging the actions of one session.
//!
//! A policy is a deterministic function of what it asked for. If it asked for nothing but principal,
//! target and facts (not for the action's id, time, session, text or parameters, and not for a
//! counter), then for the same principal, target, settings and facts it can only say the same again,
//! and is not asked. To hold, this needs instances without a past: a verdict is remembered only when
//! a fresh instance gave it. Faults are never remembered.
//!
//! No two prompts are alike: a request to a model is known by its outline, which is all but its words and
//! what the detectors see in them. A policy that read the words is asked again.
//!
//! A session that asks something new each time has nothing of that: its instances live on instead, and
//! only what is asked a second time is asked of a fresh one.

use std::{fmt, sync::Arc, time::Instant};

use countersign_model::{
    Action, BindingId, Decision, Failure, Operation, PolicyOutcome, PolicyVerdict, Stage, Verdict,
};

use crate::{
    Counters, FactsKey,
    cache::{Generations, ScopedKey},
    filter::{FilterError, ResponseFilter},
    host::Judging,
    instance::Instance,
    scope::{Scope, ScopedPolicy},
    set::{Known, Remembered, SetState},
    tally::{Class, Mark},
};

/// Decisions that a session remembers at most by itself.
const SESSION_DECISIONS: usize = 64;

/// Actions in a row that nobody had asked about: from then on a session is taken to go on so.
const NEWS: u32 = 4;

/// A decision, and whether it is news.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The decision.
    pub decision: Arc<Decision>,
    /// Whether this very decision was returned before in this session.
    pub reused: bool,
    /// The bindings through whose filters the response has to pass, in this order: those of the
    /// obeyed policies that have one and took a side or named conditions.
    pub filters: Vec<BindingId>,
}

/// Judges one session. Instances of policies that live on between actions are this session's alone,
/// but for those of runtimes that keep nothing.
pub struct SessionJudge {
    set: Arc<SetState>,
    scope: Arc<Scope>,
    known: Generations<Arc<Remembered>>,
    /// One place a bound policy.
    live: Vec<Option<Instance>>,
    /// Actions in a row that nobody had asked about.
    news: u32,
}

impl fmt::Debug for SessionJudge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionJudge")
            .field("revision", &self.set.revision)
            .field("policies", &self.scope.bound.len())
            .finish_non_exhaustive()
    }
}

/// Instances that a session gave back. To drop them takes a system call or two each: not where others
/// wait for it.
#[must_use = "it is dropped where nobody waits"]
pub struct Rested(Vec<Instance>);

impl fmt::Debug for Rested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rested").field(&self.0.len()).finish()
    }
}

impl Rested {
    /// Whether there were none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What came of asking the policies of a scope.
#[derive(Default)]
struct Asked {
    outcomes: Vec<PolicyOutcome>,
    marks: Vec<Mark>,
    /// One entry a bound policy: its outcome where it cannot differ.
    lasting: Vec<Option<PolicyOutcome>>,
    /// Whether none failed.
    settled: bool,
}

impl SessionJudge {
    pub(crate) fn new(set: Arc<SetState>, scope: Arc<Scope>, remembered: usize) -> Self {
        Self {
            live: scope.bound.iter().map(|_| None).collect(),
            known: Generations::new(remembered.div_ceil(2).min(SESSION_DECISIONS)),
            set,
            scope,
            news: 0,
        }
    }

    /// Judges an action of this session.
    pub fn judge(&mut self, action: &Action, counters: &Arc<dyn Counters>) -> Judged {
        self.judge_keyed(action, &FactsKey::of_operation(&action.operation), counters)
    }

    /// Judges an action of this session whose facts' key is at hand. It must be the key of the
    /// action's facts: a decision is looked up by it. The principal and the target are the session's,
    /// whatever the action says.
    pub fn judge_keyed(
        &mut self,
        action: &Action,
        facts: &FactsKey,
        counters: &Arc<dyn Counters>,
    ) -> Judged {
        let judging = self.outlined(action, counters);
        let outline = judging.as_ref().and_then(|judging| judging.outline());
        let key = ScopedKey {
            scope: self.scope.id,
            facts: outline.unwrap_or(*facts),
        };
        if let Some(known) = self.known.get(&key) {
            self.news = 0;
            self.count(&known.marks);
            return known.judged(true);
        }
        let known = self.set.known(&key);
        self.news = known.as_ref().map_or(self.news.saturating_add(1), |_| 0);
        let parts = match known {
            Some(Known::Decision(known)) => {
                self.count(&known.marks);
                self.known.insert(key, Arc::clone(&known));
                return known.judged(false);
            }
            Some(Known::Parts(parts)) => Some(parts),
            Some(Known::Asked) | None => None,
        };
        let judging = judging.unwrap_or_else(|| self.judging(action, counters));
        let asked = self.ask(judging, parts.as_deref());
        self.count(&asked.marks);
        match parts {
            None if self.asks_news() => self.set.remember(key, Known::Asked),
            None if asked.settled => self.remember(key, asked.lasting, &asked.marks),
            _ => {}
        }
        Judged {
            filters: self.filters(&asked.outcomes),
            decision: Arc::new(self.combine(asked.outcomes)),
            reused: false,
        }
    }

    /// The filter of a binding, one of [`Judged::filters`], for the response of this action.
    ///
    /// # Errors
    ///
    /// When it cannot begin: the response must then not be returned.
    pub fn filter(
        &self,
        binding: BindingId,
        action: &Action,
        counters: &Arc<dyn Counters>,
    ) -> Result<ResponseFilter, FilterError> {
        let mut bound = self.scope.bound.iter().map(|scoped| &scoped.policy);
        let bound = bound.find(|policy| policy.binding.id == binding);
        match bound.and_then(|policy| policy.policy()) {
            Some((policy, settings, limits)) => {
                let judging = self.judging(action, counters);
                ResponseFilter::begin(policy, settings, limits, &judging)
            }
            None => Err(FilterError {
                policy: binding.to_string(),
                failure: Failure::NotLoaded,
                detail: "it is not bound in this session".to_owned(),
            }),
        }
    }

    /// Gives back the instances that live on, for a session that may not ask again for a while.
    pub fn rest(&mut self) -> Rested {
        let live = self.live.iter_mut();
        Rested(live.filter_map(Option::take).collect())
    }

    /// Whether it asks something new each time.
    const fn asks_news(&self) -> bool {
        self.news > NEWS
    }

    /// A request to a model, which is known by its outline where policies judge it.
    fn outlined(&self, action: &Action, counters: &Arc<dyn Counters>) -> Option<Arc<Judging>> {
        let kind = action.operation.kind();
        let is_judged = || {
            let mut bound = self.scope.bound.iter();
            bound.any(|scoped| scoped.policy.covers(kind))
        };
        let outlined = matches!(action.operation, Operation::Llm(_)) && is_judged();
        outlined.then(|| self.judging(action, counters))
    }

    fn judging(&self, action: &Action, counters: &Arc<dyn Counters>) -> Arc<Judging> {
        let mut action = action.clone();
        action.principal = Arc::clone(&self.scope.principal);
        action.target = Arc::clone(&self.scope.target);
        Arc::new(Judging::new(action, self.set.around(counters)))
    }

    fn count(&self, marks: &[Mark]) {
        for mark in marks {
            if let Some(scoped) = self.scope.bound.get(mark.index as usize) {
                scoped.policy.tally.add(mark);
            }
        }
    }

    fn filters(&self, outcomes: &[PolicyOutcome]) -> Vec<BindingId> {
        let speaks = |outcome: &&PolicyOutcome| {
            let silent = matches!(
                outcome.verdict,
                PolicyVerdict::Said(Verdict::Abstain | Verdict::Deny(_))
                    | PolicyVerdict::Failed { .. }
            );
            outcome.stage.is_obeyed() && !silent
        };
        let filters = |binding: &BindingId| {
            let mut bound = self.scope.bound.iter().map(|scoped| &scoped.policy);
            let bound = bound.find(|policy| policy.binding.id == *binding);
            let policy = bound.and_then(|policy| policy.policy());
            policy.is_some_and(|(policy, ..)| policy.manifest().filters)
        };
        let spoken = outcomes.iter().filter(speaks).map(|o| o.binding);
        spoken.filter(filters).collect()
    }

    fn combine(&self, outcomes: Vec<PolicyOutcome>) -> Decision {
        Decision::combine(
            outcomes,
            self.scope.target.default_verdict,
            self.set.revision,
        )
    }

    /// Asks every policy whose outcome is not known.
    fn ask(&mut self, judging: Arc<Judging>, parts: Option<&[Option<PolicyOutcome>]>) -> Asked {
        let kind = judging.action.operation.kind();
        let mut asked = Asked {
            settled: true,
            ..Asked::default()
        };
        let mut classes = vec![None; self.scope.bound.len()];
        let asks_news = self.asks_news();
        let remembers = parts.is_none() && !asks_news;
        for (index, scoped) in self.scope.bound.iter().enumerate() {
            if !scoped.policy.covers(kind) {
                asked.lasting.push(None);
                continue;
            }
            let known = parts.and_then(|parts| parts.get(index));
            let outcome = if let Some(Some(outcome)) = known {
                outcome.clone()
            } else {
                let started = Instant::now();
                // What may be remembered comes of an instance without a past.
                let live = self.live.get_mut(index).and_then(Option::take);
                let live = live.filter(|_| known.is_some() || asks_news);
                let (run, instance) = scoped.policy.run(live, &judging, None);
                asked.settled &= run.result.is_ok();
                let may_differ = run.may_differ;
                let micros = u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX);
                let stage = self.scope.stage(scoped, kind);
                let outcome = scoped.policy.outcome(stage, run, micros);
                let lasts = !may_differ && remembers;
                asked.lasting.push(lasts.then(|| PolicyOutcome {
                    micros: 0,
                    ..outcome.clone()
                }));
                if let Some(place) = self.live.get_mut(index) {
                    *place = instance.filter(|i| (may_differ || asks_news) && i.may_stay());
                }
                outcome
            };
            if let Some(class) = classes.get_mut(index) {
                *class = Some((Class::of(&outcome), outcome.stage));
            }
            asked.outcomes.push(outcome);
        }
        asked.marks = self.marks(&classes);
        asked
    }

    /// How the outcomes are counted; nothing for a policy that does not cover the operation.
    fn marks(&self, classes: &[Option<(Class, Stage)>]) -> Vec<Mark> {
        let of = |index: usize| classes.get(index).copied().flatten();
        let scoped = self.scope.bound.iter().enumerate();
        let mark = |(index, scoped): (usize, &ScopedPolicy)| {
            let (class, stage) = of(index)?;
            let canary = stage == Stage::Canary;
            let baseline = scoped.baseline.filter(|_| canary).and_then(of);
            Some(Mark {
                index: u32::try_from(index).ok()?,
                class,
                canary,
                baseline: baseline.map(|(class, _)| class),
            })
        };
        scoped.filter_map(mark).collect()
    }

    fn remember(&self, key: ScopedKey, lasting: Vec<Option<PolicyOutcome>>, marks: &[Mark]) {
        let known = if lasting.iter().flatten().count() == marks.len() {
            let outcomes: Vec<_> = lasting.into_iter().flatten().collect();
            Known::Decision(Arc::new(Remembered {
                filters: self.filters(&outcomes),
                decision: Arc::new(self.combine(outcomes)),
                marks: marks.into(),
            }))
        } else {
            Known::Parts(lasting.into())
        };
        self.set.remember(key, known);
    }
}
