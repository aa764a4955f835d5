//! libclang, which the build of PostgreSQL's parser (`pg_query`) loads.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::{Tools, debian, python};
use crate::{
    process::{Run, say},
    workspace::Workspace,
};

const DEBIAN_PACKAGE: &str = "libclang-14-dev";
const WHEEL: &str = "libclang==18.1.1";

/// Tells builds where libclang is, and installs it when it is nowhere.
pub fn find(workspace: &Workspace, tools: &mut Tools) -> Result<()> {
    if std::env::var_os("LIBCLANG_PATH").is_some() {
        return Ok(());
    }
    let folder = match system() {
        Some(folder) => folder,
        None if debian::can_install() => {
            debian::install(&[DEBIAN_PACKAGE])?;
            system().with_context(|| format!("{DEBIAN_PACKAGE} has no libclang"))?
        }
        None => from_pypi(workspace)?,
    };
    tools.set("LIBCLANG_PATH", folder.display().to_string());
    if has_headers(&folder) {
        return Ok(());
    }
    // A libclang alone, as in the wheel, has no headers of its own; the C compiler's do.
    let headers = Run::new("cc").arg("-print-file-name=include").output()?;
    tools.set(
        "BINDGEN_EXTRA_CLANG_ARGS",
        format!("-idirafter{}", headers.trim()),
    );
    Ok(())
}

fn from_pypi(workspace: &Workspace) -> Result<PathBuf> {
    let wheel = workspace.tools().join("libclang");
    let folder = wheel.join("clang/native");
    if !has_libclang(&folder) {
        say(&format!("installing {WHEEL} from PyPI into .tools"));
        python::install_into(&wheel, WHEEL)?;
    }
    Ok(folder)
}

/// The newest libclang of the system.
fn system() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("llvm"))
        .map(|entry| entry.path().join("lib"))
        .collect();
    folders.sort();
    folders.push("/usr/lib64".into());
    folders.push("/usr/local/lib".into());
    folders.push("/opt/homebrew/opt/llvm/lib".into());
    folders
        .into_iter()
        .rev()
        .find(|folder| has_libclang(folder))
}

/// Whether the compiler's own headers are beside its library: `clang/<version>/include`.
fn has_headers(folder: &Path) -> bool {
    fs::read_dir(folder.join("clang"))
        .into_iter()
        .flatten()
        .flatten()
        .any(|version| version.path().join("include/stddef.h").is_file())
}

fn has_libclang(folder: &Path) -> bool {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // `libclang.so`, `libclang-14.so.1`, `libclang.dylib`; not `libclang-cpp.so.14`.
            name.strip_prefix("libclang").is_some_and(|rest| {
                rest.starts_with(".so")
                    || rest.starts_with(".dylib")
                    || rest
                        .strip_prefix('-')
                        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            })
        })
}
