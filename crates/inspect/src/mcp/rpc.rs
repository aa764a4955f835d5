//! One JSON-RPC 2.0 message, read so that no two parsers could read it differently.

use crate::json::{self, Json, JsonError};

/// Codes of errors.
pub mod code {
    /// No JSON.
    pub const PARSE: i64 = -32700;
    /// No message of JSON-RPC.
    pub const INVALID_REQUEST: i64 = -32600;
    /// There is no such method.
    pub const METHOD_NOT_FOUND: i64 = -32601;
    /// The parameters make no sense.
    pub const INVALID_PARAMS: i64 = -32602;
    /// The other side is at fault.
    pub const INTERNAL: i64 = -32603;
    /// A policy or a person said no.
    pub const REFUSED: i64 = -32003;
    /// The server cannot be reached, or does not answer as it should.
    pub const UPSTREAM: i64 = -32004;
    /// A header says something else than the body.
    pub const HEADER_MISMATCH: i64 = -32020;
    /// The client did not say that it can do what this needs.
    pub const MISSING_CAPABILITY: i64 = -32021;
    /// The version is not spoken here.
    pub const UNSUPPORTED_VERSION: i64 = -32022;
    /// Somebody has to open a link first.
    pub const URL_ELICITATION_REQUIRED: i64 = -32042;
}

/// Why a message is refused, as JSON-RPC says it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RpcError {
    /// One of [`code`].
    pub code: i64,
    /// In words, without the sender's bytes.
    pub message: String,
}

impl RpcError {
    /// An error with these words.
    #[must_use]
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    fn invalid(message: &str) -> Self {
        Self::new(code::INVALID_REQUEST, message)
    }
}

impl From<JsonError> for RpcError {
    fn from(error: JsonError) -> Self {
        Self::new(code::PARSE, error.to_string())
    }
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Wants an answer.
    Request,
    /// Wants none.
    Notification,
    /// An answer, be it an error.
    Response,
}

/// What messages are made of, and what decides about a request.
const FIELDS: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];
const PARAMS: [&str; 8] = [
    "name",
    "arguments",
    "uri",
    "ref",
    "_meta",
    "requestId",
    "taskId",
    "inputResponses",
];

/// One message, with all of its fields in their order.
#[derive(Debug, Clone)]
pub struct Message {
    document: Json,
    kind: Kind,
}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    /// When it is no JSON, or not exactly one message of JSON-RPC 2.0.
    pub fn parse(bytes: &[u8]) -> Result<Self, RpcError> {
        let document = json::parse(bytes)?;
        let kind = kind_of(&document)?;
        Ok(Self { document, kind })
    }

    /// A request.
    #[must_use]
    pub fn request(id: Json, method: &str, params: Option<Json>) -> Self {
        let fields = [
            Some(("id", id)),
            Some(("method", Json::String(method.to_owned()))),
            params.map(|params| ("params", params)),
        ];
        Self::of(Kind::Request, fields)
    }

    /// A notification.
    #[must_use]
    pub fn notification(method: &str, params: Json) -> Self {
        let method = Json::String(method.to_owned());
        let fields = [Some(("method", method)), Some(("params", params))];
        Self::of(Kind::Notification, fields)
    }

    /// The answer to a request.
    #[must_use]
    pub fn result(id: Json, result: Json) -> Self {
        Self::of(Kind::Response, [Some(("id", id)), Some(("result", result))])
    }

    /// An error in answer to a request; `id` is absent where the request could not be read.
    #[must_use]
    pub fn error(id: Option<Json>, error: &RpcError, data: Option<Json>) -> Self {
        let number = Json::Number(error.code.to_string());
        let mut fields = vec![
            ("code".to_owned(), number),
            ("message".to_owned(), Json::String(error.message.clone())),
        ];
        fields.extend(data.map(|data| ("data".to_owned(), data)));
        let id = id.unwrap_or(Json::Null);
        let error = Json::Object(fields);
        Self::of(Kind::Response, [Some(("id", id)), Some(("error", error))])
    }

    fn of<const N: usize>(kind: Kind, fields: [Option<(&str, Json)>; N]) -> Self {
        let version = Json::String("2.0".to_owned());
        let mut object = vec![("jsonrpc".to_owned(), version)];
        let fields = fields.into_iter().flatten();
        object.extend(fields.map(|(name, value)| (name.to_owned(), value)));
        Self {
            document: Json::Object(object),
            kind,
        }
    }

    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The id of a request or of an answer.
    #[must_use]
    pub fn id(&self) -> Option<&Json> {
        self.document.get("id")
    }

    /// The same message under another id.
    #[must_use]
    pub fn with_id(mut self, id: Json) -> Self {
        if let Some(own) = self.document.get_mut("id") {
            *own = id;
        }
        self
    }

    /// The method of a request or notification.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.document.get("method")?.as_str()
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> Option<&Json> {
        self.document.get("params")
    }

    /// One parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&Json> {
        self.params()?.get(name)
    }

    /// The parameters, to be changed.
    pub fn params_mut(&mut self) -> Option<&mut Json> {
        self.document.get_mut("params")
    }

    /// A field of the parameters' `_meta`.
    #[must_use]
    pub fn meta(&self, name: &str) -> Option<&Json> {
        self.param("_meta")?.get(name)
    }

    /// What was answered.
    #[must_use]
    pub fn answer(&self) -> Option<&Json> {
        self.document.get("result")
    }

    /// What was answered, to be changed.
    pub fn answer_mut(&mut self) -> Option<&mut Json> {
        self.document.get_mut("result")
    }

    /// The error that was answered.
    #[must_use]
    pub fn fault(&self) -> Option<&Json> {
        self.document.get("error")
    }

    /// The error that was answered, to be changed.
    pub fn fault_mut(&mut self) -> Option<&mut Json> {
        self.document.get_mut("error")
    }

    /// The whole document.
    #[must_use]
    pub const fn document(&self) -> &Json {
        &self.document
    }

    /// What is sent on: written from what was parsed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.document.to_bytes()
    }
}

fn kind_of(document: &Json) -> Result<Kind, RpcError> {
    match document {
        Json::Object(_) => {}
        Json::Array(_) => return Err(RpcError::invalid("batches are not part of this protocol")),
        _ => return Err(RpcError::invalid("a message is a JSON object")),
    }
    let params = document.get("params");
    if document.respells(&FIELDS) || params.is_some_and(|params| params.respells(&PARAMS)) {
        return Err(RpcError::invalid("a field's name has capitals of its own"));
    }
    if document.get("jsonrpc").and_then(Json::as_str) != Some("2.0") {
        return Err(RpcError::invalid("`jsonrpc` must be \"2.0\""));
    }
    let id = document.get("id");
    let answers = (document.get("result"), document.get("error"));
    match (document.get("method"), answers) {
        (Some(Json::String(_)), (None, None)) => {
            if !matches!(params, None | Some(Json::Object(_))) {
                return Err(RpcError::invalid("`params` must be an object"));
            }
            match id {
                None => Ok(Kind::Notification),
                Some(id) if is_id(id) => Ok(Kind::Request),
                Some(_) => Err(RpcError::invalid("`id` must be a string or an integer")),
            }
        }
        (None, (Some(_), None)) if id.is_some_and(is_id) => Ok(Kind::Response),
        (None, (None, Some(Json::Object(_)))) => match id {
            None | Some(Json::Null) => Ok(Kind::Response),
            Some(id) if is_id(id) => Ok(Kind::Response),
            Some(_) => Err(RpcError::invalid("`id` must be a string or an integer")),
        },
        _ => Err(RpcError::invalid(
            "a message has a `method`, or else a `result` or an `error`, with its `id`",
        )),
    }
}

fn is_id(id: &Json) -> bool {
    match id {
        Json::String(_) => true,
        Json::Number(number) => !number.contains(['.', 'e', 'E']),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart() {
        let cases = [
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, Kind::Request),
            (
                r#"{"jsonrpc":"2.0","id":"a","method":"ping","params":{}}"#,
                Kind::Request,
            ),
            (
                r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
                Kind::Notification,
            ),
            (r#"{"jsonrpc":"2.0","id":-7,"result":{}}"#, Kind::Response),
            (
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}"#,
                Kind::Response,
            ),
            (
                r#"{"jsonrpc":"2.0","error":{"code":-32700}}"#,
                Kind::Response,
            ),
        ];
        for (text, kind) in cases {
            let message = Message::parse(text.as_bytes()).expect(text);
            assert_eq!(message.kind(), kind, "{text}");
            assert_eq!(String::from_utf8_lossy(&message.to_bytes()), text);
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        let deep = format!("{}{}", "[".repeat(4000), "]".repeat(4000));
        let nested = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"a","params":{{"a":{deep}}}}}"#);
        let cases = [
            ("", code::PARSE),
            ("{", code::PARSE),
            (
                r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#,
                code::PARSE,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}"#,
                code::PARSE,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":[{"k":1,"\u006b":2}]}}"#,
                code::PARSE,
            ),
            (&nested, code::PARSE),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"ping"} {}"#,
                code::PARSE,
            ),
            (
                r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
                code::INVALID_REQUEST,
            ),
            ("[]", code::INVALID_REQUEST),
            ("7", code::INVALID_REQUEST),
            (r#"{"id":1,"method":"ping"}"#, code::INVALID_REQUEST),
            (
                r#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#,
                code::INVALID_REQUEST,
            ),
            (
                r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
                code::INVALID_REQUEST,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
                code::INVALID_REQUEST,
            ),
            (
                r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#,
                code::INVALID_REQUEST,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
                code::INVALID_REQUEST,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"a","params":[]}"#,
                code::INVALID_REQUEST,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"a","result":{}}"#,
                code::INVALID_REQUEST,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#,
                code::INVALID_REQUEST,
            ),
            (r#"{"jsonrpc":"2.0","result":{}}"#, code::INVALID_REQUEST),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}"#,
                code::INVALID_REQUEST,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"ping","param\u017f":{"name":"a"}}"#,
                code::INVALID_REQUEST,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}}"#,
                code::INVALID_REQUEST,
            ),
            (r#"{"jsonrpc":"2.0","id":1}"#, code::INVALID_REQUEST),
        ];
        for (text, code) in cases {
            let error = Message::parse(text.as_bytes()).expect_err(text);
            assert_eq!(error.code, code, "{text}");
        }
        let broken = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\xff\"}";
        assert_eq!(Message::parse(broken).expect_err("UTF-8").code, code::PARSE);
    }

    #[test]
    fn unknown_fields_and_numbers_survive() {
        let text = r#"{"x":1.10,"jsonrpc":"2.0","id":1,"method":"a","params":{"z":9007199254740993,"a":[1e3]}}"#;
        let message = Message::parse(text.as_bytes()).expect("a message");
        assert_eq!(String::from_utf8_lossy(&message.to_bytes()), text);
    }
}
