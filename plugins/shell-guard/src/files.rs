//! Which files are worth guarding, and what lies outside a project.

use countersign_policy_sdk::{PathPattern, Stance, resolve_path};

use crate::{Found, Settings, join};

fn patterns(list: &[&str]) -> Vec<PathPattern> {
    list.iter().map(|text| PathPattern::new(text)).collect()
}

/// What holds secrets, or runs by itself later: hooks, pipelines, start-up files, the copilots' own
/// settings.
pub(crate) fn protected() -> Vec<PathPattern> {
    patterns(&[
        ".env",
        ".env.*",
        ".git/**",
        ".github/workflows/**",
        ".gitlab-ci.yml",
        ".circleci/**",
        "Jenkinsfile",
        ".claude/settings*.json",
        ".cursor/hooks.json",
        ".codex/**",
        "~/.ssh/**",
        "~/.aws/**",
        "~/.kube/**",
        "~/.gnupg/**",
        "~/.netrc",
        "~/.bashrc",
        "~/.bash_profile",
        "~/.profile",
        "~/.zshrc",
        "~/.zshenv",
        "~/.gitconfig",
        "~/.config/**",
        "/etc/**",
    ])
}

/// What holds secrets.
pub(crate) fn secret() -> Vec<PathPattern> {
    patterns(&[
        ".env",
        ".env.*",
        "~/.ssh/**",
        "~/.aws/**",
        "~/.kube/**",
        "~/.gnupg/**",
        "~/.netrc",
        "*.pem",
        "*.key",
        "/etc/shadow",
    ])
}

impl Settings {
    /// Looks at a file that is changed; `project` is the folder that is worked in, where it is known.
    pub(crate) fn look_at_change(&self, found: &mut Found, path: &str, project: Option<&str>) {
        if names(&self.protected_files, path) {
            found.stop(self.protected, || join(&[path, " may not be changed"]));
        }
        if !names(&self.projects, path) && is_outside(path, project) {
            found.stop(self.outside, || {
                join(&["it changes ", path, ", which is outside the project"])
            });
        }
    }

    /// Looks at a file that is read.
    pub(crate) fn look_at_read(&self, found: &mut Found, path: &str) {
        if names(&self.secret_files, path) {
            found.stop(self.secret, || join(&[path, " may not be read"]));
        }
    }

    /// Looks at a host that is named.
    pub(crate) fn look_at_host(&self, found: &mut Found, host: &str) {
        let host = host.to_ascii_lowercase();
        let allowed = |pattern: &countersign_policy_sdk::Pattern| pattern.matches(&host);
        if !self.allow_hosts.is_empty() && !self.allow_hosts.iter().any(allowed) {
            found.stop(self.other_hosts, || join(&["it names the host ", &host]));
        }
    }
}

fn names(patterns: &[PathPattern], path: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches_file(path))
}

/// What cannot be told, such as a variable at the beginning, may lie anywhere.
fn is_outside(path: &str, project: Option<&str>) -> bool {
    let resolved = resolve_path(path);
    if resolved.starts_with('/') {
        let Some(project) = project.map(resolve_path) else {
            return true;
        };
        // The root is nobody's project.
        let rest = resolved.strip_prefix(project.as_str());
        return project == "/"
            || !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    }
    resolved.starts_with("..") || resolved.starts_with('~') || resolved.starts_with('$')
}

/// Whether a stance says anything at all.
pub(crate) const fn stops(stance: Stance) -> bool {
    matches!(stance, Stance::Review | Stance::Deny)
}
