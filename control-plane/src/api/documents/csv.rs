//! Comma-separated values (RFC 4180) as an object: the first line names the columns, one column is
//! the key, and each row becomes an object of the other columns.

use serde_json::{Map, Value};

/// Why a text is no CSV with a key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// It has no first line.
    #[error("CSV: the first line must name the columns")]
    NoHeader,
    /// The key's column is not there.
    #[error("CSV: there is no column {0:?}")]
    NoColumn(String),
    /// A row has more or fewer fields than the first line.
    #[error("CSV: row {0} has another number of fields than the first line")]
    Ragged(usize),
    /// A key comes twice.
    #[error("CSV: row {0} has a key that an earlier row has")]
    SecondKey(usize),
    /// A quoted field does not end, or goes on behind its end.
    #[error("CSV: row {0} has a quote that does not fit")]
    Quote(usize),
}

/// The object that a CSV text is.
pub fn object(text: &str, key_column: Option<&str>) -> Result<Map<String, Value>, CsvError> {
    let mut rows = rows(text)?.into_iter();
    let columns = rows.next().ok_or(CsvError::NoHeader)?;
    let key = match key_column {
        None => 0,
        Some(name) => columns
            .iter()
            .position(|column| column == name)
            .ok_or_else(|| CsvError::NoColumn(name.to_owned()))?,
    };
    let mut object = Map::new();
    for (index, row) in rows.enumerate() {
        // The first line is row 1.
        let number = index + 2;
        if row.len() != columns.len() {
            return Err(CsvError::Ragged(number));
        }
        let mut name = String::new();
        let mut fields = Map::new();
        for (place, (column, field)) in columns.iter().zip(row).enumerate() {
            if place == key {
                name = field;
            } else {
                fields.insert(column.clone(), Value::String(field));
            }
        }
        if object.insert(name, Value::Object(fields)).is_some() {
            return Err(CsvError::SecondKey(number));
        }
    }
    Ok(object)
}

/// The rows; empty lines are none.
fn rows(text: &str) -> Result<Vec<Vec<String>>, CsvError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::default();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, reader.place) {
            ('"', Place::Quoted) if chars.peek() == Some(&'"') => {
                chars.next();
                reader.field.push('"');
            }
            ('"', Place::Quoted) => reader.place = Place::Closed,
            (c, Place::Quoted) => reader.field.push(c),
            ('"', Place::Start) => reader.place = Place::Quoted,
            (',', _) => reader.end_field(),
            ('\r', _) if chars.peek() == Some(&'\n') => {}
            ('\n', _) => reader.end_row(),
            (_, Place::Closed) => return Err(CsvError::Quote(reader.rows.len() + 1)),
            (c, _) => {
                reader.field.push(c);
                reader.place = Place::Plain;
            }
        }
    }
    if reader.place == Place::Quoted {
        return Err(CsvError::Quote(reader.rows.len() + 1));
    }
    reader.end_row();
    Ok(reader.rows)
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// Before the first character of a field.
    #[default]
    Start,
    /// In a field without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind the closing quote.
    Closed,
}

#[derive(Default)]
struct Reader {
    rows: Vec<Vec<String>>,
    row: Vec<String>,
    field: String,
    place: Place,
}

impl Reader {
    fn end_field(&mut self) {
        self.row.push(std::mem::take(&mut self.field));
        self.place = Place::Start;
    }

    fn end_row(&mut self) {
        if self.row.is_empty() && self.place == Place::Start {
            return;
        }
        self.end_field();
        self.rows.push(std::mem::take(&mut self.row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_they_are_written() {
        let row = |fields: &[&str]| fields.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>();
        let cases = [
            ("", vec![]),
            ("a,b\n1,2", vec![row(&["a", "b"]), row(&["1", "2"])]),
            ("a,b\r\n1,\r\n", vec![row(&["a", "b"]), row(&["1", ""])]),
            (
                "\u{feff}a\n\n\"b\n\"\"c\"\"\"",
                vec![row(&["a"]), row(&["b\n\"c\""])],
            ),
            ("a,\"\"\n", vec![row(&["a", ""])]),
        ];
        for (text, expected) in cases {
            assert_eq!(rows(text), Ok(expected), "{text:?}");
        }
        for text in ["\"a", "\"a\"b"] {
            assert_eq!(rows(text), Err(CsvError::Quote(1)), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let cases = [
            ("", None, CsvError::NoHeader),
            ("a,b\n", Some("c"), CsvError::NoColumn("c".to_owned())),
            ("a,b\n1\n", None, CsvError::Ragged(2)),
            ("a,b\n1,2\n1,3\n", None, CsvError::SecondKey(3)),
        ];
        for (text, key, expected) in cases {
            assert_eq!(object(text, key), Err(expected), "{text:?}");
        }
    }
}
