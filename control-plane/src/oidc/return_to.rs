//! Where a person goes once they are signed in: a page of this dashboard, whatever the link says.

/// Characters that a path may have.
const MAX: usize = 2048;

/// Where a person goes who did not ask for a page.
pub const HOME: &str = "/";

/// The path where it is a local one, `/` where it is not. Browsers drop tabs and line breaks, and
/// take `\` for `/`: with any of them, `/` and what follows may be another host.
pub fn local(path: Option<&str>) -> &str {
    let Some(path) = path else {
        return HOME;
    };
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\' || !c.is_ascii();
    let local = path.starts_with('/') && !path.starts_with("//");
    // These would begin again, and again.
    let round = path.starts_with("/auth/") || path.starts_with("/sign-in");
    if local && !round && path.len() <= MAX && !path.contains(odd) {
        path
    } else {
        HOME
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_paths_are_gone_to() {
        let long = format!("/{}", "a".repeat(MAX));
        let cases = [
            ("/reviews/R-1?tab=facts#top", true),
            ("/authorize?client_id=x&state=y", true),
            ("/", true),
            ("https://evil.example/", false),
            ("//evil.example/", false),
            ("/\\evil.example/", false),
            ("\\\\evil.example/", false),
            ("/\t/evil.example/", false),
            ("/\n/evil.example/", false),
            (" //evil.example/", false),
            ("javascript:alert(1)", false),
            ("reviews", false),
            ("", false),
            ("/auth/oidc/start", false),
            ("/sign-in?error=denied", false),
            (long.as_str(), false),
        ];
        for (path, kept) in cases {
            let expected = if kept { path } else { "/" };
            assert_eq!(local(Some(path)), expected, "{path:?}");
        }
        assert_eq!(local(None), "/");
    }
}
