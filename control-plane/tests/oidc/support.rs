//! A control plane, its identity provider, and browsers.

use std::{net::SocketAddr, sync::atomic::AtomicU8, sync::atomic::Ordering, time::Duration};

use countersign_control_plane::{Config, OidcConfig, RoleRule, run};
use countersign_model::{Labels, Role};
use countersign_test_support::{OidcProvider, free_port};
use reqwest::{
    Client, Method, Response, StatusCode, Url,
    header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A control plane with an identity provider.
pub struct House {
    pub provider: OidcProvider,
    pub url: String,
    pub admin: String,
    pub http: Client,
    pub folder: TempDir,
}

fn rule(group: &str, role: Role, env: Option<&str>) -> RoleRule {
    RoleRule {
        group: group.to_owned(),
        role,
        target_labels: env.map(|env| Labels::from([("env".to_owned(), env.to_owned())])),
    }
}

impl House {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// One that is configured otherwise.
    pub async fn start_with(configure: impl FnOnce(&mut Config)) -> Self {
        // A provider that another test installed is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let port = free_port().unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let provider = OidcProvider::start(&url).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let oidc = OidcConfig {
            issuer: provider.issuer(),
            client_id: OidcProvider::CLIENT_ID.to_owned(),
            client_secret: Some(OidcProvider::CLIENT_SECRET.to_owned().into()),
            name: "Example SSO".to_owned(),
            roles: vec![
                rule("ops", Role::Admin, None),
                rule("dba", Role::Reviewer, None),
                rule("staging-reviewers", Role::Reviewer, Some("staging")),
                rule("staff", Role::Member, None),
            ],
            timeout_seconds: 3,
            ..OidcConfig::default()
        };
        let mut config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], port)),
            data_dir: folder.path().join("data"),
            // Each browser has its address in a header: sign-ins are limited by address.
            behind_proxy: true,
            oidc: Some(oidc),
            ..Config::default()
        };
        configure(&mut config);
        let token = config.data_dir.join("admin.token");
        tokio::spawn(async move { run(config, std::future::pending()).await.unwrap() });
        let http = Client::builder()
            .redirect(Policy::none())
            .timeout(Duration::from_secs(60))
            .build()
            .unwrap();
        let healthz = format!("{url}/healthz");
        let serves = async {
            while !matches!(http.get(&healthz).send().await, Ok(r) if r.status() == 200) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), serves)
            .await
            .unwrap();
        let admin = std::fs::read_to_string(token).unwrap().trim().to_owned();
        Self {
            provider,
            url,
            admin,
            http,
            folder,
        }
    }

    /// A browser that nobody has used.
    pub fn browser(&self) -> Browser {
        static NEXT: AtomicU8 = AtomicU8::new(1);
        Browser {
            http: self.http.clone(),
            plane: self.url.clone(),
            address: format!("192.0.2.{}", NEXT.fetch_add(1, Ordering::SeqCst)),
            cookies: Vec::new(),
        }
    }

    /// A browser in which this account has signed in.
    pub async fn signed_in(&self, account: &str) -> Browser {
        self.provider.signs_in(account).unwrap();
        let mut browser = self.browser();
        assert_eq!(browser.sign_in("/").await, "/", "{account}");
        browser
    }

    /// A request with a bearer token.
    pub async fn call(&self, method: Method, path: &str, token: &str, body: Value) -> (u16, Value) {
        let request = self
            .http
            .request(method, format!("{}/api/v1{path}", self.url))
            .bearer_auth(token);
        let request = match body {
            Value::Null => request,
            body => request.json(&body),
        };
        read(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, &self.admin, Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The newest audit event of this kind.
    pub async fn event(&self, kind: &str) -> Value {
        let events = self
            .get(&format!("/audit-events?kind={kind}&limit=1"))
            .await;
        events["items"][0].clone()
    }

    /// Posts a form, as OAuth clients do.
    pub async fn form(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let mut body = Url::parse("http://x/").unwrap();
        body.query_pairs_mut().extend_pairs(form);
        let request = self
            .http
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.query().unwrap_or_default().to_owned());
        read(request.send().await.unwrap()).await
    }
}

pub async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (status, body)
}

/// A cookie as a browser keeps it.
struct Kept {
    origin: String,
    path: String,
    name: String,
    value: String,
}

/// A browser, as far as cookies and redirects go.
pub struct Browser {
    http: Client,
    plane: String,
    address: String,
    cookies: Vec<Kept>,
}

/// What a browser got.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    /// Where it is sent on to.
    pub next: Option<Url>,
}

impl Browser {
    pub async fn get(&mut self, url: &str) -> Page {
        self.open(Method::GET, url, None).await
    }

    /// Sends a form.
    pub async fn submit(&mut self, url: &str, form: &str) -> Page {
        self.open(Method::POST, url, Some(form)).await
    }

    async fn open(&mut self, method: Method, url: &str, form: Option<&str>) -> Page {
        let url = Url::parse(url).unwrap();
        let mut request = self
            .http
            .request(method, url.clone())
            .header("x-forwarded-for", &self.address);
        let cookies = self.cookies_for(&url);
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        if let Some(form) = form {
            request = request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.to_owned());
        }
        let response = request.send().await.unwrap();
        self.keep(&url, response.headers());
        let next = response.headers().get(LOCATION);
        let next = next.map(|to| url.join(to.to_str().unwrap()).unwrap());
        Page {
            status: response.status(),
            headers: response.headers().clone(),
            next,
            body: response.text().await.unwrap(),
        }
    }

    fn cookies_for(&self, url: &Url) -> String {
        let origin = url.origin().ascii_serialization();
        let sent: Vec<String> = self
            .cookies
            .iter()
            .filter(|kept| kept.origin == origin && url.path().starts_with(&kept.path))
            .map(|kept| format!("{}={}", kept.name, kept.value))
            .collect();
        sent.join("; ")
    }

    fn keep(&mut self, url: &Url, headers: &HeaderMap) {
        let origin = url.origin().ascii_serialization();
        for set in headers.get_all(SET_COOKIE) {
            let set = set.to_str().unwrap();
            let mut parts = set.split("; ");
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            let mut path = "/".to_owned();
            let mut over = value.is_empty();
            for part in parts {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                if name.eq_ignore_ascii_case("path") {
                    value.clone_into(&mut path);
                }
                let part = part.to_ascii_lowercase();
                over |= part == "max-age=0" || part.contains("01 jan 1970");
            }
            self.cookies
                .retain(|kept| (&kept.origin, kept.name.as_str()) != (&origin, name));
            if !over {
                self.cookies.push(Kept {
                    origin: origin.clone(),
                    path,
                    name: name.to_owned(),
                    value: value.to_owned(),
                });
            }
        }
    }

    /// Plants a cookie of the control plane, as a neighbouring site may.
    pub fn plant(&mut self, name: &str, value: &str) {
        self.cookies.push(Kept {
            origin: self.plane.clone(),
            path: "/".to_owned(),
            name: name.to_owned(),
            value: value.to_owned(),
        });
    }

    /// Forgets the provider's cookies: it has to ask again.
    pub fn forget(&mut self, issuer: &str) {
        self.cookies.retain(|kept| kept.origin != issuer);
    }

    /// The value of a cookie of the control plane.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let kept = self
            .cookies
            .iter()
            .find(|kept| kept.origin == self.plane && kept.name == name)?;
        Some(&kept.value)
    }

    /// Presses the button, goes to the provider and back, and tells where that ends.
    pub async fn sign_in(&mut self, return_to: &str) -> String {
        let callback = match self.reach_callback(return_to).await {
            Ok(callback) => callback,
            Err(landed) => return landed,
        };
        self.land(&callback).await
    }

    /// Opens an address that only sends the browser on, and tells where.
    pub async fn land(&mut self, url: &str) -> String {
        let page = self.get(url).await;
        let next = page
            .next
            .unwrap_or_else(|| panic!("{}: {}", page.status, page.body));
        self.local(&next)
    }

    /// As far as the address that the provider sends the browser to; an error is where it ended
    /// before that.
    pub async fn reach_callback(&mut self, return_to: &str) -> Result<String, String> {
        let mut start = Url::parse(&format!("{}/auth/oidc/start", self.plane)).unwrap();
        start.query_pairs_mut().append_pair("return_to", return_to);
        self.follow(start.as_str()).await
    }

    /// The same from any address.
    pub async fn follow(&mut self, url: &str) -> Result<String, String> {
        let mut url = url.to_owned();
        for _ in 0..10 {
            let page = self.get(&url).await;
            let Some(next) = page.next else {
                panic!("{url} ends with {}: {}", page.status, page.body);
            };
            let here = next.as_str().starts_with(&self.plane);
            if here && next.path() == "/auth/oidc/callback" {
                return Ok(next.into());
            }
            if here {
                return Err(self.local(&next));
            }
            url = next.into();
        }
        panic!("too many redirects");
    }

    fn local(&self, url: &Url) -> String {
        let text = url.as_str();
        text.strip_prefix(&self.plane).unwrap_or(text).to_owned()
    }

    /// A request of the dashboard's own script.
    pub async fn call(&mut self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let csrf = match self.session().await {
            Some(session) => session["csrf_token"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            None => String::new(),
        };
        let plane = self.plane.clone();
        let headers = [("x-csrf-token", csrf.as_str()), ("origin", plane.as_str())];
        self.call_with(method, path, body, &headers).await
    }

    /// A request with these headers and the browser's cookies.
    pub async fn call_with(
        &mut self,
        method: Method,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> (u16, Value) {
        let url = Url::parse(&format!("{}/api/v1{path}", self.plane)).unwrap();
        let mut request = self
            .http
            .request(method, url.clone())
            .header("x-forwarded-for", &self.address)
            .header(COOKIE, self.cookies_for(&url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body != Value::Null {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        self.keep(&url, response.headers());
        read(response).await
    }

    /// Who is signed in, with the CSRF token.
    pub async fn session(&mut self) -> Option<Value> {
        let session = self
            .call_with(Method::GET, "/session", Value::Null, &[])
            .await;
        match session {
            (200, session) => Some(session),
            (401, _) => None,
            (status, body) => panic!("{status}: {body}"),
        }
    }
}

/// The parameter of an address.
pub fn parameter(url: &str, name: &str) -> String {
    let url = Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(key, _)| key == name);
    found
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// The address with a parameter changed.
pub fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let mut changed = Url::parse(url).unwrap();
    let pairs: Vec<(String, String)> = changed
        .query_pairs()
        .filter(|(key, _)| key != name)
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    changed
        .query_pairs_mut()
        .clear()
        .extend_pairs(pairs)
        .append_pair(name, value);
    changed.into()
}

/// What `whoami` asks.
pub async fn whoami(house: &House, token: &str) -> (u16, Value) {
    house
        .call(Method::GET, "/session", token, Value::Null)
        .await
}

/// A body for users.
pub fn local_user(email: &str, role: &str) -> Value {
    json!({"name": "Somebody", "email": email, "roles": [role]})
}
