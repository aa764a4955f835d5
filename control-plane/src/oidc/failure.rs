//! Why nobody was signed in: a code for programs and pages, and words for the admin who looks into
//! the audit events. Never a token, and never what the provider's answer holds.

use openidconnect::{
    ClaimsVerificationError, DiscoveryError, RequestTokenError, SignatureVerificationError,
    UserInfoError, core::CoreErrorResponseType,
};

use super::http::HttpError;

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The provider does not answer.
    ProviderUnreachable,
    /// The provider takes too long.
    ProviderSlow,
    /// The provider refuses the control plane, or answers what is no answer.
    ProviderRefused,
    /// The answer is another issuer's.
    WrongIssuer,
    /// The provider's clock is too far from ours.
    ClockSkew,
    /// The signature is not the provider's.
    BadSignature,
    /// The token does not say which attempt it is for.
    MissingNonce,
    /// It was used before, or is another attempt's.
    Replayed,
    /// This browser did not begin the attempt, or too long ago.
    StateMismatch,
    /// The provider sends more than anybody's claims can be.
    TokenTooLarge,
    /// No group of the person has a role.
    NoRole,
    /// The provider gives no e-mail address that it vouches for.
    NoEmail,
    /// Another person has the e-mail address.
    EmailTaken,
    /// The person, or the provider for them, said no.
    Denied,
    /// The person is disabled here.
    Disabled,
    /// An admin locked the person.
    Locked,
    /// Too many attempts from one address.
    RateLimited,
}

impl Code {
    /// The code in `/sign-in?error=…` and in audit events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProviderUnreachable => "provider_unreachable",
            Self::ProviderSlow => "provider_slow",
            Self::ProviderRefused => "provider_refused",
            Self::WrongIssuer => "wrong_issuer",
            Self::ClockSkew => "clock_skew",
            Self::BadSignature => "bad_signature",
            Self::MissingNonce => "missing_nonce",
            Self::Replayed => "replayed",
            Self::StateMismatch => "state_mismatch",
            Self::TokenTooLarge => "token_too_large",
            Self::NoRole => "no_role",
            Self::NoEmail => "no_email",
            Self::EmailTaken => "email_taken",
            Self::Denied => "denied",
            Self::Disabled => "disabled",
            Self::Locked => "locked",
            Self::RateLimited => "rate_limited",
        }
    }
}

/// A refusal with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The code.
    pub code: Code,
    /// For the admin; holds no secret.
    pub detail: String,
    /// Who it was about, once the provider's signature said so.
    pub actor: Option<String>,
}

impl Failure {
    /// This code, and why.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            actor: None,
        }
    }

    /// Says who it was about.
    pub fn of(mut self, actor: &str) -> Self {
        self.actor = Some(actor.to_owned());
        self
    }
}

impl From<&HttpError> for Failure {
    fn from(error: &HttpError) -> Self {
        let code = match error {
            HttpError::Unreachable(_) => Code::ProviderUnreachable,
            HttpError::Slow => Code::ProviderSlow,
            HttpError::TooLarge => Code::TokenTooLarge,
        };
        Self::new(code, error.to_string())
    }
}

impl From<DiscoveryError<HttpError>> for Failure {
    fn from(error: DiscoveryError<HttpError>) -> Self {
        match error {
            DiscoveryError::Request(error) => Self::from(&error),
            DiscoveryError::Validation(_) => Self::new(
                Code::WrongIssuer,
                "the discovery document is another issuer's",
            ),
            DiscoveryError::Response(status, ..) if status.is_server_error() => Self::new(
                Code::ProviderUnreachable,
                format!("discovery answered {status}"),
            ),
            DiscoveryError::Response(status, ..) => Self::new(
                Code::ProviderRefused,
                format!("discovery answered {status}"),
            ),
            _ => Self::new(
                Code::ProviderRefused,
                "the discovery document or the keys cannot be read",
            ),
        }
    }
}

/// What the token endpoint answers with when it refuses.
pub type TokenRefusal = openidconnect::StandardErrorResponse<CoreErrorResponseType>;

impl From<RequestTokenError<HttpError, TokenRefusal>> for Failure {
    fn from(error: RequestTokenError<HttpError, TokenRefusal>) -> Self {
        match error {
            RequestTokenError::Request(error) => Self::from(&error),
            RequestTokenError::ServerResponse(refusal) => match refusal.error() {
                CoreErrorResponseType::InvalidGrant => Self::new(
                    Code::Replayed,
                    "the provider does not accept the code: used, expired or another client's",
                ),
                CoreErrorResponseType::InvalidClient
                | CoreErrorResponseType::UnauthorizedClient => Self::new(
                    Code::ProviderRefused,
                    "the provider does not accept the client: check client_id and client_secret",
                ),
                _ => Self::new(Code::ProviderRefused, "the token endpoint refused"),
            },
            // The answer itself may hold tokens.
            _ => Self::new(
                Code::ProviderRefused,
                "the token endpoint's answer cannot be read",
            ),
        }
    }
}

impl From<UserInfoError<HttpError>> for Failure {
    fn from(error: UserInfoError<HttpError>) -> Self {
        match error {
            UserInfoError::Request(error) => Self::from(&error),
            UserInfoError::ClaimsVerification(error) => Self::from(error),
            _ => Self::new(
                Code::ProviderRefused,
                "the userinfo endpoint's answer cannot be read",
            ),
        }
    }
}

impl From<ClaimsVerificationError> for Failure {
    fn from(error: ClaimsVerificationError) -> Self {
        let (code, detail) = match error {
            ClaimsVerificationError::Expired(_) => (
                Code::ClockSkew,
                "the token's times and this machine's clock are more than two minutes apart",
            ),
            ClaimsVerificationError::InvalidIssuer(_) => {
                (Code::WrongIssuer, "the token is another issuer's")
            }
            ClaimsVerificationError::InvalidAudience(_) => {
                (Code::WrongIssuer, "the token is for another client")
            }
            ClaimsVerificationError::InvalidNonce(why) if why == MISSING_NONCE => {
                (Code::MissingNonce, "the token has no nonce")
            }
            ClaimsVerificationError::InvalidNonce(_) => {
                (Code::Replayed, "the token's nonce is another attempt's")
            }
            ClaimsVerificationError::InvalidSubject(_) => {
                (Code::WrongIssuer, "the claims are another person's")
            }
            ClaimsVerificationError::SignatureVerification(error) => {
                (Code::BadSignature, signature(&error))
            }
            _ => (Code::ProviderRefused, "the token cannot be used"),
        };
        Self::new(code, detail)
    }
}

/// What the nonce's check says when there is none.
pub const MISSING_NONCE: &str = "missing";

const fn signature(error: &SignatureVerificationError) -> &'static str {
    match error {
        SignatureVerificationError::NoMatchingKey
        | SignatureVerificationError::AmbiguousKeyId(_) => {
            "the token is signed with a key that the provider does not publish"
        }
        SignatureVerificationError::NoSignature => "the token is not signed",
        SignatureVerificationError::DisallowedAlg(_)
        | SignatureVerificationError::UnsupportedAlg(_) => {
            "the token is signed with an algorithm that is not accepted"
        }
        _ => "the token's signature is wrong",
    }
}
