//! People name things by name, the API by id.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::client::Client;

/// Whether the text has the form of an id.
pub fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// The id of the thing with this name, or the text itself where it is an id.
pub async fn by_name(client: &Client, path: &str, kind: &str, name: &str) -> Result<String> {
    if is_id(name) {
        return Ok(name.to_owned());
    }
    let all = client.list(path, &[], usize::MAX).await?;
    match all.iter().find(|item| text(item, "name") == Some(name)) {
        Some(found) => id(found),
        None => bail!("there is no {kind} `{name}`"),
    }
}

/// The id of the thing whose id ends like the short form that people see (`R-4F2A9C`), or the text
/// itself where it is a whole id.
pub fn by_short(items: &[Value], kind: &str, short: &str) -> Result<String> {
    if is_id(short) {
        return Ok(short.to_owned());
    }
    let wanted = short
        .split_once('-')
        .map_or(short, |(_, digits)| digits)
        .to_lowercase();
    let mut found = items.iter().filter(|item| {
        text(item, "id").is_some_and(|id| wanted.len() >= 4 && id.ends_with(&wanted))
    });
    match (found.next(), found.next()) {
        (Some(one), None) => id(one),
        (Some(_), Some(_)) => bail!("more than one {kind} is called {short}: give the whole id"),
        (None, _) => bail!("there is no {kind} {short}"),
    }
}

/// The `id` of an answer.
pub fn id(item: &Value) -> Result<String> {
    Ok(text(item, "id")
        .context("the control plane's answer has no id")?
        .to_owned())
}

fn text<'a>(item: &'a Value, field: &str) -> Option<&'a str> {
    item.get(field)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_form_is_the_end_of_one_id() {
        let items = [
            serde_json::json!({"id": "019a3c1e-7b5d-7f00-8000-0123456789ab"}),
            serde_json::json!({"id": "019a3c1e-7b5d-7f00-8000-0123450789ab"}),
        ];
        assert!(
            by_short(&items, "review", "R-6789AB")
                .unwrap()
                .ends_with("56789ab")
        );
        assert!(by_short(&items, "review", "R-89AB").is_err());
        assert!(by_short(&items, "review", "R-FFFFFF").is_err());
        assert!(by_short(&items, "review", "").is_err());
    }
}
