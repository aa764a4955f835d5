//! nginx: as the upstream that all ways share, and as a plain reverse proxy in front of it.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context as _, Result};
use countersign_test_support::{Service, free_port, wait_until};

use super::llm;
use crate::process::on_path;

/// The upstream: the same answer to every request.
#[derive(Debug)]
pub struct Mock {
    _service: Service,
    pub port: u16,
}

/// A reverse proxy that keeps its connections to the upstream.
#[derive(Debug)]
pub struct Nginx {
    _service: Service,
    pub port: u16,
}

impl Mock {
    pub async fn start(folder: &Path) -> Result<Self> {
        let answer = llm::answer().replace('\\', "\\\\").replace('\'', "\\'");
        let location = format!(
            "default_type application/json;\n keepalive_requests 1000000000;\n \
             location / {{ return 200 '{answer}'; }}"
        );
        let (service, port) = start("the upstream", folder, "", &location).await?;
        Ok(Self {
            _service: service,
            port,
        })
    }
}

impl Nginx {
    pub async fn start(folder: &Path, upstream: u16) -> Result<Self> {
        let pool = format!(
            "upstream mock {{ server 127.0.0.1:{upstream}; keepalive 128; \
             keepalive_requests 1000000000; }}"
        );
        let location = "keepalive_requests 1000000000;\n location / {\n proxy_pass http://mock;\n \
                        proxy_http_version 1.1;\n proxy_set_header Connection \"\";\n }";
        let (service, port) = start("nginx", folder, &pool, location).await?;
        Ok(Self {
            _service: service,
            port,
        })
    }
}

async fn start(
    name: &'static str,
    folder: &Path,
    pool: &str,
    server: &str,
) -> Result<(Service, u16)> {
    let program = on_path("nginx")
        .or_else(|| {
            Some("/usr/sbin/nginx".into()).filter(|path: &std::path::PathBuf| path.is_file())
        })
        .context("there is no nginx")?;
    let port = free_port()?;
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let at = folder.display();
    let config = folder.join("nginx.conf");
    let text = format!(
        "worker_processes auto;\n daemon off;\n pid {at}/pid;\n error_log {at}/error.log;\n \
         events {{ worker_connections 1024; }}\n http {{\n access_log off;\n \
         client_body_temp_path {at}/body;\n proxy_temp_path {at}/proxy;\n \
         fastcgi_temp_path {at}/fastcgi;\n uwsgi_temp_path {at}/uwsgi;\n scgi_temp_path {at}/scgi;\n \
         {pool}\n server {{ listen 127.0.0.1:{port};\n {server}\n }}\n }}\n"
    );
    fs::write(&config, text).with_context(|| format!("{} cannot be written", config.display()))?;
    let args = [
        "-p".into(),
        folder.into(),
        "-c".into(),
        config.into_os_string(),
    ];
    let mut service = Service::start(name, &program, args, &[], &folder.join("log"))?;
    let connected = || async { std::net::TcpStream::connect(("127.0.0.1", port)).ok() };
    wait_until(name, Duration::from_secs(10), connected).await?;
    service.check()?;
    Ok((service, port))
}
