//! Calls to functions that do not exist: regorus finds them when it comes to them, which for a rule
//! that seldom holds is long after the text was uploaded.

use countersign_language_facts::Refused;
use regorus::unstable::BUILTINS;

/// Words before a parenthesis that are no functions.
const KEYWORDS: [&str; 11] = [
    "as", "contains", "default", "else", "every", "if", "in", "not", "print", "some", "with",
];

/// Checks every call; `defined` tells whether a rule or an extension has this name.
pub(crate) fn check(text: &str, defined: &dyn Fn(&str) -> bool) -> Result<(), Refused> {
    let code = code(text);
    for (parenthesis, _) in code.match_indices('(') {
        let before = code.get(..parenthesis).unwrap_or_default();
        let start = before
            .rfind(|c: char| !(c == '_' || c == '.' || c.is_alphanumeric()))
            .map_or(0, |at| {
                at + before[at..].chars().next().map_or(1, char::len_utf8)
            });
        let name = before.get(start..).unwrap_or_default();
        let own = name.strip_prefix("data.countersign.").unwrap_or(name);
        let known = name.is_empty()
            || KEYWORDS.contains(&name)
            || BUILTINS.contains_key(name)
            || defined(own);
        if !known {
            let words = format!("there is no function `{name}`");
            return Err(Refused::at_offset(text, start, &words));
        }
    }
    Ok(())
}

/// The text with blanks in place of comments and of what is in strings: nothing moves.
fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let (mut inside, mut escaped) = (None, false);
    for c in text.chars() {
        let shown = match inside {
            None if matches!(c, '"' | '`' | '#') => {
                inside = Some(c);
                false
            }
            None => true,
            Some('#') if c == '\n' => {
                inside = None;
                true
            }
            Some('"') if escaped => {
                escaped = false;
                false
            }
            Some('"') if c == '\\' => {
                escaped = true;
                false
            }
            Some(quote) if c == quote && quote != '#' => {
                inside = None;
                false
            }
            Some(_) => c == '\n',
        };
        if shown {
            code.push(c);
        } else {
            // As many bytes as it had.
            code.extend(std::iter::repeat_n(' ', c.len_utf8()));
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_functions_that_exist_are_called() {
        let defined = |name: &str| ["helper", "countersign.count"].contains(&name);
        for text in [
            "allow if count(input.x) > 1",
            "helper(x) := (x + 1) * 2",
            "allow if data.countersign.helper(1) == 2",
            "allow if not (input.x)\n allow if regex.match(`nonsense(`, \"no(\\\"call(\")",
            "# nonsense(1)\nallow if countersign.count(\"ü\", 1, 2) > 3",
            "x := {y | some y in (input.z)}",
        ] {
            assert_eq!(check(text, &defined), Ok(()), "{text}");
        }
        let refused = check(
            "allow if true\nallow if {\n  \"ü\" == helpers(1)\n}",
            &defined,
        );
        let refused = refused.expect_err("refused");
        assert_eq!((refused.line, refused.column), (Some(3), Some(10)));
        assert!(refused.message.ends_with("there is no function `helpers`"));
    }
}
