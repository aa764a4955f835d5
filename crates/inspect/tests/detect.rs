//! What the detectors find and what they leave alone, entity by entity.
//!
//! Secrets are put together here at run time: nothing in this file has the shape of a token.

use countersign_inspect::detect::{Detectors, ENTITIES, is_entity};

/// Characters of an alphabet in an order that looks random and is the same on every run.
fn body(alphabet: &str, length: usize) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let mut state = 0x2545_f491_4f6c_dd1d_u64 ^ length as u64;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            alphabet[(state >> 33) as usize % alphabet.len()]
        })
        .collect()
}

const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &str = "0123456789abcdef";
const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn found(text: &str) -> Vec<(&'static str, String)> {
    Detectors::all()
        .scan(text)
        .into_iter()
        .map(|finding| (finding.entity, text[finding.start..finding.end].to_owned()))
        .collect()
}

/// Texts with one value each: the entity, what stands before it, the value, what stands behind.
fn positives() -> Vec<(&'static str, &'static str, String, &'static str)> {
    let mut cases: Vec<(&str, &str, String, &str)> = [
        (
            "EMAIL_ADDRESS",
            "write to ",
            "jane.doe+news@example.co.uk",
            ", please.",
        ),
        ("EMAIL_ADDRESS", "WHERE email = '", "jane@example.com", "'"),
        (
            "EMAIL_ADDRESS",
            "https://x.example/?to=",
            "jane@example.com",
            "&a=1",
        ),
        ("EMAIL_ADDRESS", "<mailto:", "jane@example.com", ">"),
        (
            "EMAIL_ADDRESS",
            "q=email%3D",
            "jane%40example.com",
            "&page=2",
        ),
        (
            "EMAIL_ADDRESS",
            r#"{"note":"mail "#,
            r"jane\u0040example.com",
            "\"}",
        ),
        (
            "EMAIL_ADDRESS",
            r#"{"note":"hello\n"#,
            "jane@example.com",
            "\"}",
        ),
        ("EMAIL_ADDRESS", "<a>", "jane&#64;example.com", "</a>"),
        ("EMAIL_ADDRESS", "<a>", "jane&#x40;example.com", "</a>"),
        ("EMAIL_ADDRESS", "邮箱", "jane@example.com", "谢谢"),
        (
            "EMAIL_ADDRESS",
            "double ",
            "jane%2540example.com",
            " encoding",
        ),
        ("PHONE_NUMBER", "call ", "+44 20 7946 0958", " today"),
        ("PHONE_NUMBER", "", "(415) 555-0132", ""),
        ("PHONE_NUMBER", "", "415-555-0132x123", ""),
        ("PHONE_NUMBER", "", "001-415-555-0132", ""),
        ("PHONE_NUMBER", "", "06 12 34 56 78", ""),
        ("PHONE_NUMBER", "", "(0191) 496 0123", ""),
        ("PHONE_NUMBER", "Tel.: ", "612 345 678", ""),
        ("PHONE_NUMBER", "Rufnummer ", "0301234567", ""),
        ("PHONE_NUMBER", "", "+49 (0) 2842 740034", ""),
        ("PHONE_NUMBER", "phone=", "%2B442079460958", "&x=1"),
        ("CREDIT_CARD", "pay with ", "4111 1111 1111 1111", ", 12/29"),
        ("CREDIT_CARD", "", "4012888888881881", ""),
        ("CREDIT_CARD", "", "5555-5555-5555-4444", ""),
        ("CREDIT_CARD", "new Mastercard ", "2223003122003222", ""),
        ("CREDIT_CARD", "", "3782 822463 10005", ""),
        ("CREDIT_CARD", "", "6011111111111117", ""),
        ("CREDIT_CARD", "", "3530111333300000", ""),
        ("CREDIT_CARD", "", "30569309025904", ""),
        ("CREDIT_CARD", "", "6200000000000005", ""),
        ("CREDIT_CARD", "card ", "4222222222222", ""),
        ("CREDIT_CARD", "card%20", "4111+1111+1111+1111", "&amount=1"),
        ("CREDIT_CARD", "", "4111\u{a0}1111\u{a0}1111\u{a0}1111", ""),
        ("IBAN_CODE", "auf ", "DE89 3704 0044 0532 0130 00", " bitte"),
        ("IBAN_CODE", "'", "GB82WEST12345698765432", "'"),
        ("IBAN_CODE", "", "FR14 2004 1010 0505 0001 3M02 606", ""),
        ("IBAN_CODE", "iban ", "de89370400440532013000", ""),
        ("US_SSN", "", "536-22-1234", ""),
        ("US_SSN", "ssn ", "536221234", ""),
        ("US_SSN", "", "536 22 1234", ""),
        ("US_ITIN", "the ITIN ", "912-72-1234", ""),
        ("US_ABA_ROUTING", "routing number ", "021000021", ""),
        ("US_NPI", "NPI ", "1234567893", ""),
        ("US_PASSPORT", "passport ", "C12345678", ""),
        ("US_BANK_ACCOUNT", "account number ", "000123456789", ""),
        ("UK_NHS", "NHS number ", "943 476 5919", ""),
        ("UK_NINO", "", "AB 12 34 56 C", ""),
        ("UK_NINO", "", "AB123456C", ""),
        ("DE_TAX_ID", "Steuer-ID ", "86095742719", ""),
        ("DE_TAX_ID", "", "86 095 742 719", ""),
        ("FR_NIR", "", "255081416802538", ""),
        ("FR_NIR", "", "2 55 08 14 168 025 38", ""),
        ("ES_NIF", "DNI ", "12345678Z", ""),
        ("ES_NIE", "", "X1234567L", ""),
        ("IT_FISCAL_CODE", "", "RSSMRA85T10A562S", ""),
        ("PL_PESEL", "PESEL ", "44051401359", ""),
        ("FI_HETU", "", "131052-308T", ""),
        ("SE_PERSONNUMMER", "", "811228-9874", ""),
        ("NL_BSN", "BSN ", "111222333", ""),
        ("IN_AADHAAR", "Aadhaar ", "2341 2341 2346", ""),
        ("IN_PAN", "", "ABCPE1234F", ""),
        ("AU_TFN", "TFN ", "123 456 782", ""),
        ("AU_ABN", "ABN ", "51 824 753 556", ""),
        ("CA_SIN", "SIN ", "130 692 544", ""),
        ("CA_SIN", "SIN ", "130-692-544", ""),
        ("BR_CPF", "", "529.982.247-25", ""),
        ("BR_CNPJ", "", "11.444.777/0001-61", ""),
        ("SG_NRIC", "", "S1234567D", ""),
        ("KR_RRN", "", "990101-1234563", ""),
        ("IP_ADDRESS", "from ", "203.0.113.7", ":443"),
        ("IP_ADDRESS", "ip=", "10.1.2.3", "/24"),
        ("IP_ADDRESS", "", "2001:db8:85a3::8a2e:370:7334", " up"),
        (
            "IP_ADDRESS",
            "\"ip\":\"",
            "2001:0db8:0000:0000:0000:ff00:0042:8329",
            "\"",
        ),
        ("MAC_ADDRESS", "to ", "00:1b:44:11:3a:b7", " via eth0"),
        ("MAC_ADDRESS", "", "AA-BB-CC-DD-EE-FF", ""),
        (
            "CRYPTO_ADDRESS",
            "",
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "",
        ),
        (
            "CRYPTO_ADDRESS",
            "",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "",
        ),
        ("DATE_OF_BIRTH", "born on ", "12 March 1980", " in Leeds"),
        ("DATE_OF_BIRTH", "\"dob\":\"", "1980-03-12", "\""),
        ("DATE_OF_BIRTH", "Geburtsdatum: ", "12.03.1980", ""),
        ("PASSWORD", "DB_PASSWORD=", "Tiger1234!", ""),
        ("PASSWORD", "{\"password\": \"", "hunter2", "\"}"),
        (
            "PASSWORD",
            "The staging password is ",
            "Maple99Orbit",
            ", do not share it.",
        ),
        (
            "PASSWORD",
            "ALTER ROLE app WITH PASSWORD '",
            "s3cr3t-thing",
            "';",
        ),
        ("PASSWORD", "mysql -u root -p'", "s3cr3t", "' shop"),
        ("PASSWORD", "La contraseña es ", "Farol77!x", ""),
        (
            "URL_PASSWORD",
            "postgres://app:",
            "s3cr3t-pw",
            "@db.internal:5432/app",
        ),
        (
            "URL_PASSWORD",
            "postgres://app:",
            "p%40ss-w0rd",
            "@db.internal/app",
        ),
    ]
    .map(|(entity, before, value, behind)| (entity, before, value.to_owned(), behind))
    .to_vec();
    cases.extend(secrets());
    cases
}

fn secrets() -> Vec<(&'static str, &'static str, String, &'static str)> {
    let join = |parts: &[&str]| parts.concat();
    let jwt = join(&[
        "ey",
        "J",
        &body(BASE62, 30),
        ".ey",
        "J",
        &body(BASE62, 60),
        ".",
        &body(BASE62, 43),
    ]);
    let pem = join(&[
        "-----BEGIN RSA PRIV",
        "ATE KEY-----\n",
        &body(BASE62, 64),
        "\n",
        &body(BASE62, 64),
        "\n-----END RSA PRIV",
        "ATE KEY-----",
    ]);
    let escaped = pem.replace('\n', "\\n");
    vec![
        (
            "AWS_ACCESS_KEY_ID",
            "key ",
            join(&["AK", "IA", &body(BASE32, 16)]),
            "",
        ),
        (
            "AWS_SECRET_KEY",
            "aws_secret_access_key = ",
            body(BASE62, 40),
            "",
        ),
        (
            "GITHUB_TOKEN",
            "https://x-access-token:",
            join(&["gh", "p_", &body(BASE62, 36)]),
            "@github.com/a/b",
        ),
        (
            "GITHUB_TOKEN",
            "",
            join(&["github", "_pat_", &body(BASE62, 22), "_", &body(BASE62, 59)]),
            "",
        ),
        (
            "GITLAB_TOKEN",
            "",
            join(&["gl", "pat-", &body(BASE62, 20)]),
            "",
        ),
        (
            "SLACK_TOKEN",
            "",
            join(&["xo", "xb-", "123456789012-", &body(BASE62, 24)]),
            "",
        ),
        (
            "SLACK_WEBHOOK",
            "curl ",
            join(&[
                "https://hooks.sl",
                "ack.com/services/T",
                &body(UPPER, 8),
                "/B",
                &body(UPPER, 10),
                "/",
                &body(BASE62, 24),
            ]),
            " -d x",
        ),
        (
            "STRIPE_KEY",
            "",
            join(&["sk", "_live_", &body(BASE62, 24)]),
            "",
        ),
        (
            "GOOGLE_API_KEY",
            "key: '",
            join(&["AI", "za", &body(BASE62, 35)]),
            "'",
        ),
        (
            "OPENAI_KEY",
            "",
            join(&[
                "sk",
                "-proj-",
                &body(BASE62, 30),
                "T3Blbk",
                "FJ",
                &body(BASE62, 30),
            ]),
            "",
        ),
        (
            "ANTHROPIC_KEY",
            "",
            join(&["sk", "-ant-api03-", &body(BASE62, 93), "AA"]),
            "",
        ),
        ("NPM_TOKEN", "", join(&["np", "m_", &body(BASE62, 36)]), ""),
        (
            "HF_TOKEN",
            "--token ",
            join(&["h", "f_", &body(BASE62, 34)]),
            "",
        ),
        (
            "SENDGRID_KEY",
            "",
            join(&["S", "G.", &body(BASE62, 22), ".", &body(BASE62, 43)]),
            "",
        ),
        ("DO_TOKEN", "", join(&["do", "p_v1_", &body(HEX, 64)]), ""),
        (
            "SHOPIFY_TOKEN",
            "",
            join(&["shp", "at_", &body(HEX, 32)]),
            "",
        ),
        (
            "TELEGRAM_TOKEN",
            "https://api.telegram.org/bot",
            join(&["123456789", ":A", "A", &body(BASE62, 33)]),
            "/getMe",
        ),
        (
            "DATABRICKS_TOKEN",
            "",
            join(&["da", "pi", &body(HEX, 32)]),
            "",
        ),
        (
            "PYPI_TOKEN",
            "",
            join(&["py", "pi-AgE", "IcHlwaS5vcmc", &body(BASE62, 70)]),
            "",
        ),
        ("JWT", "Authorization: Bearer ", jwt, ""),
        ("PRIVATE_KEY", "", pem, "\n"),
        ("PRIVATE_KEY", "{\"key\":\"", escaped, "\"}"),
        ("GENERIC_SECRET", "X-Api-Key: ", body(HEX, 40), ""),
        (
            "GENERIC_SECRET",
            "client_secret=",
            body(BASE62, 32),
            "&grant_type=x",
        ),
        (
            "AZURE_KEY",
            "AccountName=a;AccountKey=",
            join(&[&body(BASE62, 86), "=="]),
            ";EndpointSuffix=x",
        ),
    ]
}

#[test]
fn every_entity_is_found_where_it_stands() {
    let mut failures = Vec::new();
    for (entity, before, value, behind) in positives() {
        let text = format!("{before}{value}{behind}");
        let all = found(&text);
        if all != [(entity, value)] {
            failures.push(format!("{entity} in {text}: {all:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_entity_has_a_case() {
    for entity in ENTITIES {
        assert!(positives().iter().any(|case| case.0 == *entity), "{entity}");
        assert!(is_entity(entity));
    }
    assert!(!is_entity("PERSON"));
}

#[test]
fn a_choice_of_detectors_finds_only_what_it_names() {
    for (entity, before, value, behind) in positives() {
        let text = format!("{before}{value}{behind}");
        let only = Detectors::only(&[entity]).scan(&text);
        assert!(
            only.len() == 1 && only[0].entity == entity,
            "{entity} in {text}: {only:?}"
        );
        let others: Vec<&str> = ENTITIES
            .iter()
            .copied()
            .filter(|other| *other != entity)
            .collect();
        assert!(
            Detectors::only(&others)
                .scan(&text)
                .iter()
                .all(|finding| finding.entity != entity)
        );
    }
    assert!(
        Detectors::only(&["PERSON"])
            .scan("jane@example.com")
            .is_empty()
    );
}

#[test]
fn hard_negatives_stay() {
    let negatives = [
        // Numbers that only look like it: wrong check digits, ranges never given, other kinds.
        "4111 1111 1111 1112",
        "1234 5678 9012 3456",
        "0000 0000 0000 0000",
        "5105105105105101",
        "DE89 3704 0044 0532 0130 01",
        "000-12-3456",
        "666-12-3456",
        "536-00-1234",
        "536-22-0000",
        "536221234",
        "912345678",
        "order 021000021",
        "ISBN 978-3161484100",
        "ISBN 0306406152",
        "EAN 4006381333931",
        "SKU-123456789-4 is out",
        "tracking 1Z999AA10123456784",
        "build 123456789 of main",
        "Invoice number is 123456789",
        "ts=1700000000000",
        "2026-03-15T10:11:12Z",
        "released on 15.03.2026",
        "12345678-1234-4234-a234-123456789012",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
        "total 1,234,567.89 EUR",
        "pages 101-202",
        "lat=48.856614, lon=2.3522219",
        "call 3 times",
        "12 x 34 x 56",
        "rgb(12, 34, 56)",
        // Not addresses of the net.
        "version 10.0.123.4 is out",
        "Chrome/120.0.6099.71",
        "foo==1.2.3.4",
        "foo-1.2.3.4.jar",
        "v1.2.3.4",
        "1.2.3.4.5",
        "256.1.1.1",
        "0.0.0.0",
        "mask 255.255.255.0",
        "section 4.1.1.2",
        "01:02:03",
        "std::vec::Vec",
        "ab::cd",
        "00:00:00:00:00:00",
        "fingerprint 16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
        // Not e-mail.
        "icon@2x.png",
        "react@18.2.0",
        "@user said @all",
        "git@github.com:acme/api.git",
        "ssh://git@github.com/acme/api",
        "user@localhost",
        "a@b",
        "@",
        "x@.com",
        "@@@",
        // Not secrets.
        "password = os.environ[\"DB_PASSWORD\"]",
        "Authorization: Bearer $TOKEN",
        "Password: ********",
        "api_key: ${{ secrets.API_KEY }}",
        "password: <your-password>",
        "user.password = hash(password)",
        "password_reset_at: 2026-03-15T10:00:00Z",
        "max_tokens=128000",
        "token: null",
        "Set the PASSWORD variable before you run the token refresh job.",
        "password: required",
        "if (password == null) return",
        "type=\"password\" name=\"x\"",
        "secret: [GENERIC_SECRET]",
        "postgres://${USER}:${PASS}@h/db",
        "https://example.com:8080/a@b",
        "PASS: tests/foo.rs:123",
        "The secret ingredient is butter",
        "compass: 123456",
        "card token ending 4242 rejected",
        "api_key = settings.api_key",
        "next_page_token: CAUQAA1234567890abcd",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "born in Leeds",
        "the date of birth is missing",
    ];
    let flagged: Vec<String> = negatives
        .iter()
        .filter(|text| !found(text).is_empty())
        .map(|text| format!("{text}: {:?}", found(text)))
        .collect();
    assert!(flagged.is_empty(), "{}", flagged.join("\n"));
}

#[test]
fn the_nearest_words_decide() {
    let text = "routing number 021000021, account number 021000021";
    assert_eq!(
        found(text),
        [
            ("US_ABA_ROUTING", "021000021".to_owned()),
            ("US_BANK_ACCOUNT", "021000021".to_owned())
        ]
    );
    // The words of one key say nothing about the next.
    assert_eq!(found(r#"{"ssn":null,"ref":"536221234"}"#), []);
    // Nor do labels that a mask left behind.
    assert_eq!(found("[US_SSN] 536221234"), []);
}

#[test]
fn a_columns_name_is_context() {
    let detectors = Detectors::all();
    let named = |name, text| {
        let findings = detectors.scan_named(name, text);
        findings
            .first()
            .map(|finding| (finding.entity, finding.end - finding.start))
    };
    assert_eq!(named("ssn", "536221234"), Some(("US_SSN", 9)));
    assert_eq!(named("order_ref", "536221234"), None);
    assert_eq!(named("mobile_no", "4155550132"), Some(("PHONE_NUMBER", 10)));
    assert_eq!(
        named("date_of_birth", "1980-03-12"),
        Some(("DATE_OF_BIRTH", 10))
    );
    assert_eq!(named("created_at", "1980-03-12"), None);
    assert_eq!(named("db_password", "hunter22"), Some(("PASSWORD", 8)));
    assert_eq!(named("password_hint", "hunter22"), None);
    assert_eq!(
        named("api_key", &body(HEX, 32)),
        Some(("GENERIC_SECRET", 32))
    );
}
