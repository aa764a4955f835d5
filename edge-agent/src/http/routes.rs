//! Route templates of an OpenAPI document: `/customers/{id}/orders` for `/customers/7/orders`.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// Bytes of the largest document that is read.
const MAX_DOCUMENT: u64 = 16 << 20;

/// The routes of a target; none without a document.
#[derive(Debug, Default)]
pub(super) struct Routes {
    /// The most literal first, as OpenAPI says: concrete paths match before templates.
    templates: Vec<Template>,
}

#[derive(Debug)]
struct Template {
    text: String,
    segments: Vec<Segment>,
    methods: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter,
}

#[derive(Deserialize)]
struct Document {
    paths: serde_json::Map<String, Value>,
}

impl Routes {
    /// Reads a document, as JSON.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let size = std::fs::metadata(path)
            .map_err(|error| error.to_string())?
            .len();
        if size > MAX_DOCUMENT {
            return Err("it is larger than 16 MiB".to_owned());
        }
        let text = std::fs::read(path).map_err(|error| error.to_string())?;
        Self::parse(&text)
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(text).map_err(|e| e.to_string())?;
        let mut templates: Vec<Template> = document
            .paths
            .into_iter()
            .map(|(path, item)| Template::new(path, &item))
            .collect();
        templates.sort_by(|a, b| a.segments.cmp(&b.segments));
        Ok(Self { templates })
    }

    /// The template that a decoded path matches.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<&str> {
        let parts: Vec<&str> = segments(path).collect();
        let found = self.templates.iter().find(|template| {
            template.segments.len() == parts.len()
                && template
                    .segments
                    .iter()
                    .zip(&parts)
                    .all(|(segment, part)| segment.takes(part))
                && template.methods.iter().any(|known| known == method)
        })?;
        Some(&found.text)
    }
}

impl Template {
    fn new(path: String, item: &Value) -> Self {
        let methods = item.as_object().into_iter().flatten();
        Self {
            segments: segments(&path).map(Segment::new).collect(),
            methods: methods
                .map(|(method, _)| method.to_ascii_uppercase())
                .collect(),
            text: path,
        }
    }
}

impl Segment {
    fn new(text: &str) -> Self {
        if text.starts_with('{') && text.ends_with('}') {
            Self::Parameter
        } else {
            Self::Literal(text.to_owned())
        }
    }

    fn takes(&self, part: &str) -> bool {
        match self {
            Self::Literal(text) => text == part,
            Self::Parameter => !part.is_empty(),
        }
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.trim_start_matches('/').split('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_literal_template_matches() {
        let document = r#"{"paths": {
            "/customers/{id}": {"get": {}, "delete": {}},
            "/customers/me": {"get": {}},
            "/customers/{id}/orders/{order}": {"post": {}},
            "/": {"get": {}}
        }}"#;
        let routes = Routes::parse(document.as_bytes()).expect("routes");
        let cases = [
            ("GET", "/customers/7", Some("/customers/{id}")),
            ("GET", "/customers/me", Some("/customers/me")),
            ("DELETE", "/customers/me", Some("/customers/{id}")),
            (
                "POST",
                "/customers/7/orders/9",
                Some("/customers/{id}/orders/{order}"),
            ),
            ("GET", "/", Some("/")),
            ("GET", "/customers/", None),
            ("GET", "/customers/7/orders", None),
            ("PATCH", "/customers/7", None),
        ];
        for (method, path, route) in cases {
            assert_eq!(routes.find(method, path), route, "{method} {path}");
        }
        assert!(Routes::parse(b"{}").is_err());
    }
}
