//! Versions of the protocol that are spoken.

use super::{Kind, Message, RpcError, code};
use crate::json::Json;

/// A version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// With a handshake and sessions.
    V2025_06_18,
    /// Likewise; tasks and elicitation by URL came with it.
    V2025_11_25,
    /// Without handshake and sessions: every request says what it needs.
    V2026_07_28,
}

impl Version {
    /// All of them, oldest first.
    pub const ALL: [Self; 3] = [Self::V2025_06_18, Self::V2025_11_25, Self::V2026_07_28];

    /// The version's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// The version of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }

    /// Whether it has neither handshake nor sessions.
    #[must_use]
    pub const fn is_stateless(self) -> bool {
        matches!(self, Self::V2026_07_28)
    }

    /// Looks whether a request says of itself what this version asks for: without a handshake nobody else
    /// does.
    ///
    /// # Errors
    /// For the first that is missing.
    pub fn check_meta(self, message: &Message) -> Result<(), RpcError> {
        if !self.is_stateless() || message.kind() != Kind::Request {
            return Ok(());
        }
        let version = message.meta("io.modelcontextprotocol/protocolVersion");
        let capabilities = message.meta("io.modelcontextprotocol/clientCapabilities");
        let missing = match (version, capabilities) {
            (Some(Json::String(_)), Some(Json::Object(_))) => return Ok(()),
            (Some(Json::String(_)), _) => "clientCapabilities",
            _ => "protocolVersion",
        };
        let words = format!("`_meta` has no io.modelcontextprotocol/{missing}");
        Err(RpcError::new(code::INVALID_PARAMS, words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_handshake_a_request_says_what_it_speaks_and_what_its_client_can_do() {
        let version = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28""#;
        let capabilities = r#""io.modelcontextprotocol/clientCapabilities":{}"#;
        let no_object = r#""io.modelcontextprotocol/clientCapabilities":[]"#;
        for (meta, good) in [
            (format!("{version},{capabilities}"), true),
            (version.to_owned(), false),
            (capabilities.to_owned(), false),
            (format!("{version},{no_object}"), false),
            (String::new(), false),
        ] {
            let text = format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{"_meta":{{{meta}}}}}}}"#
            );
            let message = Message::parse(text.as_bytes()).expect(&text);
            let checked = Version::V2026_07_28.check_meta(&message);
            let expected = if good {
                Ok(())
            } else {
                Err(code::INVALID_PARAMS)
            };
            assert_eq!(checked.map_err(|error| error.code), expected, "{meta}");
            assert_eq!(Version::V2025_11_25.check_meta(&message), Ok(()));
        }
        let notification = br#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#;
        let notification = Message::parse(notification).expect("a message");
        assert_eq!(Version::V2026_07_28.check_meta(&notification), Ok(()));
    }

    #[test]
    fn versions_are_known_by_their_names_alone() {
        for version in Version::ALL {
            assert_eq!(Version::named(version.as_str()), Some(version));
        }
        for other in [
            "",
            "2024-11-05",
            "2025-03-26",
            "2026-07-28 ",
            "DRAFT-2026-v1",
        ] {
            assert_eq!(Version::named(other), None, "{other}");
        }
    }
}
