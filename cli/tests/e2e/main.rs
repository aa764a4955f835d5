//! The real binary end to end: native clients, held statements, `kill -9`, hostile streams.

mod adversarial;
mod authoring;
mod cloned_edges;
mod credentials;
mod hooks;
mod kill_nine;
mod life_cycle;
mod llm;
mod locks;
mod login;
mod many_edges;
mod mcp;
mod native_clients;
mod policy_files;
mod replay;
mod review_flow;
mod support;
mod two_planes;
