//! The section `[oidc]` of the configuration.

use std::{collections::BTreeMap, io, path::PathBuf};

use countersign_model::{Labels, Role};
use secrecy::SecretString;
use serde::Deserialize;

/// The identity provider, and what its groups may do here.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OidcConfig {
    /// The provider's issuer, exactly as it names itself.
    pub issuer: String,
    /// Who the control plane is at the provider.
    pub client_id: String,
    /// Its secret; absent for a public client.
    pub client_secret: Option<SecretString>,
    /// A file with the secret.
    pub client_secret_file: Option<PathBuf>,
    /// What the button says: `Sign in with NAME`.
    pub name: String,
    /// What to ask for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that lists a person's groups; dots lead into objects (`realm_access.roles`).
    pub groups_claim: String,
    /// What groups may do. A person has the roles of all their groups.
    pub roles: Vec<RoleRule>,
    /// The role of those whose groups give them none; absent, they are turned away.
    pub default_role: Option<Role>,
    /// Seconds that the provider may take for an answer, from 1 to 30.
    pub timeout_seconds: u32,
}

/// What members of one group may do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRule {
    /// The group, as the claim has it.
    pub group: String,
    /// The role.
    pub role: Role,
    /// For reviewers: labels of the targets whose reviews they may decide; absent for all targets.
    /// The first rule that makes somebody a reviewer sets their scope.
    pub target_labels: Option<Labels>,
}

/// The section contradicts itself; the message names the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OidcConfigError {
    /// It is no URL, or one that tokens would cross the network to in the clear.
    #[error("oidc.issuer: must begin with https://, or with http:// on this machine")]
    Issuer,
    /// It is empty.
    #[error("oidc.client_id: must not be empty")]
    ClientId,
    /// There are two.
    #[error("oidc.client_secret: set it or client_secret_file, not both")]
    TwoSecrets,
    /// Nobody could sign in.
    #[error("oidc.roles: no group has a role, and there is no default_role: nobody could sign in")]
    NoRoles,
    /// A scope of reviews for somebody who decides none.
    #[error("oidc.roles: target_labels are for the role reviewer alone (group {0})")]
    Scope(String),
    /// Too short for any provider, or too long for any person.
    #[error("oidc.timeout_seconds: must be from 1 to 30")]
    Timeout,
}

impl Default for OidcConfig {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            client_id: String::new(),
            client_secret: None,
            client_secret_file: None,
            name: "single sign-on".to_owned(),
            scopes: vec!["profile".to_owned(), "email".to_owned()],
            groups_claim: "groups".to_owned(),
            roles: Vec::new(),
            default_role: None,
            timeout_seconds: 10,
        }
    }
}

impl OidcConfig {
    /// Finds what contradicts itself.
    ///
    /// # Errors
    /// Names the first key at fault.
    pub fn check(&self) -> Result<(), OidcConfigError> {
        if !is_safe(&self.issuer) {
            return Err(OidcConfigError::Issuer);
        }
        if self.client_id.trim().is_empty() {
            return Err(OidcConfigError::ClientId);
        }
        if self.client_secret.is_some() && self.client_secret_file.is_some() {
            return Err(OidcConfigError::TwoSecrets);
        }
        if self.roles.is_empty() && self.default_role.is_none() {
            return Err(OidcConfigError::NoRoles);
        }
        let scoped = |rule: &&RoleRule| rule.target_labels.is_some() && rule.role != Role::Reviewer;
        if let Some(rule) = self.roles.iter().find(scoped) {
            return Err(OidcConfigError::Scope(rule.group.clone()));
        }
        if !(1..=30).contains(&self.timeout_seconds) {
            return Err(OidcConfigError::Timeout);
        }
        Ok(())
    }

    /// The client's secret, from wherever it is.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn secret(&self) -> io::Result<Option<SecretString>> {
        match &self.client_secret_file {
            Some(path) => {
                let text = std::fs::read_to_string(path)?;
                Ok(Some(text.trim().to_owned().into()))
            }
            None => Ok(self.client_secret.clone()),
        }
    }

    /// What the rules say, for people: group to role and scope.
    pub fn rules(&self) -> impl Iterator<Item = (&str, Role, Option<&BTreeMap<String, String>>)> {
        self.roles
            .iter()
            .map(|rule| (rule.group.as_str(), rule.role, rule.target_labels.as_ref()))
    }
}

/// Whether tokens may be fetched from there: encrypted, or without leaving this machine.
fn is_safe(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else {
        return false;
    };
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    plain && (url.scheme() == "https" || (url.scheme() == "http" && local))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(change: impl FnOnce(&mut OidcConfig)) -> OidcConfig {
        let mut config = OidcConfig {
            issuer: "https://id.example.com".to_owned(),
            client_id: "countersign".to_owned(),
            default_role: Some(Role::Member),
            ..OidcConfig::default()
        };
        change(&mut config);
        config
    }

    fn rule(role: Role) -> RoleRule {
        RoleRule {
            group: "ops".to_owned(),
            role,
            target_labels: Some(Labels::from([("env".to_owned(), "staging".to_owned())])),
        }
    }

    #[test]
    fn contradictions_are_named() {
        let issuer = |text: &str| {
            let text = text.to_owned();
            config(move |c| c.issuer = text)
        };
        let cases = [
            ("a provider", config(|_| ()), Ok(())),
            ("a tenant", issuer("https://id.example.com/t1/"), Ok(())),
            ("on this machine", issuer("http://127.0.0.1:9"), Ok(())),
            (
                "in the clear",
                issuer("http://id.example.com"),
                Err(OidcConfigError::Issuer),
            ),
            ("no URL", issuer("example"), Err(OidcConfigError::Issuer)),
            (
                "no client",
                config(|c| c.client_id.clear()),
                Err(OidcConfigError::ClientId),
            ),
            (
                "nobody may sign in",
                config(|c| c.default_role = None),
                Err(OidcConfigError::NoRoles),
            ),
            (
                "a scoped reviewer",
                config(|c| c.roles = vec![rule(Role::Reviewer)]),
                Ok(()),
            ),
            (
                "a scoped admin",
                config(|c| c.roles = vec![rule(Role::Admin)]),
                Err(OidcConfigError::Scope("ops".to_owned())),
            ),
            (
                "no patience",
                config(|c| c.timeout_seconds = 0),
                Err(OidcConfigError::Timeout),
            ),
        ];
        for (name, config, expected) in cases {
            assert_eq!(config.check(), expected, "{name}");
        }
    }
}
