//! `log_head`, `sign_checkpoint`: the log's own keys, which sign heads of one growing tree and nothing else.

use jinku_proof::Hash;

use crate::handover_file;
use crate::log_head;
use crate::logbook::{note, now_ms};
use crate::refusal::Outcome;
use crate::state::Signer;
use crate::trust_pin;
use crate::wire::Writer;

/// Size and root of the last head signed, if there is one, and whether it is of the origin that the trust root names.
/// Where nothing was signed since its origin was begun, which one that is, and the head signed before.
pub(super) fn head(signer: &Signer) -> Outcome<Vec<u8>> {
    let system = signer.system()?;
    let _turn = signer.log_turn();
    let mut out = Writer::new();
    let number = trust_pin::origin(&signer.home().trust_root(), &system)?;
    let last = log_head::load(&signer.home().log_head(), &system)?;
    match (last.origin == system.log_origin(number), last.size) {
        (true, 0) => out.u8(0),
        (true, size) => out.u8(1).u64(size).raw(&last.root),
        (false, size) => out.u8(2).u64(size).raw(&last.root),
    };
    // a statement that was changed keeps no head from being signed: `open_origin` refuses it
    match handover_file::before(signer.home(), &system, &last).unwrap_or(None) {
        Some(before) => out
            .u8(1)
            .str(&last.origin)
            .u64(before.size)
            .raw(&before.root),
        None => out.u8(0),
    };
    Ok(out.into_bytes())
}

/// The log's signature lines over a head that extends the last one.
pub(super) fn sign(signer: &Signer, size: u64, root: Hash, proof: &[Hash]) -> Outcome<Vec<u8>> {
    let system = signer.system()?;
    let _turn = signer.log_turn();
    let path = signer.home().log_head();
    let number = trust_pin::origin(&signer.home().trust_root(), &system)?;
    let last = log_head::load(&path, &system)?;
    handover_file::check_opened(signer.home(), &system, &last, size)?;
    let signed = log_head::sign(&path, &system, number, (size, root), proof, now_ms() / 1000)?;
    note("sign_checkpoint", &[("size", &size.to_string())]);
    let mut out = Writer::new();
    out.count(signed.lines().len());
    for line in signed.lines() {
        out.str(line.text().trim_end());
    }
    Ok(out.into_bytes())
}
