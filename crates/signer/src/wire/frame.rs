//! Frames: `u32 length ‖ u8 version ‖ u8 verb ‖ u32 request id ‖ body`, big-endian; requests carry a token before the body.

use super::token::{TOKEN_LEN, Token};
use crate::refusal::Refusal;

/// The protocol version of this binary.
pub const VERSION: u8 = 1;
/// Most bytes of a request after its length.
pub const REQUEST_LIMIT: usize = 1 << 20;
/// Most bytes of one answer or part after its length.
pub const REPLY_LIMIT: usize = 16 << 20;
/// Most bytes of column or wallet data in one streamed part.
pub const PART_LIMIT: usize = 1 << 20;
/// Most descriptors with one request.
pub const MAX_FDS: usize = 8;
/// Bytes of version, verb and request id.
pub const HEADER: usize = 6;

const ANSWER: u8 = 0x80;
const PART: u8 = 0xC0;
const ERROR: u8 = 0xFF;

/// What stands before the body of a request. It holds a token, so it is neither printed nor copied.
pub struct RequestHeader {
    /// The verb's number.
    pub verb: u8,
    /// Chosen by the caller; every reply repeats it.
    pub id: u32,
    /// The capability token, zeros where the verb needs none.
    pub token: Token,
}

/// Why a frame was not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameError {
    /// Fewer bytes than a header and a token.
    Short(usize),
    /// A version this binary does not speak, with the request id that stood there.
    Version(u8, u32),
}

impl From<FrameError> for Refusal {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Short(found) => Self::new(
                "wire.malformed",
                format!(
                    "the frame is too short: found {found} bytes, expected at least {}",
                    HEADER + TOKEN_LEN
                ),
            ),
            FrameError::Version(found, _) => Self::new(
                "wire.version",
                format!(
                    "the protocol version is unknown: found {found}, expected {VERSION}; use the client and the signer of one installation"
                ),
            ),
        }
    }
}

/// Splits a request (what follows its length) into header and body.
///
/// # Errors
/// [`FrameError`] for too few bytes or another version.
pub fn parse_header(rest: &[u8]) -> Result<(RequestHeader, &[u8]), FrameError> {
    let short = FrameError::Short(rest.len());
    let (head, rest) = rest.split_first_chunk::<HEADER>().ok_or(short)?;
    let (token, body) = rest.split_first_chunk::<TOKEN_LEN>().ok_or(short)?;
    let id = u32::from_be_bytes([head[2], head[3], head[4], head[5]]);
    if head[0] != VERSION {
        return Err(FrameError::Version(head[0], id));
    }
    let header = RequestHeader {
        verb: head[1],
        id,
        token: Token::from_bytes(token),
    };
    Ok((header, body))
}

fn frame(verb: u8, id: u32, body: &[u8]) -> Vec<u8> {
    let length = HEADER + body.len();
    let mut out = Vec::with_capacity(4 + length);
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    out.push(VERSION);
    out.push(verb);
    out.extend_from_slice(&id.to_be_bytes());
    out.extend_from_slice(body);
    out
}

/// The last answer to a verb, as bytes for the socket.
#[must_use]
pub fn answer(verb: u8, id: u32, body: &[u8]) -> Vec<u8> {
    frame(verb | ANSWER, id, body)
}

/// One streamed part of an answer.
#[must_use]
pub fn part(verb: u8, id: u32, body: &[u8]) -> Vec<u8> {
    frame(verb | PART, id, body)
}

/// An error answer: code, message, retryable.
#[must_use]
pub fn error_answer(id: u32, refusal: &Refusal) -> Vec<u8> {
    let mut body = super::Writer::new();
    body.str(refusal.code)
        .str(&refusal.message)
        .u8(u8::from(refusal.retryable));
    frame(ERROR, id, &body.into_bytes())
}
