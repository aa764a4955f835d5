//! What the host passes of grants.

use countersign_model as model;
use wasmtime::component::{ComponentType, Lower};

#[derive(Debug, Clone, Copy, ComponentType, Lower)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum GrantOperation {
    #[component(name = "read")]
    Read,
    #[component(name = "write")]
    Write,
    #[component(name = "admin")]
    Admin,
    #[component(name = "destructive")]
    Destructive,
    #[component(name = "exec")]
    Exec,
}

impl From<model::GrantOperation> for GrantOperation {
    fn from(operation: model::GrantOperation) -> Self {
        match operation {
            model::GrantOperation::Read => Self::Read,
            model::GrantOperation::Write => Self::Write,
            model::GrantOperation::Admin => Self::Admin,
            model::GrantOperation::Destructive => Self::Destructive,
            model::GrantOperation::Exec => Self::Exec,
        }
    }
}

#[derive(Debug, Clone, ComponentType, Lower)]
#[component(record)]
pub(crate) struct AccessRequest {
    operations: Vec<GrantOperation>,
    task: String,
    #[component(name = "duration-seconds")]
    duration_seconds: u64,
    extends: Option<String>,
}

impl From<&model::AccessOperation> for AccessRequest {
    fn from(access: &model::AccessOperation) -> Self {
        Self {
            operations: access.operations.iter().map(|o| (*o).into()).collect(),
            task: access.task.clone(),
            duration_seconds: access.duration_seconds,
            extends: access.extends.map(|grant| grant.to_string()),
        }
    }
}

#[derive(Debug, Clone, ComponentType, Lower)]
#[component(record)]
pub(crate) struct Grant {
    id: String,
    task: String,
    #[component(name = "break-glass")]
    break_glass: bool,
}

impl From<&model::GrantRef> for Grant {
    fn from(grant: &model::GrantRef) -> Self {
        Self {
            id: grant.id.to_string(),
            task: grant.task.to_string(),
            break_glass: grant.break_glass,
        }
    }
}
