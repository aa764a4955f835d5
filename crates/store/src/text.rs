//! Columns that hold JSON or a name out of a closed list, as text.

use countersign_model::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::StoreError;

/// A value as JSON text.
pub fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Database(Box::new(error)))
}

/// The value that a column's JSON text holds.
pub fn from_json<T: DeserializeOwned>(
    table: &'static str,
    column: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable {
        table,
        column,
        source: Some(Box::new(error)),
    })
}

/// A unit variant as its bare name (`"admin"` is stored as `admin`).
pub fn to_name<T: Serialize>(value: &T) -> Result<String, StoreError> {
    Ok(to_json(value)?.trim_matches('"').to_owned())
}

/// The unit variant that a column names.
pub fn from_name<T: DeserializeOwned>(
    table: &'static str,
    column: &'static str,
    name: &str,
) -> Result<T, StoreError> {
    let value = serde_json::Value::String(name.to_owned());
    serde_json::from_value(value).map_err(|error| StoreError::Unreadable {
        table,
        column,
        source: Some(Box::new(error)),
    })
}

/// A count or size, which the database keeps signed.
pub fn to_u64(table: &'static str, column: &'static str, value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|error| StoreError::Unreadable {
        table,
        column,
        source: Some(Box::new(error)),
    })
}

/// A count or size for the database; what is beyond its range stays at its end.
pub fn to_i64(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A moment that may not have come.
pub fn moment(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

/// A `LIKE` pattern for "contains", with the wildcards of the text itself escaped by `\`.
pub fn contains(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
