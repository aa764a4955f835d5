//! `countersign policy keygen` and `sign`: an author's own word on a version, which edges may require.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Args;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::json;

use super::{candidate::Candidate, versions};
use crate::{
    client::Client,
    commands::resolve,
    config::ClientOptions,
    output::{self, cell},
};

/// What an author signs: this, and the version's digest in hex.
const PREFIX: &str = "countersign-policy-v1\n";

#[derive(Debug, Args)]
#[command(after_help = "Example:
  countersign policy keygen ~/.config/countersign/author.key

The public key goes to `require_author_signatures` in the edges' configuration. The file stays with the
author.")]
pub struct Keygen {
    /// Where the key goes; a file that is there is left alone
    file: PathBuf,
}

impl Keygen {
    pub fn run(&self, as_json: bool) -> Result<()> {
        let seed: [u8; 32] = rand::random();
        let key = SigningKey::from_bytes(&seed);
        let written = || format!("{} cannot be written", self.file.display());
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.file)
            .with_context(written)?;
        writeln!(file, "{}", STANDARD.encode(seed)).with_context(written)?;
        let public = STANDARD.encode(key.verifying_key().as_bytes());
        if as_json {
            return output::json(&json!({"file": self.file, "public_key": public}));
        }
        output::line(&format!("public key: {public}"))
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign policy sign row-guard@3 --key author.key
  countersign policy sign row-guard@3 --key author.key --component target/policies/row-guard.wasm
  countersign policy sign --key author.key --component row-guard.wasm --offline

With --component the digest that is signed is that of the author's own file, and must be the one at the
control plane: so nobody but the author says what the author signs. --offline prints the signature.")]
pub struct Sign {
    /// The version: NAME@N, or an id
    #[arg(value_name = "VERSION", required_unless_present = "offline")]
    of: Option<String>,

    /// The file that `policy keygen` made
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    /// The author's own component or folder
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,

    /// Print the signature instead of uploading it
    #[arg(long, requires = "component")]
    offline: bool,
}

impl Sign {
    pub async fn run(&self, options: &ClientOptions) -> Result<()> {
        let key = read(&self.key)?;
        let own = match &self.component {
            Some(path) => Some(Candidate::of(path)?.digest()?),
            None => None,
        };
        let (Some(name), false) = (&self.of, self.offline) else {
            let digest = own.context("--offline needs --component")?;
            let (public, signature) = signed(&key, &digest);
            let told = json!({"digest": digest, "key": public, "signature": signature});
            return output::json(&told);
        };
        let client = options.client()?;
        let version = wanted(&client, name).await?;
        let digest = cell(&version, "/digest");
        if let Some(own) = own
            && own != digest
        {
            anyhow::bail!("the control plane's version is {digest}, the component here is {own}");
        }
        let (public, signature) = signed(&key, &digest);
        let path = format!("policy_versions/{}/signatures", resolve::id(&version)?);
        let answer = client
            .post(&path, &versions::signature(&public, &signature))
            .await?;
        if options.json {
            return output::json(&answer);
        }
        output::line(&format!("{name} signed by {public}"))
    }
}

async fn wanted(client: &Client, name: &str) -> Result<serde_json::Value> {
    let id = versions::id(client, name).await?;
    client.get(&format!("policy_versions/{id}")).await
}

fn signed(key: &SigningKey, digest: &str) -> (String, String) {
    let signature = key.sign([PREFIX, digest].concat().as_bytes());
    (
        STANDARD.encode(key.verifying_key().as_bytes()),
        STANDARD.encode(signature.to_bytes()),
    )
}

fn read(path: &Path) -> Result<SigningKey> {
    let text =
        fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let bytes = STANDARD.decode(text.trim()).ok();
    let seed: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
    let seed =
        seed.with_context(|| format!("{} is not a key of `policy keygen`", path.display()))?;
    Ok(SigningKey::from_bytes(&seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_signs_and_stays_private() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("author.key");
        let keygen = Keygen { file: file.clone() };
        keygen.run(true).expect("a key");
        assert!(
            keygen.run(true).is_err(),
            "a key that is there is left alone"
        );
        let mode = fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let key = read(&file).expect("a key");
        let digest = "ab".repeat(32);
        let (public, signature) = signed(&key, &digest);
        assert_eq!(STANDARD.decode(public).expect("base64").len(), 32);
        let signature = STANDARD.decode(signature).expect("base64");
        let signature = ed25519_dalek::Signature::from_slice(&signature).expect("a signature");
        let message = format!("countersign-policy-v1\n{digest}");
        assert!(
            key.verifying_key()
                .verify_strict(message.as_bytes(), &signature)
                .is_ok()
        );
        assert!(
            key.verifying_key()
                .verify_strict(digest.as_bytes(), &signature)
                .is_err()
        );
    }
}
