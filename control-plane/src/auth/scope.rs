//! Whose targets a reviewer decides on: held statements and requests for access alike.

use countersign_model::{Labels, Role, TargetSelector};
use countersign_store::UserRecord;

/// Whether a target with these labels is in the person's scope, as a selector would cover it. The
/// scope of a reviewer does not bind an admin, and without one it is every target.
pub fn includes(user: &UserRecord, labels: &Labels) -> bool {
    let scope = user.review_scope.as_ref();
    user.is(Role::Admin) || scope.is_none_or(|scope| TargetSelector::covers(scope, labels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::grants::party::tests::person;

    fn labels(labels: &[(&str, &str)]) -> Labels {
        let label = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        labels.iter().map(label).collect()
    }

    #[test]
    fn a_scope_is_all_its_labels() {
        let target = labels(&[("env", "production"), ("team", "shop")]);
        for (scope, expected) in [
            (&[][..], true),
            (&[("env", "production")][..], true),
            (&[("env", "production"), ("team", "shop")], true),
            (&[("env", "staging")], false),
            (&[("env", "production"), ("team", "web")], false),
            // Any value, of a label that is there.
            (&[("team", "*")], true),
            (&[("env", "production"), ("region", "*")], false),
            // A star is a star alone.
            (&[("env", "prod*")], false),
            (&[("*", "production")], false),
            (&[("ENV", "production")], false),
        ] {
            let mut user = person(Role::Reviewer, &[]);
            user.review_scope = Some(labels(scope));
            assert_eq!(includes(&user, &target), expected, "{scope:?}");
            // A target with a label that reads as a star is no other.
            let starred = labels(&[("env", "*"), ("team", "*")]);
            let stars = scope.iter().all(|(_, value)| *value == "*");
            let there = scope.iter().all(|(name, _)| starred.contains_key(*name));
            assert_eq!(includes(&user, &starred), stars && there, "{scope:?}");
            user.roles.insert(Role::Admin);
            assert!(includes(&user, &target), "an admin, {scope:?}");
        }
        let everywhere = person(Role::Reviewer, &[]);
        assert!(includes(&everywhere, &target));
        assert!(includes(&everywhere, &Labels::new()));
    }
}
