//! Programs with a language of their own: sed, awk, and the interpreters.

use countersign_model::StatementClass::{self, Destructive, Exec, Read, Unknown, Write};

use super::{effect::Effect, program::Args, word::Arg};

pub(super) fn effect(name: &str, args: Args<'_>) -> Option<Effect> {
    if args.only_asks() && is_interpreter(name) {
        return Some(Read.into());
    }
    match name {
        "sed" | "gsed" => Some(sed(args)),
        "awk" | "gawk" | "mawk" | "nawk" | "original-awk" => Some(awk(args)),
        "vim" | "vi" | "nvim" | "view" | "ex" | "ed" | "emacs" | "emacsclient" | "make"
        | "gmake" | "cmake" | "ninja" | "just" | "m4" | "gdb" | "lldb" | "ldd" => Some(Exec.into()),
        "nano" | "pico" | "micro" => Some(Effect::from(Write).writing(args.paths())),
        "tar" | "gtar" | "bsdtar" => Some(tar(args)),
        "dd" => Some(dd(args)),
        _ if is_interpreter(name) => Some(Exec.into()),
        _ => None,
    }
}

fn is_interpreter(name: &str) -> bool {
    const NAMES: [&str; 26] = [
        "python",
        "pypy",
        "perl",
        "ruby",
        "node",
        "nodejs",
        "deno",
        "bun",
        "php",
        "lua",
        "luajit",
        "tclsh",
        "wish",
        "Rscript",
        "R",
        "julia",
        "java",
        "scala",
        "groovy",
        "ghc",
        "runghc",
        "osascript",
        "pwsh",
        "powershell",
        "ts-node",
        "tsx",
    ];
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    NAMES.contains(&name) || NAMES.contains(&base)
}

fn sed(args: Args<'_>) -> Effect {
    if args.unclear() {
        return Unknown.into();
    }
    let mut scripts: Vec<&Arg> = Vec::new();
    let mut files: Vec<String> = Vec::new();
    let mut class = Read;
    let mut rest = args.0.iter().peekable();
    let mut given = false;
    while let Some(arg) = rest.next() {
        let text = arg.text.as_str();
        match text {
            "-e" | "--expression" => {
                given = true;
                scripts.extend(rest.next());
            }
            "-f" | "--file" => return Exec.into(),
            _ if text.starts_with("--file") || text.starts_with("-f") => return Exec.into(),
            _ if text.starts_with("--in-place") || text.starts_with("--i") => class = Write,
            _ if text.starts_with("--expression=")
                || text.starts_with("--") && text.contains('=') =>
            {
                return Exec.into();
            }
            _ if text.starts_with("--") => {}
            _ if arg.is_option() => {
                let cluster = text.get(1..).unwrap_or("");
                if cluster.contains('f') {
                    return Exec.into();
                }
                if cluster.contains('i') {
                    class = Write;
                } else if cluster.ends_with('e') {
                    given = true;
                    scripts.extend(rest.next());
                } else if cluster.contains('e') {
                    return Exec.into();
                }
            }
            _ => files.push(arg.text.clone()),
        }
    }
    if !given && !files.is_empty() {
        let script = args.operands().next();
        scripts.extend(script);
        files.remove(0);
    }
    for script in scripts {
        class = class.max(match script.certain {
            true => sed_script(&script.text),
            false => Exec,
        });
    }
    let effect = Effect::from(class);
    if class == Write {
        effect.writing(files)
    } else {
        effect.reading(files)
    }
}

/// Reads what the usual scripts consist of; anything else may be the command `e`.
fn sed_script(script: &str) -> StatementClass {
    let mut class = Read;
    let mut rest = script;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', ';', '}', '{']);
        if rest.is_empty() {
            return class;
        }
        let Some(after) = skip_addresses(rest) else {
            return Exec;
        };
        let after = after.trim_start_matches([' ', '!']);
        let mut chars = after.chars();
        let Some(command) = chars.next() else {
            return class;
        };
        rest = chars.as_str();
        match command {
            'd' | 'D' | 'p' | 'P' | 'n' | 'N' | 'h' | 'H' | 'g' | 'G' | 'x' | '=' | 'q' | 'Q'
            | 'l' | 'z' | 'F' => {
                rest = rest.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
            }
            '{' => {}
            'a' | 'i' | 'c' | 'b' | 't' | 'T' | ':' | '#' => {
                rest = rest.split_once('\n').map_or("", |(_, more)| more);
            }
            's' | 'y' => {
                let Some(flags) = skip_parts(rest) else {
                    return Exec;
                };
                if command == 's' {
                    let end = flags
                        .find(|c: char| !"gpiImM0123456789".contains(c))
                        .unwrap_or(flags.len());
                    let (_, more) = flags.split_at(end);
                    match more.chars().next() {
                        None | Some(' ' | ';' | '\n' | '}' | '\t') => rest = more,
                        Some('w') => return Write,
                        Some(_) => return Exec,
                    }
                } else {
                    rest = flags;
                }
            }
            'w' | 'W' => {
                class = class.max(Write);
                rest = rest.split_once('\n').map_or("", |(_, more)| more);
            }
            _ => return Exec,
        }
    }
}

/// Past `s`'s two parts, to its flags.
fn skip_parts(text: &str) -> Option<&str> {
    let mut chars = text.char_indices();
    let (_, delimiter) = chars.next()?;
    let mut left = 2;
    let mut escaped = false;
    for (at, c) in chars {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == delimiter {
            left -= 1;
            if left == 0 {
                return text.get(at + c.len_utf8()..);
            }
        }
    }
    None
}

fn skip_addresses(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = match rest.chars().next()? {
            '0'..='9' | '$' | ',' | '~' | '+' | ' ' => rest.get(1..)?,
            '/' => {
                let mut escaped = false;
                let end = rest.char_indices().skip(1).find(|(_, c)| {
                    let found = *c == '/' && !escaped;
                    escaped = *c == '\\' && !escaped;
                    found
                })?;
                rest.get(end.0 + 1..)?.trim_start_matches('I')
            }
            _ => return Some(rest),
        };
    }
}

fn awk(args: Args<'_>) -> Effect {
    if args.unclear()
        || args.has(&[
            "-f",
            "--file",
            "-i",
            "--include",
            "-l",
            "--load",
            "-E",
            "--exec",
        ])
    {
        return Exec.into();
    }
    let mut skip_next = false;
    let mut operands = args.0.iter().filter(|arg| {
        let valued = matches!(arg.text.as_str(), "-F" | "-v");
        let skipped = std::mem::replace(&mut skip_next, valued);
        !skipped && !arg.is_option()
    });
    let Some(program) = operands.next() else {
        return Read.into();
    };
    // Calls of commands, pipes, files, and calls by a computed name.
    let runs = ["system", "getline", "|", "@", "close", "/inet"];
    let class = match () {
        () if !program.certain || runs.iter().any(|word| program.text.contains(word)) => Exec,
        // `>` compares or writes, and only the grammar tells which.
        () if program.text.contains("print") && program.text.contains('>') => Write,
        () => Read,
    };
    Effect::from(class).reading(operands.map(|arg| arg.text.clone()))
}

fn tar(args: Args<'_>) -> Effect {
    let first = args.0.first().map_or("", |arg| arg.text.as_str());
    let modes = first.trim_start_matches('-');
    let options = [
        "--to-command",
        "--checkpoint-action",
        "--use-compress-program",
        "--rsh-command",
        "-I",
        "-F",
        "--info-script",
        "--new-volume-script",
        "--rmt-command",
    ];
    if args.unclear() || args.has(&options) {
        return Exec.into();
    }
    let has = |mode: char, long: &str| {
        (!first.starts_with("--") && modes.contains(mode))
            || args.has(&[["-", mode.encode_utf8(&mut [0; 4])].concat().as_str()])
            || args.has(&[long])
    };
    let class = match () {
        () if args.has(&[
            "--remove-files",
            "--delete",
            "--overwrite",
            "--recursive-unlink",
        ]) =>
        {
            Destructive
        }
        () if has('x', "--extract") || has('c', "--create") || has('r', "--append") => Write,
        () if has('u', "--update") || has('A', "--catenate") => Write,
        () if has('t', "--list") => Read,
        () => Unknown,
    };
    Effect::from(class).reading(args.paths().into_iter().filter(|path| path != first))
}

fn dd(args: Args<'_>) -> Effect {
    let value = |key: &str| {
        let mut found = args.0.iter().filter_map(|arg| arg.text.strip_prefix(key));
        found.next().map(str::to_owned)
    };
    let written = value("of=");
    let class = match &written {
        _ if args.unclear() => Unknown,
        None => Read,
        Some(path) if path == "/dev/null" => Read,
        // It writes over what is there, block by block.
        Some(_) => Destructive,
    };
    Effect::from(class).reading(value("if=")).writing(written)
}
