//! `sign`, `slot_head`: the one way to a signature of a vault's key, and the log of what was given for it.

use jinku_proof::log::submission::Submission;

use super::Caller;
use crate::keys::Unlocked;
use crate::logbook::{note, now_ms};
use crate::refusal::{Outcome, Refusal};
use crate::signing::{Answer, Desk};
use crate::slot_key;
use crate::state::Signer;
use crate::system::System;
use crate::wire::{SignCall, SigningCall, VerbMask, Writer};

const RESERVED: u8 = 0;
const SIGNED: u8 = 1;

/// Runs one call.
pub(super) fn run(signer: &Signer, call: &SigningCall, caller: &Caller<'_>) -> Outcome<Vec<u8>> {
    match call {
        SigningCall::Sign(call) => sign(signer, call, caller),
        SigningCall::Head { old } => head(signer, *old),
    }
}

/// Whoever opened the vault did so under these system keys. Those that came since, or in the place of others, speak for
/// another log, other slots and another trust root.
fn check_under(keys: &Unlocked, system: &System) -> Outcome<()> {
    if keys.under == Some(system.public().identity) {
        return Ok(());
    }
    Err(Refusal::new(
        "sign.system",
        "the vault was unlocked before these system keys were; lock it and unlock it again",
    ))
}

/// The signatures and the signed transaction; or, before the slot's head is cosigned, what the witnesses are asked.
fn sign(signer: &Signer, call: &SignCall, caller: &Caller<'_>) -> Outcome<Vec<u8>> {
    let (dev, answer) = signer.with_keys(&caller.token, call.vault, VerbMask::SIGN, |keys| {
        let system = signer.system()?;
        check_under(keys, &system)?;
        let desk = Desk {
            home: signer.home(),
            system: &system,
            keys,
            now_ms: now_ms(),
        };
        signer
            .slots()
            .with(signer.home(), &system, |log| desk.sign(log, call))
    })?;
    let mut out = Writer::new();
    out.u8(u8::from(dev));
    match answer {
        Answer::Reserved(asked) => {
            note(
                "sign_reserved",
                &[
                    ("vault", &call.vault.to_string()),
                    ("slots", &asked.checkpoint.size.to_string()),
                ],
            );
            put(out.u8(RESERVED), &asked);
        }
        Answer::Signed(signatures, signed) => {
            note(
                "sign",
                &[("vault", &call.vault.to_string()), ("id", &signed.id)],
            );
            out.u8(SIGNED).count(signatures.len());
            for signature in &signatures {
                out.raw(&signature.bytes)
                    .u8(u8::from(signature.recovery_id.is_some()));
                if let Some(id) = signature.recovery_id {
                    out.u8(id);
                }
            }
            out.bytes(&signed.bytes).str(&signed.id);
        }
    }
    Ok(out.into_bytes())
}

fn put(out: &mut Writer, asked: &Submission) {
    out.str(&asked.to_text());
}

/// The slot log's vkey, how many slots were given and how many a cosigned head covers, and what a witness that stands at
/// `old` is asked.
fn head(signer: &Signer, old: Option<u64>) -> Outcome<Vec<u8>> {
    let system = signer.system()?;
    signer.slots().with(signer.home(), &system, |log| {
        let (size, root, covered) = log.standing();
        let mut out = Writer::new();
        out.str(&slot_key::verifier(&system)?.to_string())
            .u64(size)
            .raw(&root)
            .u64(covered);
        put(&mut out, &log.submission(&system, old)?);
        Ok(out.into_bytes())
    })
}
