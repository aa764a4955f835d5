//! What the guard says of reads, and how a budget runs out.

use countersign_policy_sdk::{
    StatementClass,
    testing::{StatementBuilder, sql, statement},
};

use super::*;

fn settings() -> Settings {
    Settings {
        tables: vec![
            TablePattern::new("customers"),
            TablePattern::new("billing.*"),
        ],
        row_cap: 100,
        unbounded: Unbounded::Cap,
        budget: None,
        reviewers: vec!["privacy".to_owned()],
        expires_in_seconds: 60,
    }
}

fn budget(rows: u64, when_spent: WhenSpent) -> Settings {
    Settings {
        budget: Some(Budget {
            rows,
            window_seconds: 3_600,
            when_spent,
        }),
        ..settings()
    }
}

fn read(table: &str) -> StatementBuilder {
    statement(StatementClass::Read).reads(table)
}

fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Abstain => "abstain".to_owned(),
        Verdict::Oblige(with) => format!("at most {} rows", with.limits.rows.unwrap_or(0)),
        Verdict::Review(review) => format!("review: {}", review.reason),
        Verdict::Deny(reason) => format!("deny: {reason}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn sensitive_tables_are_capped_and_others_left_alone() {
    let every = |unbounded| Settings {
        unbounded,
        ..settings()
    };
    let cases = [
        (settings(), vec![read("orders").unbounded_read()], "abstain"),
        (settings(), vec![statement(StatementClass::Tx)], "abstain"),
        (settings(), vec![read("customers")], "at most 100 rows"),
        (settings(), vec![read("billing.cards")], "at most 100 rows"),
        (
            settings(),
            vec![read("public.customers").unbounded_read()],
            "at most 100 rows",
        ),
        (
            every(Unbounded::Review),
            vec![read("customers").unbounded_read()],
            "review: it reads every row of customers",
        ),
        (
            every(Unbounded::Deny),
            vec![read("customers").unbounded_read()],
            "deny: it reads every row of customers",
        ),
        (
            every(Unbounded::Deny),
            vec![read("orders").unbounded_read(), read("customers")],
            "at most 100 rows",
        ),
        (
            every(Unbounded::Deny),
            vec![
                statement(StatementClass::Write)
                    .operation("insert")
                    .reads("customers")
                    .writes("copy")
                    .unbounded_read(),
            ],
            "deny: it reads every row of customers",
        ),
    ];
    for (settings, statements, expected) in cases {
        let shown = format!("{statements:?}");
        let action = sql(statements).build();
        assert_eq!(said(&judge(&action, &settings)), expected, "{shown}");
    }
}

#[test]
fn a_budget_runs_out() {
    let key = "rows:00000000-0000-7000-8000-000000000001";
    let cases = [
        (0, WhenSpent::Deny, "at most 100 rows"),
        (950, WhenSpent::Deny, "at most 50 rows"),
        (
            1_000,
            WhenSpent::Deny,
            "deny: the budget of rows is spent; it reads customers",
        ),
        (
            5_000,
            WhenSpent::Review,
            "review: the budget of rows is spent; it reads customers",
        ),
    ];
    for (read_before, when_spent, expected) in cases {
        let action = sql([read("customers")]).counted(key, read_before);
        let verdict = judge(&action.build(), &budget(1_000, when_spent));
        assert_eq!(said(&verdict), expected, "{read_before}");
        if let Verdict::Oblige(with) = verdict {
            assert_eq!(with.charges[0].counter, key);
            assert_eq!(with.charges[0].window_seconds, 3_600);
        }
    }
}

#[test]
fn counters_are_left_alone_where_nothing_is_sensitive() {
    let action = sql([read("orders").unbounded_read()]);
    let record = action.record();
    assert_eq!(
        judge(&action.build(), &budget(10, WhenSpent::Deny)),
        Verdict::Abstain
    );
    assert!(record.counted().is_empty());
}
