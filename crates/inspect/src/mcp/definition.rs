//! A tool's definition: its canonical form, its digest, and what it says of itself.

use sha2::{Digest as _, Sha256};

use countersign_model::StatementClass;

use crate::json::Json;

/// Bytes of a definition's text that are kept for people. The digest is over all of it.
pub const MAX_DEFINITION_TEXT: usize = 64 << 10;

/// Parameters of a tool that may be mirrored into headers.
const MAX_PARAMETERS: usize = 64;

/// Why a definition is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// It is no object, or has no name.
    #[error("a tool's definition has no name")]
    Name,
    /// A header of a parameter is malformed, is there twice, or stands where none may stand.
    #[error("a tool's definition has an `x-mcp-header` that makes no sense")]
    Header,
}

/// A tool's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The tool, by the server's name for it.
    pub name: String,
    /// SHA-256 over the canonical form of all of it, in lower-case hex.
    pub digest: String,
    /// The canonical form, cut at [`MAX_DEFINITION_TEXT`].
    pub text: String,
    /// The worst effect, as the definition's annotations tell.
    pub class: StatementClass,
    /// Parameters that are mirrored into headers: the header's last part, and the path to the value.
    pub mirrored: Vec<(String, Vec<String>)>,
    /// Whether its text has characters that a model reads and a person does not see: such a definition
    /// is trusted by nobody before somebody has looked at it.
    pub hides: bool,
    /// Whether the server takes a call of it as a task.
    pub takes_tasks: bool,
}

impl Definition {
    /// Reads a definition. Every field counts, also those that nobody here knows: a client's model may
    /// well read them.
    ///
    /// # Errors
    /// When it has no name, or asks for headers that make no sense.
    pub fn of(definition: &Json) -> Result<Self, DefinitionError> {
        let name = definition.str_of("name").ok_or(DefinitionError::Name)?;
        let mut text = String::new();
        canonical(definition, &mut text);
        let mut hash = Sha256::new();
        hash.update(b"countersign-tool-v1\n");
        hash.update(text.as_bytes());
        let digest = hash.finalize();
        text.truncate(text.floor_char_boundary(MAX_DEFINITION_TEXT));
        Ok(Self {
            name: name.to_owned(),
            hides: hides(definition),
            takes_tasks: takes_tasks(definition),
            digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            text,
            class: class(definition.get("annotations")),
            mirrored: mirrored(definition.get("inputSchema"))?,
        })
    }
}

fn takes_tasks(definition: &Json) -> bool {
    let support = definition.get_in(&["execution", "taskSupport"]);
    let support = support.and_then(Json::as_str);
    matches!(support, Some("optional" | "required"))
}

/// Whether any text in it has characters that are not seen: tags, zero widths, changes of direction,
/// escapes of terminals.
fn hides(value: &Json) -> bool {
    match value {
        Json::String(text) => text.chars().any(is_unseen),
        Json::Array(items) => items.iter().any(hides),
        Json::Object(members) => {
            let mut members = members.iter();
            members.any(|(name, value)| name.chars().any(is_unseen) || hides(value))
        }
        _ => false,
    }
}

fn is_unseen(character: char) -> bool {
    match character {
        '\n' | '\r' | '\t' => false,
        // Zero-width joiners hold emoji together and letters of some scripts.
        '\u{200c}' | '\u{200d}' => false,
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}'
        | '\u{e0100}'..='\u{e01ef}' => true,
        other => other.is_control(),
    }
}

/// What a tool says of its effect. A server may lie: the class is what a grant has to allow and what
/// policies may start from, and pinning sees to it that the lie does not change.
fn class(annotations: Option<&Json>) -> StatementClass {
    let says = |name: &str| annotations?.get(name)?.as_bool();
    if says("readOnlyHint") == Some(true) {
        StatementClass::Read
    } else if says("destructiveHint") == Some(false) {
        StatementClass::Write
    } else if says("destructiveHint") == Some(true) {
        StatementClass::Destructive
    } else {
        // The protocol's default is "destructive"; most servers say nothing at all.
        StatementClass::Exec
    }
}

/// JSON with members in the order of their names, and without spaces.
fn canonical(value: &Json, out: &mut String) {
    match value {
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        Json::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            out.push('{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Json::text(name).to_string());
                out.push(':');
                canonical(value, out);
            }
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

/// Parameters with `x-mcp-header`, all of them on a way of `properties` alone.
fn mirrored(schema: Option<&Json>) -> Result<Vec<(String, Vec<String>)>, DefinitionError> {
    let mut found = Vec::new();
    let Some(schema) = schema else {
        return Ok(found);
    };
    collect(schema, &mut Vec::new(), &mut found)?;
    if found.len() > MAX_PARAMETERS || annotations(schema) != found.len() {
        return Err(DefinitionError::Header);
    }
    let mut names: Vec<_> = found
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(DefinitionError::Header);
    }
    Ok(found)
}

fn collect(
    schema: &Json,
    path: &mut Vec<String>,
    found: &mut Vec<(String, Vec<String>)>,
) -> Result<(), DefinitionError> {
    let properties = schema.get("properties").map_or(&[][..], Json::members);
    for (name, property) in properties {
        path.push(name.clone());
        if let Some(header) = property.get("x-mcp-header") {
            let header = header.as_str().filter(|header| is_token(header));
            let kind = property.str_of("type");
            if !matches!(kind, Some("integer" | "string" | "boolean")) {
                return Err(DefinitionError::Header);
            }
            let header = header.ok_or(DefinitionError::Header)?;
            found.push((header.to_owned(), path.clone()));
        }
        collect(property, path, found)?;
        path.pop();
    }
    Ok(())
}

/// How many schemas ask for a header, wherever they stand. What only looks like one, a parameter of
/// that name, an example or a default, is none.
fn annotations(schema: &Json) -> usize {
    let mut count = usize::from(schema.get("x-mcp-header").is_some());
    for (keyword, value) in schema.members() {
        count += match keyword.as_str() {
            "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => {
                let schemas = value.members().iter();
                schemas.map(|(_, schema)| annotations(schema)).sum()
            }
            "enum" | "const" | "default" | "examples" => 0,
            _ => match value {
                Json::Array(items) => items.iter().map(annotations).sum(),
                one => annotations(one),
            },
        };
    }
    count
}

/// Whether a text may be (part of) a header's name.
fn is_token(text: &str) -> bool {
    let is_char = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.len() <= 128 && text.bytes().all(is_char)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn of(text: &str) -> Result<Definition, DefinitionError> {
        Definition::of(&json::parse(text.as_bytes()).expect(text))
    }

    #[test]
    fn the_order_of_fields_and_spaces_do_not_matter_and_all_else_does() {
        let base = of(r#"{"name":"a","description":"x","inputSchema":{"type":"object"}}"#);
        let base = base.expect("a definition").digest;
        let same = [
            r#"{ "inputSchema": {"type": "object"}, "description": "x", "name": "a" }"#,
            r#"{"name":"\u0061","description":"x","inputSchema":{"type":"object"}}"#,
        ];
        for text in same {
            assert_eq!(of(text).expect(text).digest, base, "{text}");
        }
        let other = [
            r#"{"name":"b","description":"x","inputSchema":{"type":"object"}}"#,
            r#"{"name":"a","description":"y","inputSchema":{"type":"object"}}"#,
            r#"{"name":"a","title":"x","description":"x","inputSchema":{"type":"object"}}"#,
            r#"{"name":"a","description":"x","inputSchema":{"type":"object","title":"t"}}"#,
            r#"{"name":"a","description":"x","inputSchema":{"type":"object"},"outputSchema":{}}"#,
            r#"{"name":"a","description":"x","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}}"#,
            r#"{"name":"a","description":"x","inputSchema":{"type":"object"},"_meta":{"k":1}}"#,
            r#"{"name":"a","description":"x","inputSchema":{"type":"object"},"later":null}"#,
            r#"{"name":"a","description":"x ","inputSchema":{"type":"object"}}"#,
        ];
        for text in other {
            assert_ne!(of(text).expect(text).digest, base, "{text}");
        }
    }

    #[test]
    fn what_people_do_not_see_is_noticed() {
        let cases = [
            (
                "plain, with an emoji \u{1f469}\u{200d}\u{1f4bb} and\nlines",
                false,
            ),
            ("tags \u{e0041}\u{e0042}", true),
            ("zero\u{200b}width", true),
            ("right \u{202e}to left", true),
            ("escape \u{1b}[8m", true),
        ];
        for (description, hides) in cases {
            let description = Json::text(description);
            let text = format!(r#"{{"name":"a","description":{description}}}"#);
            assert_eq!(
                of(&text).expect("a definition").hides,
                hides,
                "{description}"
            );
        }
    }

    #[test]
    fn annotations_tell_the_class() {
        let cases = [
            ("{}", StatementClass::Exec),
            (r#"{"readOnlyHint":true}"#, StatementClass::Read),
            (r#"{"readOnlyHint":false}"#, StatementClass::Exec),
            (r#"{"readOnlyHint":"true"}"#, StatementClass::Exec),
            (r#"{"destructiveHint":false}"#, StatementClass::Write),
            (r#"{"destructiveHint":true}"#, StatementClass::Destructive),
            (
                r#"{"readOnlyHint":true,"destructiveHint":true}"#,
                StatementClass::Read,
            ),
        ];
        for (annotations, class) in cases {
            let text = format!(r#"{{"name":"a","annotations":{annotations}}}"#);
            assert_eq!(
                of(&text).expect("a definition").class,
                class,
                "{annotations}"
            );
        }
    }

    #[test]
    fn parameters_are_mirrored_where_the_way_to_them_is_plain() {
        let of_schema = |schema: &str| of(&format!(r#"{{"name":"a","inputSchema":{schema}}}"#));
        let good = r#"{"properties":{"region":{"type":"string","x-mcp-header":"Region"},
            "in":{"type":"object","properties":{"deep":{"type":"integer","x-mcp-header":"Deep"}}},
            "x-mcp-header":{"type":"string","default":{"x-mcp-header":"no"}}}}"#;
        let mirrored = of_schema(good).expect("a definition").mirrored;
        let path = |parts: &[&str]| parts.iter().map(|&part| part.to_owned()).collect();
        let expected: Vec<(String, Vec<String>)> = vec![
            ("Region".to_owned(), path(&["region"])),
            ("Deep".to_owned(), path(&["in", "deep"])),
        ];
        assert_eq!(mirrored, expected);
        let bad = [
            r#"{"properties":{"a":{"type":"string","x-mcp-header":""}}}"#,
            r#"{"properties":{"a":{"type":"string","x-mcp-header":"a b"}}}"#,
            r#"{"properties":{"a":{"type":"string","x-mcp-header":"a\r\nb"}}}"#,
            r#"{"properties":{"a":{"type":"number","x-mcp-header":"A"}}}"#,
            r#"{"properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}}}"#,
            r#"{"anyOf":[{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}]}"#,
            r#"{"properties":{"a":{"type":"array","items":{"type":"string","x-mcp-header":"A"}}}}"#,
        ];
        for schema in bad {
            assert_eq!(
                of_schema(schema).map(|d| d.name),
                Err(DefinitionError::Header),
                "{schema}"
            );
        }
    }
}
