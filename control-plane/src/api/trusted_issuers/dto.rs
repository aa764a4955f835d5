//! Trusted issuers, as JSON.

use std::collections::BTreeMap;

use countersign_model::{Timestamp, TrustedIssuerId};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// Which principal a token stands for: the first rule all of whose claims fit names it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssuerRule {
    /// What the token must claim: by the claim's name (or, beginning with `/`, its JSON pointer), a
    /// value or a pattern in which `*` stands for any characters. At least one.
    pub claims: BTreeMap<String, String>,
    /// The principal's name: an agent's or a service's.
    pub principal: String,
}

/// An issuer of workload identities.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrustedIssuer {
    /// Which.
    pub id: TrustedIssuerId,
    /// Its name.
    pub name: String,
    /// What its tokens name as `iss`.
    pub issuer: String,
    /// Where its keys are; null where its discovery document says so.
    pub jwks_uri: Option<String>,
    /// What its tokens must name as `aud`.
    pub audience: String,
    /// Which principal a token stands for.
    pub rules: Vec<IssuerRule>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// An issuer to trust.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTrustedIssuer {
    /// Its name: 1 to 63 of letters, digits, `.`, `_`, `-`, `@`; unique.
    pub name: String,
    /// What its tokens name as `iss`, such as `https://kubernetes.default.svc`.
    pub issuer: String,
    /// Where its keys are; found by `/.well-known/openid-configuration` where absent.
    #[serde(default)]
    pub jwks_uri: Option<String>,
    /// What its tokens must name as `aud`.
    pub audience: String,
    /// Which principal a token stands for.
    #[serde(default)]
    pub rules: Vec<IssuerRule>,
}

/// What to change; what is absent stays. Another issuer is another entry.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTrustedIssuer {
    /// Its name.
    pub name: Option<String>,
    /// Where its keys are; null to have them found.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub jwks_uri: Option<Option<String>>,
    /// What its tokens must name as `aud`.
    pub audience: Option<String>,
    /// Which principal a token stands for.
    pub rules: Option<Vec<IssuerRule>>,
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}
