//! What makes the record hard to edit quietly, and the signatures between edge and control plane.
//!
//! [`journal`] is the edge's own durable record: segments on disk, each record linked to the one
//! before by [`chain`]. [`keys`] signs bundles, [`token`] is what an edge shows with each request,
//! [`join`] is what it shows the first time; [`author`] is who answers for a policy. Nothing here
//! knows a transport.

pub mod author;
pub mod chain;
pub mod digest;
pub mod join;
pub mod journal;
pub mod keys;
pub mod secret_file;
pub mod token;
