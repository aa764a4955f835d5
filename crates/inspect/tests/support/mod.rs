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

/// Values that a detector hides, and words that go with them.
const VALUES: &[&str] = &[
    "jane.doe@example.com",
    "4111 1111 1111 1111",
    "4012-8888-8888-1881",
    "+44 20 7946 0958",
    "(415) 555-0132 ext. 12",
    "536-22-1234",
    "203.0.113.7",
    "2001:db8:1::7",
    "00:1b:44:11:3a:b7",
    "DE89 3704 0044 0532 0130 00",
    "GB82 WEST 1234 5698 7654 32",
    "AB 12 34 56 C",
    "postgres://app:s3cr3tPw9@db.internal/main",
    "password: \"correct horse 9 staple\"",
    "the password for staging is Hunter22x",
    "export API_KEY=0f3k2m9qxa8b7c6d5e4f3a2b1c0d9e8f",
    "born on 12 March 1980",
    "né le 12/03/1980",
    "born March 12, 1980",
    "nació el 12 de marzo de 1980",
    "ssn 536221234",
    "account number 12345678",
    "NHS number 943 476 5919",
    "jane%40example.com",
    "{\"email\":\"jane@example.com\",\"ssn\":\"536-22-1234\"}",
    "<jane@example.com>",
    "Authorization: Bearer 0f3k2m9qxa8b7c6d5e4f3a2b1c0d9e8f",
    "mysql -p'a b c 9' -h db",
    "電話は+44 20 7946 0958です",
    "邮箱：jane@example.com，谢谢",
    "BTC 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
];

const WORDS: &[&str] = &[
    "the",
    "a",
    "of",
    "market",
    "opened",
    "when",
    "first",
    "baker",
    "came",
    "and",
    "closed",
    "in",
    "2024",
    "it",
    "was",
    "bright,",
    "cold",
    "day.",
    "You",
    "can",
    "use",
    "`cargo",
    "build`",
    "to",
    "don't",
    "12",
    "items",
    "(about",
    "3%)",
    "für",
    "Straße",
    "日本語のテキスト",
    "well-known:",
    "\"quoted",
    "text\"",
    "R&D",
    "e.g.",
    "token",
    "tokens",
    "\n\n",
    "\n-",
    "1.",
    "x = y + 2;",
    "{",
    "}",
    "foo(bar)",
    "https://example.com/a/b?c=d",
];

/// A paragraph with some values in it.
pub fn prose(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..20 + random.below(60) {
        let from = if random.below(14) == 0 { VALUES } else { WORDS };
        text.push_str(random.pick::<&str>(from));
        text.push(' ');
    }
    text
}
