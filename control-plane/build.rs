//! Puts the dashboard where it can be embedded: `web/dist`, each text compressed beside it, or, where
//! that was not built, a page that says how to build it. Beside it the components that run policies
//! which are texts, `target/languages`, as far as they were built.

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

/// Files that shrink.
const TEXTS: [&str; 7] = ["html", "js", "css", "svg", "json", "map", "txt"];

const PLACEHOLDER: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
<title>Countersign</title>\n<h1>Countersign runs, without its dashboard</h1>\n\
<p>This binary was built before the dashboard was. To have it inside, run\n\
<code>npm ci &amp;&amp; npm run build</code> in <code>web/</code> and build again, or run\n\
<code>cargo xtask build</code>, which does both.</p>\n\
<p>The API works: see <a href=\"/api/docs/\">/api/docs</a>.</p>\n</html>\n";

/// Components that run policies which are texts.
const RUNTIMES: [&str; 2] = ["rego.wasm", "cedar.wasm"];

fn main() -> io::Result<()> {
    embed_runtimes()?;
    embed_dashboard()
}

fn embed_runtimes() -> io::Result<()> {
    let built = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("../target/languages");
    let out = Path::new(&variable("OUT_DIR")?).join("runtimes");
    println!("cargo::rustc-env=COUNTERSIGN_RUNTIMES={}", built.display());
    fs::create_dir_all(&out)?;
    for name in RUNTIMES {
        let (from, to) = (built.join(name), out.join(name));
        if from.exists() {
            println!("cargo::rerun-if-changed={}", from.display());
            fs::copy(from, to)?;
        } else if to.exists() {
            fs::remove_file(to)?;
        }
    }
    Ok(())
}

fn embed_dashboard() -> io::Result<()> {
    let dist = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("../web/dist");
    let out = Path::new(&variable("OUT_DIR")?).join("dashboard");
    // Watching a path that does not exist would run this with every build.
    let watched = if dist.exists() {
        "../web/dist"
    } else {
        "../web"
    };
    println!("cargo::rerun-if-changed={watched}");
    println!("cargo::rerun-if-changed=build.rs");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&out)?;
    if dist.join("index.html").exists() {
        copy(&dist, &out)
    } else {
        write(&out.join("index.html"), PLACEHOLDER.as_bytes())
    }
}

fn variable(name: &str) -> io::Result<PathBuf> {
    env::var_os(name)
        .map(PathBuf::from)
        .ok_or_else(|| io::Error::other(format!("{name} is not set")))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            write(&target, &fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    fs::write(path, content)?;
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    if TEXTS.contains(&extension) {
        let file = fs::File::create(path.with_extension(format!("{extension}.gz")))?;
        let mut encoder = GzEncoder::new(file, Compression::best());
        encoder.write_all(content)?;
        encoder.finish()?;
    }
    Ok(())
}
