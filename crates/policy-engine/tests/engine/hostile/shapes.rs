//! Shapes: too many of something, or what a compiler takes long for.

use super::{
    cases::{Case, Expected},
    support::guest::{Code, guest_of},
};

const SHAPE: Expected = Expected::Package("shape");

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    many(&mut cases);
    slow(&mut cases);
    bearable(&mut cases);
    cases
}

/// Fields of a core module in a component.
fn module(fields: &str) -> Vec<u8> {
    wat::parse_str(format!("(component (core module {fields}))")).expect("valid text")
}

/// 19 with a thousand of something.
fn many(cases: &mut Vec<Case>) {
    let mut add = |name: &str, component| cases.push(Case::new(name, component, SHAPE));
    for count in [17, 100, 1_000] {
        let tables = "(table 1 funcref)".repeat(count);
        add(&format!("{count} tables"), module(&tables));
    }
    for count in [2, 100, 1_000] {
        let memories = "(memory 1)".repeat(count);
        add(&format!("{count} memories"), module(&memories));
    }
    for count in [257, 1_000] {
        let instances = "(core instance (instantiate $m))".repeat(count);
        let text = format!("(component (core module $m) {instances})");
        let component = wat::parse_str(text).expect("valid text");
        add(&format!("{count} instances"), component);
    }
    for count in [65, 1_000] {
        let modules = "(core module)".repeat(count);
        let component = wat::parse_str(format!("(component {modules})")).expect("valid text");
        add(&format!("{count} modules"), component);
        let components = "(component)".repeat(count);
        let component = wat::parse_str(format!("(component {components})")).expect("valid text");
        add(&format!("{count} components"), component);
    }
    for count in [120_001, 200_000] {
        let functions = "(func)".repeat(count);
        add(&format!("{count} functions"), module(&functions));
    }
    let globals = "(global i32 (i32.const 0))".repeat(20_001);
    add("20001 globals", module(&globals));
    let types = "(type (func (param i32)))".repeat(50_001);
    add("50001 types", module(&types));
    let data = "(data \"x\")".repeat(50_001);
    add("50001 segments", module(&data));
    let split: String = (0..40)
        .map(|_| module_text(&"(func)".repeat(3_100)))
        .collect();
    let component = wat::parse_str(format!("(component {split})")).expect("valid text");
    add("124000 functions in 40 modules", component);
    // Tables that are large from the start are the pool's to refuse.
    let table = module_with("(table 100000000 funcref)");
    cases.push(Case::new("a table of 100000000", table, Expected::Compile).or(SHAPE));
}

fn module_text(fields: &str) -> String {
    format!("(core module {fields})")
}

/// A whole policy with more fields.
fn module_with(fields: &str) -> Vec<u8> {
    let code = Code {
        fields: fields.to_owned(),
        ..Code::default()
    };
    guest_of("large", &code)
}

/// A function with so many locals.
fn locals(count: usize, body: &str) -> String {
    format!("(func (local {}) {body})", "i32 ".repeat(count))
}

fn deep(depth: usize) -> String {
    format!("(func {} {})", "block ".repeat(depth), "end ".repeat(depth))
}

fn table(targets: usize) -> String {
    let labels = "0 ".repeat(targets);
    format!("(func (block (br_table {labels} (i32.const 0))))")
}

/// 11 that would take long.
fn slow(cases: &mut Vec<Case>) {
    let mut add = |name: &str, fields: &str| {
        cases.push(Case::new(name, module_with(fields), SHAPE));
    };
    for count in [5_001, 20_000, 49_000] {
        add(&format!("{count} locals"), &locals(count, ""));
    }
    for depth in [1_001, 5_000] {
        add(&format!("{depth} blocks deep"), &deep(depth));
    }
    for targets in [60_002, 120_000] {
        add(&format!("a branch table of {targets}"), &table(targets));
    }
    for (count, joins) in [(4_900, 2_500), (1_000, 12_500)] {
        let name = format!("{count} locals at {joins} joins");
        add(&name, &locals(count, &"(loop)".repeat(joins)));
    }
    for kib in [800, 2_000] {
        let body = "(drop (i32.const 7))".repeat(kib * 1_024 / 3);
        add(
            &format!("a function of {kib} KiB"),
            &format!("(func {body})"),
        );
    }
}

/// 5 just within the limits: they take their time, and no more.
fn bearable(cases: &mut Vec<Case>) {
    let mut add = |name: &str, fields: &str| {
        cases.push(Case::new(name, module_with(fields), Expected::Runs));
    };
    let assign: String = (0..400)
        .map(|n| format!("(loop (local.set {n} (i32.add (local.get {n}) (local.get 0))))"))
        .collect();
    add("2000 locals at 400 joins", &locals(2_000, &assign));
    add("1000 blocks deep", &deep(990));
    add("a branch table of 50000", &table(50_000));
    let body = "(drop (i32.const 7))".repeat(200_000);
    add("a function of 600 KiB", &format!("(func {body})"));
    add(
        "5000 functions",
        &"(func (drop (i32.const 7)))".repeat(5_000),
    );
}
