//! What goes through the texts of a document, and where texts are in what no format describes.

use crate::json::Json;

/// Goes through the texts of a conversation, in order.
pub(super) trait Texts {
    /// A message begins.
    fn begin(&mut self, role: &str);
    /// A text of the message.
    fn text(&mut self, text: &mut String);
    /// A whole document within the message, such as the arguments of a call.
    fn document(&mut self, document: &mut Json);
}

/// Members that hold names, kinds and data, never words of a person or a model.
const STRUCTURE: &[&str] = &[
    "type",
    "id",
    "role",
    "name",
    "call_id",
    "tool_call_id",
    "tool_use_id",
    "item_id",
    "file_id",
    "container_id",
    "signature",
    "encrypted_content",
    "encrypted_index",
    "data",
    "file_data",
    "image_url",
    "url",
    "media_type",
    "mime_type",
    "format",
    "detail",
    "status",
    "cache_control",
    "object",
    "model",
    "stop_reason",
    "finish_reason",
    "server_label",
    "phase",
];

/// Whether a member of that name holds no words.
pub(super) fn is_structure(name: &str) -> bool {
    STRUCTURE.contains(&name) || name.ends_with("_id")
}

/// Every text in a value, but for what gives it structure.
pub(super) fn walk(value: &mut Json, texts: &mut dyn Texts) {
    match value {
        Json::String(text) => texts.text(text),
        Json::Array(items) => items.iter_mut().for_each(|item| walk(item, texts)),
        Json::Object(_) if value.str_of("type") == Some("text") && is_inline(value) => {
            if let Some(data) = value.get_mut("data") {
                walk(data, texts);
            }
        }
        Json::Object(members) => {
            for (name, member) in members {
                if !is_structure(name) {
                    walk(member, texts);
                }
            }
        }
        _ => {}
    }
}

/// Whether a text stands under `data`, as in a document that is given as plain text.
fn is_inline(value: &Json) -> bool {
    value.get("data").is_some() && value.get("text").is_none()
}

/// Every text of some members.
pub(super) fn walk_members(value: &mut Json, names: &[&str], texts: &mut dyn Texts) {
    for name in names {
        if let Some(member) = value.get_mut(name) {
            walk(member, texts);
        }
    }
}

/// The arguments of a call that are written as a text: as a document where they are one.
pub(super) fn arguments(value: &mut Json, texts: &mut dyn Texts) {
    let Json::String(written) = value else {
        walk(value, texts);
        return;
    };
    match crate::json::parse(written.as_bytes()) {
        Ok(mut document) => {
            let before = document.clone();
            texts.document(&mut document);
            // What was not changed stays as it was written.
            if document != before {
                *written = document.to_string();
            }
        }
        Err(_) => texts.text(written),
    }
}

/// Every text in a document whose members nobody knows, names left alone.
pub(super) fn every_text(value: &mut Json, change: &mut dyn FnMut(&mut String)) {
    match value {
        Json::String(text) => change(text),
        Json::Array(items) => items.iter_mut().for_each(|item| every_text(item, change)),
        Json::Object(members) => {
            for (_, member) in members {
                every_text(member, change);
            }
        }
        _ => {}
    }
}
