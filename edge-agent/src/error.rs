//! Why the edge does not start.

use countersign_ledger::{journal::JournalError, keys::KeyError};

use crate::{
    bundle::ActivateError,
    config::ConfigError,
    control_plane::{ClientError, EnrollError, InstanceError},
    http, postgres,
};

/// Why the edge does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder cannot be made.
    #[error("cannot make the data folder {path}")]
    DataDir {
        /// The folder.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The control plane's address cannot be used.
    #[error("the control plane cannot be used")]
    ControlPlane(#[from] ClientError),
    /// It has no identity.
    #[error(transparent)]
    Enroll(#[from] EnrollError),
    /// This start cannot be counted.
    #[error("the start of the data folder cannot be counted")]
    Instance(#[from] InstanceError),
    /// The journal cannot be opened.
    #[error("the journal cannot be opened")]
    Journal(#[from] JournalError),
    /// A key cannot be read or made.
    #[error("a key of the edge cannot be used")]
    Key(#[from] KeyError),
    /// Policies cannot be run.
    #[error("policies cannot be run")]
    Policies(#[from] ActivateError),
    /// The PostgreSQL listener cannot be started.
    #[error("the PostgreSQL listener cannot be started")]
    Postgres(#[from] postgres::Error),
    /// The HTTP listener cannot be started.
    #[error("the HTTP listener cannot be started")]
    Http(#[from] http::Error),
}
