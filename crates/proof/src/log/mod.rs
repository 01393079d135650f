//! The tamper-evident log as C2SP writes it: notes, checkpoints, tiles, receipts, policies, and the trust root over them.
//!
//! Everything here is a function of its arguments: no I/O, no clock, no secret. Who signs does so elsewhere, over the bytes
//! that [`key::VerifierKey::message`] names. `docs/reference/journal-formats.md` and `trust-root.md` describe the bytes.
//!
//! ```
//! use ed25519_dalek::{Signer, SigningKey};
//! use jinku_proof::log::{checkpoint::Checkpoint, note::{Note, SignatureLine}, receipt::Receipt, frontier::Frontier};
//! use jinku_proof::log::key::{Algorithm, VerifierKey};
//!
//! let (secret, entries) = (SigningKey::from_bytes(&[7; 32]), [b"{\"v\":1}".as_slice(), b"{\"v\":2}"]);
//! let key = VerifierKey::new("example.com/log", Algorithm::Ed25519, secret.verifying_key().as_bytes())?;
//! let mut tree = Frontier::new();
//! let leaves: Vec<_> = entries.iter().map(|entry| jinku_proof::leaf_hash(entry)).collect();
//! let tiles = tree.append(&leaves)?;
//! let head = Checkpoint::new("example.com/log", tree.size(), tree.root())?.text();
//! let line = SignatureLine::new(&key, 0, &secret.sign(&key.message(&head, 0)?).to_bytes());
//! let receipt = Receipt::new(1, vec![leaves[0]], Note::new(&head, vec![line])?, None)?;
//! receipt.note.verify(&[key])?;
//! receipt.check_inclusion(entries[1])?;
//! assert!(receipt.check_inclusion(entries[0]).is_err());
//! assert_eq!(tiles[0].tile.path(), "tile/0/000.p/2");
//! # Ok::<(), jinku_proof::log::error::LogError>(())
//! ```

mod base64;
pub mod checkpoint;
pub mod error;
pub mod evidence;
pub mod frontier;
pub mod handover;
pub mod key;
pub mod names;
pub mod note;
pub mod policy;
pub mod receipt;
pub mod submission;
pub mod tile;
pub mod tile_reader;
pub mod trust;
