//! The events of one item of a streamed response that was held: of a released call, or of the message
//! in its place.

use super::core::Core;
use super::responses::Responses;
use crate::json::Json;
use crate::llm::openai_responses;

impl Responses {
    /// Sends the events of a call.
    pub(super) fn release(&mut self, core: &mut Core, index: u64, item: &Json) {
        let id = item.str_of("id").unwrap_or_default().to_owned();
        let kind = item.str_of("type").unwrap_or_default().to_owned();
        let part = match kind.as_str() {
            "function_call" => Some(("arguments", "response.function_call_arguments")),
            "custom_tool_call" => Some(("input", "response.custom_tool_call_input")),
            _ => None,
        };
        let mut begun = item.clone();
        begun.set("status", Json::text("in_progress"));
        if let Some((member, _)) = part {
            begun.set(member, Json::text(""));
        }
        self.send_at(core, "response.output_item.added", index, [("item", begun)]);
        if let Some((member, stem)) = part {
            let written = item.str_of(member).unwrap_or_default();
            let of_item = ("item_id", Json::String(id));
            let delta = ("delta", Json::text(written));
            let kind = format!("{stem}.delta");
            self.send_at(core, &kind, index, [of_item.clone(), delta]);
            let kind = format!("{stem}.done");
            let mut members = vec![of_item, (member, Json::text(written))];
            if let Some(name) = item.get("name") {
                members.push(("name", name.clone()));
            }
            self.send_members(core, &kind, index, members);
        }
        self.send_at(
            core,
            "response.output_item.done",
            index,
            [("item", item.clone())],
        );
    }

    /// Sends the events of a message that says why a call was refused.
    pub(super) fn refuse(&mut self, core: &mut Core, index: u64, id: &str, text: &str) {
        let mut begun = openai_responses::refusal_item(id, "");
        begun.set("status", Json::text("in_progress"));
        begun.set("content", Json::Array(Vec::new()));
        self.send_at(core, "response.output_item.added", index, [("item", begun)]);
        let of_item = || ("item_id", Json::text(id));
        let of_part = || ("content_index", Json::Number("0".to_owned()));
        let part = |text| ("part", openai_responses::refusal_part(text));
        let kind = "response.content_part.added";
        self.send_at(core, kind, index, [of_item(), of_part(), part("")]);
        let kind = "response.output_text.delta";
        let words = ("delta", Json::text(text));
        let none = || ("logprobs", Json::Array(Vec::new()));
        self.send_at(core, kind, index, [of_item(), of_part(), words, none()]);
        let kind = "response.output_text.done";
        let words = ("text", Json::text(text));
        self.send_at(core, kind, index, [of_item(), of_part(), words, none()]);
        let kind = "response.content_part.done";
        self.send_at(core, kind, index, [of_item(), of_part(), part(text)]);
        let item = openai_responses::refusal_item(id, text);
        self.send_at(core, "response.output_item.done", index, [("item", item)]);
    }

    fn send_at<const N: usize>(
        &mut self,
        core: &mut Core,
        kind: &str,
        index: u64,
        members: [(&str, Json); N],
    ) {
        self.send_members(core, kind, index, members.to_vec());
    }

    fn send_members(
        &mut self,
        core: &mut Core,
        kind: &str,
        index: u64,
        members: Vec<(&str, Json)>,
    ) {
        let mut data = Json::object([
            ("type", Json::text(kind)),
            ("output_index", Json::Number(index.to_string())),
        ]);
        for (name, value) in members {
            data.set(name, value);
        }
        self.send(core, kind, data);
    }
}
