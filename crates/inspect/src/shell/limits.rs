//! Parsing what anybody may send: bounded, quiet, and never a panic of the caller's.

use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use brush_parser::{Parser, ParserOptions, ast::Program};

use super::MAX_TEXT;

/// Stack for the recursive parser, and what must be left of it before more is made.
const STACK: usize = 16 * 1024 * 1024;
const RED_ZONE: usize = 8 * 1024 * 1024;

/// Brackets that may be open at once. The grammar tries each opening one as several things, so that
/// its time doubles with the depth.
const MAX_NESTING: usize = 10;

/// Runs something with a large stack and without a subscriber of log lines.
pub(super) fn quietly<T>(run: impl FnOnce() -> T) -> T {
    let none = tracing::Dispatch::none();
    tracing::dispatcher::with_default(&none, || stacker::maybe_grow(RED_ZONE, STACK, run))
}

/// The dialect: bash, with its extensions.
pub(super) fn options() -> ParserOptions {
    ParserOptions::default()
}

/// The text as a program; `None` where the grammar refuses it, or where it is beyond a limit.
pub(super) fn program(text: &str) -> Option<Program> {
    if !is_bounded(text) {
        return None;
    }
    let parse = || Parser::new(Cursor::new(text), &options()).parse_program();
    catch_unwind(AssertUnwindSafe(parse)).ok()?.ok()
}

/// Whether the text is short and flat enough to be parsed.
pub(super) fn is_bounded(text: &str) -> bool {
    if text.len() > MAX_TEXT || text.contains('\0') {
        return false;
    }
    let mut open = 0_usize;
    let mut deepest = 0;
    for byte in text.bytes() {
        match byte {
            b'(' | b'{' => open += 1,
            b')' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest <= MAX_NESTING
}
