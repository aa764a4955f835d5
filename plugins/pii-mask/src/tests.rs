//! Which statements are masked, allowed, held and refused.

use countersign_policy_sdk::{
    Mask, MaskSelector,
    testing::{sql, statement},
};

use super::*;

fn settings() -> Settings {
    let rule = |column: &str, action| PredicateRule {
        table: TablePattern::new("customers"),
        column: column.to_owned(),
        action,
    };
    Settings {
        entities: vec![EntityRule {
            entity: "CREDIT_CARD".to_owned(),
            style: Style::Partial,
        }],
        columns: vec![ColumnRule {
            table: "customers".to_owned(),
            column: "name".to_owned(),
            style: Style::Pseudonym,
        }],
        predicates: vec![
            rule("ssn", PredicateAction::Review),
            rule("card", PredicateAction::Deny),
        ],
        reviewers: vec!["privacy".to_owned()],
        ..Settings::default()
    }
}

#[test]
fn reads_are_allowed_and_all_else_only_masked() {
    use StatementClass::{Destructive, Read, Session, Tx, Unknown, Write};
    let masks = vec![
        Mask {
            selector: MaskSelector::Entity("CREDIT_CARD".to_owned()),
            style: MaskStyle::Partial(4),
        },
        Mask {
            selector: MaskSelector::Column(Column {
                table: "customers".to_owned(),
                name: "name".to_owned(),
            }),
            style: MaskStyle::Pseudonym,
        },
    ];
    for (class, allowed) in [
        (Read, true),
        (Tx, true),
        (Session, true),
        (Write, false),
        (Destructive, false),
        (Unknown, false),
    ] {
        let action = sql([statement(class)]).build();
        let (with, verdict_allows) = match judge(&action, &settings()) {
            Verdict::AllowWith(with) => (with, true),
            Verdict::Oblige(with) => (with, false),
            other => panic!("{class:?}: {other:?}"),
        };
        assert_eq!(verdict_allows, allowed, "{class:?}");
        assert_eq!(with.masks, masks, "{class:?}");
    }
}

#[test]
fn the_worst_statement_decides_whether_it_is_allowed() {
    let action = sql([
        statement(StatementClass::Read),
        statement(StatementClass::Write),
    ])
    .build();
    assert!(matches!(judge(&action, &settings()), Verdict::Oblige(_)));
}

#[test]
fn predicates_that_tell_are_stopped() {
    let cases = [
        ("customers", "email", "allow"),
        ("customers", "ssn", "review"),
        ("public.customers", "SSN", "review"),
        ("", "ssn", "review"),
        ("orders", "ssn", "allow"),
        ("customers", "card", "deny"),
        ("customers", "*", "deny"),
    ];
    for (table, column, expected) in cases {
        let read = statement(StatementClass::Read).filters(table, column);
        let said = match judge(&sql([read]).build(), &settings()) {
            Verdict::AllowWith(_) => "allow",
            Verdict::Review(_) => "review",
            Verdict::Deny(_) => "deny",
            other => panic!("{other:?}"),
        };
        assert_eq!(said, expected, "{table}.{column}");
    }
}

#[test]
fn returning_a_column_is_no_predicate() {
    let read = statement(StatementClass::Read).column("customers", "ssn");
    let verdict = judge(&sql([read]).build(), &settings());
    assert!(matches!(verdict, Verdict::AllowWith(_)));
}
