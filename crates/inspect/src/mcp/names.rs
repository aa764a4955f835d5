//! Names of tools, prompts and resources where several servers stand behind one endpoint.
//!
//! A tool or prompt `read` of the server `files` is `files__read`, a resource `file:///a` of it
//! `files+file:///a`. A server's name has neither `_` nor `+`, so that there is one way to split, and no
//! server can offer a name that belongs to another.

use super::ListKind;

const BETWEEN_NAMES: &str = "__";
const BEFORE_URI: char = '+';

/// A name of a server that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a server's name is a letter, then letters, digits and hyphens, all in lower case; 32 at most"
)]
pub struct NameError;

/// Whether a server may be called that.
#[must_use]
pub fn is_server_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= 32
        && bytes.next().is_some_and(|byte| byte.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Names things for clients, and finds whose they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namer {
    /// None where there is one server alone: then everything keeps its name.
    servers: Option<Vec<String>>,
}

impl Namer {
    /// One server alone.
    #[must_use]
    pub const fn single() -> Self {
        Self { servers: None }
    }

    /// Several servers behind one endpoint.
    ///
    /// # Errors
    /// When one has a name that could be split in another way.
    pub fn joined(servers: &[&str]) -> Result<Self, NameError> {
        if !servers.iter().all(|name| is_server_name(name)) {
            return Err(NameError);
        }
        let servers = servers.iter().map(|&name| name.to_owned()).collect();
        Ok(Self {
            servers: Some(servers),
        })
    }

    /// Whether names are changed.
    #[must_use]
    pub const fn is_joined(&self) -> bool {
        self.servers.is_some()
    }

    /// What clients call an item of a server.
    #[must_use]
    pub fn outward(&self, kind: ListKind, server: &str, name: &str) -> String {
        match (&self.servers, kind) {
            (None, _) => name.to_owned(),
            (Some(_), ListKind::Tools | ListKind::Prompts) => {
                format!("{server}{BETWEEN_NAMES}{name}")
            }
            (Some(_), ListKind::Resources | ListKind::Templates) => {
                format!("{server}{BEFORE_URI}{name}")
            }
        }
    }

    /// Whose item that is, and what the server calls it. `None` where no server has such a name; the
    /// server is `None` where there is one alone.
    #[must_use]
    pub fn inward<'a>(
        &'a self,
        kind: ListKind,
        name: &'a str,
    ) -> Option<(Option<&'a str>, &'a str)> {
        let Some(servers) = &self.servers else {
            return Some((None, name));
        };
        let split = match kind {
            ListKind::Tools | ListKind::Prompts => name.split_once(BETWEEN_NAMES),
            ListKind::Resources | ListKind::Templates => name.split_once(BEFORE_URI),
        };
        let (server, rest) = split?;
        let server = servers.iter().find(|known| *known == server)?;
        Some((Some(server), rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_way_to_split_a_name() {
        let namer = Namer::joined(&["files", "git-hub"]).expect("names");
        let names = [
            "read",
            "_read",
            "__read",
            "files__read",
            "a__b",
            "",
            "+x",
            "file:///a+b",
        ];
        for kind in [
            ListKind::Tools,
            ListKind::Prompts,
            ListKind::Resources,
            ListKind::Templates,
        ] {
            for server in ["files", "git-hub"] {
                for name in names {
                    let outward = namer.outward(kind, server, name);
                    assert_eq!(
                        namer.inward(kind, &outward),
                        Some((Some(server), name)),
                        "{outward}"
                    );
                }
            }
            for name in [
                "read",
                "other__read",
                "other+read",
                "",
                "__read",
                "+read",
                "Files__read",
            ] {
                assert_eq!(namer.inward(kind, name), None, "{name}");
            }
        }
    }

    #[test]
    fn a_servers_name_cannot_hide_another() {
        for name in ["", "a_b", "a__b", "a+b", "A", "-a", "1a", "é", "a b"] {
            assert_eq!(Namer::joined(&["files", name]), Err(NameError), "{name}");
        }
    }

    #[test]
    fn one_server_alone_keeps_its_names() {
        let namer = Namer::single();
        assert_eq!(namer.outward(ListKind::Tools, "s", "a__b"), "a__b");
        assert_eq!(namer.inward(ListKind::Tools, "a__b"), Some((None, "a__b")));
    }
}
