//! A control plane in this process that the tests can bend: it enrolls, follows, signs bundles,
//! takes events and holds reviews, with real keys over real HTTP.

pub mod guest;
pub mod plane;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant},
};

use countersign_edge_agent::{
    Config, Edge,
    config::{PostgresUpstream, Upstream},
    pipeline::{Judged, Phase, Refusal, Secret, Session, SignIn, SignInRefused},
};
use countersign_model::{
    Binding, BindingId, BoundPolicyStatus, Bundle, BundleCredential, BundleModule, BundlePrincipal,
    CredentialId, DefaultVerdict, EdgeId, Event, EventBody, PolicyId, Principal, PrincipalId,
    PrincipalKind, Selector, Stage, Target, TargetId, TargetKind, Timestamp,
};
use plane::Plane;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub const SECRET: &str = "csp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// How long anything may take that is said to happen at once.
pub const SOON: Duration = Duration::from_secs(20);

/// An edge that serves, with the folder it lives in.
pub struct RunningEdge {
    pub pipeline: countersign_edge_agent::pipeline::Pipeline,
    /// Where HTTP clients connect, where the configuration has such a listener.
    pub http: Option<SocketAddr>,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl RunningEdge {
    pub async fn start(config: Config) -> Self {
        Self::try_start(config).await.expect("the edge starts")
    }

    pub async fn try_start(config: Config) -> Result<Self, countersign_edge_agent::Error> {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let edge = Edge::start(config).await?;
        let pipeline = edge.pipeline().clone();
        let http = edge.http_addr();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(edge.serve(stop.clone().cancelled_owned()));
        Ok(Self {
            pipeline,
            http,
            stop,
            serving,
        })
    }

    pub async fn stop(self) {
        self.stop.cancel();
        drop(self.pipeline);
        self.serving.await.expect("the edge ends");
    }

    pub fn sign_in(&self) -> Result<Session, SignInRefused> {
        self.sign_in_as("agent", SECRET, "shop")
    }

    pub fn sign_in_as(
        &self,
        principal: &str,
        secret: &str,
        target: &str,
    ) -> Result<Session, SignInRefused> {
        self.pipeline.sign_in(SignIn {
            protocol: "postgres",
            client: "127.0.0.1:5000".parse().expect("an address"),
            tls: false,
            principal: Some(principal),
            secret: Secret(secret.as_bytes()),
            target,
            application: Some("test"),
        })
    }

    /// Signs in, as soon as the bundle that lets one in has arrived.
    pub async fn signed_in(&self) -> Session {
        until("the bundle lets the agent in", || self.sign_in().ok()).await
    }
}

/// A configuration for an edge in `dir`.
pub fn config(dir: &Path, plane: &Plane) -> Config {
    let text = format!(
        "data_dir = \"{}\"\n\
         [control_plane]\nurl = \"{}\"\n\
         [postgres]\nlisten = \"127.0.0.1:0\"\n\
         [upstreams.shop]\nhost = \"127.0.0.1\"\ndatabase = \"shop\"\nuser = \"u\"\npassword = \"p\"\n",
        dir.display(),
        plane.url(),
    );
    let mut config = Config::from_toml(&text).expect("valid");
    config.join_token = Some(SecretString::from(plane.join_token()));
    config
}

/// How the configuration signs in to the database `shop`.
pub fn shop_server(config: &mut Config) -> &mut PostgresUpstream {
    match config.upstreams.get_mut("shop") {
        Some(Upstream::Postgres(upstream)) => upstream,
        _ => panic!("a PostgreSQL server"),
    }
}

/// Probes until there is something.
pub async fn until<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + SOON;
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Judges a text that parses.
pub fn judge(session: &mut Session, text: &str) -> Result<Judged, Refusal> {
    let inspected = session.inspect(Phase::Simple, text).expect("parses");
    let parameters = session.no_parameters();
    session.judge(Phase::Simple, &inspected, &parameters)
}

/// SHA-256 in hex.
pub fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

pub fn agent() -> BundlePrincipal {
    BundlePrincipal {
        principal: Principal {
            id: PrincipalId::new(),
            name: "agent".to_owned(),
            kind: PrincipalKind::Agent,
            groups: Vec::new(),
            claims: Default::default(),
            on_behalf_of: None,
            owner: None,
        },
        credentials: vec![BundleCredential {
            id: CredentialId::new(),
            secret_sha256: hex::encode(Sha256::digest(SECRET)),
            expires_at: Timestamp::now().after(Duration::from_secs(3600)),
            grant_id: None,
        }],
    }
}

pub fn shop() -> Target {
    Target {
        id: TargetId::new(),
        name: "shop".to_owned(),
        kind: TargetKind::Postgres,
        labels: [("env".to_owned(), "production".to_owned())].into(),
        default_verdict: DefaultVerdict::Allow,
        access: countersign_model::TargetAccess::Standing,
    }
}

/// A bundle with one agent and one target, which allows what no policy speaks to.
pub fn bundle(edge_id: EdgeId) -> Bundle {
    let now = Timestamp::now();
    Bundle {
        edge_id,
        revision: 1,
        issued_at: now,
        expires_at: now.after(Duration::from_secs(3600)),
        targets: vec![shop()],
        principals: vec![agent()],
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

/// A built-in policy, as it is shipped.
pub fn plugin(name: &'static str) -> &'static [u8] {
    static COMPONENTS: Mutex<BTreeMap<&str, &[u8]>> = Mutex::new(BTreeMap::new());
    let mut components = COMPONENTS.lock().expect("not poisoned");
    components.entry(name).or_insert_with(|| {
        let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../plugins")
            .join(name);
        let module = countersign_policy_package::source::compile(&dir).expect("compiles");
        let component = countersign_policy_engine::build_policy(&module).expect("builds");
        component.leak()
    })
}

/// The built-in policy that holds deletions.
pub fn destructive_guard() -> &'static [u8] {
    plugin("destructive-guard")
}

/// Binds a built-in policy to everything, and offers it.
pub fn bind_plugin(
    bundle: &mut Bundle,
    plane: &Plane,
    name: &'static str,
    settings: serde_json::Value,
) {
    bind(bundle, plugin(name), settings);
    if let Some(binding) = bundle.bindings.last_mut() {
        binding.policy = name.to_owned();
        plane.add_module(&binding.digest, plugin(name));
    }
}

/// Binds a module to everything.
pub fn bind(bundle: &mut Bundle, component: &[u8], settings: serde_json::Value) {
    let digest = hex::encode(Sha256::digest(component));
    bundle.bindings.push(Binding {
        id: BindingId::new(),
        policy_id: PolicyId::new(),
        policy: "destructive-guard".to_owned(),
        version: 1,
        digest: digest.clone(),
        settings,
        selector: Selector::default(),
        stage: Stage::Enforced,
        canary_percent: None,
        replaces: None,
        source: None,
    });
    bundle.modules.push(BundleModule {
        digest,
        size: component.len() as u64,
    });
}

/// Puts a component at the binding, as its next version, and offers it.
pub fn rebind(bundle: &mut Bundle, index: usize, component: &[u8], plane: &Plane) {
    let digest = hex::encode(Sha256::digest(component));
    let binding = &mut bundle.bindings[index];
    binding.version += 1;
    binding.digest.clone_from(&digest);
    plane.add_module(&digest, component);
    bundle.modules.push(BundleModule {
        digest,
        size: component.len() as u64,
    });
    bundle.revision += 1;
}

/// Binds a guest to everything, and offers it.
pub fn bind_guest(bundle: &mut Bundle, guest: &guest::Guest, plane: &Plane) -> BindingId {
    let component = guest.component();
    bind(bundle, &component, serde_json::json!({}));
    let binding = bundle.bindings.last_mut().expect("just bound");
    binding.policy = guest.name.to_owned();
    plane.add_module(&binding.digest, &component);
    binding.id
}

/// The latest status of a binding at the control plane.
pub fn policy_status(plane: &Plane, id: BindingId) -> Option<BoundPolicyStatus> {
    let state = plane.state();
    let latest = state.statuses.last()?;
    let mut policies = latest.policies.iter();
    policies.find(|policy| policy.binding_id == id).cloned()
}

/// What kind of thing an event is, for comparing.
pub fn kind(event: &Event) -> &'static str {
    match &event.body {
        EventBody::EdgeStarted { .. } => "started",
        EventBody::BundleActivated { .. } => "bundle",
        EventBody::SessionOpened(_) => "opened",
        EventBody::SignInRefused { .. } => "sign-in refused",
        EventBody::SessionChanged(_) => "changed",
        EventBody::SessionClosed(_) => "closed",
        EventBody::ActionIntent(_) => "intent",
        EventBody::ActionOutcome(_) => "outcome",
        EventBody::ActionRefused(_) => "refused",
        EventBody::Review(_) => "review",
        EventBody::ProtocolViolation { .. } => "violation",
        EventBody::ToolDefinitionChanged(_) => "tool definition",
    }
}
