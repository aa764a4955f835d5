//! MCP servers of which several stand behind one endpoint.

use std::{collections::BTreeMap, time::Duration};

use countersign_inspect::mcp::is_server_name;
use serde::Deserialize;

use super::{ConfigError, HttpUpstream, require};

/// `[upstreams.<target>]` with `servers`. One MCP server alone has a `url`, as any upstream.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct McpUpstream {
    /// Servers by name, each with its URL and how the edge signs in. Clients see their tools and
    /// prompts as `name__tool`, their resources as `name+uri`.
    pub servers: BTreeMap<String, HttpUpstream>,
    /// Seconds that a client waits for people before it is told to come back.
    #[serde(default = "default_hold")]
    pub hold_seconds: u64,
}

const fn default_hold() -> u64 {
    44
}

impl McpUpstream {
    pub(super) fn validate(&self, at: &str) -> Result<(), ConfigError> {
        let some = !self.servers.is_empty();
        require(some, &format!("{at}.servers"), "names no server")?;
        let key = format!("{at}.hold_seconds");
        let fits = (1..=3_600).contains(&self.hold_seconds);
        require(fits, &key, "must be 1 to 3600")?;
        for (name, server) in &self.servers {
            let at = format!("{at}.servers.{name}");
            let problem = "is no server's name: a letter, then letters, digits and hyphens";
            require(is_server_name(name), &at, problem)?;
            server.validate(&at)?;
        }
        Ok(())
    }

    /// How long a client waits for people.
    #[must_use]
    pub const fn hold(&self) -> Duration {
        Duration::from_secs(self.hold_seconds)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError, Upstream};

    fn config(upstream: &str) -> Result<Config, ConfigError> {
        Config::from_toml(&format!(
            "data_dir = \"d\"\n[control_plane]\nurl = \"http://127.0.0.1:1\"\n[http]\n{upstream}"
        ))
    }

    #[test]
    fn several_servers_stand_behind_one_target() {
        let text = "[upstreams.tools.servers]\nfiles = { url = \"http://h/mcp\" }\n\
                    git-hub = { url = \"http://g/mcp\", auth = { secret = \"s\" } }\n";
        let config = config(text).expect("valid");
        let Some(Upstream::Mcp(upstream)) = config.upstreams.get("tools") else {
            panic!("MCP");
        };
        assert_eq!(upstream.servers.len(), 2);
    }

    #[test]
    fn errors_name_the_key() {
        let cases = [
            ("upstreams.t.servers", "[upstreams.t]\nservers = {}\n"),
            (
                "upstreams.t.servers.a_b",
                "[upstreams.t.servers]\na_b = { url = \"http://h\" }\n",
            ),
            (
                "upstreams.t.servers.a.url",
                "[upstreams.t.servers]\na = { url = \"h\" }\n",
            ),
            (
                "hold_seconds",
                "[upstreams.t]\nhold_seconds = 0\nservers.a = { url = \"http://h\" }\n",
            ),
        ];
        for (key, text) in cases {
            let error = config(text).expect_err(key).to_string();
            assert!(error.contains(key), "{key}: {error}");
        }
    }
}
