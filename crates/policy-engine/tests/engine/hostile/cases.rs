//! A hostile module and what it is told.

use countersign_model::Failure;
use countersign_policy_engine::LoadError;
use countersign_policy_package::PackageError;

/// A module and what it may be told.
pub struct Case {
    pub name: String,
    pub component: Vec<u8>,
    pub expected: Vec<Expected>,
}

impl Case {
    pub fn new(name: impl Into<String>, component: Vec<u8>, expected: Expected) -> Self {
        Self {
            name: name.into(),
            component,
            expected: vec![expected],
        }
    }

    /// It may be told this instead.
    pub fn or(mut self, expected: Expected) -> Self {
        self.expected.push(expected);
        self
    }
}

/// What a module is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// It is no policy: the name of the error.
    Package(&'static str),
    /// It cannot be compiled.
    Compile,
    /// It does not fit the world.
    Interface,
    /// It fails when it is set up or asked for its manifest.
    Setup(Failure),
    /// Its manifest is not its own.
    ForeignManifest,
    /// It fails when it is bound.
    Bind(Failure),
    /// It fails when it judges.
    Judge(Failure),
    /// It runs, and does no harm.
    Runs,
}

impl Expected {
    pub fn of_load(error: &LoadError) -> Self {
        match error {
            LoadError::Package(error) => Self::Package(match error {
                PackageError::TooLarge { .. } => "too_large",
                PackageError::NotAComponent => "not_a_component",
                PackageError::Malformed(_) => "malformed",
                PackageError::ForeignImports { .. } => "foreign_imports",
                PackageError::MissingExport { .. } => "missing_export",
                PackageError::Shape { .. } => "shape",
                PackageError::NoManifest => "no_manifest",
                PackageError::SecondManifest => "second_manifest",
                PackageError::Manifest(_) => "manifest",
                PackageError::Filters => "filters",
                PackageError::Componentize { .. } => "componentize",
            }),
            LoadError::Compile { .. } => Self::Compile,
            LoadError::Interface { .. } => Self::Interface,
            LoadError::Setup { failure, .. } => Self::Setup(*failure),
            LoadError::ForeignManifest => Self::ForeignManifest,
            LoadError::Filters => Self::Package("filters"),
        }
    }

    pub fn of_binding(error: &str) -> Self {
        let all = [
            Failure::Trap,
            Failure::Deadline,
            Failure::Memory,
            Failure::Size,
            Failure::Error,
            Failure::InvalidVerdict,
            Failure::NotLoaded,
        ];
        let failure = all
            .into_iter()
            .find(|failure| error.starts_with(&failure.to_string()));
        Self::Bind(failure.unwrap_or_else(|| panic!("an error without a name: {error}")))
    }
}
