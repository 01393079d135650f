//! `anchor_address`, `sign_anchor`: the head that was signed last, shown to a chain by a key of its own.

use crate::anchor;
use crate::handover_file;
use crate::log_head;
use crate::logbook::note;
use crate::refusal::{Outcome, Refusal};
use crate::state::Signer;
use crate::trust_pin;
use crate::wire::{AnchorCall, AnchorTerms, Writer};

/// Runs one call.
pub(super) fn run(signer: &Signer, call: &AnchorCall) -> Outcome<Vec<u8>> {
    match call {
        AnchorCall::Address => address(signer),
        AnchorCall::Sign(terms) => sign(signer, terms),
    }
}

/// The account that pays for anchors: 20 bytes.
fn address(signer: &Signer) -> Outcome<Vec<u8>> {
    let mut out = Writer::new();
    out.raw(&anchor::address(&signer.system()?.anchor_key())?);
    Ok(out.into_bytes())
}

/// Size and root of the last head signed for the origin in force, and the transaction that carries its digest. No caller names a digest.
fn sign(signer: &Signer, terms: &AnchorTerms) -> Outcome<Vec<u8>> {
    let system = signer.system()?;
    let _turn = signer.log_turn();
    let number = trust_pin::origin(&signer.home().trust_root(), &system)?;
    let head = log_head::load_of(&signer.home().log_head(), &system, number)?;
    if head.size == 0 || handover_file::before(signer.home(), &system, &head)?.is_some() {
        return Err(Refusal::new(
            "anchor.no_head",
            "no checkpoint was signed yet, so there is nothing to anchor; run `jinku journal flush`",
        ));
    }
    let signed = anchor::transaction(&system.anchor_key(), &head, terms)?;
    note(
        "sign_anchor",
        &[
            ("size", &head.size.to_string()),
            ("chain", &terms.chain_id.to_string()),
            ("nonce", &terms.nonce.to_string()),
        ],
    );
    let mut out = Writer::new();
    out.u64(head.size).raw(&head.root).bytes(&signed);
    Ok(out.into_bytes())
}
