//! A witness of transparency logs (C2SP tlog-witness): it cosigns a checkpoint only when it extends the last one that it
//! cosigned, remembers that on disk before it answers, and keeps both heads when a log shows two of one size.
//!
//! ```no_run
//! use jinku_envelope::Unlock;
//! use jinku_witness::{Witness, WitnessKeys, folder::Folder};
//!
//! let folder = Folder::open("witness".as_ref())?;
//! let keys = WitnessKeys::open(&folder, &Unlock::Passphrase(b"correct horse"))?;
//! let witness = Witness::start(folder, keys)?;
//! let answer = witness.add_checkpoint(b"old 0\n\n...", 1_800_000_000);
//! assert_eq!(answer.status, 400);
//! # Ok::<(), jinku_witness::WitnessError>(())
//! ```

pub mod command;
mod error;
pub mod folder;
pub mod http;
mod key_file;
mod keys;
mod log_file;
mod server;
mod witness;

pub use error::{Outcome, WitnessError};
pub use keys::WitnessKeys;
pub use log_file::LogFile;
pub use server::{Limits, serve};
pub use witness::{Answer, Witness};
