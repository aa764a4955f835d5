//! Fetches documents on their schedule. An address is an admin's word, and this server stands where
//! others do not: it connects to public addresses alone, unless it is told otherwise, to the very
//! address it looked at, follows no redirect, and takes only so much in so long.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use countersign_store::{
    ChangeError, DocumentFormat, DocumentRecord, Edit, NewDocumentVersion, Proposal, Proposed,
    StoreError,
};
use reqwest::{Client, Url, redirect::Policy};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    api::{
        documents::content::{Content, ContentError, MAX_DOCUMENT, fetched},
        policy_changes,
    },
    bounded_body::{self, BodyError},
    state::AppState,
};

const EVERY: Duration = Duration::from_secs(5);

/// How long a fetch may take.
const FETCH: Duration = Duration::from_secs(20);

/// Bytes that may be fetched: CSV is shorter or longer than what it becomes.
const MAX_FETCHED: usize = 2 * MAX_DOCUMENT;

/// Why a document was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The address is none.
    #[error("the address must begin with https:// or http:// and hold no user")]
    Address,
    /// The name has no address.
    #[error("the host's name cannot be resolved")]
    Unresolved,
    /// It is an address of this machine or of a private network.
    #[error("the host has a private address; pull_private_addresses = true allows it")]
    Private,
    /// The server did not answer as it should.
    #[error("{0}")]
    Failed(String),
    /// It answered with another status.
    #[error("the server answered {0}")]
    Status(u16),
    /// It sends more than may be fetched.
    #[error("the server sends more than {MAX_FETCHED} bytes")]
    TooLong,
    /// What it sent is no document.
    #[error(transparent)]
    Content(#[from] ContentError),
}

/// Fetches what is due until the server shuts down.
pub async fn run(state: AppState) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = state.shutdown.cancelled() => return,
            _ = ticks.tick() => {
                if let Err(error) = pull_due(&state).await {
                    tracing::warn!(%error, "documents could not be fetched");
                }
            }
        }
    }
}

/// Fetches the documents that are due, one after another.
pub async fn pull_due(state: &AppState) -> Result<(), StoreError> {
    for document in state.store.documents().await? {
        if state.shutdown.is_cancelled() {
            return Ok(());
        }
        let Some(pull) = &document.pull else { continue };
        let every = Duration::from_secs(u64::from(pull.every_seconds));
        let last = document.pulled_at.unwrap_or(document.current.created_at);
        let is_due = last.after(every) <= state.now();
        if is_due && state.store.claim_pull(document.id, state.now()).await? {
            refresh(state, &document).await?;
        }
    }
    Ok(())
}

async fn refresh(state: &AppState, document: &DocumentRecord) -> Result<(), StoreError> {
    let Some(pull) = &document.pull else {
        return Ok(());
    };
    let (format, key) = (document.current.format, document.current.key_column.clone());
    let private = state.pull_private_addresses;
    let error = match fetch(&pull.url, format, key.as_deref(), private).await {
        Ok(content) => put(state, document, content).await?,
        Err(error) => Some(error.to_string()),
    };
    state.store.note_pull(document.id, error, state.now()).await
}

/// Puts what was fetched in force; answers why not, where not.
async fn put(
    state: &AppState,
    document: &DocumentRecord,
    content: Content,
) -> Result<Option<String>, StoreError> {
    let new = NewDocumentVersion {
        name: document.name.clone(),
        digest: countersign_policy_package::digest(&content.bytes),
        bytes: content.bytes,
        format: document.current.format,
        key_column: document.current.key_column.clone(),
        keys: content.keys,
        pull: document.pull.clone(),
        created_by: None,
    };
    let version = state.store.keep_document_version(new, state.now()).await?;
    let proposal = Proposal {
        edit: Edit::RefreshDocument(version),
        comment: String::new(),
        requested_by: None,
    };
    match state.store.propose(proposal, state.now()).await {
        Ok(Proposed::Applied(change)) => policy_changes::announce(state, &change),
        Ok(Proposed::Pending(_) | Proposed::Unchanged) => {}
        Err(ChangeError::Store(error)) => return Err(error),
        Err(error) => return Ok(Some(error.to_string())),
    }
    Ok(None)
}

/// Fetches a document.
pub async fn fetch(
    url: &str,
    format: DocumentFormat,
    key_column: Option<&str>,
    private: bool,
) -> Result<Content, PullError> {
    let url: Url = url.parse().map_err(|_| PullError::Address)?;
    let is_web = matches!(url.scheme(), "https" | "http");
    if !is_web || !url.username().is_empty() || url.password().is_some() {
        return Err(PullError::Address);
    }
    let host = url.host_str().ok_or(PullError::Address)?.to_owned();
    let port = url.port_or_known_default().ok_or(PullError::Address)?;
    let addresses = resolve(&host, port, private).await?;
    let failed = |error: reqwest::Error| PullError::Failed(words(&error.without_url()));
    let client = Client::builder()
        .resolve_to_addrs(&host, &addresses)
        .redirect(Policy::none())
        .no_proxy()
        .timeout(FETCH)
        .build()
        .map_err(failed)?;
    let mut response = client.get(url).send().await.map_err(failed)?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(PullError::Status(response.status().as_u16()));
    }
    let body = bounded_body::read(&mut response, MAX_FETCHED).await;
    let bytes = body.map_err(|error| match error {
        BodyError::Broken(error) => failed(error),
        BodyError::TooLong => PullError::TooLong,
    })?;
    Ok(fetched(&bytes, format, key_column)?)
}

/// The host's addresses, all of which must be public.
async fn resolve(host: &str, port: u16, private: bool) -> Result<Vec<SocketAddr>, PullError> {
    // A URL writes an IPv6 address in brackets.
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((name, port)).await;
    let addresses: Vec<_> = found.map_err(|_| PullError::Unresolved)?.collect();
    if addresses.is_empty() {
        return Err(PullError::Unresolved);
    }
    if !private && !addresses.iter().all(|address| is_public(address.ip())) {
        return Err(PullError::Private);
    }
    Ok(addresses)
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        // Carriers' own networks, protocols' own, and benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // An IPv4 address in any of its disguises is refused with the rest.
    (a & 0xe000) == 0x2000 && a != 0x2002 && !(a == 0x2001 && (b < 0x200 || b == 0xdb8))
}

/// An error with its sources; reqwest's own words say little.
fn words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        let cases = [
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("255.255.255.255", false),
            ("198.18.0.1", false),
            ("93.184.216.34", true),
            ("8.8.8.8", true),
            ("::1", false),
            ("::", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("64:ff9b::7f00:1", false),
            ("2002:7f00:1::", false),
            ("2001:db8::1", false),
            ("2606:4700::1111", true),
        ];
        for (text, expected) in cases {
            let address: IpAddr = text.parse().expect("an address");
            assert_eq!(is_public(address), expected, "{text}");
        }
    }

    #[tokio::test]
    async fn addresses_of_this_machine_are_refused() {
        for url in [
            "http://127.0.0.1:1/x",
            "http://localhost:1/x",
            "http://[::1]:1/x",
            "http://2130706433/x",
        ] {
            let error = fetch(url, DocumentFormat::Json, None, false).await;
            assert!(matches!(error, Err(PullError::Private)), "{url}: {error:?}");
        }
        for url in ["ftp://example.com/x", "http://user@example.com/", "x"] {
            let error = fetch(url, DocumentFormat::Json, None, false).await;
            assert!(matches!(error, Err(PullError::Address)), "{url}: {error:?}");
        }
    }
}
