//! The parameters of a request, as OAuth has them: in a form, each at most once unless said
//! otherwise, an empty one as good as none (RFC 6749, 3.2).

use axum::extract::{FromRequest, Request};

use super::error::TokenError;

/// The parameters of a request. Never printed: there are secrets among them.
pub struct Form(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = TokenError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let unreadable = |_| {
            TokenError::invalid_request(
                "The body must be a form (application/x-www-form-urlencoded) in UTF-8.",
            )
        };
        let axum::Form(pairs) = axum::Form::from_request(request, state)
            .await
            .map_err(unreadable)?;
        Ok(Self(pairs))
    }
}

impl Form {
    /// A parameter that may be there once.
    pub fn one(&self, name: &str) -> Result<Option<&str>, TokenError> {
        let mut found = self.all(name);
        let first = found.next();
        if found.next().is_some() {
            return Err(TokenError::invalid_request(format!(
                "{name} is given more than once."
            )));
        }
        Ok(first)
    }

    /// A parameter that must be there.
    pub fn need(&self, name: &str) -> Result<&str, TokenError> {
        self.one(name)?
            .ok_or_else(|| TokenError::invalid_request(format!("{name} is missing.")))
    }

    /// Every value of a parameter that may be repeated.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(key, _)| key == name);
        named
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_given_once_or_not_at_all() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let form = Form(vec![
            pair("a", "1"),
            pair("b", ""),
            pair("c", "1"),
            pair("c", "2"),
        ]);
        assert_eq!(form.one("a").ok().flatten(), Some("1"));
        assert_eq!(form.one("b").ok().flatten(), None, "empty is none");
        assert_eq!(
            form.need("b").err().map(|e| e.code),
            Some("invalid_request")
        );
        assert_eq!(form.one("c").err().map(|e| e.code), Some("invalid_request"));
        assert_eq!(form.all("c").collect::<Vec<_>>(), ["1", "2"]);
    }
}
