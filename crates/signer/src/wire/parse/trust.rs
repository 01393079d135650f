//! The verbs about the trust root, and about the log that it names.

use super::{Body, MAX_PROOF};
use crate::refusal::Outcome;
use crate::wire::{Reader, TrustCall};

/// Most bytes of a trust root's document, and of one with its signatures.
const MAX_DOCUMENT: usize = 65_535;
const MAX_SIGNED_ROOT: usize = 256 << 10;
/// A checkpoint with the lines of many witnesses.
const MAX_NOTE: usize = 64 << 10;
/// What the log's key says of a hand-over.
const MAX_STATEMENT: usize = 4 << 10;

impl Body<'_> {
    pub(super) fn trust(&mut self, verb: u8) -> Outcome<TrustCall> {
        Ok(match verb {
            0x42 => TrustCall::Show,
            0x43 => TrustCall::Begin {
                created_at_ms: self.reader.u64()?,
            },
            0x44 => TrustCall::Sign {
                secret: self.secret()?,
                document: self.reader.bytes(MAX_DOCUMENT)?.to_vec(),
            },
            0x45 => TrustCall::Accept {
                data: self.reader.bytes(MAX_SIGNED_ROOT)?.to_vec(),
            },
            0x48 => TrustCall::OpenOrigin {
                secret: self.secret()?,
                data: self.reader.bytes(MAX_SIGNED_ROOT)?.to_vec(),
                size: self.reader.u64()?,
                root: self.reader.array()?,
                note: self.reader.bytes(MAX_NOTE)?.to_vec(),
                proof: self.reader.list(MAX_PROOF, Reader::array)?,
                given_up: self.reader.flag()?,
            },
            _ => TrustCall::ResumeOrigin {
                statement: self.reader.bytes(MAX_STATEMENT)?.to_vec(),
                signature: self.reader.array()?,
            },
        })
    }
}
