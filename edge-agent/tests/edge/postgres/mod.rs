//! The PostgreSQL listener with a real server behind it and real policies in front of it.

mod copying;
mod credentials;
mod encrypting;
mod ending;
mod filtering;
mod holding;
mod limiting;
mod masking;
mod raw;
mod refusing;
mod relaying;
mod world;
