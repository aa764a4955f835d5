//! Naming tables in settings.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::pattern::glob;

/// A table in settings: `customers`, `billing.*`, `*_secret`. `*` is any number of characters, `?`
/// is one.
///
/// A name without a schema, in the pattern or in the statement, is the table of that name in any
/// schema: the statement's text alone cannot tell which one the server will take, and a guard must
/// not miss it. Only `schema.*` is what it says, the tables that are written with that schema, since
/// it would be every table otherwise: where the search path has the schema, name its tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePattern {
    schema: Option<String>,
    table: String,
}

impl TablePattern {
    /// The pattern that `text` writes.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text.rsplit_once('.') {
            Some((schema, table)) => Self {
                schema: Some(schema.to_owned()),
                table: table.to_owned(),
            },
            None => Self {
                schema: None,
                table: text.to_owned(),
            },
        }
    }

    /// Whether it names this table, which is written as the parser gives it, such as `customers` or
    /// `public.customers`. The empty name is a table that the text does not tell: any pattern
    /// matches it.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        if name.is_empty() {
            return true;
        }
        let (schema, table) = match name.rsplit_once('.') {
            Some((schema, table)) => (Some(schema), table),
            None => (None, name),
        };
        let same = |a: u8, b: u8| a.eq_ignore_ascii_case(&b);
        let same_schema = match (&self.schema, schema) {
            (Some(pattern), Some(schema)) => {
                // `shop.public.customers` names the database too.
                let schema = schema.rsplit('.').next().unwrap_or(schema);
                glob(pattern.as_bytes(), schema.as_bytes(), same)
            }
            (Some(_), None) => self.table != "*",
            (None, _) => true,
        };
        same_schema && glob(self.table.as_bytes(), table.as_bytes(), same)
    }
}

impl<'de> Deserialize<'de> for TablePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&Cow::<str>::deserialize(deserializer)?))
    }
}

impl Serialize for TablePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.schema {
            Some(schema) => serializer.collect_str(&format_args!("{schema}.{}", self.table)),
            None => serializer.serialize_str(&self.table),
        }
    }
}

impl JsonSchema for TablePattern {
    fn schema_name() -> Cow<'static, str> {
        "TablePattern".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_miss_no_table_that_may_be_meant() {
        let cases = [
            ("customers", "customers", true),
            ("customers", "public.customers", true),
            ("customers", "shop.public.customers", true),
            ("customers", "customers_old", false),
            ("Customers", "customers", true),
            ("public.customers", "customers", true),
            ("public.customers", "public.customers", true),
            ("public.customers", "shop.public.customers", true),
            ("public.customers", "archive.customers", false),
            ("billing.*", "billing.cards", true),
            ("billing.*", "public.cards", false),
            ("billing.*", "cards", false),
            ("*_secret", "api_secret", true),
            ("*_secret", "api_secrets", false),
            ("card?", "cards", true),
            ("card?", "card", false),
            ("*a*b*c", "xxaxxbxxbc", true),
            ("*", "anything", true),
            ("customers", "", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(
                TablePattern::new(pattern).matches(name),
                expected,
                "{pattern} {name}"
            );
        }
    }
}
