//! Judging the recorded decisions of one session again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use countersign_model::{
    Action, ActionId, Charge, Decision, Effect, HostCall, Operation, PolicyOutcome, Principal,
    SessionId, Stage, Target, Timestamp, TokenUsage,
};

use super::{
    Inner, PolicyDifference, Recorded, Replayed, SkipReason, Step,
    compare::{compare, decisions_differ, depends_on_the_machine, difference, lost, same_shape},
    set::{CandidateAt, Entry, Part, Place, ReplaySet, Settled},
    windows::{Simulated, Windows},
};
use crate::{
    Counters,
    bound::BoundPolicy,
    host::{Judging, Surroundings, Tape},
};

/// Actions whose rows or tokens are still to be added to simulated counters.
const MAX_CHARGED: usize = 256;

/// One session of the record.
pub struct SessionReplay {
    inner: Arc<Inner>,
    session: SessionId,
    who: Option<(Arc<Principal>, Arc<Target>)>,
    windows: Arc<Mutex<Windows>>,
    /// The place in the set that was asked last.
    place: Option<(Arc<ReplaySet>, Arc<Place>)>,
    charged: HashMap<ActionId, (&'static str, Vec<Charge>)>,
    /// When the last action was judged.
    at: Timestamp,
}

impl std::fmt::Debug for SessionReplay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionReplay")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// An action that is judged again.
struct Again<'a> {
    set: &'a ReplaySet,
    place: &'a Place,
    recorded: &'a Recorded,
    judging: Arc<Judging>,
    /// Whether the time is one that a policy had asked for.
    knows_time: bool,
    entry: Option<Arc<Entry>>,
    parts: Vec<Part>,
    /// Whether nothing but facts decided.
    settled: bool,
    outcomes: Vec<PolicyOutcome>,
    differences: Vec<PolicyDifference>,
    simulated: bool,
}

impl SessionReplay {
    pub(super) fn new(inner: Arc<Inner>, session: SessionId) -> Self {
        Self {
            inner,
            session,
            who: None,
            windows: Arc::default(),
            place: None,
            charged: HashMap::new(),
            at: Timestamp::from_millis(0),
        }
    }

    /// From here on this principal acts on this target, as they are known now.
    pub fn enter(&mut self, principal: Arc<Principal>, target: Arc<Target>) {
        self.windows = self.inner.windows(principal.id);
        self.who = Some((principal, target));
        self.place = None;
    }

    /// Judges a recorded decision again.
    pub fn judge(&mut self, recorded: Recorded) -> Step {
        match self.place(recorded.decision.bundle_revision) {
            Ok((set, place)) => Step::Judged(Box::new(self.judge_at(&set, &place, recorded))),
            Err(reason) => Step::Skipped {
                session_id: self.session,
                action_id: recorded.action_id,
                reason,
            },
        }
    }

    /// Adds what an action turned out to cost, its rows or its tokens, to the simulated counters that
    /// its verdict names.
    pub fn returned(&mut self, action: ActionId, rows: u64, usage: TokenUsage) {
        let Some((kind, charges)) = self.charged.remove(&action) else {
            return;
        };
        let counters = self.counters(self.at, false);
        for charge in charges {
            let amount = charge.amount(kind, rows, usage);
            counters.count(&charge.counter, amount, charge.window_seconds);
        }
    }

    fn place(&mut self, revision: u64) -> Result<(Arc<ReplaySet>, Arc<Place>), SkipReason> {
        let (principal, target) = self.who.as_ref().ok_or(SkipReason::UnknownSession)?;
        let set = self.inner.set(revision)?;
        if let Some((of, place)) = &self.place
            && Arc::ptr_eq(of, &set)
        {
            return Ok((set, Arc::clone(place)));
        }
        let place = set.place(principal, target);
        self.place = Some((Arc::clone(&set), Arc::clone(&place)));
        Ok((set, place))
    }

    fn counters(&self, at: Timestamp, foreseen: bool) -> Simulated {
        Simulated {
            windows: Arc::clone(&self.windows),
            at,
            foreseen,
        }
    }

    fn judge_at(&mut self, set: &ReplaySet, place: &Place, recorded: Recorded) -> Replayed {
        self.at = recorded.at;
        let entry = set.known(place, recorded.facts);
        let settled = entry.as_ref().and_then(|entry| entry.settled.as_ref());
        let settled = settled.filter(|s| same_shape(&s.before, &recorded.decision));
        let (after, differences, simulated) = match settled {
            Some(settled) => {
                let after = Arc::clone(&settled.after);
                let differences = compare(set, &recorded.decision, &after);
                (after, differences, false)
            }
            None => self.ask(set, place, &recorded, entry),
        };
        if after.effect != Effect::Deny && !after.obligations.charges.is_empty() {
            if self.charged.len() >= MAX_CHARGED {
                self.charged.clear();
            }
            let charges = after.obligations.charges.clone();
            let kind = recorded.operation.kind();
            self.charged.insert(recorded.action_id, (kind, charges));
        }
        Replayed {
            session_id: self.session,
            action_id: recorded.action_id,
            at: recorded.at,
            revision: set.revision,
            text: text(&recorded.operation),
            decision_differs: decisions_differ(&recorded.decision, &after),
            before: recorded.decision,
            after,
            differences,
            simulated,
        }
    }

    /// Asks the policies that judged then, and the candidates.
    fn ask(
        &self,
        set: &ReplaySet,
        place: &Place,
        recorded: &Recorded,
        entry: Option<Arc<Entry>>,
    ) -> (Arc<Decision>, Vec<PolicyDifference>, bool) {
        let mut again = self.again(set, place, recorded, entry);
        let kind = recorded.operation.kind();
        let mut to_ask: Vec<Option<(&CandidateAt, &Arc<BoundPolicy>)>> = set
            .candidates
            .iter()
            .zip(&place.has_candidates)
            .map(|(at, covers)| {
                let policy = set.policies.get(at.index)?;
                (*covers && policy.covers(kind)).then_some((at, policy))
            })
            .collect();
        // A recorded decision has an outcome of every policy that covered the action.
        for before in &recorded.decision.policies {
            let mut places = set.candidates.iter();
            let taken = places.position(|at| at.instead_of == Some(before.binding));
            let asked = taken.and_then(|index| to_ask.get_mut(index)?.take());
            match (taken, asked) {
                (_, Some((at, policy))) => {
                    let stage = if at.keeps_stage {
                        before.stage
                    } else {
                        policy.binding.stage
                    };
                    self.run(&mut again, at.index, policy, Some(before), stage);
                }
                (Some(_), None) => {
                    again.settled &= !depends_on_the_machine(before);
                    again.differences.extend(lost(before));
                }
                (None, _) => self.unchanged(&mut again, before),
            }
        }
        for (at, policy) in to_ask.into_iter().flatten() {
            self.run(&mut again, at.index, policy, None, policy.binding.stage);
        }
        again.finish()
    }

    fn again<'a>(
        &self,
        set: &'a ReplaySet,
        place: &'a Place,
        recorded: &'a Recorded,
        entry: Option<Arc<Entry>>,
    ) -> Again<'a> {
        let mut calls = recorded
            .decision
            .policies
            .iter()
            .flat_map(|p| &p.host_calls);
        let clock = calls.find_map(|call| match call {
            HostCall::Clock { at } => Some(*at),
            _ => None,
        });
        let action = Action {
            id: recorded.action_id,
            at: clock.unwrap_or(recorded.at),
            session: self.session,
            principal: Arc::clone(&place.principal),
            target: Arc::clone(&place.target),
            grant: recorded.grant.clone(),
            operation: recorded.operation.clone(),
        };
        let around = Surroundings {
            counters: Arc::new(self.counters(action.at, recorded.foreseen)),
            documents: set.documents.clone(),
            detectors: self.inner.engine.shared.detectors.clone(),
        };
        Again {
            set,
            place,
            recorded,
            judging: Arc::new(Judging::new(action, around)),
            knows_time: clock.is_some(),
            parts: match &entry {
                Some(entry) => entry.parts.clone(),
                None => vec![Part::Unknown; set.policies.len()],
            },
            entry,
            settled: true,
            outcomes: Vec::with_capacity(recorded.decision.policies.len() + 1),
            differences: Vec::new(),
            simulated: false,
        }
    }

    /// A policy that judged then judges again, unless what it did depends on the machine, or the set
    /// does not have the version that judged: then the record stands.
    fn unchanged(&self, again: &mut Again<'_>, before: &PolicyOutcome) {
        let set = again.set;
        let policy = set.policy(before.binding);
        let policy = policy.filter(|(_, policy)| policy.binding.digest == before.digest);
        match policy {
            Some((index, policy)) if !depends_on_the_machine(before) => {
                self.run(again, index, policy, Some(before), before.stage);
            }
            _ => {
                again.settled = false;
                self.count_kept(again, before);
                again.outcomes.push(before.clone());
            }
        }
    }

    /// What a policy counted then is counted still.
    fn count_kept(&self, again: &Again<'_>, before: &PolicyOutcome) {
        for call in &before.host_calls {
            if let HostCall::Count {
                key,
                amount,
                window_seconds,
                ..
            } = call
            {
                let counters = &again.judging.around.counters;
                counters.count(key, *amount, *window_seconds);
            }
        }
    }

    /// Asks one policy, or knows what it says.
    fn run(
        &self,
        again: &mut Again<'_>,
        index: usize,
        policy: &BoundPolicy,
        before: Option<&PolicyOutcome>,
        stage: Stage,
    ) {
        let part = again.parts.get(index).cloned().unwrap_or_default();
        if let Part::Lasts(outcome) = part {
            again.take(PolicyOutcome { stage, ..*outcome }, before, false);
            return;
        }
        let owner = (self.session, again.set.revision, index);
        let live = match part {
            Part::Differs => self.inner.live().take(&owner),
            Part::Unknown | Part::Lasts(_) => None,
        };
        let calls = before.map(|before| before.host_calls.as_slice());
        let tape = Tape::new(calls.unwrap_or_default().into(), again.knows_time);
        let (run, instance) = policy.run(live, &again.judging, Some(tape));
        // A simulated answer is another one the next time.
        let lasts = !run.may_differ && !run.simulated && run.result.is_ok();
        let (may_differ, simulated) = (run.may_differ, run.simulated);
        let outcome = policy.outcome(stage, run, 0);
        if let Some(part) = again.parts.get_mut(index) {
            *part = if lasts {
                Part::Lasts(Box::new(outcome.clone()))
            } else {
                Part::Differs
            };
        }
        again.settled &= lasts;
        again.take(outcome, before, simulated);
        if let Some(instance) = instance.filter(|i| may_differ && i.may_stay()) {
            let surplus = self.inner.live().keep(owner, instance);
            drop(surplus);
        }
    }
}

impl Again<'_> {
    fn take(&mut self, outcome: PolicyOutcome, before: Option<&PolicyOutcome>, simulated: bool) {
        self.simulated |= simulated;
        self.differences
            .extend(difference(before, &outcome, simulated));
        self.outcomes.push(outcome);
    }

    fn finish(self) -> (Arc<Decision>, Vec<PolicyDifference>, bool) {
        let before = &self.recorded.decision;
        let default = self.place.target.default_verdict;
        let after = Decision::combine(self.outcomes, default, before.bundle_revision);
        let after = Arc::new(after);
        let settled = self.settled.then(|| Settled {
            before: Arc::clone(before),
            after: Arc::clone(&after),
        });
        if self.entry.is_none() || settled.is_some() {
            let facts = self.recorded.facts;
            let parts = self.parts;
            self.set
                .remember(self.place, facts, Entry { parts, settled });
        }
        (after, self.differences, self.simulated)
    }
}

/// What is shown of an operation.
fn text(operation: &Operation) -> Arc<str> {
    match operation {
        Operation::Sql(sql) => Arc::clone(&sql.text),
        Operation::Shell(shell) => Arc::clone(&shell.text),
        Operation::Http(request) => format!("{} {}", request.method, request.path).into(),
        Operation::ToolCall(call) => call.tool.as_str().into(),
        Operation::Access(access) => access.task.as_str().into(),
        Operation::Llm(request) => request.model.as_deref().unwrap_or(&request.api).into(),
        Operation::Mcp(request) => match &request.name {
            Some(name) => format!("{} {name}", request.method).into(),
            None => request.method.as_str().into(),
        },
    }
}
