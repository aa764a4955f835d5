//! Programs that a person signs in, as JSON.

use countersign_model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a program asks for, as its address has it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAuthorization {
    /// Which program: `countersign-cli` or `countersign-mcp`.
    pub client_id: String,
    /// Where it listens on this machine.
    pub redirect_uri: String,
    /// SHA-256 of its verifier (S256), base64url.
    pub code_challenge: String,
    /// What it wants to see again.
    pub state: String,
    /// Programs send it; a program acts as its person, whatever it says.
    #[serde(default, rename = "scope")]
    pub _scope: Option<String>,
    /// What an MCP client wants to use: the address of a target at an edge.
    #[serde(default)]
    pub resource: Option<String>,
}

/// Where to send the browser.
#[derive(Serialize, ToSchema)]
pub struct Authorization {
    /// The program's address, with the code.
    pub redirect_to: String,
}

/// A program that waits for its person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Device {
    /// Which program.
    pub client_id: String,
    /// When it asked.
    pub requested_at: Timestamp,
    /// When it stops waiting.
    pub expires_at: Timestamp,
}
