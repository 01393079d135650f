//! Heads of the slot log: the first, and which are cosigned by enough.

use jinku_envelope::file::write_durable;
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::evidence::check_checkpoint;
use jinku_proof::log::note::Note;
use jinku_proof::log::trust::TrustRoot;

use crate::folders::Home;
use crate::refusal::{Outcome, Refusal};
use crate::slot_key;
use crate::slot_tree::SlotTree;
use crate::system::System;

/// Both files stand and say that no slot was given; once and for all, see [`crate::begun::Begun`].
///
/// # Errors
/// `envelope.*` when they cannot be written.
pub(crate) fn begin(home: &Home, system: &System) -> Outcome<()> {
    write_durable(&home.slot_log(), &[])?;
    let note = slot_key::sign(system, &SlotTree::default())?;
    write_durable(&home.slot_head(), note.to_text().as_bytes()).map_err(Refusal::from)
}

/// The head of a note that this signer's key signed, and enough outside witnesses: as many as the trust root wants, and
/// more than half of them, so that no two heads that differ find enough.
///
/// # Errors
/// `slots.head`.
pub(crate) fn cosigned(system: &System, trust: &TrustRoot, note: &Note) -> Outcome<Checkpoint> {
    let outside = trust.witnesses.iter().filter(|witness| witness.outside);
    let majority = outside.count() as u64 / 2 + 1;
    let own = TrustRoot {
        origin: slot_key::origin(system),
        journal_keys: vec![slot_key::verifier(system)?],
        quorum: if trust.is_dev() {
            0
        } else {
            trust.quorum.max(majority)
        },
        ..trust.clone()
    };
    check_checkpoint(&own, note)
        .map(|verified| verified.checkpoint)
        .map_err(|error| {
            let what = format!("the head of the slots is not cosigned as it has to be: {error}; carry it to the witnesses");
            Refusal::new("slots.head", what)
        })
}
