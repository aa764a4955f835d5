//! Tables of what is accepted and what is not.

use countersign_model::{Timestamp, TokenKey, TokenTrust};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_795_356_131_250);
const ISSUER: &str = "https://countersign.example.com";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn trust(keys: &[&SigningKey]) -> TokenTrust {
    let keys = keys.iter().map(|key| TokenKey {
        kid: jwk::thumbprint(&key.verifying_key()),
        key: key.verifying_key().to_string(),
    });
    TokenTrust {
        issuer: ISSUER.to_owned(),
        keys: keys.collect(),
        revoked: Vec::new(),
    }
}

fn claims() -> CredentialClaims {
    let principal = PrincipalId::new();
    let iat = NOW.as_millis() / 1000;
    CredentialClaims {
        iss: ISSUER.to_owned(),
        sub: principal,
        act: None,
        client_id: principal,
        aud: vec!["shop".to_owned(), ISSUER.to_owned()],
        jti: CredentialId::new(),
        iat,
        exp: iat + 3600,
        grant: None,
        once: false,
    }
}

fn signed(key: &SigningKey, header: &str, claims: &str) -> String {
    let text = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(claims));
    let signature = BASE64URL.encode(key.sign(text.as_bytes()));
    format!("{text}.{signature}")
}

fn verify(text: &str) -> Result<Verified, CredentialError> {
    CredentialTrust::from(&trust(&[&key(7)])).verify(text, NOW)
}

/// HMAC-SHA256, as a forger who takes the public key for a shared secret would sign.
fn hs256(secret: &[u8], message: &str) -> [u8; 32] {
    let pad = |with: u8| -> Vec<u8> {
        (0..64)
            .map(|at| secret.get(at).copied().unwrap_or(0) ^ with)
            .collect()
    };
    let inner = Sha256::digest([pad(0x36), message.as_bytes().to_vec()].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).into()
}

#[test]
fn what_was_minted_is_accepted_for_its_audiences_alone() {
    let human = PrincipalId::new();
    let own = claims();
    let agent = own.client_id;
    let for_a_human = CredentialClaims {
        sub: human,
        act: Some(Actor { sub: agent }),
        grant: Some(GrantId::new()),
        once: true,
        ..own.clone()
    };
    for (claims, on_behalf_of) in [(own, None), (for_a_human, Some(human))] {
        let text = mint(&key(7), &claims).expect("minted");
        assert!(text.starts_with(PREFIX));
        let verified = verify(&text).expect("accepted");
        assert_eq!(verified.acting(), agent);
        let read = verified.clone().addressed_to("shop").expect("its audience");
        assert_eq!(read, claims);
        assert_eq!(read.human(), on_behalf_of);
        assert!(verified.clone().addressed_to(ISSUER).is_ok());
        for other in ["", "shop2", "sho"] {
            let refused = verified.clone().addressed_to(other);
            assert_eq!(refused, Err(CredentialError::WrongAudience), "{other}");
        }
    }
}

#[test]
fn it_holds_from_its_beginning_to_its_end() {
    let text = mint(&key(7), &claims()).expect("minted");
    let trust = CredentialTrust::from(&trust(&[&key(7)]));
    let cases = [
        (-122, Some(CredentialError::NotYet)),
        (-120, None),
        (0, None),
        (3599, None),
        (3600, Some(CredentialError::Expired)),
        (i64::from(u32::MAX), Some(CredentialError::Expired)),
    ];
    for (seconds, refused) in cases {
        let at = Timestamp::from_millis(NOW.as_millis() + seconds * 1000);
        assert_eq!(trust.verify(&text, at).err(), refused, "{seconds} s");
    }
}

#[test]
fn keys_that_only_still_verify_are_trusted_until_they_are_gone() {
    let text = mint(&key(7), &claims()).expect("minted");
    let cases = [
        ("alone", vec![key(7)], None),
        ("beside a newer one", vec![key(8), key(7)], None),
        ("gone", vec![key(8)], Some(CredentialError::UnknownKey)),
        ("nobody is", vec![], Some(CredentialError::UnknownKey)),
    ];
    for (name, keys, refused) in cases {
        let keys: Vec<&SigningKey> = keys.iter().collect();
        let trust = CredentialTrust::from(&trust(&keys));
        assert_eq!(trust.verify(&text, NOW).err(), refused, "{name}");
    }
}

#[test]
fn a_revoked_one_is_refused() {
    let claims = claims();
    let text = mint(&key(7), &claims).expect("minted");
    let mut trust = trust(&[&key(7)]);
    trust.revoked = vec![CredentialId::new(), claims.jti];
    let verified = CredentialTrust::from(&trust).verify(&text, NOW);
    assert_eq!(verified, Err(CredentialError::Revoked));
}

#[test]
fn anything_else_is_refused() {
    use CredentialError as E;
    let signer = key(7);
    let kid = jwk::thumbprint(&signer.verifying_key());
    let good = serde_json::to_string(&claims()).expect("JSON");
    let ours = header(&kid);
    let text = signed(&signer, &ours, &good);
    assert!(verify(&text).is_ok(), "the table's own");
    let (body, signature) = text.rsplit_once('.').expect("three parts");
    let other_alg = |alg: &str| ours.replace("EdDSA", alg);
    let hmac_body = format!(
        "{}.{}",
        BASE64URL.encode(other_alg("HS256")),
        BASE64URL.encode(&good)
    );
    let hmac = |secret: &[u8]| {
        let signature = BASE64URL.encode(hs256(secret, &hmac_body));
        format!("{hmac_body}.{signature}")
    };
    let public = signer.verifying_key();
    let with = |change: &dyn Fn(&mut CredentialClaims)| {
        let mut claims = claims();
        change(&mut claims);
        let claims = serde_json::to_string(&claims).expect("JSON");
        signed(&signer, &ours, &claims)
    };
    let none = BASE64URL.encode(other_alg("none"));
    let cases = [
        (
            "alg none",
            format!("{none}.{}.", BASE64URL.encode(&good)),
            E::WrongAlgorithm,
        ),
        (
            "alg NoNe",
            signed(&signer, &other_alg("NoNe"), &good),
            E::WrongAlgorithm,
        ),
        (
            "HS256 with the public key",
            hmac(&public.to_bytes()),
            E::WrongAlgorithm,
        ),
        (
            "HS256 with its text",
            hmac(public.to_string().as_bytes()),
            E::WrongAlgorithm,
        ),
        (
            "another alg",
            signed(&signer, &other_alg("RS256"), &good),
            E::WrongAlgorithm,
        ),
        (
            "a key in the header",
            signed(&signer, &ours.replace('{', r#"{"jwk":{},"#), &good),
            E::Malformed,
        ),
        (
            "a blank more",
            signed(&signer, &ours.replace(':', ": "), &good),
            E::Malformed,
        ),
        (
            "another typ",
            signed(&signer, &ours.replace("at+jwt", "JWT"), &good),
            E::Malformed,
        ),
        (
            "crit",
            signed(&signer, &ours.replace('}', r#","crit":["x"]}"#), &good),
            E::Malformed,
        ),
        (
            "no kid",
            signed(&signer, r#"{"alg":"EdDSA","typ":"at+jwt"}"#, &good),
            E::Malformed,
        ),
        (
            "another key's kid",
            signed(
                &signer,
                &header(&jwk::thumbprint(&key(8).verifying_key())),
                &good,
            ),
            E::UnknownKey,
        ),
        (
            "our kid, another key",
            signed(&key(8), &ours, &good),
            E::BadSignature,
        ),
        ("no signature", format!("{body}."), E::BadSignature),
        ("padded", format!("{body}.{signature}=="), E::Malformed),
        (
            "another issuer",
            with(&|c| c.iss = "https://evil.example".to_owned()),
            E::WrongIssuer,
        ),
        (
            "an issuer beside it",
            with(&|c| c.iss.push('/')),
            E::WrongIssuer,
        ),
        (
            "lives too long",
            with(&|c| c.exp = c.iat + MAX_LIFETIME_SECONDS + 1),
            E::Malformed,
        ),
        (
            "ends before it begins",
            with(&|c| c.exp = c.iat),
            E::Malformed,
        ),
        (
            "overflows",
            with(&|c| (c.iat, c.exp) = (i64::MIN, i64::MAX)),
            E::Malformed,
        ),
        ("for nothing", with(&|c| c.aud.clear()), E::Malformed),
        (
            "for too much",
            with(&|c| c.aud = vec!["x".to_owned(); MAX_AUDIENCES + 1]),
            E::Malformed,
        ),
        (
            "acts for itself",
            with(&|c| c.act = Some(Actor { sub: c.sub })),
            E::Malformed,
        ),
        (
            "another client",
            with(&|c| c.client_id = PrincipalId::new()),
            E::Malformed,
        ),
        (
            "an unknown claim",
            signed(&signer, &ours, &good.replacen('{', r#"{"admin":true,"#, 1)),
            E::Malformed,
        ),
        (
            "a claim twice",
            signed(
                &signer,
                &ours,
                &good.replacen('{', r#"{"exp":99999999999,"#, 1),
            ),
            E::Malformed,
        ),
        ("two parts", body.to_owned(), E::Malformed),
        ("four parts", format!("{text}.{signature}"), E::Malformed),
        ("empty", String::new(), E::Malformed),
        ("too long", "a".repeat(MAX_BYTES + 1), E::Malformed),
    ];
    for (name, text, expected) in cases {
        assert_eq!(verify(&text), Err(expected), "{name}");
    }
}

#[test]
fn what_nobody_would_accept_is_not_minted() {
    let mut long = claims();
    long.aud = vec!["a".repeat(200); MAX_AUDIENCES];
    assert!(matches!(mint(&key(7), &long), Err(MintError::TooLong)));
    let mut forever = claims();
    forever.exp = forever.iat + MAX_LIFETIME_SECONDS + 1;
    assert!(matches!(mint(&key(7), &forever), Err(MintError::Unsound)));
    let mut many = claims();
    many.aud = (1..MAX_AUDIENCES)
        .map(|_| countersign_model::TargetId::new().to_string())
        .collect();
    assert!(mint(&key(7), &many).is_ok(), "as many as there may be fit");
}

proptest! {
    #[test]
    fn no_changed_character_is_accepted(
        index in any::<prop::sample::Index>(),
        to in "[A-Za-z0-9_.=-]",
    ) {
        let text = mint(&key(7), &claims()).expect("minted");
        let at = index.index(text.len());
        let mut changed = text.clone();
        changed.replace_range(at..=at, &to);
        prop_assume!(changed != text);
        prop_assert!(verify(&changed).is_err());
    }

    #[test]
    fn no_cut_or_longer_text_is_accepted(
        index in any::<prop::sample::Index>(),
        tail in "[A-Za-z0-9_.-]{1,8}",
    ) {
        let text = mint(&key(7), &claims()).expect("minted");
        let cut = &text[..index.index(text.len())];
        prop_assert!(verify(cut).is_err());
        let longer = text.clone() + &tail;
        prop_assert!(verify(&longer).is_err());
    }

    #[test]
    fn no_text_panics(text in ".{0,200}") {
        prop_assert!(verify(&text).is_err());
    }
}
