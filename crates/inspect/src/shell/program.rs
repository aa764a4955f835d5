//! What a program does, by its name and its arguments.

use countersign_model::StatementClass::{
    self, Admin, Destructive, Exec, Read, Session, Unknown, Write,
};

use super::{
    cloud, database, effect::Effect, git, packages, remote, sed, system, walk::Stdin, word::Arg,
};

/// Folders whose programs are the ones their names say.
const FOLDERS: [&str; 9] = [
    "/bin/",
    "/sbin/",
    "/usr/bin/",
    "/usr/sbin/",
    "/usr/local/bin/",
    "/usr/local/sbin/",
    "/opt/homebrew/bin/",
    "/snap/bin/",
    "/busybox/",
];

/// The program's name; `None` where the text does not tell which program runs.
pub(super) fn name(arg: &Arg) -> Option<&str> {
    let text = arg.known_text()?;
    let mut name = text;
    if let Some(folder) = FOLDERS.iter().find(|folder| text.starts_with(**folder)) {
        name = text.get(folder.len()..)?;
    }
    (!name.is_empty() && !name.contains('/') && !name.starts_with('~')).then_some(name)
}

/// Setting a variable changes the session; some change what later commands run.
pub(super) fn assignment(name: &str) -> StatementClass {
    const RUNS: [&str; 26] = [
        "PATH",
        "IFS",
        "ENV",
        "BASH_ENV",
        "SHELLOPTS",
        "BASHOPTS",
        "PROMPT_COMMAND",
        "PS0",
        "PS1",
        "PS2",
        "PS4",
        "PAGER",
        "MANPAGER",
        "EDITOR",
        "VISUAL",
        "BROWSER",
        "LESSOPEN",
        "LESSCLOSE",
        "PYTHONSTARTUP",
        "PYTHONPATH",
        "PERL5OPT",
        "PERL5LIB",
        "RUBYOPT",
        "NODE_OPTIONS",
        "JAVA_TOOL_OPTIONS",
        "SHELL",
    ];
    let prefixes = ["LD_", "DYLD_", "GIT_", "BASH_FUNC_", "CARGO_", "RUSTC"];
    let runs = RUNS.contains(&name) || prefixes.iter().any(|prefix| name.starts_with(prefix));
    if runs { Exec } else { Session }
}

/// A program's arguments.
#[derive(Clone, Copy)]
pub(super) struct Args<'a>(pub(super) &'a [Arg]);

impl<'a> Args<'a> {
    /// Whether one of these options is given: `--long` by any beginning of it, as programs take it,
    /// `-x` alone or in a cluster.
    pub(super) fn has(self, options: &[&str]) -> bool {
        self.0.iter().any(|arg| {
            options
                .iter()
                .any(|option| match option.strip_prefix("--") {
                    Some(_) => {
                        let given = arg.text.split('=').next().unwrap_or("");
                        given.len() > 2 && given.starts_with("--") && option.starts_with(given)
                    }
                    None => short(&arg.text).is_some_and(|cluster| {
                        option.len() == 2
                            && option.chars().nth(1).is_some_and(|c| cluster.contains(c))
                            || arg.text == *option
                    }),
                })
        })
    }

    /// Whether one of these words is given.
    pub(super) fn word(self, words: &[&str]) -> bool {
        self.0.iter().any(|arg| words.contains(&arg.text.as_str()))
    }

    /// Whether an argument that is not told may be an option.
    pub(super) fn unclear(self) -> bool {
        self.0.iter().any(|arg| !arg.certain && arg.may_be_option())
    }

    /// What is no option.
    pub(super) fn operands(self) -> impl Iterator<Item = &'a Arg> {
        let mut only_operands = false;
        self.0.iter().filter(move |arg| {
            if only_operands {
                return true;
            }
            only_operands = arg.text == "--";
            !only_operands && !arg.is_option()
        })
    }

    /// The n-th operand where it is known.
    pub(super) fn sub(self, n: usize) -> Option<&'a str> {
        self.operands().nth(n)?.known_text()
    }

    /// Operands that may be paths.
    pub(super) fn paths(self) -> Vec<String> {
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        self.operands()
            .map(|arg| arg.text.clone())
            .filter(|text| !text.is_empty() && !is_number(text) && text != "-")
            .collect()
    }

    /// Whether nothing is asked but a version or help.
    pub(super) fn only_asks(self) -> bool {
        const ASKS: [&str; 4] = ["--version", "--help", "-V", "-h"];
        matches!(self.0, [one] if one.certain && ASKS.contains(&one.text.as_str()))
    }
}

fn short(text: &str) -> Option<&str> {
    text.strip_prefix('-').filter(|rest| !rest.starts_with('-'))
}

/// Programs that only read, whatever they are told, and whose operands are paths.
const READS_FILES: &[&str] = &[
    "[",
    "b2sum",
    "basename",
    "bat",
    "bzcat",
    "cat",
    "cksum",
    "cmp",
    "column",
    "comm",
    "cut",
    "df",
    "diff",
    "dir",
    "dirname",
    "du",
    "egrep",
    "fgrep",
    "fold",
    "grep",
    "head",
    "hexdump",
    "join",
    "ls",
    "lsof",
    "md5sum",
    "nl",
    "nm",
    "od",
    "paste",
    "readelf",
    "readlink",
    "realpath",
    "rev",
    "sha1sum",
    "sha224sum",
    "sha256sum",
    "sha384sum",
    "sha512sum",
    "size",
    "stat",
    "strings",
    "sum",
    "tac",
    "tail",
    "test",
    "vdir",
    "wc",
    "xzcat",
    "zcat",
    "zgrep",
    "zstdcat",
];

/// Programs and builtins that only read, and whose operands are no paths.
const READS: &[&str] = &[
    ":",
    "[[",
    "arch",
    "bc",
    "break",
    "cal",
    "caller",
    "continue",
    "dirs",
    "echo",
    "env",
    "expand",
    "expr",
    "factor",
    "false",
    "finger",
    "fmt",
    "free",
    "getconf",
    "getent",
    "groups",
    "help",
    "id",
    "iostat",
    "jobs",
    "jq",
    "last",
    "lastlog",
    "let",
    "locale",
    "logname",
    "lsattr",
    "lsb_release",
    "lsblk",
    "lscpu",
    "lsmod",
    "lspci",
    "lsusb",
    "mpstat",
    "nproc",
    "numfmt",
    "pgrep",
    "pidof",
    "printenv",
    "printf",
    "ps",
    "pstree",
    "pwd",
    "seq",
    "sleep",
    "sync",
    "tput",
    "tr",
    "true",
    "tsort",
    "tty",
    "type",
    "uname",
    "unexpand",
    "uptime",
    "users",
    "vmstat",
    "w",
    "wait",
    "whereis",
    "which",
    "who",
    "whoami",
    "yes",
];

/// Builtins that take words, or parts of words, for arithmetic, in which substitutions run.
const EVALUATES: &[&str] = &[
    "[",
    "declare",
    "export",
    "let",
    "local",
    "mapfile",
    "printf",
    "read",
    "readarray",
    "readonly",
    "test",
    "typeset",
    "unset",
    "wait",
];

/// Builtins that change the session alone.
const SESSION: &[&str] = &[
    "bg", "cd", "disown", "exit", "fg", "getopts", "logout", "popd", "pushd", "read", "return",
    "set", "shift", "shopt", "stty", "suspend", "times", "ulimit", "umask", "unalias", "unset",
];

/// Reads, unless one of these options is given.
#[rustfmt::skip]
const GUARDED: &[(&str, &[&str], StatementClass)] = &[
    ("bat", &["--pager"], Exec),
    ("nm", &["--plugin"], Exec),
    ("iconv", &["-o", "--output"], Write),
    ("info", &["-o", "--output", "--init-file"], Write),
    ("base32", &["-o", "--output"], Write),
    ("base64", &["-o", "--output"], Write),
    ("rg", &["--pre", "--hostname-bin"], Exec),
    ("ag", &["--pager"], Exec),
    ("sort", &["-o", "--output", "--compress-program"], Exec),
    ("less", &["-o", "-O", "--log-file", "-k", "--lesskey-file"], Write),
    ("more", &[], Read),
    ("man", &["-P", "--pager", "-H", "--html"], Exec),
    ("date", &["-s", "--set"], Admin),
    ("tree", &["-o"], Write),
    ("file", &["-C", "--compile"], Write),
    ("yq", &["-i", "--inplace", "-s", "--split-exp"], Write),
    ("dmesg", &["-c", "-C", "--clear", "--read-clear", "-n", "-D", "-E"], Admin),
    ("history", &["-c", "-d", "-a", "-w", "-r", "-n"], Session),
    ("objdump", &[], Read),
    ("top", &[], Read),
    ("htop", &[], Read),
    ("fd", &["-x", "-X", "--exec", "--exec-batch"], Exec),
    ("locate", &[], Read),
];

/// The worst that a program does with these arguments.
pub(super) fn effect(name: &str, args: &[Arg], stdin: &Stdin) -> Effect {
    let args = Args(args);
    if EVALUATES.contains(&name) && args.0.iter().any(Arg::hides_substitution) {
        return Exec.into();
    }
    if READS.contains(&name) {
        // `printf -v` and `wait -p` set a variable.
        let sets = matches!(name, "printf" | "wait") && args.has(&["-v", "-p"]);
        return if sets { Session } else { Read }.into();
    }
    if READS_FILES.contains(&name) {
        let skipped =
            usize::from(takes_pattern(name) && !args.has(&["-e", "-f", "--regexp", "--file"]));
        return Effect::from(Read).reading(args.paths().into_iter().skip(skipped));
    }
    if SESSION.contains(&name) {
        return Session.into();
    }
    if let Some((_, options, class)) = GUARDED.iter().find(|(known, ..)| *known == name) {
        // `less '+!command'`.
        let starts = args.0.iter().any(|arg| arg.text.starts_with('+'));
        let class = match () {
            () if starts && matches!(name, "less" | "more" | "man") => Exec,
            () if args.has(options) => *class,
            () if args.unclear() && !options.is_empty() => Unknown,
            () => Read,
        };
        return Effect::from(class).reading(args.paths());
    }
    builtin(name, args)
        .or_else(|| git::effect(name, args))
        .or_else(|| sed::effect(name, args))
        .or_else(|| system::effect(name, args))
        .or_else(|| database::effect(name, args, stdin))
        .or_else(|| remote::effect(name, args))
        .or_else(|| cloud::effect(name, args))
        .or_else(|| packages::effect(name, args))
        .unwrap_or_else(|| Effect::from(Unknown))
}

fn takes_pattern(name: &str) -> bool {
    matches!(name, "grep" | "egrep" | "fgrep" | "zgrep")
}

/// Builtins whose arguments matter.
fn builtin(name: &str, args: Args<'_>) -> Option<Effect> {
    let class = match name {
        "export" | "declare" | "typeset" | "local" | "readonly" => {
            let assigned =
                args.operands()
                    .map(|arg| match (arg.certain, arg.text.split_once('=')) {
                        (_, Some((name, _))) if !name.contains('$') => {
                            assignment(name.trim_end_matches('+'))
                        }
                        (true, _) => assignment(&arg.text),
                        (false, _) => Unknown,
                    });
            assigned
                .max()
                .unwrap_or(Read)
                .max(if args.unclear() { Unknown } else { Session })
        }
        "hash" if args.has(&["-p"]) => Exec,
        "hash" => Session,
        "enable" if args.has(&["-f"]) => Exec,
        "enable" => Session,
        "mapfile" | "readarray" if args.has(&["-C"]) || args.unclear() => Exec,
        "mapfile" | "readarray" => Session,
        "complete" | "compgen" | "compopt" | "bind" | "fc" => Exec,
        "kill" | "pkill" | "killall" | "renice" | "xkill" => Admin,
        "tee" => {
            let paths = args.operands().map(|arg| arg.text.clone());
            let uncertain = args.operands().any(|arg| !arg.certain);
            let floor = if uncertain { Write } else { Read };
            return Some(Effect::from(floor).writing(paths));
        }
        "uniq" => {
            let written = args.operands().nth(1).map(|arg| arg.text.clone());
            let class = if args.unclear() { Unknown } else { Read };
            return Some(Effect::from(class).writing(written));
        }
        "xxd" => {
            let written = args.operands().nth(1).map(|arg| arg.text.clone());
            let class = if args.unclear() { Unknown } else { Read };
            return Some(Effect::from(class).writing(written));
        }
        "rm" | "unlink" | "shred" | "rmdir" | "srm" | "wipe" => {
            let class = match name {
                _ if args.only_asks() => Read,
                "rmdir" => Write,
                _ => Destructive,
            };
            let mut effect = Effect::from(class);
            effect.writes = args.paths();
            return Some(effect);
        }
        _ => return None,
    };
    Some(class.into())
}
