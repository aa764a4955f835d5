//! What the control plane keeps, in SQLite or PostgreSQL. One module an aggregate; sea-orm's
//! entities stay inside, typed ids and plain structs leave. Time comes from the caller, secrets
//! come as hashes. Nothing here knows HTTP, and nothing here decides who may do what.

mod bindings;
mod bundle;
mod change;
mod connection;
mod credentials;
mod edges;
mod entity;
mod error;
mod events;
mod ingest;
mod join_tokens;
mod policies;
mod principals;
mod reviews;
mod sessions;
mod sign_in;
mod targets;
mod text;
mod tokens;
mod users;

pub use bindings::{BindingChange, BindingRecord, NewBinding};
pub use bundle::BundleContent;
pub use connection::Store;
pub use credentials::CredentialRecord;
pub use edges::{EdgeRecord, NewEdge};
pub use error::StoreError;
pub use events::EventPage;
pub use ingest::{IngestError, Ingested};
pub use join_tokens::JoinTokenRecord;
pub use policies::{NewVersion, PolicyOverview, PolicyRecord, PushedVersion, VersionRecord};
pub use principals::{NewPrincipal, PrincipalChange, PrincipalRecord};
pub use reviews::{
    DecideError, HoldError, NewDecision, ReviewHeader, ReviewQuery, ReviewRecord, ReviewTally,
    ReviewVote, StoredReview, UseError,
};
pub use sessions::{SessionCounts, SessionQuery, SessionRecord};
pub use sign_in::{WebSession, WebSessionLimits};
pub use targets::{NewTarget, TargetChange, TargetRecord};
pub use tokens::{ApiTokenRecord, NewApiToken};
pub use users::{NewUser, UserChange, UserRecord};
