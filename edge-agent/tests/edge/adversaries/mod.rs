//! The adversarial set, in one place: requests that two servers might read differently, bodies that two
//! parsers might, answers that lie about themselves, and streams that are not what their format says.
//!
//! Each file is one side of it, over every kind of target that speaks HTTP ([`scene::KINDS`]): an API, a
//! model behind OpenAI's and behind Anthropic's API, an MCP server. Of each case the same is asserted:
//! nothing reaches the upstream, or the client, that was not judged; and the refusal has the form of the
//! target's own protocol ([`form`]).
//!
//! | file | what | cases |
//! | --- | --- | --- |
//! | [`heads`] | request lines, headers, framing | 560 |
//! | [`bodies`] | JSON, UTF-8, codings, sizes | over 250 |
//! | [`answers`] | what an upstream says of its answer, and how it ends | over 60 |
//! | [`streams`] | server-sent events | over 120 |
//! | [`mcp`] | messages, sessions, tools | over 120 |
//! | [`members`] | members of JSON that are masked by their paths | over 30 |

mod answers;
mod bodies;
mod form;
mod heads;
mod mcp;
mod members;
mod scene;
mod streams;
mod wire;
