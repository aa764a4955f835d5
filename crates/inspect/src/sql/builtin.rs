//! What PostgreSQL's own functions, aggregates and operators do when called. The lists are data
//! files; `data/README.md` says how they were made. A name that is on none of them may do anything.

use std::collections::HashMap;
use std::sync::LazyLock;

use countersign_model::StatementClass;

const HARMLESS: &str = include_str!("data/builtin_functions.txt");
const EFFECTS: &str = include_str!("data/function_effects.txt");
const OPERATORS: &str = include_str!("data/builtin_operators.txt");
const AGGREGATES: &str = include_str!("data/builtin_aggregates.txt");

/// What is known of a built-in function.
#[derive(Debug, Clone, Copy)]
struct Builtin {
    class: StatementClass,
    aggregate: bool,
}

static FUNCTIONS: LazyLock<HashMap<&'static str, Builtin>> = LazyLock::new(|| {
    let harmless = HARMLESS.lines().map(|name| (name, StatementClass::Read));
    let effects = EFFECTS.lines().filter_map(|line| {
        let (name, class) = line.split_once(' ')?;
        let class = match class {
            "session" => StatementClass::Session,
            "write" => StatementClass::Write,
            "admin" => StatementClass::Admin,
            _ => StatementClass::Exec,
        };
        Some((name, class))
    });
    let mut functions: HashMap<_, _> = harmless
        .chain(effects)
        .map(|(name, class)| {
            let aggregate = false;
            (name, Builtin { class, aggregate })
        })
        .collect();
    for name in AGGREGATES.lines() {
        if let Some(builtin) = functions.get_mut(name) {
            builtin.aggregate = true;
        }
    }
    functions
});

static OPERATOR_NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut names: Vec<_> = OPERATORS.lines().collect();
    names.sort_unstable();
    names
});

/// The class of a call of the function `name` of `pg_catalog`; `None` for a function that is not
/// known to be built in, or that must not be judged by its name.
#[must_use]
pub fn function_class(name: &str) -> Option<StatementClass> {
    FUNCTIONS.get(name).map(|builtin| builtin.class)
}

/// Whether `name` is one of the helpers of the views of `information_schema`. Drivers call them.
pub(super) fn is_of_views(name: &str) -> bool {
    matches!(
        name,
        "_pg_char_max_length"
            | "_pg_char_octet_length"
            | "_pg_datetime_precision"
            | "_pg_expandarray"
            | "_pg_interval_type"
            | "_pg_numeric_precision"
            | "_pg_numeric_precision_radix"
            | "_pg_numeric_scale"
            | "_pg_truetypid"
            | "_pg_truetypmod"
    )
}

/// Whether `name` is a built-in aggregate.
pub(super) fn is_aggregate(name: &str) -> bool {
    FUNCTIONS.get(name).is_some_and(|builtin| builtin.aggregate)
}

/// Whether an aggregate's one value holds every input row, so that no row limit holds it back.
pub(super) fn is_collecting_aggregate(name: &str) -> bool {
    name == "xmlagg"
        || name == "range_agg"
        || name == "string_agg"
        || name == "array_agg"
        || name.starts_with("json_agg")
        || name.starts_with("jsonb_agg")
        || name.starts_with("json_object_agg")
        || name.starts_with("jsonb_object_agg")
}

/// Whether `name` is the name of a built-in operator.
pub(super) fn is_operator(name: &str) -> bool {
    OPERATOR_NAMES.binary_search(&name).is_ok()
}
