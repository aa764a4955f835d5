//! What the native detectors saw.

use serde::{Deserialize, Serialize};

/// One stretch of text that looks like an entity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Byte offset of the first byte.
    pub start: usize,
    /// Byte offset behind the last byte.
    pub end: usize,
    /// The entity's name, such as `EMAIL_ADDRESS`.
    pub entity: &'static str,
    /// How sure the detector is, from 0 to 1.
    pub score: f32,
}

/// How many of an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EntityCount {
    /// The entity's name.
    pub entity: String,
    /// How many.
    pub count: u64,
}
