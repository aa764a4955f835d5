//! Requests, and what becomes of them.

use countersign_policy_sdk::testing::{ActionBuilder, access};

use super::*;
use GrantOperation::{Admin, Destructive, Exec, Read, Write};

const HOUR: u64 = 3600;

fn request(operations: &[GrantOperation], seconds: u64) -> ActionBuilder {
    access(operations.iter().copied(), "refund order 1042", seconds)
        .owner("ada@example.com")
        .label("env", "staging")
}

fn lenient() -> Settings {
    Settings {
        auto_approve: vec![AutoApprove {
            operations: GrantOperation::ALL.into(),
            labels: BTreeMap::from([("env".to_owned(), "staging".to_owned())]),
            up_to_minutes: 60,
        }],
        reviewers: vec!["dba".to_owned()],
        dangerous_quorum: 2,
        ..Settings::default()
    }
}

fn quorum(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Review(review) => review.quorum,
        _ => 0,
    }
}

#[test]
fn only_what_a_rule_names_is_granted_at_once() {
    let cases = [
        ("reads, for an hour", request(&[Read], HOUR), 0),
        ("writes too", request(&[Read, Write], HOUR), 0),
        ("longer than the rule", request(&[Read], HOUR + 1), 1),
        ("admin, though the rule names it", request(&[Admin], 60), 2),
        ("destructive", request(&[Read, Destructive], 60), 2),
        ("exec", request(&[Exec], 60), 2),
        (
            "another label",
            access([Read], "look", 60)
                .owner("ada@example.com")
                .label("env", "production"),
            1,
        ),
        (
            "no label",
            access([Read], "look", 60).owner("ada@example.com"),
            1,
        ),
    ];
    for (name, action, people) in cases {
        let verdict = judge(&action.build(), &lenient());
        assert_eq!(quorum(&verdict), people, "{name}: {verdict:?}");
        assert_eq!(
            verdict == Verdict::Allow,
            people == 0,
            "{name}: {verdict:?}"
        );
    }
}

#[test]
fn what_nobody_may_have_is_refused() {
    let settings = || Settings {
        max_minutes: 120,
        deny_operations: vec![Destructive],
        task_mentions: vec!["Order".to_owned(), "ticket".to_owned()],
        ..lenient()
    };
    let cases = [
        ("as long as may be", request(&[Read], 2 * HOUR), None),
        (
            "too long",
            request(&[Read], 2 * HOUR + 1),
            Some("access is granted for 120 minutes at most"),
        ),
        (
            "denied here",
            request(&[Read, Destructive], 60),
            Some("nobody is granted destructive here"),
        ),
        (
            "an agent of nobody",
            access([Read], "order 7", 60),
            Some("nobody answers for this agent: it needs an owner"),
        ),
        (
            "a human needs no owner",
            access([Read], "order 7", 60).kind(PrincipalKind::Human),
            None,
        ),
        (
            "a task that names nothing",
            access([Read], "have a look", 60).owner("ada@example.com"),
            Some("the task has to name one of: Order, ticket"),
        ),
    ];
    for (name, action, refused) in cases {
        let verdict = judge(&action.build(), &settings());
        match refused {
            Some(reason) => assert_eq!(verdict, Verdict::deny(reason), "{name}"),
            None => assert!(!matches!(verdict, Verdict::Deny(_)), "{name}: {verdict:?}"),
        }
    }
}

#[test]
fn people_decide_the_rest() {
    let settings = lenient();
    let verdict = judge(&request(&[Read], 2 * HOUR).build(), &settings);
    let Verdict::Review(review) = verdict else {
        panic!("{verdict:?}");
    };
    assert_eq!(review.reviewers, ["dba"]);
    assert_eq!(review.expires_in, 240 * 60);
    let longer = request(&[Read], 2 * HOUR).extends("X1").build();
    let Verdict::Review(review) = judge(&longer, &settings) else {
        panic!("an extension waits for people");
    };
    assert_eq!(review.reason, "longer access needs approval");
}

#[test]
fn other_actions_are_left_to_others() {
    use countersign_policy_sdk::{
        StatementClass,
        testing::{sql, statement},
    };
    let action = sql([statement(StatementClass::Read)]).build();
    assert_eq!(judge(&action, &Settings::default()), Verdict::Abstain);
}
