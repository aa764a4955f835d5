//! Names as clients have them and as servers do, where several servers are joined.

use countersign_inspect::{
    json::Json,
    mcp::{ListKind, Message, Namer},
};

use super::{Servers, judged::kind_of};

/// Which server a request is for, and the request as that server knows it. The message comes back where
/// there is none.
pub(super) fn inward(
    servers: &Servers,
    mut message: Message,
) -> Result<(usize, Message), Box<Message>> {
    if !servers.namer.is_joined() {
        return Ok((0, message));
    }
    let found = subject(&mut message).and_then(|(kind, name)| {
        let Json::String(text) = name else {
            return None;
        };
        let (server, inner) = servers.namer.inward(kind, text)?;
        let index = servers.index_of(server?)?;
        let inner = inner.to_owned();
        *text = inner;
        Some(index)
    });
    match found {
        Some(index) => Ok((index, message)),
        None => Err(Box::new(message)),
    }
}

/// Where a request names what it is about.
fn subject(message: &mut Message) -> Option<(ListKind, &mut Json)> {
    let method = message.method()?.to_owned();
    let params = message.params_mut()?;
    if method == "completion/complete" {
        let reference = params.get_mut("ref")?;
        return match reference.str_of("type")? {
            "ref/prompt" => Some((ListKind::Prompts, reference.get_mut("name")?)),
            "ref/resource" => Some((ListKind::Templates, reference.get_mut("uri")?)),
            _ => None,
        };
    }
    let kind = kind_of(&method)?;
    Some((kind, params.get_mut(kind.key())?))
}

/// Gives the resources in a server's message the names that clients know.
pub(super) fn outward(namer: &Namer, server: &str, message: &mut Message) {
    if !namer.is_joined() {
        return;
    }
    if let Some(result) = message.answer_mut() {
        for field in ["contents", "content", "messages"] {
            for item in result.get_mut(field).map_or(&mut [][..], Json::items_mut) {
                rename(namer, server, item, 3);
            }
        }
    }
    if message.method() == Some("notifications/resources/updated")
        && let Some(params) = message.params_mut()
    {
        rename(namer, server, params, 1);
    }
}

/// Only where the protocol has a resource: not in what a tool computed.
fn rename(namer: &Namer, server: &str, value: &mut Json, depth: u8) {
    if depth == 0 {
        return;
    }
    if let Some(Json::String(uri)) = value.get_mut("uri") {
        *uri = namer.outward(ListKind::Resources, server, uri);
    }
    for field in ["resource", "content"] {
        if let Some(inner) = value.get_mut(field) {
            rename(namer, server, inner, depth - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_renamed_where_the_protocol_has_them() {
        let namer = Namer::joined(&["files"]).expect("a name");
        let text = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[
            {"type":"resource_link","uri":"file:///a"},
            {"type":"resource","resource":{"uri":"file:///b","text":"x"}},
            {"type":"text","text":"file:///c"}],
            "structuredContent":{"uri":"file:///d"}}}"#;
        let mut message = Message::parse(text.as_bytes()).expect("a message");
        outward(&namer, "files", &mut message);
        let text = message.document().to_string();
        for expected in [
            "files+file:///a",
            "files+file:///b",
            "\"file:///c\"",
            "\"file:///d\"",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
}
