//! The world's words in settings: parsed with serde, described for the settings form.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::StatementClass;

impl StatementClass {
    const ALL: [(&'static str, Self); 8] = [
        ("read", Self::Read),
        ("tx", Self::Tx),
        ("session", Self::Session),
        ("write", Self::Write),
        ("admin", Self::Admin),
        ("destructive", Self::Destructive),
        ("exec", Self::Exec),
        ("unknown", Self::Unknown),
    ];

    /// The class's name, as settings and people write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Tx => "tx",
            Self::Session => "session",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::Destructive => "destructive",
            Self::Exec => "exec",
            Self::Unknown => "unknown",
        }
    }
}

impl<'de> Deserialize<'de> for StatementClass {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        Self::ALL
            .into_iter()
            .find_map(|(known, class)| (known == name).then_some(class))
            .ok_or_else(|| de::Error::custom("not a class of statement"))
    }
}

impl serde::Serialize for StatementClass {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for StatementClass {
    fn schema_name() -> Cow<'static, str> {
        "StatementClass".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "enum": Self::ALL.map(|(name, _)| name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_ordered_from_mild_to_bad() {
        assert!(StatementClass::ALL.is_sorted_by_key(|(_, class)| class));
        assert!(StatementClass::Unknown > StatementClass::Exec);
    }

    #[test]
    fn every_class_has_one_name() {
        for (name, class) in StatementClass::ALL {
            assert_eq!(class.as_str(), name);
            let json = serde_json::to_value(class).expect("serialises");
            assert_eq!(json, name);
            assert_eq!(
                serde_json::from_value::<StatementClass>(json).expect("parses"),
                class
            );
        }
        assert!(serde_json::from_str::<StatementClass>("\"ddl\"").is_err());
    }
}
