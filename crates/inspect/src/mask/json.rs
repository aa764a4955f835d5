//! Masks a JSON document: what detectors see in its texts and numbers, and members by their names.

use std::collections::BTreeMap;

use countersign_model::{Mask, MaskSelector, MaskStyle};

use super::{COLUMN, PseudonymKey, TextMasker, mask_value, stricter};
use crate::json::Json;

/// What to mask in documents.
#[derive(Debug, Clone)]
pub struct DocumentMasks {
    words: Option<TextMasker>,
    members: Vec<Member>,
    key: PseudonymKey,
}

/// Members of a name.
#[derive(Debug, Clone)]
struct Member {
    of: Objects,
    name: String,
    style: MaskStyle,
}

/// Which objects have a member that is masked.
#[derive(Debug, Clone)]
enum Objects {
    Any,
    /// At that path, or within what is there.
    Within(String),
    /// At that path alone.
    At(String),
}

/// How often an entity was hidden at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentCount {
    /// Names joined by dots, with `[]` for the items of an array: `users[].email`. Empty for the whole.
    pub path: String,
    /// The entity, or [`COLUMN`] where the name was masked.
    pub entity: &'static str,
    /// How often.
    pub count: u64,
}

impl DocumentMasks {
    /// Masks as obligations ask for them. Of a column `name` is a member's name and `table` says which
    /// objects have it: `*` any, `data.users` those at that path and whatever they hold, `$.data.users`
    /// those at that path alone, `$` the whole document. Arrays are no part of a path.
    #[must_use]
    pub fn new(masks: &[Mask], key: &PseudonymKey) -> Self {
        let mut entities = Vec::new();
        let mut members = Vec::new();
        for mask in masks {
            match &mask.selector {
                MaskSelector::Entity(entity) => entities.push((entity.clone(), mask.style)),
                MaskSelector::Column { table, name } => members.push(Member {
                    of: Objects::new(table),
                    name: name.clone(),
                    style: mask.style,
                }),
            }
        }
        Self {
            words: (!entities.is_empty()).then(|| TextMasker::new(&entities, key)),
            members,
            key: key.clone(),
        }
    }

    /// The masker of texts, where an entity is masked.
    #[must_use]
    pub fn words(&self) -> Option<&TextMasker> {
        self.words.as_ref()
    }

    /// Whether members are masked by their names.
    #[must_use]
    pub fn has_members(&self) -> bool {
        !self.members.is_empty()
    }

    /// Whether nothing is masked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_none() && self.members.is_empty()
    }

    fn style_of(&self, path: &str, name: &str) -> Option<MaskStyle> {
        let path = without_arrays(path);
        let covers =
            |member: &&Member| member.name.eq_ignore_ascii_case(name) && member.of.hold(&path);
        let styles = self.members.iter().filter(covers);
        styles.map(|member| member.style).reduce(stricter)
    }
}

impl Objects {
    fn new(table: &str) -> Self {
        match (table, table.strip_prefix("$.")) {
            ("*", _) => Self::Any,
            ("$", _) => Self::At(String::new()),
            (_, Some(path)) => Self::At(without_arrays(path)),
            (path, None) => Self::Within(without_arrays(path)),
        }
    }

    /// Whether the object at this path is one of them.
    fn hold(&self, path: &str) -> bool {
        match self {
            Self::Any => true,
            Self::At(one) => one.eq_ignore_ascii_case(path),
            Self::Within(one) => path.get(..one.len()).is_some_and(|head| {
                let rest = path.get(one.len()..).unwrap_or_default();
                head.eq_ignore_ascii_case(one) && (rest.is_empty() || rest.starts_with('.'))
            }),
        }
    }
}

/// A path as rules write it; the items of a document that is an array are at its root.
fn without_arrays(path: &str) -> String {
    path.replace("[]", "").trim_start_matches('.').to_owned()
}

/// Masks every text, number and name in a document, and says what was hidden where.
pub fn mask_document(document: &mut Json, masks: &DocumentMasks) -> Vec<DocumentCount> {
    let mut work = Work {
        masks,
        counts: BTreeMap::new(),
    };
    work.mask(document, "", "");
    let counts = work.counts.into_iter();
    counts
        .map(|((path, entity), count)| DocumentCount {
            path,
            entity,
            count,
        })
        .collect()
}

struct Work<'a> {
    masks: &'a DocumentMasks,
    counts: BTreeMap<(String, &'static str), u64>,
}

impl Work<'_> {
    fn mask(&mut self, value: &mut Json, path: &str, name: &str) {
        match value {
            Json::Array(items) => {
                let path = format!("{path}[]");
                for item in items {
                    self.mask(item, &path, name);
                }
            }
            Json::Object(members) => {
                for (name, member) in members.iter_mut() {
                    let inner = joined(path, name);
                    match self.masks.style_of(path, name) {
                        Some(style) => self.hide(member, &inner, style),
                        None => self.mask(member, &inner, name),
                    }
                }
                self.mask_names(members, path);
            }
            leaf => {
                let counts = &mut self.counts;
                if let Some(words) = &self.masks.words {
                    mask_leaf(leaf, name, words, &mut |entity| {
                        *counts.entry((path.to_owned(), entity)).or_default() += 1;
                    });
                }
            }
        }
    }

    /// Hides a member, whatever it holds.
    fn hide(&mut self, value: &mut Json, path: &str, style: MaskStyle) {
        let text = match value {
            Json::Null => return,
            Json::Array(items) => {
                return items
                    .iter_mut()
                    .for_each(|item| self.hide(item, path, style));
            }
            Json::Object(members) => {
                for (name, member) in members.iter_mut() {
                    self.hide(member, &joined(path, name), style);
                }
                return self.mask_names(members, path);
            }
            Json::String(text) => text.clone(),
            ref other => other.to_string(),
        };
        *self.counts.entry((path.to_owned(), COLUMN)).or_default() += 1;
        let hidden = mask_value(style, COLUMN, &text, &self.masks.key);
        *value = hidden.map_or(Json::Null, Json::String);
    }

    /// Masks names that are values themselves, and keeps them apart.
    fn mask_names(&mut self, members: &mut [(String, Json)], path: &str) {
        let Some(words) = &self.masks.words else {
            return;
        };
        for index in 0..members.len() {
            let Some((name, _)) = members.get(index) else {
                return;
            };
            let counts = &mut self.counts;
            let masked = words.mask(name, &mut |entity| {
                *counts.entry((path.to_owned(), entity)).or_default() += 1;
            });
            let masked = match masked {
                Some(std::borrow::Cow::Borrowed(_)) => continue,
                Some(std::borrow::Cow::Owned(masked)) => masked,
                None => "[MASKED]".to_owned(),
            };
            let taken = |name: &str| members.iter().any(|(known, _)| known == name);
            let free = (2..).map(|number| format!("{masked} {number}"));
            let name = match taken(&masked) {
                false => masked.clone(),
                true => free
                    .take(members.len() + 1)
                    .find(|name| !taken(name))
                    .unwrap_or_default(),
            };
            if let Some((known, _)) = members.get_mut(index) {
                *known = name;
            }
        }
    }
}

fn joined(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    }
}

/// Fewest digits of a number that may be a value of somebody.
const FEWEST_DIGITS: usize = 6;

/// Masks one text or number of that name. A masked number becomes a text.
pub(crate) fn mask_leaf(
    leaf: &mut Json,
    name: &str,
    words: &TextMasker,
    count: &mut dyn FnMut(&'static str),
) {
    let text = match leaf {
        Json::String(text) => text,
        Json::Number(number) if number.len() >= FEWEST_DIGITS => number,
        _ => return,
    };
    match words.mask_named(name, text, count) {
        Some(std::borrow::Cow::Borrowed(_)) => {}
        Some(std::borrow::Cow::Owned(masked)) => *leaf = Json::String(masked),
        None => *leaf = Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn column(table: &str, name: &str, style: MaskStyle) -> Mask {
        Mask {
            selector: MaskSelector::Column {
                table: table.to_owned(),
                name: name.to_owned(),
            },
            style,
        }
    }

    fn entity(name: &str, style: MaskStyle) -> Mask {
        Mask {
            selector: MaskSelector::Entity(name.to_owned()),
            style,
        }
    }

    #[test]
    fn texts_numbers_and_names_are_masked() {
        let cases = [
            (
                entity("EMAIL_ADDRESS", MaskStyle::Redact),
                r#"{"users":[{"mail":"to jane@example.com","n":1.50}]}"#,
                r#"{"users":[{"mail":"to [EMAIL_ADDRESS]","n":1.50}]}"#,
            ),
            (
                entity("EMAIL_ADDRESS", MaskStyle::Null),
                r#"{"a":"jane@example.com","b":[1,"x"]}"#,
                r#"{"a":null,"b":[1,"x"]}"#,
            ),
            (
                entity("CREDIT_CARD", MaskStyle::Partial(4)),
                r#"{"card":4111111111111111,"order":4111111111111112}"#,
                r#"{"card":"************1111","order":4111111111111112}"#,
            ),
            (
                entity("US_SSN", MaskStyle::Redact),
                r#"{"ssn":536221234,"total":536221234}"#,
                r#"{"ssn":"[US_SSN]","total":536221234}"#,
            ),
            (
                entity("EMAIL_ADDRESS", MaskStyle::Redact),
                r#"{"a@example.com":1,"b@example.com":2}"#,
                r#"{"[EMAIL_ADDRESS]":1,"[EMAIL_ADDRESS] 2":2}"#,
            ),
            (
                column("*", "Name", MaskStyle::Redact),
                r#"{"name":"Jane","in":{"name":{"first":"J","n":[1,true,null]}}}"#,
                r#"{"name":"[MASKED]","in":{"name":{"first":"[MASKED]","n":["[MASKED]","[MASKED]",null]}}}"#,
            ),
            (
                column("data.users", "id", MaskStyle::Null),
                r#"{"id":1,"data":{"id":2,"users":[{"id":3,"more":{"id":4}}],"usersx":{"id":5}}}"#,
                r#"{"id":1,"data":{"id":2,"users":[{"id":null,"more":{"id":null}}],"usersx":{"id":5}}}"#,
            ),
            (
                column("$.data.users", "id", MaskStyle::Null),
                r#"{"id":1,"data":{"id":2,"users":[[{"id":3,"more":{"id":4}}]]}}"#,
                r#"{"id":1,"data":{"id":2,"users":[[{"id":null,"more":{"id":4}}]]}}"#,
            ),
            (
                column("$", "id", MaskStyle::Null),
                r#"[{"id":1,"data":{"id":2}}]"#,
                r#"[{"id":null,"data":{"id":2}}]"#,
            ),
            (
                column("data", "id", MaskStyle::Null),
                r#"[[{"id":1,"data":[{"\u0069d":2}]}]]"#,
                r#"[[{"id":1,"data":[{"id":null}]}]]"#,
            ),
        ];
        let key = PseudonymKey::from_bytes([7; 32]);
        for (mask, before, after) in cases {
            let mut document = parse(before.as_bytes()).expect("JSON");
            mask_document(&mut document, &DocumentMasks::new(&[mask], &key));
            assert_eq!(document.to_string(), after);
        }
    }

    #[test]
    fn names_in_a_hidden_member_are_masked_like_others() {
        let masks = [
            entity("EMAIL_ADDRESS", MaskStyle::Redact),
            column("*", "pins", MaskStyle::Redact),
        ];
        let mut document = parse(br#"{"pins":{"jane@example.com":1}}"#).expect("JSON");
        let key = PseudonymKey::from_bytes([7; 32]);
        mask_document(&mut document, &DocumentMasks::new(&masks, &key));
        let expected = r#"{"pins":{"[EMAIL_ADDRESS]":"[MASKED]"}}"#;
        assert_eq!(document.to_string(), expected);
    }

    #[test]
    fn it_is_counted_by_path() {
        let text = br#"{"users":[{"mail":"a@example.com b@example.com"},{"mail":"c@example.com","id":1}]}"#;
        let mut document = parse(text).expect("JSON");
        let key = PseudonymKey::from_bytes([7; 32]);
        let masks = [
            entity("EMAIL_ADDRESS", MaskStyle::Redact),
            column("users", "id", MaskStyle::Redact),
        ];
        let counts = mask_document(&mut document, &DocumentMasks::new(&masks, &key));
        let counts: Vec<_> = counts
            .iter()
            .map(|count| (count.path.as_str(), count.entity, count.count))
            .collect();
        assert_eq!(
            counts,
            [
                ("users[].id", COLUMN, 1),
                ("users[].mail", "EMAIL_ADDRESS", 3)
            ]
        );
    }
}
