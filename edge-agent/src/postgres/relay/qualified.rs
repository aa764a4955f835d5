//! Whether a text names a function with the server's own schema wherever it names it.

const OWN_SCHEMA: &str = "pg_catalog.";

/// Whether `name` stands in `text` behind `pg_catalog.` and nowhere else. In doubt it does not: a
/// name in a comment, in a string or between quotes counts as another place.
pub(super) fn is_qualified(text: &str, name: &str) -> bool {
    let text = text.to_ascii_lowercase();
    // Escapes can spell a name so that it is not found.
    if text.contains("u&\"") {
        return false;
    }
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let mut found = false;
    for (at, _) in text.match_indices(name) {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + name.len()..).unwrap_or_default();
        if before.ends_with(part_of_name) || after.starts_with(part_of_name) {
            continue;
        }
        let Some(schema) = before.strip_suffix(OWN_SCHEMA) else {
            return false;
        };
        if schema.ends_with(part_of_name) || schema.ends_with(['.', '"']) {
            return false;
        }
        found = true;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_schema_right_in_front_counts() {
        for (text, expected) in [
            ("SELECT pg_catalog.lower('X')", true),
            ("SELECT PG_CATALOG.Lower('X'), pg_catalog.lower(y)", true),
            ("SELECT pg_catalog.lower(lower_bound)", true),
            ("SELECT lower('X')", false),
            ("SELECT pg_catalog.lower('X'), lower('Y')", false),
            ("SELECT pg_catalog.lower('X'), \"lower\"('Y')", false),
            ("SELECT pg_catalog.lower('X'), U&\"\\006cower\"('Y')", false),
            ("SELECT my_pg_catalog.lower('X')", false),
            ("SELECT a.pg_catalog.lower('X')", false),
            ("SELECT 1", false),
        ] {
            assert_eq!(is_qualified(text, "lower"), expected, "{text}");
        }
    }
}
