//! A client that says exactly what the test wants, byte by byte.

use std::net::SocketAddr;

use bytes::{BufMut as _, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::support::{SECRET, SOON};

/// An unencrypted or encrypted connection.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

pub struct Raw {
    stream: Box<dyn Stream>,
}

/// One message of the edge: its type, and what the test looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub tag: char,
    pub body: Vec<u8>,
}

impl Answer {
    /// The SQLSTATE of an error.
    pub fn code(&self) -> String {
        self.field(b'C')
    }

    pub fn field(&self, name: u8) -> String {
        let mut fields = self.body.split(|byte| *byte == 0);
        let found = fields.find(|field| field.first() == Some(&name));
        found.map_or_else(String::new, |field| {
            String::from_utf8_lossy(&field[1..]).into_owned()
        })
    }
}

pub fn startup(parameters: &[(&str, &str)]) -> BytesMut {
    let mut body = BytesMut::new();
    body.put_u32(3 << 16);
    for (name, value) in parameters {
        put(&mut body, name);
        put(&mut body, value);
    }
    body.put_u8(0);
    let mut packet = BytesMut::new();
    packet.put_u32(u32::try_from(body.len() + 4).expect("small"));
    packet.extend_from_slice(&body);
    packet
}

fn put(out: &mut BytesMut, text: &str) {
    out.put_slice(text.as_bytes());
    out.put_u8(0);
}

pub fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    out.extend(u32::try_from(body.len() + 4).expect("small").to_be_bytes());
    out.extend_from_slice(body);
    out
}

pub fn query(text: &str) -> Vec<u8> {
    message(b'Q', format!("{text}\0").as_bytes())
}

pub fn parse(name: &str, text: &str) -> Vec<u8> {
    message(b'P', format!("{name}\0{text}\0\0\0").as_bytes())
}

/// Binds without values, results in text form.
pub fn bind(portal: &str, statement: &str) -> Vec<u8> {
    message(
        b'B',
        format!("{portal}\0{statement}\0\0\0\0\0\0\0").as_bytes(),
    )
}

pub fn execute(portal: &str) -> Vec<u8> {
    message(b'E', format!("{portal}\0\0\0\0\0").as_bytes())
}

pub fn sync() -> Vec<u8> {
    message(b'S', b"")
}

impl Raw {
    /// Connects, and says nothing.
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("connects");
        stream.set_nodelay(true).expect("nodelay");
        Self::over(stream)
    }

    pub fn over(stream: impl Stream + 'static) -> Self {
        Self {
            stream: Box::new(stream),
        }
    }

    /// A client that has signed in and seen ReadyForQuery.
    pub async fn signed_in(address: SocketAddr) -> Self {
        let mut raw = Self::open(address).await;
        raw.sign_in().await;
        raw
    }

    pub async fn sign_in(&mut self) {
        let parameters = [("user", "agent"), ("database", "shop")];
        self.send(&startup(&parameters)).await;
        assert_eq!(self.next().await.expect("asked").tag, 'R');
        let password = message(b'p', format!("{SECRET}\0").as_bytes());
        self.send(&password).await;
        let answers = self.until_ready().await;
        let first = answers.first().map(|answer| answer.tag);
        assert_eq!(first, Some('R'), "{answers:?}");
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        // The edge may have closed the connection already; the test sees that when it reads.
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    pub async fn close(self) {
        drop(self.stream);
    }

    /// The next message; `None` at the end of the connection.
    pub async fn next(&mut self) -> Option<Answer> {
        timeout(SOON, async {
            let tag = self.stream.read_u8().await.ok()?;
            let length = self.stream.read_u32().await.ok()?;
            let mut body = vec![0; usize::try_from(length).ok()?.checked_sub(4)?];
            self.stream.read_exact(&mut body).await.ok()?;
            Some(Answer {
                tag: char::from(tag),
                body,
            })
        })
        .await
        .expect("an answer in time")
    }

    /// Everything up to a ReadyForQuery, or to the end of the connection.
    pub async fn until_ready(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        while let Some(answer) = self.next().await {
            let done = answer.tag == 'Z';
            answers.push(answer);
            if done {
                break;
            }
        }
        answers
    }

    /// The same as a word: one letter a message, the transaction's status at the end.
    pub async fn tags(&mut self) -> String {
        let answers = self.until_ready().await;
        spell(&answers)
    }

    /// One unencrypted byte, as the answer to a request for encryption.
    pub async fn byte(&mut self) -> Option<u8> {
        timeout(SOON, self.stream.read_u8())
            .await
            .expect("in time")
            .ok()
    }
}

pub fn spell(answers: &[Answer]) -> String {
    let mut word: String = answers.iter().map(|answer| answer.tag).collect();
    if let Some(last) = answers.last().filter(|answer| answer.tag == 'Z') {
        word.extend(last.body.iter().map(|byte| char::from(*byte)));
    }
    word
}
