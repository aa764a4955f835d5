//! A condition on a value that a client sends, in settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Action, Pattern, resolve_path};

/// A condition on one value of a tool call's arguments, of a JSON body or of an MCP request's
/// parameters. All that it says has to hold.
///
/// Of a list each element is looked at: see [`Held`].
///
/// ```
/// use countersign_policy_sdk::{Condition, Held, testing::tool_call};
/// use serde_json::json;
///
/// let small: Condition = serde_json::from_value(json!({"at": "/cents", "at_most": 500})).unwrap();
/// let refund = |cents| tool_call("shop", "refund", json!({"cents": cents})).build();
/// assert_eq!(small.look(&refund(json!(500))), Held::Yes);
/// assert_eq!(small.look(&refund(json!(501))), Held::No);
/// // What is no number is not a small one; nor can it be told that it is not.
/// assert_eq!(small.look(&refund(json!("500"))), Held::Unclear);
/// ```
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 2))]
pub struct Condition {
    /// Which value, by JSON Pointer such as `/customer/email`.
    pub at: String,
    /// Whether it is there at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<bool>,
    /// It is this value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<Value>,
    /// It is one of these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<Value>>,
    /// It is a text such as `*@example.com`; `*` is any number of characters, `?` is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<Pattern>,
    /// It is a path in this folder, once `.` and `..` are resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// It is a number, and no more than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// It is a number, and no less than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
}

/// What a look at a value says, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// The condition does not hold.
    No,
    /// It holds for some elements of a list and not for others, or the value is of a kind that the
    /// condition cannot be asked of. A rule that lets pass should take it for *no*, one that stops
    /// for *yes*.
    Unclear,
    /// It holds.
    Yes,
}

impl Condition {
    /// Whether it holds for this action.
    #[must_use]
    pub fn look(&self, action: &Action<'_>) -> Held {
        self.holds_for(action.json_pointer(&self.at).as_ref())
    }

    /// Whether all of them hold.
    #[must_use]
    pub fn look_all(conditions: &[Self], action: &Action<'_>) -> Held {
        let looks = conditions.iter().map(|condition| condition.look(action));
        looks.min().unwrap_or(Held::Yes)
    }

    fn holds_for(&self, value: Option<&Value>) -> Held {
        let Some(value) = value else {
            return yes_or_no(self.present == Some(false));
        };
        if self.present == Some(false) {
            return Held::No;
        }
        match value {
            Value::Array(elements) if !self.is_of_whole() => of_each(elements, |v| self.one(v)),
            one => self.one(one),
        }
    }

    /// Whether a list is meant as a whole.
    fn is_of_whole(&self) -> bool {
        let asks = |value: &Value| value.is_array();
        self.equals.as_ref().is_some_and(asks)
            || self.one_of.iter().flatten().any(asks)
            || self.asks_for_presence_alone()
    }

    fn asks_for_presence_alone(&self) -> bool {
        self.equals.is_none()
            && self.one_of.is_none()
            && self.matches.is_none()
            && self.within.is_none()
            && self.at_most.is_none()
            && self.at_least.is_none()
    }

    fn one(&self, value: &Value) -> Held {
        let number = value.as_f64();
        let text = value.as_str();
        let asked = [
            self.equals.as_ref().map(|w| yes_or_no(same(w, value))),
            self.one_of
                .as_ref()
                .map(|list| yes_or_no(list.iter().any(|w| same(w, value)))),
            self.matches
                .as_ref()
                .map(|p| told(text.map(|text| p.matches(text)))),
            self.within
                .as_ref()
                .map(|folder| told(text.map(|path| is_within(folder, path)))),
            self.at_most.map(|most| told(number.map(|n| n <= most))),
            self.at_least.map(|least| told(number.map(|n| n >= least))),
        ];
        asked.into_iter().flatten().min().unwrap_or(Held::Yes)
    }
}

const fn yes_or_no(holds: bool) -> Held {
    if holds { Held::Yes } else { Held::No }
}

fn told(answer: Option<bool>) -> Held {
    answer.map_or(Held::Unclear, yes_or_no)
}

/// `1` and `1.0` are the same number.
fn same(wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => wanted == value,
    }
}

fn is_within(folder: &str, path: &str) -> bool {
    let folder = resolve_path(folder);
    let path = resolve_path(path);
    let Some(rest) = path.strip_prefix(folder.as_str()) else {
        return false;
    };
    // Another folder may begin with the same letters.
    rest.is_empty() || rest.starts_with('/') || folder == "/"
}

fn of_each(elements: &[Value], look: impl Fn(&Value) -> Held) -> Held {
    let least = elements.iter().map(&look).min();
    let most = elements.iter().map(look).max();
    match (least, most) {
        (Some(least), Some(most)) if least == most => least,
        // Nothing to look at, or not all alike.
        _ => Held::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_holds_and_what_cannot_be_told() {
        use Held::{No, Unclear, Yes};
        let cases = [
            (json!({"equals": "prod"}), json!("prod"), Yes),
            (json!({"equals": "prod"}), json!("Prod"), No),
            (json!({"equals": 1}), json!(1.0), Yes),
            (json!({"equals": ["a"]}), json!(["a"]), Yes),
            (json!({"equals": null}), json!(null), Yes),
            (json!({"one_of": ["a", "b"]}), json!("b"), Yes),
            (json!({"one_of": ["a", "b"]}), json!(["b", "a"]), Yes),
            (json!({"one_of": ["a", "b"]}), json!(["b", "c"]), Unclear),
            (json!({"one_of": ["a", "b"]}), json!(["c"]), No),
            (
                json!({"matches": "*@example.com"}),
                json!("a@example.com"),
                Yes,
            ),
            (
                json!({"matches": "*@example.com"}),
                json!("a@example.com.evil"),
                No,
            ),
            (
                json!({"matches": "*@example.com"}),
                json!(["a@example.com", "b@evil"]),
                Unclear,
            ),
            (json!({"matches": "*"}), json!(7), Unclear),
            (json!({"matches": "*"}), json!([]), Unclear),
            (json!({"within": "/srv/data"}), json!("/srv/data/a"), Yes),
            (json!({"within": "/srv/data/"}), json!("/srv/data"), Yes),
            (json!({"within": "/srv/data"}), json!("/srv/database"), No),
            (json!({"within": "/srv/data"}), json!("/srv/data/../x"), No),
            (json!({"at_most": 500}), json!(500), Yes),
            (json!({"at_most": 500}), json!(500.01), No),
            (json!({"at_most": 500}), json!("500"), Unclear),
            (json!({"at_least": 1, "at_most": 5}), json!(3), Yes),
            (json!({"at_least": 1, "at_most": 5}), json!(0), No),
            (json!({"present": true}), json!([]), Yes),
            (json!({"present": false}), json!(null), No),
        ];
        for (mut condition, value, expected) in cases {
            condition["at"] = json!("/x");
            let shown = format!("{condition} {value}");
            let condition: Condition = serde_json::from_value(condition).expect("a condition");
            assert_eq!(condition.holds_for(Some(&value)), expected, "{shown}");
        }
    }

    #[test]
    fn what_is_not_there_is_only_absent() {
        for (condition, expected) in [
            (json!({"at": "/x", "present": false}), Held::Yes),
            (json!({"at": "/x", "present": true}), Held::No),
            (json!({"at": "/x", "at_most": 5}), Held::No),
            (json!({"at": "/x", "equals": null}), Held::No),
        ] {
            let condition: Condition = serde_json::from_value(condition).expect("a condition");
            assert_eq!(condition.holds_for(None), expected, "{condition:?}");
        }
    }
}
