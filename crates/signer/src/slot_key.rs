//! The key and the name of the slot log: one Ed25519 key that signs heads of the signer's own slots and nothing else.

use ed25519_dalek::{Signer as _, SigningKey};
use jinku_proof::Hash;
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::error::LogError;
use jinku_proof::log::key::{Algorithm, VerifierKey};
use jinku_proof::log::note::{Note, SignatureLine};

use crate::refusal::{Outcome, Refusal};
use crate::slot_tree::SlotTree;
use crate::system::System;

/// Tag of the seal of a line.
const SEAL_TAG: &str = "jinku/slot-line/1";

fn wrong(error: &LogError) -> Refusal {
    Refusal::new("slots.head", error.to_string())
}

fn key(system: &System) -> SigningKey {
    SigningKey::from_bytes(system.slot_seed().expose())
}

/// The log's name.
#[must_use]
pub(crate) fn origin(system: &System) -> String {
    format!("{}.slots", system.deployment())
}

/// The log's public key, as witnesses want it.
///
/// # Errors
/// `slots.head`, which would be a defect.
pub(crate) fn verifier(system: &System) -> Outcome<VerifierKey> {
    let public = key(system).verifying_key().to_bytes();
    VerifierKey::new(&origin(system), Algorithm::Ed25519, &public).map_err(|error| wrong(&error))
}

/// What vouches for a line before a head does: whoever writes the file cannot make a slot of their own, nor have an amount
/// count for less.
#[must_use]
pub(crate) fn seal(system: &System, line: &[u8]) -> [u8; 64] {
    system.attest(SEAL_TAG, line)
}

/// A head of the log.
///
/// # Errors
/// `slots.head`, which would be a defect.
pub(crate) fn head(system: &System, size: u64, root: Hash) -> Outcome<Checkpoint> {
    Checkpoint::new(&origin(system), size, root).map_err(|error| wrong(&error))
}

/// The head of the whole tree, signed.
///
/// # Errors
/// `slots.head`, which would be a defect.
pub(crate) fn sign(system: &System, tree: &SlotTree) -> Outcome<Note> {
    let size = tree.len();
    let text = head(system, size as u64, tree.root(size))?.text();
    let verifier = verifier(system)?;
    let message = verifier.message(&text, 0).map_err(|error| wrong(&error))?;
    let line = SignatureLine::new(&verifier, 0, &key(system).sign(&message).to_bytes());
    Note::new(&text, vec![line]).map_err(|error| wrong(&error))
}

/// A note that this key signed, and its head; or why it is none.
///
/// # Errors
/// Words for people.
pub(crate) fn opened(system: &System, bytes: &[u8]) -> Result<(Checkpoint, Note), String> {
    let note = Note::parse(bytes).map_err(|error| error.to_string())?;
    let key = verifier(system).map_err(|error| error.message)?;
    note.verify(&[key]).map_err(|error| error.to_string())?;
    let head = Checkpoint::parse(note.text()).map_err(|error| error.to_string())?;
    if head.origin == origin(system) {
        return Ok((head, note));
    }
    Err(format!("a note of {}", head.origin))
}
