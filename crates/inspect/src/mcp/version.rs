//! Versions of the protocol that are spoken.

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
}

#[cfg(test)]
mod tests {
    use super::Version;

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
