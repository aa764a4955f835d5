//! Which facts a text can look at.

use std::collections::BTreeSet;

/// How a language writes what must be told apart here.
#[derive(Debug, Clone, Copy)]
pub struct Syntax {
    /// The name under which the facts are reached.
    pub root: &'static str,
    /// What begins a comment that ends with its line.
    pub comment: &'static str,
    /// What begins and ends a string without escapes, where there is such a thing.
    pub raw_quote: Option<char>,
}

/// The facts that a text names. Where it cannot be told, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    all: bool,
    names: BTreeSet<String>,
}

impl Wanted {
    /// All facts there are.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            all: true,
            names: BTreeSet::new(),
        }
    }

    /// Reads a text: `root.name`, `root["name"]` and `root has name` name a fact; any other use of
    /// the root may mean every fact.
    #[must_use]
    pub fn read(text: &str, syntax: Syntax) -> Self {
        let code = without_comments(text, syntax);
        let mut names = BTreeSet::new();
        for (at, _) in code.match_indices(syntax.root) {
            let (before, after) = (code.get(..at), code.get(at + syntax.root.len()..));
            let (Some(before), Some(after)) = (before, after) else {
                return Self::everything();
            };
            if before.ends_with(is_word) || after.starts_with(is_word) {
                continue;
            }
            match name_after(after.trim_start()) {
                Some(name) => names.insert(name.to_owned()),
                None => return Self::everything(),
            };
        }
        Self { all: false, names }
    }

    /// These facts as well.
    #[must_use]
    pub fn and(mut self, names: &[&str]) -> Self {
        self.names.extend(names.iter().map(|&name| name.to_owned()));
        self
    }

    /// Whether the text can look at this fact.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.all || self.names.contains(name)
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn name_after(rest: &str) -> Option<&str> {
    if let Some(rest) = rest.strip_prefix('.') {
        return word(rest.trim_start());
    }
    if let Some(rest) = rest.strip_prefix('[') {
        return quoted(rest.trim_start());
    }
    let rest = rest.strip_prefix("has")?;
    if rest.starts_with(is_word) {
        return None;
    }
    let rest = rest.trim_start();
    quoted(rest).or_else(|| word(rest))
}

fn word(rest: &str) -> Option<&str> {
    let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    rest.get(..end).filter(|word| !word.is_empty())
}

fn quoted(rest: &str) -> Option<&str> {
    let (name, _) = rest.strip_prefix('"')?.split_once('"')?;
    (!name.contains('\\')).then_some(name)
}

/// The text without its comments; what is in a string stays.
fn without_comments(text: &str, syntax: Syntax) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with(syntax.comment) {
            let end = rest.find('\n').unwrap_or(rest.len());
            rest = rest.get(end..).unwrap_or_default();
            continue;
        } else if c == '"' {
            string_length(rest)
        } else if Some(c) == syntax.raw_quote {
            let inside = rest.get(c.len_utf8()..).unwrap_or_default();
            inside
                .find(c)
                .map_or(rest.len(), |end| end + 2 * c.len_utf8())
        } else {
            c.len_utf8()
        };
        let (taken, left) = rest.split_at_checked(length).unwrap_or((rest, ""));
        code.push_str(taken);
        rest = left;
    }
    code
}

/// Bytes of the string that a text begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGO: Syntax = Syntax {
        root: "input",
        comment: "#",
        raw_quote: Some('`'),
    };
    const CEDAR: Syntax = Syntax {
        root: "context",
        comment: "//",
        raw_quote: None,
    };

    fn read(text: &str, syntax: Syntax) -> String {
        let wanted = Wanted::read(text, syntax);
        if wanted.all {
            return "*".to_owned();
        }
        wanted.names.into_iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_what_is_named_is_wanted() {
        let cases = [
            ("allow if input.sql.class == \"read\"", "sql"),
            (
                "input.sql; input[\"http\"].path; input . text",
                "http sql text",
            ),
            ("import input.tool_call as call", "tool_call"),
            ("# input and input.at\nallow if input.sql", "sql"),
            ("x := `# ` ; input.at # input", "at"),
            ("x := \"# \\\" # \"; input.at", "at"),
            ("x := input", "*"),
            ("x := input[name]", "*"),
            ("input[\"a\\u0074\"]", "*"),
            ("allow if true with input as {}", "*"),
            ("my_input.at; inputs.at", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text, REGO), expected, "{text}");
        }
        let cases = [
            ("when { context.sql.class == \"read\" };", "sql"),
            (
                "when { context has http && context[\"http\"] has path };",
                "http",
            ),
            ("when { context has \"at\" };", "at"),
            ("when { context has sql.class };", "sql"),
            ("// context\npermit(principal, action, resource);", ""),
            ("when { f(context) };", "*"),
            ("when { context hasnt };", "*"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text, CEDAR), expected, "{text}");
        }
    }
}
