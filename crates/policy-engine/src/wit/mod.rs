//! The types of `policy-sdk/wit/policy.wit` as the engine passes them, and their way from and to the
//! model. Facts are converted once for all policies.

mod access;
mod action;
mod verdict;

pub(crate) use access::{AccessRequest, Grant};
pub(crate) use action::{
    Column, Finding, HttpRequest, LlmMessage, LlmRequest, McpRequest, Parameter, Principal,
    ShellCommand, SqlStatement, StatementClass, Target, ToolCall,
};
pub(crate) use verdict::{Level, Verdict};
