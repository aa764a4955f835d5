//! Naming things in settings: names and paths with wildcards.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A name in settings, such as `refund_*`: `*` is any number of characters, `?` is one. Letters are
/// taken as they are.
///
/// ```
/// use countersign_policy_sdk::Pattern;
///
/// let models = Pattern::new("gpt-4o*");
/// assert!(models.matches("gpt-4o-mini") && !models.matches("gpt-5"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// The pattern that `text` writes.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names this.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        glob(self.0.as_bytes(), name.as_bytes(), |a, b| a == b)
    }
}

impl Default for Pattern {
    /// Every name.
    fn default() -> Self {
        Self::new("*")
    }
}

/// A path in settings, such as `/v1/orders/*` or `/srv/**`. `*` and `?` stay within a part between
/// slashes, `**` is any number of parts, and `{name}` is one part, as in a route's template.
///
/// ```
/// use countersign_policy_sdk::PathPattern;
///
/// let order = PathPattern::new("/v1/orders/{id}");
/// assert!(order.matches("/v1/orders/1042"));
/// assert!(!order.matches("/v1/orders/1042/lines") && !order.matches("/v1/orders"));
/// let all = PathPattern::new("/v1/orders/**");
/// assert!(all.matches("/v1/orders/1042/lines") && all.matches("/v1/orders"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern(String);

impl PathPattern {
    /// The pattern that `text` writes.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names this path, from its beginning to its end. Empty parts do not count, so that
    /// `/a//b/` is `/a/b`.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        if self.0.starts_with('/') != path.starts_with('/') {
            return false;
        }
        let parts: Vec<&str> = parts(path).collect();
        self.matches_parts(&parts, |a, b| a == b)
    }

    /// Whether it names a file, however its folder is written. `.` and `..` are resolved in the text,
    /// and letters of either case are the same, as on many disks. A pattern that does not begin with
    /// `/` names files in any folder: `.env` is `/srv/app/.env` too. One that begins with `~/` is the
    /// home of anybody: `~/.ssh/**` is `/home/ada/.ssh/id_rsa` too.
    ///
    /// ```
    /// use countersign_policy_sdk::PathPattern;
    ///
    /// let keys = PathPattern::new("~/.ssh/**");
    /// assert!(keys.matches_file("~/.ssh/id_rsa") && keys.matches_file("/srv/../root/.ssh/id_rsa"));
    /// ```
    #[must_use]
    pub fn matches_file(&self, path: &str) -> bool {
        let resolved = resolve(path);
        let parts: Vec<&str> = parts(&resolved).collect();
        let same = |a: u8, b: u8| a.eq_ignore_ascii_case(&b);
        match self.0.strip_prefix("~/") {
            Some(rest) => Self::new(rest).matches_ending(&parts, same),
            None if self.0.starts_with('/') => {
                resolved.starts_with('/') && self.matches_parts(&parts, same)
            }
            None => self.matches_ending(&parts, same),
        }
    }

    fn matches_ending(&self, path: &[&str], same: fn(u8, u8) -> bool) -> bool {
        (0..path.len()).any(|from| self.matches_parts(path.get(from..).unwrap_or(&[]), same))
    }

    fn matches_parts(&self, path: &[&str], same: fn(u8, u8) -> bool) -> bool {
        let pattern: Vec<&str> = parts(&self.0).collect();
        let part = |pattern: &str, text: &str| {
            pattern.starts_with('{') && pattern.ends_with('}')
                || glob(pattern.as_bytes(), text.as_bytes(), same)
        };
        let (mut p, mut t) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while let Some(text) = path.get(t) {
            match pattern.get(p) {
                Some(&"**") => {
                    star = Some((p, t));
                    p += 1;
                }
                Some(wanted) if part(wanted, text) => {
                    p += 1;
                    t += 1;
                }
                _ => match star {
                    Some((at, from)) => {
                        star = Some((at, from + 1));
                        p = at + 1;
                        t = from + 1;
                    }
                    None => return false,
                },
            }
        }
        pattern.iter().skip(p).all(|rest| *rest == "**")
    }
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// The path without `.` and `..`, as far as the text tells: links are not looked at. What leads out
/// of a folder that is not written keeps its `..`.
///
/// ```
/// use countersign_policy_sdk::resolve_path;
///
/// assert_eq!(resolve_path("/srv/data/../../etc/./passwd"), "/etc/passwd");
/// assert_eq!(resolve_path("a/../../b"), "../b");
/// ```
#[must_use]
pub fn resolve(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for part in parts(path).filter(|part| *part != ".") {
        match (part, kept.last()) {
            ("..", Some(&last)) if last != ".." && last != "~" => {
                kept.pop();
            }
            // There is nothing above the root.
            ("..", None) if rooted => {}
            _ => kept.push(part),
        }
    }
    [if rooted { "/" } else { "" }, &kept.join("/")].concat()
}

/// Linear in practice and quadratic at worst: on a mismatch only the last `*` is widened.
pub(crate) fn glob(pattern: &[u8], text: &[u8], same: fn(u8, u8) -> bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(&character) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == b'?' || same(c, character) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == b'*')
}

/// Text in settings: parsed, written and described alike.
macro_rules! text_setting {
    ($type:ident) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self::new(&Cow::<str>::deserialize(deserializer)?))
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "minLength": 1})
            }
        }
    };
}

text_setting!(Pattern);
text_setting!(PathPattern);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_matched_whole() {
        let cases = [
            ("/v1/orders", "/v1/orders", true),
            ("/v1/orders", "/v1/orders/", true),
            ("/v1/orders", "v1/orders", false),
            ("/v1/orders", "/V1/orders", false),
            ("/v1/*", "/v1/orders", true),
            ("/v1/*", "/v1/orders/7", false),
            ("/v1/**", "/v1", true),
            ("/v1/**", "/v1/orders/7", true),
            ("/v1/**/lines", "/v1/orders/7/lines", true),
            ("/v1/**/lines", "/v1/orders/7/line", false),
            ("/v1/{id}/lines", "/v1/7/lines", true),
            ("/**", "/", true),
            ("/**/a/**/b", "/a/x/a/y/b", true),
        ];
        for (pattern, path, expected) in cases {
            let found = PathPattern::new(pattern).matches(path);
            assert_eq!(found, expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_file_is_found_however_it_is_written() {
        let cases = [
            (".env", ".env", true),
            (".env", "/srv/app/.env", true),
            (".env", "./sub/../.ENV", true),
            (".env", ".environment", false),
            (".env.*", "app/.env.local", true),
            (".git/**", "/srv/app/.git/hooks/pre-commit", true),
            (".git/**", "/srv/app/.github/x", false),
            ("~/.ssh/**", "~/.ssh/id_rsa", true),
            ("~/.ssh/**", "/home/ada/.ssh/id_rsa", true),
            ("~/.ssh/**", "$HOME/.ssh/id_rsa", true),
            ("/etc/**", "/srv/../etc/passwd", true),
            ("/etc/**", "/srv/etc/passwd", false),
            ("/etc/**", "etc/passwd", false),
            ("*.pem", "certs/server.pem", true),
        ];
        for (pattern, path, expected) in cases {
            let found = PathPattern::new(pattern).matches_file(path);
            assert_eq!(found, expected, "{pattern} {path}");
        }
    }

    #[test]
    fn paths_are_resolved_in_their_text() {
        let cases = [
            ("a/./b//c/", "a/b/c"),
            ("/..", "/"),
            ("/../etc", "/etc"),
            ("..", ".."),
            ("a/../..", ".."),
            ("~/../etc", "~/../etc"),
            ("", ""),
        ];
        for (path, expected) in cases {
            assert_eq!(resolve(path), expected, "{path}");
        }
    }
}
