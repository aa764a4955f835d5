//! Which principal a workload's token stands for.

use countersign_store::IssuerRule;
use serde_json::Value;

use super::jws::Claims;

/// The name of the principal that the first rule which fits gives.
pub fn principal<'a>(rules: &'a [IssuerRule], claims: &Claims) -> Option<&'a str> {
    let fits = |rule: &&IssuerRule| {
        let mut wanted = rule.claims.iter();
        // A rule without claims would fit whoever the issuer knows.
        !rule.claims.is_empty()
            && wanted
                .all(|(name, pattern)| claims.get(name).is_some_and(|value| says(value, pattern)))
    };
    rules.iter().find(fits).map(|rule| rule.principal.as_str())
}

/// Whether a claim's value, or one of its values, fits a pattern.
fn says(value: &Value, pattern: &str) -> bool {
    match value {
        Value::String(text) => matches(pattern, text),
        Value::Number(number) => matches(pattern, &number.to_string()),
        Value::Bool(value) => matches(pattern, if *value { "true" } else { "false" }),
        Value::Array(values) => values
            .iter()
            .any(|value| !value.is_array() && says(value, pattern)),
        Value::Null | Value::Object(_) => false,
    }
}

/// Whether the text is the pattern, in which each `*` stands for any characters or none. Takes time
/// in proportion to both lengths at worst, and never tries a text anew.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    // The earliest place is as good as any, since what is between does not matter.
    let found = parts.into_iter().try_fold(rest, |rest, part| {
        let at = rest.find(part)?;
        rest.get(at + part.len()..)
    });
    found.is_some_and(|rest| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        let cases = [
            ("a", "a", true),
            ("a", "A", false),
            ("a", "ab", false),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything", true),
            ("a*", "abc", true),
            ("a*", "ba", false),
            ("*c", "abc", true),
            ("*c", "abcd", false),
            ("a*c", "ac", true),
            ("a*c", "abbc", true),
            ("aa*aa", "aaa", false),
            ("aa*aa", "aaaa", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            (
                "repo:acme/*:ref:refs/heads/main",
                "repo:acme/shop:ref:refs/heads/main",
                true,
            ),
            (
                "repo:acme/*:ref:refs/heads/main",
                "repo:acme/shop:ref:refs/heads/mainly",
                false,
            ),
            (
                "repo:acme/*:ref:refs/heads/main",
                "repo:evil/acme/:ref:refs/heads/main",
                false,
            ),
            ("a**b", "ab", true),
            ("?", "x", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern, text), expected, "{pattern} of {text}");
        }
    }

    fn rule(claims: &[(&str, &str)], principal: &str) -> IssuerRule {
        let pairs = claims.iter();
        IssuerRule {
            claims: pairs
                .map(|(name, pattern)| ((*name).to_owned(), (*pattern).to_owned()))
                .collect::<BTreeMap<_, _>>(),
            principal: principal.to_owned(),
        }
    }

    #[test]
    fn the_first_rule_that_fits_names_the_principal() {
        let rules = [
            rule(&[], "everybody"),
            rule(
                &[("sub", "spiffe://acme/ns/*/sa/migrator"), ("admin", "true")],
                "migrator",
            ),
            rule(&[("/kubernetes.io/namespace", "shop")], "shop-agent"),
            rule(&[("groups", "ops")], "ops-agent"),
            rule(&[("run", "7")], "run-seven"),
        ];
        let cases = [
            (
                json!({"sub": "spiffe://acme/ns/db/sa/migrator", "admin": true}),
                Some("migrator"),
            ),
            (json!({"sub": "spiffe://acme/ns/db/sa/migrator"}), None),
            (
                json!({"kubernetes.io": {"namespace": "shop"}}),
                Some("shop-agent"),
            ),
            (json!({"kubernetes.io": {"namespace": "shop2"}}), None),
            (
                json!({"groups": ["dev", "ops"], "run": 7}),
                Some("ops-agent"),
            ),
            (json!({"groups": [["ops"]], "run": 7}), Some("run-seven")),
            (json!({"groups": {"ops": true}}), None),
            (json!({}), None),
        ];
        for (claims, expected) in cases {
            let named = principal(&rules, &Claims::new(&claims));
            assert_eq!(named, expected, "{claims}");
        }
    }
}
