//! Containers, clusters and clouds: verbs on things that live elsewhere.

use countersign_model::StatementClass::{self, Destructive, Exec, Read, Unknown, Write};

use super::{effect::Effect, program::Args};

pub(super) fn effect(name: &str, args: Args<'_>) -> Option<Effect> {
    let class = match name {
        "kubectl" | "oc" | "k3s" | "microk8s" => told(args, kubectl),
        "helm" => told(args, helm),
        "terraform" | "tofu" | "terragrunt" => told(args, terraform),
        "docker" | "podman" | "nerdctl" => told(args, docker),
        "docker-compose" | "podman-compose" => told(args, |args| compose(args, 0)),
        "aws" => told(args, aws),
        "gcloud" | "gsutil" | "bq" | "az" | "doctl" | "flyctl" | "fly" | "heroku" | "vercel"
        | "hcloud" => told(args, by_verb),
        "gh" | "glab" => told(args, gh),
        "vault" | "consul" | "etcdctl" => told(args, by_verb),
        "ansible" | "ansible-playbook" | "pulumi" | "vagrant" | "packer" | "chef-client"
        | "puppet" => Exec,
        _ => return None,
    };
    Some(class.into())
}

/// Every one of them has options that matter: what is not told may be one.
fn told(args: Args<'_>, class: impl Fn(Args<'_>) -> StatementClass) -> StatementClass {
    match () {
        () if args.only_asks() => Read,
        () if args.unclear() => Unknown,
        () => class(args),
    }
}

/// The first operand that is a verb; options of the tool itself may come with values before it.
fn verb<'a>(args: Args<'a>, known: &[&str]) -> Option<&'a str> {
    let mut operands = args.operands().map(|arg| arg.text.as_str());
    operands.find(|word| known.contains(word))
}

fn kubectl(args: Args<'_>) -> StatementClass {
    const VERBS: [&str; 46] = [
        "get",
        "describe",
        "logs",
        "top",
        "explain",
        "version",
        "cluster-info",
        "api-resources",
        "api-versions",
        "auth",
        "diff",
        "events",
        "wait",
        "config",
        "apply",
        "create",
        "patch",
        "label",
        "annotate",
        "scale",
        "set",
        "rollout",
        "expose",
        "autoscale",
        "edit",
        "cp",
        "replace",
        "delete",
        "drain",
        "exec",
        "run",
        "attach",
        "debug",
        "proxy",
        "port-forward",
        "cordon",
        "uncordon",
        "taint",
        "certificate",
        "adm",
        "kubectl",
        "plugin",
        "kustomize",
        "completion",
        "options",
        "rsh",
    ];
    // `exec pod -- rm -rf /`: what follows is the other side's.
    if args.word(&[
        "exec",
        "run",
        "attach",
        "debug",
        "proxy",
        "port-forward",
        "rsh",
        "edit",
        "plugin",
    ]) {
        return Exec;
    }
    match verb(args, &VERBS) {
        Some(
            "get" | "describe" | "logs" | "top" | "explain" | "version" | "cluster-info" | "events"
            | "api-resources" | "api-versions" | "wait" | "completion" | "options" | "kustomize",
        ) => {
            if args.word(&["delete", "drain"]) {
                Destructive
            } else {
                Read
            }
        }
        Some("auth") => {
            if args.word(&["can-i", "whoami"]) {
                Read
            } else {
                Write
            }
        }
        // It runs the program that a variable names.
        Some("diff") => Read,
        Some("config") => match () {
            () if args.word(&["view", "get-contexts", "current-context", "get-clusters"]) => Read,
            () => Write,
        },
        Some("rollout") if args.word(&["status", "history"]) => Read,
        Some("delete" | "drain") => Destructive,
        Some("apply") if args.has(&["--prune", "--force"]) => Destructive,
        Some("replace") if args.has(&["--force"]) => Destructive,
        Some("scale") if args.0.iter().any(|arg| arg.text == "--replicas=0") => Destructive,
        Some(
            "apply" | "create" | "patch" | "label" | "annotate" | "scale" | "set" | "rollout"
            | "expose" | "autoscale" | "cp" | "replace" | "cordon" | "uncordon" | "taint"
            | "certificate",
        ) => Write,
        _ => Unknown,
    }
}

fn helm(args: Args<'_>) -> StatementClass {
    if args.has(&["--post-renderer"]) {
        return Exec;
    }
    match args.sub(0) {
        Some(
            "list" | "ls" | "status" | "get" | "history" | "show" | "search" | "version" | "lint"
            | "env",
        ) => Read,
        Some("template") => {
            if args.has(&["--output-dir"]) {
                Write
            } else {
                Read
            }
        }
        Some("uninstall" | "delete" | "del" | "un") => Destructive,
        Some("upgrade") if args.has(&["--force"]) => Destructive,
        Some(
            "install" | "upgrade" | "rollback" | "repo" | "dependency" | "pull" | "push"
            | "package" | "create",
        ) => Write,
        _ => Unknown,
    }
}

fn terraform(args: Args<'_>) -> StatementClass {
    match (args.sub(0), args.sub(1)) {
        (Some("destroy"), _) => Destructive,
        (Some("apply"), _)
            if args
                .0
                .iter()
                .any(|arg| arg.text.trim_start_matches('-') == "destroy") =>
        {
            Destructive
        }
        // What it does is in the plan.
        (Some("apply" | "test" | "console" | "run-all"), _) => Exec,
        (Some("plan" | "show" | "output" | "validate" | "version" | "providers" | "graph"), _) => {
            let writes = args.0.iter().any(|arg| arg.text.starts_with("-out"));
            if writes { Write } else { Read }
        }
        (Some("state"), Some("list" | "show" | "pull"))
        | (Some("workspace"), Some("list" | "show")) => Read,
        (Some("state"), Some("rm" | "push")) | (Some("workspace"), Some("delete")) => Destructive,
        (
            Some(
                "fmt" | "init" | "import" | "taint" | "untaint" | "refresh" | "get" | "state"
                | "workspace" | "login" | "force-unlock",
            ),
            _,
        ) => Write,
        _ => Unknown,
    }
}

fn docker(args: Args<'_>) -> StatementClass {
    const GROUPS: [&str; 14] = [
        "container",
        "image",
        "volume",
        "network",
        "system",
        "builder",
        "buildx",
        "compose",
        "context",
        "manifest",
        "node",
        "service",
        "stack",
        "swarm",
    ];
    let first = args.sub(0).unwrap_or("");
    if first == "compose" {
        return compose(args, 1);
    }
    let verb = if GROUPS.contains(&first) {
        args.sub(1).unwrap_or("")
    } else {
        first
    };
    match verb {
        "ps" | "images" | "logs" | "inspect" | "stats" | "top" | "version" | "info" | "port"
        | "diff" | "history" | "search" | "events" | "ls" | "list" | "df" | "" => Read,
        "rm" | "rmi" | "prune" | "remove" | "leave" => Destructive,
        "run" | "exec" | "build" | "bake" | "attach" | "plugin" | "deploy" => Exec,
        "pull" | "push" | "tag" | "commit" | "cp" | "create" | "start" | "stop" | "restart"
        | "kill" | "pause" | "unpause" | "rename" | "update" | "save" | "load" | "import"
        | "export" | "login" | "logout" | "connect" | "disconnect" | "wait" | "use" | "scale"
        | "init" | "join" => Write,
        // An option of docker itself with a value, or a plugin.
        _ => Unknown,
    }
}

fn compose(args: Args<'_>, at: usize) -> StatementClass {
    match args.sub(at) {
        Some(
            "ps" | "logs" | "config" | "images" | "top" | "ls" | "version" | "port" | "events",
        ) => Read,
        Some("down" | "rm") => Destructive,
        Some(
            "pull" | "push" | "start" | "stop" | "restart" | "pause" | "unpause" | "kill"
            | "create",
        ) => Write,
        Some("up" | "run" | "exec" | "build") => Exec,
        None => Read,
        Some(_) => Unknown,
    }
}

fn aws(args: Args<'_>) -> StatementClass {
    match (args.sub(0), args.sub(1)) {
        (Some("s3"), Some("ls" | "presign")) => Read,
        (Some("s3"), Some("rm" | "rb" | "mv")) => Destructive,
        (Some("s3"), Some("sync")) if args.has(&["--delete"]) => Destructive,
        (Some("s3"), Some("cp" | "sync" | "mb" | "website")) => Write,
        (Some("ssm"), Some("send-command" | "start-session"))
        | (Some("ecs"), Some("execute-command")) => Exec,
        (Some("lambda"), Some("invoke")) | (Some("eks"), Some("update-kubeconfig")) => Exec,
        // `aws --profile x s3 rm`: a value of an option shifts the words.
        (Some(_), Some(verb)) => {
            let class = verb_class(verb.split('-').next().unwrap_or(verb)).unwrap_or(Unknown);
            class.max(by_verb(args).min(Destructive))
        }
        _ => Unknown,
    }
}

/// Tools whose verbs are words, or the beginnings of words, among the operands.
fn by_verb(args: Args<'_>) -> StatementClass {
    let words = args.operands().map(|arg| arg.text.as_str());
    let heads = words.map(|word| word.split(['-', ':']).next().unwrap_or(word));
    heads.filter_map(verb_class).max().unwrap_or(Unknown)
}

fn verb_class(head: &str) -> Option<StatementClass> {
    Some(match head {
        "delete" | "terminate" | "purge" | "remove" | "destroy" | "rm" | "rb" | "deregister"
        | "wipe" | "reset" | "revoke" | "del" => Destructive,
        "ssh" | "exec" | "run" | "invoke" | "execute" | "send" | "apps" | "query" | "extension" => {
            Exec
        }
        "create" | "put" | "update" | "set" | "add" | "start" | "stop" | "reboot" | "restart"
        | "modify" | "attach" | "detach" | "associate" | "deploy" | "enable" | "disable" | "cp"
        | "mv" | "sync" | "write" | "import" | "scale" | "submit" | "patch" | "upload"
        | "login" => Write,
        "describe" | "list" | "get" | "show" | "ls" | "cat" | "read" | "head" | "lookup"
        | "version" | "info" | "status" | "help" | "logs" => Read,
        _ => return None,
    })
}

fn gh(args: Args<'_>) -> StatementClass {
    match (args.sub(0), args.sub(1)) {
        (Some("api"), _) => {
            let says = |word: &str| {
                args.0
                    .iter()
                    .any(|arg| arg.text.to_ascii_uppercase().ends_with(word))
            };
            let sends = [
                "-f",
                "-F",
                "--field",
                "--raw-field",
                "--input",
                "-X",
                "--method",
            ];
            match () {
                () if says("DELETE") => Destructive,
                () if args.has(&sends) && !says("GET") => Write,
                () => Read,
            }
        }
        (Some("status" | "search" | "version" | "help"), _) => Read,
        (Some("extension" | "alias" | "codespace" | "browse"), _) => Exec,
        (
            Some(
                "pr" | "issue" | "repo" | "run" | "release" | "workflow" | "gist" | "label"
                | "secret" | "variable" | "cache" | "ruleset" | "auth" | "project" | "mr",
            ),
            Some(verb),
        ) => match verb {
            "view" | "list" | "ls" | "status" | "diff" | "checks" | "watch" | "check" => Read,
            "delete" | "delete-asset" | "archive" => Destructive,
            "run" => Exec,
            _ => Write,
        },
        _ => Unknown,
    }
}
