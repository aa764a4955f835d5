//! What the guard says, statement by statement.

use countersign_policy_sdk::testing::{StatementBuilder, sql, statement};

use super::*;

fn said(settings: &Settings, environment: &str, of: StatementBuilder) -> String {
    let action = sql([of]).label("env", environment).build();
    match judge(&action, settings) {
        Verdict::Abstain => "abstain".to_owned(),
        Verdict::Allow => "allow".to_owned(),
        Verdict::Review(review) => format!("review: {}", review.reason),
        Verdict::Deny(reason) => format!("deny: {reason}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn by_default_production_is_guarded() {
    use StatementClass::{Admin, Destructive, Exec, Read, Session, Tx, Unknown, Write};
    let drop = || {
        statement(Destructive)
            .operation("drop_table")
            .writes("orders")
    };
    let delete = || statement(Write).operation("delete").writes("orders");
    let cases = [
        ("production", statement(Read).reads("customers"), "abstain"),
        ("production", statement(Tx), "abstain"),
        ("production", statement(Session), "abstain"),
        (
            "production",
            statement(Write).operation("insert").writes("orders"),
            "abstain",
        ),
        (
            "production",
            delete(),
            "review: delete of orders on this target needs approval",
        ),
        (
            "production",
            statement(Destructive)
                .operation("update")
                .writes("orders")
                .unbounded_write(),
            "review: a write without a predicate on this target needs approval",
        ),
        (
            "production",
            drop(),
            "deny: drop_table of orders is not allowed on this target",
        ),
        (
            "production",
            statement(Destructive).operation("truncate"),
            "deny: truncate is not allowed on this target",
        ),
        (
            "production",
            statement(Admin).operation("create_table"),
            "review: a statement of class admin on this target needs approval",
        ),
        (
            "production",
            statement(Exec),
            "deny: a statement of class exec is not allowed on this target",
        ),
        (
            "production",
            statement(Unknown),
            "deny: a statement of class unknown is not allowed on this target",
        ),
        ("staging", drop(), "abstain"),
        ("staging", delete(), "abstain"),
    ];
    for (environment, of, expected) in cases {
        let shown = format!("{environment}: {of:?}");
        let verdict = said(&Settings::default(), environment, of);
        assert_eq!(verdict, expected, "{shown}");
    }
}

#[test]
fn the_strictest_statement_decides() {
    let action = sql([
        statement(StatementClass::Read),
        statement(StatementClass::Write).operation("delete"),
        statement(StatementClass::Destructive).operation("drop_schema"),
    ])
    .label("env", "production")
    .build();
    assert!(matches!(
        judge(&action, &Settings::default()),
        Verdict::Deny(_)
    ));
}

#[test]
fn settings_move_the_line() {
    let every = Settings {
        environments: vec!["*".to_owned()],
        review_classes: vec![StatementClass::Read],
        ..Settings::default()
    };
    let read = || statement(StatementClass::Read);
    assert!(said(&every, "anything", read()).starts_with("review:"));
    let action = sql([read()]).build();
    assert!(matches!(judge(&action, &every), Verdict::Review(_)));

    let lax = Settings {
        elsewhere: Elsewhere::Allow,
        review_unbounded: false,
        review_classes: Vec::new(),
        review_operations: Vec::new(),
        ..Settings::default()
    };
    let update = || {
        statement(StatementClass::Destructive)
            .operation("update")
            .unbounded_write()
    };
    assert_eq!(said(&lax, "staging", update()), "allow");
    assert_eq!(said(&lax, "production", update()), "abstain");
}

#[test]
fn a_review_asks_whom_the_settings_name() {
    let settings = Settings {
        reviewers: vec!["dba".to_owned()],
        quorum: 2,
        expires_in_seconds: 60,
        ..Settings::default()
    };
    let action = sql([statement(StatementClass::Write).operation("delete")])
        .label("env", "production")
        .build();
    let Verdict::Review(review) = judge(&action, &settings) else {
        panic!("not held");
    };
    assert_eq!(review.reviewers, ["dba"]);
    assert_eq!((review.quorum, review.expires_in), (2, 60));
}
