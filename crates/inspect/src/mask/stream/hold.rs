//! What keeps a text from being cut for a while.

/// Longest value in quotes, with its quotes.
pub(super) const MAX_QUOTED: usize = 258;

/// Longest private key, and what its header and footer take.
const MAX_KEY: usize = 16 * 1024 + 128;

/// What keeps a text from being cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// A quote, by its character, or an escape that may be one.
    Quote { opened: usize, by: Option<char> },
    /// A header of a key whose label ends where no capital follows.
    Label { from: usize },
    /// A private key, and where its footer begins.
    Key { from: usize, footer: Option<usize> },
}

impl Hold {
    /// What is left of it before the next character, which stands at `here`.
    pub(super) fn after(self, next: char, here: usize, text: &str) -> Option<Self> {
        match self {
            Self::Quote { opened, .. } if next == '\n' || here - opened > MAX_QUOTED => None,
            Self::Label { from } if !is_label(next) || here - from > 40 => {
                let label = text.get(from..here).unwrap_or_default();
                let private =
                    label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK");
                private.then_some(Self::Key { from, footer: None })
            }
            Self::Key { from, .. } if here - from > MAX_KEY => None,
            Self::Key {
                footer: Some(at), ..
            } if next == '\n' || here - at > 64 => None,
            hold => Some(hold),
        }
    }

    /// The text lost its first bytes.
    pub(super) fn shift(&mut self, by: usize) {
        let shift = |at: &mut usize| *at = at.saturating_sub(by);
        match self {
            Self::Quote { opened, .. } => shift(opened),
            Self::Label { from } => shift(from),
            Self::Key { from, footer } => {
                shift(from);
                footer.iter_mut().for_each(shift);
            }
        }
    }
}

fn is_label(character: char) -> bool {
    character.is_ascii_uppercase() || character.is_ascii_digit() || character == ' '
}
