//! What of a message is masked: every text that a server says, but for what only servers read.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::Message;
use crate::json::{self, Json};

/// Fields of results and parameters that are tokens of the protocol: a client gives them back as they
/// are, and a mask would break them.
const TOKENS: [&str; 6] = [
    "nextCursor",
    "requestState",
    "progressToken",
    "requestId",
    "resultType",
    "protocolVersion",
];

/// In the place of a document that cannot be looked into.
const MASKED: &str = "[MASKED]";

/// A shorter text is masked as a text, whether it may be base64 or not.
const MIN_BASE64: usize = 64;

/// Masks one value and everything in it. Where it stands is told for the record: `result`, `params`,
/// `error`.
pub trait StringMasker {
    /// Masks a value in place.
    fn mask(&mut self, place: &'static str, value: &mut Json);
}

impl<F: FnMut(&'static str, &mut Json)> StringMasker for F {
    fn mask(&mut self, place: &'static str, value: &mut Json) {
        self(place, value);
    }
}

/// Masks what a server says: results (texts, structured content, embedded resources, prompts), errors,
/// and the parameters of its own requests and notifications.
///
/// A text that is itself JSON is masked as JSON. Of what is carried in base64 texts are masked; pictures
/// and sounds are not looked into.
pub fn mask_message(message: &mut Message, masker: &mut dyn StringMasker) {
    if let Some(result) = message.answer_mut() {
        mask_part("result", result, masker);
    }
    if let Some(error) = message.fault_mut() {
        mask_part("error", error, masker);
    }
    if let Some(params) = message.params_mut() {
        mask_part("params", params, masker);
    }
}

fn mask_part(place: &'static str, part: &mut Json, masker: &mut dyn StringMasker) {
    let mut kept = Vec::new();
    if let Json::Object(members) = part {
        for (index, (name, value)) in members.iter_mut().enumerate() {
            if TOKENS.contains(&name.as_str()) && !matches!(value, Json::Object(_) | Json::Array(_))
            {
                kept.push((vec![index], std::mem::replace(value, Json::Null)));
            }
        }
    }
    enter(place, part, &mut Vec::new(), &mut kept, masker);
    masker.mask(place, part);
    for (path, value) in kept {
        put_back(part, &path, value);
    }
}

/// Masks what texts carry within them, and takes out what is done with.
fn enter(
    place: &'static str,
    value: &mut Json,
    path: &mut Vec<usize>,
    kept: &mut Vec<(Vec<usize>, Json)>,
    masker: &mut dyn StringMasker,
) {
    match value {
        Json::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                path.push(index);
                enter(place, item, path, kept, masker);
                path.pop();
            }
        }
        Json::Object(members) => {
            let carries = members
                .iter()
                .any(|(name, _)| name == "mimeType" || name == "blob");
            for (index, (name, member)) in members.iter_mut().enumerate() {
                path.push(index);
                match member {
                    Json::String(text) if name == "text" => mask_inner(place, text, masker),
                    Json::String(text) if carries && matches!(name.as_str(), "blob" | "data") => {
                        if mask_base64(place, text, masker) {
                            kept.push((path.clone(), std::mem::replace(member, Json::Null)));
                        }
                    }
                    other => enter(place, other, path, kept, masker),
                }
                path.pop();
            }
        }
        _ => {}
    }
}

/// A text that is JSON: one document, or one a line.
fn mask_inner(place: &'static str, text: &mut String, masker: &mut dyn StringMasker) {
    if json::is_document(text.as_bytes()) {
        return mask_text(place, text, masker);
    }
    let documents = || {
        text.lines()
            .filter(|line| json::is_document(line.as_bytes()))
    };
    if documents().next().is_none() {
        return;
    }
    let lines = text.split('\n').map(|line| {
        let mut line = line.to_owned();
        if json::is_document(line.as_bytes()) {
            mask_text(place, &mut line, masker);
        }
        line
    });
    *text = lines.collect::<Vec<_>>().join("\n");
}

/// A document. What a client might read in two ways is masked in both; what cannot be looked into is
/// hidden as a whole.
fn mask_text(place: &'static str, text: &mut String, masker: &mut dyn StringMasker) {
    let Ok(mut inner) = json::parse_repeating(text.as_bytes()) else {
        MASKED.clone_into(text);
        return;
    };
    let before = inner.clone();
    masker.mask(place, &mut inner);
    if inner != before {
        *text = inner.to_string();
    }
}

/// Whether it was base64 at all.
fn mask_base64(place: &'static str, text: &mut String, masker: &mut dyn StringMasker) -> bool {
    if text.len() < MIN_BASE64 {
        return false;
    }
    let Ok(bytes) = BASE64_STANDARD.decode(text.as_bytes()) else {
        return false;
    };
    if let Ok(mut inner) = String::from_utf8(bytes) {
        mask_inner(place, &mut inner, masker);
        let mut inner = Json::String(inner);
        masker.mask(place, &mut inner);
        *text = BASE64_STANDARD.encode(inner.as_str().unwrap_or_default());
    }
    true
}

fn put_back(value: &mut Json, path: &[usize], kept: Json) {
    let place = path.iter().try_fold(value, |value, &index| match value {
        Json::Array(items) => items.get_mut(index),
        Json::Object(members) => members.get_mut(index).map(|(_, member)| member),
        _ => None,
    });
    if let Some(place) = place.filter(|place| place.is_null()) {
        *place = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Replaces `secret` in every text and name.
    fn hide(value: &mut Json) {
        match value {
            Json::String(text) => *text = text.replace("secret", "[X]"),
            Json::Array(items) => items.iter_mut().for_each(hide),
            Json::Object(members) => {
                for (name, member) in members {
                    *name = name.replace("secret", "[X]");
                    hide(member);
                }
            }
            _ => {}
        }
    }

    fn masked(text: &str) -> String {
        let mut message = Message::parse(text.as_bytes()).expect(text);
        mask_message(&mut message, &mut |_: &'static str, value: &mut Json| {
            hide(value)
        });
        String::from_utf8(message.to_bytes()).expect("UTF-8")
    }

    #[test]
    fn texts_are_masked_wherever_a_server_puts_them() {
        let places = [
            r#""id":1,"result":{"content":[{"type":"text","text":"the secret"}]}"#,
            r#""id":1,"result":{"structuredContent":{"a":["secret"],"secret":1}}"#,
            r#""id":1,"result":{"content":[{"type":"resource","resource":{"uri":"a:secret","text":"secret"}}]}"#,
            r#""id":1,"result":{"contents":[{"uri":"a:b","text":"{\"k\":\"secret\"}"}]}"#,
            r#""id":1,"result":{"messages":[{"role":"user","content":{"type":"text","text":"secret"}}]}"#,
            r#""id":1,"error":{"code":-32000,"message":"secret","data":{"row":"secret"}}"#,
            r#""method":"notifications/message","params":{"level":"info","data":"secret"}"#,
            r#""method":"notifications/progress","params":{"progressToken":1,"message":"secret"}"#,
            r#""id":1,"method":"elicitation/create","params":{"message":"secret"}"#,
            r#""id":1,"method":"sampling/createMessage","params":{"systemPrompt":"secret"}"#,
            r#""id":1,"result":{"content":[],"_meta":{"a":"secret"}}"#,
        ];
        for place in places {
            let masked = masked(&format!("{{\"jsonrpc\":\"2.0\",{place}}}"));
            assert!(
                !masked.contains("secret") && masked.contains("[X]"),
                "{masked}"
            );
        }
    }

    #[test]
    fn what_is_carried_in_base64_is_masked_where_it_is_text() {
        let long = format!("the secret is out {}", "and about ".repeat(8));
        let blob = BASE64_STANDARD.encode(&long);
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":1,"result":{{"contents":[{{"uri":"a:b","blob":"{blob}"}}]}}}}"#
        );
        let masked = masked(&text);
        let expected = BASE64_STANDARD.encode(long.replace("secret", "[X]"));
        assert!(masked.contains(&expected), "{masked}");
        let picture = BASE64_STANDARD.encode([0xff; 90]);
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":1,"result":{{"content":[{{"type":"image","mimeType":"image/png","data":"{picture}"}}]}}}}"#
        );
        assert_eq!(super::tests::masked(&text), text);
    }

    #[test]
    fn documents_in_texts_are_masked_as_documents() {
        /// Hides the members `pin`.
        fn hide(value: &mut Json) {
            match value {
                Json::Array(items) => items.iter_mut().for_each(hide),
                Json::Object(members) => {
                    for (name, member) in members {
                        match name.as_str() {
                            "pin" => *member = Json::Null,
                            _ => hide(member),
                        }
                    }
                }
                _ => {}
            }
        }
        let deep = format!("{}{{\"pin\":1}}{}", "[".repeat(80), "]".repeat(80));
        let cases = [
            (
                r#"{"pin":1,"a":[{"p\u0069n":2}]}"#,
                r#"{"pin":null,"a":[{"pin":null}]}"#,
            ),
            (r#"{"pin":0,"pin":1}"#, r#"{"pin":null,"pin":null}"#),
            (
                "{\"pin\":1}\nand\n{\"pin\":2}\n",
                "{\"pin\":null}\nand\n{\"pin\":null}\n",
            ),
            (&deep, "[MASKED]"),
            ("{pin: 1}", "{pin: 1}"),
        ];
        for (before, after) in cases {
            let text = Json::text(before).to_string();
            let text = format!(
                r#"{{"jsonrpc":"2.0","id":1,"result":{{"content":[{{"type":"text","text":{text}}}]}}}}"#
            );
            let mut message = Message::parse(text.as_bytes()).expect("a message");
            mask_message(&mut message, &mut |_: &'static str, value: &mut Json| {
                hide(value)
            });
            let masked = message
                .answer()
                .and_then(|it| it.get_in(&["content", "0", "text"]));
            assert_eq!(masked.and_then(Json::as_str), Some(after), "{before}");
        }
    }

    #[test]
    fn tokens_of_the_protocol_stay() {
        let text = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[],"nextCursor":"secret","requestState":"secret"}}"#;
        assert_eq!(masked(text), text);
        let text = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"secret","progress":1}}"#;
        assert_eq!(masked(text), text);
        // A token is a text or a number; anything else under its name is content.
        let masked = masked(r#"{"jsonrpc":"2.0","id":1,"result":{"nextCursor":{"a":"secret"}}}"#);
        assert!(!masked.contains("secret"), "{masked}");
    }
}
