//! Columns: what a statement reads, what it filters by, and what flows into each result column.

use countersign_inspect::sql::inspect;
use countersign_model::{Column, SqlStatement};

fn only(text: &str) -> SqlStatement {
    let mut facts = inspect(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(facts.statements.len(), 1, "{text}");
    facts.statements.remove(0)
}

fn names(columns: &[Column]) -> Vec<String> {
    columns
        .iter()
        .map(|column| format!("{}.{}", column.table, column.name))
        .collect()
}

/// `label < source source, label < source`, the way the tables below put it.
fn outputs(statement: &SqlStatement) -> String {
    let columns: Vec<String> = statement
        .outputs
        .iter()
        .map(|output| {
            let sources = names(&output.sources).join(" ");
            format!("{} < {sources}", output.name).trim_end().to_owned()
        })
        .collect();
    columns.join(", ")
}

#[test]
fn sources_of_result_columns() {
    let cases = [
        // Names, aliases and expressions.
        ("SELECT ssn FROM users", "ssn < users.ssn"),
        ("SELECT ssn AS city FROM users", "city < users.ssn"),
        ("SELECT u.ssn FROM s.users u", "ssn < s.users.ssn"),
        ("SELECT users.ssn FROM s.users", "ssn < s.users.ssn"),
        ("SELECT s.users.ssn FROM s.users", "ssn < s.users.ssn"),
        (
            "SELECT lower(ssn) || name FROM users",
            "?column? < users.name users.ssn",
        ),
        ("SELECT 1, 'x' AS y, now()", "?column? <, y <, now <"),
        (
            "SELECT encode(convert_to(reverse(ssn), 'UTF8'), 'base64') FROM users",
            "encode < users.ssn",
        ),
        (
            "SELECT CASE WHEN ssn LIKE '1%' THEN 1 ELSE 0 END FROM users",
            "case < users.ssn",
        ),
        (
            "SELECT ssn::text, id::int8 FROM users",
            "ssn < users.ssn, id < users.id",
        ),
        (
            "SELECT (data).ssn, tags[1] FROM users",
            "ssn < users.data, tags < users.tags",
        ),
        (
            "SELECT COALESCE(a, b), GREATEST(a, c), NULLIF(a, d) FROM t",
            "coalesce < t.a t.b, greatest < t.a t.c, nullif < t.a t.d",
        ),
        // Aggregates and windows.
        (
            "SELECT string_agg(email, ',' ORDER BY name) FROM users",
            "string_agg < users.email users.name",
        ),
        (
            "SELECT lag(a) OVER (PARTITION BY b ORDER BY c) FROM t",
            "lag < t.a t.b t.c",
        ),
        (
            "SELECT count(*) OVER w FROM t WINDOW w AS (PARTITION BY ssn)",
            "count < t.ssn",
        ),
        // Whole rows.
        ("SELECT u FROM users u", "u < users.*"),
        ("SELECT users FROM users", "users < users.*"),
        (
            "SELECT row_to_json(u), to_jsonb(u.*) FROM users u",
            "row_to_json < users.*, to_jsonb < users.*",
        ),
        ("SELECT (SELECT u) FROM users u", "u < users.*"),
        ("SELECT ROW(u.*) FROM users u", "row < users.*"),
        ("SELECT count(u) FROM users u", "count < users.*"),
        // Several tables.
        (
            "SELECT a.x, b.y FROM a JOIN b USING (id)",
            "x < a.x, y < b.y",
        ),
        ("SELECT id FROM a JOIN b USING (id)", "id < a.id b.id"),
        ("SELECT ssn FROM a, b", "ssn < .ssn"),
        ("SELECT x FROM t, generate_series(1, 3) g", "x < t.x"),
        ("SELECT j.x FROM (a JOIN b ON true) AS j", "x < a.x b.x"),
        // Subqueries.
        (
            "SELECT z.x FROM (SELECT ssn AS x, email FROM users) z",
            "x < users.ssn",
        ),
        (
            "SELECT * FROM (SELECT ssn AS x, email FROM users) z",
            "x < users.ssn, email < users.email",
        ),
        (
            "SELECT z.* FROM (SELECT ssn FROM users) z(y)",
            "y < users.ssn",
        ),
        ("SELECT ssn FROM (SELECT * FROM users) z", "ssn < users.ssn"),
        ("SELECT y FROM (SELECT * FROM users) z(x, y)", "y < users.*"),
        (
            "SELECT z FROM (SELECT ssn, name FROM users) z",
            "z < users.name users.ssn",
        ),
        ("SELECT (SELECT max(ssn) FROM users)", "max < users.ssn"),
        (
            "SELECT (SELECT o.total FROM orders o WHERE o.uid = u.id) FROM users u",
            "total < orders.total",
        ),
        ("SELECT (SELECT u.ssn) FROM users u", "ssn < users.ssn"),
        ("SELECT ARRAY(SELECT ssn FROM users)", "array < users.ssn"),
        ("SELECT EXISTS (SELECT ssn FROM users)", "exists <"),
        ("SELECT s.c FROM t, LATERAL (SELECT t.b AS c) s", "c < t.b"),
        (
            "SELECT x FROM t, LATERAL (SELECT a + b AS x) s",
            "x < t.a t.b",
        ),
        // Set operations and lists.
        (
            "SELECT ssn FROM users UNION ALL SELECT name FROM staff",
            "ssn < staff.name users.ssn",
        ),
        (
            "SELECT x FROM (SELECT a AS x, b FROM t UNION SELECT c, d FROM u) z",
            "x < t.a u.c",
        ),
        (
            "VALUES (1, (SELECT ssn FROM users)), ((SELECT id FROM t), 2)",
            "column1 < t.id, column2 < users.ssn",
        ),
        (
            "SELECT y FROM (VALUES ((SELECT ssn FROM users), 1)) v(x, y)",
            "y <",
        ),
        // CTEs.
        (
            "WITH c AS (SELECT ssn s FROM users) SELECT s FROM c",
            "s < users.ssn",
        ),
        (
            "WITH c(a, b) AS (SELECT id, ssn FROM users) SELECT b FROM c",
            "b < users.ssn",
        ),
        (
            "WITH c AS (SELECT * FROM users) SELECT ssn FROM c",
            "ssn < users.ssn",
        ),
        (
            "WITH RECURSIVE r(a, b) AS (SELECT id, ssn FROM users UNION ALL SELECT b, a FROM r) SELECT a FROM r",
            "a < users.id users.ssn",
        ),
        (
            "WITH d AS (DELETE FROM users WHERE id = 1 RETURNING ssn) SELECT * FROM d",
            "ssn < users.ssn",
        ),
        // Functions in FROM.
        (
            "SELECT k.value FROM users u, jsonb_each_text(to_jsonb(u)) k",
            "value < users.*",
        ),
        (
            "SELECT c FROM users, regexp_split_to_table(ssn, '') c",
            "c < users.ssn",
        ),
        (
            "SELECT r.b FROM users, jsonb_to_record(doc) AS r(a int, b text)",
            "b < users.doc",
        ),
        (
            "SELECT jt.a FROM t, json_table(t.doc, '$[*]' COLUMNS (a text PATH '$.a')) jt",
            "a < t.doc",
        ),
        (
            "SELECT x FROM t, xmltable('/a' PASSING doc COLUMNS x text PATH 'x')",
            "x < t.doc",
        ),
        (
            "SELECT table_to_xml('users', true, true, '')",
            "table_to_xml < users.*",
        ),
        // RETURNING: what was there, and what was put there.
        (
            "DELETE FROM users WHERE id = 1 RETURNING ssn",
            "ssn < users.ssn",
        ),
        (
            "INSERT INTO log (x) SELECT ssn FROM users RETURNING x, id",
            "x < log.x users.ssn, id < log.id",
        ),
        (
            "INSERT INTO log SELECT ssn FROM users RETURNING x",
            "x < log.x users.ssn",
        ),
        (
            "UPDATE t SET note = ssn WHERE id = 1 RETURNING note, other",
            "note < t.note t.ssn, other < t.other",
        ),
        (
            "UPDATE t SET a = u.ssn FROM users u WHERE u.id = t.id RETURNING t.a",
            "a < t.a users.ssn",
        ),
        (
            "UPDATE t SET a = ssn WHERE id = 1 RETURNING new.a, old.b",
            "a < t.a t.ssn, b < t.b",
        ),
        (
            "MERGE INTO t USING users u ON t.id = u.id WHEN MATCHED THEN UPDATE SET a = u.ssn RETURNING t.a",
            "a < t.a users.ssn",
        ),
        (
            "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = t.ssn RETURNING b",
            "b < t.b t.ssn",
        ),
        // COPY.
        (
            "COPY users (id, ssn) TO STDOUT",
            "id < users.id, ssn < users.ssn",
        ),
        (
            "COPY (SELECT lower(ssn) FROM users) TO STDOUT",
            "lower < users.ssn",
        ),
        // A star over a table: the text does not tell how many columns there are.
        ("SELECT * FROM users", ""),
        ("SELECT u.*, lower(ssn) FROM users u", ""),
        ("SELECT * FROM (SELECT u.* FROM users u) z", ""),
        ("SELECT * FROM users UNION SELECT * FROM staff", ""),
    ];
    for (text, expected) in cases {
        assert_eq!(outputs(&only(text)), expected, "{text}");
    }
}

#[test]
fn columns_read_and_filtered() {
    let cases: [(&str, &[&str], &[&str]); 14] = [
        ("SELECT a FROM t WHERE b = 1", &["t.a", "t.b"], &["t.b"]),
        ("SELECT * FROM t", &["t.*"], &[]),
        ("SELECT a FROM t ORDER BY b", &["t.a", "t.b"], &["t.b"]),
        ("SELECT lower(a) AS x FROM t ORDER BY x", &["t.a"], &["t.a"]),
        ("SELECT a, b FROM t ORDER BY 2", &["t.a", "t.b"], &["t.b"]),
        (
            "SELECT 1 AS ssn FROM t GROUP BY ssn",
            &["t.ssn"],
            &["t.ssn"],
        ),
        ("SELECT DISTINCT a FROM t", &["t.a"], &["t.a"]),
        (
            "SELECT count(*) FROM a JOIN b ON a.x = b.y",
            &["a.x", "b.y"],
            &["a.x", "b.y"],
        ),
        (
            "SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.ssn LIKE '1%' AND b.id = a.id)",
            &["a.id", "b.id", "b.ssn"],
            &["a.id", "b.id", "b.ssn"],
        ),
        ("UPDATE t SET a = b WHERE c", &["t.b", "t.c"], &["t.c"]),
        (
            "DELETE FROM t USING u WHERE t.id = u.id",
            &["t.id", "u.id"],
            &["t.id", "u.id"],
        ),
        (
            "SELECT a FROM t UNION SELECT b FROM u",
            &["t.a", "u.b"],
            &["t.a", "u.b"],
        ),
        (
            "SELECT 1 FROM t, generate_series(1, ascii(t.ssn))",
            &["t.ssn"],
            &["t.ssn"],
        ),
        (
            "SELECT count(*) FILTER (WHERE ssn = 'x') FROM t HAVING max(a) > 1",
            &["t.a", "t.ssn"],
            &["t.a", "t.ssn"],
        ),
    ];
    for (text, read, filtered) in cases {
        let statement = only(text);
        assert_eq!(names(&statement.columns_read), read, "read by {text}");
        assert_eq!(
            names(&statement.columns_filtered),
            filtered,
            "filtered by {text}"
        );
    }
}

#[test]
fn unbounded_reads() {
    let unbounded = [
        "SELECT * FROM t",
        "TABLE t",
        "COPY t TO STDOUT",
        "COPY (SELECT a FROM t) TO STDOUT",
        "DECLARE c CURSOR FOR SELECT * FROM t",
        "PREPARE p AS SELECT * FROM t",
        "SELECT * FROM t WHERE true",
        "SELECT * FROM t WHERE id = id OR name = 'x'",
        "SELECT * FROM t WHERE $1 OR id = 1",
        "SELECT * FROM t LIMIT NULL",
        "SELECT * FROM t LIMIT ALL",
        "SELECT * FROM t LIMIT $1",
        "SELECT * FROM t OFFSET 5",
        "SELECT * FROM t ORDER BY 1 FETCH FIRST 1 ROW WITH TIES",
        "SELECT * FROM (SELECT * FROM t) z",
        "SELECT * FROM a, b WHERE a.id = 5",
        "SELECT * FROM a LEFT JOIN b ON a.id = b.id AND a.id = 5",
        "SELECT * FROM a JOIN b ON a.id = b.id",
        "SELECT * FROM t WHERE id = 1 UNION ALL SELECT * FROM t",
        "SELECT country, count(*) FROM t GROUP BY country",
        "SELECT count(*) OVER () FROM t",
        "SELECT string_agg(email, ',') FROM t",
        "SELECT json_agg(t) FROM t LIMIT 1",
        "SELECT x FROM (SELECT array_agg(email) x FROM t) z WHERE x IS NULL LIMIT 1",
        "SELECT ARRAY(SELECT email FROM t)",
        "SELECT JSON_ARRAY(SELECT email FROM t)",
        "SELECT (SELECT jsonb_object_agg(id, email) FROM t)",
        "SELECT ARRAY(SELECT email || count(v.a) FROM t) FROM (VALUES (1)) v(a)",
        "SELECT table_to_xml('t', true, true, '')",
        "WITH c AS (SELECT * FROM t) SELECT * FROM c",
        "SELECT * FROM t, generate_series(1, 100) g WHERE t.id = g",
        "DELETE FROM t RETURNING *",
        "INSERT INTO u SELECT * FROM t RETURNING *",
        "WITH d AS (UPDATE t SET a = 1 RETURNING *) SELECT * FROM d",
    ];
    for text in unbounded {
        assert!(only(text).unbounded_read, "{text}");
    }
    let bounded = [
        "SELECT 1",
        "VALUES (1)",
        "SELECT * FROM t WHERE id = 1",
        "SELECT * FROM t WHERE false",
        "SELECT * FROM t LIMIT 10",
        "SELECT * FROM t LIMIT 0",
        "SELECT * FROM t FETCH FIRST ROW ONLY",
        "SELECT count(*), max(a) FROM t",
        "SELECT * FROM (SELECT * FROM t WHERE id = 1) z",
        "SELECT * FROM (SELECT * FROM t LIMIT 10) z",
        "SELECT * FROM (SELECT * FROM t) z WHERE z.id = 1",
        "SELECT * FROM a JOIN b ON a.id = b.id WHERE a.id = 5",
        "SELECT * FROM a JOIN b USING (id) WHERE b.x = 5",
        "SELECT * FROM a LEFT JOIN b ON a.id = b.id WHERE a.id = 5",
        "SELECT * FROM t WHERE id IN (SELECT id FROM u LIMIT 5)",
        "SELECT * FROM t JOIN (VALUES (1), (2)) v(id) ON v.id = t.id",
        "SELECT * FROM t JOIN unnest($1::int[]) v(id) ON v.id = t.id",
        "SELECT * FROM t WHERE id = 1 UNION SELECT * FROM u WHERE id = 2",
        "SELECT (SELECT max(x) FROM t)",
        "SELECT EXISTS (SELECT * FROM t)",
        "WITH c AS (SELECT * FROM t) SELECT * FROM c WHERE id = 1",
        "SELECT * FROM generate_series(1, 10)",
        "EXPLAIN SELECT * FROM t",
        "EXPLAIN ANALYZE SELECT * FROM t",
        "INSERT INTO u SELECT * FROM t",
        "CREATE TABLE u AS SELECT * FROM t",
        "DELETE FROM t",
        "DELETE FROM t WHERE id = 1 RETURNING *",
    ];
    for text in bounded {
        assert!(!only(text).unbounded_read, "{text}");
    }
}

#[test]
fn functions_and_settings() {
    let statement =
        only("SELECT lower(a), pg_catalog.upper(b), x.f(c), d OPERATOR(x.+) e, f <=> g FROM t");
    assert_eq!(
        statement.functions,
        ["lower", "operator(<=>)", "operator(x.+)", "upper", "x.f"]
    );
    let settings = [
        ("SET Work_Mem = '1MB'", vec!["work_mem"]),
        ("RESET ROLE", vec!["role"]),
        (
            "SET SESSION AUTHORIZATION bob",
            vec!["session_authorization"],
        ),
        ("RESET ALL", vec!["all"]),
        ("DISCARD ALL", vec!["all"]),
        ("SET TIME ZONE 'UTC'", vec!["timezone"]),
        ("SET NAMES 'utf8'", vec!["client_encoding"]),
        (
            "SELECT set_config('Search_Path', 'x', true)",
            vec!["search_path"],
        ),
        ("SELECT set_config(name, 'x', true) FROM t", vec!["all"]),
        (
            "SELECT pg_catalog.set_config('role'::text, 'x', true)",
            vec!["role"],
        ),
        ("EXPLAIN SELECT set_config('role', 'x', true)", vec![]),
        (
            "UPDATE pg_settings SET setting = 'x' WHERE name = 'role'",
            vec!["all"],
        ),
        ("SET TRANSACTION READ WRITE", vec!["transaction_read_only"]),
        (
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
            vec!["default_transaction_read_only"],
        ),
        ("BEGIN READ WRITE", vec![]),
    ];
    for (text, expected) in settings {
        assert_eq!(only(text).settings_changed, expected, "{text}");
    }
}
