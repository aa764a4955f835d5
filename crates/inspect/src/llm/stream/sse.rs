//! Server-sent events: split as the standard says, and written again.

use super::StreamError;

/// Largest event.
pub const MAX_EVENT: usize = 1024 * 1024;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: Option<String>,
    /// Its lines of data, joined by line breaks.
    pub data: String,
    /// Its id.
    pub id: Option<String>,
    /// Whether it is a comment alone, which keeps a connection alive.
    pub comment: bool,
}

/// Takes a stream of bytes apart, in any pieces.
#[derive(Debug, Default)]
pub struct Splitter {
    line: Vec<u8>,
    name: Option<String>,
    data: Option<String>,
    id: Option<String>,
    size: usize,
    /// The last byte was CR: an LF behind it ends no line.
    after_cr: bool,
    begun: bool,
}

impl Splitter {
    /// Takes the next piece, and adds the events that are whole by now to `events`.
    ///
    /// # Errors
    /// When an event is too large, or no UTF-8.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), StreamError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            if std::mem::take(&mut self.after_cr) && rest.first() == Some(&b'\n') {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let end = memchr::memchr2(b'\r', b'\n', rest);
            let piece = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            self.size += piece.len();
            if self.size > MAX_EVENT {
                return Err(StreamError::TooLarge);
            }
            self.line.extend_from_slice(piece);
            let Some(end) = end else { break };
            self.after_cr = rest.get(end) == Some(&b'\r');
            rest = rest.get(end + 1..).unwrap_or_default();
            let line = std::mem::take(&mut self.line);
            self.end_line(&line, events)?;
        }
        Ok(())
    }

    fn end_line(&mut self, line: &[u8], events: &mut Vec<Event>) -> Result<(), StreamError> {
        let line = match line.strip_prefix(b"\xef\xbb\xbf") {
            Some(line) if !self.begun => line,
            _ => line,
        };
        self.begun = true;
        let line = std::str::from_utf8(line).map_err(|_| StreamError::Malformed)?;
        if line.is_empty() {
            self.dispatch(events);
            return Ok(());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            // What a comment says is nobody's business.
            "" => events.push(Event {
                comment: true,
                ..Event::default()
            }),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            "event" => self.name = Some(value.to_owned()),
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            _ => {}
        }
        Ok(())
    }

    fn dispatch(&mut self, events: &mut Vec<Event>) {
        let name = self.name.take().filter(|name| !name.is_empty());
        let id = self.id.take();
        self.size = 0;
        if let Some(data) = self.data.take() {
            events.push(Event {
                name,
                data,
                id,
                comment: false,
            });
        }
    }
}

impl Event {
    /// What it takes to hold the event; an empty one takes memory too.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.data.len() + 128
    }

    /// The event as bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        if self.comment {
            return b":\n\n".to_vec();
        }
        let mut out = String::new();
        for (field, value) in [("event", &self.name), ("id", &self.id)] {
            if let Some(value) = value {
                out.push_str(field);
                out.push_str(": ");
                out.push_str(value);
                out.push('\n');
            }
        }
        for line in self.data.split('\n') {
            out.push_str("data: ");
            out.push_str(line);
            out.push('\n');
        }
        out.push('\n');
        out.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_split_in_any_pieces() {
        let text = "\u{feff}data: one\r\n\r\n: hello\nevent:two\rdata:a\rdata: b\rid: 7\r\rretry: 3\n\n\
                    data\n\nevent: x\n\ndata: é\n\ndata: cut";
        let expected = [
            (None, "one", None, false),
            (None, "", None, true),
            (Some("two"), "a\nb", Some("7"), false),
            (None, "", None, false),
            (None, "é", None, false),
        ];
        for size in 1..text.len() {
            let mut splitter = Splitter::default();
            let mut events = Vec::new();
            for piece in text.as_bytes().chunks(size) {
                splitter.push(piece, &mut events).expect("events");
            }
            let got: Vec<_> = events
                .iter()
                .map(|e| {
                    (
                        e.name.as_deref(),
                        e.data.as_str(),
                        e.id.as_deref(),
                        e.comment,
                    )
                })
                .collect();
            assert_eq!(got, expected, "{size}");
        }
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let mut splitter = Splitter::default();
        let mut events = Vec::new();
        let piece = vec![b'a'; 64 * 1024];
        let read = (0..17).try_for_each(|_| splitter.push(&piece, &mut events));
        assert_eq!(read, Err(StreamError::TooLarge));
        let mut splitter = Splitter::default();
        let lines = b"data: a\n".repeat(MAX_EVENT / 7 + 1);
        assert_eq!(
            splitter.push(&lines, &mut events),
            Err(StreamError::TooLarge)
        );
    }
}
