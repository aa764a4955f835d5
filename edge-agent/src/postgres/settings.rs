//! Session settings: which a client may give at startup, and which nobody may change, because what
//! the edge knows of a statement depends on them.

/// Settings that the edge pins for a session; changing them would make it misread later statements,
/// or act as somebody else.
const PINNED: &[&str] = &[
    "client_encoding",
    "role",
    "search_path",
    "session_authorization",
    "session_preload_libraries",
    "local_preload_libraries",
    "session_replication_role",
    "standard_conforming_strings",
    "backslash_quote",
    "allow_system_table_mods",
    "row_security",
];

/// Settings that a client may give in its startup message.
const AT_STARTUP: &[&str] = &[
    "application_name",
    "bytea_output",
    "datestyle",
    "deadlock_timeout",
    "default_transaction_deferrable",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "extra_float_digits",
    "geqo",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "intervalstyle",
    "jit",
    "lc_messages",
    "lock_timeout",
    "plan_cache_mode",
    "statement_timeout",
    "tcp_keepalives_count",
    "tcp_keepalives_idle",
    "tcp_keepalives_interval",
    "timezone",
    "work_mem",
];

/// The schemas in which the server looks unqualified names up, the same for every session.
pub(super) const SEARCH_PATH: &str = "public";

/// What every upstream session begins with.
pub(super) const UPSTREAM: &[(&str, &str)] = &[
    ("client_encoding", "UTF8"),
    ("standard_conforming_strings", "on"),
    ("search_path", SEARCH_PATH),
];

/// Values that the server reports and that must stay as they are. Servers before 18 do not report
/// the search path.
pub(super) const REPORTED: &[(&str, &str)] = UPSTREAM;

/// Whether `SET name` is refused.
pub(super) fn is_pinned(name: &str) -> bool {
    PINNED
        .iter()
        .any(|pinned| pinned.eq_ignore_ascii_case(name))
}

/// A setting of a startup message that the edge does not pass on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum SettingRefused {
    #[error("setting \"{0}\" cannot be given when connecting through Countersign")]
    NotAllowed(String),
    #[error("client_encoding must be UTF8; \"{0}\" is not served")]
    Encoding(String),
    #[error("\"options\" holds something other than -c name=value")]
    Options,
}

/// Checks one setting of a startup message; `Some` is to be passed on.
pub(super) fn at_startup(
    name: &str,
    value: &str,
) -> Result<Option<(String, String)>, SettingRefused> {
    let name = name.replace('-', "_").to_ascii_lowercase();
    if name == "client_encoding" {
        return if is_utf8(value) || value.eq_ignore_ascii_case("auto") {
            Ok(None)
        } else {
            Err(SettingRefused::Encoding(value.to_owned()))
        };
    }
    let unchanged = UPSTREAM
        .iter()
        .any(|(pinned, fixed)| *pinned == name && fixed.eq_ignore_ascii_case(value));
    if unchanged {
        return Ok(None);
    }
    // A name with a dot is an extension's or an application's own.
    if AT_STARTUP.contains(&name.as_str()) || (name.contains('.') && !name.starts_with("plpgsql")) {
        return Ok(Some((name, value.to_owned())));
    }
    Err(SettingRefused::NotAllowed(name))
}

/// Whether an encoding's name means UTF-8.
fn is_utf8(name: &str) -> bool {
    let name = name.trim_matches('\'').to_ascii_lowercase();
    matches!(name.as_str(), "utf8" | "utf-8" | "unicode")
}

/// Whether `text` does nothing but set the client's encoding to the one it has anyway, as some
/// drivers do after connecting.
pub(super) fn keeps_encoding(text: &str) -> bool {
    let text = text.trim().trim_end_matches(';').to_ascii_lowercase();
    let text = text.replace('=', " = ");
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["set", "client_encoding", "to" | "=", value]
        | ["set", "session", "client_encoding", "to" | "=", value]
        | ["set", "names", value] => is_utf8(value),
        _ => false,
    }
}

/// Splits a startup message's `options` into settings: `-c a=b`, `-ca=b` and `--a=b`, with
/// backslashes before blanks that belong to a value.
pub(super) fn parse_options(options: &str) -> Result<Vec<(String, String)>, SettingRefused> {
    let mut words = split_words(options).into_iter();
    let mut settings = Vec::new();
    while let Some(word) = words.next() {
        let setting = if word == "-c" {
            words.next().ok_or(SettingRefused::Options)?
        } else if let Some(rest) = word.strip_prefix("--").or_else(|| word.strip_prefix("-c")) {
            rest.to_owned()
        } else {
            return Err(SettingRefused::Options);
        };
        let (name, value) = setting.split_once('=').ok_or(SettingRefused::Options)?;
        settings.push((name.to_owned(), value.to_owned()));
    }
    Ok(settings)
}

fn split_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => word.extend(chars.next()),
            c if c.is_ascii_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn startup_settings_pass_by_name() {
        let cases = [
            ("TimeZone", "UTC", Ok(true)),
            ("extra_float_digits", "2", Ok(true)),
            ("client_encoding", "'utf-8'", Ok(false)),
            ("client_encoding", "LATIN1", Err(())),
            ("search_path", "public", Ok(false)),
            ("search_path", "evil", Err(())),
            ("session_replication_role", "replica", Err(())),
            ("session-replication-role", "replica", Err(())),
            ("role", "postgres", Err(())),
            ("zero_damaged_pages", "on", Err(())),
            ("myapp.tenant", "7", Ok(true)),
        ];
        for (name, value, expected) in cases {
            let got = at_startup(name, value).map(|s| s.is_some()).map_err(|_| ());
            assert_eq!(got, expected, "{name}={value}");
        }
    }

    #[test]
    fn options_are_split_as_the_server_does() {
        let parsed = parse_options(r"-c a=b  -cd=e\ f --g-h=1").expect("parses");
        let expected = [("a", "b"), ("d", "e f"), ("g-h", "1")];
        assert_eq!(parsed.len(), expected.len());
        for ((name, value), (n, v)) in parsed.iter().zip(expected) {
            assert_eq!((name.as_str(), value.as_str()), (n, v));
        }
        assert!(parse_options("-d 5").is_err());
        assert!(parse_options("-c").is_err());
    }

    #[test]
    fn setting_utf8_again_changes_nothing() {
        assert!(keeps_encoding("SET client_encoding TO 'UTF8';"));
        assert!(keeps_encoding("set client_encoding='utf-8'"));
        assert!(keeps_encoding("SET NAMES 'UTF8'"));
        assert!(!keeps_encoding("SET client_encoding TO 'SJIS'"));
        assert!(!keeps_encoding("SET client_encoding TO 'UTF8'; SET role x"));
    }
}
