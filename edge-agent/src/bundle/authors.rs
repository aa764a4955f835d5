//! Which versions this edge may run: where its own configuration names authors, only what one of
//! them signed. The control plane, which signs bundles, cannot add to that list.

use std::collections::HashMap;

use countersign_ledger::{author, keys::VerifyingKey};
use countersign_model::{AuthorSignature, Binding, Bundle};

use super::files::has_digest;

/// The authors whose signature a version needs; none where it needs no signature.
#[derive(Debug, Clone, Default)]
pub(super) struct Authors(Vec<VerifyingKey>);

/// A bundle's signatures, by version.
pub(super) struct Signatures<'a> {
    authors: &'a Authors,
    by_digest: HashMap<&'a str, &'a [AuthorSignature]>,
}

impl Authors {
    pub(super) const fn new(keys: Vec<VerifyingKey>) -> Self {
        Self(keys)
    }

    pub(super) fn signatures<'a>(&'a self, bundle: &'a Bundle) -> Signatures<'a> {
        let versions = bundle.signatures.iter();
        Signatures {
            authors: self,
            by_digest: versions
                .map(|version| (version.digest.as_str(), version.signatures.as_slice()))
                .collect(),
        }
    }
}

impl Signatures<'_> {
    /// Whether a binding's version is what its digest names and may run here.
    pub(super) fn check(&self, binding: &Binding) -> Result<(), String> {
        // A text is in the bundle itself; a component is compared when it is loaded.
        if let Some(source) = &binding.source {
            let canonical = serde_json::to_vec(&**source).map_err(|error| error.to_string())?;
            if !has_digest(&canonical, &binding.digest) {
                return Err("its text is not what its digest says".to_owned());
            }
        }
        let Authors(required) = self.authors;
        if required.is_empty() {
            return Ok(());
        }
        let signatures = self.by_digest.get(binding.digest.as_str());
        let signed = signatures.into_iter().copied().flatten().any(|signature| {
            author::verify_version(signature, &binding.digest)
                .is_some_and(|key| required.contains(&key))
        });
        if signed {
            Ok(())
        } else {
            Err("it is not signed by an author whom this edge requires".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use countersign_ledger::{author::sign_version, keys::SigningKey};
    use countersign_model::{
        BindingId, EdgeId, PolicyId, PolicyLanguage, PolicySource, Selector, SignedVersion, Stage,
        Timestamp,
    };
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn binding(digest: &str) -> Binding {
        Binding {
            id: BindingId::new(),
            policy_id: PolicyId::new(),
            policy: "p".to_owned(),
            version: 1,
            digest: digest.to_owned(),
            settings: serde_json::json!({}),
            selector: Selector::default(),
            stage: Stage::Enforced,
            canary_percent: None,
            replaces: None,
            source: None,
        }
    }

    fn bundle(signatures: Vec<SignedVersion>) -> Bundle {
        Bundle {
            edge_id: EdgeId::new(),
            revision: 1,
            issued_at: Timestamp::now(),
            expires_at: Timestamp::now(),
            targets: Vec::new(),
            principals: Vec::new(),
            bindings: Vec::new(),
            modules: Vec::new(),
            documents: Vec::new(),
            signatures,
            counter_split: 1,
            grants: Vec::new(),
            locks: Vec::new(),
            tool_pins: Vec::new(),
            tokens: None,
        }
    }

    #[test]
    fn only_a_required_author_counts() {
        let (author, stranger) = (
            SigningKey::from_bytes(&[1; 32]),
            SigningKey::from_bytes(&[2; 32]),
        );
        let digest = "ab".repeat(32);
        let other = "cd".repeat(32);
        let version = |digest: &str, signatures| SignedVersion {
            digest: digest.to_owned(),
            signatures,
        };
        let required = Authors::new(vec![author.verifying_key()]);
        let cases = [
            ("nobody", Vec::new(), false),
            (
                "a stranger",
                vec![version(&digest, vec![sign_version(&stranger, &digest)])],
                false,
            ),
            (
                "the author, for another version",
                vec![version(&digest, vec![sign_version(&author, &other)])],
                false,
            ),
            (
                "the author, listed at another version",
                vec![version(&other, vec![sign_version(&author, &digest)])],
                false,
            ),
            (
                "a stranger and the author",
                vec![version(
                    &digest,
                    vec![
                        sign_version(&stranger, &digest),
                        sign_version(&author, &digest),
                    ],
                )],
                true,
            ),
        ];
        for (name, signatures, may) in cases {
            let bundle = bundle(signatures);
            let check = |authors: &Authors| authors.signatures(&bundle).check(&binding(&digest));
            assert_eq!(check(&required).is_ok(), may, "{name}");
            assert!(check(&Authors::default()).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_text_under_anothers_digest_does_not_run() {
        let source = PolicySource {
            language: PolicyLanguage::Rego,
            runtime: "ab".repeat(32),
            text: "package a".to_owned(),
        };
        let digest = hex::encode(Sha256::digest(serde_json::to_vec(&source).expect("JSON")));
        let with = |text: &str| Binding {
            source: Some(Arc::new(PolicySource {
                text: text.to_owned(),
                ..source.clone()
            })),
            ..binding(&digest)
        };
        let bundle = bundle(Vec::new());
        let authors = Authors::default();
        let signatures = authors.signatures(&bundle);
        assert_eq!(signatures.check(&with("package a")), Ok(()));
        assert!(signatures.check(&with("package b")).is_err());
    }
}
