//! An issuer of workload identities as clusters and CI systems are: a discovery document and keys
//! over HTTP, tokens signed with real keys of three kinds.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, http::StatusCode, response::IntoResponse, routing::get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
    },
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Made for these tests; they sign nothing else.
const RSA: [&[u8]; 2] = [
    include_bytes!("test-rsa-1.der"),
    include_bytes!("test-rsa-2.der"),
];

/// A key that signs.
pub enum Key {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Key {
    /// One of two RSA keys: making one takes long.
    pub fn rsa(which: usize) -> Self {
        Self::Rsa(Box::new(RsaKeyPair::from_pkcs8(RSA[which]).unwrap()))
    }

    pub fn p256() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self::P256(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap())
    }

    pub fn ed25519() -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap())
    }

    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
        }
    }

    pub fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| BASE64URL.encode(bytes);
        match self {
            Self::Rsa(key) => {
                let public: RsaPublicKeyComponents<Vec<u8>> = key.public().into();
                let (n, e) = (encode(&public.n), encode(&public.e));
                json!({"kty": "RSA", "n": n, "e": e})
            }
            Self::P256(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
            }
            Self::Ed25519(key) => {
                let x = encode(key.public_key().as_ref());
                json!({"kty": "OKP", "crv": "Ed25519", "x": x})
            }
        }
    }

    pub fn jwk_named(&self, kid: &str) -> Value {
        let mut jwk = self.jwk();
        jwk["kid"] = kid.into();
        jwk["use"] = "sig".into();
        jwk
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Self::P256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed25519(key) => key.sign(message).as_ref().to_vec(),
        }
    }

    /// A token that names this key.
    pub fn token(&self, kid: &str, claims: &Value) -> String {
        let header = json!({"alg": self.algorithm(), "kid": kid, "typ": "JWT"});
        self.token_with(&header, claims)
    }

    /// A token with any header.
    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64URL.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = BASE64URL.encode(self.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

/// What the issuer answers now.
#[derive(Default)]
struct Served {
    keys: Vec<Value>,
    down: bool,
    asked: usize,
}

/// A running issuer.
pub struct Issuer {
    pub url: String,
    served: Arc<Mutex<Served>>,
}

impl Issuer {
    pub async fn start(keys: Vec<Value>) -> Self {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let served = Arc::new(Mutex::new(Served {
            keys,
            ..Served::default()
        }));
        let (issuer, shared) = (url.clone(), Arc::clone(&served));
        let discovery =
            async move || Json(json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")}));
        let keys = async move || {
            let mut served = shared.lock().unwrap();
            served.asked += 1;
            if served.down {
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            }
            Json(json!({"keys": served.keys})).into_response()
        };
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, served }
    }

    /// Rotates its keys.
    pub fn publish(&self, keys: Vec<Value>) {
        self.served.lock().unwrap().keys = keys;
    }

    pub fn go_down(&self, down: bool) {
        self.served.lock().unwrap().down = down;
    }

    /// How often its keys were asked for.
    pub fn asked(&self) -> usize {
        self.served.lock().unwrap().asked
    }
}
