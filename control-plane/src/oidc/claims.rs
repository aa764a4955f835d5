//! From claims to a person: who they are, their groups, and what the groups may do here.

use countersign_model::{Labels, Role, Roles};
use countersign_store::ProviderPerson;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    config::OidcConfig,
    failure::{Code, Failure},
};

/// Groups that are kept; directories can hold thousands.
const MAX_GROUPS: usize = 512;

/// Characters of a group or a name.
const MAX_TEXT: usize = 200;

/// What somebody's groups make them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Assigned {
    /// Roles.
    pub roles: Roles,
    /// Labels of the targets whose reviews they may decide; null for all targets.
    pub review_scope: Option<Labels>,
}

/// What the groups make somebody, by the rules in their order.
pub fn assign(config: &OidcConfig, groups: &[String]) -> Assigned {
    let mut assigned = Assigned::default();
    for rule in &config.roles {
        if !groups.contains(&rule.group) {
            continue;
        }
        let first = assigned.roles.insert(rule.role);
        if first && rule.role == Role::Reviewer {
            assigned.review_scope.clone_from(&rule.target_labels);
        }
    }
    if assigned.roles.is_empty() {
        assigned.roles.extend(config.default_role);
    }
    assigned
}

/// The groups that the claim lists; one group may be a text.
pub fn groups(config: &OidcConfig, claims: &Map<String, Value>) -> Vec<String> {
    let listed = match find(claims, &config.groups_claim) {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one.as_str()],
        _ => Vec::new(),
    };
    let fits = |group: &&str| {
        let odd = group.trim().is_empty() || group.contains(char::is_control);
        // `admin` is no group: policies that no group satisfies name it.
        !odd && group.chars().count() <= MAX_TEXT && !group.eq_ignore_ascii_case("admin")
    };
    let mut groups: Vec<String> = listed.into_iter().filter(fits).map(str::to_owned).collect();
    groups.sort_unstable();
    groups.dedup();
    groups.truncate(MAX_GROUPS);
    groups
}

/// Whether something that is needed is not among the claims.
pub fn incomplete(config: &OidcConfig, claims: &Map<String, Value>) -> bool {
    !claims.contains_key("email") || find(claims, &config.groups_claim).is_none()
}

/// The person whom the claims describe.
pub fn person(config: &OidcConfig, claims: &Map<String, Value>) -> Result<ProviderPerson, Failure> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let subject = text("sub").filter(|sub| !sub.is_empty() && sub.len() <= 255);
    let subject = subject.ok_or_else(|| {
        Failure::new(
            Code::ProviderRefused,
            "the token does not say who it is about",
        )
    })?;
    let email = text("email")
        .map(|email| email.trim().to_lowercase())
        .filter(|email| is_email(email))
        .ok_or_else(|| Failure::new(Code::NoEmail, "there is no e-mail address").of(subject))?;
    let verified = claims.get("email_verified");
    // Some say it as a text. Who does not say it at all vouches for what their directory holds.
    let denied = verified.is_some_and(|v| v == &Value::Bool(false) || v == "false");
    if denied {
        let why = "the provider does not vouch for the e-mail address";
        return Err(Failure::new(Code::NoEmail, why).of(&email));
    }
    let groups = groups(config, claims);
    let assigned = assign(config, &groups);
    if assigned.roles.is_empty() {
        let why = format!("none of the person's {} groups has a role", groups.len());
        return Err(Failure::new(Code::NoRole, why).of(&email));
    }
    let name = ["name", "preferred_username"]
        .into_iter()
        .filter_map(text)
        .find(|name| !name.trim().is_empty() && !name.contains(char::is_control));
    Ok(ProviderPerson {
        issuer: config.issuer.clone(),
        subject: subject.to_owned(),
        name: name.unwrap_or(&email).chars().take(MAX_TEXT).collect(),
        email_verified: verified.is_some(),
        email,
        roles: assigned.roles,
        groups,
        review_scope: assigned.review_scope,
    })
}

/// The claim with this name, or else the one that its dots lead to.
fn find<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    find(claims.get(first)?.as_object()?, rest)
}

fn is_email(text: &str) -> bool {
    let whole = text
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    let odd = |c: char| c.is_whitespace() || c.is_control();
    whole && text.chars().count() <= MAX_TEXT && !text.contains(odd)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::RoleRule;

    fn config() -> OidcConfig {
        let rule = |group: &str, role, labels: Option<&str>| RoleRule {
            group: group.to_owned(),
            role,
            target_labels: labels.map(|env| Labels::from([("env".to_owned(), env.to_owned())])),
        };
        OidcConfig {
            issuer: "https://id.example.com".to_owned(),
            roles: vec![
                rule("ops", Role::Admin, None),
                rule("dba", Role::Reviewer, None),
                rule("staging", Role::Reviewer, Some("staging")),
                rule("audit", Role::Auditor, None),
            ],
            ..OidcConfig::default()
        }
    }

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn groups_give_roles_and_a_scope() {
        let scope = Some(Labels::from([("env".to_owned(), "staging".to_owned())]));
        type Case<'a> = (&'a str, &'a [&'a str], &'a [Role], Option<Labels>);
        let cases: [Case<'_>; 5] = [
            ("an unknown group", &["sales"], &[], None),
            ("one", &["audit"], &[Role::Auditor], None),
            (
                "two",
                &["audit", "ops"],
                &[Role::Auditor, Role::Admin],
                None,
            ),
            ("a scope", &["staging"], &[Role::Reviewer], scope),
            (
                "the first rule sets the scope",
                &["staging", "dba"],
                &[Role::Reviewer],
                None,
            ),
        ];
        for (name, groups, roles, review_scope) in cases {
            let groups: Vec<String> = groups.iter().map(|g| (*g).to_owned()).collect();
            let roles = roles.iter().copied().collect();
            let expected = Assigned {
                roles,
                review_scope,
            };
            assert_eq!(assign(&config(), &groups), expected, "{name}");
        }
        let mut lenient = config();
        lenient.default_role = Some(Role::Member);
        assert_eq!(assign(&lenient, &[]).roles, Roles::from([Role::Member]));
    }

    #[test]
    fn the_groups_claim_is_found_where_it_is() {
        let cases = [
            ("groups", json!({"groups": ["a", "b", "a"]}), vec!["a", "b"]),
            ("groups", json!({"groups": "a"}), vec!["a"]),
            ("groups", json!({"groups": {"a": 1}}), vec![]),
            (
                "groups",
                json!({"groups": ["Admin", "a\n", "", 7, "b"]}),
                vec!["b"],
            ),
            ("realm.roles", json!({"realm": {"roles": ["a"]}}), vec!["a"]),
            (
                "https://example.com/groups",
                json!({"https://example.com/groups": ["a"]}),
                vec!["a"],
            ),
        ];
        for (name, value, expected) in cases {
            let config = OidcConfig {
                groups_claim: name.to_owned(),
                ..OidcConfig::default()
            };
            assert_eq!(groups(&config, &claims(value.clone())), expected, "{value}");
        }
    }

    #[test]
    fn who_cannot_be_named_is_turned_away() {
        let cases = [
            (json!({"email": "a@example.com"}), Code::ProviderRefused),
            (json!({"sub": "1"}), Code::NoEmail),
            (json!({"sub": "1", "email": "nobody"}), Code::NoEmail),
            (
                json!({"sub": "1", "email": "a@example.com", "email_verified": false}),
                Code::NoEmail,
            ),
            (
                json!({"sub": "1", "email": "a@example.com", "email_verified": "false"}),
                Code::NoEmail,
            ),
            (
                json!({"sub": "1", "email": "a@example.com", "groups": ["sales"]}),
                Code::NoRole,
            ),
        ];
        for (value, code) in cases {
            let refused = person(&config(), &claims(value.clone())).unwrap_err();
            assert_eq!(refused.code, code, "{value}");
        }
        let alice = json!({"sub": "1", "email": " Alice@Example.com", "name": "Alice",
            "groups": ["dba"]});
        let alice = person(&config(), &claims(alice)).unwrap();
        assert_eq!(alice.email, "alice@example.com");
        assert!(!alice.email_verified, "nobody said so");
    }
}
