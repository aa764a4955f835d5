//! What makes the record hard to edit quietly, and the signatures between edge and control plane.
//!
//! [`journal`] is the edge's own durable record: segments on disk, each record linked to the one
//! before by [`chain`]. [`keys`] signs bundles, [`token`] is what an edge shows with each request,
//! [`join`] is what it shows the first time; [`credential`] is what a principal shows, [`jwk`] its
//! key for others; [`key_proof`] and [`handover`] replace an edge's key and the control plane's;
//! [`author`] is who answers for a policy. Nothing here knows a transport.

pub mod author;
pub mod chain;
pub mod credential;
pub mod digest;
pub mod handover;
pub mod join;
pub mod journal;
pub mod jwk;
pub mod key_proof;
pub mod keys;
pub mod secret_file;
pub mod token;
