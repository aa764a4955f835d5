//! Headers that repeat what the body says. Who reads one and acts on the other can be fooled, so that
//! they are compared, and what is sent on is written from the body.

use std::borrow::Cow;

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{Definition, Kind, Message, RpcError, Version, code};
use crate::json::Json;

const BEGIN: &str = "=?base64?";
const END: &str = "?=";

/// Why headers and body do not go together. `Display` names the header and none of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderMismatch {
    /// It has to be there.
    #[error("the header {0} is missing")]
    Missing(String),
    /// It says something else than the body.
    #[error("the header {0} does not match the body")]
    Differs(String),
    /// It cannot be read.
    #[error("the header {0} is malformed")]
    Malformed(String),
}

impl From<HeaderMismatch> for RpcError {
    fn from(error: HeaderMismatch) -> Self {
        Self::new(code::HEADER_MISMATCH, format!("Header mismatch: {error}"))
    }
}

/// The headers of one request that repeat its body; none is there twice.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mirrored<'a> {
    /// `MCP-Protocol-Version`
    pub version: Option<&'a str>,
    /// `Mcp-Method`
    pub method: Option<&'a str>,
    /// `Mcp-Name`
    pub name: Option<&'a str>,
}

impl Mirrored<'_> {
    /// Compares them with a message of this version. Where the version does not ask for them they may be
    /// absent, and must be right all the same.
    ///
    /// # Errors
    /// For the first that is missing or differs.
    pub fn check(&self, message: &Message, version: Version) -> Result<(), HeaderMismatch> {
        let required = version.is_stateless() && message.kind() == Kind::Request;
        if required {
            let body = message.meta("io.modelcontextprotocol/protocolVersion");
            let body = body.and_then(Json::as_str);
            same("MCP-Protocol-Version", self.version, body, required)?;
        }
        let method = message.method();
        same("Mcp-Method", self.method, method, required)?;
        let name = name_of(message);
        let given = self.name.map(|name| decode("Mcp-Name", name)).transpose()?;
        same(
            "Mcp-Name",
            given.as_deref(),
            name,
            required && name.is_some(),
        )
    }
}

impl Definition {
    /// The headers that a call of this tool has to carry, by their full names, with their values.
    #[must_use]
    pub fn headers_of(&self, arguments: Option<&Json>) -> Vec<(String, String)> {
        let value = |path: &[String]| {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            match arguments?.get_in(&path)? {
                Json::String(text) => Some(encode_header(text).into_owned()),
                Json::Number(number) => Some(number.clone()),
                Json::Bool(value) => Some(value.to_string()),
                _ => None,
            }
        };
        let headers = self.mirrored.iter();
        headers
            .filter_map(|(name, path)| Some((format!("Mcp-Param-{name}"), value(path)?)))
            .collect()
    }

    /// Compares the headers of a call with its arguments; `given` finds a header by its name.
    ///
    /// # Errors
    /// For the first that is missing or differs.
    pub fn check_headers<'a>(
        &self,
        arguments: Option<&Json>,
        given: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<(), HeaderMismatch> {
        let expected = self.headers_of(arguments);
        for (name, _) in &self.mirrored {
            let header = format!("Mcp-Param-{name}");
            let value = expected.iter().find(|(known, _)| *known == header);
            match (given(&header), value) {
                (None, None) => {}
                (None, Some(_)) => return Err(HeaderMismatch::Missing(header)),
                (Some(_), None) => return Err(HeaderMismatch::Differs(header)),
                (Some(given), Some((_, value))) => {
                    if decode(&header, given)? != decode(&header, value)? {
                        return Err(HeaderMismatch::Differs(header));
                    }
                }
            }
        }
        Ok(())
    }
}

/// What `Mcp-Name` has to repeat, where it has to.
fn name_of(message: &Message) -> Option<&str> {
    let field = match message.method()? {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        "tasks/get" | "tasks/update" | "tasks/cancel" => "taskId",
        _ => return None,
    };
    message.param(field)?.as_str()
}

fn same(
    header: &str,
    given: Option<&str>,
    body: Option<&str>,
    required: bool,
) -> Result<(), HeaderMismatch> {
    match given {
        None if required => Err(HeaderMismatch::Missing(header.to_owned())),
        Some(given) if Some(given) != body => Err(HeaderMismatch::Differs(header.to_owned())),
        _ => Ok(()),
    }
}

/// A value as a header may carry it: in base64 where it is not plain.
#[must_use]
pub fn encode_header(value: &str) -> Cow<'_, str> {
    let plain = value
        .bytes()
        .all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
        && value.trim_matches([' ', '\t']) == value
        && !(value.starts_with(BEGIN) && value.ends_with(END));
    if plain {
        return Cow::Borrowed(value);
    }
    Cow::Owned(format!("{BEGIN}{}{END}", BASE64_STANDARD.encode(value)))
}

fn decode<'a>(header: &str, value: &'a str) -> Result<Cow<'a, str>, HeaderMismatch> {
    let encoded = value
        .strip_prefix(BEGIN)
        .and_then(|rest| rest.strip_suffix(END));
    let Some(encoded) = encoded else {
        return Ok(Cow::Borrowed(value));
    };
    let malformed = || HeaderMismatch::Malformed(header.to_owned());
    let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| malformed())?;
    String::from_utf8(bytes)
        .map(Cow::Owned)
        .map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn call(name: &str) -> Message {
        let name = Json::text(name);
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":{name},"_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}}}}"#
        );
        Message::parse(text.as_bytes()).expect("a call")
    }

    #[test]
    fn headers_must_say_what_the_body_says() {
        let version = Some("2026-07-28");
        let cases = [
            (version, Some("tools/call"), Some("add"), true),
            (version, Some("tools/call"), Some("=?base64?YWRk?="), true),
            (version, Some("tools/call"), Some("=?base64?YWRk"), false),
            (version, Some("tools/call"), Some("=?base64?!?="), false),
            (version, Some("tools/call"), Some("Add"), false),
            (version, Some("tools/call"), Some("sub"), false),
            (version, Some("tools/call"), None, false),
            (version, Some("tools/list"), Some("add"), false),
            (version, Some("Tools/call"), Some("add"), false),
            (version, None, Some("add"), false),
            (None, Some("tools/call"), Some("add"), false),
            (Some("2025-11-25"), Some("tools/call"), Some("add"), false),
        ];
        for (version, method, name, fits) in cases {
            let headers = Mirrored {
                version,
                method,
                name,
            };
            let checked = headers.check(&call("add"), Version::V2026_07_28);
            assert_eq!(checked.is_ok(), fits, "{headers:?}: {checked:?}");
        }
    }

    #[test]
    fn older_versions_need_none_and_a_wrong_one_is_refused() {
        let none = Mirrored::default();
        assert!(none.check(&call("add"), Version::V2025_11_25).is_ok());
        let wrong = Mirrored {
            name: Some("sub"),
            ..none
        };
        assert!(wrong.check(&call("add"), Version::V2025_11_25).is_err());
    }

    #[test]
    fn what_is_not_plain_travels_as_base64() {
        for value in [
            "",
            "plain",
            "a b",
            "\u{00e9}",
            " padded",
            "a\r\nb: c",
            "=?base64?x?=",
        ] {
            let encoded = encode_header(value);
            assert!(
                encoded.bytes().all(|byte| matches!(byte, b' '..=b'~')),
                "{value:?}"
            );
            assert_eq!(decode("x", &encoded).expect("decodes"), value);
        }
    }

    #[test]
    fn parameters_are_mirrored() {
        let definition = r#"{"name":"q","inputSchema":{"properties":{
            "region":{"type":"string","x-mcp-header":"Region"},
            "top":{"type":"integer","x-mcp-header":"Top"}}}}"#;
        let definition = json::parse(definition.as_bytes()).expect("JSON");
        let definition = Definition::of(&definition).expect("a definition");
        let arguments = json::parse(br#"{"region":"eu","other":1}"#).expect("JSON");
        let check = |headers: &[(&str, &'static str)]| {
            let find = |name: &str| {
                let found = headers
                    .iter()
                    .find(|(known, _)| known.eq_ignore_ascii_case(name));
                found.map(|(_, value)| *value)
            };
            definition.check_headers(Some(&arguments), find)
        };
        assert_eq!(check(&[("mcp-param-region", "eu")]), Ok(()));
        assert!(check(&[]).is_err());
        assert!(check(&[("mcp-param-region", "us")]).is_err());
        assert!(check(&[("mcp-param-region", "eu"), ("mcp-param-top", "1")]).is_err());
    }
}
