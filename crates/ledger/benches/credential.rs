//! What it costs an edge to check a credential without asking anybody:
//! `cargo bench -p countersign-ledger --bench credential`. Half of all checks must take less than
//! 100 µs.

use countersign_ledger::{
    credential::{self, Actor, CredentialClaims, CredentialTrust},
    jwk,
    keys::SigningKey,
};
use countersign_model::{
    CredentialId, GrantId, PrincipalId, TargetId, Timestamp, TokenKey, TokenTrust,
};
use divan::{Bencher, black_box};

const ISSUER: &str = "https://countersign.example.com";

/// As many as a bundle may have to carry.
const REVOKED: usize = 1_000;

fn main() {
    divan::main();
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn trust() -> CredentialTrust {
    let keys = [key(), SigningKey::from_bytes(&[8; 32])];
    let keys = keys.iter().map(|key| TokenKey {
        kid: jwk::thumbprint(&key.verifying_key()),
        key: key.verifying_key().to_string(),
    });
    CredentialTrust::from(&TokenTrust {
        issuer: ISSUER.to_owned(),
        keys: keys.collect(),
        revoked: (0..REVOKED).map(|_| CredentialId::new()).collect(),
    })
}

/// An agent's, for a human, under a grant, for so many targets.
fn claims(targets: usize) -> CredentialClaims {
    let agent = PrincipalId::new();
    let iat = Timestamp::now().as_millis() / 1000;
    CredentialClaims {
        iss: ISSUER.to_owned(),
        sub: PrincipalId::new(),
        act: Some(Actor { sub: agent }),
        client_id: agent,
        aud: (0..targets).map(|_| TargetId::new().to_string()).collect(),
        jti: CredentialId::new(),
        iat,
        exp: iat + 3600,
        grant: Some(GrantId::new()),
        once: false,
    }
}

#[divan::bench(args = [1, 32])]
fn verify(bencher: Bencher<'_, '_>, targets: usize) {
    let claims = claims(targets);
    let text = credential::mint(&key(), &claims).expect("minted");
    let audience = claims.aud.last().expect("a target");
    let (trust, now) = (trust(), Timestamp::now());
    bencher.bench(|| {
        let verified = trust.verify(black_box(&text), now).expect("accepted");
        verified.addressed_to(audience).expect("its audience")
    });
}

/// Noise costs less: nothing is verified that does not name a key we trust.
#[divan::bench]
fn refuse_unknown_key(bencher: Bencher<'_, '_>) {
    let other = SigningKey::from_bytes(&[9; 32]);
    let text = credential::mint(&other, &claims(1)).expect("minted");
    let (trust, now) = (trust(), Timestamp::now());
    bencher.bench(|| trust.verify(black_box(&text), now).expect_err("refused"));
}

#[divan::bench]
fn mint(bencher: Bencher<'_, '_>) {
    let (key, claims) = (key(), claims(1));
    bencher.bench(|| credential::mint(&key, black_box(&claims)).expect("minted"));
}
