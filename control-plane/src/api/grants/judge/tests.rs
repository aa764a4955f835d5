//! What becomes of what policies say of several targets.

use countersign_model::{BindingId, DefaultVerdict, Obligations, PolicyOutcome, PolicyVerdict};
use countersign_model::{Limits, Stage, TargetId, Verdict};

use super::*;

fn outcome(stage: Stage, verdict: Verdict) -> PolicyOutcome {
    PolicyOutcome {
        binding: BindingId::new(),
        policy: "guard".to_owned(),
        version: 1,
        digest: format!("{stage:?}"),
        stage,
        verdict: PolicyVerdict::Said(verdict),
        micros: 0,
        host_calls: Vec::new(),
    }
}

fn said(verdict: Verdict) -> Vec<PolicyOutcome> {
    vec![outcome(Stage::Enforced, verdict)]
}

fn review(groups: &[&str], quorum: u8) -> Vec<PolicyOutcome> {
    said(Verdict::Review(ReviewSpec {
        reason: format!("needs {quorum}"),
        reviewers: groups.iter().map(|group| (*group).to_owned()).collect(),
        quorum,
        expires_in: 60,
    }))
}

fn judged(policies: Vec<PolicyOutcome>) -> TargetJudgement {
    TargetJudgement {
        target_id: TargetId::new(),
        decision: settle(Decision::combine(policies, DefaultVerdict::Allow, 1)),
    }
}

#[test]
fn the_strictest_target_decides() {
    let allow = || said(Verdict::Allow(Obligations::default()));
    let deny = || said(Verdict::Deny("no".to_owned()));
    let limited = || {
        said(Verdict::Allow(Obligations {
            limits: Limits {
                rows: Some(5),
                ..Limits::default()
            },
            ..Obligations::default()
        }))
    };
    let shadow = || vec![outcome(Stage::Shadow, Verdict::Deny("no".to_owned()))];
    let cases = [
        ("granted", vec![allow(), allow()], Effect::Allow),
        ("nobody takes a side", vec![Vec::new()], Effect::Review),
        (
            "an abstention",
            vec![said(Verdict::Abstain)],
            Effect::Review,
        ),
        ("a shadow is not obeyed", vec![shadow()], Effect::Review),
        ("one waits", vec![allow(), review(&[], 1)], Effect::Review),
        (
            "one is left to people",
            vec![allow(), Vec::new()],
            Effect::Review,
        ),
        ("one is refused", vec![review(&[], 1), deny()], Effect::Deny),
        ("a limit cannot be kept", vec![limited()], Effect::Deny),
    ];
    for (name, targets, expected) in cases {
        let targets = targets.into_iter().map(judged).collect();
        let judgement = combine(targets, Vec::new());
        assert_eq!(judgement.effect, expected, "{name}");
        let held = expected == Effect::Review;
        assert_eq!(judgement.review.is_some(), held, "{name}");
        assert_eq!(
            judgement.reasons.is_empty(),
            expected == Effect::Allow,
            "{name}"
        );
    }
}

#[test]
fn reviews_of_several_targets_hold_together() {
    let targets = vec![
        judged(review(&["dba", "web"], 1)),
        judged(review(&["dba"], 2)),
    ];
    let judgement = combine(targets, Vec::new());
    let review = judgement.review.expect("a review");
    assert_eq!(review.reviewers, ["dba"]);
    assert_eq!(review.quorum, 2);
    assert_eq!(judgement.reasons, ["needs 1", "needs 2"]);
}

#[test]
fn authors_are_those_of_obeyed_policies() {
    let allow = || Verdict::Allow(Obligations::default());
    let outcomes = vec![
        outcome(Stage::Enforced, allow()),
        outcome(Stage::Canary, Verdict::Abstain),
        outcome(Stage::Shadow, allow()),
    ];
    let digests: Vec<String> = obeyed(&[judged(outcomes)]).into_iter().collect();
    assert_eq!(digests, ["Canary", "Enforced"]);
}
