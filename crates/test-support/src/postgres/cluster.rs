//! A data folder with a fresh cluster in it, copied from a template where there is one: `initdb`
//! takes a second, a copy a tenth of that.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use super::{
    Account, Binaries, SUPERUSER, SUPERUSER_PASSWORD,
    account::{self},
};

/// Local connections need no password; those over TCP do, by SCRAM-SHA-256, as in production.
const HBA: &str = "local all all trust\n\
                   host all all 127.0.0.1/32 scram-sha-256\n\
                   host all all ::1/128 scram-sha-256\n";

/// Makes a fresh cluster in `folder`, which must not exist.
pub(super) fn create(folder: &Path, binaries: &Binaries, account: &Account) -> Result<()> {
    let template = template_folder(binaries);
    if let Some(template) = template.as_deref().filter(|folder| folder.is_dir()) {
        copy(template, folder)?;
        return account.own(folder);
    }
    initdb(folder, binaries, account)?;
    if let Some(template) = template {
        // The next one is faster; a template that cannot be kept only costs time.
        let _ = keep_as_template(folder, &template);
    }
    Ok(())
}

fn initdb(folder: &Path, binaries: &Binaries, account: &Account) -> Result<()> {
    fs::create_dir(folder).with_context(|| format!("{} cannot be created", folder.display()))?;
    account.own(folder)?;
    let password = folder.with_extension("password");
    fs::write(&password, SUPERUSER_PASSWORD)
        .with_context(|| format!("{} cannot be written", password.display()))?;
    account.own(&password)?;
    let made = account::run(
        account
            .command(&binaries.program("initdb"), false)
            .arg("--pgdata")
            .arg(folder)
            .arg("--pwfile")
            .arg(&password)
            .args(["--username", SUPERUSER])
            .args(["--encoding", "UTF8", "--locale", "C"])
            .args(["--auth-local", "trust", "--auth-host", "scram-sha-256"])
            .arg("--no-sync"),
    );
    let _ = fs::remove_file(&password);
    made?;
    let hba = folder.join("pg_hba.conf");
    fs::write(&hba, HBA).with_context(|| format!("{} cannot be written", hba.display()))
}

/// `target/postgres-template/<version>` of the workspace whose binary this is; none elsewhere.
fn template_folder(binaries: &Binaries) -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    let target = program
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())?;
    let version = Command::new(binaries.program("postgres"))
        .arg("--version")
        .output()
        .ok()?;
    let version: String = String::from_utf8_lossy(&version.stdout)
        .trim()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    Some(target.join("postgres-template").join(version))
}

fn keep_as_template(folder: &Path, template: &Path) -> Result<()> {
    let parent = template.parent().context("a template has a parent")?;
    fs::create_dir_all(parent)?;
    let draft = template.with_extension(format!("draft-{}", std::process::id()));
    copy(folder, &draft)?;
    if fs::rename(&draft, template).is_err() {
        // Another process was quicker.
        fs::remove_dir_all(&draft)?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    account::run(Command::new("cp").arg("-R").arg("-p").arg(from).arg(to))
}
