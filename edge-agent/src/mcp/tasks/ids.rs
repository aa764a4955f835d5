//! Ids of servers' tasks, as servers have them and as clients do.

use countersign_inspect::{json::Json, mcp::Message};

/// Where a message says which task it belongs to.
pub(super) const RELATED: &str = "io.modelcontextprotocol/related-task";

/// Where results and parameters name a task.
const PLACES: [&[&str]; 3] = [
    &["taskId"],
    &["task", "taskId"],
    &["_meta", RELATED, "taskId"],
];

/// An id of the edge's own, which nobody guesses.
pub(super) fn fresh() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// The part of a message that may name a task: the result, or else the parameters.
pub(super) fn part_mut(message: &mut Message) -> Option<&mut Json> {
    match message.answer().is_some() {
        true => message.answer_mut(),
        false => message.params_mut(),
    }
}

/// The tasks that a message names, kept while it is masked: an id may look like a secret.
pub(in crate::mcp) struct TaskIds(Vec<(&'static [&'static str], String)>);

impl TaskIds {
    pub(in crate::mcp) fn of(message: &Message) -> Self {
        let part = message.answer().or_else(|| message.params());
        let ids = PLACES.into_iter().filter_map(|place| {
            let id = part?.get_in(place)?.as_str()?;
            Some((place, id.to_owned()))
        });
        Self(ids.collect())
    }

    /// Writes them as the other side has them, where it has another.
    pub(in crate::mcp) fn put(&self, message: &mut Message, name: impl Fn(&str) -> Option<String>) {
        if self.0.is_empty() {
            return;
        }
        let Some(part) = part_mut(message) else {
            return;
        };
        for (place, id) in &self.0 {
            if let Some(member) = part.get_in_mut(place) {
                *member = Json::String(name(id).unwrap_or_else(|| id.clone()));
            }
        }
    }
}

/// The id that a notification tells the state of.
pub(in crate::mcp) fn told_of(message: &Message) -> Option<&str> {
    match message.method()? {
        "notifications/tasks/status" | "notifications/tasks" => message.param("taskId")?.as_str(),
        _ => None,
    }
}

/// The task that a server answers a call with.
pub(in crate::mcp) fn created(message: &Message, stateless: bool) -> Option<&str> {
    let result = message.answer()?;
    match stateless {
        true => (result.str_of("resultType") == Some("task"))
            .then(|| result.str_of("taskId"))
            .flatten(),
        false => result.get("task")?.str_of("taskId"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Message {
        Message::parse(text.as_bytes()).expect(text)
    }

    #[test]
    fn ids_are_written_wherever_the_protocol_has_them() {
        let cases = [
            r#""id":1,"result":{"task":{"taskId":"inner","status":"working"}}"#,
            r#""id":1,"result":{"taskId":"inner","status":"working"}"#,
            r#""id":1,"result":{"content":[],"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"inner"}}}"#,
            r#""method":"notifications/tasks/status","params":{"taskId":"inner"}"#,
            r#""id":1,"method":"elicitation/create","params":{"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"inner"}}}"#,
        ];
        for case in cases {
            let mut message = parse(&format!("{{\"jsonrpc\":\"2.0\",{case}}}"));
            let ids = TaskIds::of(&message);
            ids.put(&mut message, |id| {
                (id == "inner").then(|| "outer".to_owned())
            });
            let text = message.document().to_string();
            assert!(text.contains("outer") && !text.contains("inner"), "{text}");
        }
    }

    #[test]
    fn what_a_tool_computed_is_left_alone_and_masked_ids_come_back() {
        let text = r#"{"jsonrpc":"2.0","id":1,"result":{"taskId":"a","structuredContent":{"taskId":"a"}}}"#;
        let mut message = parse(text);
        let ids = TaskIds::of(&message);
        if let Some(result) = message.answer_mut() {
            result.set("taskId", Json::text("[SECRET]"));
        }
        ids.put(&mut message, |_| None);
        assert_eq!(message.document().to_string(), text);
    }

    #[test]
    fn a_server_makes_a_task_in_the_way_of_its_version() {
        let old = r#"{"jsonrpc":"2.0","id":1,"result":{"task":{"taskId":"a"}}}"#;
        let new = r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"task","taskId":"a"}}"#;
        let none = r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","taskId":"a"}}"#;
        for (text, stateless, id) in [
            (old, false, Some("a")),
            (new, true, Some("a")),
            (old, true, None),
            (new, false, None),
            (none, true, None),
        ] {
            assert_eq!(created(&parse(text), stateless), id, "{text} {stateless}");
        }
    }
}
