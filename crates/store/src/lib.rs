//! What the control plane keeps, in SQLite or PostgreSQL. One module an aggregate; sea-orm's
//! entities stay inside, typed ids and plain structs leave. Time comes from the caller, secrets
//! come as hashes. Nothing here knows HTTP, and nothing here decides who may do what.

mod actions;
mod bindings;
mod bundle;
mod change;
mod changes;
mod connection;
mod credentials;
mod documents;
mod edges;
mod entity;
mod error;
mod events;
mod ingest;
mod join_tokens;
mod policies;
mod policy_settings;
mod principals;
mod replay_source;
mod replays;
mod reviews;
mod rollouts;
mod session_snapshots;
mod sessions;
mod sign_in;
mod signatures;
mod targets;
mod text;
mod tokens;
mod users;

pub use actions::{ActionRecord, action_of, made_at};
pub use bindings::BindingRecord;
pub use bundle::BundleContent;
pub use changes::{
    BindingChange, BoundVersion, ChangeError, ChangeKind, ChangeQuery, ChangeRecord, ChangeState,
    DocumentPull, Edit, EnforcedSet, Guard, NewBinding, PolicySetRecord, Proposal, Proposed,
    SetBinding, SetDocument, SetState,
};
pub use connection::Store;
pub use credentials::CredentialRecord;
pub use documents::{DocumentFormat, DocumentRecord, DocumentVersionRecord, NewDocumentVersion};
pub use edges::{EdgeRecord, NewEdge};
pub use error::StoreError;
pub use events::EventPage;
pub use ingest::{IngestError, Ingested};
pub use join_tokens::JoinTokenRecord;
pub use policies::{NewVersion, PolicyOverview, PolicyRecord, PushedVersion, VersionRecord};
pub use policy_settings::{CounterSplit, PolicySettings};
pub use principals::{NewPrincipal, PrincipalChange, PrincipalRecord};
pub use replay_source::{ReplayBatch, ReplayJournal, ReplaySpan};
pub use replays::{ReplayEnd, ReplayRecord, ReplayState};
pub use reviews::{
    DecideError, HoldError, NewDecision, ReviewHeader, ReviewQuery, ReviewRecord, ReviewTally,
    ReviewVote, StoredReview, UseError,
};
pub use rollouts::{Breach, Rollout};
pub use session_snapshots::SessionSnapshot;
pub use sessions::{SessionCounts, SessionQuery, SessionRecord};
pub use sign_in::{WebSession, WebSessionLimits};
pub use signatures::SignatureRecord;
pub use targets::{NewTarget, TargetChange, TargetRecord};
pub use tokens::{ApiTokenRecord, NewApiToken};
pub use users::{NewUser, UserChange, UserRecord};
