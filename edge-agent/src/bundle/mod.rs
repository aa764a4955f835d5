//! What the edge enforces: the control plane's signed bundle, verified, compiled and swapped in
//! whole. Sessions read it without a lock; nothing here talks to the network.

mod activate;
mod enforced;
mod files;
mod verify;

pub use activate::{ActivateError, Activator, Prepared};
pub use enforced::{Bundles, Enforced, SignInPrincipal};
pub use files::{BundleFiles, FileError};
pub use verify::{Refused, verify};
