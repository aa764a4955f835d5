//! Reads JSON by RFC 8259 and nothing more.

use std::collections::HashSet;

use super::Json;

/// How deep values may be nested.
pub const MAX_DEPTH: usize = 64;

/// How many values a text may hold: in memory each takes many times the two bytes that it takes here.
pub const MAX_VALUES: usize = 2_000_000;

/// Members of an object that are compared one by one; with more, a set finds those that come twice.
const FEW: usize = 16;

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The bytes are no UTF-8.
    #[error("the JSON is not valid UTF-8")]
    Utf8,
    /// It is not JSON.
    #[error("the JSON is malformed at byte {0}")]
    Syntax(usize),
    /// A member comes twice.
    #[error("a member comes twice in the JSON at byte {0}")]
    Duplicate(usize),
    /// It is nested too deep.
    #[error("the JSON is nested too deep")]
    Depth,
    /// It has more than [`MAX_VALUES`].
    #[error("the JSON has too many values")]
    Values,
}

/// Reads one value that is all of the text.
///
/// # Errors
/// When it is not JSON, or two parsers might read it differently.
pub fn parse(bytes: &[u8]) -> Result<Json, JsonError> {
    read(bytes, false)
}

/// Reads one value likewise, with members that come twice kept as often as they come: for what is
/// changed and written again, not for what is understood.
pub(crate) fn parse_repeating(bytes: &[u8]) -> Result<Json, JsonError> {
    read(bytes, true)
}

fn read(bytes: &[u8], repeating: bool) -> Result<Json, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|_| JsonError::Utf8)?;
    let mut reader = Reader {
        text,
        at: 0,
        values: 0,
        repeating,
    };
    let value = reader.value(0)?;
    reader.spaces();
    if reader.at < text.len() {
        return Err(reader.bad());
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Values that were read.
    values: usize,
    /// A member may come twice.
    repeating: bool,
}

impl Reader<'_> {
    fn bad(&self) -> JsonError {
        JsonError::Syntax(self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn spaces(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn take(&mut self, expected: &str) -> Result<(), JsonError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(expected) {
            return Err(self.bad());
        }
        self.at += expected.len();
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
        if depth >= MAX_DEPTH {
            return Err(JsonError::Depth);
        }
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(JsonError::Values);
        }
        self.spaces();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Json::String),
            Some(b't') => self.take("true").map(|()| Json::Bool(true)),
            Some(b'f') => self.take("false").map(|()| Json::Bool(false)),
            Some(b'n') => self.take("null").map(|()| Json::Null),
            _ => self.number(),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        self.spaces();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.spaces();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.bad()),
            }
        }
        self.at += 1;
        Ok(Json::Array(items))
    }

    fn object(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.at += 1;
        let mut members: Vec<(String, Json)> = Vec::new();
        let mut names = HashSet::new();
        self.spaces();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            self.spaces();
            let start = self.at;
            let name = self.string()?;
            if members.len() == FEW {
                names.extend(members.iter().map(|(name, _)| name.clone()));
            }
            let twice = match members.len() < FEW {
                true => members.iter().any(|(known, _)| *known == name),
                false => !names.insert(name.clone()),
            };
            if twice && !self.repeating {
                return Err(JsonError::Duplicate(start));
            }
            self.spaces();
            self.take(":")?;
            members.push((name, self.value(depth + 1)?));
            self.spaces();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.bad()),
            }
        }
        self.at += 1;
        Ok(Json::Object(members))
    }

    fn number(&mut self) -> Result<Json, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let zero = self.peek() == Some(b'0');
        let whole = self.digits()?;
        if zero && whole > 1 {
            return Err(self.bad());
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        let number = self.text.get(start..self.at).unwrap_or_default();
        Ok(Json::Number(number.to_owned()))
    }

    fn digits(&mut self) -> Result<usize, JsonError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.bad());
        }
        Ok(self.at - start)
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.take("\"")?;
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let end = memchr::memchr2(b'"', b'\\', rest.as_bytes());
            let plain = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if plain.bytes().fold(false, |any, byte| any | (byte < b' ')) {
                let control = plain.bytes().position(|byte| byte < b' ');
                self.at += control.unwrap_or_default();
                return Err(self.bad());
            }
            if end.is_none() {
                return Err(JsonError::Syntax(self.text.len()));
            }
            out.push_str(plain);
            self.at += plain.len();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                _ => return Err(self.bad()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        self.at += 1;
        let byte = self.peek().ok_or_else(|| self.bad())?;
        self.at += 1;
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(self.bad()),
        })
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.hex()?;
        let code = match first {
            0xd800..=0xdbff => {
                self.take("\\u")?;
                let second = self.hex()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(self.bad());
                }
                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            other => other,
        };
        char::from_u32(code).ok_or_else(|| self.bad())
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or_default();
        if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(self.bad());
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| self.bad())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        let cases = [
            "null",
            "{}",
            "[]",
            "[1,-0,0.10,1e5,1E+400,123456789012345678901234567890,-1.5e-7]",
            r#"{"z":1,"a":{"z":[true,false,null]},"":"\u0001\b\f\n\r\t\"\\/é🙂"}"#,
        ];
        for text in cases {
            let value = parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(value.to_string(), text);
        }
        let escaped = parse(br#" { "a" : "\u0040\ud83d\ude42\/" } "#).expect("JSON");
        assert_eq!(escaped.to_string(), r#"{"a":"@🙂/"}"#);
    }

    #[test]
    fn what_parsers_read_differently_is_refused() {
        let cases: [(&[u8], JsonError); 24] = [
            (br#"{"a":1,"a":2}"#, JsonError::Duplicate(7)),
            (br#"{"a":1,"\u0061":2}"#, JsonError::Duplicate(7)),
            (br#"[{"b":{"a":1,"a":1}}]"#, JsonError::Duplicate(13)),
            (b"\"\xff\"", JsonError::Utf8),
            (b"\xef\xbb\xbf{}", JsonError::Syntax(0)),
            (br#""\ud800""#, JsonError::Syntax(7)),
            (br#""\udc00""#, JsonError::Syntax(7)),
            (br#""\ud800\u0041""#, JsonError::Syntax(13)),
            (br#""\x41""#, JsonError::Syntax(3)),
            (b"\"a\nb\"", JsonError::Syntax(2)),
            (b"", JsonError::Syntax(0)),
            (b"{} {}", JsonError::Syntax(3)),
            (b"{\"a\":1,}", JsonError::Syntax(7)),
            (b"[1,]", JsonError::Syntax(3)),
            (b"{a:1}", JsonError::Syntax(1)),
            (b"'a'", JsonError::Syntax(0)),
            (b"01", JsonError::Syntax(2)),
            (b"1.", JsonError::Syntax(2)),
            (b".5", JsonError::Syntax(0)),
            (b"+1", JsonError::Syntax(0)),
            (b"NaN", JsonError::Syntax(0)),
            (b"1 // one", JsonError::Syntax(2)),
            (b"\"a", JsonError::Syntax(2)),
            (b"nul", JsonError::Syntax(0)),
        ];
        for (bytes, expected) in cases {
            let text = String::from_utf8_lossy(bytes);
            assert_eq!(parse(bytes), Err(expected), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(
            parse(nested(MAX_DEPTH + 1).as_bytes()),
            Err(JsonError::Depth)
        );
        let open = "[".repeat(1 << 20);
        assert_eq!(parse(open.as_bytes()), Err(JsonError::Depth));
    }

    #[test]
    fn the_number_of_values_is_bounded() {
        let flat = |values: usize| format!("[{}0]", "0,".repeat(values - 2));
        assert!(parse(flat(MAX_VALUES).as_bytes()).is_ok());
        assert_eq!(
            parse(flat(MAX_VALUES + 1).as_bytes()),
            Err(JsonError::Values)
        );
    }

    #[test]
    fn many_members_are_compared_too() {
        let mut text: String = (0..100).map(|n| format!("\"k{n}\":0,")).collect();
        text = format!("{{{text}\"k7\":1}}");
        assert!(matches!(
            parse(text.as_bytes()),
            Err(JsonError::Duplicate(_))
        ));
    }
}
