//! The way back: from the provider's code to claims that hold.

use axum::http::HeaderMap;
use countersign_model::{Labels, Roles, Timestamp};
use openidconnect::{
    AccessToken, AdditionalClaims, AuthorizationCode, OAuth2TokenResponse as _, SubjectIdentifier,
    TokenResponse as _, core::CoreGenderClaim,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    attempt::Attempt,
    claims,
    failure::{Code, Failure},
    id_token::{self, Expected},
    provider::{Found, Provider, ProviderClient},
};

/// An id_token that is kept for signing out is at most so long.
const MAX_KEPT_TOKEN: usize = 16 * 1024;

/// What the browser brings back.
#[derive(Deserialize)]
pub struct Returned {
    /// Which attempt.
    pub state: Option<String>,
    /// What the tokens are fetched with.
    pub code: Option<String>,
    /// Why there is none.
    pub error: Option<String>,
    /// Who sent the browser back (RFC 9207).
    pub iss: Option<String>,
}

/// Claims that hold.
pub struct Claimed {
    /// The claims.
    pub claims: Map<String, Value>,
    /// The provider's session, where it says.
    pub session: Option<String>,
    /// The token itself, for signing out.
    pub id_token: Option<String>,
}

/// What came of a try of the provider.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct TestResult {
    /// Every claim that came back.
    pub claims: Map<String, Value>,
    /// The groups in them.
    pub groups: Vec<String>,
    /// The roles that these groups would give.
    pub roles: Roles,
    /// Labels of the targets whose reviews they could decide; null for all targets.
    pub review_scope: Option<Labels>,
    /// What would have kept the person out.
    pub problems: Vec<TestProblem>,
}

/// Something that would have kept the person out.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TestProblem {
    /// The code that a sign-in would have failed with.
    pub code: String,
    /// What is wrong.
    pub detail: String,
}

impl TestResult {
    /// What these claims would have meant, or why there are none.
    pub fn of(provider: &Provider, claimed: Result<&Claimed, &Failure>) -> Self {
        let problem = |failure: &Failure| TestProblem {
            code: failure.code.as_str().to_owned(),
            detail: failure.detail.clone(),
        };
        match claimed {
            Err(failure) => Self {
                problems: vec![problem(failure)],
                ..Self::default()
            },
            Ok(claimed) => {
                let config = provider.config();
                let groups = claims::groups(config, &claimed.claims);
                let assigned = claims::assign(config, &groups);
                let person = claims::person(config, &claimed.claims);
                Self {
                    claims: claimed.claims.clone(),
                    groups,
                    roles: assigned.roles,
                    review_scope: assigned.review_scope,
                    problems: person.err().iter().map(problem).collect(),
                }
            }
        }
    }
}

/// Beside the claims that OpenID Connect names, whatever there is.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct MoreClaims {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for MoreClaims {}

/// Fetches and checks the claims of an attempt that came back for the first time.
pub async fn claims(
    provider: &Provider,
    attempt: &Attempt,
    began: Timestamp,
    returned: &Returned,
    now: Timestamp,
) -> Result<Claimed, Failure> {
    if let Some(error) = &returned.error {
        return Err(provider_said(error));
    }
    let found = provider.found(now).await?;
    check_issuer(provider, &found, returned)?;
    let code = returned.code.clone().ok_or_else(|| {
        Failure::new(
            Code::ProviderRefused,
            "the provider sent neither a code nor an error",
        )
    })?;
    let client = provider.client(&found)?;
    let unset = |_| Failure::new(Code::ProviderRefused, "the provider has no such endpoint");
    let tokens = client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(unset)?
        .set_pkce_verifier(attempt.verifier())
        .request_async(provider.http())
        .await?;
    let id_token = tokens
        .id_token()
        .ok_or_else(|| Failure::new(Code::ProviderRefused, "the provider sent no id_token"))?;
    let expected = Expected {
        provider,
        nonce: &attempt.nonce(),
        began,
        now,
    };
    let mut claims = id_token::check(&expected, &found, id_token, tokens.access_token()).await?;
    let has_more = found.metadata.userinfo_endpoint().is_some();
    if has_more && claims::incomplete(provider.config(), &claims) {
        let more = user_info(provider, &client, tokens.access_token(), &claims).await?;
        for (name, value) in more {
            claims.entry(name).or_insert(value);
        }
    }
    let session = claims.get("sid").and_then(Value::as_str);
    Ok(Claimed {
        session: session.map(str::to_owned),
        id_token: Some(id_token.to_string()).filter(|token| token.len() <= MAX_KEPT_TOKEN),
        claims,
    })
}

/// Claims that the token leaves out.
async fn user_info(
    provider: &Provider,
    client: &ProviderClient,
    access_token: &AccessToken,
    claims: &Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    let subject = claims
        .get("sub")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let subject = SubjectIdentifier::new(subject.to_owned());
    let unset = |_| Failure::new(Code::ProviderRefused, "the provider has no such endpoint");
    let request = client
        .user_info(access_token.clone(), Some(subject))
        .map_err(unset)?;
    let info = request
        .request_async::<MoreClaims, _, CoreGenderClaim>(provider.http())
        .await?;
    match serde_json::to_value(&info) {
        Ok(Value::Object(claims)) => Ok(claims),
        _ => Err(Failure::new(
            Code::ProviderRefused,
            "the userinfo endpoint's answer cannot be read",
        )),
    }
}

/// RFC 9207: a code of one provider must not be shown to another.
fn check_issuer(provider: &Provider, found: &Found, returned: &Returned) -> Result<(), Failure> {
    let more = &found.metadata.additional_metadata().additional_metadata;
    let promised = more.authorization_response_iss_parameter_supported;
    match &returned.iss {
        Some(iss) if iss == provider.issuer().as_str() => Ok(()),
        None if !promised => Ok(()),
        _ => Err(Failure::new(
            Code::WrongIssuer,
            "the browser comes from another issuer",
        )),
    }
}

/// The provider's own error; its code is the only word of it that is repeated.
fn provider_said(error: &str) -> Failure {
    let code = match error {
        "access_denied" | "login_required" | "consent_required" | "interaction_required" => {
            Code::Denied
        }
        "temporarily_unavailable" | "server_error" => Code::ProviderUnreachable,
        _ => Code::ProviderRefused,
    };
    let word: String = error
        .chars()
        .filter(|c| c.is_ascii_lowercase() || *c == '_')
        .take(40)
        .collect();
    Failure::new(code, format!("the provider said {word}"))
}

/// SHA-256 of the session cookie that the browser came with, whose session is over from here on.
pub fn old_session(headers: &HeaderMap) -> Option<String> {
    crate::auth::session_cookie(headers).map(|cookie| crate::secret::sha256(&cookie))
}
