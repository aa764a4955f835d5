//! Programs that talk to other machines.

use countersign_model::StatementClass::{self, Destructive, Exec, Read, Unknown, Write};

use super::{effect::Effect, program::Args};

pub(super) fn effect(name: &str, args: Args<'_>) -> Option<Effect> {
    let effect = match name {
        "curl" => curl(args),
        "wget" | "wget2" | "aria2c" => wget(args),
        "http" | "https" | "xh" => httpie(args),
        "scp" | "sftp" => {
            let runs = args.unclear() || args.has(&["-S", "-o", "-F", "-b", "-J"]);
            if runs { Exec } else { Write }.into()
        }
        "rsync" => rsync(args),
        "ping" | "ping6" | "dig" | "nslookup" | "host" | "whois" | "traceroute" | "tracepath"
        | "mtr" | "nmap" | "arping" | "fping" => {
            let mut effect = Effect::from(match name {
                "nmap" if args.has(&["--script", "-o"]) || args.unclear() => Exec,
                "dig" if args.has(&["-f"]) => Read,
                _ => Read,
            });
            for arg in args.operands() {
                let text = arg.text.trim_start_matches('@');
                let is_name = text.contains('.') || text.contains(':') || text == "localhost";
                if is_name {
                    effect = effect.host(text);
                }
            }
            return Some(effect);
        }
        "nc" | "ncat" | "netcat" | "socat" | "telnet" => Exec.into(),
        "ftp" | "lftp" | "tftp" | "smbclient" | "rclone" => match (name, args.sub(0)) {
            ("rclone", Some("ls" | "lsl" | "lsd" | "size" | "cat" | "version")) => Read.into(),
            ("rclone", Some("delete" | "purge" | "sync" | "move" | "rmdirs")) => Destructive.into(),
            ("rclone", Some("copy" | "copyto" | "mkdir")) => Write.into(),
            ("rclone", _) => Unknown.into(),
            _ => Exec.into(),
        },
        _ => return None,
    };
    let mut effect = effect;
    for host in args.0.iter().filter_map(|arg| host_of(&arg.text)) {
        effect = effect.host(host);
    }
    // A name without a scheme, as `curl example.com/x` takes it.
    if matches!(
        name,
        "curl" | "wget" | "http" | "https" | "xh" | "nc" | "ncat" | "telnet"
    ) {
        for arg in args.operands() {
            let bare = arg.text.split(['/', ':', '?']).next().unwrap_or("");
            let is_name = bare.contains('.') && !bare.starts_with('.') && !arg.text.contains("://");
            if is_name && !bare.contains(['@', '{', '"', ' ', '$']) && !has_file_ending(&arg.text) {
                effect = effect.host(bare);
            }
        }
    }
    Some(effect)
}

/// `-o page.html` is a file, not a host.
fn has_file_ending(text: &str) -> bool {
    const ENDINGS: [&str; 12] = [
        ".html", ".json", ".txt", ".sh", ".gz", ".zip", ".tar", ".log", ".csv", ".pem", ".xml",
        ".out",
    ];
    !text.contains('/') && ENDINGS.iter().any(|ending| text.ends_with(ending))
}

/// The host of a URL or of `user@host:path`.
pub(super) fn host_of(text: &str) -> Option<String> {
    let host = match text.split_once("://") {
        Some((scheme, rest)) => {
            let scheme = scheme.rsplit('=').next().unwrap_or(scheme);
            if !scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
            {
                return None;
            }
            let authority = rest.split(['/', '?', '#', '\'', '"', ' ']).next()?;
            let host = authority.rsplit('@').next()?;
            match host.strip_prefix('[') {
                Some(v6) => v6.split(']').next()?,
                None => host.split(':').next()?,
            }
        }
        None => {
            let (user, rest) = text.split_once('@')?;
            let (host, _) = rest.split_once(':')?;
            if user.contains(['/', ' ', ':']) || host.contains(['/', ' ']) {
                return None;
            }
            host
        }
    };
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// What a method does, by HTTP's own rules.
fn method(name: &str) -> StatementClass {
    match name.to_ascii_uppercase().as_str() {
        "GET" | "HEAD" | "OPTIONS" => Read,
        "DELETE" => Destructive,
        "POST" | "PUT" | "PATCH" => Write,
        _ => Unknown,
    }
}

fn curl(args: Args<'_>) -> Effect {
    if args.unclear() {
        return Unknown.into();
    }
    let mut effect = Effect::from(Read);
    let mut rest = args.0.iter().peekable();
    while let Some(arg) = rest.next() {
        let text = arg.text.as_str();
        let (option, attached) = match text.split_once('=') {
            Some((option, value)) if text.starts_with("--") => (option, Some(value)),
            _ => (text, None),
        };
        let mut value = || {
            attached
                .map(str::to_owned)
                .or_else(|| rest.peek().map(|next| next.text.clone()))
        };
        if option.starts_with("--") {
            effect = match option {
                "--request" => effect.at_least(method(&value().unwrap_or_default())),
                "--output" | "--dump-header" | "--cookie-jar" | "--trace" | "--trace-ascii"
                | "--stderr" | "--output-dir" | "--etag-save" | "--hsts" | "--alt-svc" => {
                    effect.writing(value())
                }
                "--remote-name" | "--remote-name-all" | "--create-dirs" => effect.at_least(Write),
                _ if option.starts_with("--data") || option.starts_with("--form") => {
                    effect.at_least(Write)
                }
                "--json" | "--upload-file" | "--quote" | "--mail-rcpt" | "--mail-from"
                | "--ftp-create-dirs" => effect.at_least(Write),
                // A file of options may hold any of them.
                "--config" | "--engine" | "--variable" => effect.at_least(Exec),
                "--write-out" if value().unwrap_or_default().contains("%output") => {
                    effect.at_least(Write)
                }
                _ if is_short_of_known(option) => effect.at_least(Unknown),
                _ => effect,
            };
        } else if arg.is_option() {
            let cluster = text.get(1..).unwrap_or("");
            for (at, option) in cluster.char_indices() {
                let rest_of = cluster.get(at + option.len_utf8()..).unwrap_or("");
                let inline = (!rest_of.is_empty()).then(|| rest_of.to_owned());
                let mut value = || {
                    inline
                        .clone()
                        .or_else(|| rest.peek().map(|n| n.text.clone()))
                };
                effect = match option {
                    'X' => effect.at_least(method(&value().unwrap_or_default())),
                    'd' | 'F' | 'T' | 'Q' => effect.at_least(Write),
                    'o' | 'D' | 'c' => effect.writing(value()),
                    'O' | 'J' => effect.at_least(Write),
                    'K' => effect.at_least(Exec),
                    'w' if value().unwrap_or_default().contains("%output") => {
                        effect.at_least(Write)
                    }
                    _ => effect,
                };
                // What follows an option with a value is the value.
                if "XdFTQoDcKHAbeuUxmywzrtYPCEhk".contains(option) && option != 'k' && option != 'h'
                {
                    break;
                }
            }
        }
    }
    effect
}

/// Curl takes any beginning of a long option that names one alone.
fn is_short_of_known(option: &str) -> bool {
    const MATTER: [&str; 10] = [
        "--request",
        "--output",
        "--data",
        "--form",
        "--upload-file",
        "--json",
        "--config",
        "--quote",
        "--remote-name",
        "--dump-header",
    ];
    option.len() > 3
        && MATTER
            .iter()
            .any(|known| known.starts_with(option) && *known != option)
}

fn wget(args: Args<'_>) -> Effect {
    if args.unclear() || args.has(&["--use-askpass", "--config"]) || args.has(&["-e", "--execute"])
    {
        return Exec.into();
    }
    let deletes = args
        .0
        .iter()
        .any(|arg| arg.text.eq_ignore_ascii_case("--method=delete"));
    let to_stdout = args.0.windows(2).any(|pair| {
        matches!(pair, [a, b] if b.text == "-" && a.text.starts_with('-') && a.text.ends_with('O'))
    }) || args.word(&["-O-", "-qO-", "--output-document=-", "--spider"]);
    let sends = args.has(&[
        "--post-data",
        "--post-file",
        "--body-data",
        "--body-file",
        "--method",
    ]);
    let class = match () {
        () if deletes => Destructive,
        () if sends || !to_stdout => Write,
        () => Read,
    };
    class.into()
}

fn httpie(args: Args<'_>) -> Effect {
    if args.unclear() {
        return Unknown.into();
    }
    let first = args.sub(0).unwrap_or("");
    let is_method = !first.is_empty() && first.bytes().all(|b| b.is_ascii_uppercase());
    let sends = args.operands().nth(usize::from(is_method) + 1).is_some();
    let class = match () {
        () if is_method => method(first),
        () if sends => Write,
        () => Read,
    };
    Effect::from(class).at_least(if args.has(&["-o", "--output", "-d", "--download"]) {
        Write
    } else {
        Read
    })
}

fn rsync(args: Args<'_>) -> Effect {
    // Another shell than ssh, or a program of the other side.
    let shell = args.0.windows(2).any(|pair| {
        let [option, value] = pair else { return false };
        let option = option.text.as_str();
        let takes = option == "--rsh"
            || (option.starts_with('-') && !option.starts_with("--") && option.ends_with('e'));
        takes && value.text != "ssh"
    });
    let class = match () {
        () if args.unclear() || shell || args.has(&["--rsync-path", "--daemon"]) => Exec,
        () if args
            .0
            .iter()
            .any(|arg| arg.text.starts_with("--rsh=") && arg.text != "--rsh=ssh") =>
        {
            Exec
        }
        () if args.has(&["--del", "--delete", "--delete-after", "--delete-excluded"]) => {
            Destructive
        }
        () if args.has(&["--remove-source-files"]) => Destructive,
        () if args.has(&["-n", "--dry-run", "--list-only"]) => Read,
        () => Write,
    };
    class.into()
}
