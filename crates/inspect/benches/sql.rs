//! What it costs to learn a statement's facts. Run with
//! `cargo bench -p countersign-inspect --bench sql`.

use countersign_inspect::sql;
use divan::{Bencher, black_box};

/// On a thread with a stack that needs no growing, as the edge's workers have.
fn main() {
    let thread = std::thread::Builder::new().stack_size(sql::STACK);
    let benches = thread.spawn(divan::main).expect("a thread");
    benches.join().expect("no panic");
}

/// A statement per kind of work: pgbench's own, a join of reports, a write, a big insert.
const TEXTS: [(&str, &str); 5] = [
    (
        "pgbench_select",
        "SELECT abalance FROM pgbench_accounts WHERE aid = 12345;",
    ),
    (
        "pgbench_update",
        "UPDATE pgbench_accounts SET abalance = abalance + -1234 WHERE aid = 5;",
    ),
    ("transaction", "BEGIN"),
    (
        "report",
        "WITH recent AS (SELECT o.customer_id, sum(o.total) AS total FROM orders o \
         WHERE o.created_at > now() - interval '30 days' GROUP BY o.customer_id) \
         SELECT c.id, lower(c.email) AS email, r.total FROM customers c \
         JOIN recent r ON r.customer_id = c.id LEFT JOIN payments p USING (customer_id) \
         WHERE c.country IN ('DE', 'FR') AND r.total > 100 ORDER BY r.total DESC LIMIT 50",
    ),
    (
        "catalog",
        "SELECT n.nspname, c.relname, c.relkind FROM pg_catalog.pg_class c \
         LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r','p','') AND n.nspname <> 'pg_catalog' \
         AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1,2",
    ),
];

fn text(name: &str) -> &'static str {
    TEXTS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("SELECT 1", |(_, text)| text)
}

const NAMES: [&str; 5] = [
    "pgbench_select",
    "pgbench_update",
    "transaction",
    "report",
    "catalog",
];

/// All facts, from the text.
#[divan::bench(args = NAMES)]
fn inspect(bencher: Bencher<'_, '_>, name: &str) {
    bencher.bench_local(|| sql::inspect(black_box(text(name))));
}

/// The part of `inspect` that is libpg_query's.
#[divan::bench(args = NAMES)]
fn parse_alone(bencher: Bencher<'_, '_>, name: &str) {
    bencher.bench_local(|| pg_query::parse(black_box(text(name)), 0));
}

/// The key under which facts are cached.
#[divan::bench(args = NAMES)]
fn shape(bencher: Bencher<'_, '_>, name: &str) {
    bencher.bench_local(|| sql::shape(black_box(text(name))));
}
