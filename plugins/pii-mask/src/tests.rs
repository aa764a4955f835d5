//! Which statements are masked, allowed, held and refused.

use countersign_policy_sdk::{
    Mask, MaskSelector,
    testing::{http, llm, mcp, sql, statement, tool_call},
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
fn every_statement_must_be_of_a_class_that_is_allowed() {
    use StatementClass::{Read, Tx, Write};
    let transactions_only = || Settings {
        allow: vec![Tx],
        ..settings()
    };
    for (settings, classes, allowed) in [
        (settings(), [Tx, Read], true),
        (settings(), [Read, Write], false),
        (transactions_only(), [Tx, Tx], true),
        (transactions_only(), [Tx, Read], false),
    ] {
        let action = sql(classes.map(statement)).build();
        let verdict = judge(&action, &settings);
        assert_eq!(
            matches!(verdict, Verdict::AllowWith(_)),
            allowed,
            "{classes:?}"
        );
    }
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

#[test]
fn entities_are_masked_in_whatever_is_returned() {
    let nothing = || serde_json::Value::Null;
    for (action, allowed) in [
        (http("GET", "/customers"), true),
        (http("POST", "/customers"), false),
        (tool_call("shop", "list", nothing()), false),
        (mcp("shop", "resources/read", None, &nothing()), false),
        (llm("openai", "m", [("user", "hello")]), false),
    ] {
        let shown = format!("{action:?}");
        let (with, allows) = match judge(&action.build(), &settings()) {
            Verdict::AllowWith(with) => (with, true),
            Verdict::Oblige(with) => (with, false),
            other => panic!("{shown}: {other:?}"),
        };
        assert_eq!(allows, allowed, "{shown}");
        // Columns are a matter of SQL alone.
        let entity = MaskSelector::Entity("CREDIT_CARD".to_owned());
        let selectors: Vec<_> = with.masks.into_iter().map(|mask| mask.selector).collect();
        assert_eq!(selectors, [entity], "{shown}");
    }
    let ls = countersign_policy_sdk::testing::shell("ls", []).build();
    assert_eq!(judge(&ls, &settings()), Verdict::Abstain);
}
