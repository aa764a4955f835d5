//! An edge in front of one upstream that notes every byte it gets, and answers with what it is told.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use countersign_edge_agent::pipeline::{Inspected, Phase};
use countersign_model::{
    Bundle, Operation, PolicyOutcome, PolicyVerdict, StatementClass, Target, TargetId, TargetKind,
    ToolCallOperation,
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::{
    form::Form,
    wire::{self, Answer},
};
use crate::support::{RunningEdge, SECRET, bundle, config, plane::Plane, shop, until};

/// What stands in every hostile request and answer, and must not come out on the other side.
pub const MARK: &str = "zq9";

/// The largest body that the edge of this scene takes, and the largest answer that it reads whole.
pub const MOST: usize = 200_000;

/// A kind of target.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub target: &'static str,
    /// Where its requests go.
    pub path: &'static str,
    pub form: Form,
}

/// Every kind of target that is reached by HTTP.
pub const KINDS: [Kind; 4] = [API, OPENAI, ANTHROPIC, MCP];
pub const API: Kind = Kind {
    target: "api",
    path: "/api/zq9",
    form: Form::Problem,
};
pub const OPENAI: Kind = Kind {
    target: "gpt",
    path: "/gpt/v1/chat/completions",
    form: Form::Openai,
};
pub const ANTHROPIC: Kind = Kind {
    target: "claude",
    path: "/claude/v1/messages",
    form: Form::Anthropic,
};
pub const MCP: Kind = Kind {
    target: "tools",
    path: "/tools",
    form: Form::Rpc,
};

/// The header that signs in.
pub fn auth() -> String {
    format!("Authorization: Bearer {SECRET}\r\n")
}

/// The headers that every honest request has.
pub fn honest() -> String {
    let accept = "Accept: application/json, text/event-stream\r\n";
    format!("{}{accept}Content-Type: application/json\r\n", auth())
}

/// The upstream's side.
#[derive(Clone, Default)]
pub struct Upstream {
    got: Arc<Mutex<Vec<Vec<u8>>>>,
    answer: Arc<Mutex<Vec<u8>>>,
}

impl Upstream {
    /// What every connection is answered with from now on, before it is closed.
    pub fn answers(&self, bytes: impl Into<Vec<u8>>) {
        *self.answer.lock().expect("not poisoned") = bytes.into();
    }

    /// How many requests arrived.
    pub fn count(&self) -> usize {
        self.got.lock().expect("not poisoned").len()
    }

    /// All that arrived, as text.
    pub fn heard(&self) -> String {
        let got = self.got.lock().expect("not poisoned");
        String::from_utf8_lossy(&got.concat()).into_owned()
    }

    async fn serve(self, listener: TcpListener) {
        for seed in 0.. {
            let Ok((socket, _)) = listener.accept().await else {
                return;
            };
            tokio::spawn(self.clone().connection(socket, seed));
        }
    }

    async fn connection(self, mut socket: TcpStream, seed: u64) {
        let Some(request) = read(&mut socket).await else {
            return;
        };
        self.got.lock().expect("not poisoned").push(request);
        let answer = self.answer.lock().expect("not poisoned").clone();
        // In pieces of any size, as networks bring them.
        let mut random = StdRng::seed_from_u64(seed);
        let most = answer.len() / 20 + 40;
        let mut rest = &answer[..];
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(random.random_range(1..=most).min(rest.len()));
            if socket.write_all(piece).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
            rest = behind;
        }
        let _ = socket.shutdown().await;
    }
}

/// One request, head and body.
async fn read(socket: &mut TcpStream) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    loop {
        let head = request.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = head {
            let text = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().expect("a length"));
            if request.len() >= end + 4 + length {
                return Some(request);
            }
        }
        if socket.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
}

pub struct Scene {
    pub upstream: Upstream,
    edge: RunningEdge,
    _plane: Plane,
    _dir: tempfile::TempDir,
}

impl Scene {
    /// An edge with these policies in front of a target of each kind.
    pub async fn new(bind: impl FnOnce(&mut Bundle, &Plane)) -> Self {
        let upstream = Upstream::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(upstream.clone().serve(listener));
        let plane = Plane::start().await;
        let mut bundle = bundle(plane.edge_id());
        let kinds = [
            ("api", TargetKind::Http),
            ("gpt", TargetKind::Openai),
            ("claude", TargetKind::Anthropic),
            ("tools", TargetKind::Mcp),
        ];
        let mut more = format!(
            "data_dir = \"x\"\n[control_plane]\nurl = \"http://127.0.0.1:1\"\n\
             [http]\nlisten = \"127.0.0.1:0\"\nmax_body_bytes = {MOST}\n"
        );
        for (name, kind) in kinds {
            bundle.targets.push(Target {
                id: TargetId::new(),
                name: name.to_owned(),
                kind,
                ..shop()
            });
            more.push_str(&format!(
                "[upstreams.{name}]\nurl = \"http://{address}/\"\nauth.secret = \"upstreams-own\"\n\
                 hold_seconds = 1\nmax_answer_bytes = {MOST}\n"
            ));
        }
        bind(&mut bundle, &plane);
        plane.publish(&bundle);
        let dir = tempfile::tempdir().expect("dir");
        let mut config = config(dir.path(), &plane);
        let more = countersign_edge_agent::Config::from_toml(&more).expect("valid");
        config.http = more.http;
        config.upstreams.extend(more.upstreams);
        let edge = RunningEdge::start(config).await;
        drop(edge.signed_in().await);
        until("the policies are ready", || judges(&edge)).await;
        Self {
            upstream,
            edge,
            _plane: plane,
            _dir: dir,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.edge.http.expect("an HTTP listener")
    }

    /// Sends bytes as they are.
    pub async fn send(&self, bytes: &[u8]) -> Option<Answer> {
        wire::send(self.address(), bytes).await
    }

    /// Sends what must be refused: in the target's own form, and unseen by the upstream.
    pub async fn refused(&self, kind: Kind, bytes: &[u8], case: &str) -> Answer {
        let before = self.upstream.count();
        let answer = self.send(bytes).await;
        let answer = answer.unwrap_or_else(|| panic!("{}: {case}: no answer", kind.target));
        let case = format!("{}: {case}", kind.target);
        assert!(
            (400..500).contains(&answer.status) || answer.status == 505,
            "{case}: {answer:?}"
        );
        kind.form.check(&answer, &case);
        // Nothing behind it is taken for a request of its own.
        assert_eq!(answer.heads, 1, "{case}: {answer:?}");
        let heard = self.upstream.heard();
        assert_eq!(self.upstream.count(), before, "{case}: {heard}");
        answer
    }
}

/// Whether no policy is still being prepared.
fn judges(edge: &RunningEdge) -> Option<()> {
    let mut session = edge.sign_in_as("agent", SECRET, "tools").ok()?;
    let operation = Operation::ToolCall(ToolCallOperation::default());
    let inspected = Inspected::request("", operation, StatementClass::Read, Vec::new(), 0);
    let decision = session.foresee(Phase::McpToolCall, &inspected)?;
    let failed = |outcome: &PolicyOutcome| matches!(outcome.verdict, PolicyVerdict::Failed { .. });
    (!decision.policies.iter().any(failed)).then_some(())
}

/// One of these, by a seed.
pub fn pick<'a, T>(random: &mut StdRng, from: &'a [T]) -> &'a T {
    &from[random.random_range(0..from.len())]
}
