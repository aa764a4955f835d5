//! How large the parts of a component may be. Compiling takes more than linear time in some of them,
//! and cannot be stopped once it has begun: what would take long is refused before.

use wasmparser::{FunctionBody, Operator, Parser, Payload, TypeRef};

use crate::PackageError;

/// The most that a component may have of something.
struct Limit {
    what: &'static str,
    most: usize,
}

const MODULES: Limit = limit("core modules", 64);
const COMPONENTS: Limit = limit("nested components", 64);
const INSTANCES: Limit = limit("core instances", 256);
const MEMORIES: Limit = limit("memories", 1);
const TABLES: Limit = limit("tables", 16);
const FUNCTIONS: Limit = limit("functions", 120_000);
const GLOBALS: Limit = limit("globals", 20_000);
const TYPES: Limit = limit("types", 50_000);
const SEGMENTS: Limit = limit("data and element segments", 50_000);
const BODY: Limit = limit("bytes in one function", 768 * 1024);
const LOCALS: Limit = limit("locals in one function", 5_000);
const DEPTH: Limit = limit("blocks inside each other", 1_000);
const TARGETS: Limit = limit("branch targets in one function", 60_000);
/// At each place where control flow meets, the compiler may have to look at every local.
const WORK: Limit = limit("locals times joins in one function", 12_000_000);

const fn limit(what: &'static str, most: usize) -> Limit {
    Limit { what, most }
}

impl Limit {
    fn check(&self, has: usize) -> Result<(), PackageError> {
        if has > self.most {
            return Err(PackageError::Shape {
                what: self.what,
                has,
                limit: self.most,
            });
        }
        Ok(())
    }
}

/// What was counted so far, over all modules of the component.
#[derive(Default)]
struct Counted {
    modules: usize,
    components: usize,
    instances: usize,
    memories: usize,
    tables: usize,
    functions: usize,
    globals: usize,
    types: usize,
    segments: usize,
}

/// Refuses a component of which a part is larger than any honest toolchain makes it.
///
/// # Errors
///
/// What there is too much of, or that it cannot be read.
pub fn check_shape(component: &[u8]) -> Result<(), PackageError> {
    let mut counted = Counted::default();
    for payload in Parser::new(0).parse_all(component) {
        counted.take(&payload.map_err(PackageError::Malformed)?)?;
    }
    Ok(())
}

impl Counted {
    fn take(&mut self, payload: &Payload<'_>) -> Result<(), PackageError> {
        fn add(sum: &mut usize, count: u32, limit: &Limit) -> Result<(), PackageError> {
            *sum = sum.saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
            limit.check(*sum)
        }
        match payload {
            Payload::ModuleSection { .. } => add(&mut self.modules, 1, &MODULES),
            Payload::ComponentSection { .. } => add(&mut self.components, 1, &COMPONENTS),
            Payload::InstanceSection(section) => {
                add(&mut self.instances, section.count(), &INSTANCES)
            }
            Payload::MemorySection(section) => add(&mut self.memories, section.count(), &MEMORIES),
            Payload::TableSection(section) => add(&mut self.tables, section.count(), &TABLES),
            Payload::FunctionSection(section) => {
                add(&mut self.functions, section.count(), &FUNCTIONS)
            }
            Payload::GlobalSection(section) => add(&mut self.globals, section.count(), &GLOBALS),
            Payload::TypeSection(section) => add(&mut self.types, section.count(), &TYPES),
            Payload::ComponentTypeSection(section) => add(&mut self.types, section.count(), &TYPES),
            Payload::DataSection(section) => add(&mut self.segments, section.count(), &SEGMENTS),
            Payload::ElementSection(section) => add(&mut self.segments, section.count(), &SEGMENTS),
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import.map_err(PackageError::Malformed)?;
                    if matches!(import.ty, TypeRef::Func(_)) {
                        add(&mut self.functions, 1, &FUNCTIONS)?;
                    }
                }
                Ok(())
            }
            Payload::CodeSectionEntry(body) => check_body(body),
            _ => Ok(()),
        }
    }
}

fn check_body(body: &FunctionBody<'_>) -> Result<(), PackageError> {
    BODY.check(body.range().len())?;
    let mut locals = 0_usize;
    for group in body.get_locals_reader().map_err(PackageError::Malformed)? {
        let (count, _) = group.map_err(PackageError::Malformed)?;
        locals = locals.saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
        LOCALS.check(locals)?;
    }
    let (mut depth, mut joins, mut targets) = (0_usize, 0_usize, 0_usize);
    let operators = body.get_operators_reader();
    for operator in operators.map_err(PackageError::Malformed)? {
        match operator.map_err(PackageError::Malformed)? {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                depth += 1;
                joins += 1;
                DEPTH.check(depth)?;
            }
            Operator::End => depth = depth.saturating_sub(1),
            Operator::BrTable { targets: table } => {
                let count = usize::try_from(table.len()).unwrap_or(usize::MAX);
                targets = targets.saturating_add(count);
                TARGETS.check(targets)?;
            }
            _ => {}
        }
    }
    WORK.check(locals.saturating_mul(joins))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_named() {
        let tables = "(table 1 funcref)".repeat(17);
        let locals = format!("(func (local {}))", "i32 ".repeat(5_001));
        let deep = format!("(func {} {})", "block ".repeat(1_001), "end ".repeat(1_001));
        let joins = format!(
            "(func (local {}) {})",
            "i32 ".repeat(4_000),
            "block end ".repeat(3_100)
        );
        let cases = [
            (tables.as_str(), "17 tables"),
            ("(memory 1) (memory 1)", "2 memories"),
            (locals.as_str(), "5001 locals in one function"),
            (deep.as_str(), "1001 blocks inside each other"),
            (joins.as_str(), "12400000 locals times joins"),
        ];
        for (fields, expected) in cases {
            let component = format!("(component (core module {fields}))");
            let component = wat::parse_str(component).expect("valid text");
            let error = check_shape(&component).expect_err(expected);
            assert!(error.to_string().contains(expected), "{error}");
        }
        let honest = "(component (core module (memory 1) (func (local i32) block end)))";
        assert!(check_shape(&wat::parse_str(honest).expect("valid text")).is_ok());
    }
}
