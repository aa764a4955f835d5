//! Shows that an edge has the key that it wants to sign with from now on, so that nobody can put
//! another's public key in its place.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use countersign_model::EdgeId;

use crate::keys::{SigningKey, VerifyingKey};

/// What the signature covers besides, so that it is good for nothing else.
const CONTEXT: &str = "countersign-edge-key-v1\n";

/// Shows that `key` is the edge's who asks: a signature, base64.
#[must_use]
pub fn prove(key: &SigningKey, edge: EdgeId) -> String {
    BASE64.encode(key.sign(message(edge, &key.verifying_key()).as_bytes()))
}

/// Whether who made the proof has `key`, and meant this edge.
#[must_use]
pub fn verify(key: &VerifyingKey, edge: EdgeId, proof: &str) -> bool {
    let signature = BASE64.decode(proof).ok();
    signature.is_some_and(|bytes| key.accepts(message(edge, key).as_bytes(), &bytes))
}

fn message(edge: EdgeId, key: &VerifyingKey) -> String {
    format!("{CONTEXT}{edge}\n{key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_of_one_key_for_one_edge() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let other = SigningKey::from_bytes(&[2; 32]);
        let edge = EdgeId::new();
        let proof = prove(&key, edge);
        assert!(verify(&key.verifying_key(), edge, &proof));
        let cases = [
            ("another key", &other, edge, proof.as_str()),
            ("another edge", &key, EdgeId::new(), proof.as_str()),
            ("nothing", &key, edge, ""),
            ("no base64", &key, edge, "%"),
        ];
        for (name, key, edge, proof) in cases {
            assert!(!verify(&key.verifying_key(), edge, proof), "{name}");
        }
    }
}
