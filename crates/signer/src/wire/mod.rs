//! Protocol v1: frames, bodies and calls, as docs/reference/signer-protocol.md has them.

mod body;
mod call;
mod frame;
mod parse;
mod sign_call;
mod token;
mod trust_call;

pub use body::{Reader, Writer};
pub use call::{
    AnchorCall, AnchorTerms, Call, Delivery, DeriveRequest, ExportRequest, Fd, FormSpec,
    ImportCall, SecretKind, SecretRef, VaultSpec, VerbMask,
};
pub use frame::{
    FrameError, HEADER, MAX_FDS, PART_LIMIT, REPLY_LIMIT, REQUEST_LIMIT, RequestHeader, VERSION,
    answer, error_answer, parse_header, part,
};
pub use sign_call::{SignCall, SigningCall};
pub use token::{TOKEN_LEN, Token};
pub use trust_call::TrustCall;

use crate::refusal::Outcome;

/// Reads one whole request (what follows its length) down to its typed call: the entry for fuzzing. No input makes it
/// panic, and what it accepts is re-encoded by nothing: it only says yes or no.
///
/// # Errors
/// A refusal with a `wire.*` or `usage.*` code.
pub fn parse_request(rest: &[u8], fds: usize) -> Outcome<Call> {
    let (header, body) = parse_header(rest)?;
    Call::parse(header.verb, body, fds)
}

#[cfg(test)]
mod tests;
