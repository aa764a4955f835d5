//! What the control plane keeps, in SQLite or PostgreSQL. One module an aggregate; sea-orm's
//! entities stay inside, typed ids and plain structs leave. Time comes from the caller, secrets
//! come as hashes. Nothing here knows HTTP, and nothing here decides who may do what.

mod actions;
mod audit;
mod bindings;
mod bundle;
mod change;
mod changes;
mod connection;
mod credentials;
mod device_logins;
mod documents;
mod edge_keys;
mod edges;
mod entity;
mod error;
mod events;
mod grants;
mod humans;
mod ingest;
mod issued_tokens;
mod join_tokens;
mod locks;
mod logins;
mod peers;
mod policies;
mod policy_settings;
mod principal_keys;
mod principals;
mod provider_sign_in;
mod replay_source;
mod replays;
mod reviews;
mod rollouts;
mod seen;
mod session_snapshots;
mod sessions;
mod sign_in;
mod sign_in_attempts;
mod signatures;
mod targets;
mod text;
mod token_keys;
mod tokens;
mod tool_definitions;
mod trusted_issuers;
mod usage;
mod users;

pub use actions::{ActionRecord, action_of, made_at};
pub use audit::{AuditEventRecord, AuditQuery, NewAuditEvent};
pub use bindings::BindingRecord;
pub use bundle::BundleContent;
pub use changes::{
    BindingChange, BoundVersion, ChangeError, ChangeKind, ChangeQuery, ChangeRecord, ChangeState,
    DocumentPull, Edit, EnforcedSet, Guard, NewBinding, PolicySetRecord, Proposal, Proposed,
    SetBinding, SetDocument, SetState,
};
pub use connection::Store;
pub use credentials::CredentialRecord;
pub use device_logins::{DeviceLogin, DevicePoll, NewDeviceLogin};
pub use documents::{DocumentFormat, DocumentRecord, DocumentVersionRecord, NewDocumentVersion};
pub use edge_keys::{EdgeKeys, InstanceNote};
pub use edges::{EdgeRecord, NewEdge};
pub use error::StoreError;
pub use events::EventPage;
pub use grants::{
    EndGrantError, GrantEnd, GrantJudgement, GrantParty, GrantQuery, GrantRecord, GrantTarget,
    GrantVote, GrantVoteError, NewGrant, NewGrantOutcome, NewGrantVote, TargetJudgement,
};
pub use ingest::{IngestError, Ingested};
pub use issued_tokens::{IssuedTokenRecord, NewIssuedToken};
pub use join_tokens::JoinTokenRecord;
pub use locks::{LockRecord, NewLock};
pub use logins::{CodeProof, CodeRedeemed, LoginToken, NewAuthorizationCode, NewLoginToken};
pub use peers::PeerNews;
pub use policies::{NewVersion, PolicyOverview, PolicyRecord, PushedVersion, VersionRecord};
pub use policy_settings::{CounterSplit, PolicySettings};
pub use principal_keys::PrincipalKeyRecord;
pub use principals::{NewPrincipal, PrincipalChange, PrincipalRecord};
pub use provider_sign_in::{
    NewProviderSession, ProviderLogout, ProviderLogoutEnded, ProviderPerson, ProviderSignIn,
    SessionProvider,
};
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
pub use sign_in_attempts::{AttemptReturn, NewSignInAttempt, SignInAttempt};
pub use signatures::SignatureRecord;
pub use targets::{NewTarget, TargetChange, TargetRecord};
pub use token_keys::TokenKeyRecord;
pub use tokens::{ApiTokenRecord, NewApiToken};
pub use tool_definitions::{AcceptError, ToolDefinitionRecord};
pub use trusted_issuers::{IssuerRule, NewTrustedIssuer, TrustedIssuerChange, TrustedIssuerRecord};
pub use usage::{ModelUsage, TokenSums, UsageBy, UsageRecord};
pub use users::{NewUser, UserChange, UserChanged, UserRecord, UserSource};
