//! Harm that is done while it runs.

use countersign_model::Failure;

use super::{
    cases::{Case, Expected},
    support::guest::{self, Code, guest_of},
};

/// Where code may run.
const PLACES: [&str; 4] = ["judge", "configure", "describe", "start"];

/// A policy that runs this at one of the places, and what that is told for a failure.
fn at(place: &str, name: &str, code: &str, failure: Failure) -> Case {
    let mut all = Code::default();
    let expected = match place {
        "judge" => {
            all.judge = code.to_owned();
            Expected::Judge(failure)
        }
        "configure" => {
            all.configure = code.to_owned();
            Expected::Bind(failure)
        }
        "describe" => {
            all.describe = code.to_owned();
            Expected::Setup(failure)
        }
        _ => {
            all.fields = format!("(func $begin (local $i i32) {code}) (start $begin)");
            Expected::Setup(failure)
        }
    };
    let name = format!("{name} in {place}");
    Case::new(name, guest_of("hostile", &all), expected)
}

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    loops(&mut cases);
    recursions(&mut cases);
    bombs(&mut cases);
    results(&mut cases);
    arguments(&mut cases);
    cases
}

/// 40 that never end.
fn loops(cases: &mut Vec<Case>) {
    let nested = |depth: usize| {
        let open: String = (0..depth).map(|n| format!("(loop $l{n} ")).collect();
        let back = (0..depth).rev().map(|n| format!("(br $l{n}))"));
        format!("{open}{}", back.collect::<String>())
    };
    let endless = [
        ("a loop", nested(1)),
        ("20 nested loops", nested(20)),
        ("200 nested loops", nested(200)),
        (
            "a loop that writes",
            "(loop $l (i32.store (i32.const 70000) (local.get $i))
               (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))"
                .to_owned(),
        ),
        (
            "a loop that fills memory",
            "(loop $l (memory.fill (i32.const 65536) (i32.const 7) (i32.const 1000000)) (br $l))"
                .to_owned(),
        ),
        (
            "a loop that copies memory",
            "(loop $l (memory.copy (i32.const 65536) (i32.const 1000000) (i32.const 1000000))
               (br $l))"
                .to_owned(),
        ),
        (
            "a loop over a branch table",
            "(loop $l (block $b (br_table $l $l $b (i32.and (local.get $i) (i32.const 1))))
               (br $l))"
                .to_owned(),
        ),
        (
            "a loop of divisions",
            "(loop $l (local.set $i (i32.div_s (i32.const 7) (i32.const 3))) (br $l))".to_owned(),
        ),
        (
            "a loop of calls",
            "(loop $l (drop (call $nothing (i32.const 0))) (br $l))".to_owned(),
        ),
        (
            "a very long count",
            "(loop $l (local.set $i (i32.add (local.get $i) (i32.const 1)))
               (br_if $l (local.get $i)) (local.set $i (i32.const 1)) (br $l))"
                .to_owned(),
        ),
    ];
    for (name, code) in &endless {
        for place in PLACES {
            cases.push(at(place, name, code, Failure::Deadline));
        }
    }
}

/// 16 that call themselves.
fn recursions(cases: &mut Vec<Case>) {
    for (name, code) in [
        ("a recursion", "(drop (call $recurse (i32.const 0)))"),
        ("a wide recursion", "(drop (call $wide (i64.const 1)))"),
        ("a mutual recursion", "(call $ping)"),
        (
            "an indirect recursion",
            "(call_indirect $calls_table (type $none) (i32.const 0))",
        ),
    ] {
        for place in PLACES {
            cases.push(at(place, name, code, Failure::Trap));
        }
    }
}

/// 28 that want more than they may have.
fn bombs(cases: &mut Vec<Case>) {
    for pages in [1, 16, 600, 60_000] {
        let code = format!("(loop $l (drop (memory.grow (i32.const {pages}))) (br $l))");
        for place in PLACES {
            let name = format!("memory by {pages} pages");
            cases.push(at(place, &name, &code, Failure::Memory));
        }
    }
    for entries in [100, 5_000, 10_000_000] {
        let code = format!(
            "(loop $l (drop (table.grow $table (ref.null func) (i32.const {entries}))) (br $l))"
        );
        for place in PLACES {
            let name = format!("a table by {entries} entries");
            cases.push(at(place, &name, &code, Failure::Memory));
        }
    }
}

/// 12 verdicts that are none.
fn results(cases: &mut Vec<Case>) {
    let mut judge = |name: String, code: String, failure| {
        cases.push(at("judge", &name, &code, failure));
    };
    for bytes in [70_000, 300_000, 1_000_000, 2_000_000] {
        let name = format!("a reason of {bytes} bytes");
        judge(name, guest::answer_deny_with(8_192, bytes), Failure::Size);
    }
    for (place, bytes) in [(-16, 64), (2_621_400, 4_096), (0x7fff_0000, 16), (8, -1)] {
        let name = format!("a reason of {bytes} bytes at {place}");
        let code = guest::answer_deny_with(place, bytes);
        judge(name, code, Failure::Trap);
    }
    judge(
        "a review by nobody".to_owned(),
        guest::answer_review_by_nobody(),
        Failure::InvalidVerdict,
    );
    judge(
        "a verdict of no kind".to_owned(),
        guest::answer_wrong(),
        Failure::Trap,
    );
    judge("an error".to_owned(), guest::answer_error(), Failure::Error);
    judge(
        "a handle dropped twice".to_owned(),
        "(call $drop (local.get $action))".to_owned(),
        Failure::Trap,
    );
}

/// 24 that pass the host too much, or ask too often.
fn arguments(cases: &mut Vec<Case>) {
    let call = |name: &str, place: usize, bytes: usize| match name {
        "log" => format!("(call $log (i32.const 0) (i32.const {place}) (i32.const {bytes}))"),
        "count" => format!(
            "(drop (call $count (i32.const {place}) (i32.const {bytes}) (i64.const 1)
               (i32.const 60)))"
        ),
        "lookup" => format!(
            "(call $lookup (i32.const 656) (i32.const 6) (i32.const {place}) (i32.const {bytes})
               (i32.const 16384))"
        ),
        "json-pointer" => format!(
            "(call $json-pointer (local.get $action) (i32.const {place}) (i32.const {bytes})
               (i32.const 16384))"
        ),
        _ => format!(
            "(call $findings (local.get $action) (i32.const {place}) (i32.const {})
               (i32.const 16384))",
            bytes / 8
        ),
    };
    for name in ["log", "count", "lookup", "json-pointer"] {
        for bytes in [1_100_000, 2_500_000] {
            let title = format!("{name} of {bytes} bytes");
            cases.push(at("judge", &title, &call(name, 0, bytes), Failure::Size));
        }
        let title = format!("{name} past the end");
        let code = call(name, 0x7000_0000, 64);
        cases.push(at("judge", &title, &code, Failure::Trap));
    }
    // A list of texts without end that all begin at the same place.
    let code = call("findings", 0, 8_000_000);
    cases.push(at("judge", "findings past the end", &code, Failure::Trap));
    let code = call("findings", 8_192, 8 * 20_000);
    cases.push(at(
        "judge",
        "findings of 20000 entities",
        &code,
        Failure::Size,
    ));
    for name in ["count", "lookup"] {
        let code = format!(
            "(loop $l {} (global.set $heap (i32.const 131072))
               (local.set $i (i32.add (local.get $i) (i32.const 1)))
               (br_if $l (i32.lt_u (local.get $i) (i32.const 100))))",
            call(name, 640, 4)
        );
        let title = format!("{name} a hundred times");
        cases.push(at("judge", &title, &code, Failure::Size));
    }
    for (name, asks) in [
        ("log", call("log", 640, 4)),
        (
            "id",
            "(call $id (local.get $action) (i32.const 16384))".to_owned(),
        ),
        (
            "sql",
            "(call $sql (local.get $action) (i32.const 16384))".to_owned(),
        ),
        (
            "principal",
            "(call $principal (local.get $action) (i32.const 16384))".to_owned(),
        ),
        (
            "text",
            "(call $text (local.get $action) (i32.const 16384))".to_owned(),
        ),
        ("at", "(drop (call $at (local.get $action)))".to_owned()),
        (
            "session",
            "(call $session (local.get $action) (i32.const 16384))".to_owned(),
        ),
        (
            "target",
            "(call $target (local.get $action) (i32.const 16384))".to_owned(),
        ),
    ] {
        let code = format!("(loop $l {asks} (global.set $heap (i32.const 131072)) (br $l))");
        let title = format!("{name} for ever");
        cases.push(at("judge", &title, &code, Failure::Deadline));
    }
}
