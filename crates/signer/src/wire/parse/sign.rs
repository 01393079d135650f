//! The body of `sign`.

use jinku_words::MAX_DOCUMENT_BYTES;

use super::{Body, MAX_PROOF};
use crate::refusal::Outcome;
use crate::wire::{Reader, SignCall, SigningCall};

/// What is left of a frame beside everything else.
const MAX_POLICY: usize = 768 << 10;
/// More than a trust root has keys.
const MAX_APPROVALS: usize = 512;
/// A receipt, and a note with the lines of many witnesses.
const MAX_NOTE: usize = 512 << 10;

impl Body<'_> {
    pub(super) fn signing(&mut self, verb: u8) -> Outcome<SigningCall> {
        if verb == 0x50 {
            return Ok(SigningCall::Sign(Box::new(self.sign()?)));
        }
        let old = self.reader.option(Reader::u64)?;
        Ok(SigningCall::Head { old })
    }

    fn sign(&mut self) -> Outcome<SignCall> {
        let vault = self.id()?;
        let body = &mut self.reader;
        Ok(SignCall {
            vault,
            intent: body.bytes(MAX_DOCUMENT_BYTES)?.to_vec(),
            intent_signature: body.array()?,
            plan: body.bytes(MAX_DOCUMENT_BYTES)?.to_vec(),
            policy: body.bytes(MAX_POLICY)?.to_vec(),
            approvals: body.list(MAX_APPROVALS, |one: &mut Reader<'_>| {
                Ok((one.bytes(MAX_DOCUMENT_BYTES)?.to_vec(), one.array()?))
            })?,
            entry: body.bytes(MAX_DOCUMENT_BYTES)?.to_vec(),
            receipt: body.bytes(MAX_NOTE)?.to_vec(),
            extension: body.list(MAX_PROOF, Reader::array)?,
            head: body.bytes(MAX_NOTE)?.to_vec(),
        })
    }
}
