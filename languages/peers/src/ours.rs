//! The rule by this engine, in WebAssembly: each session has instances of its own.

use std::sync::Arc;

use countersign_model::{
    Action, Decision, Effect as Combined, PolicySource, PolicyVerdict, SessionId, Verdict,
};
use countersign_policy_engine::{
    Counters, Engine, EngineOptions, FactsKey, LoadedPolicy, PolicySet, SessionJudge, Trial,
};
use serde_json::Value;

use crate::{
    Peer,
    actions::{Effect, SESSIONS, session},
    support,
};

/// A live instance a session, asked for every action: nothing is remembered.
pub struct Live {
    actions: Vec<Action>,
    sessions: Vec<Vec<Trial>>,
    counters: Arc<dyn Counters>,
}

impl Live {
    /// Each session with so many bound policies.
    pub fn new(policy: &LoadedPolicy, policies: usize, actions: &[Action]) -> Self {
        let trial = || policy.trial(&Value::Null).expect("configured");
        Self::of(&trial, policies, actions)
    }

    /// The same by the runtime of a language.
    pub fn text(runtime: &LoadedPolicy, text: &str, actions: &[Action]) -> Self {
        let source = PolicySource {
            language: runtime.manifest().language,
            runtime: runtime.digest().to_owned(),
            text: text.to_owned(),
        };
        let trial = || {
            runtime
                .trial_source(&source, &Value::Null)
                .expect("configured")
        };
        Self::of(&trial, 1, actions)
    }

    fn of(trial: &dyn Fn() -> Trial, policies: usize, actions: &[Action]) -> Self {
        let instances = || (0..policies).map(|_| trial()).collect();
        Self {
            actions: actions.to_vec(),
            sessions: (0..SESSIONS).map(|_| instances()).collect(),
            counters: support::counters(),
        }
    }
}

impl Peer for Live {
    fn decide(&mut self, index: usize) -> Effect {
        let action = &self.actions[index];
        let mut effect = Effect::Abstain;
        for trial in &mut self.sessions[index % SESSIONS] {
            effect = match trial.judge(action, &self.counters) {
                PolicyVerdict::Said(Verdict::Abstain) => Effect::Abstain,
                PolicyVerdict::Said(Verdict::Review(_)) => Effect::Review,
                PolicyVerdict::Said(Verdict::Deny(_)) => Effect::Deny,
                other => panic!("{other:?}"),
            };
        }
        effect
    }
}

/// Sessions as an edge has them, with the memory of verdicts: it answers what it knows, and asks an
/// instance without a past where it does not.
pub struct Sessions {
    actions: Vec<Action>,
    keys: Vec<FactsKey>,
    judges: Vec<SessionJudge>,
    counters: Arc<dyn Counters>,
}

impl Sessions {
    /// An engine that remembers so many decisions; one has room for none of a thousand different ones.
    pub fn new(component: &[u8], remembered: usize, policies: usize, actions: &[Action]) -> Self {
        let engine = Engine::new(EngineOptions {
            remembered_decisions: remembered,
            ..EngineOptions::default()
        })
        .expect("an engine");
        let policy = engine.load(component).expect("loads");
        let bound = || (support::binding(&policy), Ok(Arc::clone(&policy)));
        let set = PolicySet::new(&engine, (0..policies).map(|_| bound()).collect(), 1);
        let judge = |number| {
            let (who, what) = session(number);
            set.session(who, what, SessionId::new())
        };
        Self {
            keys: actions
                .iter()
                .map(|a| FactsKey::of_operation(&a.operation))
                .collect(),
            actions: actions.to_vec(),
            judges: (0..SESSIONS).map(judge).collect(),
            counters: support::counters(),
        }
    }
}

impl Peer for Sessions {
    fn decide(&mut self, index: usize) -> Effect {
        let judge = &mut self.judges[index % SESSIONS];
        let judged = judge.judge_keyed(&self.actions[index], &self.keys[index], &self.counters);
        effect(&judged.decision)
    }
}

fn effect(decision: &Decision) -> Effect {
    match decision.effect {
        Combined::Deny => Effect::Deny,
        Combined::Review => Effect::Review,
        // The target's default, since nobody took a side.
        _ => Effect::Abstain,
    }
}
