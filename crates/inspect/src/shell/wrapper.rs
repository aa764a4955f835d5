//! Programs that run what they are told: the command inside counts, and the outside is never milder.

use countersign_model::StatementClass::{self, Exec, Read, Session, Unknown};

use super::{
    effect::Effect,
    program::{self, Args},
    walk::{Stdin, Walker},
    word::Arg,
};

/// How a wrapper's own options end and its command begins.
struct Shape {
    /// Short options without a value.
    flags: &'static str,
    /// Short options with a value.
    valued: &'static str,
    /// Long options whose value is the next word.
    long_valued: &'static [&'static str],
    /// Words of its own between the options and the command.
    skip: usize,
}

const fn shape(
    flags: &'static str,
    valued: &'static str,
    long_valued: &'static [&'static str],
    skip: usize,
) -> Shape {
    Shape {
        flags,
        valued,
        long_valued,
        skip,
    }
}

/// The wrappers whose command follows in words of its own.
fn known(name: &str) -> Option<Shape> {
    Some(match name {
        "sudo" => shape(
            "AbEHKkNnPSsi",
            "uCcDghpRrTt",
            &[
                "--user", "--group", "--host", "--prompt", "--chdir", "--chroot", "--role",
                "--type",
            ],
            0,
        ),
        "doas" => shape("Lns", "uC", &[], 0),
        "nohup" | "setsid" | "builtin" | "busybox" | "toybox" => shape("cfw", "", &[], 0),
        "command" => shape("pvV", "", &[], 0),
        "exec" => shape("cl", "a", &[], 0),
        "nice" => shape("0123456789", "n", &["--adjustment"], 0),
        "ionice" => shape("t", "cnpPu", &["--class", "--classdata"], 0),
        "timeout" => shape("fpv", "ks", &["--kill-after", "--signal"], 1),
        "time" | "gtime" => shape("apvqV", "fo", &["--format", "--output"], 0),
        "stdbuf" => shape("", "ioe", &["--input", "--output", "--error"], 0),
        "xargs" | "gxargs" => shape(
            "0rtpxo",
            "aEIiLlnPsd",
            &[
                "--arg-file",
                "--delimiter",
                "--max-args",
                "--max-procs",
                "--max-lines",
                "--replace",
            ],
            0,
        ),
        "watch" => shape("bcdegptwx", "n", &["--interval"], 0),
        "chroot" => shape("", "", &["--userspec", "--groups"], 1),
        "taskset" => shape("a", "", &[], 1),
        "strace" | "ltrace" => shape("fcCtTrvxyqdhkznDF", "eoapsSuPbIOX", &["--trace"], 0),
        "unshare" | "nsenter" => shape("aimnuprUCTFfc", "tSGRw", &["--target"], 0),
        "flock" => shape("suxnoFe", "wE", &["--timeout", "--conflict-exit-code"], 1),
        "caffeinate" | "proxychains" | "proxychains4" | "torsocks" | "fakeroot"
        | "dbus-run-session" | "catchsegv" | "unbuffer" | "linux64" | "linux32" | "setarch" => {
            shape("dimsuqR", "tf", &[], 0)
        }
        _ => return None,
    })
}

/// The effect of a program that runs another; `None` where it is no such program.
pub(super) fn effect(
    walker: &mut Walker,
    name: &str,
    args: &[Arg],
    stdin: &Stdin,
) -> Option<Effect> {
    let class = match name {
        "sh" | "bash" | "zsh" | "dash" | "ash" | "ksh" | "mksh" | "rbash" | "fish" => {
            shell(walker, args, stdin)
        }
        "su" | "runuser" => command_option(walker, args, "c", "--command").unwrap_or(Exec),
        "script" => command_option(walker, args, "c", "--command").unwrap_or(Exec),
        "eval" | "watch" if !args.iter().any(Arg::is_option) => joined(walker, args),
        "eval" => joined(walker, args),
        "trap" => trap(walker, args),
        "alias" => alias(walker, args),
        "env" | "genv" => env(walker, args, stdin),
        "find" | "gfind" => return Some(find(walker, args)),
        "ssh" | "autossh" | "mosh" => return Some(ssh(walker, args)),
        "parallel" | "systemd-run" | "at" | "batch" | "expect" | "screen" | "tmux" | "source"
        | "." => Exec,
        "sudo" if own(name, args).has(&["-e", "--edit"]) => StatementClass::Write,
        "sudo" | "doas" if own(name, args).has(&["-s", "-i", "--shell", "--login"]) => {
            shelled(walker, name, args, stdin)
        }
        "sudo"
            if Args(args).only_asks()
                || Args(args).has(&["-l", "--list", "-v"]) && args.len() == 1 =>
        {
            Read
        }
        "command" if own(name, args).has(&["-v", "-V"]) => Read,
        _ => wrapped(walker, name, args, stdin)?,
    };
    Some(class.into())
}

/// A wrapper's own options. What stands behind them is the command's: `command rm -v` removes.
fn own<'a>(name: &str, args: &'a [Arg]) -> Args<'a> {
    let shape = known(name);
    let mut at = 0;
    while let Some(arg) = args
        .get(at)
        .filter(|arg| arg.is_option() && arg.text != "--")
    {
        let takes_next = shape.as_ref().is_some_and(|shape| {
            if arg.text.starts_with("--") {
                return shape.long_valued.contains(&arg.text.as_str());
            }
            // A value may be attached: then the cluster ends in something else.
            let mut cluster = arg.text.chars().skip(1);
            let valued = cluster.find(|option| shape.valued.contains(*option));
            valued.is_some() && cluster.next().is_none()
        });
        at += 1 + usize::from(takes_next);
    }
    Args(args.get(..at).unwrap_or(args))
}

fn wrapped(walker: &mut Walker, name: &str, args: &[Arg], stdin: &Stdin) -> Option<StatementClass> {
    let shape = known(name)?;
    if Args(args).only_asks() && !matches!(name, "busybox" | "toybox") {
        return Some(Read);
    }
    let Some(start) = shape.command(args) else {
        return Some(Unknown);
    };
    let mut argv = args.get(start..).unwrap_or_default().to_vec();
    let stdin = match name {
        // It eats the input itself, and the words it adds are not in the text.
        "xargs" | "gxargs" => {
            if argv.is_empty() {
                return Some(Read);
            }
            argv.push(Arg::open("…"));
            Stdin::Elsewhere
        }
        _ => stdin.clone(),
    };
    if argv.is_empty() {
        // `exec >file` and its like change the session; `chroot /mnt` starts a shell.
        return Some(match name {
            "exec" | "command" | "builtin" | "nice" | "taskset" | "flock" | "time" => Session,
            _ => Exec,
        });
    }
    Some(walker.run(&argv, &stdin, Effect::from(Read)))
}

impl Shape {
    /// Where the command begins; `None` where that is not told.
    fn command(&self, args: &[Arg]) -> Option<usize> {
        let mut at = 0;
        let mut skipped = 0;
        while let Some(arg) = args.get(at) {
            let text = arg.text.as_str();
            if !arg.certain && arg.may_be_option() {
                // A command that is not told is unknown by itself.
                return (skipped == self.skip).then_some(at);
            }
            if text == "--" {
                return Some(at + 1 + (self.skip - skipped));
            }
            if let Some(long) = text.strip_prefix("--") {
                let takes_next = !long.contains('=')
                    && self
                        .long_valued
                        .iter()
                        .any(|option| option.starts_with(text));
                at += 1 + usize::from(takes_next);
            } else if arg.is_option() && skipped == 0 {
                at += 1 + self.short(text)?;
            } else if is_assignment(text) && skipped == self.skip {
                // `sudo VAR=value command`.
                if program::assignment(text.split('=').next().unwrap_or("")) == Exec {
                    return None;
                }
                at += 1;
            } else if skipped < self.skip {
                skipped += 1;
                at += 1;
            } else {
                return Some(at);
            }
        }
        Some(at)
    }

    /// How many further words a cluster of short options takes; `None` for one that is not known.
    fn short(&self, text: &str) -> Option<usize> {
        let mut rest = text.chars().skip(1);
        while let Some(option) = rest.next() {
            if self.valued.contains(option) {
                let attached = rest.next().is_some();
                // These take a value only when it is attached.
                let optional = matches!(option, 'i' | 'l') && self.valued.contains("aEIiLl");
                return Some(usize::from(!attached && !optional));
            }
            if !self.flags.contains(option) {
                return None;
            }
        }
        Some(0)
    }
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// `sh -c TEXT`, `sh <<< TEXT`; a script's effect is not in the text.
fn shell(walker: &mut Walker, args: &[Arg], stdin: &Stdin) -> StatementClass {
    if Args(args).only_asks() {
        return Read;
    }
    let mut takes_text = false;
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        if !arg.certain && arg.may_be_option() {
            return Exec;
        }
        match arg.text.as_str() {
            "--rcfile" | "--init-file" => return Exec,
            "-o" | "+o" | "-O" | "+O" => drop(rest.next()),
            "--" | "-" => {}
            long if long.starts_with("--") => {}
            option if option.starts_with(['-', '+']) => takes_text |= option.contains('c'),
            _ if takes_text => {
                // `$0` and what follows are arguments of the text.
                return match arg.certain {
                    true => walker.text(&arg.text),
                    false => Exec,
                };
            }
            _ => return Exec,
        }
    }
    match stdin {
        Stdin::Text(text) => walker.text(text),
        Stdin::Inherited | Stdin::Elsewhere => Exec,
    }
}

/// `su -c TEXT`.
fn command_option(
    walker: &mut Walker,
    args: &[Arg],
    short: &str,
    long: &str,
) -> Option<StatementClass> {
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let text = arg.text.as_str();
        let value = if let Some(value) = text.strip_prefix(long).and_then(|t| t.strip_prefix('=')) {
            Some(arg.with_text(value))
        } else if text == long
            || (arg.is_option() && !text.starts_with("--") && text.ends_with(short))
        {
            rest.next().cloned()
        } else {
            continue;
        };
        let value = value?;
        return Some(match value.certain {
            true => walker.text(&value.text),
            false => Exec,
        });
    }
    None
}

/// `sudo -s command…`: the words are joined and given to a shell.
fn shelled(walker: &mut Walker, name: &str, args: &[Arg], stdin: &Stdin) -> StatementClass {
    let start = known(name).and_then(|shape| shape.command(args));
    match start.and_then(|start| args.get(start..)) {
        Some([]) | None => Exec,
        Some(argv) => walker.run(argv, stdin, Effect::from(Read)),
    }
}

/// `eval a b`: the words are joined and read again.
fn joined(walker: &mut Walker, args: &[Arg]) -> StatementClass {
    if args.is_empty() {
        return Read;
    }
    if args.iter().any(|arg| !arg.certain || arg.glob) {
        return Exec;
    }
    let words: Vec<&str> = args.iter().map(|arg| arg.text.as_str()).collect();
    walker.text(&words.join(" "))
}

fn trap(walker: &mut Walker, args: &[Arg]) -> StatementClass {
    let mut operands = Args(args).operands();
    match (operands.next(), operands.next()) {
        (Some(text), Some(_)) if text.certain => walker.text(&text.text).max(Session),
        (Some(_), Some(_)) => Exec,
        _ => Session,
    }
}

fn alias(walker: &mut Walker, args: &[Arg]) -> StatementClass {
    let mut worst = Session;
    for arg in Args(args).operands() {
        worst = worst.max(match arg.text.split_once('=') {
            Some((_, text)) if arg.certain => walker.text(text),
            _ if !arg.certain => Exec,
            _ => Read,
        });
    }
    worst
}

/// `env [-i] [NAME=VALUE…] command`, and `env -S "command"`.
fn env(walker: &mut Walker, args: &[Arg], stdin: &Stdin) -> StatementClass {
    let mut worst = Read;
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        let text = arg.text.as_str();
        if !arg.certain && arg.may_be_option() {
            return Unknown;
        }
        let split = text
            .strip_prefix("--split-string=")
            .or_else(|| text.strip_prefix("-S").filter(|rest| !rest.is_empty()))
            .or_else(|| text.strip_prefix("-vS").filter(|rest| !rest.is_empty()));
        if let Some(rest) = split {
            return worst.max(split_string(
                walker,
                rest,
                args.get(at + 1..).unwrap_or_default(),
            ));
        }
        match text {
            "-S" | "--split-string" | "-vS" | "-iS" => {
                let rest = args.get(at + 2..).unwrap_or_default();
                return match args.get(at + 1) {
                    Some(text) if text.certain => worst.max(split_string(walker, &text.text, rest)),
                    _ => Exec,
                };
            }
            "-u" | "--unset" | "-C" | "--chdir" => at += 2,
            "-i" | "-" | "-0" | "-v" | "--ignore-environment" | "--null" | "--debug" | "--" => {
                at += 1
            }
            _ if is_assignment(text) => {
                worst = worst.max(
                    match program::assignment(text.split('=').next().unwrap_or("")) {
                        Exec => Exec,
                        _ => Read,
                    },
                );
                at += 1;
            }
            "--version" | "--help" => return Read,
            _ if text.starts_with("--unset=") || text.starts_with("--chdir=") => at += 1,
            _ if arg.is_option() => return Unknown,
            _ => {
                let argv = args.get(at..).unwrap_or_default();
                return worst.max(walker.run(argv, stdin, Effect::from(Read)));
            }
        }
    }
    worst
}

/// It splits like a shell does, as far as plain words go.
fn split_string(walker: &mut Walker, text: &str, rest: &[Arg]) -> StatementClass {
    if text.contains(['\\', '$', '#']) {
        return Exec;
    }
    let mut worst = walker.text(text);
    if rest.iter().any(|arg| !arg.certain) {
        worst = worst.max(Unknown);
    } else if !rest.is_empty() {
        let more: Vec<&str> = rest.iter().map(|arg| arg.text.as_str()).collect();
        worst = worst.max(walker.text(&[text, " ", &more.join(" ")].concat()));
    }
    worst
}

fn find(walker: &mut Walker, args: &[Arg]) -> Effect {
    let list = Args(args);
    let starts = args
        .iter()
        .take_while(|arg| !arg.text.starts_with(['-', '(', '!']));
    let mut effect = Effect::from(Read).reading(starts.map(|arg| arg.text.clone()));
    if list.unclear() {
        effect = effect.at_least(Unknown);
    }
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        at += 1;
        match arg.text.as_str() {
            "-delete" => effect = effect.at_least(StatementClass::Destructive),
            "-fprint" | "-fprint0" | "-fprintf" | "-fls" => {
                effect = effect.writing(args.get(at).map(|arg| arg.text.clone()));
            }
            "-exec" | "-execdir" | "-ok" | "-okdir" => {
                let rest = args.get(at..).unwrap_or_default();
                let end = rest
                    .iter()
                    .position(|arg| arg.text == ";" || arg.text == "+");
                let (inner, _) = rest.split_at(end.unwrap_or(rest.len()));
                // What it finds stands for `{}`.
                let argv: Vec<Arg> = inner
                    .iter()
                    .map(|arg| match arg.text.contains("{}") {
                        true => Arg::open(arg.text.clone()),
                        false => arg.clone(),
                    })
                    .collect();
                effect = effect.at_least(walker.run(&argv, &Stdin::Elsewhere, Effect::from(Read)));
                at += inner.len();
            }
            _ => {}
        }
    }
    effect
}

/// `ssh [options] host command`: the words are joined and given to the shell of the other side.
fn ssh(walker: &mut Walker, args: &[Arg]) -> Effect {
    const SHAPE: Shape = shape("46AaCfGgKkMNnqsTtVvXxYy", "BbcDEeFIiJLlmOoPpQRSWw", &[], 0);
    if Args(args).only_asks() {
        return Read.into();
    }
    let Some(start) = SHAPE.command(args) else {
        return Unknown.into();
    };
    let Some((host, command)) = args.get(start..).and_then(<[Arg]>::split_first) else {
        return Unknown.into();
    };
    let name = host.text.rsplit('@').next().unwrap_or(&host.text);
    let name = name.strip_prefix("ssh://").unwrap_or(name);
    let mut effect = Effect::from(Read).host(name.split(':').next().unwrap_or(name));
    // Options may name programs to run on this side, or files that do.
    let own = args.get(..start).unwrap_or_default();
    let runs = own.iter().any(|arg| {
        let text = arg.text.to_ascii_lowercase();
        text.contains("command")
            || text.contains("match")
            || text.starts_with("-f") && text.len() > 2
    });
    if runs
        || own
            .iter()
            .any(|arg| arg.text.starts_with("-F") || !arg.certain)
        || !host.certain
    {
        effect = effect.at_least(Exec);
    }
    effect.at_least(match command {
        [] => Exec,
        words => joined(walker, words),
    })
}
