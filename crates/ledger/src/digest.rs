//! The name of exactly what will run, so that what people approve is what runs.

use countersign_model::{Parameter, TargetId};
use sha2::{Digest as _, Sha256};

/// What the digest of a SQL action begins with, so that it is no digest of anything else.
const SQL_CONTEXT: &[u8] = b"countersign-sql-action-v1\n";

/// SHA-256 in lower-case hex over the target, the exact text and the exact bound values; each part
/// is preceded by its kind or its length, so that no two actions are written alike.
#[must_use]
pub fn sql_action(target: TargetId, text: &str, parameters: &[Parameter]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(SQL_CONTEXT);
    hasher.update(target.as_uuid().as_bytes());
    let mut part = |kind: u8, bytes: &[u8]| {
        hasher.update([kind]);
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(b'q', text.as_bytes());
    for parameter in parameters {
        match parameter {
            Parameter::Null => part(b'n', &[]),
            Parameter::Text(value) => part(b't', value.as_bytes()),
            Parameter::Binary(hex) => part(b'b', hex.as_bytes()),
        }
    }
    hex::encode(hasher.finalize())
}

/// What the digest of any other action begins with.
const REQUEST_CONTEXT: &[u8] = b"countersign-request-v1\n";

/// SHA-256 in lower-case hex over the target, the operation's kind and the parts of what will run, such
/// as method, path, headers and body; each is preceded by its length, so that no two actions are
/// written alike.
#[must_use]
pub fn request(target: TargetId, kind: &str, parts: &[impl AsRef<[u8]>]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(REQUEST_CONTEXT);
    hasher.update(target.as_uuid().as_bytes());
    let parts = parts.iter().map(AsRef::as_ref);
    for part in std::iter::once(kind.as_bytes()).chain(parts) {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hex::encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_actions_share_a_digest() {
        let (a, b) = (TargetId::new(), TargetId::new());
        let text = |value: &str| Parameter::Text(value.to_owned());
        let binary = |value: &str| Parameter::Binary(value.to_owned());
        let cases: Vec<(TargetId, &str, Vec<Parameter>)> = vec![
            (a, "select 1", vec![]),
            (b, "select 1", vec![]),
            (a, "select 1 ", vec![]),
            (a, "", vec![]),
            (a, "", vec![text("")]),
            (a, "", vec![binary("")]),
            (a, "", vec![Parameter::Null]),
            (a, "", vec![Parameter::Null, Parameter::Null]),
            (a, "", vec![text("a"), text("b")]),
            (a, "", vec![text("ab")]),
            (a, "", vec![text("b"), text("a")]),
            (a, "", vec![text("a"), text("")]),
            (a, "a", vec![text("b")]),
            (a, "ab", vec![]),
            (a, "", vec![text("00")]),
            (a, "", vec![binary("00")]),
        ];
        let digests: HashSet<_> = cases
            .iter()
            .map(|(target, text, parameters)| sql_action(*target, text, parameters))
            .collect();
        assert_eq!(digests.len(), cases.len());
        assert!(digests.iter().all(|digest| digest.len() == 64));
    }

    #[test]
    fn it_is_the_one_that_was_published() {
        let target: TargetId = "019a3c1e-7b5d-7f00-8000-0123456789ab".parse().expect("id");
        assert_eq!(
            sql_action(target, "select $1", &[Parameter::Text("x".to_owned())]),
            "462bbc979fa484ec237142d29576645b63d113c6d5326bc35bcb639b2e463505",
        );
    }
}
