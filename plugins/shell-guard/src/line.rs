//! Judging a command line.

use countersign_policy_sdk::{Pattern, Shell, ShellCommand, Stance, StatementClass};

use crate::{Found, Settings, join};

/// Shells run the text they are fed.
const SHELLS: [&str; 9] = [
    "sh", "bash", "zsh", "dash", "ash", "ksh", "mksh", "rbash", "fish",
];
/// So do these.
const INTERPRETERS: [&str; 8] = [
    "python", "python2", "python3", "perl", "ruby", "node", "php", "lua",
];

impl Settings {
    pub(crate) fn judge_line(&self, line: &Shell) -> Found {
        let mut found = Found::nothing(Stance::Allow);
        let commands = line.commands();
        for command in commands {
            self.look_at_command(&mut found, command);
            if commands.len() > 1 && is_fed(command) {
                found.stop(self.pipe_to_shell, || {
                    join(&["it feeds a text to ", command.program(), ", which runs it"])
                });
            }
        }
        found
    }

    fn look_at_command(&self, found: &mut Found, command: &ShellCommand) {
        let words = command.argv.join(" ");
        let named = |list: &[Pattern]| list.iter().any(|p| names(p, command, &words));
        let shown = || -> &str {
            match command.program() {
                "" => "a command that cannot be told",
                program => program,
            }
        };
        if named(&self.deny_programs) {
            found.stop(Stance::Deny, || join(&[shown(), " is not allowed here"]));
        }
        if named(&self.review_programs) {
            found.stop(Stance::Review, || join(&[shown(), " needs approval"]));
        }
        if !named(&self.allow_programs) {
            self.look_at_class(found, command.class, shown());
        }
        // The project is where the command runs, which its text does not tell.
        for path in &command.paths_written {
            self.look_at_change(found, path, None);
        }
        for path in command.paths_read.iter().chain(&command.paths_written) {
            self.look_at_read(found, path);
        }
        for host in &command.hosts {
            self.look_at_host(found, host);
        }
    }

    fn look_at_class(&self, found: &mut Found, class: StatementClass, shown: &str) {
        let words = [" is a command of class ", class.as_str()].concat();
        if self.deny_classes.contains(&class) {
            found.stop(Stance::Deny, || join(&[shown, &words]));
        } else if self.review_classes.contains(&class) {
            found.stop(Stance::Review, || join(&[shown, &words]));
        } else if !self.allow_classes.contains(&class) {
            found.otherwise = Stance::Abstain;
        }
    }
}

/// A pattern with a blank is one of the whole command.
fn names(pattern: &Pattern, command: &ShellCommand, words: &str) -> bool {
    if pattern.as_str().contains(' ') {
        // The program is named without its folder.
        let program = command.argv.first().map_or("", String::as_str);
        let rest = words.strip_prefix(program).unwrap_or(words);
        return pattern.matches(&join(&[command.program(), rest]));
    }
    pattern.matches(command.program())
}

/// Whether it is an interpreter that gets its text from somewhere else than a file that is named.
fn is_fed(command: &ShellCommand) -> bool {
    // The options by which the text is given; `-e` of a shell is another one.
    let given: &[&str] = match command.program() {
        program if SHELLS.contains(&program) => &["-c", "--version", "--help"],
        program if INTERPRETERS.contains(&program) => &["-c", "-e", "-m", "--version", "--help"],
        _ => return false,
    };
    let arguments = command.argv.get(1..).unwrap_or(&[]);
    if arguments.iter().any(|word| given.contains(&word.as_str())) {
        return false;
    }
    let script = arguments
        .iter()
        .find(|word| !word.starts_with('-') || *word == "-");
    let fed_by_name = |word: &String| word == "-" || word.starts_with("/dev/");
    arguments.iter().any(|word| word == "-s") || script.is_none_or(fed_by_name)
}
