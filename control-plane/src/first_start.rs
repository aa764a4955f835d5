//! The first start: an admin, a token for programs and a link for the person.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use countersign_model::{Role, Roles, Timestamp};
use countersign_store::{NewApiToken, NewUser, Store, StoreError};

use crate::secret::{API_TOKEN, NoRandomness, SIGN_IN_LINK, Secret};

/// The file with the first admin's API token.
pub const TOKEN_FILE: &str = "admin.token";

const LINK_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The first start failed.
#[derive(Debug, thiserror::Error)]
pub enum FirstStartError {
    /// The admin could not be kept.
    #[error("the first admin could not be made")]
    Store(#[from] StoreError),
    /// There are no secrets.
    #[error("no secret could be made")]
    Random(#[from] NoRandomness),
    /// The token could not be written for its owner.
    #[error("the token file {path} could not be written")]
    TokenFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Makes the first admin where there is nobody yet; returns a link that signs them in, once.
pub async fn prepare(
    store: &Store,
    data_dir: &Path,
    base_url: &str,
    now: Timestamp,
) -> Result<Option<String>, FirstStartError> {
    if store.count_users().await? > 0 {
        return Ok(None);
    }
    // The file first: an admin whose token was lost could not be reached.
    let token = Secret::generate(API_TOKEN)?;
    let path = data_dir.join(TOKEN_FILE);
    write_private(&path, &token.text).map_err(|source| FirstStartError::TokenFile {
        path: path.clone(),
        source,
    })?;
    let admin = NewUser {
        name: "Administrator".to_owned(),
        email: "admin@localhost".to_owned(),
        roles: Roles::from([Role::Admin]),
        review_scope: None,
        groups: Vec::new(),
    };
    let admin = store.create_user(admin, now).await?;
    let new = NewApiToken {
        user_id: admin.id,
        name: "first start".to_owned(),
        token_sha256: token.sha256,
        expires_at: None,
    };
    store.create_api_token(new, now).await?;
    let link = Secret::generate(SIGN_IN_LINK)?;
    let expires_at = now.after(LINK_LIFETIME);
    store
        .create_sign_in_link(admin.id, &link.sha256, now, expires_at)
        .await?;
    Ok(Some(sign_in_link(base_url, &link.text)))
}

/// The link for a token: in the fragment, which browsers keep to themselves.
pub fn sign_in_link(base_url: &str, token: &str) -> String {
    format!("{base_url}/sign-in#token={token}")
}

/// Writes a file that only its owner reads.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    // One that exists may have wider permissions.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}
