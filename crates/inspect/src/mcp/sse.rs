//! Server-sent events, read and written: one event holds one message.

use std::fmt::Write as _;

/// An event is larger than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is larger than {0} bytes")]
pub struct EventTooLong(pub usize);

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// What to name to go on behind it.
    pub id: Option<String>,
    /// Milliseconds to wait before connecting again.
    pub retry: Option<u64>,
    /// The message; empty where the event only sets the two others. Its kind is `message` always.
    pub data: String,
}

impl Event {
    /// An event with this message alone.
    #[must_use]
    pub fn message(data: String) -> Self {
        Self {
            data,
            ..Self::default()
        }
    }

    /// The event as it is sent.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = String::with_capacity(self.data.len() + 32);
        if !self.data.is_empty() {
            text.push_str("event: message\n");
        }
        // A line end within an id would begin a line of its own.
        if let Some(id) = self
            .id
            .as_ref()
            .filter(|id| !id.contains(['\r', '\n', '\0']))
        {
            let _ = writeln!(text, "id: {id}");
        }
        if let Some(retry) = self.retry {
            let _ = writeln!(text, "retry: {retry}");
        }
        for line in self.data.split(['\n', '\r']) {
            let _ = writeln!(text, "data: {line}");
        }
        text.push('\n');
        text.into_bytes()
    }
}

/// Reads events out of bytes that come in any pieces. Lines may end in LF, CR or both.
#[derive(Debug)]
pub struct EventReader {
    most: usize,
    line: Vec<u8>,
    event: Event,
    /// Whether any field but a comment was read since the last event.
    begun: bool,
    has_data: bool,
    /// The last byte was a CR, whose LF is still to come.
    after_cr: bool,
    first_line: bool,
}

impl EventReader {
    /// Reads events of so many bytes at most.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            line: Vec::new(),
            event: Event::default(),
            begun: false,
            has_data: false,
            after_cr: false,
            first_line: true,
        }
    }

    /// Takes more bytes; `each` gets every event that ends in them.
    ///
    /// # Errors
    /// When an event is too long. Nothing may be read after that.
    pub fn push(&mut self, bytes: &[u8], each: &mut Vec<Event>) -> Result<(), EventTooLong> {
        let mut rest = bytes;
        if std::mem::take(&mut self.after_cr) && rest.first() == Some(&b'\n') {
            rest = rest.get(1..).unwrap_or_default();
        }
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            let (line, tail) = rest.split_at(end);
            self.take(line)?;
            self.end_line(each);
            let is_cr = tail.first() == Some(&b'\r');
            rest = tail.get(1..).unwrap_or_default();
            if is_cr {
                match rest.first() {
                    Some(b'\n') => rest = rest.get(1..).unwrap_or_default(),
                    Some(_) => {}
                    None => self.after_cr = true,
                }
            }
        }
        self.take(rest)
    }

    fn take(&mut self, part: &[u8]) -> Result<(), EventTooLong> {
        if self.line.len() + self.event.data.len() + part.len() > self.most {
            return Err(EventTooLong(self.most));
        }
        self.line.extend_from_slice(part);
        Ok(())
    }

    fn end_line(&mut self, each: &mut Vec<Event>) {
        let line = std::mem::take(&mut self.line);
        // Bytes that are no UTF-8 become U+FFFD, as every reader of events has it: what is judged and
        // sent on is the text after that.
        let text = String::from_utf8_lossy(&line);
        let text = match std::mem::take(&mut self.first_line) {
            true => text.strip_prefix('\u{feff}').unwrap_or(&text),
            false => &text,
        };
        if text.is_empty() {
            self.end_event(each);
            return;
        }
        let (field, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
                self.begun = true;
            }
            "id" if !value.contains('\0') => {
                self.event.id = Some(value.to_owned());
                self.begun = true;
            }
            "retry" => {
                self.event.retry = value.parse().ok();
                self.begun = true;
            }
            _ => {}
        }
    }

    fn end_event(&mut self, each: &mut Vec<Event>) {
        let event = std::mem::take(&mut self.event);
        self.has_data = false;
        if std::mem::take(&mut self.begun) {
            each.push(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(chunks: &[&[u8]]) -> Vec<Event> {
        let mut reader = EventReader::new(1 << 16);
        let mut events = Vec::new();
        for chunk in chunks {
            reader.push(chunk, &mut events).expect("short");
        }
        events
    }

    #[test]
    fn any_line_end_and_any_chunks_read_the_same() {
        let text = "\u{feff}: hello\nevent: message\nid: 7\nretry: 10\ndata: {\"a\":\ndata:1}\n\nid: 8\ndata:\n\ndata: \u{e9}\n\ndata: cut";
        let expected = read(&[text.as_bytes()]);
        assert_eq!(expected.len(), 3, "{expected:?}");
        assert_eq!(expected[0].data, "{\"a\":\n1}");
        assert_eq!(
            (expected[0].id.as_deref(), expected[0].retry),
            (Some("7"), Some(10))
        );
        assert_eq!(
            (expected[1].id.as_deref(), expected[1].data.as_str()),
            (Some("8"), "")
        );
        for end in ["\n", "\r\n", "\r"] {
            let text = text.replace('\n', end);
            for size in 1..8 {
                let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
                assert_eq!(read(&chunks), expected, "{end:?} {size}");
            }
        }
    }

    #[test]
    fn an_event_that_never_ends_is_stopped() {
        let mut reader = EventReader::new(1000);
        let mut events = Vec::new();
        let line = [b"data: ", &[b'a'; 90][..], b"\n"].concat();
        let stopped = (0..100).any(|_| reader.push(&line, &mut events).is_err());
        assert!(stopped && events.is_empty());
    }

    #[test]
    fn what_is_written_is_read_again() {
        for data in ["", "{}", "a\nb", "a\r\nb"] {
            let event = Event {
                id: Some("7".to_owned()),
                retry: Some(3),
                data: data.to_owned(),
            };
            let read = read(&[&event.to_bytes()]);
            assert_eq!(read.len(), 1, "{data:?}");
            assert_eq!((&read[0].id, read[0].retry), (&event.id, event.retry));
        }
        let event = Event {
            id: Some("7\n\ndata: x".to_owned()),
            ..Event::message("{}".to_owned())
        };
        assert_eq!(
            read(&[&event.to_bytes()]),
            [Event::message("{}".to_owned())]
        );
    }
}
