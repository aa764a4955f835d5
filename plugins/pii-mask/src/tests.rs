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
        members: vec![
            member("$.customer.name", &[]),
            member("$..ssn", &[]),
            member("$.note", &["/v1/orders/{id}"]),
        ],
        predicates: vec![
            rule("ssn", PredicateAction::Review),
            rule("card", PredicateAction::Deny),
        ],
        reviewers: vec!["privacy".to_owned()],
        ..Settings::default()
    }
}

fn member(path: &str, routes: &[&str]) -> MemberRule {
    MemberRule {
        path: MemberPath::parse(path).expect(path),
        style: Style::Null,
        routes: routes.iter().map(|route| PathPattern::new(route)).collect(),
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
        let entity = MaskSelector::Entity("CREDIT_CARD".to_owned());
        let masked = with.masks.iter().any(|mask| mask.selector == entity);
        assert!(masked, "{shown}");
    }
    let ls = countersign_policy_sdk::testing::shell("ls", []).build();
    assert_eq!(judge(&ls, &settings()), Verdict::Abstain);
}

/// The members that are masked in what an action returns.
fn members(action: &Action) -> Vec<(String, String)> {
    let (Verdict::AllowWith(with) | Verdict::Oblige(with)) = judge(action, &settings()) else {
        panic!("no masks");
    };
    let masks = with.masks.into_iter();
    let columns = masks.filter_map(|mask| match mask.selector {
        MaskSelector::Column(column) => Some((column.table, column.name)),
        MaskSelector::Entity(_) => None,
    });
    columns.collect()
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    of.iter().map(owned).collect()
}

#[test]
fn members_are_masked_where_a_document_is_returned() {
    let everywhere = [("$.customer", "name"), ("*", "ssn")];
    assert_eq!(members(&http("GET", "/v1/x").build()), pairs(&everywhere));
    // A tool's document is in its result, or a text of it.
    let in_result = [
        ("$.customer", "name"),
        ("$.structuredContent.customer", "name"),
        ("*", "ssn"),
    ];
    let nothing = serde_json::Value::Null;
    for action in [
        tool_call("shop", "list", nothing.clone()),
        mcp("shop", "resources/read", None, &nothing),
    ] {
        assert_eq!(members(&action.build()), pairs(&in_result));
    }
    let chat = llm("openai", "m", [("user", "hello")]).build();
    assert_eq!(members(&chat), []);
    // Columns are a matter of SQL, members are none.
    let read = sql([statement(StatementClass::Read)]).build();
    assert_eq!(members(&read), pairs(&[("customers", "name")]));
}

#[test]
fn a_member_of_a_route_is_masked_there_alone() {
    let note = pairs(&[("$", "note")]).remove(0);
    let template = http("GET", "/v2/orders/7").route("/v1/orders/{id}");
    for (action, expected) in [
        (http("GET", "/v1/orders/7"), true),
        (http("POST", "/v1/orders/7"), true),
        (template, true),
        (http("GET", "/v1/orders/7/lines"), false),
        (http("GET", "/v1/customers/7"), false),
    ] {
        let shown = format!("{action:?}");
        let members = members(&action.build());
        assert_eq!(members.contains(&note), expected, "{shown}");
    }
}

#[test]
fn settings_with_a_wrong_path_are_refused() {
    let read = |path: &str| {
        let rule = serde_json::json!({"members": [{"path": path, "style": "redact"}]});
        serde_json::from_value::<Settings>(rule)
    };
    let settings = read("$.customer.email").expect("a path");
    let written = serde_json::to_value(&settings.members).expect("JSON");
    let expected = serde_json::json!([{"path": "$.customer.email", "style": "redact"}]);
    assert_eq!(written, expected);
    let refused = read("$.items[0].card").expect_err("a place").to_string();
    assert_eq!(
        refused,
        "`$.items[0].card`: at `[0].card`, brackets hold `*`, for every item, or a name in quotes: \
         `$.items[*]['card no']`"
    );
}
