//! Signing in by a real OpenID provider, over real connections: what works, what goes wrong, and what
//! an attacker would try.

mod attacks;
mod faults;
mod logins;
mod logout;
mod settings;
mod sign_in;
mod support;
