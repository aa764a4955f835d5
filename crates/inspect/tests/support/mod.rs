//! Seeded texts.

/// Numbers that are the same on every run: xorshift64*.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let next = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        next as usize % limit.max(1)
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What detectors react to, whole and in parts.
pub const PIECES: &[&str] = &[
    "4111 1111 1111 1111",
    "4012888888881881",
    "jane@example.com",
    "jane%40example.com",
    "jane\\u0040example.com",
    "jane&#64;example.com",
    "+44 20 7946 0958",
    "(415) 555-0132",
    "536-22-1234",
    "ssn 536221234",
    "ssn ",
    "536221234",
    "phone ",
    "account number ",
    "021000021",
    "routing ",
    "password=Tiger1234!",
    "password is ",
    "password: \"a b c 9\"",
    "pwd='",
    "postgres://a:s3cr3t@h/db",
    "203.0.113.7",
    "2001:db8:1::7",
    "00:1b:44:11:3a:b7",
    "DE89 3704 0044 0532 0130 00",
    "GB82 WEST 1234 5698 7654 32",
    "born 1980-03-12",
    "born 12 de marzo de 1980",
    "March 12, 1980",
    "AB 12 34 56 C",
    "RSS MRA 85T10 A562S",
    "api_key=0123456789abcdef0123456789abcdef",
    "[US_SSN]",
    "******",
    "EMAIL_ADDRESS_7F3K2M9QXA",
    "86095742719",
    "44051401359",
    "943 476 5919",
    "-----BEGIN RSA PRIVATE KEY-----\n",
    "-----END ",
    "MIIEpAIBAAKCAQEA",
    "://",
    "u:p",
    "@",
    "%",
    "%40",
    "\\u",
    "\\n",
    "&",
    " ",
    "  ",
    "\t",
    ",",
    "\n",
    "é",
    "日本",
    "，",
    "＠",
    "４",
    "\u{a0}",
    "\u{200b}",
    "🙂",
    "'",
    "\"",
    "`",
    "-",
    "1",
    "a",
    "the",
    "de",
    " of ",
    "<",
    ">",
    "{",
    "}",
    "]",
    "|",
    "curl -u ",
    "mysql -p'",
    "bearer ",
    "token: ",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
];
