//! What a command line does, as far as its text tells.
//!
//! Every simple command in it is found, those in pipes, lists, subshells, functions, substitutions and
//! here-documents included, and those that another program is told to run: `sh -c`, `sudo`, `xargs`,
//! `find -exec`, `ssh`. Each gets the class of its worst effect, by its program and its arguments. What
//! cannot be told is [`Unknown`](countersign_model::StatementClass::Unknown), the worst of all: a variable
//! as the program, a text that is no shell, a program that is not known here.

mod cloud;
mod database;
mod effect;
mod git;
mod limits;
mod packages;
mod program;
mod remote;
mod sed;
mod system;
mod walk;
mod word;
mod wrapper;

use countersign_model::{ShellFacts, StatementClass};

use self::walk::Walker;

/// A longer text is not looked at: nobody types it, and the parser takes more than linear time.
pub const MAX_TEXT: usize = 64 * 1024;

/// Facts of a command line. There is always at least one command, since a text that cannot be read is
/// one whose class is unknown; an empty one reads nothing and is a read.
#[must_use]
pub fn inspect(text: &str) -> ShellFacts {
    let mut walker = Walker::default();
    // The parser recurses, and logs what it parses: neither its stack nor a log line may be the
    // caller's.
    limits::quietly(|| walker.text(text));
    let mut commands = walker.into_commands();
    if commands.is_empty() {
        commands.push(effect::command(StatementClass::Read));
    }
    ShellFacts { commands }
}
