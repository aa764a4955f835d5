//! From a word as it is written to the words that the program gets.

use brush_parser::word::{self, BraceExpressionMember, BraceExpressionOrText, WordPiece};

use super::limits;

/// Words that one brace expression may become.
const MAX_BRACES: usize = 64;

/// A word as far as the text tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Arg {
    /// With quotes and escapes resolved; what is only known when it runs stands as it is written.
    pub(super) text: String,
    /// Whether the text is all of it.
    pub(super) certain: bool,
    /// Whether it may become several words, or none.
    splits: bool,
    /// Whether it names files by a pattern.
    pub(super) glob: bool,
    /// Whether it begins with something that is known.
    fixed_start: bool,
}

impl Arg {
    /// A word that is known.
    pub(super) fn known(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            certain: true,
            fixed_start: true,
            ..Self::default()
        }
    }

    /// A word, or several, of which nothing is known, as written.
    pub(super) fn open(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            splits: true,
            ..Self::default()
        }
    }

    /// A part of it, which is as certain as the whole.
    pub(super) fn with_text(&self, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..self.clone()
        }
    }

    /// Whether the program may take it for something else than the name it looks like.
    pub(super) fn may_be_option(&self) -> bool {
        let known = self.certain || (self.fixed_start && !self.splits);
        !known || self.is_option()
    }

    /// Whether a quoted part of it is something that bash would run where it takes the word for
    /// arithmetic: `test -v 'a[$(rm b)]'`.
    pub(super) fn hides_substitution(&self) -> bool {
        self.certain && (self.text.contains("$(") || self.text.contains('`'))
    }

    /// Whether it is written as an option.
    pub(super) fn is_option(&self) -> bool {
        self.text.len() > 1 && self.text.starts_with('-')
    }

    /// The text where all of it is known.
    pub(super) fn known_text(&self) -> Option<&str> {
        (self.certain && !self.glob).then_some(self.text.as_str())
    }
}

/// What a word becomes.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// The words.
    pub(super) args: Vec<Arg>,
    /// Texts of command substitutions in it.
    pub(super) inner: Vec<String>,
    /// Whether a part of it could not be read.
    pub(super) unread: bool,
}

/// Resolves a word.
pub(super) fn resolve(raw: &str) -> Resolved {
    let mut resolved = Resolved::default();
    for text in braces(raw) {
        let arg = match text {
            Some(text) => one(&text, &mut resolved),
            None => Arg::open(raw),
        };
        resolved.args.push(arg);
    }
    resolved
}

/// The command substitutions of a text that is expanded but is no word: a here-document, arithmetic, the
/// inside of `${…}`.
pub(super) fn inner(text: &str, resolved: &mut Resolved) {
    if !text.contains(['$', '`', '<', '>']) {
        return;
    }
    if !limits::is_bounded(text) {
        resolved.unread = true;
        return;
    }
    match word::parse_heredoc(text, &limits::options()) {
        Ok(pieces) => {
            let mut arg = Arg::default();
            for piece in pieces {
                take(
                    piece.piece,
                    text.get(piece.start_index..piece.end_index),
                    true,
                    &mut arg,
                    resolved,
                );
            }
        }
        Err(_) => resolved.unread = true,
    }
}

fn one(raw: &str, resolved: &mut Resolved) -> Arg {
    let mut arg = Arg {
        certain: true,
        ..Arg::default()
    };
    if !limits::is_bounded(raw) {
        resolved.unread = true;
        return Arg::open(raw);
    }
    let Ok(pieces) = word::parse(raw, &limits::options()) else {
        resolved.unread = true;
        return Arg::open(raw);
    };
    for (index, piece) in pieces.into_iter().enumerate() {
        if index == 0 {
            arg.fixed_start = !matches!(
                piece.piece,
                WordPiece::ParameterExpansion(_)
                    | WordPiece::CommandSubstitution(_)
                    | WordPiece::BackquotedCommandSubstitution(_)
                    | WordPiece::ArithmeticExpression(_)
                    | WordPiece::DoubleQuotedSequence(_)
                    | WordPiece::GettextDoubleQuotedSequence(_)
            );
        }
        let source = raw.get(piece.start_index..piece.end_index);
        take(piece.piece, source, false, &mut arg, resolved);
    }
    arg.fixed_start |= arg.certain;
    // The program `[`; a pattern needs more than its beginning.
    arg.glob &= raw != "[";
    arg
}

fn take(
    piece: WordPiece,
    source: Option<&str>,
    quoted: bool,
    arg: &mut Arg,
    resolved: &mut Resolved,
) {
    let source = source.unwrap_or("$");
    match piece {
        WordPiece::Text(text) => {
            arg.glob |= !quoted && text.contains(['*', '?', '[']);
            arg.text.push_str(&text);
        }
        WordPiece::SingleQuotedText(text) => arg.text.push_str(&text),
        WordPiece::AnsiCQuotedText(text) => match ansi_c(&text) {
            Some(text) => arg.text.push_str(&text),
            None => {
                arg.text.push_str(source);
                arg.certain = false;
            }
        },
        WordPiece::EscapeSequence(text) => {
            let text = text.strip_prefix('\\').unwrap_or(&text);
            arg.text.push_str(text.strip_prefix('\n').unwrap_or(text));
        }
        WordPiece::DoubleQuotedSequence(pieces)
        | WordPiece::GettextDoubleQuotedSequence(pieces) => {
            for piece in pieces {
                // The places count from the start of the whole word in some versions of the parser,
                // and from the quote in others: only what is shown depends on it.
                take(piece.piece, None, true, arg, resolved);
            }
        }
        WordPiece::TildeExpansion(_) => arg.text.push_str(source),
        WordPiece::CommandSubstitution(text) => {
            arg.text.push_str(source);
            unknown(arg, quoted);
            resolved.inner.push(text);
        }
        WordPiece::BackquotedCommandSubstitution(text) => {
            arg.text.push_str(source);
            unknown(arg, quoted);
            resolved.inner.push(text.replace("\\`", "`"));
        }
        WordPiece::ParameterExpansion(expression) => {
            arg.text.push_str(source);
            unknown(arg, quoted);
            parameter(&expression, resolved);
        }
        WordPiece::ArithmeticExpression(expression) => {
            arg.text.push_str(source);
            unknown(arg, quoted);
            inner(&expression.value, resolved);
        }
    }
}

fn unknown(arg: &mut Arg, quoted: bool) {
    arg.certain = false;
    arg.splits |= !quoted;
}

/// An expansion's defaults, patterns and indices are words of their own. Its debug form holds all of
/// them, whatever kind it is, so that a kind that a later parser adds is not missed.
fn parameter(expression: &word::ParameterExpr, resolved: &mut Resolved) {
    let form = format!("{expression:?}");
    if form.contains("PromptExpand") {
        resolved.unread = true;
    }
    if !form.contains("$(") && !form.contains('`') && !form.contains("$[") {
        return;
    }
    // The strings of a debug form are escaped; an escape in a substitution is rare enough to be called
    // unreadable rather than to be read wrongly.
    if form.contains('\\') {
        resolved.unread = true;
        return;
    }
    for text in form.split('"').skip(1).step_by(2) {
        inner(text, resolved);
    }
}

/// The words of a brace expression, `None` for what is not told; the word itself where it has none.
fn braces(raw: &str) -> Vec<Option<String>> {
    let whole = || vec![Some(raw.to_owned())];
    if !raw.contains('{') || !limits::is_bounded(raw) || !has_bare_brace(raw) {
        return whole();
    }
    match word::parse_brace_expansions(raw, &limits::options()) {
        Ok(Some(parts)) => {
            expand(&parts).map_or_else(|| vec![None], |words| words.into_iter().map(Some).collect())
        }
        Ok(None) => whole(),
        Err(_) => vec![None],
    }
}

/// Whether a brace stands outside quotes and expansions.
fn has_bare_brace(raw: &str) -> bool {
    word::parse(raw, &limits::options()).is_ok_and(|pieces| {
        pieces
            .iter()
            .any(|p| matches!(&p.piece, WordPiece::Text(text) if text.contains('{')))
    })
}

/// Every word of a brace expression; `None` where they are too many, or a sequence.
fn expand(parts: &[BraceExpressionOrText]) -> Option<Vec<String>> {
    let mut words = vec![String::new()];
    for part in parts {
        let choices = match part {
            BraceExpressionOrText::Text(text) => vec![text.clone()],
            BraceExpressionOrText::Expr(members) => {
                let mut choices = Vec::new();
                for member in members {
                    match member {
                        BraceExpressionMember::Child(parts) => choices.extend(expand(parts)?),
                        BraceExpressionMember::NumberSequence { .. }
                        | BraceExpressionMember::CharSequence { .. } => return None,
                    }
                }
                choices
            }
        };
        if words.len() * choices.len() > MAX_BRACES {
            return None;
        }
        words = words
            .iter()
            .flat_map(|word| {
                choices
                    .iter()
                    .map(move |choice| [word.as_str(), choice].concat())
            })
            .collect();
    }
    // A word that is empty without quotes is no word.
    Some(words.into_iter().filter(|word| !word.is_empty()).collect())
}

/// Resolves `$'…'`; `None` where an escape is not one of the usual ones.
fn ansi_c(text: &str) -> Option<String> {
    let text = text
        .strip_prefix("$'")
        .and_then(|t| t.strip_suffix('\''))
        .unwrap_or(text);
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'a' => out.push('\u{7}'),
            'b' => out.push('\u{8}'),
            'e' | 'E' => out.push('\u{1b}'),
            'f' => out.push('\u{c}'),
            'v' => out.push('\u{b}'),
            same @ ('\\' | '\'' | '"' | '?') => out.push(same),
            'x' => out.push(numeric(&mut chars, None, 2, 16)?),
            'u' => out.push(numeric(&mut chars, None, 4, 16)?),
            'U' => out.push(numeric(&mut chars, None, 8, 16)?),
            octal @ '0'..='7' => out.push(numeric(&mut chars, Some(octal), 2, 8)?),
            _ => return None,
        }
    }
    Some(out)
}

fn numeric(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    first: Option<char>,
    most: usize,
    radix: u32,
) -> Option<char> {
    let mut value = first.and_then(|c| c.to_digit(radix));
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)) else {
            break;
        };
        chars.next();
        value = Some(value.unwrap_or(0) * radix + digit);
    }
    value.and_then(char::from_u32)
}
