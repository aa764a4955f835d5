//! Through the syntax tree, to every simple command.

use brush_parser::ast::{
    self, AssignmentName, AssignmentValue, Command, CommandPrefixOrSuffixItem as Item,
    CompoundCommand, CompoundList, ExtendedTestExpr, IoFileRedirectKind as Kind,
    IoFileRedirectTarget as Target, IoRedirect,
};
use countersign_model::{ShellCommand, StatementClass};

use super::{
    effect::{self, Effect},
    limits, program,
    word::{self, Arg, Resolved},
    wrapper,
};

/// Texts inside texts: `sh -c "sh -c …"`.
const MAX_DEPTH: u32 = 8;

/// Commands of one line.
const MAX_COMMANDS: usize = 1_000;

/// Where a command's input comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stdin {
    /// From whoever runs the line.
    Inherited,
    /// From another command, or from a file.
    Elsewhere,
    /// From the line itself.
    Text(String),
}

/// Collects the commands of a line.
#[derive(Debug, Default)]
pub(super) struct Walker {
    commands: Vec<ShellCommand>,
    depth: u32,
}

impl Walker {
    pub(super) fn into_commands(self) -> Vec<ShellCommand> {
        self.commands
    }

    /// Walks a text; returns the worst class in it.
    pub(super) fn text(&mut self, text: &str) -> StatementClass {
        let before = self.commands.len();
        self.depth += 1;
        match limits::program(text) {
            Some(program) if self.depth <= MAX_DEPTH => {
                for list in &program.complete_commands {
                    self.list(list);
                }
            }
            _ => self.push(effect::command(StatementClass::Unknown)),
        }
        self.depth -= 1;
        self.worst_since(before)
    }

    /// Pushes a command with these words, and those that it runs.
    pub(super) fn run(&mut self, argv: &[Arg], stdin: &Stdin, floor: Effect) -> StatementClass {
        let Some((program, args)) = argv.split_first() else {
            return StatementClass::Read;
        };
        let at = self.commands.len();
        self.push(effect::command(StatementClass::Unknown));
        let effect = match program::name(program) {
            Some(name) => wrapper::effect(self, name, args, stdin)
                .unwrap_or_else(|| program::effect(name, args, stdin)),
            None if program.known_text().is_some_and(|p| p.contains('/')) => {
                Effect::from(StatementClass::Exec)
            }
            None => Effect::from(StatementClass::Unknown),
        };
        let effect = floor.and(effect);
        let class = effect.class;
        if let Some(place) = self.commands.get_mut(at) {
            *place = effect.into_command(argv);
        }
        class
    }

    fn push(&mut self, command: ShellCommand) {
        if self.commands.len() < MAX_COMMANDS {
            self.commands.push(command);
        } else if let Some(last) = self.commands.last_mut() {
            last.class = StatementClass::Unknown;
        }
    }

    fn worst_since(&self, start: usize) -> StatementClass {
        let new = self.commands.get(start..).unwrap_or_default();
        let worst = new.iter().map(|command| command.class).max();
        // A full list says no more of what came later.
        if self.commands.len() >= MAX_COMMANDS {
            return StatementClass::Unknown;
        }
        worst.unwrap_or(StatementClass::Read)
    }

    fn list(&mut self, list: &CompoundList) {
        for item in &list.0 {
            for (_, pipeline) in item.0.iter() {
                for (index, command) in pipeline.seq.iter().enumerate() {
                    let stdin = if index == 0 {
                        Stdin::Inherited
                    } else {
                        Stdin::Elsewhere
                    };
                    self.command(command, &stdin);
                }
            }
        }
    }

    fn command(&mut self, command: &Command, stdin: &Stdin) {
        match command {
            Command::Simple(simple) => self.simple(simple, stdin),
            Command::Compound(compound, redirects) => {
                self.compound(compound, stdin);
                self.redirects_alone(redirects.as_ref());
            }
            Command::Function(function) => {
                self.compound(&function.body.0, &Stdin::Inherited);
                self.redirects_alone(function.body.1.as_ref());
            }
            Command::ExtendedTest(test, redirects) => {
                self.test(&test.expr);
                self.redirects_alone(redirects.as_ref());
            }
        }
    }

    fn compound(&mut self, compound: &CompoundCommand, stdin: &Stdin) {
        match compound {
            CompoundCommand::Arithmetic(arithmetic) => self.expanded(&arithmetic.expr.value),
            CompoundCommand::ArithmeticForClause(clause) => {
                let parts = [&clause.initializer, &clause.condition, &clause.updater];
                for part in parts.into_iter().flatten() {
                    self.expanded(&part.value);
                }
                self.list(&clause.body.list);
            }
            CompoundCommand::BraceGroup(group) => self.list_from(&group.list, stdin),
            CompoundCommand::Subshell(subshell) => self.list_from(&subshell.list, stdin),
            CompoundCommand::ForClause(clause) => {
                for word in clause.values.iter().flatten() {
                    self.words(&word.value);
                }
                self.list_from(&clause.body.list, stdin);
            }
            CompoundCommand::CaseClause(clause) => {
                self.words(&clause.value.value);
                for case in &clause.cases {
                    for pattern in &case.patterns {
                        self.words(&pattern.value);
                    }
                    if let Some(list) = &case.cmd {
                        self.list_from(list, stdin);
                    }
                }
            }
            CompoundCommand::IfClause(clause) => {
                self.list_from(&clause.condition, stdin);
                self.list_from(&clause.then, stdin);
                for branch in clause.elses.iter().flatten() {
                    if let Some(condition) = &branch.condition {
                        self.list_from(condition, stdin);
                    }
                    self.list_from(&branch.body, stdin);
                }
            }
            CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
                self.list_from(&clause.0, stdin);
                self.list_from(&clause.1.list, stdin);
            }
            CompoundCommand::Coprocess(process) => self.command(&process.body, &Stdin::Elsewhere),
        }
    }

    /// A list whose first commands read what the compound reads.
    fn list_from(&mut self, list: &CompoundList, stdin: &Stdin) {
        for item in &list.0 {
            for (_, pipeline) in item.0.iter() {
                for (index, command) in pipeline.seq.iter().enumerate() {
                    let elsewhere = Stdin::Elsewhere;
                    self.command(command, if index == 0 { stdin } else { &elsewhere });
                }
            }
        }
    }

    fn test(&mut self, expression: &ExtendedTestExpr) {
        match expression {
            ExtendedTestExpr::And(a, b) | ExtendedTestExpr::Or(a, b) => {
                self.test(a);
                self.test(b);
            }
            ExtendedTestExpr::Not(inner) | ExtendedTestExpr::Parenthesized(inner) => {
                self.test(inner);
            }
            ExtendedTestExpr::UnaryTest(_, word) => self.operand(&word.value),
            ExtendedTestExpr::BinaryTest(_, a, b) => {
                self.operand(&a.value);
                self.operand(&b.value);
            }
        }
    }

    fn operand(&mut self, raw: &str) {
        if self.words(raw).iter().any(Arg::hides_substitution) {
            self.push(effect::command(StatementClass::Exec));
        }
    }

    fn simple(&mut self, simple: &ast::SimpleCommand, stdin: &Stdin) {
        let mut parts = Parts::new(stdin);
        for item in simple.prefix.iter().flat_map(|prefix| &prefix.0) {
            self.item(item, true, &mut parts);
        }
        if let Some(word) = &simple.word_or_name {
            parts.argv.extend(self.words(&word.value));
        }
        for item in simple.suffix.iter().flat_map(|suffix| &suffix.0) {
            self.item(item, false, &mut parts);
        }
        let Parts { argv, stdin, floor } = parts;
        if argv.is_empty() {
            self.push(floor.into_command(&[]));
        } else {
            self.run(&argv, &stdin, floor);
        }
    }

    fn item(&mut self, item: &Item, prefix: bool, parts: &mut Parts) {
        match item {
            Item::IoRedirect(redirect) => self.redirect(redirect, parts),
            Item::Word(word) => parts.argv.extend(self.words(&word.value)),
            Item::AssignmentWord(assignment, word) if prefix => {
                let name = match &assignment.name {
                    AssignmentName::VariableName(name) => name,
                    AssignmentName::ArrayElementName(name, index) => {
                        self.expanded(index);
                        name
                    }
                };
                parts.raise(program::assignment(name));
                match &assignment.value {
                    AssignmentValue::Scalar(value) => drop(self.words(&value.value)),
                    AssignmentValue::Array(values) => {
                        for (key, value) in values {
                            if let Some(key) = key {
                                self.words(&key.value);
                            }
                            self.words(&value.value);
                        }
                    }
                }
                // What the parts do not show, the whole does.
                self.substitutions_not_in(assignment, &word.value);
            }
            Item::AssignmentWord(_, word) => parts.argv.extend(self.words(&word.value)),
            Item::ProcessSubstitution(_, subshell) => {
                self.list(&subshell.list);
                parts.argv.push(Arg::known("/dev/fd/63"));
            }
        }
    }

    /// An array's elements are words with their own places; of a scalar everything was seen.
    fn substitutions_not_in(&mut self, assignment: &ast::Assignment, word: &str) {
        if matches!(&assignment.value, AssignmentValue::Array(values) if values.is_empty()) {
            self.expanded(word);
        }
    }

    fn redirect(&mut self, redirect: &IoRedirect, parts: &mut Parts) {
        match redirect {
            IoRedirect::File(_, kind, target) => self.file_redirect(kind, target, parts),
            IoRedirect::HereDocument(_, document) => {
                if document.requires_expansion {
                    self.expanded(&document.doc.value);
                }
                let known =
                    !document.requires_expansion || !document.doc.value.contains(['$', '`']);
                parts.stdin = match known {
                    true => Stdin::Text(document.doc.value.clone()),
                    false => Stdin::Elsewhere,
                };
            }
            IoRedirect::HereString(_, word) => {
                let args = self.words(&word.value);
                parts.stdin = match args.as_slice() {
                    [arg] if arg.certain => Stdin::Text(arg.text.clone()),
                    _ => Stdin::Elsewhere,
                };
            }
            IoRedirect::OutputAndError(word, _) => {
                let args = self.words(&word.value);
                parts.write(args);
            }
        }
    }

    fn file_redirect(&mut self, kind: &Kind, target: &Target, parts: &mut Parts) {
        let reads = matches!(kind, Kind::Read | Kind::DuplicateInput | Kind::ReadAndWrite);
        if reads {
            parts.stdin = Stdin::Elsewhere;
        }
        match target {
            Target::Fd(_) => {}
            Target::ProcessSubstitution(_, subshell) => self.list(&subshell.list),
            Target::Filename(word) => {
                let args = self.words(&word.value);
                if matches!(kind, Kind::Read) {
                    parts.read(args);
                } else {
                    parts.write(args);
                }
            }
            Target::Duplicate(word) => {
                let args = self.words(&word.value);
                let is_fd = |arg: &Arg| arg.text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
                if !args.iter().all(is_fd) {
                    parts.write(args);
                }
            }
        }
    }

    fn redirects_alone(&mut self, redirects: Option<&ast::RedirectList>) {
        let Some(redirects) = redirects else { return };
        let mut parts = Parts::new(&Stdin::Inherited);
        for redirect in &redirects.0 {
            self.redirect(redirect, &mut parts);
        }
        self.push(parts.floor.into_command(&[]));
    }

    /// The words that a word becomes; what is substituted in it is walked.
    fn words(&mut self, raw: &str) -> Vec<Arg> {
        let resolved = word::resolve(raw);
        self.inner(&resolved);
        resolved.args
    }

    fn expanded(&mut self, text: &str) {
        let mut resolved = Resolved::default();
        word::inner(text, &mut resolved);
        self.inner(&resolved);
    }

    fn inner(&mut self, resolved: &Resolved) {
        for text in &resolved.inner {
            self.text(text);
        }
        if resolved.unread {
            self.push(effect::command(StatementClass::Unknown));
        }
    }
}

/// A simple command while its parts are collected.
struct Parts {
    argv: Vec<Arg>,
    stdin: Stdin,
    floor: Effect,
}

impl Parts {
    fn new(stdin: &Stdin) -> Self {
        Self {
            argv: Vec::new(),
            stdin: stdin.clone(),
            floor: Effect::from(StatementClass::Read),
        }
    }

    fn raise(&mut self, class: StatementClass) {
        self.floor.class = self.floor.class.max(class);
    }

    fn read(&mut self, args: Vec<Arg>) {
        let mut floor = self.floor.clone();
        for arg in args {
            match effect::tcp_host(&arg.text) {
                Some(host) => floor = floor.at_least(StatementClass::Exec).host(host),
                None => floor = floor.reading([arg.text]),
            }
        }
        self.floor = floor;
    }

    fn write(&mut self, args: Vec<Arg>) {
        // Where it goes is not told: it may be a disk.
        if args.iter().any(|arg| !arg.certain && arg.may_be_option()) {
            self.raise(StatementClass::Write);
        }
        let floor = self.floor.clone();
        self.floor = floor.writing(args.into_iter().map(|arg| arg.text));
    }
}
