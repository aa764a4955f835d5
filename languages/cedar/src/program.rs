//! A policy set that was parsed, and how it judges.

use std::{collections::HashMap, str::FromStr};

use cedar_policy::{
    ActionConstraint, Authorizer, Context, EntityUid, ParseError, Policy, PolicyId, PolicySet,
    Request, RestrictedExpression,
};
use countersign_language_facts::{
    Facts, Refused, Syntax, Wanted, input,
    wit::{Review, Verdict},
};
use countersign_policy_sdk::Obligations;
use miette::Diagnostic as _;
use serde_json::{Map, Value};

use crate::{
    annotation::{self, Meaning},
    entity, value,
};

const SYNTAX: Syntax = Syntax {
    root: "context",
    comment: "//",
    raw_quote: None,
};

/// A Cedar policy set with its settings, ready to judge.
pub struct Program {
    policies: PolicySet,
    meanings: HashMap<PolicyId, Meaning>,
    settings: RestrictedExpression,
    wanted: Wanted,
    authorizer: Authorizer,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("meanings", &self.meanings)
            .finish_non_exhaustive()
    }
}

impl Program {
    /// Parses a policy set and checks that each policy can hold for something.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn compile(text: &str, settings: &Value) -> Result<Self, Refused> {
        let policies = PolicySet::from_str(text).map_err(|errors| match errors.iter().next() {
            Some(error) => parse_error(text, error),
            None => Refused::whole(errors.to_string()),
        })?;
        if let Some(template) = policies.templates().next() {
            let words = format!("{} is a template: nothing fills its slots", template.id());
            return Err(Refused::whole(words));
        }
        let mut meanings = HashMap::new();
        for policy in policies.policies() {
            let meaning = annotation::meaning(policy).and_then(|meaning| {
                known(policy)?;
                Ok(meaning)
            });
            let meaning = meaning.map_err(|words| place(text, policy, &words))?;
            meanings.insert(policy.id().clone(), meaning);
        }
        if meanings.is_empty() {
            return Err(Refused::whole(
                "it has no policy, and would never say anything",
            ));
        }
        let settings = value::expression(settings)
            .and_then(|settings| settings.ok_or_else(|| "null".to_owned()))
            .map_err(|error| Refused::whole(format!("settings: {error}")))?;
        Ok(Self {
            policies,
            meanings,
            settings,
            wanted: Wanted::read(text, SYNTAX).and(&["kind", "principal", "target"]),
            authorizer: Authorizer::new(),
        })
    }

    /// Judges an action.
    ///
    /// # Errors
    ///
    /// What could not be told; the action must not run.
    pub fn judge(&self, action: &dyn Facts) -> Result<Verdict, String> {
        match input(action, &self.wanted)? {
            Value::Object(input) => self.judge_input(input),
            _ => Err("the facts are no object".to_owned()),
        }
    }

    /// Judges facts that are at hand.
    ///
    /// # Errors
    ///
    /// As [`Program::judge`].
    pub fn judge_input(&self, mut input: Map<String, Value>) -> Result<Verdict, String> {
        let request = entity::request(&mut input)?;
        let mut context = value::fields(&input)?;
        context.push(("settings".to_owned(), self.settings.clone()));
        let context = Context::from_pairs(context).map_err(|error| error.to_string())?;
        let query = Request::new(
            request.principal,
            request.action,
            request.resource,
            context,
            None,
        )
        .map_err(|error| error.to_string())?;
        let response = self
            .authorizer
            .is_authorized(&query, &self.policies, &request.entities);
        // Cedar passes over a policy that fails. Here a `forbid` that fails must not let through.
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(error.to_string());
        }
        let mut held: Vec<&PolicyId> = response.diagnostics().reason().collect();
        held.sort_by_key(|id| order(id));
        let mut said = Said::default();
        for id in held {
            let meaning = self.meanings.get(id).ok_or("an unknown policy decides")?;
            said.take(meaning)?;
        }
        Ok(said.verdict())
    }
}

/// What the policies that hold come to. Cedar names those of one effect only: all that forbid, or, if
/// none does, all that permit.
#[derive(Default)]
struct Said {
    deny: Vec<String>,
    review: Option<Review>,
    allow: bool,
    obligations: Obligations,
}

impl Said {
    fn take(&mut self, meaning: &Meaning) -> Result<(), String> {
        match meaning {
            Meaning::Forbid(reason) => self.deny.push(reason.clone()),
            Meaning::Review(review) => {
                self.review = Some(match self.review.take() {
                    None => review.clone(),
                    Some(other) => join(other, review)?,
                });
            }
            Meaning::Permit { masks, rows } => {
                self.allow = true;
                let obligations = &mut self.obligations;
                for mask in masks {
                    if !obligations.masks.contains(mask) {
                        obligations.masks.push(mask.clone());
                    }
                }
                let least = [obligations.limits.rows, *rows].into_iter().flatten().min();
                obligations.limits.rows = least;
            }
        }
        Ok(())
    }

    fn verdict(self) -> Verdict {
        if !self.deny.is_empty() {
            return Verdict::Deny(self.deny.join("; "));
        }
        match (self.review, self.allow) {
            (Some(review), _) => Verdict::Review(review),
            (None, false) => Verdict::Abstain,
            (None, true) if self.obligations == Obligations::default() => Verdict::Allow,
            (None, true) => Verdict::AllowWith(self.obligations),
        }
    }
}

/// Both reviews must be satisfied by one. Reviewers cannot be joined, since any one of a review's
/// groups may decide.
fn join(one: Review, other: &Review) -> Result<Review, String> {
    let reviewers = match (one.reviewers.is_empty(), other.reviewers.is_empty()) {
        (_, true) => one.reviewers,
        (true, false) => other.reviewers.clone(),
        (false, false) if one.reviewers == other.reviewers => one.reviewers,
        (false, false) => {
            return Err(
                "two reviews with different @reviewers hold: put one in a policy set of \
                        its own"
                    .to_owned(),
            );
        }
    };
    Ok(Review {
        reason: format!("{}; {}", one.reason, other.reason),
        reviewers,
        quorum: one.quorum.max(other.quorum),
        expires_in: one.expires_in.min(other.expires_in),
    })
}

/// Policies are named `policy0`, `policy1`, …: in the order of the text.
fn order(id: &PolicyId) -> (usize, String) {
    let name = id.to_string();
    (name.len(), name)
}

/// Refuses what names an entity that no request has: such a policy would never hold, and a `forbid`
/// that never holds is worse than none.
fn known(policy: &Policy) -> Result<(), String> {
    let action = |uid: &EntityUid| entity::ACTIONS.contains(&uid.id().unescaped());
    let check = |uid: &EntityUid| {
        let class = uid.type_name().to_string();
        if !entity::TYPES.contains(&class.as_str()) {
            let types = entity::TYPES.join(", ");
            return Err(format!(
                "there are no entities of type {class}; there are {types}"
            ));
        }
        if class == "Action" && !action(uid) {
            let actions = entity::ACTIONS.join(", ");
            return Err(format!("there is no {uid}; the actions are {actions}"));
        }
        Ok(())
    };
    match policy.action_constraint() {
        ActionConstraint::Any => {}
        ActionConstraint::Eq(uid) => check(&uid)?,
        ActionConstraint::In(uids) => uids.iter().try_for_each(check)?,
    }
    policy.entity_literals().iter().try_for_each(check)
}

fn parse_error(text: &str, error: &ParseError) -> Refused {
    let mut message = error.to_string();
    if let Some(help) = error.help() {
        message.push_str(&format!(" ({help})"));
    }
    let label = error.labels().and_then(|mut labels| labels.next());
    match label {
        Some(label) => Refused::at_offset(text, label.offset(), &message),
        None => Refused::whole(message),
    }
}

/// Where a policy is in the text, as far as its own words can be found there.
fn place(text: &str, policy: &Policy, words: &str) -> Refused {
    let written = policy.to_string();
    match text.find(written.trim()) {
        Some(offset) => Refused::at_offset(text, offset, words),
        None => Refused::whole(format!("{}: {words}", policy.id())),
    }
}
