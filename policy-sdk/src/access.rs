//! A request for a grant, as policies ask of it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{AccessRequest, GrantOperation};

/// A request for a grant.
///
/// ```
/// use countersign_policy_sdk::{Action, GrantOperation, Verdict, testing::access};
///
/// fn judge(action: &Action) -> Verdict {
///     let Some(request) = action.access() else { return Verdict::Abstain };
///     if request.asks_for(GrantOperation::Destructive) {
///         return Verdict::deny("nobody is granted that");
///     }
///     if request.asks_only_for(&[GrantOperation::Read]) && request.minutes() <= 30 {
///         return Verdict::Allow;
///     }
///     Verdict::review("a reviewer must know the task")
/// }
///
/// let reads = access([GrantOperation::Read], "look at order 1042", 1800).build();
/// assert_eq!(judge(&reads), Verdict::Allow);
/// let longer = access([GrantOperation::Read], "look at order 1042", 1801).build();
/// assert!(matches!(judge(&longer), Verdict::Review(_)));
/// let drops = access([GrantOperation::Read, GrantOperation::Destructive], "tidy up", 60).build();
/// assert!(matches!(judge(&drops), Verdict::Deny(_)));
/// ```
impl AccessRequest {
    /// Whether it asks for this operation.
    #[must_use]
    pub fn asks_for(&self, operation: GrantOperation) -> bool {
        self.operations.contains(&operation)
    }

    /// Whether it asks for nothing but these operations.
    #[must_use]
    pub fn asks_only_for(&self, operations: &[GrantOperation]) -> bool {
        self.operations
            .iter()
            .all(|asked| operations.contains(asked))
    }

    /// How long it is asked for, in minutes begun.
    #[must_use]
    pub fn minutes(&self) -> u64 {
        self.duration_seconds.div_ceil(60)
    }
}

impl GrantOperation {
    /// Every operation.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Write,
        Self::Admin,
        Self::Destructive,
        Self::Exec,
    ];

    /// The operation's name in settings and reasons.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::Destructive => "destructive",
            Self::Exec => "exec",
        }
    }
}

impl<'de> Deserialize<'de> for GrantOperation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        let found = Self::ALL.into_iter().find(|o| o.as_str() == name);
        found.ok_or_else(|| de::Error::custom("not an operation of a grant"))
    }
}

impl Serialize for GrantOperation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for GrantOperation {
    fn schema_name() -> Cow<'static, str> {
        "GrantOperation".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "enum": Self::ALL.map(Self::as_str),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_one_name() {
        for operation in GrantOperation::ALL {
            let json = serde_json::to_value(operation).expect("serialises");
            assert_eq!(json, operation.as_str());
            let parsed: GrantOperation = serde_json::from_value(json).expect("parses");
            assert_eq!(parsed, operation);
        }
        assert!(serde_json::from_str::<GrantOperation>("\"drop\"").is_err());
    }
}
