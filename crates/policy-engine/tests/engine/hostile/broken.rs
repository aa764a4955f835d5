//! What is no policy, or not the one it says.

use countersign_model::{Failure, PolicyManifest};

use super::{
    cases::{Case, Expected},
    support::{
        guest::{self, Code, guest, guest_of},
        record::Random,
    },
};

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    truncated(&mut cases);
    imports(&mut cases);
    manifests(&mut cases);
    cases
}

/// 20 that end too early, and 5 that never began.
fn truncated(cases: &mut Vec<Case>) {
    let whole = guest("whole", "");
    for part in 0..20 {
        let end = whole.len() * part / 20;
        let bytes = whole[..end].to_vec();
        let case = Case::new(
            format!("{end} bytes of a policy"),
            bytes,
            Expected::Package("malformed"),
        );
        // A cut between two sections leaves a component with something missing.
        cases.push(
            case.or(Expected::Package("not_a_component"))
                .or(Expected::Package("missing_export"))
                .or(Expected::Package("no_manifest")),
        );
    }
    let mut random = Random::new(3);
    for number in 0..4 {
        let bytes = (0..4_096).map(|_| u8::try_from(random.below(256)).expect("a byte"));
        let expected = Expected::Package("not_a_component");
        cases.push(Case::new(
            format!("noise {number}"),
            bytes.collect(),
            expected,
        ));
    }
    let module = b"\0asm\x01\0\0\0".to_vec();
    let expected = Expected::Package("not_a_component");
    cases.push(Case::new("a core module", module, expected));
}

/// 12 that import what is not offered.
fn imports(cases: &mut Vec<Case>) {
    for name in [
        "wasi:cli/environment@0.2.3",
        "wasi:cli/exit@0.2.3",
        "wasi:clocks/wall-clock@0.2.3",
        "wasi:filesystem/types@0.2.3",
        "wasi:http/outgoing-handler@0.2.3",
        "wasi:io/streams@0.2.3",
        "wasi:random/random@0.2.3",
        "wasi:sockets/tcp@0.2.3",
        "countersign:policy/files@0.1.0",
        "countersign:policy/host@9.0.0",
        "countersign:policy-extra/host@0.1.0",
        "env",
    ] {
        let text = format!("(component (import \"{name}\" (instance)))");
        let component = wat::parse_str(text).expect("valid text");
        let expected = Expected::Package("foreign_imports");
        cases.push(Case::new(format!("imports {name}"), component, expected));
    }
}

/// 13 with a manifest that is not theirs, or none.
fn manifests(cases: &mut Vec<Case>) {
    type Change = fn(&mut PolicyManifest);
    let changes: [(&str, Change); 8] = [
        ("name", |m| m.name = "another".to_owned()),
        ("version", |m| m.version = "9.9.9".to_owned()),
        ("description", |m| m.description = "Harmless.".to_owned()),
        ("language", |m| {
            m.language = countersign_model::PolicyLanguage::Python;
        }),
        ("operations", |m| m.operations.push("http".to_owned())),
        ("settings", |m| {
            m.settings_schema = serde_json::json!({"type": "object", "maxProperties": 0});
        }),
        ("stateless", |m| m.stateless = true),
        ("source", |m| {
            m.source_url = Some("https://example.com".to_owned())
        }),
    ];
    for (what, change) in changes {
        let mut forged = guest::manifest("forged");
        change(&mut forged);
        let component = guest::guest_describing("forged", "", &forged);
        let name = format!("a forged {what}");
        cases.push(Case::new(name, component, Expected::ForeignManifest));
    }
    let honest = guest("honest", "");
    let section = |component: &[u8], data: &[u8]| {
        let mut bytes = component.to_vec();
        let name = b"countersign:manifest";
        bytes.push(0);
        let size = u32::try_from(1 + name.len() + data.len()).expect("small");
        bytes.extend(leb(size));
        bytes.push(u8::try_from(name.len()).expect("short"));
        bytes.extend(name);
        bytes.extend(data);
        bytes
    };
    let second = section(&honest, b"{}");
    cases.push(Case::new(
        "two manifests",
        second,
        Expected::Package("second_manifest"),
    ));
    let (resolve, world) = guest::world();
    let bare = guest::component(guest::bare("bare"), &resolve, world);
    let none = Expected::Package("no_manifest");
    cases.push(Case::new("no manifest", bare.clone(), none));
    let invalid = Expected::Package("manifest");
    let noise = section(&bare, b"not JSON");
    cases.push(Case::new("a manifest of noise", noise, invalid.clone()));
    let long = section(&bare, &vec![b' '; 300_000]);
    cases.push(Case::new("a long manifest", long, invalid));
    let code = Code {
        describe: "(return (i32.const 640))".to_owned(),
        ..Code::default()
    };
    let described = guest_of("describes", &code);
    let case = Case::new("describes noise", described, Expected::Setup(Failure::Trap));
    cases.push(case);
}

fn leb(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = u8::try_from(number & 0x7f).expect("7 bits");
        number >>= 7;
        if number == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}
