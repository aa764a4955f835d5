//! What must hold for any text: no panic, no stack overflow, nothing made milder by what stands
//! around it, and one set of facts for one shape.

use countersign_inspect::sql::{self, inspect, inspect_tracking, shape};
use countersign_model::StatementClass;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

const GIVEN: &str = include_str!("data/sql-cases.jsonl");
const OWN: &str = include_str!("data/sql-cases-own.jsonl");

/// The texts of all labelled cases.
fn texts() -> Vec<String> {
    GIVEN
        .lines()
        .chain(OWN.lines())
        .map(|line| serde_json::from_str::<Value>(line).expect("a JSON line"))
        .map(|case| case["sql"].as_str().expect("a text").to_owned())
        .collect()
}

/// Those that may stand inside another statement.
fn queries() -> Vec<String> {
    let starts = [
        "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES", "TABLE",
    ];
    let mut texts = texts();
    texts.retain(|text| starts.iter().any(|start| text.starts_with(start)));
    texts
}

fn class(text: &str) -> Option<StatementClass> {
    inspect(text).ok().map(|facts| facts.class())
}

/// An edit of a text, by positions in thousandths of its length.
#[derive(Debug, Clone)]
enum Edit {
    Delete(usize, usize),
    Repeat(usize, usize),
    Insert(usize, &'static str),
    Swap(usize, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let pieces = select(vec![
        "(",
        ")",
        "'",
        "\"",
        ";",
        "--",
        "/*",
        "*/",
        "$$",
        "$1",
        "E'",
        "U&'",
        "\\",
        "\u{a0}",
        " SELECT ",
        " FROM ",
        " WITH RECURSIVE x AS (",
        " UNION ",
        " JOIN ",
        "*",
        "::",
        ",",
        "[",
        "]",
        " RETURNING *",
        " OR ",
        " AND NOT ",
        " IS NULL",
        " IN (",
        "=",
        "\0",
        "é",
        " CASE ",
        " LATERAL ",
        " USING (",
        ".",
        "1",
        " AS ",
        " GROUP BY 1",
        " FOR UPDATE",
        " VALUES (1)",
    ]);
    prop_oneof![
        (0..1000_usize, 0..200_usize).prop_map(|(at, length)| Edit::Delete(at, length)),
        (0..1000_usize, 0..200_usize).prop_map(|(at, length)| Edit::Repeat(at, length)),
        (0..1000_usize, pieces).prop_map(|(at, piece)| Edit::Insert(at, piece)),
        (0..1000_usize, 0..1000_usize).prop_map(|(a, b)| Edit::Swap(a, b)),
    ]
}

fn apply(text: &str, edit: &Edit) -> String {
    let chars: Vec<char> = text.chars().collect();
    let place = |thousandths: usize| thousandths * chars.len() / 1000;
    let range = |at: usize, length: usize| {
        let from = place(at);
        from..(from + place(length) + 1).min(chars.len())
    };
    let join = |parts: &[&[char]]| parts.concat().into_iter().collect();
    match *edit {
        Edit::Delete(at, length) => {
            let range = range(at, length);
            join(&[&chars[..range.start], &chars[range.end..]])
        }
        Edit::Repeat(at, length) => {
            let range = range(at, length);
            join(&[&chars[..range.end], &chars[range.start..]])
        }
        Edit::Insert(at, piece) => {
            let piece: Vec<char> = piece.chars().collect();
            join(&[&chars[..place(at)], &piece, &chars[place(at)..]])
        }
        Edit::Swap(a, b) => {
            let mut chars = chars.clone();
            if !chars.is_empty() {
                chars.swap(place(a), place(b));
            }
            chars.into_iter().collect()
        }
    }
}

/// The text with other values for its literals: integers and plain strings, outside names.
fn with_other_literals(text: &str, values: &[(u32, String)]) -> String {
    let mut values = values.iter().cycle();
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    let mut in_word = false;
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                for skipped in chars.by_ref() {
                    if skipped == '\'' {
                        break;
                    }
                }
                let value = values.next().map_or("", |(_, text)| text);
                out.push_str(&format!("'{value}'"));
            }
            '"' => {
                out.push(c);
                for copied in chars.by_ref() {
                    out.push(copied);
                    if copied == '"' {
                        break;
                    }
                }
            }
            c if c.is_ascii_digit() && !in_word => {
                while chars.peek().is_some_and(char::is_ascii_digit) {
                    chars.next();
                }
                let value = values.next().map_or(0, |(number, _)| *number);
                out.push_str(&value.to_string());
            }
            c => out.push(c),
        }
        in_word = c.is_ascii_alphanumeric() || c == '_';
    }
    out
}

fn literal_values() -> impl Strategy<Value = Vec<(u32, String)>> {
    let numbers = prop_oneof![0..4_u32, 0..1_000_000_000_u32];
    let strings = prop_oneof![
        select(vec![
            "", "%", "%%", "{}", ".*", "t", "true", "no", "1", "0", "users", "x"
        ])
        .prop_map(str::to_owned),
        "[a-z%_{}0-9 .-]{0,6}",
    ];
    vec((numbers, strings), 1..8)
}

/// A predicate made of columns and literals.
fn predicate() -> impl Strategy<Value = String> {
    let leaf = select(vec![
        "id = 1",
        "id <> 2",
        "1 = 1",
        "2 < 3",
        "name = 'x'",
        "name LIKE 'a%'",
        "id IN (1, 2)",
        "'a' = 'b'",
        "id BETWEEN 1 AND 5",
        "1 IN (1, 2)",
        "id * 1 = 0",
        "id + 0 = id",
        "active",
        "name IS NULL",
        "id = ANY('{1}')",
        "id <> ALL ('{}')",
        "true",
        "'t'",
        "id > 5",
        "id < 9",
        "COALESCE(name, 'a') = 'a'",
        "CASE WHEN id = 1 THEN 'x' ELSE 'y' END = 'x'",
        "name ~ ''",
        "EXISTS (SELECT 1 FROM b WHERE b.id = t.id)",
        "id IN (SELECT id FROM b LIMIT 3)",
        "bool 'f'",
        "id - 1 > 2",
        "lower(name) = lower('X')",
        "id = id % 1",
        "name || 'a' = name",
        "(id, name) = (1, 'a')",
        "id IS DISTINCT FROM 3",
        "NULLIF(name, 'a') IS NULL",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} AND {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            inner.clone().prop_map(|a| format!("NOT ({a})")),
            inner.prop_map(|a| format!("({a}) IS TRUE")),
        ]
    })
}

fn statement() -> impl Strategy<Value = String> {
    prop_oneof![
        predicate().prop_map(|p| format!("SELECT id, name, 'k', 7 FROM t WHERE {p} LIMIT 10")),
        predicate().prop_map(|p| format!("SELECT * FROM t JOIN b ON {p} ORDER BY 2, name")),
        predicate().prop_map(|p| format!("DELETE FROM t WHERE {p}")),
        predicate().prop_map(|p| format!("UPDATE t SET a = 5, b = 'x' WHERE {p} RETURNING 'q', b")),
        predicate().prop_map(|p| format!("INSERT INTO t (a, b) SELECT 1, name FROM b WHERE {p}")),
        predicate().prop_map(|p| {
            format!("MERGE INTO t USING b ON {p} WHEN MATCHED THEN UPDATE SET a = 1")
        }),
        predicate().prop_map(|p| {
            format!(
                "WITH q AS (SELECT id, count(*) FROM t WHERE {p} GROUP BY 1) SELECT 3, id FROM q"
            )
        }),
        Just("SELECT set_config('role', 'x', true), table_to_xml('t', true, true, '')".to_owned()),
        Just("SELECT nextval('s'), 'a' AS x UNION SELECT 1, 'b' ORDER BY 1 LIMIT 5".to_owned()),
        Just("COPY t FROM 'x'".to_owned()),
        Just("SET work_mem = '1MB'".to_owned()),
        Just("EXPLAIN (ANALYZE 1) DELETE FROM t".to_owned()),
        Just("SELECT CAST(x AS float(20)) FROM t".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn no_text_makes_it_panic(
        text in select(texts()),
        other in select(texts()),
        edits in vec(edit(), 1..6),
    ) {
        let mut text = format!("{text} {other}");
        for edit in &edits {
            text = apply(&text, edit);
        }
        let facts = inspect(&text);
        prop_assert_eq!(facts.is_ok(), inspect_tracking(&text).is_ok());
        if shape(&text).is_some() {
            prop_assert!(text.is_ascii());
        }
    }

    #[test]
    fn nothing_around_a_text_makes_it_milder(
        text in select(texts()),
        (before, after) in select(vec![
            ("", " "), ("", ";"), (";;", ";;"), ("/* a /* b */ */ ", ""), ("-- x\n", "\n-- y"),
            ("SELECT 1; ", ""), ("", "\n; SELECT 1"), ("BEGIN; ", "\n; COMMIT"), ("", "\n; SHOW x"),
            ("SELECT $$;$$; ", "\n; SELECT '--'"), ("SET x.y = 1; ", "\n;/* SELECT 1 */"),
        ]),
    ) {
        let wrapped = format!("{before}{text}{after}");
        if let (Some(alone), Some(among)) = (class(&text), class(&wrapped)) {
            prop_assert!(among >= alone, "{} is {:?}, {} is {:?}", text, alone, wrapped, among);
        }
    }

    #[test]
    fn no_wrapper_that_runs_a_statement_makes_it_milder(
        text in select(queries()),
        wrapper in select(vec![
            "EXPLAIN ANALYZE @", "EXPLAIN (VERBOSE, ANALYZE true) @", "PREPARE p AS @",
            "COPY (@) TO STDOUT", "DECLARE c CURSOR FOR @", "CREATE TABLE zz AS @",
            "WITH zz AS (@) SELECT 1", "SELECT (@)", "SELECT ARRAY(@)", "SELECT 1 WHERE EXISTS (@)",
            "INSERT INTO zz @", "SELECT * FROM (@) zz", "SELECT 1 UNION (@)", "VALUES ((@))",
        ]),
    ) {
        let wrapped = wrapper.replace('@', &text);
        if let (Some(alone), Some(wrapped_class)) = (class(&text), class(&wrapped)) {
            prop_assert!(
                wrapped_class >= alone,
                "{} is {:?}, {} is {:?}", text, alone, wrapped, wrapped_class
            );
        }
    }

    #[test]
    fn one_shape_has_one_set_of_facts(text in statement(), values in literal_values()) {
        check_shape(&text, &values)?;
    }

    #[test]
    fn one_shape_has_one_set_of_facts_in_the_cases(
        text in select(texts()),
        values in literal_values(),
    ) {
        check_shape(&text, &values)?;
    }
}

fn check_shape(text: &str, values: &[(u32, String)]) -> Result<(), TestCaseError> {
    let other = with_other_literals(text, values);
    let (Some(one), Some(two)) = (shape(text), shape(&other)) else {
        return Ok(());
    };
    if one != two {
        return Ok(());
    }
    match (inspect_tracking(text), inspect_tracking(&other)) {
        (Ok((facts, true)), Ok((others, indifferent))) => {
            prop_assert_eq!(facts, others, "{} / {}", text, other);
            prop_assert!(indifferent, "{} / {}", text, other);
        }
        (Ok((_, false)), Ok((_, indifferent))) => {
            prop_assert!(!indifferent, "{} / {}", text, other);
        }
        (Err(_), Err(_)) => {}
        (one, two) => prop_assert!(false, "{text}: {one:?}; {other}: {two:?}"),
    }
    Ok(())
}

/// Runs on a stack as small as a runtime's worker has by default.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(run)
        .expect("a thread")
        .join()
        .expect("no panic");
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow() {
    on_a_small_stack(|| {
        for depth in [20, 60, 200, 5_000, 100_000] {
            let nested = |open: &str, close: &str| {
                format!("SELECT {}1{}", open.repeat(depth), close.repeat(depth))
            };
            for text in [
                nested("(SELECT ", ")"),
                nested("1+", ""),
                nested("NOT ", ""),
                nested("lower(", ")"),
                nested("ARRAY[", "]"),
                nested("CASE WHEN true THEN ", " END"),
                nested("", "::int"),
                nested("", " UNION ALL SELECT 1"),
                format!("SELECT * FROM a{}", " JOIN b ON true".repeat(depth)),
                format!(
                    "SELECT * FROM {}t{}",
                    "(SELECT * FROM ".repeat(depth),
                    ") x".repeat(depth)
                ),
                format!(
                    "{}SELECT 1{}",
                    "WITH a AS (".repeat(depth),
                    ") SELECT 1".repeat(depth)
                ),
            ] {
                match inspect(&text) {
                    Ok(facts) => assert_eq!(facts.class(), StatementClass::Read, "{depth}"),
                    Err(error) => assert!(!error.message.is_empty()),
                }
            }
        }
    });
}

#[test]
fn parentheses_alone_are_no_depth() {
    let text = format!("SELECT {}1{}", "(".repeat(1_000), ")".repeat(1_000));
    assert_eq!(class(&text), Some(StatementClass::Read));
}

#[test]
fn wide_statements_are_told() {
    let or = format!("DELETE FROM t WHERE id = 1{}", " OR id = 2".repeat(20_000));
    let facts = inspect(&or).expect("facts");
    assert_eq!(facts.class(), StatementClass::Write);
    let values = format!("INSERT INTO t VALUES (1){}", ",(2)".repeat(20_000));
    assert_eq!(class(&values), Some(StatementClass::Write));
    let many = "SELECT 1;".repeat(5_000);
    assert_eq!(inspect(&many).expect("facts").statements.len(), 5_000);
}

#[test]
fn work_beyond_the_budget_is_unknown() {
    let mut text = "WITH c0 AS (SELECT * FROM t)".to_owned();
    for i in 1..60 {
        let before = i - 1;
        text += &format!(", c{i} AS (SELECT x.*, y.* FROM c{before} x, c{before} y)");
    }
    text += " SELECT * FROM c59";
    assert_eq!(class(&text), Some(StatementClass::Unknown));
}

#[test]
fn limits_of_a_text() {
    let error = inspect("SELECT '\0'").expect_err("NUL");
    assert_eq!(error.position, Some(8));
    assert!(inspect(&" ".repeat(sql::MAX_TEXT)).is_ok());
    assert!(inspect(&" ".repeat(sql::MAX_TEXT + 1)).is_err());
    let error = inspect(&"é".repeat(10_000)).expect_err("no statement");
    assert!(error.message.len() <= 200);
}

#[test]
fn ordinary_statements_are_cacheable_by_shape() {
    for text in [
        "SELECT abalance FROM pgbench_accounts WHERE aid = 12345;",
        "UPDATE pgbench_accounts SET abalance = abalance + -1234 WHERE aid = 5;",
        "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) \
         VALUES (1, 2, 3, -4, CURRENT_TIMESTAMP);",
        "SELECT * FROM \"Orders\" WHERE status = 'open' AND total > 100 LIMIT 10",
        "DELETE FROM t WHERE id IN (1, 2, 3)",
        "SELECT date '2026-01-01', count(*) FROM t WHERE name = 'x'",
    ] {
        assert!(shape(text).is_some(), "{text}");
        let (_, indifferent) = inspect_tracking(text).expect("facts");
        assert!(indifferent, "{text}");
    }
    for text in [
        "SELECT 1 -- x",
        "SELECT 1 /* x */",
        "SELECT $1",
        "SELECT $$x$$",
        "SELECT E'x'",
        "SELECT e 'x' 'y'",
        "SELECT U&'x'",
        "SELECT B'1'",
        "SELECT 'it''s'",
        "SELECT 'a\\b'",
        "SELECT 'a'\n'b'",
        "SELECT 1.5",
        "SELECT .5",
        "SELECT 1e3",
        "SELECT 0x1f",
        "SELECT 1_000",
        "SELECT 1234567890",
        "SELECT 'x'::text",
        "SELECT 'é'",
        "SELECT é",
        "SELECT 1; SELECT 2",
        "SELECT \"a\"\"b\"",
        "SELECT float(3)",
        "SELECT @1",
    ] {
        assert_eq!(shape(text), None, "{text}");
    }
    for text in [
        "SELECT * FROM t ORDER BY 1",
        "DELETE FROM t WHERE 1 = 1",
        "DELETE FROM t WHERE name LIKE 'x'",
        "SELECT set_config('role', 'x', true)",
        "SET work_mem = 5",
        "COPY t FROM 'x'",
    ] {
        assert!(shape(text).is_some(), "{text}");
        let (_, indifferent) = inspect_tracking(text).expect("facts");
        assert!(!indifferent, "{text}");
    }
    assert_ne!(shape("SELECT 1"), shape("SELECT '1'"));
    assert_ne!(shape("SELECT a b"), shape("SELECT ab"));
    assert_eq!(shape("SELECT  1 "), shape("SELECT\n23 "));
}
