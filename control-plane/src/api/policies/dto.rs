//! Policies and their versions, as JSON.

use countersign_model::{
    EdgeId, ManifestCase, PolicyId, PolicyLanguage, PolicyManifest, PolicyVersionId, Timestamp,
    UserId,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::bindings::dto::BindingView;

/// A policy in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicySummary {
    /// Which.
    pub id: PolicyId,
    /// Its name, from the manifest.
    pub name: String,
    /// One sentence, from the newest version's manifest.
    pub description: String,
    /// Kinds of operation that it handles.
    pub operations: Vec<String>,
    /// The newest version.
    pub newest_version: PolicyVersionSummary,
    /// How many versions there are.
    pub versions: u64,
    /// How many bindings are enforced.
    pub enforced_bindings: u64,
    /// How many bindings are in shadow.
    pub shadow_bindings: u64,
    /// How many bindings are canaries.
    pub canary_bindings: u64,
    /// How many bindings are drafts.
    pub draft_bindings: u64,
    /// When its first version arrived.
    pub created_at: Timestamp,
}

/// A policy with all that belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Policy {
    /// Which.
    pub id: PolicyId,
    /// Its name, from the manifest.
    pub name: String,
    /// The newest version's manifest, with the JSON Schema of its settings.
    pub manifest: PolicyManifest,
    /// Every version, newest first.
    pub versions: Vec<PolicyVersionSummary>,
    /// Its bindings, in the order of evaluation.
    pub bindings: Vec<BindingView>,
    /// What the edges report of its versions.
    pub running: Vec<RunningPolicy>,
    /// When its first version arrived.
    pub created_at: Timestamp,
}

/// What one edge reports of one binding of the policy.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunningPolicy {
    /// The edge.
    pub edge_id: EdgeId,
    /// Its name.
    pub edge: String,
    /// The version that it runs.
    pub version: u32,
    /// The module's digest.
    pub digest: String,
    /// Decisions since the edge started.
    pub decisions: u64,
    /// Traps, deadlines and limits since the edge started.
    pub failures: u64,
    /// Why it could not be loaded, where it could not.
    pub error: Option<String>,
    /// When the edge said so.
    pub reported_at: Timestamp,
}

/// An immutable version, without its manifest.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyVersionSummary {
    /// Which.
    pub id: PolicyVersionId,
    /// The policy.
    pub policy_id: PolicyId,
    /// The policy's name.
    pub policy: String,
    /// As people count it: 1, 2, 3.
    pub version: u32,
    /// The author's version, from the manifest.
    pub author_version: String,
    /// What it is written in.
    pub language: PolicyLanguage,
    /// SHA-256 of the component, or of the source where it is a text, in hex.
    pub digest: String,
    /// Bytes of the component, or of the source.
    pub size: u64,
    /// Where its source is.
    pub source_url: Option<String>,
    /// Authors' signatures.
    pub signatures: Vec<SignatureView>,
    /// What changed, in the words of who pushed it.
    pub changelog: String,
    /// Who pushed it.
    pub created_by: UserId,
    /// Their name.
    pub created_by_name: String,
    /// When.
    pub created_at: Timestamp,
}

/// An immutable version.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyVersion {
    /// The version.
    #[serde(flatten)]
    pub summary: PolicyVersionSummary,
    /// What the policy says of itself.
    pub manifest: PolicyManifest,
    /// What it imports from the host.
    pub imports: Vec<String>,
    /// Of a version that is a text: the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// An author's signature on a version.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignatureView {
    /// The author's Ed25519 public key, base64.
    pub key: String,
    /// The signature, base64.
    pub signature: String,
    /// When it came.
    pub created_at: Timestamp,
}

/// A policy that is a text, with what its manifest says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePolicySource {
    /// The policy's name: lower case, digits and hyphens.
    pub name: String,
    /// The author's version, semver.
    pub version: String,
    /// One sentence for people.
    pub description: String,
    /// `rego` or `cedar`.
    pub language: PolicyLanguage,
    /// The text.
    pub text: String,
    /// Kinds of operation it handles.
    pub operations: Vec<String>,
    /// JSON Schema of its settings; one without any where absent.
    #[serde(default = "no_settings")]
    #[schema(value_type = Object)]
    pub settings_schema: serde_json::Value,
    /// Data documents it looks things up in.
    #[serde(default)]
    pub documents: Vec<countersign_model::DocumentUse>,
    /// Its own cases, judged before it is kept.
    #[serde(default)]
    pub cases: Vec<ManifestCase>,
    /// What changed, up to 2,000 characters.
    #[serde(default)]
    pub changelog: String,
    /// Where its source is.
    #[serde(default)]
    pub source_url: Option<String>,
}

fn no_settings() -> serde_json::Value {
    serde_json::json!({"type": "object", "additionalProperties": false})
}

/// What goes with an upload.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct PushQuery {
    /// What changed, up to 2,000 characters.
    pub changelog: Option<String>,
    /// Where its source is: an address that begins with https:// or http://.
    pub source_url: Option<String>,
}

/// A WebAssembly component's bytes.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct WasmModule(
    #[expect(dead_code, reason = "describes a body that is never built")] Vec<u8>,
);
