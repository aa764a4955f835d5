//! What lists hold, one item at a time.

use super::Message;
use crate::json::Json;

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListKind {
    /// `tools/list`
    Tools,
    /// `prompts/list`
    Prompts,
    /// `resources/list`
    Resources,
    /// `resources/templates/list`
    Templates,
}

impl ListKind {
    /// The list that a method asks for.
    #[must_use]
    pub fn of_method(method: &str) -> Option<Self> {
        match method {
            "tools/list" => Some(Self::Tools),
            "prompts/list" => Some(Self::Prompts),
            "resources/list" => Some(Self::Resources),
            "resources/templates/list" => Some(Self::Templates),
            _ => None,
        }
    }

    /// The method that asks for it.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::Tools => "tools/list",
            Self::Prompts => "prompts/list",
            Self::Resources => "resources/list",
            Self::Templates => "resources/templates/list",
        }
    }

    /// The answer's field that holds the items.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Prompts => "prompts",
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
        }
    }

    /// The field by which a client names an item.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Tools | Self::Prompts => "name",
            Self::Resources => "uri",
            Self::Templates => "uriTemplate",
        }
    }
}

/// Keeps those items of a list's answer that `keep` says; it may change them. A list that is none
/// becomes empty.
pub fn retain_items(answer: &mut Message, kind: ListKind, mut keep: impl FnMut(&mut Json) -> bool) {
    let Some(result) = answer.answer_mut() else {
        return;
    };
    match result.get_mut(kind.field()) {
        Some(Json::Array(items)) => items.retain_mut(|item| keep(item)),
        Some(other) => *other = Json::Array(Vec::new()),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_kept_or_left_out() {
        let text = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a"},{"name":"b"}],"nextCursor":"x"}}"#;
        let mut answer = Message::parse(text.as_bytes()).expect("a message");
        retain_items(&mut answer, ListKind::Tools, |item| {
            item.str_of("name") == Some("b")
        });
        let expected =
            r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"b"}],"nextCursor":"x"}}"#;
        assert_eq!(String::from_utf8_lossy(&answer.to_bytes()), expected);
    }
}
