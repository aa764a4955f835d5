//! The provider as far as it is known: its metadata and keys, kept for an hour, and fetched again
//! when a token names a key that is new.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use countersign_model::Timestamp;
use openidconnect::{
    AdditionalProviderMetadata, AuthType, ClientId, ClientSecret, EndSessionUrl, IssuerUrl,
    LogoutProviderMetadata, ProviderMetadata, RedirectUrl,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
        CoreGrantType, CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
        CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
        CoreSubjectIdentifierType,
    },
};
use openidconnect::{EndpointMaybeSet, EndpointNotSet, EndpointSet};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::{
    config::OidcConfig,
    failure::{Code, Failure},
    http::Http,
};

/// How long metadata and keys are good for.
const FRESH_MILLIS: i64 = 60 * 60 * 1000;

/// Anybody can make a token that names a new key: so often are the keys looked up at most.
const REFETCH_MILLIS: i64 = 10_000;

/// What the provider says beside what OpenID Connect Discovery lists.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MoreMetadata {
    /// Whether each answer by the browser names its issuer (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    /// Whether it tells when a session ends.
    #[serde(default)]
    pub backchannel_logout_supported: bool,
}

impl AdditionalProviderMetadata for MoreMetadata {}

/// What the provider says of itself.
pub type Metadata = ProviderMetadata<
    LogoutProviderMetadata<MoreMetadata>,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A client of the provider, ready to ask.
pub type ProviderClient = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why the provider cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The secret's file cannot be read.
    #[error("oidc.client_secret_file cannot be read")]
    Secret(#[source] io::Error),
    /// The issuer or our own address is no URL.
    #[error("oidc.issuer or public_url is no URL")]
    Url(#[from] openidconnect::url::ParseError),
    /// There is no HTTP client.
    #[error("there is no HTTP client")]
    Client(#[from] reqwest::Error),
}

/// The identity provider.
#[derive(Debug)]
pub struct Provider {
    config: OidcConfig,
    secret: Option<SecretString>,
    issuer: IssuerUrl,
    callback: RedirectUrl,
    http: Http,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    found: Option<Arc<Found>>,
    /// When keys were last fetched because a token named a new one.
    refetched_at: Option<Timestamp>,
}

/// Metadata and keys, as they were at some moment.
#[derive(Debug)]
pub struct Found {
    /// What the provider says of itself.
    pub metadata: Metadata,
    /// Its keys.
    pub keys: CoreJsonWebKeySet,
    at: Timestamp,
}

impl Provider {
    /// The provider that the configuration names; it is not asked anything yet.
    ///
    /// # Errors
    /// When the secret cannot be read or an address is none.
    pub fn new(config: &OidcConfig, base_url: &str) -> Result<Self, ProviderError> {
        let limit = Duration::from_secs(u64::from(config.timeout_seconds));
        Ok(Self {
            secret: config.secret().map_err(ProviderError::Secret)?,
            issuer: IssuerUrl::new(config.issuer.clone())?,
            callback: RedirectUrl::new(format!("{base_url}/auth/oidc/callback"))?,
            http: Http::new(limit)?,
            known: Mutex::default(),
            config: config.clone(),
        })
    }

    /// What the operator configured.
    pub fn config(&self) -> &OidcConfig {
        &self.config
    }

    /// Who the provider is.
    pub fn issuer(&self) -> &IssuerUrl {
        &self.issuer
    }

    /// Where the browser comes back to.
    pub fn callback(&self) -> &RedirectUrl {
        &self.callback
    }

    /// The connection to it.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// Who we are at the provider.
    pub fn client_id(&self) -> ClientId {
        ClientId::new(self.config.client_id.clone())
    }

    /// Metadata and keys, not older than an hour.
    pub async fn found(&self, now: Timestamp) -> Result<Arc<Found>, Failure> {
        let fresh = |found: &&Arc<Found>| now.as_millis() - found.at.as_millis() < FRESH_MILLIS;
        let kept = self.known().found.as_ref().filter(fresh).cloned();
        match kept {
            Some(found) => Ok(found),
            None => self.discover(now).await,
        }
    }

    /// Asks the provider who it is.
    pub async fn discover(&self, now: Timestamp) -> Result<Arc<Found>, Failure> {
        let metadata = Metadata::discover_async(self.issuer.clone(), &self.http).await?;
        let found = Arc::new(Found {
            keys: metadata.jwks().clone(),
            metadata,
            at: now,
        });
        self.known().found = Some(Arc::clone(&found));
        Ok(found)
    }

    /// The same with the newest keys; `None` when they were looked up a moment ago.
    pub async fn with_new_keys(
        &self,
        found: &Found,
        now: Timestamp,
    ) -> Result<Option<Arc<Found>>, Failure> {
        let wait = |at: &Timestamp| now.as_millis() - at.as_millis() < REFETCH_MILLIS;
        {
            let mut known = self.known();
            if known.refetched_at.as_ref().is_some_and(wait) {
                return Ok(None);
            }
            known.refetched_at = Some(now);
        }
        let keys = CoreJsonWebKeySet::fetch_async(found.metadata.jwks_uri(), &self.http).await?;
        let found = Arc::new(Found {
            metadata: found.metadata.clone().set_jwks(keys.clone()),
            keys,
            at: found.at,
        });
        self.known().found = Some(Arc::clone(&found));
        Ok(Some(found))
    }

    /// A client that asks this provider.
    pub fn client(&self, found: &Found) -> Result<ProviderClient, Failure> {
        if found.metadata.token_endpoint().is_none() {
            return Err(Failure::new(
                Code::ProviderRefused,
                "the discovery document names no token endpoint",
            ));
        }
        let secret = self
            .secret
            .as_ref()
            .map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
        let client =
            CoreClient::from_provider_metadata(found.metadata.clone(), self.client_id(), secret)
                .set_redirect_uri(self.callback.clone());
        Ok(match wants_secret_in_body(&found.metadata) {
            true => client.set_auth_type(AuthType::RequestBody),
            false => client,
        })
    }

    /// Where sessions are ended, where the provider says.
    pub fn end_session_url(found: &Found) -> Option<EndSessionUrl> {
        let more = found.metadata.additional_metadata();
        more.end_session_endpoint.clone()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the secret goes into the body: where the provider does not take it in a header.
fn wants_secret_in_body(metadata: &Metadata) -> bool {
    let Some(methods) = metadata.token_endpoint_auth_methods_supported() else {
        return false;
    };
    !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
        && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
}
