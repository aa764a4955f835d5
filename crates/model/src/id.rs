//! Typed identifiers: UUIDv7 (RFC 9562), so that they sort by creation time, each its own type, so
//! that a session's id cannot be passed where an action's is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind} id: expected a UUID such as 019a3c1e-7b5d-7f00-8000-0123456789ab")]
pub struct ParseIdError {
    kind: &'static str,
}

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident, $kind:literal, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
            utoipa::ToSchema,
        )]
        #[serde(transparent)]
        #[schema(value_type = String, format = "uuid")]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, later than every id this process made before.
            #[must_use]
            #[expect(clippy::new_without_default, reason = "a fresh id is no default value")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id that `uuid` names.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID behind the id.
            #[must_use]
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }

            /// A short form for people, such as `S-9F41C2`: the last six digits, the random part.
            #[must_use]
            pub fn short(&self) -> String {
                let text = self.0.simple().to_string().to_uppercase();
                format!(concat!($prefix, "-{}"), &text[26..])
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self).map_err(|_| ParseIdError { kind: $kind })
            }
        }
    )*};
}

typed_id! {
    /// One command as the policies see it.
    ActionId, "action", "A";
    /// A person's token for the API.
    ApiTokenId, "API token", "K";
    /// A policy version bound to targets and principals.
    BindingId, "binding", "B";
    /// A principal's short-lived secret.
    CredentialId, "credential", "C";
    /// An enrolled edge.
    EdgeId, "edge", "E";
    /// A named data document of the bundles.
    DocumentId, "document", "D";
    /// A single-use token that enrolls an edge.
    JoinTokenId, "join token", "J";
    /// A change of what is enforced: proposed, approved, applied.
    ChangeId, "change", "G";
    /// Time-boxed permission for a stated task.
    GrantId, "grant", "X";
    /// A lock on who acts, or on what.
    LockId, "lock", "L";
    /// Something that happened at the control plane.
    AuditEventId, "audit event", "W";
    /// An issuer of workload identities.
    TrustedIssuerId, "trusted issuer", "I";
    /// A policy: a name and its versions.
    PolicyId, "policy", "P";
    /// An immutable version of a policy.
    PolicyVersionId, "policy version", "V";
    /// Who acts.
    PrincipalId, "principal", "N";
    /// Recorded decisions judged again.
    ReplayId, "replay", "Y";
    /// An action held for people to decide.
    ReviewId, "review", "R";
    /// One client connection, from sign-in to close.
    SessionId, "session", "S";
    /// A protected thing.
    TargetId, "target", "T";
    /// A tool of an MCP server, with its pinned definition.
    ToolDefinitionId, "tool definition", "M";
    /// A person who signs in to the control plane.
    UserId, "user", "U";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_rise() {
        let first = ActionId::new();
        let second = ActionId::new();
        assert!(first < second, "{first} is not before {second}");
        assert_eq!(first.to_string().parse(), Ok(first));
        assert!(first.short().starts_with("A-"));
        assert!("no-uuid".parse::<ActionId>().is_err());
    }
}
