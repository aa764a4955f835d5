//! The same rule by the peers, each in this process: plain Rust, regorus and cedar-policy. The facts
//! are at hand in each one's own form before the clock starts, which is the best case for them.

use std::{collections::HashSet, str::FromStr};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicyId, PolicySet, Request,
    RestrictedExpression,
};
use countersign_model::{Action, Operation, SqlFacts, StatementClass};
use serde_json::json;

use crate::{Peer, actions::Effect};

/// Plain Rust over the engine's own facts.
pub struct Rust(pub Vec<Action>);

impl Peer for Rust {
    fn decide(&mut self, index: usize) -> Effect {
        let action = &self.0[index];
        let facts = facts(action);
        if facts.class() < StatementClass::Destructive
            || action.target.labels.get("env").map(String::as_str) != Some("production")
        {
            return Effect::Abstain;
        }
        if facts.statements.iter().any(|s| s.unbounded_write) {
            return Effect::Review;
        }
        let destructive = facts
            .statements
            .iter()
            .any(|s| s.class == StatementClass::Destructive);
        if destructive && !action.principal.groups.iter().any(|g| g == "dba") {
            return Effect::Deny;
        }
        Effect::Abstain
    }
}

fn facts(action: &Action) -> &SqlFacts {
    match &action.operation {
        Operation::Sql(sql) => &sql.facts,
        _ => panic!("only SQL is compared"),
    }
}

fn unbounded(facts: &SqlFacts) -> bool {
    facts.statements.iter().any(|s| s.unbounded_write)
}

/// Regorus, with the input as a value of its own.
pub struct Rego {
    engine: regorus::Engine,
    inputs: Vec<regorus::Value>,
}

impl Rego {
    pub fn new(text: &str, actions: &[Action]) -> Self {
        let mut engine = regorus::Engine::new();
        engine
            .add_policy("rule.rego".to_owned(), text.to_owned())
            .expect("the rule");
        let input = |action: &Action| {
            let facts = facts(action);
            json!({
                "principal": {"groups": action.principal.groups},
                "target": {"labels": action.target.labels},
                "sql": {
                    "class": facts.class().as_str(),
                    "unbounded_write": unbounded(facts),
                },
            })
            .into()
        };
        Self {
            engine,
            inputs: actions.iter().map(input).collect(),
        }
    }

    fn says(&mut self, rule: &str) -> bool {
        let value = self.engine.eval_rule(rule.to_owned()).expect("evaluates");
        value.as_set().is_ok_and(|reasons| !reasons.is_empty())
    }
}

impl Peer for Rego {
    fn decide(&mut self, index: usize) -> Effect {
        self.engine.set_input(self.inputs[index].clone());
        if self.says("data.countersign.deny") {
            Effect::Deny
        } else if self.says("data.countersign.review") {
            Effect::Review
        } else {
            Effect::Abstain
        }
    }
}

/// Cedar, with the request and its entities made before.
pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    requests: Vec<(Request, Entities)>,
}

impl Cedar {
    pub fn new(text: &str, actions: &[Action]) -> Self {
        Self {
            authorizer: Authorizer::new(),
            policies: PolicySet::from_str(text).expect("the rule"),
            requests: actions.iter().map(request).collect(),
        }
    }
}

impl Peer for Cedar {
    fn decide(&mut self, index: usize) -> Effect {
        let (request, entities) = &self.requests[index];
        let response = self
            .authorizer
            .is_authorized(request, &self.policies, entities);
        assert_eq!(response.decision(), Decision::Deny, "nothing permits");
        let held: Vec<_> = response.diagnostics().reason().collect();
        let reviews = |id: &PolicyId| self.policies.annotation(id, "review").is_some();
        match held.len() {
            0 => Effect::Abstain,
            _ if held.iter().all(|id| reviews(id)) => Effect::Review,
            _ => Effect::Deny,
        }
    }
}

fn request(action: &Action) -> (Request, Entities) {
    let uid =
        |class: &str, id: &str| EntityUid::from_str(&format!("{class}::{id:?}")).expect("a name");
    let facts = facts(action);
    let who = uid("Agent", &action.principal.name);
    let what = uid("Target", &action.target.name);
    let groups: HashSet<_> = action
        .principal
        .groups
        .iter()
        .map(|g| uid("Group", g))
        .collect();
    let labels: HashSet<_> = action
        .target
        .labels
        .iter()
        .map(|(key, value)| uid("Label", &format!("{key}={value}")))
        .collect();
    let sql = [
        (
            "class".to_owned(),
            RestrictedExpression::new_string(facts.class().as_str().to_owned()),
        ),
        (
            "unbounded_write".to_owned(),
            RestrictedExpression::new_bool(unbounded(facts)),
        ),
    ];
    let sql = RestrictedExpression::new_record(sql).expect("a record");
    let context = Context::from_pairs([("sql".to_owned(), sql)]).expect("a context");
    let entities = Entities::from_entities(
        [
            Entity::new_no_attrs(who.clone(), groups),
            Entity::new_no_attrs(what.clone(), labels),
        ],
        None,
    )
    .expect("entities");
    let request = Request::new(who, uid("Action", "sql"), what, context, None).expect("a request");
    (request, entities)
}
