//! What a hostile client sends. Every statement in it carries a mark, so that one that reached the
//! server can be found in its log.

use rand::{Rng, RngExt as _, rngs::StdRng};

use crate::support::{AGENT, PRODUCTION};

/// What the client does after its last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It closes its side; the edge must be done soon after.
    ClientCloses,
    /// It waits: the edge must close by itself.
    EdgeCloses,
}

/// One client, from its first byte to its last.
#[derive(Debug)]
pub struct Stream {
    pub name: String,
    pub parts: Vec<Vec<u8>>,
    pub ending: Ending,
}

/// The kind of stream that has bytes behind an SSLRequest.
const BEHIND_SSL: usize = 1;
const SSL_REQUEST: i32 = 80_877_103;
const GSS_REQUEST: i32 = 80_877_104;
const CANCEL_REQUEST: i32 = 80_877_102;
const GIB: i32 = 1 << 30;

/// The `number`-th stream.
pub fn generate(number: usize, random: &mut StdRng, secret: &str) -> Stream {
    let sql = statement(number, random);
    let (kind, ending, mut bytes) = match number % 20 {
        0 => (
            "noise at the start",
            Ending::ClientCloses,
            noise(random, 200),
        ),
        BEHIND_SSL => ("bytes behind an SSLRequest", Ending::EdgeCloses, {
            [special(SSL_REQUEST), startup(&[("user", AGENT)])].concat()
        }),
        2 => ("a startup of a wrong length", Ending::EdgeCloses, {
            let length = *pick(random, &[0, 3, 7, -1, i32::MIN, i32::MAX, GIB]);
            [&length.to_be_bytes()[..], &[0, 3, 0, 0], &noise(random, 30)].concat()
        }),
        3 => ("a startup that is not UTF-8", Ending::EdgeCloses, {
            framed_startup(&[b"user\0\xff\xfe\0".as_slice(), b"\0"].concat())
        }),
        4 => ("a startup without its end", Ending::EdgeCloses, {
            framed_startup(b"user\0somebody\0database")
        }),
        5 => ("a GSS or cancel request", Ending::ClientCloses, {
            let code = *pick(random, &[GSS_REQUEST, CANCEL_REQUEST]);
            [special(code), noise(random, 20)].concat()
        }),
        6 => ("replication", Ending::EdgeCloses, {
            let mut all = startup(&[
                ("user", AGENT),
                ("database", PRODUCTION),
                ("replication", "true"),
            ]);
            all.extend(password(secret));
            all
        }),
        7 => ("a second startup", Ending::EdgeCloses, {
            signed_in(
                secret,
                &startup(&[("user", AGENT), ("database", PRODUCTION)]),
            )
        }),
        8 => ("a frame hidden in a Query", Ending::EdgeCloses, {
            let hidden = query(&sql);
            let inner = [b"SELECT 1\0".as_slice(), &hidden].concat();
            signed_in(secret, &message(b'Q', &inner))
        }),
        9 => ("a frame hidden in a Parse", Ending::EdgeCloses, {
            let inner = [b"\0SELECT 1\0\0\0".as_slice(), &query(&sql)].concat();
            signed_in(secret, &message(b'P', &inner))
        }),
        10 => ("a message of 1 GiB", Ending::EdgeCloses, {
            let kind = *pick(random, b"QPBDECdpSH");
            signed_in(
                secret,
                &[&[kind][..], &GIB.to_be_bytes(), sql.as_bytes()].concat(),
            )
        }),
        11 => ("a Query that is not UTF-8", Ending::EdgeCloses, {
            signed_in(
                secret,
                &message(b'Q', &[sql.as_bytes(), b" \xc3\x28\0"].concat()),
            )
        }),
        12 => ("an unknown or forbidden message", Ending::EdgeCloses, {
            let kind = *pick(random, b"FzZR1\0\xff~");
            signed_in(
                secret,
                &[message(kind, &noise(random, 20)), query(&sql)].concat(),
            )
        }),
        13 => ("a NUL inside a text", Ending::EdgeCloses, {
            signed_in(
                secret,
                &message(b'Q', &[b"SELECT 1\0; ", sql.as_bytes(), b"\0"].concat()),
            )
        }),
        14 => ("a Bind that miscounts", Ending::ClientCloses, {
            signed_in(
                secret,
                &[parse("", &sql), message(b'B', &noise(random, 40)), sync()].concat(),
            )
        }),
        15 => ("a message of a wrong length", Ending::EdgeCloses, {
            let length = *pick(random, &[0, 1, 3, -1, i32::MIN]);
            signed_in(
                secret,
                &[b"Q".as_slice(), &length.to_be_bytes(), sql.as_bytes()].concat(),
            )
        }),
        16 => ("a truncated message", Ending::ClientCloses, {
            let whole = parse("s", &sql);
            let cut = random.random_range(1..whole.len());
            signed_in(secret, whole.get(..cut).unwrap_or_default())
        }),
        17 => ("messages out of order", Ending::ClientCloses, {
            let mut all = Vec::new();
            for _ in 0..random.random_range(1..12) {
                all.extend(any_message(random, &sql));
            }
            signed_in(secret, &all)
        }),
        18 => (
            "an honest conversation with flipped bits",
            Ending::ClientCloses,
            {
                let mut all = [parse("", &sql), bind(), execute(), sync(), query(&sql)].concat();
                for _ in 0..random.random_range(1..6) {
                    let at = random.random_range(0..all.len());
                    if let Some(byte) = all.get_mut(at) {
                        *byte ^= 1 << random.random_range(0..8);
                    }
                }
                signed_in(secret, &all)
            },
        ),
        _ => ("an honest conversation", Ending::ClientCloses, {
            let all = [
                parse("", &sql),
                bind(),
                execute(),
                sync(),
                query(&sql),
                terminate(),
            ];
            signed_in(secret, &all.concat())
        }),
    };
    // Now and then a stretch of it comes twice, or its end is missing.
    if number.is_multiple_of(7) && ending == Ending::ClientCloses {
        let at = random.random_range(0..bytes.len());
        bytes.truncate(at.max(1));
    }
    Stream {
        name: format!("{number}: {kind}"),
        // Parted right behind the request, it is an honest client that goes on unencrypted.
        parts: if number % 20 == BEHIND_SSL {
            vec![bytes]
        } else {
            split(random, bytes)
        },
        ending,
    }
}

/// Something that must not run unseen.
fn statement(number: usize, random: &mut StdRng) -> String {
    let forms = [
        "DELETE FROM notes WHERE body = 'mark_N'",
        "SELECT 'mark_N'",
        "INSERT INTO notes VALUES (N, 'mark_N')",
        "WITH x AS (DELETE FROM notes RETURNING *) SELECT 'mark_N' FROM x",
        "SELECT 'mark_N'; DROP TABLE notes",
        "SELECT 'mark_N' /* \u{202e} */ ; COMMIT",
    ];
    pick(random, &forms).replace('N', &number.to_string())
}

fn any_message(random: &mut StdRng, sql: &str) -> Vec<u8> {
    match random.random_range(0..12) {
        0 => query(sql),
        1 => parse(pick::<&str>(random, &["", "a", "b"]), sql),
        2 => bind(),
        3 => execute(),
        4 => sync(),
        5 => message(b'H', b""),
        6 => message(
            b'D',
            pick(random, &["S\0", "P\0", "Sa\0", "X\0", ""]).as_bytes(),
        ),
        7 => message(
            b'C',
            pick(random, &["S\0", "P\0", "Sb\0", "Y\0"]).as_bytes(),
        ),
        8 => message(b'd', &noise(random, 30)),
        9 => message(b'c', b""),
        10 => message(b'f', b"no\0"),
        _ => password("again"),
    }
}

fn signed_in(secret: &str, rest: &[u8]) -> Vec<u8> {
    let mut all = startup(&[("user", AGENT), ("database", PRODUCTION)]);
    all.extend(password(secret));
    all.extend(rest);
    all
}

fn startup(parameters: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (key, value) in parameters {
        body.extend([key.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat());
    }
    body.push(0);
    framed_startup(&body)
}

fn framed_startup(body: &[u8]) -> Vec<u8> {
    let length = i32::try_from(body.len() + 8).unwrap_or(i32::MAX);
    [&length.to_be_bytes()[..], &[0, 3, 0, 0], body].concat()
}

fn special(code: i32) -> Vec<u8> {
    [8i32.to_be_bytes(), code.to_be_bytes()].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = i32::try_from(body.len() + 4).unwrap_or(i32::MAX);
    [&[kind][..], &length.to_be_bytes(), body].concat()
}

fn password(secret: &str) -> Vec<u8> {
    message(b'p', format!("{secret}\0").as_bytes())
}

fn query(sql: &str) -> Vec<u8> {
    message(b'Q', format!("{sql}\0").as_bytes())
}

fn parse(name: &str, sql: &str) -> Vec<u8> {
    message(
        b'P',
        &[name.as_bytes(), b"\0", sql.as_bytes(), b"\0\0\0"].concat(),
    )
}

fn bind() -> Vec<u8> {
    message(b'B', &[0; 8])
}

fn execute() -> Vec<u8> {
    message(b'E', &[0; 5])
}

fn sync() -> Vec<u8> {
    message(b'S', b"")
}

fn terminate() -> Vec<u8> {
    message(b'X', b"")
}

fn noise(random: &mut StdRng, most: usize) -> Vec<u8> {
    let mut bytes = vec![0; random.random_range(1..=most)];
    random.fill_bytes(&mut bytes);
    bytes
}

/// The same bytes in one piece, or in several that arrive one after the other.
fn split(random: &mut StdRng, bytes: Vec<u8>) -> Vec<Vec<u8>> {
    if random.random_bool(0.7) || bytes.len() < 4 {
        return vec![bytes];
    }
    let (first, second) = bytes.split_at(random.random_range(1..bytes.len()));
    vec![first.to_vec(), second.to_vec()]
}

fn pick<'a, T>(random: &mut StdRng, from: &'a [T]) -> &'a T {
    // `from` is never empty: all callers pass literals.
    &from[random.random_range(0..from.len())]
}
