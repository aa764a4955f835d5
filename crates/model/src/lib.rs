//! The words of Countersign as types: what the edge, the control plane and the policy engine say
//! to each other. Serde only; nothing here does I/O, and nothing here knows a transport.

mod action;
mod bundle;
mod decision;
mod edge_protocol;
mod event;
mod finding;
mod grant;
mod id;
mod lock;
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
    BundlePrincipal, KeyHandover, PolicySource, SignedBundle, SignedVersion, Stage, TokenKey,
    TokenTrust, ToolPin,
};
pub use decision::{Decision, Effect, Failure, HostCall, PolicyOutcome, PolicyVerdict};
pub use edge_protocol::{
    BoundPolicyStatus, CanaryCounts, EdgeInstance, EdgeStatus, EnrollRequest, EnrollResponse,
    EventAck, EventBatch, FollowEvent, PolicyReadiness, ReviewRequest, ReviewResponse,
    RotateKeyRequest, VerdictCounts,
};
pub use event::{
    ActionIntent, ActionOutcome, ActionRefused, ChainedEvent, DecisionRecord, Event, EventBody,
    MaskedCount, OutcomeStatus, RecordedOperation, RecordedResponse, ReviewStep, SessionChanged,
    SessionClosed, SessionOpened, Timing, TokenUsage, ToolDefinition, ToolDefinitionChanged,
};
pub use finding::{EntityCount, Finding};
pub use grant::{AccessOperation, Grant, GrantOperation, GrantRef, GrantState};
pub use id::{
    ActionId, ApiTokenId, AuditEventId, BindingId, ChangeId, CredentialId, DocumentId, EdgeId,
    GrantId, JoinTokenId, LockId, ParseIdError, PolicyId, PolicyVersionId, PrincipalId, ReplayId,
    ReviewId, SessionId, TargetId, ToolDefinitionId, TrustedIssuerId, UserId,
};
pub use lock::{Lock, LockSubject};
pub use manifest::{CounterUse, DocumentUse, ManifestCase, PolicyLanguage, PolicyManifest};
pub use operation::{
    HttpOperation, LlmMessage, LlmOperation, McpOperation, RawOperation, ShellCommand, ShellFacts,
    ShellOperation, ToolCallOperation,
};
pub use principal::{Principal, PrincipalKind};
pub use review::{ReviewDecision, ReviewState};
pub use role::{Role, Roles};
pub use selector::{PrincipalSelector, Selector, TargetSelector};
pub use sql::{Column, OutputColumn, SqlFacts, SqlStatement, StatementClass};
pub use target::{DefaultVerdict, Labels, Target, TargetAccess, TargetKind};
pub use timestamp::{ParseTimestampError, Timestamp};
pub use verdict::{
    Charge, Limits, Mask, MaskSelector, MaskStyle, Obligations, ReviewSpec, Verdict,
};
