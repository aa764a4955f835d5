//! Paths of members in settings: the part of JSONPath (RFC 9535) that an edge masks by.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A member of a JSON document, by its path: `$.customer.email`, `$['first name']`, `$.items[*].card`,
/// `$.customer..phone` (at any depth of the customer), `$..ssn` (anywhere).
///
/// Names are compared without regard to capitals. Items of an array are meant whether the path has
/// `[*]` or not, since an API that gives one item and one that gives a list of them are masked alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberPath {
    /// As it is written.
    text: String,
    /// The objects that have the member, in the words of masks.
    objects: String,
    name: String,
}

impl MemberPath {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with it, and how to write it instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let told = |words: &str| ["`", text, "`: ", words].concat();
        let rest = text.strip_prefix('$').ok_or_else(|| told(BEGIN))?;
        let steps = steps(rest).map_err(|words| told(&words))?;
        let Some((last, around)) = steps.split_last() else {
            return Err(told("it names no member, as `$.email` does"));
        };
        if around.iter().any(|step| step.anywhere) {
            return Err(told(
                "`..` stands before the last name alone: `$.customer..email`",
            ));
        }
        let around: Vec<_> = around.iter().map(|step| step.name).collect();
        let objects = match (last.anywhere, around.as_slice()) {
            (true, []) => "*".to_owned(),
            // Masks take such a beginning for the document's.
            (true, [first, ..]) if first.starts_with('$') => {
                return Err(told(
                    "`..` cannot follow a name that begins with `$`: name each one",
                ));
            }
            (true, names) => names.join("."),
            (false, names) => [&["$"], names].concat().join("."),
        };
        Ok(Self {
            text: text.to_owned(),
            objects,
            name: last.name.to_owned(),
        })
    }

    /// The objects that have the member, as a mask names them in the place of a table.
    #[must_use]
    pub fn objects(&self) -> &str {
        &self.objects
    }

    /// Likewise, where the document is a member of another; `None` where it makes no difference.
    #[must_use]
    pub fn objects_in(&self, outer: &str) -> Option<String> {
        match (self.objects.as_str(), self.objects.strip_prefix('$')) {
            ("*", _) => None,
            (_, Some(rest)) => Some(["$.", outer, rest].concat()),
            (within, None) => Some([outer, ".", within].concat()),
        }
    }

    /// The member's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

const BEGIN: &str = "a path begins with `$`, the document: `$.customer.email`";
const ITEM: &str =
    "brackets hold `*`, for every item, or a name in quotes: `$.items[*]['card no']`";
const ANY: &str = "`*` is no name; a name wherever it is has two dots: `$..email`";
const DOT: &str = "a name stands behind a dot: `$.customer.email`";
const NAME: &str = "a name is missing behind a dot";
const PLAIN: &str =
    "a name with a blank, a quote or a bracket is written in brackets: `$['card no']`";

/// A name on the way.
struct Step<'a> {
    /// At any depth of what is before it.
    anywhere: bool,
    name: &'a str,
}

/// The names of a path behind its `$`.
fn steps(mut rest: &str) -> Result<Vec<Step<'_>>, String> {
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (anywhere, at) = match rest.strip_prefix("..") {
            Some(at) => (true, at),
            None => (false, rest),
        };
        let (name, after) = match at.strip_prefix('[') {
            Some(inner) => bracketed(inner)?,
            None => match (anywhere, at.strip_prefix('.')) {
                (true, _) => plain(at)?,
                (false, Some(at)) => plain(at)?,
                (false, None) => return Err(at_fault(DOT, at)),
            },
        };
        match name {
            Some(name) => steps.push(Step { anywhere, name }),
            None if anywhere => return Err(ANY.to_owned()),
            // Items are on every path.
            None => {}
        }
        rest = after;
    }
    Ok(steps)
}

/// A name behind a dot, and what follows it.
fn plain(text: &str) -> Result<(Option<&str>, &str), String> {
    let (name, rest) = text.split_at(text.find(['.', '[']).unwrap_or(text.len()));
    match name {
        "" => Err(at_fault(NAME, text)),
        "*" => Err(ANY.to_owned()),
        _ if name.contains(is_special) => Err(at_fault(PLAIN, name)),
        _ => Ok((Some(name), rest)),
    }
}

fn is_special(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control() || "]\"'\\*?,:()".contains(letter)
}

/// What stands in brackets, and what follows them; `None` for items.
fn bracketed(text: &str) -> Result<(Option<&str>, &str), String> {
    if let Some(rest) = text.strip_prefix("*]") {
        return Ok((None, rest));
    }
    let quoted = ["'", "\""].into_iter().find_map(|quote| {
        let (name, rest) = text.strip_prefix(quote)?.split_once(quote)?;
        Some((name, rest.strip_prefix(']')?))
    });
    match quoted {
        Some((name, rest)) if !name.is_empty() && !name.contains('\\') => Ok((Some(name), rest)),
        _ => Err(at_fault(ITEM, &["[", text].concat())),
    }
}

/// What is wrong, and from where on.
fn at_fault(words: &str, place: &str) -> String {
    match place {
        "" => words.to_owned(),
        place => ["at `", place, "`, ", words].concat(),
    }
}

impl<'de> Deserialize<'de> for MemberPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Cow::<str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Serialize for MemberPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl JsonSchema for MemberPath {
    fn schema_name() -> Cow<'static, str> {
        "MemberPath".into()
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
    fn paths_become_the_words_of_masks() {
        let cases = [
            ("$.email", "$", "email"),
            ("$[*].email", "$", "email"),
            ("$.customer.email", "$.customer", "email"),
            ("$.orders[*].items[*].card", "$.orders.items", "card"),
            ("$.customer.phones[*]", "$.customer", "phones"),
            ("$['first name']", "$", "first name"),
            ("$.a[\"b.c\"]['d']", "$.a.b.c", "d"),
            ("$..ssn", "*", "ssn"),
            ("$..['card no']", "*", "card no"),
            ("$.customer..phone", "customer", "phone"),
            ("$[*].a.b..c[*]", "a.b", "c"),
            ("$.first-name", "$", "first-name"),
            ("$.größe", "$", "größe"),
            ("$.$ref", "$", "$ref"),
            ("$..$ref", "*", "$ref"),
        ];
        for (path, objects, name) in cases {
            let read = MemberPath::parse(path).expect(path);
            assert_eq!((read.objects(), read.name()), (objects, name), "{path}");
        }
    }

    #[test]
    fn a_document_within_another_has_its_path_there() {
        for (path, expected) in [
            ("$.email", Some("$.result")),
            ("$.customer.email", Some("$.result.customer")),
            ("$.customer..email", Some("result.customer")),
            ("$..email", None),
        ] {
            let read = MemberPath::parse(path).expect(path);
            assert_eq!(read.objects_in("result").as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn what_is_no_path_says_what_to_write() {
        let cases = [
            ("", "`$.customer.email`"),
            ("customer.email", "begins with `$`"),
            ("/customer/email", "begins with `$`"),
            ("$", "names no member"),
            ("$[*]", "names no member"),
            ("$email", "at `email`, a name stands behind a dot"),
            ("$.", "a name is missing"),
            ("$..", "a name is missing"),
            ("$...a", "at `.a`, a name is missing"),
            ("$.a..b.c", "before the last name alone"),
            ("$.items[0].card", "at `[0].card`, brackets hold `*`"),
            ("$.items[-1]", "for every item"),
            ("$.items[1:2].card", "for every item"),
            ("$.items[?@.a].card", "for every item"),
            ("$['a','b']", "a name in quotes"),
            ("$['a", "a name in quotes"),
            ("$['']", "a name in quotes"),
            ("$['a\\'b']", "a name in quotes"),
            ("$.*.email", "`$..email`"),
            ("$..*", "`$..email`"),
            ("$..[*]", "`$..email`"),
            ("$.a]", "written in brackets"),
            ("$.card no", "written in brackets"),
            ("$.$a..b", "name each one"),
        ];
        for (path, expected) in cases {
            let told = MemberPath::parse(path).expect_err(path);
            assert!(told.contains(expected), "{path}: {told}");
            assert!(told.starts_with(&format!("`{path}`: ")), "{told}");
        }
    }
}
