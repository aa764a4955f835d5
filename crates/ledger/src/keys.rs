//! Ed25519 keys (RFC 8032): in files that only their owner reads, and over bundles.

use std::{
    fmt, fs,
    io::{self, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use countersign_model::{Bundle, SignedBundle};
use ed25519_dalek::{Signature, Signer as _};

use crate::secret_file::{create_secret_file, replace_secret_file};

/// What a signature over a bundle covers besides the payload, so that it is good for nothing else.
const BUNDLE_CONTEXT: &[u8] = b"countersign-bundle-v1\n";

/// A key cannot be read, made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("cannot {doing} the key file {path}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds no key.
    #[error("the key file {0} does not hold 32 bytes in base64")]
    NotAKey(PathBuf),
    /// Others may read the file.
    #[error("the key file {0} is readable by others; its mode must be 0600")]
    Exposed(PathBuf),
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    NoRandomness,
    /// The text is not a public key.
    #[error("not an Ed25519 public key in base64")]
    NotAPublicKey,
}

/// A signed bundle is not what it says.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The signature is not base64 of 64 bytes, or not by the expected key over this payload.
    #[error("the bundle's signature is not by the control plane this edge trusts")]
    BadSignature,
    /// The payload is signed but is not a bundle this version understands.
    #[error("the bundle's payload cannot be read")]
    Payload(#[source] serde_json::Error),
}

/// A private key. Never printed.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(public: {})", self.verifying_key())
    }
}

impl SigningKey {
    /// A new key from the operating system's randomness.
    ///
    /// # Errors
    /// When there is none.
    pub fn generate() -> Result<Self, KeyError> {
        Ok(Self::from_bytes(&random_bytes()?))
    }

    /// The key whose secret is `bytes`.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(bytes))
    }

    /// The secret, to be written where only its owner reads.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The key in the file at `path`; where there is none, a new one, whose file (mode 0600)
    /// appears whole or not at all. Two processes that race get the same key.
    ///
    /// # Errors
    /// When the file cannot be read or made, holds no key, or is readable by others.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        load_or_create_secret(path).map(|bytes| Self::from_bytes(&bytes))
    }

    /// Puts this key in the place of the one in the file at `path`, whole or not at all.
    ///
    /// # Errors
    /// When the file system refuses; the other key is then still there.
    pub fn replace_file(&self, path: &Path) -> Result<(), KeyError> {
        let text = format!("{}\n", BASE64.encode(self.to_bytes()));
        replace_secret_file(path, text.as_bytes()).map_err(|source| KeyError::Io {
            doing: "replace",
            path: path.to_owned(),
            source,
        })
    }

    /// The public half.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

/// A public key. Displayed and parsed as base64 of its 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// The key whose encoding is `bytes`.
    ///
    /// # Errors
    /// When they are no point of the curve, or one of small order, under which anybody can sign.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        match ed25519_dalek::VerifyingKey::from_bytes(bytes) {
            Ok(key) if !key.is_weak() => Ok(Self(key)),
            _ => Err(KeyError::NotAPublicKey),
        }
    }

    /// The key's encoding.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Whether `signature` is this key's over `message`; strict, so that one message has one valid
    /// signature.
    pub(crate) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        <[u8; 64]>::try_from(signature).is_ok_and(|bytes| {
            self.0
                .verify_strict(message, &Signature::from_bytes(&bytes))
                .is_ok()
        })
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.to_bytes()))
    }
}

impl std::str::FromStr for VerifyingKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        decode_32(text)
            .ok_or(KeyError::NotAPublicKey)
            .and_then(|bytes| Self::from_bytes(&bytes))
    }
}

/// Signs a bundle: its JSON text becomes the payload.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn sign_bundle(key: &SigningKey, bundle: &Bundle) -> Result<SignedBundle, serde_json::Error> {
    Ok(sign_payload(key, serde_json::to_string(bundle)?))
}

/// Signs a bundle that is JSON text already.
#[must_use]
pub fn sign_payload(key: &SigningKey, payload: String) -> SignedBundle {
    let signature = BASE64.encode(key.sign(&bundle_message(&payload)));
    SignedBundle {
        payload,
        signature,
        handovers: Vec::new(),
    }
}

/// The bundle inside, when `key` signed it. Nothing of the payload is read before that is known.
/// Revision, expiry and edge are the caller's to check.
///
/// # Errors
/// When another key or nobody signed it, or when it is no bundle.
pub fn verify_bundle(key: &VerifyingKey, signed: &SignedBundle) -> Result<Bundle, BundleError> {
    let signature = BASE64
        .decode(&signed.signature)
        .map_err(|_| BundleError::BadSignature)?;
    if !key.accepts(&bundle_message(&signed.payload), &signature) {
        return Err(BundleError::BadSignature);
    }
    serde_json::from_str(&signed.payload).map_err(BundleError::Payload)
}

fn bundle_message(payload: &str) -> Vec<u8> {
    [BUNDLE_CONTEXT, payload.as_bytes()].concat()
}

/// 32 random bytes that are kept in the file at `path`, in base64; made where there is none. The
/// file (mode 0600) appears whole or not at all; two processes that race get the same bytes.
///
/// # Errors
/// When the file cannot be read or made, holds something else, or is readable by others.
pub fn load_or_create_secret(path: &Path) -> Result<[u8; 32], KeyError> {
    if let Some(bytes) = load_secret(path)? {
        return Ok(bytes);
    }
    let bytes = random_bytes()?;
    match create_secret_file(path, format!("{}\n", BASE64.encode(bytes)).as_bytes()) {
        Ok(()) => Ok(bytes),
        // Another process was first; its bytes count.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            load_secret(path)?.ok_or_else(|| KeyError::NotAKey(path.to_owned()))
        }
        Err(source) => Err(KeyError::Io {
            doing: "create",
            path: path.to_owned(),
            source,
        }),
    }
}

fn load_secret(path: &Path) -> Result<Option<[u8; 32]>, KeyError> {
    let io = |source| KeyError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    };
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(error)),
    };
    if file.metadata().map_err(io)?.permissions().mode() & 0o077 != 0 {
        return Err(KeyError::Exposed(path.to_owned()));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(io)?;
    match decode_32(text.trim()) {
        Some(bytes) => Ok(Some(bytes)),
        None => Err(KeyError::NotAKey(path.to_owned())),
    }
}

/// Random bytes from the operating system.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], KeyError> {
    use rand::TryRng as _;
    let mut bytes = [0; N];
    rand::rngs::SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|_| KeyError::NoRandomness)?;
    Ok(bytes)
}

fn decode_32(text: &str) -> Option<[u8; 32]> {
    BASE64.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use countersign_model::{EdgeId, Timestamp};

    use super::*;

    fn bundle() -> Bundle {
        Bundle {
            edge_id: EdgeId::new(),
            revision: 7,
            issued_at: Timestamp::from_millis(1),
            expires_at: Timestamp::from_millis(2),
            targets: Vec::new(),
            principals: Vec::new(),
            bindings: Vec::new(),
            modules: Vec::new(),
            documents: Vec::new(),
            signatures: Vec::new(),
            counter_split: 1,
            grants: Vec::new(),
            locks: Vec::new(),
            tool_pins: Vec::new(),
            tokens: None,
        }
    }

    #[test]
    fn a_bundle_is_read_only_when_the_key_signed_it() {
        let key = SigningKey::generate().expect("key");
        let other = SigningKey::generate().expect("key");
        let signed = sign_bundle(&key, &bundle()).expect("signed");
        let verify = |signed: &SignedBundle| verify_bundle(&key.verifying_key(), signed);
        assert_eq!(verify(&signed).expect("accepted").revision, 7);
        let refused = [
            (
                "another key",
                sign_bundle(&other, &bundle()).expect("signed"),
            ),
            (
                "another payload",
                SignedBundle {
                    payload: signed.payload.replace("\"revision\":7", "\"revision\":8"),
                    ..signed.clone()
                },
            ),
            (
                "no signature",
                SignedBundle {
                    signature: String::new(),
                    ..signed.clone()
                },
            ),
            (
                "signed for another purpose",
                SignedBundle {
                    signature: BASE64.encode(key.sign(signed.payload.as_bytes())),
                    ..signed.clone()
                },
            ),
        ];
        for (name, signed) in refused {
            assert!(
                matches!(verify(&signed), Err(BundleError::BadSignature)),
                "{name}"
            );
        }
    }

    #[test]
    fn a_signed_text_that_is_no_bundle_is_told_apart() {
        let key = SigningKey::generate().expect("key");
        let payload = "{}".to_owned();
        let signature = BASE64.encode(key.sign(&bundle_message(&payload)));
        let result = verify_bundle(
            &key.verifying_key(),
            &SignedBundle {
                payload,
                signature,
                handovers: Vec::new(),
            },
        );
        assert!(matches!(result, Err(BundleError::Payload(_))));
    }

    #[test]
    fn a_key_file_is_made_once_and_private() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("edge.key");
        let made = SigningKey::load_or_create(&path).expect("made");
        let mode = fs::metadata(&path).expect("exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let loaded = SigningKey::load_or_create(&path).expect("loaded");
        assert_eq!(made.to_bytes(), loaded.to_bytes());
        assert_eq!(
            fs::read_dir(dir.path()).expect("dir").count(),
            1,
            "no leftovers"
        );
        assert!(!format!("{made:?}").contains(&BASE64.encode(made.to_bytes())));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("chmod");
        assert!(matches!(
            SigningKey::load_or_create(&path),
            Err(KeyError::Exposed(_))
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
        fs::write(&path, "short").expect("written");
        assert!(matches!(
            SigningKey::load_or_create(&path),
            Err(KeyError::NotAKey(_))
        ));
    }

    #[test]
    fn racing_processes_agree_on_the_key() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("edge.key");
        let keys: Vec<[u8; 32]> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| SigningKey::load_or_create(&path).expect("key").to_bytes()))
                .collect();
            threads
                .into_iter()
                .map(|t| t.join().expect("joined"))
                .collect()
        });
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn public_keys_round_trip_and_weak_ones_are_refused() {
        let key = SigningKey::generate().expect("key").verifying_key();
        assert_eq!(
            key.to_string().parse::<VerifyingKey>().expect("parsed"),
            key
        );
        let mut identity = [0; 32];
        identity[0] = 1;
        for (name, text) in [
            ("empty", String::new()),
            ("short", BASE64.encode([1; 31])),
            ("the identity, of order 1", BASE64.encode(identity)),
        ] {
            assert!(text.parse::<VerifyingKey>().is_err(), "{name}");
        }
    }
}
