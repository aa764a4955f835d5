//! JSON as Cedar's values. Built value by value and not read as Cedar's JSON, in which an object such
//! as `{"__entity": …}` from a client's own arguments would be taken for an entity.

use cedar_policy::RestrictedExpression;
use serde_json::{Map, Value};

/// A value; `None` where Cedar has none for it (null). Whole numbers are longs, all others texts:
/// Cedar has no fractions of that kind.
pub(crate) fn expression(value: &Value) -> Result<Option<RestrictedExpression>, String> {
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::Bool(truth) => RestrictedExpression::new_bool(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(long) => RestrictedExpression::new_long(long),
            None => RestrictedExpression::new_string(number.to_string()),
        },
        Value::String(text) => RestrictedExpression::new_string(text.clone()),
        Value::Array(items) => {
            let mut members = Vec::with_capacity(items.len());
            for item in items {
                members.extend(expression(item)?);
            }
            RestrictedExpression::new_set(members)
        }
        Value::Object(map) => {
            RestrictedExpression::new_record(fields(map)?).map_err(|error| error.to_string())?
        }
    }))
}

/// The fields of an object that have a value in Cedar.
pub(crate) fn fields(
    map: &Map<String, Value>,
) -> Result<Vec<(String, RestrictedExpression)>, String> {
    let mut fields = Vec::with_capacity(map.len());
    for (name, value) in map {
        if let Some(value) = expression(value)? {
            fields.push((name.clone(), value));
        }
    }
    Ok(fields)
}
