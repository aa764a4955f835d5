//! The words of Countersign as types: what the edge, the control plane and the policy engine say
//! to each other. Serde only; nothing here does I/O, and nothing here knows a transport.

mod action;
mod bundle;
mod decision;
mod edge_protocol;
mod event;
mod finding;
mod id;
mod manifest;
mod operation;
mod principal;
mod review;
mod role;
mod selector;
mod sql;
mod target;
mod timestamp;
mod verdict;

pub use action::{Action, Operation, Parameter, SqlOperation};
pub use bundle::{
    AuthorSignature, Binding, Bundle, BundleCredential, BundleDocument, BundleModule,
    BundlePrincipal, PolicySource, SignedBundle, SignedVersion, Stage,
};
pub use decision::{Decision, Effect, Failure, HostCall, PolicyOutcome, PolicyVerdict};
pub use edge_protocol::{
    BoundPolicyStatus, CanaryCounts, EdgeStatus, EnrollRequest, EnrollResponse, EventAck,
    EventBatch, FollowEvent, PolicyReadiness, ReviewRequest, ReviewResponse, VerdictCounts,
};
pub use event::{
    ActionIntent, ActionOutcome, ActionRefused, ChainedEvent, DecisionRecord, Event, EventBody,
    MaskedCount, OutcomeStatus, RecordedOperation, ReviewStep, SessionChanged, SessionClosed,
    SessionOpened, Timing,
};
pub use finding::{EntityCount, Finding};
pub use id::{
    ActionId, ApiTokenId, BindingId, ChangeId, CredentialId, DocumentId, EdgeId, JoinTokenId,
    ParseIdError, PolicyId, PolicyVersionId, PrincipalId, ReplayId, ReviewId, SessionId, TargetId,
    UserId,
};
pub use manifest::{CounterUse, DocumentUse, ManifestCase, PolicyLanguage, PolicyManifest};
pub use operation::{
    HttpOperation, RawOperation, ShellCommand, ShellFacts, ShellOperation, ToolCallOperation,
};
pub use principal::{Principal, PrincipalKind};
pub use review::{ReviewDecision, ReviewState};
pub use role::Role;
pub use selector::{PrincipalSelector, Selector, TargetSelector};
pub use sql::{Column, OutputColumn, SqlFacts, SqlStatement, StatementClass};
pub use target::{DefaultVerdict, Labels, Target, TargetKind};
pub use timestamp::{ParseTimestampError, Timestamp};
pub use verdict::{
    Charge, Limits, Mask, MaskSelector, MaskStyle, Obligations, ReviewSpec, Verdict,
};
