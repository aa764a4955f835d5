//! What the edge enforces: the control plane's signed bundle, verified, prepared and swapped in
//! whole. Sessions read it without a lock; nothing here talks to the network.

mod activate;
mod authors;
mod bind;
mod enforce;
mod enforced;
mod files;
mod grants;
mod locks;
mod own_thread;
mod prepare;
mod shelf;
mod verify;

pub(crate) use activate::describe;
pub use activate::{ActivateError, Activator, Prepared, Trust};
pub use enforced::{Bundles, Enforced, OpaqueCredential};
pub use files::{BundleFiles, FileError, ItemKind};
pub use grants::{Acting, GrantInForce, Operations};
pub use shelf::{Item, Lane};
pub use verify::{Refused, verify};
