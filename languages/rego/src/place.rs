//! Where regorus finds fault: its errors are texts that draw the place.

use countersign_language_facts::Refused;

/// The file name that the text has in errors.
pub(crate) const FILE: &str = "policy.rego";

/// An error of regorus as a place and a message. It looks like
///
/// ```text
/// --> policy.rego:3:9
///   |
/// 3 | allow if {
///   |         ^
/// error: expecting expression
/// ```
pub(crate) fn refused(error: &anyhow::Error) -> Refused {
    let text = format!("{error:#}");
    let message = text
        .split_once("\nerror: ")
        .map_or(text.as_str(), |(_, message)| message)
        .trim();
    let first = message.lines().next().unwrap_or(message);
    match place(&text) {
        Some((line, column)) => Refused::at(line, column, first),
        None => Refused::whole(first),
    }
}

/// The same in one line, for a decision's record.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    refused(error).message
}

fn place(text: &str) -> Option<(u32, u32)> {
    let (_, rest) = text.split_once(FILE)?;
    let mut parts = rest
        .strip_prefix(':')?
        .splitn(3, |c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
