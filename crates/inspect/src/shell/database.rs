//! Database clients: what is SQL is read by the SQL parser.

use countersign_model::StatementClass::{self, Admin, Destructive, Exec, Read, Unknown, Write};

use super::{effect::Effect, program::Args, walk::Stdin};
use crate::sql;

pub(super) fn effect(name: &str, args: Args<'_>, stdin: &Stdin) -> Option<Effect> {
    if args.only_asks() {
        let known = matches!(
            name,
            "psql" | "mysql" | "mariadb" | "sqlite3" | "redis-cli" | "mongosh"
        );
        return known.then(|| Read.into());
    }
    let effect = match name {
        "psql" => psql(args, stdin),
        "mysql" | "mariadb" => Effect::from(match value_of(args, &["-e"], &["--execute"]) {
            Some(text) => statement(text.as_deref()),
            None => from_input(stdin),
        }),
        "sqlite3" => sqlite(args, stdin),
        "redis-cli" | "valkey-cli" => redis(args).into(),
        "dropdb" | "dropuser" => Destructive.into(),
        "createdb" | "createuser" | "vacuumdb" | "reindexdb" | "clusterdb" | "pg_ctl"
        | "pg_resetwal" | "initdb" | "pg_upgrade" => Admin.into(),
        "pg_isready" | "pg_config" | "pg_lsclusters" => Read.into(),
        "pg_dump" | "pg_dumpall" | "mysqldump" | "mariadb-dump" => {
            let writes = args.has(&["-f", "--file", "-r", "--result-file", "-T", "--tab"]);
            let class = match () {
                () if args.unclear() => Unknown,
                () if writes => Write,
                () => Read,
            };
            class.into()
        }
        "pg_restore" => if args.has(&["-c", "--clean"]) {
            Destructive
        } else {
            Exec
        }
        .into(),
        "mongosh" | "mongo" | "mongorestore" | "cqlsh" | "clickhouse-client" | "duckdb"
        | "sqlcmd" => Exec.into(),
        _ => return None,
    };
    Some(effect)
}

/// The value of an option, in any of its forms: the outer `None` where it is not given, the inner where
/// it is not told.
fn value_of(args: Args<'_>, short: &[&str], long: &[&str]) -> Option<Option<String>> {
    let mut rest = args.0.iter();
    while let Some(arg) = rest.next() {
        let text = arg.text.as_str();
        if let Some(found) = long
            .iter()
            .find_map(|option| text.strip_prefix(option)?.strip_prefix('='))
        {
            return Some(arg.certain.then(|| found.to_owned()));
        }
        let bare = long.contains(&text)
            || (arg.is_option()
                && !text.starts_with("--")
                && short
                    .iter()
                    .any(|s| text.ends_with(s.trim_start_matches('-'))));
        if bare {
            return Some(
                rest.next()
                    .filter(|arg| arg.certain)
                    .map(|arg| arg.text.clone()),
            );
        }
        if let Some(found) = short.iter().find_map(|option| text.strip_prefix(option)) {
            return Some(arg.certain.then(|| found.to_owned()));
        }
    }
    None
}

/// The class of a SQL text. PostgreSQL's grammar reads the others' too, or refuses them.
fn statement(text: Option<&str>) -> StatementClass {
    let Some(text) = text else { return Unknown };
    match sql::inspect(text) {
        Ok(facts) => facts.class(),
        Err(_) => Unknown,
    }
}

fn from_input(stdin: &Stdin) -> StatementClass {
    match stdin {
        Stdin::Text(text) => statement(Some(text)),
        Stdin::Inherited | Stdin::Elsewhere => Exec,
    }
}

fn psql(args: Args<'_>, stdin: &Stdin) -> Effect {
    if args.has(&["-f", "--file"]) {
        return Exec.into();
    }
    let mut effect = Effect::from(Read);
    if let Some(written) = value_of(args, &["-o"], &["--output"]) {
        effect = effect.at_least(Write).writing(written);
    }
    if args.has(&["-l", "--list"]) && !args.unclear() {
        return effect;
    }
    // Every -c is run, in order.
    let mut given = 0;
    let mut rest = args.0;
    while let Some((arg, more)) = rest.split_first() {
        let found = value_of(Args(std::slice::from_ref(arg)), &[], &["--command"])
            .flatten()
            .map(Some)
            .or_else(|| {
                let text = arg.text.as_str();
                let bare = text == "--command"
                    || (arg.is_option() && !text.starts_with("--") && text.ends_with('c'));
                bare.then(|| {
                    more.first()
                        .filter(|arg| arg.certain)
                        .map(|arg| arg.text.clone())
                })
            })
            .or_else(|| {
                let text = arg
                    .text
                    .strip_prefix("-c")
                    .filter(|text| !text.is_empty())?;
                Some(arg.certain.then(|| text.to_owned()))
            });
        if let Some(text) = found {
            given += 1;
            effect = effect.at_least(psql_command(text.as_deref()));
        }
        rest = more;
    }
    if given == 0 {
        return match stdin {
            Stdin::Text(text) => effect.at_least(psql_command(Some(text))),
            _ => effect.at_least(Exec),
        };
    }
    if args.unclear() {
        effect.at_least(Unknown)
    } else {
        effect
    }
}

/// SQL, or one of psql's own commands, of which those that describe are harmless.
fn psql_command(text: Option<&str>) -> StatementClass {
    let Some(text) = text else { return Unknown };
    if !text.contains('\\') {
        return statement(Some(text));
    }
    let word = text.split_whitespace().next().unwrap_or("");
    let describes = ["\\d", "\\l", "\\conninfo", "\\z", "\\x", "\\timing"];
    let alone = text.matches('\\').count() == 1 && !text.contains(['|', '`', '\n']);
    match alone
        && describes.iter().any(|known| word.starts_with(known))
        && !word.starts_with("\\lo")
    {
        true => Read,
        false => Exec,
    }
}

fn sqlite(args: Args<'_>, stdin: &Stdin) -> Effect {
    if args.unclear() || args.has(&["-cmd", "--cmd", "-init", "--init"]) {
        return Exec.into();
    }
    let mut operands = args.operands();
    let file = operands.next().map(|arg| arg.text.clone());
    let mut class = Read;
    let mut given = false;
    for text in operands {
        given = true;
        let safe = [".tables", ".schema", ".dump", ".databases", ".indexes"];
        let word = text.text.split_whitespace().next().unwrap_or("");
        class = class.max(match () {
            () if !text.certain => Unknown,
            () if text.text.starts_with('.') && safe.contains(&word) => Read,
            () if text.text.starts_with('.') => Exec,
            () => statement(Some(&text.text)),
        });
    }
    if !given {
        class = from_input(stdin);
    }
    let effect = Effect::from(class);
    if class > Read {
        effect.writing(file)
    } else {
        effect.reading(file)
    }
}

fn redis(args: Args<'_>) -> StatementClass {
    if args.unclear() || args.has(&["--eval", "--pipe", "-x", "-X"]) {
        return Exec;
    }
    let verbs = [
        "get", "mget", "exists", "keys", "scan", "ttl", "pttl", "type", "info", "ping", "dbsize",
        "llen", "lrange", "smembers", "scard", "hget", "hgetall", "hkeys", "zrange", "zcard",
        "strlen", "time",
    ];
    // The options with a value come first, so that the verb is the first known one.
    let words = args.operands().map(|arg| arg.text.to_ascii_lowercase());
    for word in words {
        match word.as_str() {
            "flushall" | "flushdb" | "del" | "unlink" | "shutdown" | "swapdb" => {
                return Destructive;
            }
            "set" | "mset" | "hset" | "lpush" | "rpush" | "sadd" | "zadd" | "incr" | "decr"
            | "expire" | "publish" | "append" | "rename" => return Write,
            "config" | "acl" | "client" | "slaveof" | "replicaof" | "cluster" | "save"
            | "bgsave" => {
                return Admin;
            }
            "eval" | "evalsha" | "fcall" | "module" | "script" | "function" | "debug" => {
                return Exec;
            }
            verb if verbs.contains(&verb) => return Read,
            _ => {}
        }
    }
    Unknown
}
