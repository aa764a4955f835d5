//! What keeps a text from being cut for a while: quotes that may hold a secret, and private keys.

/// Longest value in quotes, with its quotes.
pub(super) const MAX_QUOTED: usize = 258;

/// Longest private key, and what its header and footer take.
const MAX_KEY: usize = 16 * 1024 + 128;

/// What is open. Each kind of quote is by itself: one that ends a value may begin the next, and lie
/// within another kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Holds {
    /// Where `"`, `'`, `` ` ``, and an escape that may stand for one of them, opened last.
    quotes: [Option<usize>; 4],
    key: Option<Key>,
}

/// A private key, or what may become one.
#[derive(Debug, Clone, Copy)]
enum Key {
    /// A header of a key whose label ends where no capital follows.
    Label { from: usize },
    /// Its body, and where its footer begins.
    Body { from: usize, footer: Option<usize> },
}

/// The place of a quote among the kinds.
fn kind(character: char) -> Option<usize> {
    ['"', '\'', '`']
        .iter()
        .position(|quote| *quote == character)
}

impl Holds {
    /// Whether anything is open.
    pub(super) fn is_open(&self) -> bool {
        self.key.is_some() || self.is_quoted()
    }

    /// Whether quotes are open.
    pub(super) fn is_quoted(&self) -> bool {
        self.quotes.iter().any(Option::is_some)
    }

    /// A quote, or what may stand for one, opens.
    pub(super) fn open(&mut self, character: char, at: usize) {
        if let Some(opened) = self.quotes.get_mut(kind(character).unwrap_or(3)) {
            *opened = Some(at);
        }
    }

    /// A quote ends what it opened; whether there was that.
    pub(super) fn close(&mut self, character: char) -> bool {
        let opened = kind(character).and_then(|kind| self.quotes.get_mut(kind));
        opened.is_some_and(|opened| opened.take().is_some())
    }

    /// A header may end with a key's label, which begins at `from`.
    pub(super) fn begin(&mut self, from: usize) {
        self.key = Some(Key::Label { from });
    }

    /// A footer begins.
    pub(super) fn end(&mut self, at: usize) {
        if let Some(Key::Body { footer, .. }) = &mut self.key {
            footer.get_or_insert(at);
        }
    }

    /// Closes what does not reach over the next character, which stands at `here`.
    pub(super) fn pass(&mut self, next: char, here: usize, text: &str) {
        for opened in &mut self.quotes {
            *opened = opened.filter(|at| next != '\n' && here - at <= MAX_QUOTED);
        }
        self.key = self.key.and_then(|key| key.after(next, here, text));
    }

    /// The text lost its first bytes.
    pub(super) fn shift(&mut self, by: usize) {
        let shift = |at: &mut usize| *at = at.saturating_sub(by);
        self.quotes.iter_mut().flatten().for_each(shift);
        match &mut self.key {
            None => {}
            Some(Key::Label { from }) => shift(from),
            Some(Key::Body { from, footer }) => {
                shift(from);
                footer.iter_mut().for_each(shift);
            }
        }
    }
}

impl Key {
    fn after(self, next: char, here: usize, text: &str) -> Option<Self> {
        match self {
            Self::Label { from } if !is_label(next) || here - from > 40 => {
                let label = text.get(from..here).unwrap_or_default();
                let private =
                    label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK");
                private.then_some(Self::Body { from, footer: None })
            }
            Self::Body { from, .. } if here - from > MAX_KEY => None,
            Self::Body {
                footer: Some(at), ..
            } if next == '\n' || here - at > 64 => None,
            key => Some(key),
        }
    }
}

fn is_label(character: char) -> bool {
    character.is_ascii_uppercase() || character.is_ascii_digit() || character == ' '
}
