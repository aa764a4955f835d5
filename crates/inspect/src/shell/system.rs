//! Files, disks, services, users and the network of the machine itself.

use countersign_model::StatementClass::{
    self, Admin, Destructive, Exec, Read, Session, Unknown, Write,
};

use super::{effect::Effect, program::Args};

pub(super) fn effect(name: &str, args: Args<'_>) -> Option<Effect> {
    if let Some(effect) = files(name, args) {
        return Some(effect);
    }
    if is_disk_tool(name) {
        let asks = args.has(&["-l", "--list"]) || args.only_asks();
        return Some(
            if asks && args.0.len() == 1 {
                Read
            } else {
                Destructive
            }
            .into(),
        );
    }
    let class = match name {
        "systemctl" | "service" | "rc-service" | "launchctl" | "initctl" | "supervisorctl"
        | "pm2" => service(name, args),
        "journalctl" if args.has(&["--vacuum-size", "--vacuum-time", "--vacuum-files"]) => {
            Destructive
        }
        "journalctl" if args.has(&["--rotate", "--flush", "--setup-keys"]) => Admin,
        "journalctl" => unless_unclear(args, Read),
        "crontab" => match () {
            () if args.has(&["-r"]) => Destructive,
            () if args.has(&["-l"]) && !args.unclear() => Read,
            // What it schedules is in a file.
            () => Exec,
        },
        "useradd"
        | "usermod"
        | "groupadd"
        | "groupmod"
        | "adduser"
        | "addgroup"
        | "passwd"
        | "chpasswd"
        | "chsh"
        | "chfn"
        | "gpasswd"
        | "visudo"
        | "vipw"
        | "chmod"
        | "chown"
        | "chgrp"
        | "chattr"
        | "setfacl"
        | "setcap"
        | "umount"
        | "swapon"
        | "swapoff"
        | "losetup"
        | "modprobe"
        | "insmod"
        | "rmmod"
        | "shutdown"
        | "reboot"
        | "poweroff"
        | "halt"
        | "init"
        | "telinit"
        | "setenforce"
        | "ufw"
        | "firewall-cmd"
        | "hostnamectl"
        | "timedatectl"
        | "loginctl"
        | "update-alternatives"
        | "ldconfig"
        | "depmod"
        | "dhclient"
        | "ifup"
        | "ifdown"
        | "nmcli"
        | "logrotate"
        | "tc"
        | "auditctl"
        | "semanage"
        | "restorecon"
        | "chcon" => {
            if args.only_asks() {
                Read
            } else {
                Admin
            }
        }
        "userdel" | "groupdel" | "deluser" | "delgroup" => Destructive,
        "hostname" | "domainname" => match args.operands().count() {
            0 if !args.unclear() => Read,
            _ => Admin,
        },
        "mount" if args.0.is_empty() => Read,
        "mount" => Admin,
        "iptables" | "ip6tables" | "nft" | "ipset" => match () {
            () if args.has(&["-F", "--flush", "-X"])
                || args.word(&["flush", "delete", "destroy"]) =>
            {
                Destructive
            }
            () if args.unclear() => Unknown,
            () if args.has(&["-L", "-S", "--list"]) || args.word(&["list"]) => Read,
            () => Admin,
        },
        "sysctl" if args.has(&["-w", "-p", "--write", "--load", "--system"]) => Admin,
        "sysctl" if args.operands().any(|arg| arg.text.contains('=')) => Admin,
        "sysctl" => unless_unclear(args, Read),
        "ip" => {
            let changes = [
                "add", "del", "delete", "set", "change", "replace", "flush", "append",
            ];
            match () {
                () if args.word(&["netns", "vrf"]) && args.word(&["exec"]) => Exec,
                () if args.word(&changes) => Admin,
                () => unless_unclear(args, Read),
            }
        }
        "ifconfig" | "route" | "arp" => match args.operands().count() {
            0 => unless_unclear(args, Read),
            1 if name == "ifconfig" => unless_unclear(args, Read),
            _ => Admin,
        },
        "ss" if args.has(&["-K", "--kill"]) => Admin,
        "ss" | "netstat" => unless_unclear(args, Read),
        "crictl" | "ctr" => Unknown,
        "ulimit" => Session,
        "gpg" | "openssl" | "age" | "ssh-keygen" => match () {
            () if args.only_asks() || args.word(&["version"]) => Read,
            () => Write,
        },
        _ => return None,
    };
    Some(class.into())
}

fn unless_unclear(args: Args<'_>, class: StatementClass) -> StatementClass {
    if args.unclear() { Unknown } else { class }
}

fn is_disk_tool(name: &str) -> bool {
    const NAMES: [&str; 28] = [
        "fdisk",
        "sfdisk",
        "cfdisk",
        "gdisk",
        "sgdisk",
        "parted",
        "wipefs",
        "blkdiscard",
        "mkswap",
        "badblocks",
        "hdparm",
        "lvremove",
        "vgremove",
        "pvremove",
        "lvreduce",
        "cryptsetup",
        "mdadm",
        "zpool",
        "zfs",
        "btrfs",
        "fsck",
        "e2fsck",
        "resize2fs",
        "debugfs",
        "tune2fs",
        "nvme",
        "diskutil",
        "format",
    ];
    NAMES.contains(&name)
        || name == "mkfs"
        || name.starts_with("mkfs.")
        || name.starts_with("fsck.")
}

fn service(name: &str, args: Args<'_>) -> StatementClass {
    if args.unclear() {
        return Unknown;
    }
    // `service NAME status`, but `systemctl status NAME`.
    let verb = match name {
        "service" | "rc-service" => args.sub(1),
        _ => args.sub(0),
    };
    match verb {
        None if args.operands().next().is_none() => Read,
        Some(
            "status" | "show" | "cat" | "help" | "list" | "print" | "is-active" | "is-enabled"
            | "is-failed" | "list-units" | "list-unit-files" | "list-timers" | "list-sockets"
            | "list-dependencies" | "list-jobs" | "get-default" | "is-system-running" | "logs"
            | "ls",
        ) => Read,
        Some("edit") => Exec,
        _ => Admin,
    }
}

/// Programs that change files by name.
fn files(name: &str, args: Args<'_>) -> Option<Effect> {
    let last = || args.operands().last().map(|arg| arg.text.clone());
    let but_last = || {
        let mut paths = args.paths();
        paths.pop();
        paths
    };
    let effect = match name {
        "cp" | "install" | "ln" | "link" => {
            let class = match () {
                () if args.only_asks() => Read,
                () if args.unclear() && name == "install" => Unknown,
                // It may run a program to strip what it installs.
                () if args.has(&["--strip-program"]) => Exec,
                () => Write,
            };
            Effect::from(class).reading(but_last()).writing(last())
        }
        "mv" | "rename" => {
            let lost = args
                .operands()
                .last()
                .is_some_and(|arg| arg.text == "/dev/null");
            let class = match () {
                // Its pattern is Perl.
                () if name == "rename" => Exec,
                () if lost => Destructive,
                () => Write,
            };
            let mut effect = Effect::from(class);
            effect.writes = args.paths();
            effect
        }
        "touch" | "mkdir" | "mkfifo" | "mktemp" | "mknod" => {
            Effect::from(Write).writing(args.paths())
        }
        "truncate" | "fallocate" => {
            let mut effect = Effect::from(Destructive);
            effect.writes = args.paths();
            effect
        }
        "patch" => Effect::from(Write).writing(args.paths()),
        "split" if args.has(&["--filter"]) || args.unclear() => Exec.into(),
        "split" | "csplit" => Effect::from(Write).reading(args.paths()),
        "gzip" | "gunzip" | "bzip2" | "bunzip2" | "xz" | "unxz" | "zstd" | "unzstd" | "lz4"
        | "compress" | "uncompress" => {
            let class = match () {
                () if args.unclear() => Unknown,
                () if args.has(&["--rm"]) => Destructive,
                () if args.has(&["-c", "--stdout", "-l", "--list", "-t", "--test"]) => Read,
                () if args.operands().next().is_none() => Read,
                () => Write,
            };
            Effect::from(class).reading(args.paths())
        }
        "unzip" | "7z" | "7za" | "unrar" => {
            let lists = args.has(&["-l", "-Z", "-t"]) || matches!(args.sub(0), Some("l" | "t"));
            let class = match () {
                () if args.unclear() => Unknown,
                () if lists => Read,
                () => Write,
            };
            Effect::from(class).reading(args.paths())
        }
        "zip" => {
            let class = match () {
                () if args.unclear() => Unknown,
                () if args.has(&["-T", "--unzip-command"]) => Exec,
                () if args.has(&["-m", "-d", "--move", "--delete"]) => Destructive,
                () => Write,
            };
            Effect::from(class).writing(args.paths().into_iter().take(1))
        }
        "pbcopy" | "pbpaste" | "xclip" | "xsel" | "wall" | "write" | "mail" | "mailx"
        | "sendmail" | "mutt" | "logger" => Write.into(),
        _ => return None,
    };
    Some(effect)
}
