//! Git.

use countersign_model::StatementClass::{self, Destructive, Exec, Read, Unknown, Write};

use super::{effect::Effect, program::Args, remote, word::Arg};

pub(super) fn effect(name: &str, args: Args<'_>) -> Option<Effect> {
    if name != "git" {
        return None;
    }
    let mut rest = args.0;
    let mut floor = Read;
    // Options of git itself.
    while let Some((arg, more)) = rest.split_first() {
        if !arg.certain && arg.may_be_option() {
            return Some(Unknown.into());
        }
        match arg.text.as_str() {
            "-C" | "--git-dir" | "--work-tree" | "--namespace" => {
                rest = more.get(1..).unwrap_or_default();
            }
            // Settings name programs: pagers, editors, aliases.
            "-c" | "--config-env" => {
                floor = Exec;
                rest = more.get(1..).unwrap_or_default();
            }
            "--version" | "--help" | "-v" | "-h" => return Some(Read.into()),
            "-P"
            | "--no-pager"
            | "--bare"
            | "--no-replace-objects"
            | "--literal-pathspecs"
            | "--no-optional-locks" => rest = more,
            text if text.starts_with("--git-dir=") || text.starts_with("--work-tree=") => {
                rest = more
            }
            _ if arg.is_option() => {
                floor = Exec;
                rest = more;
            }
            _ => break,
        }
    }
    let Some((sub, rest)) = rest.split_first() else {
        return Some(floor.into());
    };
    let Some(sub) = sub.known_text() else {
        return Some(Unknown.into());
    };
    let mut effect = Effect::from(floor.max(class(sub, rest)));
    if matches!(
        sub,
        "clone" | "fetch" | "pull" | "push" | "ls-remote" | "remote" | "submodule"
    ) {
        for host in rest.iter().filter_map(|arg| remote::host_of(&arg.text)) {
            effect = effect.host(host);
        }
    }
    Some(effect)
}

fn class(sub: &str, rest: &[Arg]) -> StatementClass {
    let args = Args(rest);
    // Every subcommand has an option that matters: what is not told may be it.
    if args.unclear() && !matches!(sub, "add" | "commit") {
        return Unknown;
    }
    // Transports, upload programs, pagers and external tools are programs.
    if args.has(&[
        "--upload-pack",
        "--receive-pack",
        "--exec",
        "--open-files-in-pager",
        "--ext-diff",
    ]) || rest.iter().any(|arg| arg.text.starts_with("ext::"))
    {
        return Exec;
    }
    if sub == "clone" && args.has(&["-u", "-c", "--config", "--template"]) {
        return Exec;
    }
    let output = args.has(&["--output"]);
    let operands = args.operands().count();
    match sub {
        "status" | "log" | "show" | "diff" | "blame" | "annotate" | "shortlog" | "describe"
        | "rev-parse" | "rev-list" | "ls-files" | "ls-tree" | "ls-remote" | "cat-file"
        | "name-rev" | "merge-base" | "diff-tree" | "diff-index" | "diff-files"
        | "for-each-ref" | "show-ref" | "count-objects" | "fsck" | "check-ignore"
        | "check-attr" | "var" | "version" | "help" | "whatchanged" | "range-diff" | "cherry"
        | "verify-commit" | "verify-tag" | "verify-pack" => {
            if output {
                Write
            } else {
                Read
            }
        }
        "grep" => {
            if args.has(&["-O"]) {
                Exec
            } else {
                Read
            }
        }
        "branch" => match () {
            () if args.has(&["-D", "-M", "-C", "--force", "-f"]) => Destructive,
            () if args.has(&["-d", "--delete", "-m", "--move", "-c", "--copy", "-u"])
                || args.has(&[
                    "--set-upstream-to",
                    "--unset-upstream",
                    "--edit-description",
                ]) =>
            {
                Write
            }
            () if operands == 0
                || args.has(&["--list", "--contains", "--merged", "--no-merged"]) =>
            {
                Read
            }
            () => Write,
        },
        "tag" => match () {
            () if args.has(&["-d", "--delete", "-f", "--force"]) => Destructive,
            () if operands == 0 || args.has(&["-l", "--list", "--contains", "-v"]) => Read,
            () => Write,
        },
        "remote" => match args.sub(0) {
            None | Some("show" | "get-url") => Read,
            Some(_) => Write,
        },
        "config" => match () {
            () if args.has(&["--get", "--get-all", "--get-regexp", "--list", "-l"]) => Read,
            () if matches!(args.sub(0), Some("get" | "list")) => Read,
            // A setting may name a program that git runs later.
            () => Exec,
        },
        "stash" => match args.sub(0) {
            Some("list" | "show") => Read,
            Some("drop" | "clear") => Destructive,
            _ => Write,
        },
        "reflog" => match args.sub(0) {
            Some("expire" | "delete") => Destructive,
            _ => Read,
        },
        "reset" => {
            if args.has(&["--hard", "--merge", "--keep"]) {
                Destructive
            } else {
                Write
            }
        }
        "clean" => {
            let tries = args.has(&["-n", "--dry-run"]) && !args.has(&["-f", "--force"]);
            if tries { Read } else { Destructive }
        }
        "restore" if args.has(&["-S", "--staged"]) && !args.has(&["-W", "--worktree"]) => Write,
        "restore" | "rm" | "prune" | "gc" | "repack" | "filter-repo" | "update-ref" | "replace"
        | "checkout-index" | "read-tree" => Destructive,
        "checkout" | "switch" => {
            let discards =
                args.has(&["-f", "--force", "--discard-changes", "-B", "-C", "--orphan"])
                    || args.word(&["--", ".", ":/", "*"]);
            // Of `checkout NAME` git says by the files whether it is a branch or a path.
            if discards || (sub == "checkout" && operands > 1 && !args.has(&["-b"])) {
                Destructive
            } else {
                Write
            }
        }
        "push" => {
            let forced = rest.iter().any(|arg| arg.text.starts_with(['+', ':']));
            let options = [
                "-f",
                "--force",
                "--force-with-lease",
                "-d",
                "--delete",
                "--mirror",
                "--prune",
            ];
            if forced || args.has(&options) {
                Destructive
            } else {
                Write
            }
        }
        "worktree" => match args.sub(0) {
            Some("list") => Read,
            Some("remove" | "prune") => Destructive,
            _ => Write,
        },
        "rebase" if args.has(&["-x", "-i", "--interactive"]) => Exec,
        "bisect" if matches!(args.sub(0), Some("run")) => Exec,
        "submodule" => match args.sub(0) {
            None | Some("status" | "summary") => Read,
            Some("foreach") => Exec,
            Some("deinit") => Destructive,
            _ => Write,
        },
        "filter-branch" | "difftool" | "mergetool" | "daemon" | "hook" | "credential"
        | "send-email" | "instaweb" | "gui" => Exec,
        "add" | "commit" | "merge" | "pull" | "rebase" | "cherry-pick" | "revert" | "fetch"
        | "init" | "clone" | "mv" | "am" | "apply" | "format-patch" | "notes" | "bisect"
        | "archive" | "bundle" | "sparse-checkout" | "maintenance" | "pack-refs" | "write-tree"
        | "commit-tree" | "hash-object" | "update-index" | "lfs" => Write,
        // An alias may run anything.
        _ => Unknown,
    }
}
