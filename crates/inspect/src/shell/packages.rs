//! Package managers and build tools.

use countersign_model::StatementClass::{self, Admin, Destructive, Exec, Read, Unknown, Write};

use super::{effect::Effect, program::Args};

pub(super) fn effect(name: &str, args: Args<'_>) -> Option<Effect> {
    let class: fn(Args<'_>) -> StatementClass = match name {
        "apt" | "apt-get" | "aptitude" | "yum" | "dnf" | "zypper" | "apk" | "brew" | "pacman"
        | "snap" | "flatpak" | "port" | "nix-env" => system,
        "apt-cache" | "dpkg-query" | "apt-mark" => |_| Read,
        "dpkg" | "rpm" => archive,
        "npm" | "pnpm" | "yarn" => npm,
        "npx" | "pnpx" | "bunx" | "uvx" | "pipx" | "mvn" | "gradle" | "gradlew" | "sbt"
        | "bazel" | "rake" | "pytest" | "tox" | "nox" | "jest" | "vitest" | "tsc" | "gcc"
        | "g++" | "clang" | "cc" | "ld" | "rustc" | "msbuild" | "dotnet" | "phpunit"
        | "composer" | "bundle" => |_| Exec,
        "pip" | "pip3" | "uv" | "poetry" | "conda" | "mamba" => python,
        "gem" => |args| match args.sub(0) {
            Some("list" | "search" | "info" | "env" | "environment" | "which") => Read,
            Some("uninstall" | "cleanup") => Destructive,
            _ => Exec,
        },
        "cargo" => |args| match args.sub(0) {
            Some(
                "metadata" | "tree" | "search" | "info" | "version" | "locate-project" | "help",
            ) => Read,
            Some("clean") => Destructive,
            Some(
                "fmt" | "add" | "remove" | "new" | "init" | "update" | "publish" | "yank" | "login"
                | "generate-lockfile",
            ) => Write,
            None => Read,
            _ => Exec,
        },
        "rustup" => |args| match args.sub(0) {
            Some("show" | "check" | "which" | "doc") => Read,
            Some("uninstall" | "self") => Destructive,
            Some("run") => Exec,
            _ => Write,
        },
        "go" => |args| match args.sub(0) {
            Some("version" | "env" | "list" | "doc" | "help" | "vet") => {
                if args.has(&["-w", "-u", "--vettool"]) {
                    Write
                } else {
                    Read
                }
            }
            Some("clean") => Destructive,
            Some("fmt" | "mod" | "get" | "work") => Write,
            _ => Exec,
        },
        _ => return None,
    };
    Some(match () {
        () if args.only_asks() => Read.into(),
        () if args.unclear() => Unknown.into(),
        () => class(args).into(),
    })
}

fn system(args: Args<'_>) -> StatementClass {
    // The options with a value may come first.
    const OPTIONS_THAT_RUN: [&str; 4] = ["-o", "--option", "-c", "--config-file"];
    if args.has(&OPTIONS_THAT_RUN) && args.0.iter().any(|arg| arg.text.contains("::")) {
        return Exec;
    }
    match args.sub(0) {
        Some(
            "list" | "show" | "search" | "info" | "policy" | "depends" | "rdepends" | "madison"
            | "deps" | "uses" | "leaves" | "outdated" | "repolist" | "provides" | "config"
            | "doctor" | "version" | "changelog",
        ) => Read,
        Some(
            "remove" | "purge" | "autoremove" | "uninstall" | "del" | "erase" | "clean"
            | "autoclean" | "cleanup" | "rm",
        ) => Destructive,
        Some(
            "install" | "update" | "upgrade" | "dist-upgrade" | "full-upgrade" | "add"
            | "reinstall" | "refresh" | "tap" | "link",
        ) => Admin,
        // Pacman's verbs are options.
        None if args.has(&["-R"]) => Destructive,
        _ if args.has(&["-R", "--remove", "--uninstall"]) => Destructive,
        _ if args.has(&["-Q", "--query"]) => Read,
        _ if args.has(&["-S", "-U", "--sync", "-i"]) => Admin,
        _ => Unknown,
    }
}

fn archive(args: Args<'_>) -> StatementClass {
    match () {
        () if args.has(&["-r", "-P", "-e", "--remove", "--purge", "--erase"]) => Destructive,
        () if args.has(&[
            "-i",
            "-U",
            "--install",
            "--upgrade",
            "--configure",
            "--unpack",
        ]) && !args.has(&["-q"]) =>
        {
            Admin
        }
        () if args.has(&[
            "-l",
            "-L",
            "-s",
            "-S",
            "-q",
            "--list",
            "--listfiles",
            "--status",
            "--query",
        ]) =>
        {
            Read
        }
        () => Unknown,
    }
}

fn npm(args: Args<'_>) -> StatementClass {
    match args.sub(0) {
        Some(
            "ls" | "list" | "view" | "info" | "show" | "outdated" | "search" | "why" | "explain"
            | "whoami" | "root" | "bin" | "ping",
        ) => Read,
        Some("audit") => {
            if args.sub(1) == Some("fix") {
                Exec
            } else {
                Read
            }
        }
        Some("uninstall" | "remove" | "rm" | "unpublish" | "prune") => Destructive,
        Some("publish" | "version" | "deprecate" | "dist-tag" | "config" | "cache" | "pack") => {
            Write
        }
        // Scripts of packages run.
        _ => Exec,
    }
}

fn python(args: Args<'_>) -> StatementClass {
    match args.sub(0) {
        Some(
            "list" | "show" | "freeze" | "check" | "search" | "index" | "info" | "inspect" | "tree"
            | "version",
        ) => Read,
        Some("uninstall" | "remove") => Destructive,
        Some("pip") => match args.sub(1) {
            Some("list" | "show" | "freeze" | "check" | "tree") => Read,
            Some("uninstall") => Destructive,
            _ => Exec,
        },
        Some("cache" | "config" | "lock") => Write,
        // Packages run code when they are installed.
        _ => Exec,
    }
}
